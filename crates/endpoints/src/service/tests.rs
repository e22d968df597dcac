use std::sync::Arc;

use ::variables::memory::InMemoryVariables;
use chrono::TimeDelta;
use insights_core::activity::ActivityEntry;
use insights_core::activity::repository::ActivityFilter;
use insights_core::error::RepositoryResult;
use insights_core::ids::RandomIds;
use insights_core::memory::InMemoryDatabase;
use insights_core::setup::{SetupOptions, set_up};
use insights_core::time::ManualClock;
use serde_json::{Value, json};

use super::*;
use crate::materialization::{MaterializationWish, SyncFrequency};
use crate::memory::InMemoryEndpoints;

struct Fixture {
    service: EndpointService,
    repositories: Repositories,
    actor: Actor,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn new() -> Self {
        let repositories = InMemoryDatabase::repositories();
        let clock = Arc::new(ManualClock::new("2026-01-14T12:00:00Z".parse().unwrap()));
        let start = set_up(&*repositories.setup, &SetupOptions::default(), &*clock, &RandomIds).unwrap().unwrap();
        let actor =
            Actor { organization: start.organization.id, project: start.project.id, user: start.issued.key.user };
        let endpoints = Arc::new(InMemoryEndpoints::new(&repositories));
        let variables = Arc::new(InMemoryVariables::new(&repositories));
        let time = Arc::<ManualClock>::clone(&clock);
        let service = EndpointService::new(endpoints, variables, &repositories, time, Arc::new(RandomIds));
        Self { service, repositories, actor, clock }
    }

    fn make(&self, name: &str) -> Endpoint {
        self.service.create(&self.actor, new(name)).unwrap()
    }

    fn patch(&self, name: &str, patch: EndpointPatch) -> Endpoint {
        self.clock.advance(TimeDelta::seconds(1));
        self.service.update(&self.actor, name, &patch).unwrap()
    }

    fn log(&self) -> Vec<ActivityEntry> {
        let filter = ActivityFilter { project: self.actor.project, scope: SCOPE.to_owned(), item_id: None };
        self.repositories.activity.list(&filter, Page::first()).unwrap().items
    }
}

fn sql(text: &str) -> Option<Value> {
    Some(json!({"kind": "HogQLQuery", "query": text}))
}

fn new(name: &str) -> NewEndpoint {
    NewEndpoint { name: Some(name.to_owned()), query: sql("select 1"), ..NewEndpoint::default() }
}

#[track_caller]
fn check<T: std::fmt::Debug>(result: ServiceResult<T>, attr: &str, code: &str) -> String {
    let Err(ServiceError::Refused(problem)) = result else { panic!("{result:?}") };
    assert_eq!((problem.attr.as_deref().unwrap_or_default(), problem.code), (attr, code), "{problem}");
    problem.detail
}

#[test]
fn what_is_wrong_with_a_new_endpoint_is_named() {
    let fixture = Fixture::new();
    let create = |new| fixture.service.create(&fixture.actor, new);
    fixture.make("taken");
    let detail = check(create(NewEndpoint { name: None, ..new("a") }), "name", "required");
    assert_eq!(detail, "Endpoint must have a name.");
    check(create(new(" ")), "name", "blank");
    check(create(new("a b")), "name", "invalid_input");
    check(create(new(&"x".repeat(129))), "name", "max_length");
    let detail = check(create(new("taken")), "name", "unique");
    assert_eq!(detail, "This project already has an endpoint with the name \"taken\".");
    let detail = check(create(NewEndpoint { query: None, ..new("a") }), "query", "required");
    assert_eq!(detail, "Must specify query");
    check(create(NewEndpoint { query: sql("selec"), ..new("a") }), "query__query", "invalid_input");
    check(create(NewEndpoint { cache_age_seconds: Some(299), ..new("a") }), "cache_age_seconds", "invalid_input");
    check(create(NewEndpoint { description: "x".repeat(4001), ..new("a") }), "description", "max_length");
    let derived_from_insight = Some("aB3dE5gH".to_owned());
    check(create(NewEndpoint { derived_from_insight, ..new("a") }), "derived_from_insight", "does_not_exist");
    let materialization = MaterializationWish { enabled: Some(true), frequency: None };
    let inactive = NewEndpoint { is_active: false, materialization, ..new("a") };
    check(create(inactive), "is_materialized", "invalid_input");
    assert_eq!(fixture.service.list(fixture.actor.project, &EndpointFilter::default()).unwrap().len(), 1);
}

