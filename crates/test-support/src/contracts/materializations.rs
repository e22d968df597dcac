//! The contract of `MaterializationRepository`.

use endpoints::materialization::SyncFrequency;
use endpoints::materialized::{KeptResult, Materialization, MaterializationState};
use endpoints::model::Endpoint;
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::objects::ObjectKey;
use uuid::Uuid;

use crate::builders::{World, at, endpoint};
use crate::store::EndpointRepositories;

/// More than any case makes.
const MANY: u32 = 1000;

fn row(world: &World, endpoint: &Endpoint) -> NewActivity {
    let detail = ActivityDetail::default();
    NewActivity::by(&world.actor(), verb::CREATED, "Endpoint", endpoint.id.to_string(), detail, at(0))
}

/// An endpoint that wants a result so often.
fn made(repositories: &EndpointRepositories, world: &World, n: u32, frequency: Option<SyncFrequency>) -> Endpoint {
    let mut endpoint = endpoint(world.project.id, n, &format!("e{n}"));
    endpoint.fields.materialized = frequency;
    repositories.endpoints.create(&endpoint, MANY as usize, &row(world, &endpoint)).unwrap();
    endpoint
}

fn change(repositories: &EndpointRepositories, endpoint: &Endpoint, change: impl FnOnce(&mut Endpoint)) -> Endpoint {
    let mut changed = endpoint.clone();
    change(&mut changed);
    repositories.endpoints.update(&changed, None).unwrap()
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).expect("it is a key")
}

fn materialization(of: &Endpoint) -> Materialization {
    Materialization {
        endpoint: of.id,
        project: of.project,
        version: of.latest.version,
        frequency: of.fields.materialized.unwrap_or(SyncFrequency::OneHour),
        run: Uuid::from_u128(1),
        state: MaterializationState::Running,
        result: None,
        error: None,
        n_failures: 0,
        next_refresh_at: Some(at(100)),
    }
}

fn completed(of: &Endpoint, object: &str) -> Materialization {
    Materialization {
        state: MaterializationState::Completed,
        result: Some(KeptResult { key: key(object), materialized_at: at(50), n_rows: 1 << 40, n_bytes: 7 }),
        ..materialization(of)
    }
}

fn begin(repositories: &EndpointRepositories, materialization: &Materialization) -> bool {
    repositories.materializations.begin(materialization).unwrap()
}

fn get(repositories: &EndpointRepositories, of: &Endpoint) -> Option<Materialization> {
    repositories.materializations.get_batch(&[of.id]).unwrap().pop()
}

fn due(repositories: &EndpointRepositories, seconds: i64) -> Vec<Endpoint> {
    repositories.materializations.due(at(seconds), MANY).unwrap()
}

pub fn materializations_come_back_as_they_were(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, Some(SyncFrequency::OneHour));
    assert_eq!(get(repositories, &endpoint), None);
    let first = materialization(&endpoint);
    assert!(begin(repositories, &first));
    assert_eq!(get(repositories, &endpoint), Some(first));
    let full = Materialization {
        frequency: SyncFrequency::SevenDays,
        run: Uuid::from_u128(2),
        state: MaterializationState::Failed,
        error: Some("größe 🦀".to_owned()),
        n_failures: 3,
        next_refresh_at: None,
        ..completed(&endpoint, "endpoints/1/a.parquet")
    };
    assert!(begin(repositories, &full));
    assert_eq!(get(repositories, &endpoint), Some(full));
    // what was there is taken away again
    let bare = Materialization { next_refresh_at: None, ..materialization(&endpoint) };
    assert!(begin(repositories, &bare));
    assert_eq!(get(repositories, &endpoint), Some(bare));
}

pub fn results_are_known_of_endpoints_that_want_them(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let wanting = made(repositories, &world, 1, Some(SyncFrequency::OneHour));
    let idle = made(repositories, &world, 2, None);
    let absent = endpoint(world.project.id, 3, "absent");
    assert!(!begin(repositories, &materialization(&idle)));
    assert!(!begin(repositories, &materialization(&absent)));
    let other_version = Materialization { version: 2, ..materialization(&wanting) };
    assert!(!begin(repositories, &other_version));
    assert!(begin(repositories, &materialization(&wanting)));
    change(repositories, &wanting, |endpoint| endpoint.fields.materialized = None);
    assert!(!repositories.materializations.conclude(&completed(&wanting, "a")).unwrap());
    assert_eq!(get(repositories, &wanting).map(|known| known.result), Some(None));
}

