//! The use cases of dashboards.

use insights_core::dashboard::repository::{DashboardFilter, TileEdit};
use insights_core::dashboard::service::{DashboardPatch, DashboardService, NewDashboard};
use insights_core::dashboard::{CreationMode, RestrictionLevel, Tile};
use insights_core::ids::{DashboardId, TileId};
use insights_core::paging::Page;
use serde_json::json;
use test_support::builders::{World, at};

use crate::support::{Stage, refusal, refused};

#[test]
fn a_copy_has_the_tiles_and_the_words_of_its_original() {
    let stage = Stage::new();
    let world = World::new(&stage.repositories, 1);
    let service = DashboardService::new(&stage.repositories, stage.clock());
    let new = NewDashboard {
        name: Some("One".to_owned()),
        description: Some("words".to_owned()),
        tags: vec![" A ".to_owned()],
        filters: Some(json!({"date_from": "-7d"})),
        restriction_level: Some(37),
        ..NewDashboard::default()
    };
    let original = service.create(&world.actor(), new).unwrap();
    assert_eq!(original.fields.restriction_level, RestrictionLevel::Collaborators);
    let insight = world.insight_with(&stage.repositories, "x", |draft| draft.dashboards = vec![original.id]);
    let new = NewDashboard { use_dashboard: Some(original.id), ..NewDashboard::default() };
    let copy = service.create(&world.actor(), new).unwrap();
    assert_eq!(copy.fields.creation_mode, CreationMode::Duplicate);
    assert_eq!((copy.fields.description.as_str(), &copy.fields.tags), ("words", &vec!["a".to_owned()]));
    assert_eq!(copy.fields.filters, original.fields.filters);
    assert_eq!(copy.tiles.iter().map(Tile::insight).collect::<Vec<_>>(), [Some(insight.id)]);
    let missing = NewDashboard { use_dashboard: Some(DashboardId(99)), ..NewDashboard::default() };
    assert_eq!(refusal(service.create(&world.actor(), missing)).attr.as_deref(), Some("use_dashboard"));
}

#[test]
fn wrong_fields_are_named() {
    let stage = Stage::new();
    let world = World::new(&stage.repositories, 1);
    let service = DashboardService::new(&stage.repositories, stage.clock());
    let id = world.dashboard(&stage.repositories, "one").id;
    let attr = |patch: DashboardPatch| refusal(service.update(&world.actor(), id, &patch)).attr.unwrap();
    assert_eq!(attr(DashboardPatch { name: Some(Some("x".repeat(401))), ..DashboardPatch::default() }), "name");
    assert_eq!(attr(DashboardPatch { filters: Some(json!([])), ..DashboardPatch::default() }), "filters");
    assert_eq!(attr(DashboardPatch { restriction_level: Some(22), ..DashboardPatch::default() }), "restriction_level");
    let tile = TileEdit::Remove(TileId(9));
    assert_eq!(attr(DashboardPatch { tiles: vec![tile], ..DashboardPatch::default() }), "tiles");
    let unknown = service.update(&world.actor(), DashboardId(99), &DashboardPatch::default());
    assert_eq!(refused(unknown), (404, "Not found.".to_owned()));
}

#[test]
fn dashboards_are_deleted_and_restored_with_a_row_in_the_log_each() {
    let stage = Stage::new();
    let world = World::new(&stage.repositories, 1);
    let service = DashboardService::new(&stage.repositories, stage.clock());
    let made = service.create(&world.actor(), NewDashboard::default()).unwrap();
    let insight = world.insight_with(&stage.repositories, "x", |draft| draft.dashboards = vec![made.id]);
    let update = |patch: DashboardPatch| service.update(&world.actor(), made.id, &patch);
    update(DashboardPatch { pinned: Some(true), ..DashboardPatch::default() }).unwrap();
    update(DashboardPatch::default()).unwrap();
    update(DashboardPatch { deleted: Some(true), delete_insights: true, ..DashboardPatch::default() }).unwrap();
    assert_eq!(refused(service.require(world.project.id, made.id)).0, 404);
    assert_eq!(stage.repositories.insights.get_batch(world.project.id, &[insight.id]).unwrap(), []);
    let restored = update(DashboardPatch { deleted: Some(false), ..DashboardPatch::default() }).unwrap();
    assert_eq!(restored.tiles.len(), 1);
    let log = service.activity(world.project.id, made.id, Page::first()).unwrap().items;
    let verbs: Vec<_> = log.into_iter().map(|row| row.activity.activity).collect();
    assert_eq!(verbs, ["restored", "deleted", "updated", "created"]);
}

#[test]
fn opening_is_remembered() {
    let stage = Stage::new();
    let world = World::new(&stage.repositories, 1);
    let service = DashboardService::new(&stage.repositories, stage.clock());
    let id = world.dashboard(&stage.repositories, "one").id;
    stage.clock.set(at(5));
    let opened = service.open(world.project.id, id).unwrap();
    assert_eq!(opened.fields.last_accessed_at, Some(at(5)));
    let listed = service.list(world.project.id, &DashboardFilter::default(), Page::first()).unwrap();
    assert_eq!(listed.items, [opened]);
}
