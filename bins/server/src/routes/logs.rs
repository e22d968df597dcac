//! Asking about logs.

pub(super) mod export;
mod schema;
pub(super) mod tail;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpResponse, get, post, web};
use insights_core::problem::{Problem, ProblemKind};
use insights_core::project::Project;
use logs::answer::{AttributesAnswer, RecordsAnswer, SparklineRow, ValuesAnswer};
use logs::filter::{Condition, LevelSet, LogFilter};
use logs::query::{Order, RecordQuery};
use logs::request::{self, ALL_TIME, RecordsRequest, SparklineRequest};
use logs::service;
use logs::store::LogStore;
use query_engine::answer::QueryContext;
use query_engine::error::QueryError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use self::schema::{LogAttributesResponse, LogSparklineRow, LogValuesResponse, LogsQuery, LogsResponse};
use super::routes;
use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::LogsRead;

/// Which logs. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AskLogs)]
struct LogsQueryRequest {
    /// The question.
    #[serde(default)]
    #[schema(value_type = LogsQuery)]
    query: Value,
}

/// Which attributes. Objects and lists are JSON text.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the crate logs reads")]
struct LogAttributesParams {
    /// What the keys contain, whatever the case.
    search: Option<String>,
    /// `log` (the default) or `resource`.
    attribute_type: Option<String>,
    /// Most keys, 100 where absent, at most 1,000.
    limit: Option<u32>,
    /// Keys to skip.
    offset: Option<u32>,
    /// `{"date_from": …, "date_to": …}`; the last hour where absent.
    #[param(rename = "dateRange")]
    date_range: Option<String>,
    /// A list of names.
    #[param(rename = "serviceNames")]
    service_names: Option<String>,
    /// Conditions, as in the body of a query.
    #[param(rename = "filterGroup")]
    filter_group: Option<String>,
}

/// Which values. Objects and lists are JSON text.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the crate logs reads")]
struct LogValuesParams {
    /// The key of the attribute.
    key: String,
    /// What the values contain, whatever the case.
    value: Option<String>,
    /// `log` (the default) or `resource`.
    attribute_type: Option<String>,
    /// Most values, 50 where absent, at most 1,000.
    limit: Option<u32>,
    /// `{"date_from": …, "date_to": …}`; the last hour where absent.
    #[param(rename = "dateRange")]
    date_range: Option<String>,
    /// A list of names.
    #[param(rename = "serviceNames")]
    service_names: Option<String>,
    /// Conditions, as in the body of a query.
    #[param(rename = "filterGroup")]
    filter_group: Option<String>,
}

/// Whether there are logs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HasLogsResponse {
    /// Whether there is any.
    has_logs: bool,
}

/// How many logs there are.
#[derive(Debug, Serialize, ToSchema)]
struct CountLogsResponse {
    /// How many.
    count: u64,
}

impl LogsQueryRequest {
    /// The body as the crate logs reads it.
    fn body(self) -> Result<Value, ApiError> {
        if self.query.is_null() {
            return Err(no_query());
        }
        Ok(json!({ "query": self.query }))
    }
}

/// Gives logs, page by page: `nextCursor` of one answer is `after` of the next question. A log that was there when the first page was asked for
/// is given once, however many come in meanwhile.
#[utoipa::path(tag = "Logs", request_body = LogsQueryRequest, security(("key" = ["logs:read"])), responses((status = 200, body = LogsResponse)))]
#[post("/api/environments/{environment_id}/logs/query")]
async fn query_logs(
    access: ProjectAccess<LogsRead>,
    body: JsonBody<LogsQueryRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = RecordsRequest::read(&body.0.body()?, &context(&access.project, &state)).map_err(refused)?;
    let (logs, project, query) = (&state.storage.logs, access.project.id, asked.query.clone());
    let page = state.queries.run_other(|control| logs.records(project, query, control)).await?;
    Ok(HttpResponse::Ok().json(RecordsAnswer::new(&asked, &page)))
}

/// Gives how many logs there are over time, by level or by service. Buckets without logs are left out.
#[utoipa::path(tag = "Logs", request_body = LogsQueryRequest, security(("key" = ["logs:read"])), responses((status = 200, body = Vec<LogSparklineRow>)))]
#[post("/api/environments/{environment_id}/logs/sparkline")]
async fn sparkline_logs(
    access: ProjectAccess<LogsRead>,
    body: JsonBody<LogsQueryRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = SparklineRequest::read(&body.0.body()?, &context(&access.project, &state)).map_err(refused)?;
    let (logs, project) = (&state.storage.logs, access.project.id);
    let counts = state.queries.run_other(|control| service::sparkline(&**logs, project, asked, control)).await?;
    Ok(HttpResponse::Ok().json(SparklineRow::of(counts)))
}

