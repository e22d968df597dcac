//! Results that were computed ahead of time: what is known of them, when they are computed next, and when a run answers from them.
//!
//! An endpoint says whether its result is wanted ([`crate::model::EndpointFields::materialized`]); what is here says what there is. Whoever
//! computes results goes by the difference of the two, so that a crash between them is mended by the next look.

pub mod repository;
pub mod service;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::ProjectId;
use insights_core::objects::ObjectKey;
use uuid::Uuid;

use crate::materialization::SyncFrequency;
use crate::model::{Endpoint, EndpointId};

/// The longest error that is kept, in characters.
const MAX_ERROR_CHARACTERS: usize = 1_000;

/// The wait after a first failure; it doubles with each further one.
const FIRST_RETRY: TimeDelta = TimeDelta::minutes(1);

/// The longest wait after a failure.
const LAST_RETRY: TimeDelta = TimeDelta::days(1);

/// How far ahead of its time a result is computed again, at least and at most: so that there is a new one when the old one is too old.
const LEAD: (TimeDelta, TimeDelta) = (TimeDelta::seconds(15), TimeDelta::seconds(60));

/// The first part of the keys of all results.
const FOLDER: &str = "endpoints";

/// Where computing a result stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaterializationState {
    /// It is being computed.
    Running,
    /// It was computed.
    Completed,
    /// It could not be computed the last time.
    Failed,
}

/// What is known of the result of an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Materialization {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Its project.
    pub project: ProjectId,
    /// Number of the version whose query is computed.
    pub version: u32,
    /// How often it is computed, as far as the latest computation knew.
    pub frequency: SyncFrequency,
    /// The latest computation: what it gives is not taken any more once there is a later one.
    pub run: Uuid,
    /// Where that stands.
    pub state: MaterializationState,
    /// The last result that there was, whatever came of later computations.
    pub result: Option<KeptResult>,
    /// Why the last computation that ended failed, where it did.
    pub error: Option<String>,
    /// How many computations have failed since one succeeded.
    pub n_failures: u32,
    /// When it is computed next; `None` for never again.
    pub next_refresh_at: Option<DateTime<Utc>>,
}

/// A result that lies in the object store.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptResult {
    /// Where.
    pub key: ObjectKey,
    /// The instant that it tells of.
    pub materialized_at: DateTime<Utc>,
    /// Rows of it.
    pub n_rows: u64,
    /// Bytes of the object.
    pub n_bytes: u64,
}

impl MaterializationState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Running, Self::Completed, Self::Failed];

    /// Name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Materialization {
    /// The result that a run of `endpoint` may answer with at `now`: one of the latest query, younger than the interval in which it is computed. While it is
    /// being computed again, or where that failed, the last one stands in until it is two intervals old.
    pub fn served(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> Option<&KeptResult> {
        let frequency = endpoint.fields.materialized?;
        let result = self.result.as_ref().filter(|_| self.version == endpoint.latest.version)?;
        let max_age = frequency.interval().map(|interval| match self.state {
            MaterializationState::Completed => interval,
            MaterializationState::Running | MaterializationState::Failed => interval * 2,
        });
        max_age.is_none_or(|max_age| now - result.materialized_at < max_age).then_some(result)
    }

    /// Whether it is to be computed at `now` for an endpoint that wants it so often.
    fn is_due(&self, frequency: SyncFrequency, now: DateTime<Utc>) -> bool {
        self.frequency != frequency || self.next_refresh_at.is_some_and(|at| at <= now)
    }

    /// The same, while the computation `run` that begins at `now` goes on. Where nothing is heard of it for `patience`, it is begun anew.
    fn begun(self, run: Uuid, frequency: SyncFrequency, now: DateTime<Utc>, patience: TimeDelta) -> Self {
        let next_refresh_at = Some(now + patience);
        Self { run, frequency, state: MaterializationState::Running, next_refresh_at, ..self }
    }

    /// The same after `result` was computed by a computation that began at `begun_at`.
    fn completed(self, result: KeptResult, begun_at: DateTime<Utc>) -> Self {
        let interval = self.frequency.interval();
        Self {
            state: MaterializationState::Completed,
            result: Some(result),
            error: None,
            n_failures: 0,
            next_refresh_at: interval.map(|interval| begun_at + interval - lead(interval)),
            ..self
        }
    }

    /// The same after a computation failed at `now`: the last result stays.
    fn failed(self, error: &str, now: DateTime<Utc>) -> Self {
        let n_failures = self.n_failures.saturating_add(1);
        Self {
            state: MaterializationState::Failed,
            error: Some(error.chars().take(MAX_ERROR_CHARACTERS).collect()),
            n_failures,
            next_refresh_at: Some(now + retry_after(n_failures, self.frequency)),
            ..self
        }
    }
}

