use insights_core::auth::Actor;
use insights_core::ids::RandomIds;
use insights_core::memory::InMemoryDatabase;
use insights_core::setup::{SetupOptions, set_up};
use insights_core::time::ManualClock;
use serde_json::json;

use super::*;
use crate::materialization::{MaterializationWish, SyncFrequency};
use crate::memory::InMemoryEndpoints;
use crate::service::{EndpointPatch, EndpointService, NewEndpoint};

const PATIENCE: TimeDelta = TimeDelta::minutes(3);

struct Fixture {
    endpoints: EndpointService,
    service: MaterializationService,
    actor: Actor,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn new() -> Self {
        let others = InMemoryDatabase::repositories();
        let clock = Arc::new(ManualClock::new("2026-01-14T12:00:00Z".parse().unwrap()));
        let start = set_up(&*others.setup, &SetupOptions::default(), &*clock, &RandomIds).unwrap().unwrap();
        let actor =
            Actor { organization: start.organization.id, project: start.project.id, user: start.issued.key.user };
        let store = Arc::new(InMemoryEndpoints::new(&others));
        let variables = Arc::new(::variables::memory::InMemoryVariables::new(&others));
        let shared = || Arc::<ManualClock>::clone(&clock);
        let ids = Arc::new(RandomIds);
        let endpoints = EndpointService::new(
            Arc::<InMemoryEndpoints>::clone(&store),
            variables,
            &others,
            shared(),
            Arc::<RandomIds>::clone(&ids),
        );
        let service = MaterializationService::new(store, shared(), ids);
        Self { endpoints, service, actor, clock }
    }

    /// An endpoint that wants a result every hour.
    fn make(&self) -> Endpoint {
        let new = NewEndpoint {
            name: Some("a".to_owned()),
            query: Some(json!({"kind": "HogQLQuery", "query": "select 1"})),
            materialization: MaterializationWish { enabled: Some(true), frequency: Some(SyncFrequency::OneHour) },
            ..NewEndpoint::default()
        };
        self.endpoints.create(&self.actor, new).unwrap()
    }

    fn patch(&self, patch: EndpointPatch) -> Endpoint {
        self.endpoints.update(&self.actor, "a", &patch).unwrap()
    }

    fn begin(&self, endpoint: &Endpoint) -> Refresh {
        self.service.begin(endpoint, PATIENCE).unwrap().expect("it is due")
    }

    fn refreshed(&self) -> Result<Refreshed, String> {
        Ok(Refreshed { materialized_at: self.clock.now(), n_rows: 1, n_bytes: 10 })
    }

    fn refresh(&self, endpoint: &Endpoint) -> (ObjectKey, Concluded) {
        let refresh = self.begin(endpoint);
        let key = refresh.key.clone();
        (key, self.service.conclude(refresh, self.refreshed()).unwrap())
    }
}

#[test]
fn a_result_takes_the_place_of_the_one_before() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    assert_eq!(fixture.service.due().unwrap(), std::slice::from_ref(&endpoint));
    let (first, concluded) = fixture.refresh(&endpoint);
    assert_eq!(concluded, Concluded::Known(None));
    assert!(fixture.service.due().unwrap().is_empty());
    assert_eq!(fixture.service.begin(&endpoint, PATIENCE).unwrap(), None, "somebody else has done it");
    fixture.clock.advance(TimeDelta::minutes(59));
    assert_eq!(fixture.service.due().unwrap(), std::slice::from_ref(&endpoint));
    let (second, concluded) = fixture.refresh(&endpoint);
    assert_eq!(concluded, Concluded::Known(Some(first)));
    let known = fixture.service.get(&endpoint).unwrap().unwrap();
    assert_eq!(known.served(&endpoint, fixture.clock.now()).map(|result| &result.key), Some(&second));
}

#[test]
fn a_failure_keeps_the_last_result_and_is_told() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    let (first, _) = fixture.refresh(&endpoint);
    fixture.clock.advance(TimeDelta::hours(1));
    let refresh = fixture.begin(&endpoint);
    let key = refresh.key.clone();
    let concluded = fixture.service.conclude(refresh, Err("too slow".to_owned())).unwrap();
    assert_eq!(concluded, Concluded::Known(Some(key)), "it may have been written");
    let known = fixture.service.get(&endpoint).unwrap().unwrap();
    assert_eq!((known.state, known.error.as_deref()), (MaterializationState::Failed, Some("too slow")));
    assert_eq!(known.served(&endpoint, fixture.clock.now()).map(|result| &result.key), Some(&first));
    assert!(fixture.service.due().unwrap().is_empty());
    fixture.clock.advance(TimeDelta::minutes(1));
    assert_eq!(fixture.service.due().unwrap().len(), 1);
}

