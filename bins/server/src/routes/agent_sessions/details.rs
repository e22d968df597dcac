//! One session with all its parts.

use agent_sessions::model::{FullSession, ToolActivity};
use agent_sessions::rubric::pes::PromptEfficiency;
use agent_sessions::skill::{context_resets, focus, quality_retention};
use agent_sessions::statistics::{mean, median, real};
use agent_sessions::turn::{Turn, TurnError, TurnTool};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::summaries::SummaryResponse;
use crate::routes::agent_scores::sub_session_row;
use crate::wire::Timestamp;

sub_session_row!(CamelSubSessionRow as SessionSubSession, CamelChecks as SessionSubSessionChecks, "camelCase");

/// A session with its turns, tools and scores.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionDetails)]
pub(super) struct DetailsResponse {
    session: SessionBody,
    turns: Vec<TurnRow>,
    tools: Vec<ToolRow>,
    scores: ScoresBody,
    events: EventsBody,
}

/// What is known of the session as a whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionDetailsSession)]
struct SessionBody {
    #[serde(flatten)]
    summary: SummaryResponse,
    models: Vec<ModelRow>,
    languages: Vec<LanguageRow>,
    cwd: Option<String>,
    app_version: Option<String>,
    terminal_type: Option<String>,
    active_minutes: f64,
    lines_added: u64,
    lines_removed: u64,
    /// Whether lines were counted from edits that may have been cut off: at least so many.
    lines_estimated: bool,
    commits: u64,
    pull_requests: u64,
    /// `/clear` and `/compact`.
    resets: u64,
    compactions: u64,
    plan_mode: bool,
}

/// A model over the session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionModel)]
struct ModelRow {
    model: String,
    requests: u64,
    tokens: u64,
    cost_usd: f64,
}

/// A language over the session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionLanguage)]
struct LanguageRow {
    language: String,
    edits: u64,
}

/// One prompt and all that followed from it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionTurn)]
struct TurnRow {
    /// From 0; null for what happened before the first prompt.
    turn_index: Option<u32>,
    prompt_id: Option<String>,
    submitted_at: Timestamp,
    /// The first 160 characters; null where the text is not told.
    prompt_preview: Option<String>,
    prompt_length: Option<u64>,
    command_name: Option<String>,
    model: Option<String>,
    requests: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_creation_tokens: u64,
    cost_usd: f64,
    api_duration_ms: u64,
    response_time_ms: Option<u64>,
    tools: Vec<TurnToolRow>,
    errors: Vec<TurnErrorRow>,
    /// How efficient the prompt is; null where it was not graded.
    pes: Option<PesBody>,
}

/// A tool in a turn.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionTurnTool)]
struct TurnToolRow {
    tool: String,
    count: u64,
    failures: u64,
    duration_ms: u64,
}

/// What went wrong in a turn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionTurnError)]
struct TurnErrorRow {
    at: Timestamp,
    /// `api_error`, `retries_exhausted`, `refusal`, `tool_failure` or `rejected`.
    kind: String,
    /// The tool or model.
    source: Option<String>,
    message: Option<String>,
}

/// The four dimensions of a prompt, each from 0 to 10.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PromptEfficiency)]
struct PesBody {
    information_density: f64,
    context_leverage: f64,
    ambiguity_cost: f64,
    turn_economy: f64,
    /// All in one.
    score: f64,
}

impl From<&PromptEfficiency> for PesBody {
    fn from(pes: &PromptEfficiency) -> Self {
        Self {
            information_density: pes.information_density,
            context_leverage: pes.context_leverage,
            ambiguity_cost: pes.ambiguity_cost,
            turn_economy: pes.turn_economy,
            score: pes.score(),
        }
    }
}

/// A tool over the session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionTool)]
struct ToolRow {
    tool: String,
    calls: u64,
    /// From 0 to 1; null where it never ran.
    success_rate: Option<f64>,
    avg_duration_ms: Option<f64>,
    rejected: u64,
}

