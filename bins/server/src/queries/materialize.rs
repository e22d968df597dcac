//! Computing answers once for many runs: what endpoints keep.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use query_engine::answer::Answer;
use query_engine::error::QueryError;
use query_engine::materialization::{MAX_ROWS_OF_ALL_VARIABLES, Materializable, NotMaterializable, Serving};
use serde_json::Value;

use super::error::QueryFailure;
use super::flights::Execution;
use super::prepare::Prepared;
use super::{QueryRequest, QueryRights, QueryService};

/// An answer for all values that the variables of its query may have.
#[derive(Clone, Debug)]
pub(crate) struct MaterializedAnswer {
    /// The rows with the values of the filters at their ends, or the whole answer.
    pub(crate) answer: Answer,
    /// The row that there is where no other is.
    pub(crate) without_rows: Option<Value>,
    /// What a run does with them.
    pub(crate) serving: Serving,
    /// The instant that it tells of.
    pub(crate) computed_at: DateTime<Utc>,
}

/// Why there is no such answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterializeFailure {
    /// The query is none that can be computed once for all runs.
    #[error("the query cannot be materialized: {0}")]
    Refused(#[from] NotMaterializable),
    /// The query gave no answer.
    #[error("the query gave no answer")]
    Query(#[from] QueryFailure),
    /// There are more rows than may be kept.
    #[error("the query has too many rows for all values of its variables")]
    TooManyRows,
}

/// Stops the execution when dropped: nobody else waits for it.
struct Abandoning(Arc<Execution>);

impl Drop for Abandoning {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl QueryService {
    /// Computes the answer to `node` for all values that its variables may have. Neither looks into the cache nor writes to it.
    pub(crate) async fn materialize(
        &self,
        project: &Project,
        node: &Value,
    ) -> Result<MaterializedAnswer, MaterializeFailure> {
        let request = QueryRequest::new(project, QueryRights::ALL, node, RefreshMode::ForceBlocking);
        let prepared = Prepared::new(&request, self.clock.now(), &self.definitions).await?;
        let Materializable { rows, without_rows, serving } = prepared.query.materializable(&prepared.context)?;
        let execution = Abandoning(Arc::default());
        let answer = self.executor.run(&execution.0, rows, prepared.context.clone()).await?;
        let computed_at = execution.0.begun_at().ok_or(QueryFailure::from(QueryError::Cancelled))?;
        let has_filters = matches!(&serving, Serving::Rows(rows) if !rows.filters.is_empty());
        if has_filters && answer.has_more == Some(true) {
            return Err(MaterializeFailure::TooManyRows);
        }
        let without_rows = match without_rows {
            Some(query) => {
                let execution = Abandoning(Arc::default());
                let found = self.executor.run(&execution.0, query, prepared.context).await?;
                found.results.get(0).cloned()
            }
            None => None,
        };
        Ok(MaterializedAnswer { answer, without_rows, serving, computed_at })
    }
}

impl MaterializeFailure {
    /// What users are told; `None` where the cause is for the log alone.
    pub(crate) fn public_message(&self) -> Option<String> {
        match self {
            Self::Refused(reason) => Some(reason.to_string()),
            Self::Query(failure) => failure.public_message(),
            Self::TooManyRows => Some(format!(
                "The query has more than {MAX_ROWS_OF_ALL_VARIABLES} rows for all values of its variables: narrow it down, or compute it with each run."
            )),
        }
    }
}
