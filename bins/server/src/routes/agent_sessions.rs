//! Sessions of coding agents, as version 2.1 of their protocol has them: of the whole organization, in camelCase.

mod details;
mod summaries;
mod wire;

use actix_web::{HttpResponse, get, patch, web};
use agent_sessions::daily;
use agent_sessions::highlights::highlights;
use agent_sessions::model::DeveloperId;
use agent_sessions::repository::{Edited, Filter, Slice};
use agent_sessions::stats::by_type;
use agent_sessions::window::{Span, day};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use insights_core::ids::OrganizationId;
use insights_core::problem::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use self::details::DetailsResponse;
use self::summaries::{SummariesResponse, SummaryResponse};
pub(super) use self::wire::daily;
use self::wire::{DailyResponse, HighlightsResponse, StatsResponse};
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::extract::agent::{AgentAccess, AgentError, InFamily};
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::{LlmAnalyticsRead, LlmAnalyticsWrite};

/// How far back answers go where nothing is asked for.
const DEFAULT_DAYS: TimeDelta = TimeDelta::days(30);

/// Summaries of a page where nothing is asked for, and at most.
const DEFAULT_SUMMARIES: u32 = 50;
const MAX_SUMMARIES: u32 = 500;

/// From when to when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RangeParams {
    /// The first instant, RFC 3339. Default: 30 days before `to`.
    from: Option<DateTime<Utc>>,
    /// The first instant behind, RFC 3339. Default: now.
    to: Option<DateTime<Utc>>,
}

/// Which summaries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SummariesParams {
    /// The first instant, RFC 3339. Default: 30 days before `to`.
    from: Option<DateTime<Utc>>,
    /// The first instant behind, RFC 3339. Default: now.
    to: Option<DateTime<Utc>>,
    /// Of this developer alone.
    user_id: Option<Uuid>,
    /// Most of them, from 1 to 500. Default: 50.
    limit: Option<u32>,
    /// How many are left out at the beginning.
    offset: Option<u32>,
}

/// Which session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SessionParams {
    /// The agent's id of it.
    session_id: String,
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DayParams {
    /// Like 2026-03-02, or an instant of the day, RFC 3339. Default: today, in UTC.
    date: Option<String>,
    /// Of this developer alone.
    user_id: Option<Uuid>,
}

/// What to write over a summary. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EditSessionSummary)]
struct EditSummaryRequest {
    /// At most 200 characters; an empty one gives back what was there before somebody wrote.
    title: Option<String>,
    /// At most 4000 characters; likewise.
    summary: Option<String>,
}

/// The stretch that a request asks for.
pub(super) fn span(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Span, Problem> {
    let to = to.unwrap_or(now);
    let from = from.map_or_else(|| to.checked_sub_signed(DEFAULT_DAYS), Some).unwrap_or(to);
    if from >= to {
        return Err(Problem::invalid("from", "It has to be before `to`."));
    }
    Ok(Span { from, to })
}

/// The day that a request asks for.
pub(super) fn asked_day(date: Option<&str>, now: DateTime<Utc>) -> Result<NaiveDate, Problem> {
    let Some(text) = date else { return Ok(now.date_naive()) };
    let date = text
        .parse()
        .ok()
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc().date_naive()));
    let in_reach = |date: &NaiveDate| (1970..=9999).contains(&chrono::Datelike::year(date));
    date.filter(in_reach)
        .ok_or_else(|| Problem::invalid("date", "It has to be a day like 2026-03-02, or an instant in RFC 3339."))
}

fn filter(organization: OrganizationId, user_id: Option<Uuid>, began: Span) -> Filter {
    Filter { organization, developer: user_id.map(DeveloperId), began }
}

/// Tells how sub-sessions of each type fare, of the whole organization.
#[utoipa::path(tag = "Agent sessions", params(RangeParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = StatsResponse)))]
#[get("/v1/insights/sessions/stats")]
async fn session_stats(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<RangeParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let RangeParams { from, to } = params.0.0;
    let asked = filter(access.organization, None, span(from, to, state.clock.now())?);
    let subs = blocking(move || state.agent_sessions.settled(&asked)).await?;
    Ok(HttpResponse::Ok().json(StatsResponse::from(by_type(&subs))))
}