#[test]
fn only_a_query_that_says_something_else_is_a_new_version() {
    let fixture = Fixture::new();
    let made = fixture.make("a");
    let with = |query| EndpointPatch { query, ..EndpointPatch::default() };
    let same = fixture.patch("a", with(Some(json!({"query": "select 1", "kind": "HogQLQuery", "filters": null}))));
    assert_eq!(same.latest, made.latest);
    let second = fixture.patch("a", with(sql("select 2")));
    assert_eq!((second.latest.version, second.latest.created_at), (2, fixture.clock.now()));
    // going back is a version of its own
    let third = fixture.patch("a", with(sql("select 1")));
    assert_eq!((third.latest.version, &third.latest.query), (3, &made.latest.query));
    assert_ne!(third.latest.id, made.latest.id);
    let versions = fixture.service.versions(fixture.actor.project, "a", Page::first()).unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn a_patch_changes_what_it_names() {
    let fixture = Fixture::new();
    let made = fixture.make("a");
    let patch = EndpointPatch {
        description: Some("d".to_owned()),
        cache_age_seconds: Some(Some(600)),
        materialization: MaterializationWish { enabled: Some(true), frequency: Some(SyncFrequency::OneHour) },
        ..EndpointPatch::default()
    };
    let changed = fixture.patch("a", patch);
    assert_eq!(changed.fields.max_age(), TimeDelta::minutes(10));
    assert_eq!(changed.fields.materialized, Some(SyncFrequency::OneHour));
    assert_eq!((changed.fields.updated_at, changed.fields.created_at), (fixture.clock.now(), made.fields.created_at));
    let patch = EndpointPatch { is_active: Some(false), cache_age_seconds: Some(None), ..EndpointPatch::default() };
    let idle = fixture.patch("a", patch);
    assert_eq!((idle.fields.materialized, idle.fields.max_age()), (None, TimeDelta::hours(6)));
    assert_eq!(idle.fields.description, "d");
    let enable = MaterializationWish { enabled: Some(true), frequency: None };
    let patch = EndpointPatch { materialization: enable, ..EndpointPatch::default() };
    check(fixture.service.update(&fixture.actor, "a", &patch), "is_materialized", "invalid_input");
    check(fixture.service.update(&fixture.actor, "b", &patch), "", "not_found");
}

/// Lets no query be materialized that has a 2 in it.
#[derive(Debug)]
struct NoTwos;

impl MaterializationRules for NoTwos {
    fn reasons_against(&self, _: ProjectId, queries: &[&Value]) -> RepositoryResult<Vec<Option<String>>> {
        let reason = |query: &&Value| query.to_string().contains('2').then(|| "It has a 2.".to_owned());
        Ok(queries.iter().map(reason).collect())
    }
}

#[test]
fn what_cannot_be_materialized_is_refused_or_ends() {
    let mut fixture = Fixture::new();
    fixture.service = fixture.service.with_materialization_rules(Arc::new(NoTwos));
    let materialization = MaterializationWish { enabled: Some(true), frequency: None };
    let two = NewEndpoint { query: sql("select 2"), materialization, ..new("b") };
    assert_eq!(check(fixture.service.create(&fixture.actor, two), "is_materialized", "invalid_input"), "It has a 2.");
    fixture.service.create(&fixture.actor, NewEndpoint { materialization, ..new("a") }).unwrap();
    let query = || EndpointPatch { query: sql("select 2"), ..EndpointPatch::default() };
    let asked = EndpointPatch { materialization, ..query() };
    check(fixture.service.update(&fixture.actor, "a", &asked), "is_materialized", "invalid_input");
    let changed = fixture.patch("a", query());
    assert_eq!((changed.latest.version, changed.fields.materialized), (2, None));
    let back = fixture.patch("a", EndpointPatch { query: sql("select 3"), ..EndpointPatch::default() });
    assert_eq!(back.fields.materialized, None, "it is not asked for");
}

#[test]
fn the_log_tells_what_was_done() {
    let fixture = Fixture::new();
    let made = fixture.make("a");
    fixture.patch("a", EndpointPatch::default());
    fixture.patch("a", EndpointPatch { query: sql("select 2"), ..EndpointPatch::default() });
    fixture.clock.advance(TimeDelta::seconds(1));
    fixture.service.delete(&fixture.actor, "a").unwrap();
    check(fixture.service.require(fixture.actor.project, "a"), "", "not_found");
    let log = fixture.log();
    let verbs: Vec<_> = log.iter().map(|entry| entry.activity.activity.as_str()).collect();
    assert_eq!(verbs, [verb::DELETED, verb::UPDATED, verb::CREATED]);
    for entry in &log {
        assert_eq!(
            (entry.activity.item_id.clone(), entry.activity.detail.name.as_deref()),
            (made.id.to_string(), Some("a"))
        );
    }
    let fields = log[1].activity.detail.changes.as_ref().unwrap().iter().map(|change| change.field.as_str());
    assert_eq!(fields.collect::<Vec<_>>(), ["query", "current_version"]);
}

#[test]
fn versions_are_found_by_number() {
    let fixture = Fixture::new();
    let made = fixture.make("a");
    let changed = fixture.patch("a", EndpointPatch { query: sql("select 2"), ..EndpointPatch::default() });
    let version = |number| fixture.service.version(fixture.actor.project, "a", number);
    assert_eq!(version(Some(1)).unwrap().1, made.latest);
    for latest in [None, Some(2)] {
        assert_eq!(version(latest).unwrap().1, changed.latest);
    }
    for missing in [0, 3, -1, i64::MAX] {
        let error = version(Some(missing)).unwrap_err();
        let VersionError::NoVersion { wanted, current, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*wanted, *current), (missing, 2));
    }
    assert!(matches!(fixture.service.version(fixture.actor.project, "b", None), Err(VersionError::Service(_))));
}

