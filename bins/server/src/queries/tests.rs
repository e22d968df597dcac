//! The service as a whole, over a source whose work goes on until a gate is opened.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actions::memory::InMemoryActions;
use async_trait::async_trait;
use cohorts::memory::InMemoryCohorts;
use futures::FutureExt;
use futures::future::join_all;
use insights_core::error::RepositoryResult;
use insights_core::ids::{OrganizationId, ProjectId, RandomIds};
use insights_core::memory::InMemoryDatabase;
use insights_core::project::WeekStart;
use insights_core::project::settings::ProjectSettings;
use insights_core::query_cache::CachedResult;
use insights_core::time::ManualClock;
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::plan::{Output, Plan};
use serde_json::json;
use tokio::join;
use tokio::task::yield_now;

use super::*;
use ::variables::memory::InMemoryVariables;

const PROJECT: ProjectId = ProjectId(1);

/// Works on each query until the gate is open or the query is to stop.
#[derive(Debug)]
struct GatedSource {
    is_open: AtomicBool,
    is_failing: AtomicBool,
    n_working: AtomicUsize,
    events: MemorySource,
}

#[async_trait]
impl EventSource for GatedSource {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        self.n_working.fetch_add(1, Ordering::SeqCst);
        let result = loop {
            match control.check() {
                Err(error) => break Err(error),
                Ok(()) if self.is_open.load(Ordering::SeqCst) => break Ok(()),
                Ok(()) => std::hint::spin_loop(),
            }
        };
        self.n_working.fetch_sub(1, Ordering::SeqCst);
        result?;
        if self.is_failing.load(Ordering::SeqCst) {
            return Err(QueryError::invalid("series", "the test refuses it"));
        }
        self.events.run(plan, control).await
    }
}

struct Fixture {
    service: QueryService,
    source: Arc<GatedSource>,
    clock: Arc<ManualClock>,
    metrics: Arc<Metrics>,
    project: Project,
}

impl Fixture {
    fn new() -> Self {
        Self::with_room_for(2, 100)
    }

    fn with_room_for(max_running: usize, max_waiting: usize) -> Self {
        let clock = Arc::new(ManualClock::new("2026-01-14T12:00:00Z".parse().unwrap()));
        let source = Arc::new(GatedSource {
            is_open: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
            n_working: AtomicUsize::new(0),
            events: MemorySource::new(PROJECT),
        });
        let metrics = Arc::new(Metrics::new());
        let parts = QueryServiceParts {
            source: Arc::<GatedSource>::clone(&source),
            cache: Arc::new(InMemoryCache::default()),
            actions: Arc::new(InMemoryActions::new(&InMemoryDatabase::repositories())),
            cohorts: Arc::new(InMemoryCohorts::new(&InMemoryDatabase::repositories())),
            variables: Arc::new(InMemoryVariables::new(&InMemoryDatabase::repositories())),
            statuses: Arc::new(InMemoryQueryStatusStore::default()),
            clock: Arc::<ManualClock>::clone(&clock),
            ids: Arc::new(RandomIds),
            metrics: Arc::clone(&metrics),
        };
        let limits =
            QueryLimits { max_time: Duration::from_secs(60), max_memory_bytes: 1 << 30, max_result_rows: 1000 };
        let service = QueryService::new(parts, ExecutorConfig { max_running, max_waiting, limits });
        let project = Project {
            id: PROJECT,
            uuid: uuid::Uuid::nil(),
            organization: OrganizationId(uuid::Uuid::nil()),
            name: "Test".to_owned(),
            api_token: "phc_test".to_owned(),
            timezone: Tz::UTC,
            week_start: WeekStart::Sunday,
            settings: ProjectSettings::default(),
            created_at: DateTime::UNIX_EPOCH,
        };
        Self { service, source, clock, metrics, project }
    }

    async fn ask(&self, event: &str, mode: RefreshMode, id: Option<&str>) -> Result<QueryOutcome, QueryFailure> {
        let node = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": event}]});
        let request = QueryRequest {
            id: id.map(str::to_owned),
            ..QueryRequest::new(&self.project, QueryRights::default(), &node, mode)
        };
        self.service.run(&request).await
    }