#[test]
fn a_computation_that_nothing_is_heard_of_is_begun_anew() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    let lost = fixture.begin(&endpoint);
    assert!(fixture.service.due().unwrap().is_empty());
    fixture.clock.advance(PATIENCE);
    let (_, concluded) = fixture.refresh(&endpoint);
    assert_eq!(concluded, Concluded::Known(None));
    // the lost one comes late
    let key = lost.key.clone();
    assert_eq!(fixture.service.conclude(lost, fixture.refreshed()).unwrap(), Concluded::Unwanted(key));
}

#[test]
fn a_changed_query_wants_another_result() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    let (first, _) = fixture.refresh(&endpoint);
    let running = {
        fixture.clock.advance(TimeDelta::hours(1));
        fixture.begin(&endpoint)
    };
    let query = Some(json!({"kind": "HogQLQuery", "query": "select 2"}));
    let changed = fixture.patch(EndpointPatch { query, ..EndpointPatch::default() });
    assert_eq!(changed.fields.materialized, Some(SyncFrequency::OneHour));
    assert_eq!(fixture.service.get(&changed).unwrap(), None);
    assert_eq!(fixture.service.due().unwrap(), std::slice::from_ref(&changed));
    let unwanted = fixture.service.unwanted_of(changed.id, Some(&changed)).unwrap().unwrap();
    assert_eq!(unwanted.result.as_ref().map(|result| &result.key), Some(&first));
    assert_eq!(fixture.service.unwanted().unwrap(), std::slice::from_ref(&unwanted));
    fixture.service.forget(&unwanted).unwrap();
    let key = running.key.clone();
    assert_eq!(fixture.service.conclude(running, fixture.refreshed()).unwrap(), Concluded::Unwanted(key));
    assert_eq!(fixture.refresh(&changed).1, Concluded::Known(None));
    assert_eq!(fixture.service.unwanted_of(changed.id, Some(&changed)).unwrap(), None);
}

#[test]
fn an_endpoint_that_is_switched_off_or_deleted_wants_none() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    fixture.refresh(&endpoint);
    let idle = fixture.patch(EndpointPatch { is_active: Some(false), ..EndpointPatch::default() });
    assert_eq!(idle.fields.materialized, None);
    assert_eq!(fixture.service.get(&idle).unwrap(), None);
    assert!(fixture.service.due().unwrap().is_empty());
    assert!(fixture.service.unwanted_of(idle.id, Some(&idle)).unwrap().is_some());
    let deleted = fixture.endpoints.delete(&fixture.actor, "a").unwrap();
    let unwanted = fixture.service.unwanted_of(deleted.id, None).unwrap().unwrap();
    fixture.service.forget(&unwanted).unwrap();
    assert!(fixture.service.unwanted().unwrap().is_empty());
}

#[test]
fn another_frequency_computes_anew() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    let (first, _) = fixture.refresh(&endpoint);
    let materialization = MaterializationWish { enabled: None, frequency: Some(SyncFrequency::FiveMinutes) };
    let changed = fixture.patch(EndpointPatch { materialization, ..EndpointPatch::default() });
    assert_eq!(fixture.service.due().unwrap(), std::slice::from_ref(&changed));
    assert_eq!(fixture.refresh(&changed).1, Concluded::Known(Some(first)));
    assert!(fixture.service.due().unwrap().is_empty());
}

#[test]
fn objects_that_nothing_is_known_of_are_orphans_after_a_while() {
    let fixture = Fixture::new();
    let endpoint = fixture.make();
    let (known, _) = fixture.refresh(&endpoint);
    let lost = new_key(&endpoint, fixture.clock.now(), uuid::Uuid::from_u128(9));
    let foreign = ObjectKey::parse("endpoints/readme").unwrap();
    let orphans = || fixture.service.orphans(vec![known.clone(), lost.clone(), foreign.clone()], PATIENCE).unwrap();
    assert!(orphans().is_empty(), "who wrote it may not have come to telling");
    fixture.clock.advance(PATIENCE + TimeDelta::seconds(1));
    assert_eq!(orphans(), std::slice::from_ref(&lost));
}
