//! The query service: everything between a request for an answer and the engine.
//!
//! A request is read into a query with its overrides, and gets the name of its answer in the cache. What the cache holds and what the refresh
//! mode asks for decide whether that is given back, computed now, or computed in the background. Computing is coalesced: whoever wants the
//! same answer at the same time, through any route, waits for one execution, after having been authorised on their own. The execution
//! belongs to all who wait; it goes on until nobody does.
//!
//! A failure that is the user's (a 4xx) is not handed to those who followed: they start over, once, and share what comes of that. The
//! engine sees nothing of a caller but the query, so the second result is theirs as much as if each had run it; a failing query
//! that any number of callers ask at once runs twice and no more.

mod answer;
mod cache;
mod callers;
mod compute;
mod definitions;
mod error;
mod executor;
mod flights;
mod materialize;
mod prepare;
mod response;
mod rights;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod variables;
mod watch;

use std::fmt;
use std::sync::Arc;

use ::variables::repository::VariableRepository;
use actions::repository::ActionRepository;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cohorts::repository::CohortRepository;
use insights_core::ids::{DashboardId, IdSource, InsightId};
use insights_core::project::Project;
use insights_core::query_cache::policy::{Decision, RefreshMode, next_allowed_client_refresh};
use insights_core::query_cache::repository::QueryCacheRepository;
use insights_core::time::Clock;
use query_engine::answer::RowsPage;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use serde_json::Value;

pub(crate) use self::answer::{KeptAnswer, KeptHogql};
use self::cache::AnswerCache;
use self::callers::Callers;
use self::definitions::DefinitionLoader;
pub(crate) use self::definitions::load_definitions;
pub(crate) use self::error::QueryFailure;
use self::executor::Executor;
pub use self::executor::ExecutorConfig;
use self::flights::Flights;
pub(crate) use self::materialize::{MaterializeFailure, MaterializedAnswer};
use self::prepare::Prepared;
pub(crate) use self::response::{DateRangeBody, QueryMissResponse, QueryProgressBody, QueryResponse, QueryStatusBody};
pub(crate) use self::rights::QueryRights;
pub(crate) use self::settings::EngineRules;
pub use self::status::{InMemoryQueryStatusStore, QueryState, QueryStatus, QueryStatusStore};
pub(crate) use self::watch::{Cancellation, Watched};
use crate::metrics::{Metrics, QueryOutcome as Counted};

/// A request for an answer.
#[derive(Clone, Debug)]
pub(crate) struct QueryRequest<'a> {
    /// Whose events.
    pub(crate) project: &'a Project,
    /// What it may read besides events.
    pub(crate) rights: QueryRights,
    /// The query node as it was sent or stored.
    pub(crate) node: &'a Value,
    /// When to compute and when to wait.
    pub(crate) mode: RefreshMode,
    /// Name that the client gives the query, to watch and cancel it by.
    pub(crate) id: Option<String>,
    /// A dashboard's filters, laid over the query's own.
    pub(crate) filters_override: Option<&'a Value>,
    /// Values for the query's variables, by their ids.
    pub(crate) variables_override: Option<&'a Value>,
    /// Which rows are wanted, where not those that the query itself asks for.
    pub(crate) page: Option<RowsPage>,
    /// How old an answer may be, where not as old as its range and interval let it be.
    pub(crate) max_age: Option<TimeDelta>,
    /// The insight that is asked for, if any.
    pub(crate) insight: Option<InsightId>,
    /// The dashboard that the insight is shown on, if any.
    pub(crate) dashboard: Option<DashboardId>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub(crate) enum QueryOutcome {
    /// There is an answer.
    Answered(Answered),
    /// There is none yet, or none was to be computed.
    Missed {
        /// Name that the answer will have in the cache.
        cache_key: String,
        /// The run that will give the answer, if any.
        status: Option<QueryStatus>,
    },
}

/// An answer with what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The answer.
    pub(crate) answer: KeptAnswer,
    /// Name of the answer in the cache.
    pub(crate) cache_key: String,
    /// Whether it was computed for an earlier request.
    pub(crate) is_cached: bool,
    /// The instant that it tells of.
    pub(crate) last_refresh: DateTime<Utc>,
    /// When it becomes stale.
    pub(crate) cache_target_age: DateTime<Utc>,
    /// Zone in which its days begin.
    pub(crate) timezone: Tz,
    /// The run that will replace it, where one was started.
    pub(crate) status: Option<QueryStatus>,
}

/// An answer fresh from the engine or the cache.
#[derive(Debug)]
pub(crate) struct Computed {
    answer: KeptAnswer,
    last_refresh: DateTime<Utc>,
}

/// The query service of one server. A clone is another handle on the same service.
#[derive(Clone)]
pub struct QueryService {
    flights: Flights<Result<Arc<Computed>, QueryFailure>>,
    callers: Callers,
    executor: Arc<Executor>,
    cache: AnswerCache,
    definitions: DefinitionLoader,
    statuses: Arc<dyn QueryStatusStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    metrics: Arc<Metrics>,
}

