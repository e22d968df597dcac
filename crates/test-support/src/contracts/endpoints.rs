//! The contract of `EndpointRepository`.

use endpoints::materialization::SyncFrequency;
use endpoints::model::{CacheAge, Endpoint, EndpointName};
use endpoints::repository::EndpointFilter;
use insights_core::activity::repository::ActivityFilter;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::error::RepositoryError;
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use serde_json::json;
use uuid::Uuid;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{World, at, endpoint};
use crate::store::EndpointRepositories;

/// More than any case makes.
const MANY: usize = 1000;

fn row(world: &World, verb: &str, endpoint: &Endpoint) -> NewActivity {
    NewActivity::by(&world.actor(), verb, "Endpoint", endpoint.id.to_string(), ActivityDetail::default(), at(0))
}

fn create(repositories: &EndpointRepositories, world: &World, endpoint: &Endpoint) {
    repositories.endpoints.create(endpoint, MANY, &row(world, verb::CREATED, endpoint)).unwrap();
}

fn made(repositories: &EndpointRepositories, world: &World, n: u32, name: &str) -> Endpoint {
    let endpoint = endpoint(world.project.id, n, name);
    create(repositories, world, &endpoint);
    endpoint
}

fn get(repositories: &EndpointRepositories, endpoint: &Endpoint) -> Option<Endpoint> {
    repositories.endpoints.get(endpoint.project, &endpoint.name).unwrap()
}

/// With the next version of its query.
fn with_query(endpoint: &Endpoint, n: u128) -> Endpoint {
    let mut changed = endpoint.clone();
    changed.latest.id = Uuid::from_u128(n);
    changed.latest.version += 1;
    changed.latest.query = json!({"kind": "HogQLQuery", "query": format!("select {n}")});
    changed.latest.created_at = at(100);
    changed
}

fn log(repositories: &EndpointRepositories, endpoint: &Endpoint) -> Vec<String> {
    let item_id = Some(endpoint.id.to_string());
    let filter = ActivityFilter { project: endpoint.project, scope: "Endpoint".to_owned(), item_id };
    let rows = repositories.others.activity.list(&filter, Page::first()).unwrap().items;
    rows.into_iter().map(|entry| entry.activity.activity).collect()
}

pub fn endpoints_come_back_as_they_were(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let mut full = endpoint(world.project.id, 1, "full");
    full.fields.description = "größe 🦀".to_owned();
    full.fields.cache_age = CacheAge::from_seconds(300);
    full.fields.derived_from_insight = Some("aB3dE5gH".to_owned());
    full.fields.materialized = Some(SyncFrequency::SixHours);
    full.fields.created_by = Some(world.user.id);
    full.fields.updated_at = at(7);
    full.latest.created_by = Some(world.user.id);
    full.latest.query = json!({"kind": "HogQLQuery", "query": "select '\0'", "values": {"x": [1.5, null]}});
    create(repositories, &world, &full);
    assert_eq!(get(repositories, &full), Some(full.clone()));

    let mut changed = full.clone();
    changed.fields.description = String::new();
    changed.fields.cache_age = None;
    changed.fields.derived_from_insight = None;
    changed.fields.materialized = None;
    changed.fields.is_active = false;
    changed.fields.updated_at = at(9);
    let updated = repositories.endpoints.update(&changed, None).unwrap();
    assert_eq!(updated, Endpoint { revision: 2, ..changed });
    assert_eq!(get(repositories, &full), Some(updated));
}

pub fn an_endpoint_needs_its_project(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let homeless = endpoint(ProjectId(99), 1, "a");
    assert_not_found(repositories.endpoints.create(&homeless, MANY, &row(&world, verb::CREATED, &homeless)));
}

pub fn names_are_unique_in_a_project(repositories: &EndpointRepositories) {
    let [one, two] = [1, 2].map(|n| World::new(&repositories.others, n));
    made(repositories, &one, 1, "a");
    let same = endpoint(one.project.id, 2, "a");
    assert_conflict(repositories.endpoints.create(&same, MANY, &row(&one, verb::CREATED, &same)));
    assert!(log(repositories, &same).is_empty());
    made(repositories, &one, 3, "A");
    made(repositories, &two, 4, "a");
}

