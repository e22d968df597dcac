//! The contract of `InsightRepository`, its lists aside.

use std::slice;

use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::ids::{DashboardId, InsightId, ProjectId};
use insights_core::insight::repository::InsightKey;
use insights_core::insight::{Insight, ShortId};
use insights_core::paging::Page;
use insights_core::repositories::{DeletedRows, Repositories};
use serde_json::json;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at, insight};

fn get(repositories: &Repositories, project: ProjectId, id: InsightId) -> Option<Insight> {
    repositories.insights.get(project, &InsightKey::Id(id), DeletedRows::Hidden).unwrap()
}

pub fn insights_come_back_as_they_were(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let mut draft = insight(world.project.id, "full");
    let fields = &mut draft.fields;
    fields.name = Some("Ünï 'quoted' \\ % _ 🦀".to_owned());
    fields.derived_name = Some(String::new());
    fields.description = Some("line\nline".to_owned());
    fields.query = Some(json!({"kind": "X", "f": 0.1, "n": 12_345_678_901_234_567_890_u64, "s": "nul \0", "e": []}));
    fields.filters = json!({"insight": "PATHS"});
    fields.order = Some(-3);
    (fields.saved, fields.favorited, fields.is_sample) = (false, true, true);
    fields.tags = vec!["a b".to_owned(), "ü".to_owned()];
    fields.created_by = Some(world.user.id);
    fields.last_modified_by = Some(world.user.id);
    (fields.created_at, fields.updated_at, fields.last_modified_at) = (at(1), at(2), at(3));
    let made = repositories.insights.create(&draft, None).unwrap();
    assert_eq!((&made.fields, &made.short_id, made.project), (&draft.fields, &draft.short_id, world.project.id));
    assert_eq!(get(repositories, world.project.id, made.id), Some(made.clone()));

    let mut bare = made;
    let fields = &mut bare.fields;
    (fields.name, fields.derived_name, fields.description, fields.query, fields.order) = (None, None, None, None, None);
    fields.filters = json!({});
    fields.last_modified_by = None;
    let changed = repositories.insights.update(&bare, None, None).unwrap();
    assert_eq!(changed.fields, bare.fields);
    assert_eq!(get(repositories, world.project.id, bare.id), Some(changed));
}

pub fn insights_are_found_by_number_and_by_short_id_in_their_project_alone(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    let made = world.insight(repositories, "aB3dE5gH");
    let get = |project: &World, key: &InsightKey| {
        repositories.insights.get(project.project.id, key, DeletedRows::Hidden).unwrap()
    };
    let short = |text: &str| InsightKey::ShortId(ShortId(text.to_owned()));
    assert_eq!(get(&world, &short("aB3dE5gH")), Some(made.clone()));
    assert_eq!(get(&world, &InsightKey::Id(made.id)), Some(made.clone()));
    for key in [short("ab3de5gh"), short(""), short("aB3dE5gH\0"), InsightKey::Id(InsightId(-1))] {
        assert_eq!(get(&world, &key), None);
    }
    assert_eq!(get(&other, &short("aB3dE5gH")), None);
    assert_eq!(get(&other, &InsightKey::Id(made.id)), None);
    assert_eq!(repositories.insights.get_batch(other.project.id, &[made.id]).unwrap(), []);
    assert_not_found(repositories.insights.update(&Insight { project: other.project.id, ..made }, None, None));
}

pub fn short_ids_are_unique_in_a_project(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    world.insight(repositories, "same");
    other.insight(repositories, "same");
    assert_conflict(repositories.insights.create(&insight(world.project.id, "same"), None));
}

pub fn deleted_insights_are_hidden(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.insight_with(repositories, "gone", |draft| draft.fields.deleted = true);
    assert_eq!(get(repositories, world.project.id, made.id), None);
    assert_eq!(repositories.insights.get_batch(world.project.id, &[made.id]).unwrap(), []);
    for key in [InsightKey::Id(made.id), InsightKey::ShortId(made.short_id.clone())] {
        let found = repositories.insights.get(world.project.id, &key, DeletedRows::Included).unwrap();
        assert_eq!(found, Some(made.clone()));
    }
}

