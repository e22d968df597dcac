//! The contract of `FileSystemRepository`.

use insights_core::dashboard::Dashboard;
use insights_core::dashboard::repository::TileChange;
use insights_core::file_system::{FileKind, Folder};
use insights_core::repositories::Repositories;

use crate::builders::{World, at, dashboard};

fn folder(path: &str) -> Option<Folder> {
    Folder::parse("folder", path).unwrap()
}

pub fn things_are_in_the_folders_that_they_were_made_in(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    world.insight_with(repositories, "one", |draft| draft.folder = folder(r"Ünï/a\/b \\ c"));
    world.insight_with(repositories, "two", |draft| {
        draft.fields.name = None;
        draft.fields.derived_name = Some("derived".to_owned());
    });
    let mut draft = dashboard(world.project.id, "page");
    draft.folder = folder("Ünï");
    let page = repositories.dashboards.create(&draft, None).unwrap();
    let filed = repositories.file_system.filed(world.project.id, 10).unwrap();
    let seen: Vec<_> = filed.iter().map(|thing| (thing.kind, thing.reference.as_str(), thing.folder.clone())).collect();
    let number = page.id.to_string();
    assert_eq!(
        seen,
        [
            (FileKind::Insight, "one", folder(r"Ünï/a\/b \\ c")),
            (FileKind::Insight, "two", None),
            (FileKind::Dashboard, number.as_str(), folder("Ünï")),
        ]
    );
    assert_eq!(filed[1].name.as_deref(), Some("derived"));
    assert_eq!((filed[0].created_at, filed[0].created_by), (at(0), Some(world.user.id)));
    assert_eq!(repositories.file_system.filed(world.project.id, 1).unwrap().len(), 2);
}

pub fn deleted_and_foreign_things_are_in_no_folder(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    world.insight_with(repositories, "gone", |draft| draft.fields.deleted = true);
    let mut page = world.dashboard(repositories, "page");
    page.fields.deleted = true;
    let _: Dashboard = repositories.dashboards.update(&page, &TileChange::DeleteAll, None).unwrap();
    World::new(repositories, 2).insight(repositories, "foreign");
    assert_eq!(repositories.file_system.filed(world.project.id, 10).unwrap(), []);
}
