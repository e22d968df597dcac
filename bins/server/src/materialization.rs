//! Results of endpoints that were computed ahead of time: computing and keeping them, and answering runs from them.
//!
//! What there is to do follows from [`endpoints::materialized`]; what is computed, and which rows a run gets, is the engine's
//! ([`query_engine::materialization`]); how it lies in a file is [`result_tables`]'. Here they meet the query service and the object store.

mod file;
mod kept;
mod rules;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use endpoints::materialized::service::{Concluded, MaterializationService, Refresh, Refreshed};
use endpoints::materialized::{KeptResult, Materialization, all_results};
use endpoints::model::{Endpoint, EndpointId};
use insights_core::error::RepositoryError;
use insights_core::ids::ProjectId;
use insights_core::objects::{ObjectKey, ObjectStore};
use insights_core::project::Project;
use insights_core::project::repository::ProjectRepository;
use insights_core::time::Clock;
use query_engine::answer::RowsPage;
use serde_json::Value;
use tokio::sync::Notify;

use self::kept::{Kept, KeptCache};
pub(crate) use self::rules::EngineMaterializationRules;
use crate::blocking::blocking;
use crate::error::{ApiError, Chain};
use crate::metrics::{Metrics, RefreshOutcome};
use crate::queries::{KeptAnswer, MaterializeFailure, QueryService};

/// For how long at least nothing is made of an object that nothing is known of: whoever wrote it may not have come to telling.
const ORPHANED_AFTER: TimeDelta = TimeDelta::hours(1);

/// What users are told where the cause is for the log alone.
const HIDDEN: &str = "An internal error occurred.";

/// Computes results of endpoints, and answers runs from them. A clone is another handle on the same.
#[derive(Clone)]
pub(crate) struct Materializer {
    service: MaterializationService,
    projects: Arc<dyn ProjectRepository>,
    objects: Arc<dyn ObjectStore>,
    queries: QueryService,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    kept: Arc<KeptCache>,
    woken: Arc<Notify>,
    /// Longer than computing a result takes.
    patience: TimeDelta,
}

/// What a materializer works with.
pub(crate) struct MaterializerParts {
    /// What is known of results.
    pub(crate) service: MaterializationService,
    /// Where projects are.
    pub(crate) projects: Arc<dyn ProjectRepository>,
    /// Where results are kept.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Computes them.
    pub(crate) queries: QueryService,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts.
    pub(crate) metrics: Arc<Metrics>,
    /// Bytes of memory for results that runs were answered from.
    pub(crate) cache_bytes: u64,
    /// Longer than computing a result takes.
    pub(crate) patience: TimeDelta,
}

/// An answer from a result that was computed ahead of time.
#[derive(Clone, Debug)]
pub(crate) struct MaterializedRun {
    /// The answer.
    pub(crate) answer: KeptAnswer,
    /// The instant that it tells of.
    pub(crate) materialized_at: DateTime<Utc>,
    /// Where the result lies.
    pub(crate) key: ObjectKey,
}