pub fn a_change_of_an_old_version_is_refused(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let mut made = world.insight(repositories, "one");
    made.fields.favorited = true;
    let changed = repositories.insights.update(&made, None, None).unwrap();
    assert!(changed.version > made.version);
    assert_conflict(repositories.insights.update(&made, None, None));
    assert_not_found(repositories.insights.update(&Insight { id: InsightId(999), ..made }, None, None));
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.insight(repositories, "one");
    let results = at_once(|n| {
        let mut mine = made.clone();
        mine.fields.name = Some(format!("change {n}"));
        mine.fields.tags = vec![format!("tag {n}")];
        repositories.insights.update(&mine, None, None)
    });
    let (done, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    refused.into_iter().for_each(assert_conflict);
    let done = done.into_iter().next().unwrap().unwrap();
    assert_eq!(get(repositories, world.project.id, made.id), Some(done));
}

pub fn tags_are_replaced(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let mut made =
        world.insight_with(repositories, "one", |draft| draft.fields.tags = vec!["a".to_owned(), "b".to_owned()]);
    made.fields.tags = vec!["b".to_owned(), "c".to_owned()];
    let mut changed = repositories.insights.update(&made, None, None).unwrap();
    assert_eq!(changed.fields.tags, ["b", "c"]);
    changed.fields.tags.clear();
    let cleared = repositories.insights.update(&changed, None, None).unwrap();
    assert_eq!(cleared.fields.tags, [""; 0]);
}

pub fn tiles_follow_the_wanted_dashboards(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let [one, two, three] = ["1", "2", "3"].map(|name| world.dashboard(repositories, name).id);
    let made = world.insight_with(repositories, "one", |draft| draft.dashboards = vec![two, one]);
    assert_eq!(made.dashboards(), [two, one]);
    let moved = repositories.insights.update(&made, Some(&[one, three]), None).unwrap();
    assert_eq!(moved.dashboards(), [one, three]);
    assert_eq!(moved.tile_on(one), made.tile_on(one));
    let kept = repositories.insights.update(&moved, None, None).unwrap();
    assert_eq!(kept.tiles, moved.tiles);
    let back = repositories.insights.update(&kept, Some(&[two]), None).unwrap();
    assert_eq!(back.tiles, [made.tile_on(two).unwrap().clone()]);
    let nowhere = repositories.insights.update(&back, Some(&[]), None).unwrap();
    assert_eq!(nowhere.tiles, []);
    let dashboards = repositories.dashboards.get_batch(world.project.id, &[one, two, three]).unwrap();
    assert!(dashboards.iter().all(|dashboard| dashboard.tiles.is_empty()));
}

pub fn dashboards_of_other_projects_are_not_found(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    let foreign = other.dashboard(repositories, "foreign").id;
    let made = world.insight(repositories, "one");
    for dashboard in [foreign, DashboardId(999)] {
        assert_not_found(repositories.insights.update(&made, Some(&[dashboard]), None));
        let mut draft = insight(world.project.id, "two");
        draft.dashboards = vec![dashboard];
        assert_not_found(repositories.insights.create(&draft, None));
    }
}

pub fn a_refused_change_leaves_no_trace(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.insight(repositories, "one");
    let mut changed = made.clone();
    changed.fields.name = Some("changed".to_owned());
    changed.fields.tags = vec!["new".to_owned()];
    let detail = ActivityDetail::default();
    let row = NewActivity::by(&world.actor(), verb::UPDATED, "Insight", made.id.to_string(), detail, at(1));
    assert_not_found(repositories.insights.update(&changed, Some(&[DashboardId(999)]), Some(&row)));
    assert_eq!(get(repositories, world.project.id, made.id), Some(made));
    let filter = ActivityFilter { project: world.project.id, scope: "Insight".to_owned(), item_id: None };
    assert_eq!(repositories.activity.list(&filter, Page::first()).unwrap().count, 0);
}

pub fn views_are_remembered_by_user(repositories: &Repositories) {
    let [world, other] = [1, 2].map(|n| World::new(repositories, n));
    let [a, b] = ["a", "b"].map(|name| world.insight(repositories, name).id);
    let foreign = other.insight(repositories, "foreign").id;
    let gone = world.insight_with(repositories, "gone", |draft| draft.fields.deleted = true).id;
    let view = |user, ids: &[InsightId], seconds| {
        repositories.insights.mark_viewed(world.project.id, user, ids, at(seconds)).unwrap();
    };
    view(world.user.id, &[b, a, a, foreign, gone, InsightId(999)], 1);
    view(world.user.id, &[b], 2);
    view(other.user.id, &[a], 3);
    view(world.user.id, &[], 4);
    let ids = [gone, foreign, b, a, b];
    let viewed = |user| repositories.insights.last_viewed(user, &ids).unwrap();
    assert_eq!(viewed(world.user.id), [(a, at(1)), (b, at(2))]);
    assert_eq!(viewed(other.user.id), [(a, at(3))]);
}

pub fn what_most_users_viewed_is_trending(repositories: &Repositories) {
    let [world, other, third] = [1, 2, 3].map(|n| World::new(repositories, n));
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| world.insight(repositories, name).id);
    let view = |by: &World, ids: &[InsightId], seconds| {
        repositories.insights.mark_viewed(world.project.id, by.user.id, ids, at(seconds)).unwrap();
    };
    view(&world, &[a, b, c, d], 10);
    view(&other, &[b, c], 10);
    view(&third, &[c], 11);
    view(&third, &[d], 9);
    let trending = |limit| -> Vec<InsightId> {
        let found = repositories.insights.trending(world.project.id, at(10), limit).unwrap();
        found.into_iter().map(|insight| insight.id).collect()
    };
    assert_eq!(trending(10), [c, b, a, d]);
    assert_eq!(trending(2), [c, b]);
    assert_eq!(repositories.insights.trending(other.project.id, at(0), 10).unwrap(), []);
}

pub fn numbers_of_any_size_are_looked_up(repositories: &Repositories) {
    let world = World::new(repositories, 1);
    let made = world.insight(repositories, "one");
    let ids: Vec<_> = (0..5_000).map(|n| InsightId(made.id.0 + n)).chain([InsightId(i64::MAX)]).collect();
    assert_eq!(repositories.insights.get_batch(world.project.id, &ids).unwrap(), slice::from_ref(&made));
    repositories.insights.mark_viewed(world.project.id, world.user.id, &ids, at(1)).unwrap();
    assert_eq!(repositories.insights.last_viewed(world.user.id, &ids).unwrap(), [(made.id, at(1))]);
}
