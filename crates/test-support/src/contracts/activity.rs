//! The contract of `ActivityRepository`, and of the rows that other repositories write along with a change.

use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use insights_core::repositories::Repositories;
use serde_json::json;

use crate::builders::{World, at, dashboard, insight};

fn row(world: &World, item_id: &str, seconds: i64) -> NewActivity {
    let detail = ActivityDetail { name: Some(format!("at {seconds}")), ..ActivityDetail::default() };
    NewActivity::by(&world.actor(), verb::UPDATED, "Insight", item_id.to_owned(), detail, at(seconds))
}

fn names(repositories: &Repositories, project: ProjectId, scope: &str, item_id: Option<&str>) -> Vec<String> {
    let filter = ActivityFilter { project, scope: scope.to_owned(), item_id: item_id.map(str::to_owned) };
    let rows = repositories.activity.list(&filter, Page::first()).unwrap();
    assert_eq!(rows.count, rows.items.len() as u64);
    rows.items.into_iter().map(|row| row.activity.detail.name.unwrap_or_default()).collect()
}

pub fn rows_are_listed_the_newest_first(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    for seconds in [2, 3, 1] {
        repositories.activity.append(&row(&world, "1", seconds)).unwrap();
    }
    assert_eq!(names(repositories, world.project.id, "Insight", None), ["at 3", "at 2", "at 1"]);
    let filter = ActivityFilter { project: world.project.id, scope: "Insight".to_owned(), item_id: None };
    let page = |number| repositories.activity.list(&filter, Page::numbered(Some(number), Some(2)).unwrap()).unwrap();
    assert_eq!((page(1).count, page(1).items.len()), (3, 2));
    assert_eq!(page(2).items[0].activity, row(&world, "1", 1));
    assert_eq!((page(3).count, page(3).items), (3, vec![]));
    let [one, two] = [4, 4].map(|seconds| repositories.activity.append(&row(&world, "1", seconds)).unwrap());
    assert!(one.id < two.id);
    assert_eq!(page(1).items, [two, one]);
}

pub fn rows_are_kept_apart_by_project_scope_and_item(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    repositories.activity.append(&row(&world, "1", 1)).unwrap();
    repositories.activity.append(&row(&world, "2", 2)).unwrap();
    repositories.activity.append(&row(&other, "1", 3)).unwrap();
    repositories.activity.append(&NewActivity { scope: "Dashboard".to_owned(), ..row(&world, "1", 4) }).unwrap();
    repositories.activity.append(&NewActivity { project: None, ..row(&world, "1", 5) }).unwrap();
    assert_eq!(names(repositories, world.project.id, "Insight", None), ["at 2", "at 1"]);
    assert_eq!(names(repositories, world.project.id, "Insight", Some("1")), ["at 1"]);
    assert_eq!(names(repositories, world.project.id, "Dashboard", Some("1")), ["at 4"]);
    assert_eq!(names(repositories, other.project.id, "Insight", Some("2")), [""; 0]);
}

pub fn rows_of_a_new_thing_name_its_number(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = repositories.insights.create(&insight(world.project.id, "one"), Some(&row(&world, "", 1))).unwrap();
    assert_eq!(names(repositories, world.project.id, "Insight", Some(&made.id.to_string())), ["at 1"]);
    repositories.insights.update(&made, None, Some(&row(&world, &made.id.to_string(), 2))).unwrap();
    assert_eq!(names(repositories, world.project.id, "Insight", Some(&made.id.to_string())), ["at 2", "at 1"]);
    let about = |item_id: &str, seconds| NewActivity { scope: "Dashboard".to_owned(), ..row(&world, item_id, seconds) };
    let made = repositories.dashboards.create(&dashboard(world.project.id, "one"), Some(&about("", 3))).unwrap();
    let change = insights_core::dashboard::repository::TileChange::None;
    repositories.dashboards.update(&made, &change, Some(&about(&made.id.to_string(), 4))).unwrap();
    assert_eq!(names(repositories, world.project.id, "Dashboard", Some(&made.id.to_string())), ["at 4", "at 3"]);
}

pub fn rows_come_back_as_they_were(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let changes = vec![
        FieldPair::relation("tags", json!([]), json!(["a"])),
        FieldPair::column("query", json!({"kind": "TrendsQuery", "text": "nul \0 🦀"}), json!(null)),
        FieldPair::column("name", json!(null), json!("Ünï")),
    ];
    let full = NewActivity {
        user: None,
        is_system: true,
        detail: ActivityDetail {
            changes: Some(diff("Insight", changes)),
            name: None,
            short_id: Some("aB3dE5gH".to_owned()),
            trigger: Some(json!({"job_type": "refresh"})),
            r#type: Some("kind".to_owned()),
        },
        ..row(&world, "17", 1)
    };
    let written = repositories.activity.append(&full).unwrap();
    assert_eq!(written.activity, full);
    let filter = ActivityFilter { project: world.project.id, scope: "Insight".to_owned(), item_id: None };
    assert_eq!(repositories.activity.list(&filter, Page::first()).unwrap().items, [written]);
}