/// What a query service works with.
#[derive(Clone)]
pub struct QueryServiceParts {
    /// Where the events are.
    pub source: Arc<dyn EventSource>,
    /// Where answers are kept.
    pub cache: Arc<dyn QueryCacheRepository>,
    /// Where actions are.
    pub actions: Arc<dyn ActionRepository>,
    /// Where cohorts are.
    pub cohorts: Arc<dyn CohortRepository>,
    /// Where variables are.
    pub variables: Arc<dyn VariableRepository>,
    /// Where the statuses of asynchronous queries are kept.
    pub statuses: Arc<dyn QueryStatusStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives new ids.
    pub ids: Arc<dyn IdSource>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

impl<'a> QueryRequest<'a> {
    /// A request for `node` as it stands, for nothing else.
    pub(crate) fn new(project: &'a Project, rights: QueryRights, node: &'a Value, mode: RefreshMode) -> Self {
        Self {
            project,
            rights,
            node,
            mode,
            id: None,
            filters_override: None,
            variables_override: None,
            page: None,
            max_age: None,
            insight: None,
            dashboard: None,
        }
    }
}

impl Answered {
    /// When asking again may give a newer answer.
    pub(crate) fn next_allowed_client_refresh(&self) -> DateTime<Utc> {
        next_allowed_client_refresh(self.last_refresh)
    }
}

impl QueryService {
    /// A service that runs queries within `config`.
    pub fn new(parts: QueryServiceParts, config: ExecutorConfig) -> Self {
        let definitions =
            DefinitionLoader::new(parts.actions, parts.cohorts, parts.variables, Arc::clone(&parts.source));
        let executor = Executor::new(parts.source, Arc::clone(&parts.clock), Arc::clone(&parts.metrics), config);
        Self {
            flights: Flights::default(),
            callers: Callers::default(),
            executor: Arc::new(executor),
            cache: AnswerCache::new(parts.cache),
            definitions,
            statuses: parts.statuses,
            clock: parts.clock,
            ids: parts.ids,
            metrics: parts.metrics,
        }
    }

    /// Answers `request` as its refresh mode says.
    ///
    /// A caller that is dropped while it waits gives up its share in the execution, which stops where nobody else waits.
    pub(crate) async fn run(&self, request: &QueryRequest<'_>) -> Result<QueryOutcome, QueryFailure> {
        let prepared = Prepared::new(request, self.clock.now(), &self.definitions).await?;
        let cached = if prepared.is_forced() { None } else { self.cache.get(&prepared).await };
        match (prepared.decide(cached.as_ref()), cached) {
            (Decision::ReturnCached, Some(cached)) => {
                Ok(QueryOutcome::Answered(self.cached_answer(&prepared, &cached)))
            }
            (Decision::ReturnStaleAndEnqueue, Some(cached)) => {
                let answered = self.cached_answer(&prepared, &cached);
                let status = self.enqueue(prepared).await;
                Ok(QueryOutcome::Answered(Answered { status: Some(status), ..answered }))
            }
            (Decision::Compute, _) => {
                let computed = self.compute(&prepared).await?;
                Ok(QueryOutcome::Answered(prepared.answered(&computed, false)))
            }
            (Decision::Enqueue | Decision::ReturnStaleAndEnqueue, _) => {
                let cache_key = prepared.key.clone();
                let status = self.enqueue(prepared).await;
                Ok(QueryOutcome::Missed { cache_key, status: Some(status) })
            }
            (Decision::Miss | Decision::ReturnCached, _) => {
                let status = self.statuses.get(prepared.project(), &prepared.key, self.clock.now()).await;
                Ok(QueryOutcome::Missed { cache_key: prepared.key, status })
            }
        }
    }

    /// Runs a query of a store that has threads of its own: in the same queue and within the same bounds. It stops when whoever waits for it is gone.
    pub(crate) async fn run_other<T, F>(&self, query: impl FnOnce(QueryControl) -> F) -> Result<T, QueryFailure>
    where
        F: Future<Output = Result<T, QueryError>>,
    {
        self.executor.run_other(query).await
    }

    /// What the cache has for each of `requests`, in their order, whatever its age. Computes nothing.
    pub(crate) async fn peek_batch(&self, requests: &[QueryRequest<'_>]) -> Vec<Result<QueryOutcome, QueryFailure>> {
        let now = self.clock.now();
        let mut prepared = Vec::with_capacity(requests.len());
        for request in requests {
            prepared.push(Prepared::new(request, now, &self.definitions).await);
        }
        let found = self.cache.get_batch(prepared.iter().filter_map(|prepared| prepared.as_ref().ok())).await;
        let outcomes = prepared.into_iter().map(|prepared| {
            let prepared = prepared?;
            Ok(match found.get(&prepared.key) {
                Some(cached) => QueryOutcome::Answered(self.cached_answer(&prepared, cached)),
                None => QueryOutcome::Missed { cache_key: prepared.key, status: None },
            })
        });
        outcomes.collect()
    }

    fn cached_answer(&self, prepared: &Prepared, cached: &Computed) -> Answered {
        self.metrics.query_done(Counted::Cached);
        prepared.answered(cached, true)
    }
}

impl fmt::Debug for QueryService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryService").field("callers", &self.callers).finish_non_exhaustive()
    }
}

impl fmt::Debug for QueryServiceParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryServiceParts").finish_non_exhaustive()
    }
}
