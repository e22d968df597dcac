//! Runs queries on threads of their own, so many at a time and no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use insights_core::time::Clock;
use query_engine::answer::{Answer, Query, QueryContext, answer};
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::error::QueryFailure;
use super::flights::Execution;
use crate::config::Limits;
use crate::metrics::{Metrics, QueryOutcome};

/// How much may run and wait at once, and how much one query may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutorConfig {
    /// Queries that run at once; the number of cores is right where they are bound by the processor. At least 1.
    pub max_running: usize,
    /// Queries that may wait for their turn; one more is refused with a 429.
    pub max_waiting: usize,
    /// Bounds of each query; waiting does not count against its time.
    pub limits: QueryLimits,
}

/// Queries that may wait where the configuration says nothing else: more than clients ask at once, few enough to be answered in time.
const MAX_WAITING: usize = 1000;

impl From<&Limits> for ExecutorConfig {
    fn from(limits: &Limits) -> Self {
        Self {
            max_running: limits.query_concurrency,
            max_waiting: MAX_WAITING,
            limits: QueryLimits {
                max_time: limits.query_time,
                max_memory_bytes: limits.query_memory_bytes,
                max_result_rows: limits.query_result_rows,
            },
        }
    }
}

/// Where queries run.
pub(crate) struct Executor {
    source: Arc<dyn EventSource>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    config: ExecutorConfig,
    running: Arc<Semaphore>,
    n_waiting: AtomicUsize,
}

impl Executor {
    pub(crate) fn new(
        source: Arc<dyn EventSource>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        config: ExecutorConfig,
    ) -> Self {
        let running = Arc::new(Semaphore::new(config.max_running.max(1)));
        Self { source, clock, metrics, config, running, n_waiting: AtomicUsize::new(0) }
    }

    /// Answers `query` once there is a thread for it. Stops when `execution` is abandoned, in the queue or while it runs.
    pub(crate) async fn run(
        &self,
        execution: &Execution,
        query: Query,
        context: QueryContext,
    ) -> Result<Answer, QueryFailure> {
        let turn = tokio::select! {
            turn = self.turn() => turn?,
            () = execution.abandoned() => return Err(QueryError::Cancelled.into()),
        };
        let Some(control) = execution.begin(self.config.limits, self.clock.now()) else {
            return Err(QueryError::Cancelled.into());
        };
        let running = self.metrics.query_running();
        let source = Arc::clone(&self.source);
        let runtime = Handle::current();
        let span = tracing::Span::current();
        let work = spawn_blocking(move || {
            // Both end with the work itself, not with whoever waits for it.
            let _held = (turn, running);
            span.in_scope(|| runtime.block_on(answer(&query, &context, &*source, &control)))
        });
        let result = work.await;
        self.metrics.query_done(match &result {
            Ok(Ok(_)) => QueryOutcome::Run,
            Ok(Err(QueryError::Cancelled)) => QueryOutcome::Cancelled,
            _ => QueryOutcome::Failed,
        });
        result
            .map_err(|error| {
                tracing::error!(%error, "a query's thread failed");
                QueryFailure::Crashed
            })?
            .map_err(QueryFailure::from)
    }

    /// Runs a query of a store that has threads of its own, in the same queue and within the same bounds. It stops when whoever waits for it is gone.
    pub(crate) async fn run_other<T, F>(&self, query: impl FnOnce(QueryControl) -> F) -> Result<T, QueryFailure>
    where
        F: Future<Output = Result<T, QueryError>>,
    {
        let _turn = self.turn().await?;
        let _running = self.metrics.query_running();
        let control = QueryControl::start(self.config.limits);
        let mut run = OtherRun { control: control.clone(), metrics: &self.metrics, outcome: QueryOutcome::Cancelled };
        let result = query(control).await;
        run.outcome = match &result {
            Ok(_) => QueryOutcome::Run,
            Err(QueryError::Cancelled) => QueryOutcome::Cancelled,
            Err(_) => QueryOutcome::Failed,
        };
        Ok(result?)
    }

    /// Queries that wait for their turn.
    #[cfg(test)]
    pub(super) fn n_waiting(&self) -> usize {
        self.n_waiting.load(Ordering::SeqCst)
    }

    /// Waits for a free thread, in the order of coming.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, QueryFailure> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = Place::take(&self.n_waiting, self.config.max_waiting)?;
        Ok(Arc::clone(&self.running).acquire_owned().await.expect("the semaphore is never closed"))
    }
}

/// A run that ends with whoever waits for it.
struct OtherRun<'a> {
    control: QueryControl,
    metrics: &'a Metrics,
    outcome: QueryOutcome,
}

impl Drop for OtherRun<'_> {
    fn drop(&mut self) {
        self.control.cancel();
        self.metrics.query_done(self.outcome);
    }
}

/// A place in the queue, free again when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(n_waiting: &'a AtomicUsize, max_waiting: usize) -> Result<Self, QueryFailure> {
        if n_waiting.fetch_add(1, Ordering::Relaxed) >= max_waiting {
            n_waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(QueryFailure::Overloaded);
        }
        Ok(Self(n_waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