/// How much earlier than its time a result is computed again.
fn lead(interval: TimeDelta) -> TimeDelta {
    (interval / 20).clamp(LEAD.0, LEAD.1)
}

/// The wait after so many failures in a row: never longer than the interval.
fn retry_after(n_failures: u32, frequency: SyncFrequency) -> TimeDelta {
    let doubled = FIRST_RETRY * (1 << n_failures.saturating_sub(1).min(16));
    doubled.min(LAST_RETRY).min(frequency.interval().unwrap_or(LAST_RETRY))
}

/// What the keys of all results have in common.
pub fn all_results() -> ObjectKey {
    ObjectKey::new([FOLDER]).expect("the name of the folder is a good key")
}

/// A new key for a result of the endpoint, which says when it was given out.
fn new_key(endpoint: &Endpoint, now: DateTime<Utc>, unique: Uuid) -> ObjectKey {
    let name = format!("{}-{unique}.parquet", now.timestamp_millis());
    ObjectKey::new([FOLDER, &endpoint.project.0.to_string(), &endpoint.id.to_string(), &name])
        .expect("numbers and uuids are good parts of keys, and short")
}

/// When a key of a result was given out; `None` where it is none.
fn given_out_at(key: &ObjectKey) -> Option<DateTime<Utc>> {
    let name = key.as_str().rsplit('/').next()?;
    let (millis, _) = name.split_once('-')?;
    DateTime::from_timestamp_millis(millis.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{EndpointFields, EndpointName, EndpointVersion};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn endpoint(frequency: Option<SyncFrequency>) -> Endpoint {
        Endpoint {
            id: EndpointId(Uuid::from_u128(7)),
            project: ProjectId(3),
            name: EndpointName::parse("a").unwrap(),
            revision: 1,
            fields: EndpointFields {
                description: String::new(),
                is_active: true,
                cache_age: None,
                derived_from_insight: None,
                materialized: frequency,
                created_at: at(0),
                created_by: None,
                updated_at: at(0),
            },
            latest: EndpointVersion {
                id: Uuid::from_u128(8),
                version: 2,
                query: json!({}),
                created_at: at(0),
                created_by: None,
            },
            last_executed_at: None,
        }
    }

    fn result() -> KeptResult {
        let key = new_key(&endpoint(None), at(0), Uuid::nil());
        KeptResult { key, materialized_at: at(0), n_rows: 1, n_bytes: 10 }
    }

    fn materialization(state: MaterializationState) -> Materialization {
        Materialization {
            endpoint: EndpointId(Uuid::from_u128(7)),
            project: ProjectId(3),
            version: 2,
            frequency: SyncFrequency::OneHour,
            run: Uuid::nil(),
            state,
            result: Some(result()),
            error: None,
            n_failures: 0,
            next_refresh_at: None,
        }
    }

    /// Until how many seconds after it was computed a result is served.
    #[track_caller]
    fn check_served(state: MaterializationState, frequency: SyncFrequency, seconds: i64) {
        let (materialization, endpoint) = (materialization(state), endpoint(Some(frequency)));
        assert!(materialization.served(&endpoint, at(seconds - 1)).is_some());
        assert!(materialization.served(&endpoint, at(seconds)).is_none());
    }

    #[test]
    fn results_are_served_until_they_are_too_old() {
        use MaterializationState::{Completed, Failed, Running};
        check_served(Completed, SyncFrequency::OneHour, 3600);
        check_served(Running, SyncFrequency::OneHour, 7200);
        check_served(Failed, SyncFrequency::OneHour, 7200);
        check_served(Completed, SyncFrequency::OneMinute, 60);
        let once = endpoint(Some(SyncFrequency::Never));
        assert!(materialization(Completed).served(&once, at(1 << 33)).is_some());
    }

    #[test]
    fn results_of_other_queries_are_never_served() {
        let (completed, wanted) =
            (materialization(MaterializationState::Completed), endpoint(Some(SyncFrequency::OneHour)));
        assert!(completed.served(&wanted, at(1)).is_some());
        assert!(completed.served(&endpoint(None), at(1)).is_none());
        assert!(Materialization { version: 1, ..completed.clone() }.served(&wanted, at(1)).is_none());
        assert!(Materialization { result: None, ..completed }.served(&wanted, at(1)).is_none());
    }

    #[test]
    fn results_are_computed_again_before_they_are_too_old() {
        let next = |frequency| {
            let running = Materialization { frequency, ..materialization(MaterializationState::Running) };
            let completed = running.completed(result(), at(0));
            completed.next_refresh_at.map(|at| at.timestamp())
        };
        assert_eq!(next(SyncFrequency::OneMinute), Some(45));
        assert_eq!(next(SyncFrequency::FiveMinutes), Some(285));
        assert_eq!(next(SyncFrequency::FifteenMinutes), Some(855));
        assert_eq!(next(SyncFrequency::OneDay), Some(86_340));
        assert_eq!(next(SyncFrequency::Never), None);
    }

    #[test]
    fn failures_wait_longer_each_time_and_keep_the_last_result() {
        let mut failed = materialization(MaterializationState::Running);
        let mut waits = Vec::new();
        for _ in 0..9 {
            failed = failed.failed("é".repeat(2000).as_str(), at(0));
            waits.push(failed.next_refresh_at.unwrap().timestamp() / 60);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!((failed.state, failed.result.clone()), (MaterializationState::Failed, Some(result())));
        assert_eq!(failed.error.as_ref().map(|error| error.chars().count()), Some(1000));
        let once = Materialization { n_failures: u32::MAX, frequency: SyncFrequency::Never, ..failed };
        let failed = once.failed("x", at(0));
        assert_eq!(failed.next_refresh_at, Some(at(86_400)));
        assert!(failed.is_due(SyncFrequency::OneHour, at(0)) && !failed.is_due(SyncFrequency::Never, at(86_399)));
        assert!(failed.is_due(SyncFrequency::Never, at(86_400)));
        let again = failed.begun(Uuid::from_u128(1), SyncFrequency::OneHour, at(100), TimeDelta::seconds(50));
        assert_eq!((again.state, again.next_refresh_at), (MaterializationState::Running, Some(at(150))));
        assert_eq!(again.error.as_deref(), Some("x"), "until something else is known");
        let completed = again.completed(result(), at(100));
        assert_eq!((completed.error, completed.n_failures), (None, 0));
    }

    #[test]
    fn keys_say_when_they_were_given_out() {
        let key = new_key(&endpoint(None), at(1), Uuid::from_u128(5));
        assert_eq!(
            key.as_str(),
            "endpoints/3/00000000-0000-0000-0000-000000000007/1000-00000000-0000-0000-0000-000000000005.parquet"
        );
        assert!(key.is_below(&all_results()));
        assert_eq!(given_out_at(&key), Some(at(1)));
        assert_eq!(given_out_at(&ObjectKey::parse("endpoints/readme").unwrap()), None);
    }

    #[test]
    fn states_have_names() {
        for state in MaterializationState::ALL {
            assert_eq!(MaterializationState::from_name(state.name()), Some(state));
        }
        assert_eq!(MaterializationState::from_name("running"), None);
    }
}
