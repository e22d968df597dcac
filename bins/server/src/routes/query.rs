//! Asking questions: run, watch, cancel.

mod request;

use actix_web::{HttpResponse, delete, get, post, web};
use insights_core::ids::ProjectId;
use insights_core::problem::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::request::MAX_QUERY_ID_CHARACTERS;
use self::request::{CreateQueryRequest, UpgradeQueryBody};
use super::routes;
use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::auth::{ProjectAccess, ReadAccess};
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::QueryRead;
use crate::queries::{
    Cancellation, QueryMissResponse, QueryOutcome, QueryProgressBody, QueryResponse, QueryRights, QueryState,
    QueryStatus, QueryStatusBody, Watched,
};

/// The query of a path.
#[derive(Debug, Deserialize)]
struct QueryPath {
    query_id: String,
}

/// How to show a query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WatchParams {
    /// Whether to tell how far it is.
    #[serde(default)]
    show_progress: bool,
}

/// How to cancel a query.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CancelParams {
    /// Whether to leave it alone where it is running already.
    #[serde(default)]
    dequeue_only: bool,
}

/// Where a query stands.
#[derive(Debug, Serialize, ToSchema)]
struct QueryStatusResponse {
    query_status: QueryStatusBody,
}

/// What became of a query that was to be cancelled.
#[derive(Debug, Serialize, ToSchema)]
struct CancelQueryResponse {
    message: &'static str,
}

/// Whose key it is.
#[derive(Debug, Serialize, ToSchema)]
struct CheckAuthResponse {
    user: &'static str,
}

/// Answers a query. Answers with 202 where the answer that was asked for is still to come.
#[utoipa::path(
    tag = "Query", request_body = CreateQueryRequest, security(("key" = ["query:read"])),
    responses((status = 200, body = QueryResponse), (status = 202, body = QueryMissResponse))
)]
#[post("/api/environments/{environment_id}/query")]
async fn create_query(
    access: ProjectAccess<QueryRead>,
    body: JsonBody<CreateQueryRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = body.0.check()?;
    let rights = QueryRights::of(&access.principal);
    let outcome = state.queries.run(&asked.request(&access.project, rights)).await?;
    let mut response = if outcome.is_pending() { HttpResponse::Accepted() } else { HttpResponse::Ok() };
    Ok(match &outcome {
        QueryOutcome::Answered(answered) => response.json(QueryResponse::new(answered)),
        QueryOutcome::Missed { cache_key, status } => {
            response.json(QueryMissResponse::new(cache_key.clone(), status.as_ref()))
        }
    })
}

/// Tells where a query stands: 202 while it runs, 200 with its whole response once it is answered, 400 or 500 where it failed.
#[utoipa::path(
    tag = "Query", params(WatchParams), security(("key" = ["query:read"]), ("link" = [])),
    responses((status = 200, body = QueryStatusResponse), (status = 202, body = QueryStatusResponse))
)]
#[get("/api/environments/{environment_id}/query/{query_id}")]
async fn retrieve_query(
    access: ReadAccess<QueryRead>,
    path: web::Path<QueryPath>,
    params: QueryParams<WatchParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, shown) = match &access {
        ReadAccess::Key(access) => (access.project.id, None),
        ReadAccess::Link(shared) => (shared.project.id, Some(shared.insights())),
    };
    let watched = state.queries.watch(project, &path.query_id).await;
    // Through a public link, the queries of its own insights alone are there.
    let is_shown = |status: &QueryStatus| {
        shown.as_ref().is_none_or(|shown| status.insight.is_some_and(|insight| shown.contains(&insight)))
    };
    let watched = watched.filter(|watched| is_shown(&watched.status));
    let Watched { status, progress } = watched.ok_or_else(|| unknown_query(project, &path))?;
    let mut response = match &status.state {
        QueryState::Running => HttpResponse::Accepted(),
        QueryState::Complete(_) => HttpResponse::Ok(),
        QueryState::Failed(Some(_)) => HttpResponse::BadRequest(),
        QueryState::Failed(None) => HttpResponse::InternalServerError(),
    };
    let query_progress = progress.filter(|_| params.0.show_progress).map(QueryProgressBody::from);
    let query_status = QueryStatusBody { query_progress, ..QueryStatusBody::from(&status) };
    Ok(response.json(QueryStatusResponse { query_status }))
}

/// Cancels a query: its work stops, unless others wait for the same answer.
#[utoipa::path(
    tag = "Query", params(CancelParams), security(("key" = ["query:read"])),
    responses((status = 200, body = CancelQueryResponse))
)]
#[delete("/api/environments/{environment_id}/query/{query_id}")]
async fn cancel_query(
    access: ProjectAccess<QueryRead>,
    path: web::Path<QueryPath>,
    params: QueryParams<CancelParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let dequeue_only = params.0.dequeue_only;
    let message = match state.queries.cancel(access.project.id, &path.query_id, dequeue_only).await {
        Cancellation::Cancelled if !dequeue_only => "Cancelled query on clickhouse",
        Cancellation::Cancelled | Cancellation::StillRunning => {
            "Only tried to dequeue, not cancelling query on clickhouse"
        }
        Cancellation::AlreadyComplete => "Query already complete",
        Cancellation::Unknown => return Err(unknown_query(access.project.id, &path)),
    };
    Ok(HttpResponse::Ok().json(CancelQueryResponse { message }))
}

/// Brings a query, or the legacy filters of an insight, into the form that is current.
#[utoipa::path(
    tag = "Query", request_body = UpgradeQueryBody, security(("key" = ["query:read"])),
    responses((status = 200, body = UpgradeQueryBody))
)]
#[post("/api/environments/{environment_id}/query/upgrade")]
async fn upgrade_query(
    _access: ProjectAccess<QueryRead>,
    body: JsonBody<UpgradeQueryBody>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(body.0.upgraded()?))
}

/// Tells that the key may ask queries, for clients that are about to start one in the background.
#[utoipa::path(tag = "Query", security(("key" = ["query:read"])), responses((status = 200, body = CheckAuthResponse)))]
#[post("/api/environments/{environment_id}/query/check_auth_for_async")]
async fn check_auth_for_async(_access: ProjectAccess<QueryRead>) -> HttpResponse {
    HttpResponse::Ok().json(CheckAuthResponse { user: "ok" })
}

fn unknown_query(project: ProjectId, path: &QueryPath) -> ApiError {
    let detail = format!("Query {} not found for team {project}", path.query_id);
    Problem::new(ProblemKind::NotFound, "not_found", detail).into()
}

routes![upgrade_query, check_auth_for_async, create_query, retrieve_query, cancel_query];