    fn open(&self) {
        self.source.is_open.store(true, Ordering::SeqCst);
    }

    async fn until(&self, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            yield_now().await;
        }
    }

    async fn until_working(&self, n_working: usize) {
        self.until(|| self.source.n_working.load(Ordering::SeqCst) == n_working).await;
    }

    fn count(&self, outcome: &str) -> u64 {
        let text = String::from_utf8(self.metrics.render()).unwrap();
        let series = format!("hindsight_queries_total{{outcome=\"{outcome}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    }
}

/// A cache that knows no projects, unlike the repository, which refuses unknown ones.
#[derive(Debug, Default)]
struct InMemoryCache(Mutex<BTreeMap<String, CachedResult>>);

impl QueryCacheRepository for InMemoryCache {
    fn get(&self, _: ProjectId, key: &str) -> RepositoryResult<Option<CachedResult>> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    fn get_batch(&self, _: ProjectId, keys: &[String]) -> RepositoryResult<Vec<CachedResult>> {
        let cached = self.0.lock().unwrap();
        Ok(keys.iter().filter_map(|key| cached.get(key).cloned()).collect())
    }

    fn put(&self, result: &CachedResult) -> RepositoryResult<()> {
        self.0.lock().unwrap().insert(result.cache_key.clone(), result.clone());
        Ok(())
    }

    fn delete_older(&self, _: DateTime<Utc>) -> RepositoryResult<usize> {
        Ok(0)
    }
}

#[tokio::test]
async fn a_hundred_identical_cold_queries_run_once() {
    let test = Fixture::new();
    let asking = join_all((0..100).map(|_| test.ask("a", RefreshMode::Blocking, None)));
    let opening = async {
        test.until(|| test.service.callers.n_waiting() == 100).await;
        test.open();
    };
    let (outcomes, ()) = join!(asking, opening);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(QueryOutcome::Answered(_)))));
    assert_eq!((test.count("run"), test.count("coalesced"), test.count("cached")), (1, 99, 0));
    test.ask("a", RefreshMode::Blocking, None).await.unwrap();
    assert_eq!((test.count("run"), test.count("cached")), (1, 1));
}

#[tokio::test]
async fn a_users_error_is_not_handed_on_and_does_not_stampede() {
    let test = Fixture::new();
    test.source.is_failing.store(true, Ordering::SeqCst);
    let asking = join_all((0..20).map(|_| test.ask("a", RefreshMode::Blocking, None)));
    let opening = async {
        test.until(|| test.service.callers.n_waiting() == 20).await;
        test.open();
    };
    let (outcomes, ()) = join!(asking, opening);
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_err_and(QueryFailure::is_users_fault)));
    assert_eq!((test.count("failed"), test.count("coalesced")), (2, 0));
}

