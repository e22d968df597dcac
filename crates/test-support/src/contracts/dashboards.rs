//! The contract of `DashboardRepository`.

use std::slice;

use insights_core::dashboard::repository::{DashboardFilter, NewTile, TileChange, TileEdit, TilePatch};
use insights_core::dashboard::{CreationMode, Dashboard, RestrictionLevel, TileContent};
use insights_core::ids::{DashboardId, ProjectId, TileId};
use insights_core::insight::repository::InsightKey;
use insights_core::paging::Page;
use insights_core::repositories::{DeletedRows, Repositories};
use serde_json::json;

use super::{assert_conflict, assert_not_found};
use crate::builders::{World, at, dashboard};

fn get(repositories: &Repositories, project: ProjectId, id: DashboardId) -> Option<Dashboard> {
    repositories.dashboards.get(project, id, DeletedRows::Hidden).unwrap()
}

pub fn dashboards_come_back_as_they_were(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let insight = world.insight(repositories, "one");
    let mut draft = dashboard(world.project.id, "full");
    let fields = &mut draft.fields;
    fields.description = "Ünï 🦀".to_owned();
    fields.pinned = true;
    fields.filters = json!({"date_from": "-7d", "text": "nul \0"});
    fields.variables = json!({"a": 1});
    fields.breakdown_colors = json!([{"b": 2.5}]);
    fields.tags = vec!["a".to_owned(), "b".to_owned()];
    fields.restriction_level = RestrictionLevel::Collaborators;
    fields.creation_mode = CreationMode::Duplicate;
    fields.created_by = Some(world.user.id);
    fields.last_accessed_at = Some(at(5));
    let content = TileContent::Insight(insight.id);
    let tile = NewTile { content, layouts: json!({"sm": {"x": 1}}), color: Some("blue".to_owned()) };
    let text = NewTile { content: TileContent::Text("# Ünï\n🦀".to_owned()), layouts: json!({}), color: None };
    draft.tiles = vec![tile.clone(), text.clone()];
    let made = repositories.dashboards.create(&draft, None).unwrap();
    assert_eq!((&made.fields, made.project), (&draft.fields, world.project.id));
    let on_it = &made.tiles[0];
    assert_eq!(
        (on_it.dashboard, &on_it.content, &on_it.layouts, &on_it.color),
        (made.id, &tile.content, &tile.layouts, &tile.color)
    );
    assert_eq!(made.tiles[1].content, text.content);
    assert_eq!(get(repositories, world.project.id, made.id), Some(made.clone()));
    assert_eq!(
        repositories.dashboards.get_batch(world.project.id, &[made.id, made.id]).unwrap(),
        slice::from_ref(&made)
    );
    let other = World::new(repositories, 2);
    assert_eq!(get(repositories, other.project.id, made.id), None);
    assert_eq!(repositories.dashboards.get_batch(other.project.id, &[made.id]).unwrap(), []);
    draft.project = other.project.id;
    assert_not_found(repositories.dashboards.create(&draft, None));
}

pub fn dashboards_are_listed_pinned_first_then_by_name(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    for (name, pinned) in [(Some("b"), false), (Some("a"), false), (None, false), (Some("Z"), false), (Some("c"), true)]
    {
        let mut draft = dashboard(world.project.id, "");
        draft.fields.name = name.map(str::to_owned);
        draft.fields.pinned = pinned;
        repositories.dashboards.create(&draft, None).unwrap();
    }
    World::new(repositories, 2).dashboard(repositories, "foreign");
    let list = |filter: &DashboardFilter, limit, offset| {
        let listed = repositories.dashboards.list(world.project.id, filter, Page::new(Some(limit), Some(offset)));
        listed.unwrap().map(|found| found.fields.name.unwrap_or_default())
    };
    let all = DashboardFilter::default();
    assert_eq!(list(&all, 10, 0).items, ["c", "", "Z", "a", "b"]);
    assert_eq!((list(&all, 2, 3).count, list(&all, 2, 3).items), (5, vec!["a".to_owned(), "b".to_owned()]));
    let pinned = DashboardFilter { pinned: Some(true), ..all };
    assert_eq!((list(&pinned, 10, 0).count, list(&pinned, 10, 0).items), (1, vec!["c".to_owned()]));
}

