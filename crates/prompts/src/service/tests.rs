use insights_core::activity::repository::ActivityFilter;
use insights_core::memory::InMemoryDatabase;
use insights_core::repositories::Repositories;
use insights_core::time::ManualClock;
use serde_json::{Value, json};
use test_support::builders::{World, at};
use test_support::ids::CountingIds;

use super::*;
use crate::memory::InMemoryPrompts;

struct Fixture {
    repositories: Repositories,
    service: PromptService,
    clock: Arc<ManualClock>,
    actor: Actor,
}

impl Fixture {
    fn new() -> Self {
        let repositories = InMemoryDatabase::repositories();
        let actor = World::new(&repositories, 1).actor();
        let clock = Arc::new(ManualClock::new(at(0)));
        let prompts = Arc::new(InMemoryPrompts::new(&repositories));
        let service = PromptService::new(prompts, Arc::<ManualClock>::clone(&clock), Arc::new(CountingIds::new()));
        Self { repositories, service, clock, actor }
    }

    fn create(&self, name: &str, content: Value) -> PromptAt {
        let new = NewPrompt { name: prompt_name(name), content: says(content), deleted: false };
        self.service.create(&self.actor, new).unwrap()
    }

    fn publish(&self, name: &str, base: u32, content: Value) -> Result<PromptAt, PublishError> {
        self.service.publish(&self.actor, name, base, &Publication::Content(says(content)))
    }

    fn fetch(&self, name: &str, version: VersionKey<'_>) -> Option<(u32, Value)> {
        let found = self.service.fetch(self.actor.project, name, version);
        found.ok().map(|found| (found.version.number, found.version.content.value().clone()))
    }

    /// The log's verbs and changes, the oldest first.
    fn log(&self) -> Vec<(String, Vec<(String, Value)>)> {
        let filter =
            ActivityFilter { project: self.actor.project, scope: crate::model::SCOPE.to_owned(), item_id: None };
        let rows = self.repositories.activity.list(&filter, Page::first()).unwrap().items;
        let change = |change: insights_core::activity::diff::Change| (change.field, change.after.unwrap_or_default());
        let row = |row: insights_core::activity::ActivityEntry| {
            let changes = row.activity.detail.changes.unwrap_or_default();
            (row.activity.activity, changes.into_iter().map(change).collect())
        };
        rows.into_iter().rev().map(row).collect()
    }
}

fn prompt_name(name: &str) -> PromptName {
    PromptName::parse("name", name).unwrap()
}

fn label(name: &str) -> LabelName {
    LabelName::parse(name).unwrap()
}

fn says(value: Value) -> PromptContent {
    PromptContent::new(value).unwrap()
}

#[track_caller]
fn check_refused<T: std::fmt::Debug>(result: ServiceResult<T>, status: u16, attr: Option<&str>, code: &str) {
    let problem = Problem::from(result.unwrap_err());
    assert_eq!((problem.kind.status(), problem.attr.as_deref(), problem.code), (status, attr, code));
}

#[test]
fn each_change_of_the_content_makes_a_version() {
    let fixture = Fixture::new();
    let made = fixture.create("bot", json!("one"));
    fixture.clock.set(at(60));
    let patch = PromptPatch { content: Some(says(json!("two"))), ..PromptPatch::default() };
    let changed = fixture.service.update(&fixture.actor, made.prompt.id, &patch).unwrap();
    assert_eq!((changed.prompt.id, changed.version.number), (made.prompt.id, 2));
    assert_eq!((changed.prompt.created_at, changed.prompt.updated_at), (at(0), at(60)));
    assert_eq!(changed, fixture.service.require(fixture.actor.project, made.prompt.id).unwrap());

    fixture.clock.set(at(120));
    assert_eq!(fixture.service.update(&fixture.actor, made.prompt.id, &patch).unwrap(), changed);
    assert_eq!(fixture.publish("bot", 2, json!("two")).unwrap(), changed);
    assert_eq!(fixture.fetch("bot", VersionKey::Number(1)), Some((1, json!("one"))));
    assert_eq!(fixture.fetch("bot", VersionKey::Number(3)), None);
    assert_eq!(fixture.fetch("bot", VersionKey::Id(made.version.id)), Some((1, json!("one"))));
    let versions = vec![("version".to_owned(), json!(2))];
    assert_eq!(fixture.log(), [("created".to_owned(), vec![]), ("updated".to_owned(), versions)]);
}