pub fn the_limit_counts_endpoints_of_one_project(repositories: &EndpointRepositories) {
    let [one, two] = [1, 2].map(|n| World::new(&repositories.others, n));
    made(repositories, &two, 1, "a");
    let create = |n, name| {
        let endpoint = endpoint(one.project.id, n, name);
        repositories.endpoints.create(&endpoint, 1, &row(&one, verb::CREATED, &endpoint))
    };
    create(2, "a").unwrap();
    let refused = create(3, "b");
    assert!(matches!(refused, Err(RepositoryError::Limit { limit: 1, .. })), "{refused:?}");
}

pub fn endpoints_are_found_in_their_project_alone(repositories: &EndpointRepositories) {
    let [one, two] = [1, 2].map(|n| World::new(&repositories.others, n));
    let endpoint = made(repositories, &one, 1, "a");
    let foreign = Endpoint { project: two.project.id, ..endpoint.clone() };
    assert_eq!(get(repositories, &foreign), None);
    let repository = &repositories.endpoints;
    assert!(repository.list(foreign.project, &EndpointFilter::default()).unwrap().is_empty());
    assert!(repository.versions(foreign.project, foreign.id, Page::first()).unwrap().is_empty());
    assert_eq!(repository.version(foreign.project, foreign.id, 1).unwrap(), None);
    assert_not_found(repository.update(&foreign, None));
    assert_not_found(repository.delete(foreign.project, foreign.id, &row(&two, verb::DELETED, &foreign)));
    repository.mark_executed(endpoint.id, at(1)).unwrap();
    assert!(repository.last_executions(foreign.project, &[foreign.name], at(0)).unwrap().is_empty());
    assert!(get(repositories, &endpoint).is_some());
}

fn names(repositories: &EndpointRepositories, project: ProjectId, filter: &EndpointFilter) -> Vec<String> {
    let listed = repositories.endpoints.list(project, filter).unwrap();
    listed.into_iter().map(|endpoint| endpoint.name.to_string()).collect()
}

pub fn endpoints_are_listed_the_newest_first(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    for (n, name) in [(2, "second"), (1, "first"), (3, "third")] {
        made(repositories, &world, n, name);
    }
    let mut twin = endpoint(world.project.id, 4, "twin_of_third");
    twin.fields.created_at = at(3);
    create(repositories, &world, &twin);
    let listed = names(repositories, world.project.id, &EndpointFilter::default());
    assert_eq!(listed, ["twin_of_third", "third", "second", "first"]);
}

pub fn endpoints_are_filtered(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    made(repositories, &world, 1, "nobodys");
    let mut own = endpoint(world.project.id, 2, "own");
    own.fields.created_by = Some(world.user.id);
    create(repositories, &world, &own);
    own.name = EndpointName::parse("idle").unwrap();
    own.fields.is_active = false;
    let idle = Endpoint { fields: own.fields.clone(), ..endpoint(world.project.id, 3, "idle") };
    create(repositories, &world, &idle);
    let list = |is_active, created_by| names(repositories, world.project.id, &EndpointFilter { is_active, created_by });
    assert_eq!(list(Some(true), None), ["own", "nobodys"]);
    assert_eq!(list(Some(false), None), ["idle"]);
    assert_eq!(list(Some(true), Some(world.user.id)), ["own"]);
    assert_eq!(list(None, Some(insights_core::ids::UserId(i64::MAX))), [""; 0]);
}

pub fn every_new_version_is_kept(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let first = made(repositories, &world, 1, "a");
    made(repositories, &world, 2, "b");
    let second = repositories.endpoints.update(&with_query(&first, 2), None).unwrap();
    let third = repositories.endpoints.update(&with_query(&second, 3), None).unwrap();
    // no new version: only its number says that there is one
    let described = repositories.endpoints.update(&third, None).unwrap();
    assert_eq!((described.revision, described.latest.version), (4, 3));
    assert_eq!(get(repositories, &first), Some(described));

    let versions = |limit, offset| {
        let page = Page::new(limit, offset);
        repositories.endpoints.versions(world.project.id, first.id, page).unwrap()
    };
    let all = [third.latest, second.latest, first.latest.clone()];
    assert_eq!(versions(None, None), all);
    assert_eq!(versions(Some(1), Some(1)), all[1..2]);
    let version = |n| repositories.endpoints.version(world.project.id, first.id, n).unwrap();
    assert_eq!(version(1), Some(first.latest));
    for missing in [0, 4, u32::MAX] {
        assert_eq!(version(missing), None);
    }
}