/// Gives sub-sessions that stand out, of the whole organization.
#[utoipa::path(tag = "Agent sessions", params(RangeParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = HighlightsResponse)))]
#[get("/v1/insights/sessions/highlights")]
async fn session_highlights(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<RangeParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let RangeParams { from, to } = params.0.0;
    let span = span(from, to, state.clock.now())?;
    let asked = filter(access.organization, None, span);
    let subs = blocking(move || state.agent_sessions.settled(&asked)).await?;
    Ok(HttpResponse::Ok().json(HighlightsResponse::new(span, &subs, &highlights(&subs))))
}

/// Gives the summary of a session; a 400 where there is none.
#[utoipa::path(tag = "Agent sessions", params(SessionParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = SummaryResponse)))]
#[get("/v1/insights/sessions/summary")]
async fn session_summary(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<SessionParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let found = blocking(move || state.agent_sessions.require(access.organization, None, &params.0.0.session_id));
    Ok(HttpResponse::Ok().json(SummaryResponse::from(found.await?.session)))
}

/// Writes over the title or the summary of a session.
#[utoipa::path(tag = "Agent sessions", params(SessionParams), request_body = EditSummaryRequest, security(("agent_key" = ["llm_analytics:write"])), responses((status = 200, body = SummaryResponse)))]
#[patch("/v1/insights/sessions/summary")]
async fn edit_session_summary(
    access: AgentAccess<LlmAnalyticsWrite>,
    params: InFamily<QueryParams<SessionParams>>,
    body: InFamily<JsonBody<EditSummaryRequest>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let EditSummaryRequest { title, summary } = body.0.0;
    let edit = Edited { title, summary };
    let session_id = params.0.0.session_id;
    let edited = blocking(move || state.agent_sessions.edit_summary(access.organization, None, &session_id, &edit));
    Ok(HttpResponse::Ok().json(SummaryResponse::from(edited.await?.session)))
}

/// Lists summaries of the organization's sessions, the one that began last first.
#[utoipa::path(tag = "Agent sessions", params(SummariesParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = SummariesResponse)))]
#[get("/v1/insights/sessions/summaries")]
async fn session_summaries(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<SummariesParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let SummariesParams { from, to, user_id, limit, offset } = params.0.0;
    let limit = limit.unwrap_or(DEFAULT_SUMMARIES);
    if limit == 0 {
        return Err(AgentError::bad_request("limit", "It has to be 1 or greater."));
    }
    let asked = filter(access.organization, user_id, span(from, to, state.clock.now())?);
    let slice = Slice { offset: u64::from(offset.unwrap_or(0)), limit: limit.min(MAX_SUMMARIES) };
    let sessions = blocking(move || state.agent_sessions.sessions(&asked, slice)).await?;
    let summaries = sessions.into_iter().map(SummaryResponse::from).collect();
    Ok(HttpResponse::Ok().json(SummariesResponse { summaries }))
}

/// Gives a session with its turns, tools and scores; a 400 where there is none.
#[utoipa::path(tag = "Agent sessions", params(SessionParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = DetailsResponse)))]
#[get("/v1/insights/sessions/details")]
async fn session_details(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<SessionParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let now = state.clock.now();
    let found = blocking(move || state.agent_sessions.require(access.organization, None, &params.0.0.session_id));
    Ok(HttpResponse::Ok().json(DetailsResponse::new(found.await?, now)))
}

/// Sums up one day of the organization, or of one of its developers.
#[utoipa::path(tag = "Agent sessions", params(DayParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = DailyResponse)))]
#[get("/v1/insights/daily-summary")]
async fn daily_summary(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<DayParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let now = state.clock.now();
    let DayParams { date, user_id } = params.0.0;
    let date = asked_day(date.as_deref(), now)?;
    let asked = filter(access.organization, user_id, day(date));
    let subs = blocking(move || state.agent_sessions.sub_sessions(&asked)).await?;
    let subs = agent_sessions::score::joined(subs);
    Ok(HttpResponse::Ok().json(DailyResponse::new(daily::day(date, &subs, now), now)))
}

routes![
    session_stats,
    session_highlights,
    session_summary,
    edit_session_summary,
    session_summaries,
    session_details,
    daily_summary
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_in_two_forms() {
        let now = DateTime::from_timestamp(1_772_409_600, 0).unwrap();
        let day = |text: &str| asked_day(Some(text), now).ok().map(|date| date.to_string());
        assert_eq!(day("2026-03-01").as_deref(), Some("2026-03-01"));
        assert_eq!(day("2026-03-01T23:30:00-01:00").as_deref(), Some("2026-03-02"));
        for wrong in ["", "today", "2026-13-01", "-262143-01-01"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        assert_eq!(asked_day(None, now).unwrap().to_string(), "2026-03-02");
    }
}