pub fn dashboards_are_searched_in_any_case(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    world.dashboard(repositories, "Größe 100%");
    let mut described = dashboard(world.project.id, "other");
    described.fields.description = "ABOUT größe".to_owned();
    repositories.dashboards.create(&described, None).unwrap();
    let search = |text: &str| -> Vec<String> {
        let filter = DashboardFilter { search: Some(text.to_owned()), ..DashboardFilter::default() };
        let found = repositories.dashboards.list(world.project.id, &filter, Page::first()).unwrap();
        found.items.into_iter().filter_map(|found| found.fields.name).collect()
    };
    assert_eq!(search("GRÖßE"), ["Größe 100%", "other"]);
    assert_eq!(search("0%"), ["Größe 100%"]);
    assert_eq!(search("_r"), [""; 0]);
    assert_eq!(search("\0"), [""; 0]);
}

pub fn a_change_of_an_old_version_is_refused(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let mut made = world.dashboard(repositories, "one");
    made.fields.name = None;
    made.fields.tags = vec!["x".to_owned()];
    let changed = repositories.dashboards.update(&made, &TileChange::None, None).unwrap();
    assert!(changed.version > made.version);
    assert_eq!(changed.fields, made.fields);
    assert_conflict(repositories.dashboards.update(&made, &TileChange::None, None));
    let elsewhere = Dashboard { project: World::new(repositories, 2).project.id, ..changed.clone() };
    assert_not_found(repositories.dashboards.update(&elsewhere, &TileChange::None, None));
    assert_eq!(get(repositories, world.project.id, made.id), Some(changed));
}

pub fn tiles_are_patched(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.dashboard(repositories, "one");
    world.insight_with(repositories, "a", |draft| draft.dashboards = vec![made.id]);
    let before = get(repositories, world.project.id, made.id).unwrap();
    let patch = |id, layouts, color| TileEdit::Write(TilePatch { id, text: None, layouts, color });
    let id = before.tiles[0].id;
    let set = TileChange::Edit(vec![patch(id, Some(json!({"sm": 1})), Some(Some("red".to_owned())))]);
    let after = repositories.dashboards.update(&before, &set, None).unwrap();
    assert_eq!((&after.tiles[0].layouts, after.tiles[0].color.as_deref()), (&json!({"sm": 1}), Some("red")));
    let keep = TileChange::Edit(vec![patch(id, None, None)]);
    let kept = repositories.dashboards.update(&after, &keep, None).unwrap();
    assert_eq!(kept.tiles, after.tiles);
    let unset = TileChange::Edit(vec![patch(id, None, Some(None)), patch(TileId(999), None, None)]);
    assert_not_found(repositories.dashboards.update(&kept, &unset, None));
    assert_eq!(get(repositories, world.project.id, made.id), Some(kept));
}