/// What scores are made of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionScores)]
struct ScoresBody {
    /// Mean efficiency of graded prompts, from 0 to 10.
    pes: Option<f64>,
    /// Resets per turn against the best, from 0 to 10.
    crr: f64,
    /// Uninterrupted work against the best, from 0 to 10.
    fc: f64,
    /// Part of edits that were let through, from 0 to 1.
    quality_retention: f64,
    median_response_time_secs: Option<f64>,
    sub_sessions: Vec<CamelSubSessionRow>,
}

/// What the session was made of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionEvents)]
struct EventsBody {
    count: u64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl DetailsResponse {
    pub(super) fn new(full: FullSession, now: DateTime<Utc>) -> Self {
        let FullSession { session, sub_sessions, turns } = full;
        let seconds = session.response_times_ms.iter().map(|ms| real(*ms) / 1000.0);
        let scores = ScoresBody {
            pes: mean(turns.iter().filter_map(|turn| turn.pes.as_ref()).map(PromptEfficiency::score)),
            crr: context_resets(session.resets, session.prompts),
            fc: focus(session.focus_seconds.iter().copied()),
            quality_retention: quality_retention([&session]),
            median_response_time_secs: median(seconds),
            sub_sessions: sub_sessions.iter().map(|sub| CamelSubSessionRow::new(sub, now)).collect(),
        };
        let events = EventsBody {
            count: session.events,
            first_at: Timestamp(session.started_at),
            last_at: Timestamp(session.ended_at),
        };
        let tools = session.tools.iter().map(ToolRow::from).collect();
        let model = |used: &agent_sessions::model::ModelUse| ModelRow {
            model: used.model.clone(),
            requests: used.requests,
            tokens: used.tokens.total(),
            cost_usd: used.cost.usd(),
        };
        let language = |used: &agent_sessions::model::LanguageUse| LanguageRow {
            language: used.language.clone(),
            edits: used.edits,
        };
        let body = SessionBody {
            models: session.models.iter().map(model).collect(),
            languages: session.languages.iter().map(language).collect(),
            cwd: session.origin.cwd.clone(),
            app_version: session.origin.app_version.clone(),
            terminal_type: session.origin.terminal_type.clone(),
            active_minutes: session.active_minutes(),
            lines_added: session.lines.added,
            lines_removed: session.lines.removed,
            lines_estimated: session.lines.is_estimated,
            commits: session.commits,
            pull_requests: session.pull_requests,
            resets: session.resets,
            compactions: session.compactions,
            plan_mode: session.has_plan_mode,
            summary: session.into(),
        };
        Self { session: body, turns: turns.into_iter().map(TurnRow::from).collect(), tools, scores, events }
    }
}

impl From<&ToolActivity> for ToolRow {
    fn from(tool: &ToolActivity) -> Self {
        let per_call = |n: u64| (tool.calls > 0).then(|| real(n) / real(tool.calls));
        Self {
            tool: tool.tool.clone(),
            calls: tool.calls,
            success_rate: per_call(tool.calls - tool.failures),
            avg_duration_ms: per_call(tool.duration_ms),
            rejected: tool.rejected,
        }
    }
}

impl From<Turn> for TurnRow {
    fn from(turn: Turn) -> Self {
        let tool = |tool: TurnTool| TurnToolRow {
            tool: tool.tool,
            count: tool.count,
            failures: tool.failures,
            duration_ms: tool.duration_ms,
        };
        let error = |error: TurnError| TurnErrorRow {
            at: Timestamp(error.at),
            kind: error.kind.name().to_owned(),
            source: error.source,
            message: error.message,
        };
        Self {
            turn_index: turn.index,
            prompt_id: turn.prompt_id,
            submitted_at: Timestamp(turn.submitted_at),
            prompt_preview: turn.preview,
            prompt_length: turn.prompt_length,
            command_name: turn.command,
            model: turn.model,
            requests: turn.requests,
            input_tokens: turn.tokens.input,
            output_tokens: turn.tokens.output,
            cache_read_tokens: turn.tokens.cache_read,
            cache_creation_tokens: turn.tokens.cache_creation,
            cost_usd: turn.cost.usd(),
            api_duration_ms: turn.api_duration_ms,
            response_time_ms: turn.response_time_ms,
            tools: turn.tools.into_iter().map(tool).collect(),
            errors: turn.errors.into_iter().map(error).collect(),
            pes: turn.pes.as_ref().map(PesBody::from),
        }
    }
}