/// Why a result is not there. The cause is for the log, unless the query is at fault.
#[derive(Debug, thiserror::Error)]
enum RefreshFailure {
    #[error("the result cannot be computed")]
    Query(#[from] MaterializeFailure),
    #[error("the project is not there")]
    NoProject,
    #[error("the result is too large to be kept: {0}")]
    TooLarge(#[source] result_tables::TableError),
    #[error("the result cannot be written as a file")]
    File(#[source] result_tables::TableError),
    #[error("a store failed")]
    Store(#[from] RepositoryError),
    #[error("the thread that works on it failed")]
    Crashed,
}

impl Materializer {
    pub(crate) fn new(parts: MaterializerParts) -> Self {
        let MaterializerParts { service, projects, objects, queries, clock, metrics, cache_bytes, patience } = parts;
        let kept = Arc::new(KeptCache::new(cache_bytes));
        Self { service, projects, objects, queries, clock, metrics, kept, woken: Arc::default(), patience }
    }

    /// How long a computation may take before it is taken for dead.
    pub(crate) fn patience(&self) -> TimeDelta {
        self.patience
    }

    /// What is known of results. Blocks.
    pub(crate) fn service(&self) -> &MaterializationService {
        &self.service
    }

    /// Waits until there may be something to do before its time.
    pub(crate) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// To be called after an endpoint was changed or deleted (`None`): removes a result that is not wanted any more, and sees to it that one that is
    /// is computed at once. What fails is in the log, and made good by the next round.
    pub(crate) async fn changed(&self, id: EndpointId, endpoint: Option<&Endpoint>) {
        let (service, now) = (self.service.clone(), endpoint.cloned());
        let unwanted = blocking(move || service.unwanted_of(id, now.as_ref())).await;
        if let Ok(Some(unwanted)) = unwanted {
            self.remove(unwanted).await;
        }
        if endpoint.is_some_and(|endpoint| endpoint.fields.materialized.is_some()) {
            self.woken.notify_one();
        }
    }

    /// Removes results that no endpoint wants, and tells how many.
    pub(crate) async fn remove_unwanted(&self) -> usize {
        let service = self.service.clone();
        let Ok(unwanted) = blocking(move || service.unwanted()).await else { return 0 };
        let mut n_removed = 0;
        for unwanted in unwanted {
            n_removed += usize::from(self.remove(unwanted).await);
        }
        n_removed
    }

    /// Removes objects that nothing is known of, and tells how many.
    pub(crate) async fn remove_orphans(&self) -> Result<usize, ApiError> {
        let keys = self.objects.list(&all_results()).await?;
        let (service, patience) = (self.service.clone(), self.patience.max(ORPHANED_AFTER));
        let orphans = blocking(move || service.orphans(keys, patience)).await?;
        for key in &orphans {
            self.objects.delete(key).await?;
        }
        Ok(orphans.len())
    }

    /// Computes the result of `endpoint` where it is still to be computed, and tells whether it is there now; `None` where nothing was to be done.
    pub(crate) async fn refresh(&self, endpoint: Endpoint) -> Result<Option<bool>, ApiError> {
        // what is known of another version is not its
        self.changed_version(&endpoint).await;
        let (service, patience) = (self.service.clone(), self.patience);
        let Some(refresh) = blocking(move || service.begin(&endpoint, patience)).await? else { return Ok(None) };
        let result = self.compute(&refresh).await;
        let (id, version) = (refresh.endpoint.id, refresh.endpoint.latest.version);
        let (outcome, is_refreshed) = match &result {
            Ok(refreshed) => {
                tracing::info!(endpoint = %id, version, n_rows = refreshed.n_rows, "materialized an endpoint");
                (Ok(*refreshed), true)
            }
            Err(failure) => {
                tracing::warn!(endpoint = %id, version, error = %Chain(failure), "an endpoint cannot be materialized");
                (Err(failure.public_message()), false)
            }
        };
        self.metrics.endpoint_refreshed(if is_refreshed { RefreshOutcome::Completed } else { RefreshOutcome::Failed });
        let service = self.service.clone();
        let concluded = blocking(move || service.conclude(refresh, outcome)).await?;
        let (obsolete, is_known) = match concluded {
            Concluded::Known(obsolete) => (obsolete, true),
            Concluded::Unwanted(key) => (Some(key), false),
        };
        if let Some(key) = obsolete {
            self.delete(&key).await;
        }
        Ok(is_known.then_some(is_refreshed))
    }

    /// An answer to a run of the endpoint's latest query with those values of its variables, and `page` of its rows, from the result that is `known`;
    /// `None` where the query has to be computed: the result is too old, or it cannot tell.
    pub(crate) async fn answer(
        &self,
        project: &Project,
        endpoint: &Endpoint,
        known: &Materialization,
        variables: &BTreeMap<String, Value>,
        page: Option<RowsPage>,
    ) -> Option<MaterializedRun> {
        let result = known.served(endpoint, self.clock.now())?;
        let kept = match self.kept(result).await {
            Ok(kept) => kept,
            Err(failure) => {
                tracing::error!(endpoint = %endpoint.id, error = %Chain(&failure), "a materialized result cannot be read");
                None
            }
        };
        // where there is none, somebody has just put another one in its place
        let answer = kept?.answer(project.timezone, variables, page)?;
        self.metrics.endpoint_run_materialized();
        Some(MaterializedRun { answer, materialized_at: result.materialized_at, key: result.key.clone() })
    }

    /// The result, read from memory or the object store; `None` where it is not there.
    async fn kept(&self, result: &KeptResult) -> Result<Option<Arc<Kept>>, RefreshFailure> {
        let read = async {
            let Some(bytes) = self.objects.get(&result.key).await? else { return Ok(None) };
            let kept = tokio::task::spawn_blocking(move || file::read(bytes)).await;
            Ok(Some(Arc::new(kept.map_err(|_| RefreshFailure::Crashed)?.map_err(RefreshFailure::File)?)))
        };
        self.kept.get(&result.key, read).await
    }

    async fn compute(&self, refresh: &Refresh) -> Result<Refreshed, RefreshFailure> {
        let endpoint = &refresh.endpoint;
        let project = self.project(endpoint.project).await?;
        let materialized = self.queries.materialize(&project, &endpoint.latest.query).await?;
        let (materialized_at, timezone) = (materialized.computed_at, project.timezone);
        let written = tokio::task::spawn_blocking(move || file::write(&materialized, timezone)).await;
        let (n_rows, bytes) = written.map_err(|_| RefreshFailure::Crashed)?.map_err(|error| match error {
            result_tables::TableError::TooManyRows { .. } | result_tables::TableError::TooLarge { .. } => {
                RefreshFailure::TooLarge(error)
            }
            error => RefreshFailure::File(error),
        })?;
        let n_bytes = bytes.len() as u64;
        self.objects.put(&refresh.key, bytes).await?;
        Ok(Refreshed { materialized_at, n_rows, n_bytes })
    }

    async fn project(&self, id: ProjectId) -> Result<Project, RefreshFailure> {
        let projects = Arc::clone(&self.projects);
        let found = tokio::task::spawn_blocking(move || projects.get(id)).await.map_err(|_| RefreshFailure::Crashed)?;
        found?.ok_or(RefreshFailure::NoProject)
    }

    async fn changed_version(&self, endpoint: &Endpoint) {
        let (service, now) = (self.service.clone(), endpoint.clone());
        if let Ok(Some(unwanted)) = blocking(move || service.unwanted_of(now.id, Some(&now))).await {
            self.remove(unwanted).await;
        }
    }

    /// Deletes the object, then forgets the result, and tells whether both were done: where not, it is tried again.
    async fn remove(&self, unwanted: Materialization) -> bool {
        if let Some(result) = &unwanted.result
            && !self.delete(&result.key).await
        {
            return false;
        }
        let service = self.service.clone();
        blocking(move || service.forget(&unwanted)).await.is_ok()
    }

    async fn delete(&self, key: &ObjectKey) -> bool {
        self.kept.remove(key);
        let deleted = self.objects.delete(key).await;
        if let Err(error) = &deleted {
            tracing::warn!(%key, error = %Chain(error), "a result that nobody wants stays for now");
        }
        deleted.is_ok()
    }
}

impl RefreshFailure {
    fn public_message(&self) -> String {
        match self {
            Self::Query(failure) => failure.public_message().unwrap_or_else(|| HIDDEN.to_owned()),
            Self::TooLarge(error) => format!("The result is too large to be materialized: {error}."),
            Self::NoProject | Self::File(_) | Self::Store(_) | Self::Crashed => HIDDEN.to_owned(),
        }
    }
}

impl fmt::Debug for Materializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Materializer").field("objects", &self.objects).finish_non_exhaustive()
    }
}

impl fmt::Debug for MaterializerParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaterializerParts").finish_non_exhaustive()
    }
}
