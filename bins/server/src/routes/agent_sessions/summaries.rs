//! Summaries of sessions.

use agent_sessions::model::Session;
use agent_sessions::rubric::intent::IntentClass;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::Timestamp;

/// What a session was about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionSummary)]
pub(in crate::routes) struct SummaryResponse {
    session_id: String,
    /// The developer.
    user_id: Uuid,
    title: String,
    summary: String,
    /// With what it began; null where that is not told.
    goal: Option<String>,
    outcome: String,
    /// Turns that mattered, three at most.
    key_turns: Vec<KeyTurnRow>,
    intent_class: Option<String>,
    started_at: Timestamp,
    ended_at: Timestamp,
    /// Prompts.
    turn_count: u64,
    total_tokens: u64,
    total_cost_usd: f64,
    /// Who wrote it: `llm`, `template` or `user`.
    source: String,
    generated_at: Timestamp,
}

/// A turn that mattered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionKeyTurn)]
struct KeyTurnRow {
    turn_index: u32,
    why: String,
}

/// A page of summaries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionSummaries)]
pub(super) struct SummariesResponse {
    /// The one that began last first.
    pub(super) summaries: Vec<SummaryResponse>,
}

impl From<Session> for SummaryResponse {
    fn from(session: Session) -> Self {
        let summary = session.summary;
        let key_turns =
            summary.key_turns.into_iter().map(|turn| KeyTurnRow { turn_index: turn.turn_index, why: turn.why });
        Self {
            session_id: session.key.session_id,
            user_id: session.key.developer.0,
            title: summary.title,
            summary: summary.summary,
            goal: summary.goal,
            outcome: summary.outcome,
            key_turns: key_turns.collect(),
            intent_class: session.intent.map(IntentClass::name).map(str::to_owned),
            started_at: Timestamp(session.started_at),
            ended_at: Timestamp(session.ended_at),
            turn_count: session.prompts,
            total_tokens: session.tokens.total(),
            total_cost_usd: session.cost.usd(),
            source: summary.source.name().to_owned(),
            generated_at: Timestamp(summary.generated_at),
        }
    }
}