pub fn a_later_run_takes_over(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, Some(SyncFrequency::OneHour));
    let early = materialization(&endpoint);
    let late = Materialization { run: Uuid::from_u128(2), ..early.clone() };
    let conclude = |run: &Materialization, object: &str| {
        let concluded = Materialization { run: run.run, ..completed(&endpoint, object) };
        repositories.materializations.conclude(&concluded).unwrap()
    };
    assert!(!conclude(&early, "a"), "nothing has begun");
    assert!(begin(repositories, &early) && begin(repositories, &late));
    assert!(!conclude(&early, "a"));
    assert!(conclude(&late, "b"));
    let key = get(repositories, &endpoint).and_then(|known| known.result).map(|result| result.key.to_string());
    assert_eq!(key.as_deref(), Some("b"));
    assert!(!repositories.materializations.forget(&early).unwrap());
    assert!(repositories.materializations.forget(&late).unwrap());
    assert_eq!(get(repositories, &endpoint), None);
}

pub fn what_is_to_be_computed_is_due(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let hourly = Some(SyncFrequency::OneHour);
    let [one, two, three, four] = [1, 2, 3, 4].map(|n| made(repositories, &world, n, hourly));
    made(repositories, &world, 5, None);
    for (endpoint, next) in [(&two, Some(20)), (&three, Some(10)), (&four, None)] {
        let known = Materialization { next_refresh_at: next.map(at), ..materialization(endpoint) };
        assert!(begin(repositories, &known));
    }
    assert_eq!(due(repositories, 9), std::slice::from_ref(&one));
    assert_eq!(due(repositories, 20), [one.clone(), three.clone(), two.clone()]);
    assert_eq!(repositories.materializations.due(at(20), 2).unwrap(), [one.clone(), three]);
    let often = change(repositories, &four, |endpoint| endpoint.fields.materialized = Some(SyncFrequency::OneMinute));
    assert_eq!(due(repositories, 9), [one.clone(), often]);
    let newer = change(repositories, &two, |endpoint| {
        endpoint.latest.version = 2;
        endpoint.latest.id = Uuid::from_u128(99);
    });
    assert!(due(repositories, 9).contains(&newer));
    // known of and waiting is not twice
    assert_eq!(due(repositories, 1000).iter().filter(|endpoint| endpoint.id == two.id).count(), 1);
}

pub fn what_nobody_wants_is_known_until_it_is_forgotten(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let hourly = Some(SyncFrequency::OneHour);
    let [kept, idle, newer, gone] = [1, 2, 3, 4].map(|n| made(repositories, &world, n, hourly));
    for endpoint in [&kept, &idle, &newer, &gone] {
        assert!(begin(repositories, &completed(endpoint, &format!("endpoints/{}", endpoint.name))));
    }
    let unwanted = || {
        let found = repositories.materializations.unwanted(MANY).unwrap();
        let mut ids: Vec<_> = found.into_iter().map(|known| known.endpoint).collect();
        ids.sort();
        ids
    };
    assert!(unwanted().is_empty());
    change(repositories, &idle, |endpoint| endpoint.fields.materialized = None);
    change(repositories, &newer, |endpoint| {
        endpoint.latest.version = 2;
        endpoint.latest.id = Uuid::from_u128(99);
    });
    repositories.endpoints.delete(world.project.id, gone.id, &row(&world, &gone)).unwrap();
    assert_eq!(unwanted(), [idle.id, newer.id, gone.id]);
    assert_eq!(repositories.materializations.unwanted(1).unwrap().len(), 1);
    assert!(repositories.materializations.forget(&materialization(&gone)).unwrap());
    assert_eq!(unwanted(), [idle.id, newer.id]);
}

pub fn keys_of_known_results_are_told(repositories: &EndpointRepositories) {
    let world = World::new(&repositories.others, 1);
    let endpoint = made(repositories, &world, 1, Some(SyncFrequency::OneHour));
    assert!(begin(repositories, &completed(&endpoint, "endpoints/a")));
    let known = repositories.materializations.known_keys(&[key("endpoints/b"), key("endpoints/a")]).unwrap();
    assert_eq!(known, [key("endpoints/a")]);
    assert!(repositories.materializations.known_keys(&[]).unwrap().is_empty());
}
