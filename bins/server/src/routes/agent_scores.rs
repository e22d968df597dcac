//! Scores of a developer's sessions with coding agents, as version 3 of their protocol has them: of whoever asks, in snake_case.

mod rows;
mod wire;

use actix_web::{HttpResponse, get, web};
use agent_sessions::daily;
use agent_sessions::repository::Filter;
use agent_sessions::score::{PILLAR_DAYS, prompting, score, speed, token_use, within};
use agent_sessions::sub_session::SubSession;
use agent_sessions::window::{Span, Window, day};
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

pub(in crate::routes) use self::rows::sub_session_row;
use self::rows::{PromptRow, PromptsResponse, RubricRow, RubricsResponse, SubSessionRow, SubSessionsResponse};
use self::wire::{ScoreResponse, SkillResponse, SpeedResponse, TodayResponse, TokensResponse};
use super::agent_sessions::asked_day;
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::extract::agent::{AgentAccess, AgentError, InFamily};
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::LlmAnalyticsRead;

/// How many windows a sparkline has.
const SPARKLINE: u32 = 4;

/// How far back what runs now is looked for where no session is named.
const REALTIME: TimeDelta = TimeDelta::hours(24);

/// Rows of what runs now where nothing is asked for, and at most.
const DEFAULT_ROWS: usize = 20;
const MAX_ROWS: usize = 100;

/// Which window.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WindowParams {
    /// `daily`, `weekly` (the default) or `monthly`: the current day, week or month of the calendar, in UTC.
    window: Option<String>,
}

/// Which sub-sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RealtimeParams {
    /// The agent's id of a session. Default: all of the last 24 hours.
    claude_session_id: Option<String>,
    /// Most of them, from 1 to 100. Default: 20.
    limit: Option<usize>,
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DayParams {
    /// Like 2026-03-02, or an instant of the day, RFC 3339. Default: today, in UTC.
    date: Option<String>,
}

impl WindowParams {
    fn window(&self) -> Result<Window, Problem> {
        let Some(name) = &self.window else { return Ok(Window::default()) };
        Window::from_name(name).ok_or_else(|| Problem::invalid("window", "It has to be daily, weekly or monthly."))
    }
}

/// What of a developer's work one answer is about.
struct Asked {
    window: Window,
    now: DateTime<Utc>,
    /// The window, and those before it.
    spans: Vec<Span>,
    /// The four windows before the one that is asked about, the oldest first.
    before: Vec<Span>,
    /// Sub-sessions that count, as far back as anything is compared with.
    subs: Vec<SubSession>,
}

impl Asked {
    async fn load(
        access: &AgentAccess<LlmAnalyticsRead>,
        params: &WindowParams,
        state: web::Data<AppState>,
    ) -> Result<Self, AgentError> {
        let (window, now) = (params.window()?, state.clock.now());
        let spans = window.spans(now, SPARKLINE);
        let before: Vec<Span> = (1..=SPARKLINE).rev().map(|n| window.span(now, n)).collect();
        let present = window.span(now, 0);
        let from = before.first().map_or(present.from, |first| first.from).min(now - PILLAR_DAYS);
        let began = Span { from, to: present.to };
        let filter = Filter { organization: access.organization, developer: Some(access.developer), began };
        let subs = blocking(move || state.agent_sessions.settled(&filter)).await?;
        Ok(Self { window, now, spans, before, subs })
    }

    fn present(&self) -> Vec<&SubSession> {
        self.spans.last().map(|span| within(&self.subs, *span)).unwrap_or_default()
    }

    fn previous(&self) -> Span {
        self.window.span(self.now, 1)
    }
}

/// Tells how many of the goals that count were reached in the window.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = ScoreResponse)))]
#[get("/v1/score_v3/score")]
async fn prism_score(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let score = score(&asked.subs, &asked.spans, &asked.before);
    Ok(HttpResponse::Ok().json(ScoreResponse::new(asked.window, score)))
}

/// Tells how fast goals were reached in the window.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = SpeedResponse)))]
#[get("/v1/score_v3/speed")]
async fn score_speed(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let speed = speed(&asked.subs, &asked.spans, asked.previous(), asked.now);
    Ok(HttpResponse::Ok().json(SpeedResponse::new(asked.window, speed)))
}

/// Lists the sub-sessions of the window that count, the one that began last first.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = SubSessionsResponse)))]
#[get("/v1/score_v3/speed/sessions")]
async fn score_speed_sessions(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let counted = asked.present().into_iter().rev().filter(|sub| sub.is_counted());
    let sessions = counted.map(|sub| SubSessionRow::new(sub, asked.now)).collect();
    Ok(HttpResponse::Ok().json(SubSessionsResponse { window: asked.window.name().to_owned(), sessions }))
}