#[test]
fn executions_within_six_months_are_told() {
    let fixture = Fixture::new();
    let (project, began) = (fixture.actor.project, fixture.clock.now());
    let run = |name: &str| {
        let id = fixture.service.require(project, name).unwrap().id;
        if let Some(at) = fixture.service.execution_to_write(id) {
            fixture.service.write_execution(id, at).unwrap();
        }
    };
    let last = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = fixture.service.last_executions(project, &names).unwrap();
        found.into_iter().map(|(name, at)| (name.to_string(), at - began)).collect::<Vec<_>>()
    };
    for name in ["a", "b", "c"] {
        fixture.make(name);
    }
    run("a");
    fixture.clock.advance(TimeDelta::seconds(5));
    run("a");
    run("b");
    assert_eq!(
        last(&["b", "a", "b", "c", "d"]),
        [("b".to_owned(), TimeDelta::seconds(5)), ("a".to_owned(), TimeDelta::zero())]
    );
    fixture.clock.set("2026-07-14T12:00:01Z".parse().unwrap());
    assert_eq!(last(&["a", "b"]), [("b".to_owned(), TimeDelta::seconds(5))]);
    let bad = fixture.service.last_executions(project, &["a".to_owned(), "a b".to_owned()]);
    assert_eq!(check(bad, "names", "invalid_input"), "Invalid endpoint name: a b");
    check(fixture.service.last_executions(project, &vec!["a".to_owned(); 1001]), "names", "invalid_input");
}