pub fn a_change_of_an_old_revision_is_refused(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, "a");
    let current = repositories.endpoints.update(&endpoint, None).unwrap();
    let stale = with_query(&endpoint, 2);
    assert_conflict(repositories.endpoints.update(&stale, Some(&row(&world, verb::UPDATED, &stale))));
    assert_eq!(get(repositories, &endpoint), Some(current));
    assert_eq!(log(repositories, &endpoint), [verb::CREATED]);
}

pub fn of_many_changes_at_once_one_succeeds(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, "a");
    let results = at_once(|n| repositories.endpoints.update(&with_query(&endpoint, n as u128), None));
    let (succeeded, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    failed.into_iter().for_each(assert_conflict);
    assert_eq!(succeeded.len(), 1);
    assert_eq!(get(repositories, &endpoint).as_ref(), succeeded[0].as_ref().ok());
    assert_eq!(repositories.endpoints.versions(endpoint.project, endpoint.id, Page::first()).unwrap().len(), 2);
}

pub fn changes_are_logged(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, "a");
    repositories.endpoints.update(&endpoint, Some(&row(&world, verb::UPDATED, &endpoint))).unwrap();
    repositories.endpoints.delete(endpoint.project, endpoint.id, &row(&world, verb::DELETED, &endpoint)).unwrap();
    let mut verbs = log(repositories, &endpoint);
    verbs.sort();
    assert_eq!(verbs, [verb::CREATED, verb::DELETED, verb::UPDATED]);
}

pub fn a_deleted_endpoint_takes_its_versions_along(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, "a");
    let other = made(repositories, &world, 2, "b");
    let delete =
        || repositories.endpoints.delete(world.project.id, endpoint.id, &row(&world, verb::DELETED, &endpoint));
    delete().unwrap();
    assert_eq!(get(repositories, &endpoint), None);
    assert!(repositories.endpoints.versions(world.project.id, endpoint.id, Page::first()).unwrap().is_empty());
    assert_not_found(delete());
    assert_not_found(repositories.endpoints.update(&endpoint, None));
    assert_eq!(get(repositories, &other), Some(other));
    made(repositories, &world, 3, "a");
}

pub fn the_latest_execution_stays(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, "a");
    for (seconds, expected) in [(5, 5), (3, 5), (9, 9)] {
        repositories.endpoints.mark_executed(endpoint.id, at(seconds)).unwrap();
        let stored = get(repositories, &endpoint).unwrap();
        assert_eq!(stored, Endpoint { last_executed_at: Some(at(expected)), ..endpoint.clone() });
    }
    // no change of the endpoint: the revision is what it was, and a change does not undo it
    let updated = repositories.endpoints.update(&endpoint, None).unwrap();
    assert_eq!(updated.last_executed_at, Some(at(9)));
    repositories.endpoints.mark_executed(crate::builders::endpoint(world.project.id, 2, "b").id, at(0)).unwrap();
}

pub fn executions_are_found_by_name_and_time(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    for (n, name) in [(1, "a"), (2, "b"), (3, "never")] {
        let endpoint = made(repositories, &world, n, name);
        if name != "never" {
            repositories.endpoints.mark_executed(endpoint.id, at(i64::from(n))).unwrap();
        }
    }
    let names = ["a", "b", "never", "missing"].map(|name| EndpointName::parse(name).unwrap());
    let found = |names: &[EndpointName], since| {
        let mut found = repositories.endpoints.last_executions(world.project.id, names, at(since)).unwrap();
        found.sort();
        found.into_iter().map(|(name, at)| (name.to_string(), at)).collect::<Vec<_>>()
    };
    assert_eq!(found(&names, 0), [("a".to_owned(), at(1)), ("b".to_owned(), at(2))]);
    assert_eq!(found(&names, 2), [("b".to_owned(), at(2))]);
    assert_eq!(found(&names[..1], 1), [("a".to_owned(), at(1))]);
    assert_eq!(found(&[], 0), []);
}
