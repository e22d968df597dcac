//! The results of insights: computed or taken from the cache, as the request says.

use std::str::FromStr;

use futures::StreamExt;
use futures::stream::iter;
use insights_core::ids::DashboardId;
use insights_core::insight::{Insight, InsightFields};
use insights_core::problem::Problem;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use query_engine::answer::Query;
use query_engine::error::QueryError;
use serde_json::{Map, Value};

use crate::app::AppState;
use crate::error::ApiError;
use crate::queries::{Answered, QueryFailure, QueryOutcome, QueryRequest, QueryRights, QueryStatus};

/// Insights of one list that are computed at the same time.
const COMPUTED_AT_ONCE: usize = 4;

/// What a request knows of an insight's result.
#[derive(Clone, Debug)]
pub(super) enum Results {
    /// The insight has no query.
    Nothing,
    /// There is a result, or none yet.
    Outcome(QueryOutcome),
    /// The query failed.
    Failed(QueryStatus),
}

/// How an insight is asked for, besides the refresh mode.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Name that the client gives the query.
    pub(crate) client_query_id: Option<String>,
    /// The dashboard that it is shown on.
    pub(crate) dashboard: Option<DashboardId>,
    /// A dashboard's filters.
    pub(crate) filters: Option<Value>,
    /// Values of variables by their ids.
    pub(crate) variables: Option<Value>,
}

impl Asked {
    /// The same with each of the given filters and variables (JSON objects) in place of the same that a dashboard has.
    pub(crate) fn with_overrides(self, filters: Option<&String>, variables: Option<&String>) -> Result<Self, Problem> {
        Ok(Self {
            filters: overridden("filters_override", self.filters, filters)?,
            variables: overridden("variables_override", self.variables, variables)?,
            ..self
        })
    }
}

fn overridden(attr: &str, base: Option<Value>, by: Option<&String>) -> Result<Option<Value>, Problem> {
    let Some(by) = by.filter(|by| !by.is_empty()) else { return Ok(base) };
    let Ok(Value::Object(by)) = Value::from_str(by) else {
        return Err(Problem::invalid(attr, "Not a JSON object."));
    };
    let mut merged = match base {
        Some(Value::Object(base)) => base,
        _ => Map::new(),
    };
    merged.extend(by);
    Ok(Some(Value::Object(merged)))
}

impl Results {
    /// The result.
    pub(super) fn answered(&self) -> Option<&Answered> {
        match self {
            Self::Outcome(QueryOutcome::Answered(answered)) => Some(answered),
            _ => None,
        }
    }

    /// The run that will give a new result, or how it failed.
    pub(super) fn status(&self) -> Option<&QueryStatus> {
        match self {
            Self::Outcome(QueryOutcome::Answered(answered)) => answered.status.as_ref(),
            Self::Outcome(QueryOutcome::Missed { status, .. }) => status.as_ref(),
            Self::Failed(status) => Some(status),
            Self::Nothing => None,
        }
    }

    /// Name of the result in the cache.
    pub(super) fn cache_key(&self) -> Option<&str> {
        match self {
            Self::Outcome(QueryOutcome::Answered(answered)) => Some(&answered.cache_key),
            Self::Outcome(QueryOutcome::Missed { cache_key, .. }) => Some(cache_key),
            Self::Nothing | Self::Failed(_) => None,
        }
    }
}

/// In which project an insight is asked for, and what that may read.
type Reader<'a> = (&'a Project, QueryRights);

/// The result of one insight. What the user can mend is an error, unless nothing was to be computed; any other failure is told in the results.
pub(super) async fn results_of_one(
    state: &AppState,
    (project, rights): Reader<'_>,
    insight: &Insight,
    mode: RefreshMode,
    asked: &Asked,
) -> Result<Results, ApiError> {
    match run(state, (project, rights), insight, mode, asked).await {
        Ok(results) => Ok(results),
        Err(failure) if failure.is_in_the_query() && mode != RefreshMode::ForceCache => Err(failure.into()),
        Err(failure) => Ok(failed(state, project, insight, asked, &failure)),
    }
}

/// The results of many insights, in their order. A failure is told in the results of its insight alone.
pub(super) async fn results_of_many(
    state: &AppState,
    (project, rights): Reader<'_>,
    insights: &[Insight],
    mode: RefreshMode,
    asked: &Asked,
) -> Vec<Results> {
    if mode == RefreshMode::ForceCache {
        return peek(state, (project, rights), insights, asked).await;
    }
    let runs = insights.iter().map(|insight| async move {
        let results = run(state, (project, rights), insight, mode, asked).await;
        results.unwrap_or_else(|failure| failed(state, project, insight, asked, &failure))
    });
    iter(runs).buffered(COMPUTED_AT_ONCE).collect().await
}

/// The query node that the insight runs: its own, or what its legacy filters become; `None` where it has neither.
pub(super) fn runnable_node(fields: &InsightFields) -> Option<Result<Value, QueryError>> {
    if let Some(query) = &fields.query {
        return Some(Ok(query.clone()));
    }
    let has_filters = fields.filters.as_object().is_some_and(|filters| !filters.is_empty());
    has_filters.then(|| Query::upgrade_filters(&fields.filters))
}

async fn run(
    state: &AppState,
    (project, rights): Reader<'_>,
    insight: &Insight,
    mode: RefreshMode,
    asked: &Asked,
) -> Result<Results, QueryFailure> {
    let Some(node) = runnable_node(&insight.fields) else { return Ok(Results::Nothing) };
    let node = node.map_err(QueryFailure::malformed)?;
    state.queries.run(&request((project, rights), insight, &node, mode, asked)).await.map(Results::Outcome)
}

/// What the cache has for all of them, in one look.
async fn peek(state: &AppState, (project, rights): Reader<'_>, insights: &[Insight], asked: &Asked) -> Vec<Results> {
    let nodes: Vec<_> = insights.iter().map(|insight| runnable_node(&insight.fields)).collect();
    let runnable = insights.iter().zip(&nodes).filter_map(|(insight, node)| match node {
        Some(Ok(node)) => Some(request((project, rights), insight, node, RefreshMode::ForceCache, asked)),
        _ => None,
    });
    let runnable: Vec<_> = runnable.collect();
    let mut outcomes = state.queries.peek_batch(&runnable).await.into_iter();
    let results = insights.iter().zip(nodes).map(|(insight, node)| {
        let outcome = match node {
            None => return Results::Nothing,
            Some(Ok(_)) => outcomes.next().expect("every runnable insight has an outcome"),
            Some(Err(error)) => Err(QueryFailure::malformed(error)),
        };
        outcome.map_or_else(|failure| failed(state, project, insight, asked, &failure), Results::Outcome)
    });
    results.collect()
}

fn request<'a>(
    (project, rights): Reader<'a>,
    insight: &Insight,
    node: &'a Value,
    mode: RefreshMode,
    asked: &'a Asked,
) -> QueryRequest<'a> {
    QueryRequest {
        id: asked.client_query_id.clone(),
        filters_override: asked.filters.as_ref(),
        variables_override: asked.variables.as_ref(),
        insight: Some(insight.id),
        dashboard: asked.dashboard,
        ..QueryRequest::new(project, rights, node, mode)
    }
}

fn failed(state: &AppState, project: &Project, insight: &Insight, asked: &Asked, failure: &QueryFailure) -> Results {
    let status = state.queries.failure_status(project.id, asked.client_query_id.as_deref(), failure);
    Results::Failed(QueryStatus { insight: Some(insight.id), dashboard: asked.dashboard, ..status })
}