#[test]
fn a_version_is_published_from_the_last_one_alone() {
    let fixture = Fixture::new();
    fixture.create("bot", json!("one"));
    fixture.publish("bot", 1, json!("two")).unwrap();
    let stale = fixture.publish("bot", 1, json!("three")).unwrap_err();
    assert!(matches!(stale, PublishError::Stale { current_version: 2 }), "{stale:?}");
    let edit = Edit { old: "two".to_owned(), new: "three".to_owned() };
    let edits = Publication::Edits(vec![edit]);
    let third = fixture.service.publish(&fixture.actor, "bot", 2, &edits).unwrap();
    assert_eq!((third.version.number, third.version.content.value()), (3, &json!("three")));
    let refused = fixture.service.publish(&fixture.actor, "bot", 3, &edits).unwrap_err();
    assert!(matches!(refused, PublishError::Service(ServiceError::Refused(_))), "{refused:?}");
    assert!(matches!(fixture.publish("none", 1, json!("x")), Err(PublishError::Service(_))));
}

#[test]
fn a_name_is_one_prompts_until_that_is_deleted() {
    let fixture = Fixture::new();
    let made = fixture.create("bot", json!("one"));
    fixture.create("other", json!("other"));
    let again = NewPrompt { name: prompt_name("bot"), content: says(json!("two")), deleted: false };
    check_refused(fixture.service.create(&fixture.actor, again.clone()), 400, Some("name"), "unique");
    let rename = PromptPatch { name: Some(prompt_name("other")), ..PromptPatch::default() };
    check_refused(fixture.service.update(&fixture.actor, made.prompt.id, &rename), 400, Some("name"), "unique");
    check_refused(
        fixture.service.duplicate(&fixture.actor, "other", prompt_name("bot")),
        400,
        Some("new_name"),
        "unique",
    );

    let delete = PromptPatch { deleted: Some(true), ..PromptPatch::default() };
    let deleted = fixture.service.update(&fixture.actor, made.prompt.id, &delete).unwrap();
    assert!(deleted.prompt.deleted);
    let restore = PromptPatch { deleted: Some(false), ..PromptPatch::default() };
    check_refused(fixture.service.update(&fixture.actor, made.prompt.id, &restore), 404, None, "not_found");
    let new = fixture.service.create(&fixture.actor, again).unwrap();
    assert_eq!((new.version.number, new.prompt.id == made.prompt.id), (1, false));
    assert_eq!(fixture.fetch("bot", VersionKey::Latest), Some((1, json!("two"))));
    fixture.service.archive(&fixture.actor, "bot").unwrap();
    assert_eq!(fixture.fetch("bot", VersionKey::Latest), None);
    check_refused(fixture.service.archive(&fixture.actor, "bot"), 404, None, "not_found");
    let verbs: Vec<String> = fixture.log().into_iter().map(|(verb, _)| verb).collect();
    assert_eq!(verbs, ["created", "created", "deleted", "created", "deleted"]);
}

#[test]
fn all_versions_follow_a_new_name() {
    let fixture = Fixture::new();
    let made = fixture.create("bot", json!("one"));
    fixture.service.set_label(&fixture.actor, "bot", &label("production"), 1).unwrap();
    let patch = PromptPatch { name: Some(prompt_name("robot")), content: Some(says(json!("two"))), deleted: None };
    let renamed = fixture.service.update(&fixture.actor, made.prompt.id, &patch).unwrap();
    assert_eq!((renamed.prompt.name.as_str(), renamed.version.number), ("robot", 2));
    assert_eq!(fixture.fetch("bot", VersionKey::Latest), None);
    assert_eq!(fixture.fetch("robot", VersionKey::Number(1)), Some((1, json!("one"))));
    assert_eq!(fixture.fetch("robot", VersionKey::Label(&label("production"))), Some((1, json!("one"))));
}

#[test]
fn labels_are_made_moved_and_taken_away() {
    let fixture = Fixture::new();
    fixture.create("bot", json!("one"));
    fixture.publish("bot", 1, json!("two")).unwrap();
    let (production, staging) = (label("production"), label("staging"));
    let set = |label: &LabelName, version| fixture.service.set_label(&fixture.actor, "bot", label, version);
    let made = set(&staging, 2).unwrap();
    set(&production, 1).unwrap();
    fixture.clock.set(at(60));
    let moved = set(&staging, 1).unwrap();
    assert_eq!(moved, Label { version: 1, updated_at: at(60), ..made });
    fixture.clock.set(at(120));
    assert_eq!(set(&staging, 1).unwrap(), moved);
    assert_eq!(fixture.fetch("bot", VersionKey::Label(&staging)), Some((1, json!("one"))));
    check_refused(set(&staging, 3), 400, Some("version"), "does_not_exist");
    check_refused(set(&staging, 0), 400, Some("version"), "does_not_exist");

    let (found, page) = fixture
        .service
        .resolve(fixture.actor.project, "bot", (None, None), VersionSlice { before: None, offset: 0, limit: 1 })
        .unwrap();
    assert_eq!(
        found.prompt.labels_of(1).map(|label| label.name.as_str()).collect::<Vec<_>>(),
        ["production", "staging"]
    );
    assert_eq!((page.versions[0].number, page.versions.len(), page.has_more), (2, 1, true));

    fixture.service.remove_label(&fixture.actor, "bot", &staging).unwrap();
    assert_eq!(fixture.fetch("bot", VersionKey::Label(&staging)), None);
    check_refused(fixture.service.remove_label(&fixture.actor, "bot", &staging), 404, None, "not_found");
    let last = fixture.log().pop().unwrap();
    assert_eq!(last, ("updated".to_owned(), vec![("labels".to_owned(), json!({"production": 1}))]));
}

