//! The contract of `ProjectRepository`.

use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use insights_core::project::settings::ProjectSettings;
use insights_core::project::{NewProject, WeekStart};
use insights_core::repositories::Repositories;

use serde_json::json;

use super::{assert_conflict, assert_not_found};
use crate::builders::{World, organization, project};

pub fn projects_are_numbered_and_come_back_as_they_were(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let new = NewProject {
        timezone: Tz::America__Argentina__Buenos_Aires,
        week_start: WeekStart::Monday,
        settings: ProjectSettings { test_account_filters: json!([{"key": "a"}]), ..ProjectSettings::default() },
        ..project(world.organization.id, 2)
    };
    let made = repositories.projects.create(&new).unwrap();
    assert!(world.project.id < made.id);
    assert_eq!(made, new.with_id(made.id));
    assert_eq!(repositories.projects.get(made.id).unwrap(), Some(made.clone()));
    assert_eq!(repositories.projects.get(ProjectId(999)).unwrap(), None);
    let ids = [made.id, ProjectId(i64::MAX), world.project.id];
    assert_eq!(repositories.projects.get_batch(&ids).unwrap(), [world.project, made]);
}

pub fn projects_are_found_by_their_token(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let token = world.project.api_token.clone();
    assert_eq!(repositories.projects.find_by_api_token(&token).unwrap(), Some(world.project.clone()));
    for other in ["", "phc_", "PHC_1", "phc_1 ", "phc_1\0"] {
        assert_eq!(repositories.projects.find_by_api_token(other).unwrap(), None, "{other:?}");
    }
    let organization = world.organization.id;
    assert_conflict(repositories.projects.create(&NewProject { api_token: token, ..project(organization, 2) }));
    assert_conflict(repositories.projects.create(&NewProject { uuid: world.project.uuid, ..project(organization, 2) }));
}

pub fn projects_of_several_organizations_are_listed_by_number(repositories: &Repositories) {
    let worlds = [1, 2, 3].map(|n| World::new(repositories, n));
    let another = repositories.projects.create(&project(worlds[0].organization.id, 4)).unwrap();
    let organizations = [worlds[2].organization.id, worlds[0].organization.id];
    let list =
        |limit, offset| repositories.projects.list(&organizations, Page::new(Some(limit), Some(offset))).unwrap();
    assert_eq!(list(2, 0).items, [worlds[0].project.clone(), worlds[2].project.clone()]);
    assert_eq!((list(2, 2).count, list(2, 2).items), (3, vec![another]));
    let none = repositories.projects.list(&[], Page::first()).unwrap();
    assert_eq!((none.count, none.items), (0, vec![]));
}

pub fn name_zone_week_start_and_settings_can_change(repositories: &Repositories) {
    let mut project = World::new(repositories, 1).project;
    project.name = "Renamed".to_owned();
    project.timezone = Tz::Asia__Kathmandu;
    project.week_start = WeekStart::Monday;
    project.settings = ProjectSettings {
        test_account_filters: json!([{"key": "nul \0", "value": 2.5}]),
        test_account_filters_default_checked: Some(true),
        path_cleaning_filters: json!([{"regex": "ü", "alias": "🦀"}]),
        person_display_name_properties: Some(vec!["email".to_owned()]),
        modifiers: json!({"a": 1}),
    };
    repositories.projects.update(&project).unwrap();
    assert_eq!(repositories.projects.get(project.id).unwrap(), Some(project.clone()));
    project.id = ProjectId(999);
    assert_not_found(repositories.projects.update(&project));
}

pub fn a_project_needs_its_organization(repositories: &Repositories) {
    assert_not_found(repositories.projects.create(&project(organization(1).id, 1)));
}