pub fn texts_are_added_written_and_removed(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.dashboard(repositories, "one");
    let text = |body: &str| NewTile { content: TileContent::Text(body.to_owned()), layouts: json!({}), color: None };
    let add = TileChange::Edit(vec![TileEdit::Add(text("first")), TileEdit::Add(text("second"))]);
    let added = repositories.dashboards.update(&made, &add, None).unwrap();
    let [first, second] = added.tiles.iter().map(|tile| tile.id).collect::<Vec<_>>()[..] else { panic!("two tiles") };
    let write = TilePatch { id: first, text: Some("changed".to_owned()), layouts: None, color: None };
    let edit = TileChange::Edit(vec![TileEdit::Write(write), TileEdit::Remove(second)]);
    let edited = repositories.dashboards.update(&added, &edit, None).unwrap();
    assert_eq!(edited.tiles.iter().map(|tile| tile.id).collect::<Vec<_>>(), [first]);
    assert_eq!(edited.tiles[0].content, TileContent::Text("changed".to_owned()));
    let again = TileChange::Edit(vec![TileEdit::Remove(second)]);
    assert_not_found(repositories.dashboards.update(&edited, &again, None));
    let elsewhere = world.dashboard(repositories, "two");
    assert_not_found(repositories.dashboards.update(
        &elsewhere,
        &TileChange::Edit(vec![TileEdit::Remove(first)]),
        None,
    ));
    let foreign = World::new(repositories, 2).insight(repositories, "foreign");
    let foreign = NewTile { content: TileContent::Insight(foreign.id), ..text("") };
    assert_not_found(repositories.dashboards.update(&edited, &TileChange::Edit(vec![TileEdit::Add(foreign)]), None));
    assert_eq!(get(repositories, world.project.id, made.id), Some(edited));
}

pub fn deleting_with_insights_spares_those_on_other_dashboards(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let [one, two] = ["one", "two"].map(|name| world.dashboard(repositories, name).id);
    let alone = world.insight_with(repositories, "alone", |draft| draft.dashboards = vec![one]);
    let both = world.insight_with(repositories, "both", |draft| draft.dashboards = vec![one, two]);
    let mut before = get(repositories, world.project.id, one).unwrap();
    before.fields.deleted = true;
    let after = repositories.dashboards.update(&before, &TileChange::DeleteAllWithInsights, None).unwrap();
    assert_eq!(after.tiles, []);
    assert_eq!(get(repositories, world.project.id, one), None);
    let found = repositories.insights.get_batch(world.project.id, &[alone.id, both.id]).unwrap();
    assert_eq!(found.iter().map(|found| (found.id, found.dashboards())).collect::<Vec<_>>(), [(both.id, vec![two])]);
    let gone = repositories.insights.get(world.project.id, &InsightKey::Id(alone.id), DeletedRows::Included);
    assert!(gone.unwrap().unwrap().version > alone.version);
}

pub fn restoring_brings_tiles_and_insights_back(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let id = world.dashboard(repositories, "one").id;
    let insight = world.insight_with(repositories, "alone", |draft| draft.dashboards = vec![id]);
    let mut before = get(repositories, world.project.id, id).unwrap();
    before.fields.deleted = true;
    let mut deleted = repositories.dashboards.update(&before, &TileChange::DeleteAllWithInsights, None).unwrap();
    let hidden = repositories.dashboards.get(world.project.id, id, DeletedRows::Included).unwrap();
    assert_eq!(hidden.as_ref(), Some(&deleted));
    deleted.fields.deleted = false;
    let restored = repositories.dashboards.update(&deleted, &TileChange::RestoreAll, None).unwrap();
    assert_eq!(restored.tiles, before.tiles);
    let found = repositories.insights.get_batch(world.project.id, &[insight.id]).unwrap();
    assert_eq!(found[0].dashboards(), [id]);
    let mut again = restored;
    again.fields.deleted = true;
    repositories.dashboards.update(&again, &TileChange::DeleteAll, None).unwrap();
    let found = repositories.insights.get_batch(world.project.id, &[insight.id]).unwrap();
    assert_eq!(found[0].dashboards(), []);
}

pub fn touching_is_no_change(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.dashboard(repositories, "one");
    repositories.dashboards.touch(world.project.id, made.id, at(9)).unwrap();
    repositories.dashboards.touch(ProjectId(99), made.id, at(10)).unwrap();
    let touched = get(repositories, world.project.id, made.id).unwrap();
    assert_eq!((touched.version, touched.fields.last_accessed_at), (made.version, Some(at(9))));
    let changed = repositories.dashboards.update(&made, &TileChange::None, None).unwrap();
    assert_eq!(changed.fields.last_accessed_at, Some(at(9)));
}