/// Lists the prompts of a sub-session, or of a whole session; those that were not graded too.
#[utoipa::path(tag = "Agent scores", security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = PromptsResponse)))]
#[get("/v1/score_v3/sessions/{id}/prompts")]
async fn score_session_prompts(
    access: AgentAccess<LlmAnalyticsRead>,
    path: InFamily<PathParams<String>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let id = path.0.0;
    let asked = id.clone();
    let full = blocking(move || state.agent_sessions.find(access.organization, access.developer, &asked)).await?;
    let wanted = full.sub_sessions.iter().find(|sub| sub.id.to_string() == id.to_lowercase());
    let turns = full.turns.iter().filter(|turn| wanted.is_none_or(|sub| sub.number == turn.sub_session));
    let prompts = turns.filter_map(|turn| PromptRow::new(turn, &full.sub_sessions)).collect();
    let sub_session_id = wanted.map(|sub| sub.id.0);
    Ok(HttpResponse::Ok().json(PromptsResponse { session_id: full.session.key.session_id, sub_session_id, prompts }))
}

/// Tells what goals took in the window.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = TokensResponse)))]
#[get("/v1/score_v3/tokens")]
async fn score_tokens(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let used = token_use(&asked.subs, &asked.spans, asked.previous());
    Ok(HttpResponse::Ok().json(TokensResponse::new(asked.window, used)))
}

/// Tells how well goals were asked for in the window.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = SkillResponse)))]
#[get("/v1/score_v3/skill")]
async fn score_skill(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let found = prompting(&asked.subs, &asked.spans, asked.previous(), asked.now);
    Ok(HttpResponse::Ok().json(SkillResponse::new(asked.window, found)))
}

/// Lists what the rubric says of each sub-session of the window, the one that began last first.
#[utoipa::path(tag = "Agent scores", params(WindowParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = RubricsResponse)))]
#[get("/v1/score_v3/insight/sessions")]
async fn score_rubrics(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<WindowParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let asked = Asked::load(&access, &params.0.0, state).await?;
    let sessions = asked.present().into_iter().rev().map(RubricRow::from).collect();
    Ok(HttpResponse::Ok().json(RubricsResponse { window: asked.window.name().to_owned(), sessions }))
}

/// Lists sub-sessions as they are now, finished or not, the one that began last first.
#[utoipa::path(tag = "Agent scores", params(RealtimeParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = Vec<SubSessionRow>)))]
#[get("/v1/score_v3/realtime/sub-sessions")]
async fn realtime_sub_sessions(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<RealtimeParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let RealtimeParams { claude_session_id, limit } = params.0.0;
    let limit = limit.unwrap_or(DEFAULT_ROWS);
    if limit == 0 {
        return Err(AgentError::bad_request("limit", "It has to be 1 or greater."));
    }
    let now = state.clock.now();
    let subs = blocking(move || match claude_session_id {
        Some(id) => state.agent_sessions.sub_sessions_of(access.organization, access.developer, &id),
        None => {
            let began = Span { from: now - REALTIME, to: now + REALTIME };
            let filter = Filter { organization: access.organization, developer: Some(access.developer), began };
            state.agent_sessions.sub_sessions(&filter)
        }
    })
    .await?;
    let rows: Vec<SubSessionRow> =
        subs.iter().rev().take(limit.min(MAX_ROWS)).map(|sub| SubSessionRow::new(sub, now)).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Sums up one day of whoever asks.
#[utoipa::path(tag = "Agent scores", params(DayParams), security(("agent_key" = ["llm_analytics:read"])), responses((status = 200, body = TodayResponse)))]
#[get("/v1/score_v3/today-summary")]
async fn today_summary(
    access: AgentAccess<LlmAnalyticsRead>,
    params: InFamily<QueryParams<DayParams>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let now = state.clock.now();
    let date = asked_day(params.0.0.date.as_deref(), now)?;
    let filter = Filter { organization: access.organization, developer: Some(access.developer), began: day(date) };
    let subs = blocking(move || state.agent_sessions.sub_sessions(&filter)).await?;
    let subs = agent_sessions::score::joined(subs);
    Ok(HttpResponse::Ok().json(TodayResponse::new(daily::day(date, &subs, now), now)))
}

routes![
    prism_score,
    score_speed,
    score_speed_sessions,
    score_session_prompts,
    score_tokens,
    score_skill,
    score_rubrics,
    realtime_sub_sessions,
    today_summary
];