/// Counts logs.
#[utoipa::path(tag = "Logs", request_body = LogsQueryRequest, security(("key" = ["logs:read"])), responses((status = 200, body = CountLogsResponse)))]
#[post("/api/environments/{environment_id}/logs/count")]
async fn count_logs(
    access: ProjectAccess<LogsRead>,
    body: JsonBody<LogsQueryRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = SparklineRequest::read(&body.0.body()?, &context(&access.project, &state)).map_err(refused)?;
    let (logs, project) = (&state.storage.logs, access.project.id);
    let counts = state.queries.run_other(|control| logs.sparkline(project, asked.query, control)).await?;
    Ok(HttpResponse::Ok().json(CountLogsResponse { count: counts.iter().map(|count| count.count).sum() }))
}

/// Lists the keys of attributes, the most frequent first.
#[utoipa::path(tag = "Logs", params(LogAttributesParams), security(("key" = ["logs:read"])), responses((status = 200, body = LogAttributesResponse)))]
#[get("/api/environments/{environment_id}/logs/attributes")]
async fn list_log_attributes(
    access: ProjectAccess<LogsRead>,
    params: QueryParams<BTreeMap<String, String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = request::attributes(&params.0, &context(&access.project, &state)).map_err(refused)?;
    let (logs, project, owner) = (&state.storage.logs, access.project.id, asked.owner);
    let page = state.queries.run_other(|control| logs.attributes(project, asked, control)).await?;
    Ok(HttpResponse::Ok().json(AttributesAnswer::new(owner, &page)))
}

/// Lists the values of an attribute, the most frequent first.
#[utoipa::path(tag = "Logs", params(LogValuesParams), security(("key" = ["logs:read"])), responses((status = 200, body = LogValuesResponse)))]
#[get("/api/environments/{environment_id}/logs/values")]
async fn list_log_values(
    access: ProjectAccess<LogsRead>,
    params: QueryParams<BTreeMap<String, String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let asked = request::values(&params.0, &context(&access.project, &state)).map_err(refused)?;
    let (logs, project) = (&state.storage.logs, access.project.id);
    let values = state.queries.run_other(|control| logs.values(project, asked, control)).await?;
    Ok(HttpResponse::Ok().json(ValuesAnswer::new(&values)))
}

/// Tells whether the project has any logs.
#[utoipa::path(tag = "Logs", security(("key" = ["logs:read"])), responses((status = 200, body = HasLogsResponse)))]
#[get("/api/environments/{environment_id}/logs/has_logs")]
async fn has_logs(access: ProjectAccess<LogsRead>, state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let (logs, project) = (&state.storage.logs, access.project.id);
    let filter = LogFilter {
        range: ALL_TIME,
        levels: LevelSet::ALL,
        services: Vec::new(),
        search: String::new(),
        group: Condition::always(),
    };
    let query = RecordQuery { filter, order: Order::Latest, limit: 1, after: None };
    let page = state.queries.run_other(|control| logs.records(project, query, control)).await?;
    Ok(HttpResponse::Ok().json(HasLogsResponse { has_logs: !page.records.is_empty() }))
}

/// What a question depends on beside itself.
fn context(project: &Project, state: &AppState) -> QueryContext {
    QueryContext {
        project: project.id,
        timezone: project.timezone,
        week_start: project.week_start,
        now: state.clock.now(),
        definitions: Arc::default(),
    }
}

/// The refusal of a question that cannot be read, which names the field.
fn refused(error: QueryError) -> ApiError {
    let field = error.field();
    let detail = error.to_string();
    let attr = (!field.is_empty()).then_some(field);
    Problem { kind: ProblemKind::Validation, code: "invalid_input", detail, attr }.into()
}

/// The refusal of a body without a question, with what PostHog's clients look for beside it.
fn no_query() -> ApiError {
    const DETAIL: &str = "No query provided";
    let problem = Problem {
        kind: ProblemKind::Validation,
        code: "required",
        detail: DETAIL.to_owned(),
        attr: Some("query".to_owned()),
    };
    ApiError::from(problem).with_fact("error", DETAIL)
}

routes![query_logs, sparkline_logs, count_logs, list_log_attributes, list_log_values, has_logs];