#[tokio::test]
async fn a_cancelled_query_stops_working_within_a_tenth_of_a_second() {
    let test = Fixture::new();
    let asking = test.ask("a", RefreshMode::Blocking, Some("mine"));
    let cancelling = async {
        test.until_working(1).await;
        assert_eq!(test.service.cancel(PROJECT, "other", false).await, Cancellation::Unknown);
        assert_eq!(test.service.cancel(PROJECT, "mine", true).await, Cancellation::StillRunning);
        let cancelled = Instant::now();
        assert_eq!(test.service.cancel(PROJECT, "mine", false).await, Cancellation::Cancelled);
        cancelled
    };
    let (outcome, cancelled) = join!(asking, cancelling);
    assert!(outcome.unwrap_err().is_cancelled());
    test.until_working(0).await;
    assert!(cancelled.elapsed() < Duration::from_millis(100), "{:?}", cancelled.elapsed());
    assert_eq!(test.service.cancel(PROJECT, "mine", false).await, Cancellation::Unknown);
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_the_work_only_where_nobody_else_waits() {
    let test = Fixture::new();
    let mut leader = Box::pin(test.ask("a", RefreshMode::Blocking, None));
    let mut follower = Box::pin(test.ask("a", RefreshMode::Blocking, Some("follower")));
    while test.service.callers.n_waiting() < 2 || test.source.n_working.load(Ordering::SeqCst) < 1 {
        assert!((&mut leader).now_or_never().is_none() && (&mut follower).now_or_never().is_none());
        yield_now().await;
    }
    drop(leader);
    yield_now().await;
    assert_eq!(test.source.n_working.load(Ordering::SeqCst), 1);
    assert!(test.service.watch(PROJECT, "follower").await.unwrap().progress.is_some());
    drop(follower);
    test.until_working(0).await;
    test.until(|| test.count("cancelled") == 1).await;
    assert!(test.service.watch(PROJECT, "follower").await.is_none());
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let test = Fixture::with_room_for(1, 1);
    let asking =
        async { join!(test.ask("a", RefreshMode::Blocking, None), test.ask("b", RefreshMode::Blocking, None)) };
    let too_many = async {
        test.until_working(1).await;
        // a caller is known before its query is in the queue: the one must have taken the only place before another asks
        test.until(|| test.service.executor.n_waiting() == 1).await;
        let failure = test.ask("c", RefreshMode::Blocking, None).await.unwrap_err();
        test.open();
        failure
    };
    let ((first, second), failure) = join!(asking, too_many);
    assert!(first.is_ok() && second.is_ok());
    assert!(matches!(failure, QueryFailure::Overloaded), "{failure:?}");
}

#[tokio::test]
async fn a_background_query_is_watched_and_its_answer_kept() {
    let test = Fixture::new();
    let outcome = test.ask("a", RefreshMode::Async, None).await.unwrap();
    assert!(outcome.is_pending());
    let QueryOutcome::Missed { cache_key, status: Some(status) } = outcome else { panic!("nothing was cached") };
    assert_eq!(status.id, cache_key, "the name is the key where the client gives none");
    let again = test.ask("a", RefreshMode::Async, None).await.unwrap();
    let QueryOutcome::Missed { status: Some(again), .. } = again else { panic!("nothing was cached") };
    assert_eq!(again.task, status.task, "a run under way is told, not doubled");
    assert!(!test.service.watch(PROJECT, &cache_key).await.unwrap().status.is_complete());
    test.open();
    let kept = loop {
        let watched = test.service.watch(PROJECT, &cache_key).await.unwrap();
        if watched.status.is_complete() {
            break watched.status;
        }
        yield_now().await;
    };
    let QueryState::Complete(response) = kept.state else { panic!("it was answered") };
    let response: Value = serde_json::from_str(response.get()).unwrap();
    assert_eq!((&response["cache_key"], response["results"].is_array()), (&json!(cache_key), true));
    assert_eq!(test.service.cancel(PROJECT, &cache_key, false).await, Cancellation::AlreadyComplete);
    test.clock.advance(status::STATUS_LIFETIME);
    assert!(test.service.watch(PROJECT, &cache_key).await.is_none());
}

#[tokio::test]
async fn a_background_query_can_be_cancelled() {
    let test = Fixture::new();
    test.ask("a", RefreshMode::ForceAsync, Some("mine")).await.unwrap();
    test.until_working(1).await;
    assert_eq!(test.service.cancel(PROJECT, "mine", false).await, Cancellation::Cancelled);
    test.until_working(0).await;
    let status = test.service.watch(PROJECT, "mine").await.unwrap().status;
    assert!(matches!(status.state, QueryState::Failed(Some(_))), "{status:?}");
}

#[tokio::test]
async fn a_range_that_moves_is_not_closed() {
    let test = Fixture::new();
    test.open();
    let ask = async |from: &str, to: &str| {
        let range = json!({"date_from": from, "date_to": to});
        let node = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], "dateRange": range});
        let request = QueryRequest::new(&test.project, QueryRights::default(), &node, RefreshMode::Blocking);
        match test.service.run(&request).await.unwrap() {
            QueryOutcome::Answered(answered) => answered.is_cached,
            QueryOutcome::Missed { .. } => panic!("blocking gives an answer"),
        }
    };
    assert!(!ask("2026-01-01", "2026-01-05").await && !ask("-14d", "-7d").await);
    test.clock.advance(chrono::TimeDelta::days(3));
    assert!(ask("2026-01-01", "2026-01-05").await, "what is past stays as it is");
    assert!(!ask("-14d", "-7d").await, "another week is asked for now");
}
