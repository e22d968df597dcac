//! The numbers of the insights that alerts watch.

use alerts::trend::WatchedTrend;
use insights_core::ids::InsightId;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use query_engine::results::{Results, Series};
use serde_json::Value;

use crate::app::AppState;
use crate::error::Chain;
use crate::queries::{QueryFailure, QueryOutcome, QueryRequest, QueryRights};

/// Why there are no numbers.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoNumbers {
    /// The query gave no answer.
    #[error("the query failed")]
    Query(#[from] QueryFailure),
    /// The query gave an answer that is not one of a trend.
    #[error("the answer cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// Likewise.
    #[error("the answer cannot be read")]
    Unexpected(#[from] query_engine::results::UnexpectedResults),
}

impl NoNumbers {
    /// What people are told. What is for the log alone is logged.
    pub(crate) fn public_message(&self) -> String {
        let told = match self {
            Self::Query(failure) => failure.public_message(),
            Self::Unreadable(_) | Self::Unexpected(_) => None,
        };
        told.unwrap_or_else(|| {
            tracing::error!(error = %Chain(self), "the numbers of an alert cannot be had");
            "The query failed; the server's log says why.".to_owned()
        })
    }
}

/// The series of the trend as of now, with `window` laid over it.
pub(crate) async fn series_of(
    state: &AppState,
    (project, rights): (&Project, QueryRights),
    insight: InsightId,
    trend: &WatchedTrend,
    window: Option<&Value>,
) -> Result<Vec<Series>, NoNumbers> {
    let request = QueryRequest {
        filters_override: window,
        insight: Some(insight),
        ..QueryRequest::new(project, rights, &trend.node, RefreshMode::ForceBlocking)
    };
    let QueryOutcome::Answered(answered) = state.queries.run(&request).await? else { return Ok(Vec::new()) };
    let results: Value = serde_json::from_str(answered.answer.results.get())?;
    Ok(Results::read(&trend.query, &results, None)?.series().to_vec())
}