#[test]
fn labels_and_versions_are_bounded() {
    let fixture = Fixture::new();
    let made = fixture.create("bot", json!(0));
    for number in 0..MAX_LABELS {
        fixture.service.set_label(&fixture.actor, "bot", &label(&format!("l{number}")), 1).unwrap();
    }
    let one_more = fixture.service.set_label(&fixture.actor, "bot", &label("more"), 1);
    check_refused(one_more, 400, Some("label"), "invalid_input");
    for number in 1..MAX_VERSIONS {
        fixture.publish("bot", number, json!(number)).unwrap();
    }
    let patch = PromptPatch { content: Some(says(json!("more"))), ..PromptPatch::default() };
    let one_more = fixture.service.update(&fixture.actor, made.prompt.id, &patch);
    check_refused(one_more, 400, Some("prompt"), "max_versions");
    assert!(fixture.publish("bot", MAX_VERSIONS, json!(MAX_VERSIONS - 1)).is_ok());
}

#[test]
fn a_copy_begins_anew_with_the_last_version() {
    let fixture = Fixture::new();
    fixture.create("bot", json!("one"));
    fixture.publish("bot", 1, json!("two")).unwrap();
    fixture.service.set_label(&fixture.actor, "bot", &label("production"), 2).unwrap();
    let copy = fixture.service.duplicate(&fixture.actor, "bot", prompt_name("copy")).unwrap();
    assert_eq!((copy.version.number, copy.version.content.value()), (1, &json!("two")));
    assert_eq!(copy.prompt.labels, []);
    check_refused(fixture.service.duplicate(&fixture.actor, "none", prompt_name("x")), 404, None, "not_found");
}

#[test]
fn many_versions_at_once_are_all_made() {
    let fixture = Fixture::new();
    let id = fixture.create("bot", json!("one")).prompt.id;
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (service, actor) = (&fixture.service, &fixture.actor);
            scope.spawn(move || {
                let patch = PromptPatch { content: Some(says(json!(number))), ..PromptPatch::default() };
                service.update(actor, id, &patch).unwrap();
            });
        }
    });
    let (prompt, versions) = fixture.service.versions(fixture.actor.project, id, Page::new(Some(2), Some(7))).unwrap();
    assert_eq!((prompt.latest_version, versions.count), (9, 9));
    assert_eq!(versions.items.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn pages_with_all_that_prompts_say_are_smaller() {
    let page = Page::new(Some(500), Some(3));
    assert_eq!(bounded(page, ContentLoad::Left), page);
    assert_eq!(bounded(page, ContentLoad::Whole), Page::new(Some(100), Some(3)));
}

#[test]
fn a_prompt_may_be_made_deleted() {
    let fixture = Fixture::new();
    let new = NewPrompt { name: prompt_name("bot"), content: says(json!("one")), deleted: true };
    assert!(fixture.service.create(&fixture.actor, new).unwrap().prompt.deleted);
    assert_eq!(fixture.fetch("bot", VersionKey::Latest), None);
    fixture.create("bot", json!("two"));
}

#[test]
fn number_and_identity_of_a_version_must_agree() {
    let fixture = Fixture::new();
    let first = fixture.create("bot", json!("one")).version.id;
    fixture.publish("bot", 1, json!("two")).unwrap();
    let slice = VersionSlice { before: None, offset: 0, limit: 10 };
    let resolve = |number, id| {
        let found = fixture.service.resolve(fixture.actor.project, "bot", (number, id), slice);
        found.ok().map(|(found, page)| (found.version.number, page.versions.len(), page.has_more))
    };
    assert_eq!(resolve(None, None), Some((2, 2, false)));
    assert_eq!(resolve(Some(1), Some(first)), Some((1, 2, false)));
    assert_eq!(resolve(None, Some(first)), Some((1, 2, false)));
    assert_eq!(resolve(Some(2), Some(first)), None);
    assert_eq!(resolve(Some(3), None), None);
}
