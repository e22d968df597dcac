//! Reports of version 3.0, about the work of whoever asks.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use reports::record::{Owner, Shelf};
use reports::report::Version;
use reports::service::Wish;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::agent::{AgentAccess, AgentError, InFamily};
use crate::extract::path::PathParams;
use crate::extract::query::{QueryParams, is_true};
use crate::extract::scope::{LlmAnalyticsRead, LlmAnalyticsWrite};
use crate::reporting::{
    self, FormatParams, GenerateParams, HistoryParams, QuickParams, ReportParams, SnakeHistoryResponse,
    SnakeRecordResponse, answer, asked_language, format, history_limit, kept_answer, record_id,
};

fn shelf<S>(access: &AgentAccess<S>) -> Shelf {
    Shelf {
        owner: Owner { organization: access.organization, developer: Some(access.developer.0) },
        version: Version::V3,
    }
}

/// Gives the report with that scope that was completed last. A 404 where there is none.
#[utoipa::path(
    tag = "Score reports", params(ReportParams), security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, description = "The report", body = Object), (status = 404, description = "There is no such report yet"))
)]
#[get("/v1/score_v3/report")]
async fn latest_score_report(
    access: AgentAccess<LlmAnalyticsRead>,
    request: HttpRequest,
    params: InFamily<QueryParams<ReportParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let ReportParams { scope, from, to, format: wanted } = params.0.0;
    let format = format(&request, wanted.as_deref())?;
    let kept = blocking(move || state.reports.latest(shelf(&access), scope, from, to)).await?;
    Ok(kept_answer(kept, format).await?)
}

/// Makes a report, and answers with it; `Accept-Language` says what it is written in. Of a scope one report is made at a time.
#[utoipa::path(
    tag = "Score reports", params(GenerateParams, ("Accept-Language" = Option<String>, Header, description = "What it is written in: en, de, es, fr, pt, ja or zh. Default: en.")), security(("agent_key" = ["llm_analytics:write"])),
    responses(
        (status = 200, description = "The report", body = Object),
        (status = 202, description = "The record of the report that is being made", body = SnakeRecordResponse),
        (status = 409, description = "A report with this scope is being made, or this one was cancelled"),
    )
)]
#[post("/v1/score_v3/report/generate")]
async fn generate_score_report(
    access: AgentAccess<LlmAnalyticsWrite>,
    request: HttpRequest,
    params: InFamily<QueryParams<GenerateParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let GenerateParams { scope, from, to, format: wanted, r#async } = params.0.0;
    let format = format(&request, wanted.as_deref())?;
    let wish = Wish { scope, language: asked_language(&request), from, to };
    let (record, made) = reporting::begin(&state, shelf(&access), wish).await?;
    if is_true(r#async.as_deref()) {
        return Ok(HttpResponse::Accepted().json(SnakeRecordResponse::from(record)));
    }
    let report = made.await.map_err(|error| ApiError::internal(&error))??;
    Ok(answer(report, record.language, format).await?)
}

/// Computes a report that is not kept, without a language model.
#[utoipa::path(
    tag = "Score reports", params(QuickParams, ("Accept-Language" = Option<String>, Header, description = "What it is written in: en, de, es, fr, pt, ja or zh. Default: en.")), security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, description = "The report", body = Object))
)]
#[post("/v1/score_v3/report/quick")]
async fn quick_score_report(
    access: AgentAccess<LlmAnalyticsRead>,
    request: HttpRequest,
    params: InFamily<QueryParams<QuickParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let QuickParams { scope, from, to, format: wanted } = params.0.0;
    let format = format(&request, wanted.as_deref())?;
    let language = asked_language(&request);
    let report = reporting::quick(&state, shelf(&access), Wish { scope, language, from, to }).await?;
    Ok(answer(report, language, format).await?)
}

/// Gives the record of the newest report that is being made, of any scope; a 204 where none is.
#[utoipa::path(
    tag = "Score reports", security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, body = SnakeRecordResponse), (status = 204, description = "None is being made"))
)]
#[get("/v1/score_v3/report/pending")]
async fn pending_score_report(
    access: AgentAccess<LlmAnalyticsRead>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let pending = blocking(move || state.reports.pending(shelf(&access))).await?;
    Ok(match pending {
        Some(record) => HttpResponse::Ok().json(SnakeRecordResponse::from(record)),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Lists the records of reports with that scope, the newest first.
#[utoipa::path(
    tag = "Score reports", params(HistoryParams), security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, body = SnakeHistoryResponse))
)]
#[get("/v1/score_v3/report/history")]
async fn score_report_history(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<HistoryParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let HistoryParams { scope, limit } = params.0.0;
    let limit = history_limit(limit)?;
    let records = blocking(move || state.reports.history(shelf(&access), scope, limit)).await?;
    Ok(HttpResponse::Ok().json(SnakeHistoryResponse::from(records)))
}

/// Tells how far a report is.
#[utoipa::path(
    tag = "Score reports", security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, body = SnakeRecordResponse))
)]
#[get("/v1/score_v3/report/status/{id}")]
async fn score_report_status(
    access: AgentAccess<LlmAnalyticsRead>,
    path: InFamily<PathParams<String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let id = record_id(&path.0.0)?;
    let record = blocking(move || state.reports.status(shelf(&access), id)).await?;
    Ok(HttpResponse::Ok().json(SnakeRecordResponse::from(record)))
}

/// Takes the order of a report back, and gives its record; one that has come to an end stays as it is.
#[utoipa::path(
    tag = "Score reports", security(("agent_key" = ["llm_analytics:write"])),
    responses((status = 200, body = SnakeRecordResponse))
)]
#[post("/v1/score_v3/report/cancel/{id}")]
async fn cancel_score_report(
    access: AgentAccess<LlmAnalyticsWrite>,
    path: InFamily<PathParams<String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let id = record_id(&path.0.0)?;
    let record = blocking(move || state.reports.cancel(shelf(&access), id)).await?;
    Ok(HttpResponse::Ok().json(SnakeRecordResponse::from(record)))
}

/// Gives a completed report.
#[utoipa::path(
    tag = "Score reports", params(FormatParams), security(("agent_key" = ["llm_analytics:read"])),
    responses((status = 200, description = "The report", body = Object))
)]
#[get("/v1/score_v3/report/{id}")]
async fn retrieve_score_report(
    access: AgentAccess<LlmAnalyticsRead>,
    request: HttpRequest,
    path: InFamily<PathParams<String>>,
    params: InFamily<QueryParams<FormatParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let id = record_id(&path.0.0)?;
    let format = format(&request, params.0.0.format.as_deref())?;
    let kept = blocking(move || state.reports.read(shelf(&access), id)).await?;
    Ok(kept_answer(kept, format).await?)
}

/// Deletes a report; one that is being made is made no further.
#[utoipa::path(
    tag = "Score reports", security(("agent_key" = ["llm_analytics:write"])),
    responses((status = 204, description = "It is gone"))
)]
#[delete("/v1/score_v3/report/{id}")]
async fn delete_score_report(
    access: AgentAccess<LlmAnalyticsWrite>,
    path: InFamily<PathParams<String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let id = record_id(&path.0.0)?;
    blocking(move || state.reports.delete(shelf(&access), id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

routes![
    latest_score_report,
    generate_score_report,
    quick_score_report,
    pending_score_report,
    score_report_history,
    score_report_status,
    cancel_score_report,
    retrieve_score_report,
    delete_score_report,
];
