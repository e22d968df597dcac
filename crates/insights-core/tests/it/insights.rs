//! The use cases of insights.

use insights_core::error::ServiceResult;
use insights_core::ids::{DashboardId, InsightId};
use insights_core::insight::Insight;
use insights_core::insight::filter::InsightFilter;
use insights_core::insight::patch::{InsightPatch, NewInsight};
use insights_core::insight::service::InsightService;
use insights_core::insight::tagging::TagAction;
use insights_core::paging::Page;
use serde_json::{Value, json};
use test_support::builders::{World, at};

use crate::support::{Stage, refusal, refused};

/// One project, and the service over it.
struct Scene {
    stage: Stage,
    world: World,
    service: InsightService,
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new();
        let world = World::new(&stage.repositories, 1);
        let service = InsightService::new(&stage.repositories, stage.clock(), stage.ids());
        Self { stage, world, service }
    }

    fn create(&self, new: NewInsight) -> Insight {
        self.service.create(&self.world.actor(), new).unwrap()
    }

    fn named(&self, name: &str) -> Insight {
        self.create(NewInsight { name: Some(name.to_owned()), ..NewInsight::default() })
    }

    fn update(&self, insight: &Insight, patch: InsightPatch) -> ServiceResult<Insight> {
        self.service.update(&self.world.actor(), &insight.id.to_string(), &patch)
    }

    /// The log of the project, the newest first: what happened and to which fields.
    fn log(&self) -> Vec<(String, Value)> {
        let rows = self.service.activity(self.world.project.id, None, Page::numbered(None, None).unwrap()).unwrap();
        let rows = rows.items.into_iter().map(|row| row.activity);
        rows.map(|row| (row.activity, serde_json::to_value(row.detail.changes).unwrap())).collect()
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_empty_body_makes_an_insight_that_nobody_logs() {
    let scene = Scene::new();
    let made = scene.create(NewInsight::default());
    assert_eq!(made.short_id.0.len(), 8);
    assert!(made.fields.saved && !made.fields.favorited && !made.fields.is_sample);
    assert_eq!((made.fields.name, made.fields.query, made.fields.filters), (None, None, json!({})));
    assert_eq!(made.fields.created_by, Some(scene.world.user.id));
    assert_eq!(scene.log(), []);
    let viewed = scene.service.last_viewed(scene.world.user.id, &[made.id]).unwrap();
    assert_eq!(viewed, [(made.id, at(0))]);
}

#[test]
fn fields_are_normalised_and_checked() {
    let scene = Scene::new();
    let made = scene.create(NewInsight {
        tags: vec![" B".to_owned(), "a".to_owned(), "b".to_owned()],
        query: Some(json!({"kind": "TrendsQuery"})),
        filters: Some(json!({"insight": "TRENDS"})),
        ..NewInsight::default()
    });
    assert_eq!((made.fields.tags, made.fields.filters), (vec!["a".to_owned(), "b".to_owned()], json!({})));
    let refused = |new: NewInsight| {
        let problem = refusal(scene.service.create(&scene.world.actor(), new));
        (problem.code, problem.attr.unwrap_or_default(), problem.detail)
    };
    for attr in ["name", "derived_name", "description"] {
        let mut new = NewInsight::default();
        let field = match attr {
            "name" => &mut new.name,
            "derived_name" => &mut new.derived_name,
            _ => &mut new.description,
        };
        *field = Some("é".repeat(401));
        let detail = "Ensure this field has no more than 400 characters.".to_owned();
        assert_eq!(refused(new), ("max_length", attr.to_owned(), detail));
    }
    let refusal = refused(NewInsight { query: Some(json!([])), ..NewInsight::default() });
    assert_eq!((refusal.0, refusal.2.as_str()), ("parse_error", "Query must be a valid JSON object"));
    let refusal = refused(NewInsight { dashboards: vec![DashboardId(7)], ..NewInsight::default() });
    assert_eq!((refusal.0, refusal.2.as_str()), ("invalid_input", "Dashboard not found"));
    assert_eq!(refused(NewInsight { filters: Some(json!(1)), ..NewInsight::default() }).1, "filters");
}

#[test]
fn insights_are_found_by_number_first_and_by_short_id() {
    let scene = Scene::new();
    let made = scene.named("one");
    let project = scene.world.project.id;
    assert_eq!(scene.service.require(project, &made.id.to_string()).unwrap(), made);
    assert_eq!(scene.service.require(project, &made.short_id.0).unwrap(), made);
    let numeric = scene.world.insight(&scene.stage.repositories, "12345678");
    assert_eq!(scene.service.require(project, "12345678").unwrap(), numeric);
    for selector in ["999", "", "unknown", "-1"] {
        assert_eq!(refused(scene.service.require(project, selector)), (404, "Not found.".to_owned()));
    }
}

#[test]
fn a_change_is_logged_with_before_and_after() {
    let scene = Scene::new();
    let made = scene.named("old");
    scene.stage.clock.set(at(1));
    let patch = InsightPatch {
        name: Some(text("new")),
        description: Some(text("words")),
        tags: Some(vec!["T".to_owned()]),
        ..InsightPatch::default()
    };
    let changed = scene.update(&made, patch).unwrap();
    assert_eq!((changed.fields.updated_at, changed.fields.last_modified_at), (at(1), at(1)));
    let change = |field: &str, action: &str, before: Value, after: Value| json!({"type": "Insight", "action": action, "field": field, "before": before, "after": after});
    let expected = json!([
        change("tags", "changed", json!([]), json!(["t"])),
        change("name", "changed", json!("old"), json!("new")),
        change("description", "created", Value::Null, json!("words")),
    ]);
    assert_eq!(scene.log(), [("updated".to_owned(), expected), ("created".to_owned(), Value::Null)]);
    assert_eq!(scene.service.activity(scene.world.project.id, Some(made.id), Page::first()).unwrap().count, 2);
    let other = Some(InsightId(made.id.0 + 1));
    assert_eq!(scene.service.activity(scene.world.project.id, other, Page::first()).unwrap().count, 0);
}

#[test]
fn what_changes_nothing_or_has_no_name_is_not_logged() {
    let scene = Scene::new();
    let made = scene.named("same");
    scene
        .update(&made, InsightPatch { name: Some(text("same")), order: Some(Some(3)), ..InsightPatch::default() })
        .unwrap();
    scene.update(&made, InsightPatch::default()).unwrap();
    assert_eq!(scene.log().len(), 1);
    let nameless = scene.create(NewInsight { name: text(""), ..NewInsight::default() });
    scene.update(&nameless, InsightPatch { favorited: Some(true), ..InsightPatch::default() }).unwrap();
    assert_eq!(scene.log().len(), 1);
}

#[test]
fn words_and_query_alone_count_as_modification() {
    let scene = Scene::new();
    let made = scene.named("one");
    let is_modified = |seconds: i64, patch: InsightPatch| {
        scene.stage.clock.set(at(seconds));
        let changed = scene.update(&made, patch).unwrap();
        assert_eq!(changed.fields.updated_at, at(seconds));
        changed.fields.last_modified_at == at(seconds)
    };
    assert!(!is_modified(1, InsightPatch { favorited: Some(true), ..InsightPatch::default() }));
    assert!(!is_modified(2, InsightPatch { tags: Some(vec!["a".to_owned()]), ..InsightPatch::default() }));
    assert!(!is_modified(3, InsightPatch { name: Some(text("one")), ..InsightPatch::default() }));
    assert!(is_modified(4, InsightPatch { name: Some(None), ..InsightPatch::default() }));
    assert!(is_modified(5, InsightPatch { query: Some(Some(json!({"kind": "A"}))), ..InsightPatch::default() }));
    assert!(!is_modified(6, InsightPatch { query: Some(Some(json!({"kind": "A"}))), ..InsightPatch::default() }));
    assert!(is_modified(7, InsightPatch { description: Some(text("x")), ..InsightPatch::default() }));
}

#[test]
fn any_change_saves_and_ends_being_a_sample() {
    let scene = Scene::new();
    let sample = scene.world.insight_with(&scene.stage.repositories, "sample", |draft| {
        (draft.fields.saved, draft.fields.is_sample) = (false, true);
    });
    let changed = scene.update(&sample, InsightPatch { favorited: Some(true), ..InsightPatch::default() }).unwrap();
    assert!(changed.fields.saved && !changed.fields.is_sample);
}

#[test]
fn dashboards_are_replaced_and_logged_by_name() {
    let scene = Scene::new();
    let repositories = &scene.stage.repositories;
    let [one, two] = ["One", "Two"].map(|name| scene.world.dashboard(repositories, name).id);
    let foreign = World::new(repositories, 2).dashboard(repositories, "Foreign").id;
    let made = scene.create(NewInsight { name: text("x"), dashboards: vec![one, one], ..NewInsight::default() });
    assert_eq!(made.dashboards(), [one]);
    let on = |dashboards: &[DashboardId]| {
        let patch = InsightPatch { dashboards: Some(dashboards.to_vec()), ..InsightPatch::default() };
        scene.update(&made, patch)
    };
    assert_eq!(on(&[two]).unwrap().dashboards(), [two]);
    let change = json!([{
        "type": "Insight", "action": "changed", "field": "dashboards",
        "before": [{"id": one, "name": "One"}], "after": [{"id": two, "name": "Two"}],
    }]);
    assert_eq!(scene.log()[0], ("updated".to_owned(), change));
    assert_eq!(refused(on(&[two, foreign])), (400, "Dashboard not found".to_owned()));
    let many: Vec<_> = (0..101).map(DashboardId).collect();
    assert_eq!(refusal(on(&many)).attr.as_deref(), Some("dashboards"));
}

#[test]
fn deleted_insights_leave_their_dashboards_and_come_back_by_one_change_alone() {
    let scene = Scene::new();
    let one = scene.world.dashboard(&scene.stage.repositories, "One").id;
    let made = scene.create(NewInsight { name: text("x"), dashboards: vec![one], ..NewInsight::default() });
    let delete = |deleted| InsightPatch { deleted: Some(deleted), ..InsightPatch::default() };
    let gone = scene.update(&made, delete(true)).unwrap();
    assert!(gone.fields.deleted && gone.tiles.is_empty());
    let project = scene.world.project.id;
    assert_eq!(refused(scene.service.require(project, &made.short_id.0)).0, 404);
    assert_eq!(refused(scene.update(&made, InsightPatch::default())).0, 404);
    assert_eq!(refused(scene.update(&made, delete(true))).0, 404);
    assert!(!scene.update(&made, delete(false)).unwrap().fields.deleted);
    let verbs: Vec<_> = scene.log().into_iter().map(|(verb, _)| verb).collect();
    assert_eq!(verbs, ["restored", "deleted", "created"]);
}

#[test]
fn tags_of_many_are_changed_one_by_one() {
    let scene = Scene::new();
    let [one, two] = ["1", "2"].map(|name| scene.named(name).id);
    let foreign = World::new(&scene.stage.repositories, 2).insight(&scene.stage.repositories, "foreign").id;
    let apply = |ids: &[InsightId], action, tags: &[&str]| {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        scene.service.update_tags(&scene.world.actor(), ids, action, &tags)
    };
    let tags = |outcome: insights_core::insight::tagging::TagOutcome| -> Vec<String> {
        outcome.updated.into_iter().map(|(_, tags)| tags.concat()).collect()
    };
    assert_eq!(tags(apply(&[one, two, one], TagAction::Add, &["b", " A "]).unwrap()), ["ab", "ab"]);
    assert_eq!(tags(apply(&[one], TagAction::Remove, &["A", "x"]).unwrap()), ["b"]);
    assert_eq!(tags(apply(&[two], TagAction::Set, &["z"]).unwrap()), ["z"]);
    assert_eq!(tags(apply(&[two], TagAction::Set, &[]).unwrap()), [""]);
    let outcome = apply(&[foreign, InsightId(999)], TagAction::Add, &["x"]).unwrap();
    assert_eq!(outcome.skipped, [(foreign, "Not found"), (InsightId(999), "Not found")]);
    let refusal = refused(apply(&[one], TagAction::Add, &[]));
    assert_eq!(refusal, (400, "tags must not be empty for action 'add'.".to_owned()));
    assert_eq!(refused(apply(&[], TagAction::Set, &[])).0, 400);
    let many: Vec<_> = (0..501).map(InsightId).collect();
    assert_eq!(refused(apply(&many, TagAction::Set, &[])).0, 400);
}

#[test]
fn tags_added_by_many_at_once_all_stay() {
    let scene = Scene::new();
    let id = scene.named("one").id;
    let actor = scene.world.actor();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (service, actor) = (&scene.service, &actor);
            scope.spawn(move || service.update_tags(actor, &[id], TagAction::Add, &[n.to_string()]).unwrap());
        }
    });
    let tags = scene.service.require(actor.project, &id.to_string()).unwrap().fields.tags;
    assert_eq!(tags.concat(), "01234567");
}

#[test]
fn views_are_bounded_and_listed_the_last_first() {
    let scene = Scene::new();
    let actor = scene.world.actor();
    let ids: Vec<_> = (0..7).map(|n| scene.named(&n.to_string()).id).collect();
    for (seconds, id) in (1..).zip(&ids) {
        scene.stage.clock.set(at(seconds));
        scene.service.mark_viewed(&actor, &[*id]).unwrap();
    }
    let recent: Vec<_> = scene.service.recently_viewed(&actor).unwrap().into_iter().map(|found| found.id).collect();
    assert_eq!(recent, [ids[6], ids[5], ids[4], ids[3], ids[2]]);
    assert_eq!(scene.service.trending(actor.project, 7, 3).unwrap().len(), 3);
    assert_eq!(refusal(scene.service.mark_viewed(&actor, &[])).attr.as_deref(), Some("insight_ids"));
    let many: Vec<_> = (0..2501).map(InsightId).collect();
    assert_eq!(refused(scene.service.mark_viewed(&actor, &many)).0, 400);
    assert_eq!(scene.service.list(&actor, &InsightFilter::default(), Page::first()).unwrap().count, 7);
}
