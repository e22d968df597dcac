//! Rows of sub-sessions and prompts.

use agent_sessions::rubric::checks::PromptChecks;
use agent_sessions::rubric::grade::Letter;
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::sub_session::SubSession;
use agent_sessions::turn::Turn;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::Timestamp;

/// Makes the row of a sub-session in either naming.
macro_rules! sub_session_row {
    ($row:ident as $row_schema:ident, $checks:ident as $checks_schema:ident, $case:literal) => {
        /// A stretch of a session that follows one goal, and what the rubric says of it.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $row_schema)]
        pub(super) struct $row {
            sub_session_id: uuid::Uuid,
            session_id: String,
            developer_id: uuid::Uuid,
            title: String,
            summary: String,
            started_at: crate::wire::Timestamp,
            ended_at: crate::wire::Timestamp,
            /// Whether it may go on still.
            is_preview: bool,
            turn_count: u64,
            /// Lines put in less lines taken away.
            net_lines: i64,
            mutating_calls: u64,
            substance_floor_passed: bool,
            /// `question`, `investigation`, `review`, `plan`, `small_change`, `bug_fix`, `feature` or `refactor`; null where it is not clear.
            intent_class: Option<String>,
            intent_established: bool,
            goal_complete: bool,
            /// From 0 to 1: the judge's word, or how much speaks for it.
            goal_confidence: f64,
            /// Whether it was done over later.
            rework: bool,
            /// The sub-session that did.
            rework_by: Option<uuid::Uuid>,
            crushed: bool,
            /// `ok` (a language model), `heuristic`, `error` (rules in place of a model), or `no_prompt_text`.
            judge_status: String,
            total_tokens: u64,
            cost_usd: f64,
            /// From the first prompt to the end; null where it did not come to its goal.
            ttc_seconds: Option<f64>,
            checks: Option<$checks>,
            /// The grade of its prompts, once it is over.
            prompt_grade: Option<String>,
            /// The grade of its prompts so far.
            letter_grade: Option<String>,
        }

        /// What its prompts have of what good prompts have; null where that is not asked.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $checks_schema)]
        pub(super) struct $checks {
            goal_explicit: Option<bool>,
            scope_bounded: Option<bool>,
            references_concrete: Option<bool>,
            context_sufficient: Option<bool>,
            verification_requested: Option<bool>,
            root_cause_oriented: Option<bool>,
            plan_first: Option<bool>,
        }

        impl From<&agent_sessions::rubric::checks::PromptChecks> for $checks {
            fn from(checks: &agent_sessions::rubric::checks::PromptChecks) -> Self {
                Self {
                    goal_explicit: checks.goal_explicit,
                    scope_bounded: checks.scope_bounded,
                    references_concrete: checks.references_concrete,
                    context_sufficient: checks.context_sufficient,
                    verification_requested: checks.verification_requested,
                    root_cause_oriented: checks.root_cause_oriented,
                    plan_first: checks.plan_first,
                }
            }
        }

        impl $row {
            pub(super) fn new(
                sub: &agent_sessions::sub_session::SubSession,
                now: chrono::DateTime<chrono::Utc>,
            ) -> Self {
                let rubric = &sub.rubric;
                let is_preview = sub.is_preview(now);
                let grade = rubric.prompt_grade().map(|letter| letter.name().to_owned());
                Self {
                    sub_session_id: sub.id.0,
                    session_id: sub.session_id.clone(),
                    developer_id: sub.developer.0,
                    title: sub.title.clone(),
                    summary: sub.summary.clone(),
                    started_at: crate::wire::Timestamp(sub.started_at),
                    ended_at: crate::wire::Timestamp(sub.ended_at),
                    is_preview,
                    turn_count: sub.turn_count,
                    net_lines: sub.lines.net(),
                    mutating_calls: sub.mutating_calls,
                    substance_floor_passed: rubric.is_substantial,
                    intent_class: rubric.intent.map(|intent| intent.name().to_owned()),
                    intent_established: rubric.intent.is_some(),
                    goal_complete: rubric.is_goal_complete,
                    goal_confidence: rubric.goal_confidence,
                    rework: rubric.rework_by.is_some(),
                    rework_by: rubric.rework_by.map(|id| id.0),
                    crushed: sub.is_crushed(),
                    judge_status: rubric.judge_status.name().to_owned(),
                    total_tokens: sub.tokens.total(),
                    cost_usd: sub.cost.usd(),
                    ttc_seconds: sub.ttc_seconds(),
                    checks: rubric.checks.as_ref().map($checks::from),
                    prompt_grade: grade.clone().filter(|_| !is_preview),
                    letter_grade: grade,
                }
            }
        }
    };
}
pub(in crate::routes) use sub_session_row;

sub_session_row!(SubSessionRow as SubSession, ChecksBody as PromptChecks, "snake_case");

/// The sub-sessions of a window that count.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubSessions)]
pub(super) struct SubSessionsResponse {
    pub(super) window: String,
    pub(super) sessions: Vec<SubSessionRow>,
}

/// What the rubric says of each sub-session of a window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromptRubrics)]
pub(super) struct RubricsResponse {
    pub(super) window: String,
    pub(super) sessions: Vec<RubricRow>,
}

/// What the rubric says of the prompts of a sub-session: each of the seven is null where it is not asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromptRubric)]
pub(super) struct RubricRow {
    sub_session_id: Uuid,
    session_id: String,
    title: String,
    started_at: Timestamp,
    ended_at: Timestamp,
    intent_class: Option<String>,
    #[serde(flatten)]
    checks: ChecksBody,
    /// From 0 to 100; null where no prompt was graded.
    prompt_score: Option<f64>,
    prompt_grade: Option<String>,
    graded_prompts: u64,
    judge_status: String,
}

impl From<&SubSession> for RubricRow {
    fn from(sub: &SubSession) -> Self {
        let rubric = &sub.rubric;
        Self {
            sub_session_id: sub.id.0,
            session_id: sub.session_id.clone(),
            title: sub.title.clone(),
            started_at: Timestamp(sub.started_at),
            ended_at: Timestamp(sub.ended_at),
            intent_class: rubric.intent.map(IntentClass::name).map(str::to_owned),
            checks: ChecksBody::from(&rubric.checks.unwrap_or_default()),
            prompt_score: rubric.prompt_score(),
            prompt_grade: rubric.prompt_grade().map(Letter::name).map(str::to_owned),
            graded_prompts: rubric.graded_prompts,
            judge_status: rubric.judge_status.name().to_owned(),
        }
    }
}

/// The prompts of a sub-session, or of a whole session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionPrompts)]
pub(super) struct PromptsResponse {
    pub(super) session_id: String,
    /// Null where the whole session was asked for.
    pub(super) sub_session_id: Option<Uuid>,
    pub(super) prompts: Vec<PromptRow>,
}

/// A prompt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionPrompt)]
pub(super) struct PromptRow {
    turn_index: u32,
    sub_session_id: Option<Uuid>,
    prompt_id: Option<String>,
    submitted_at: Timestamp,
    /// The first 160 characters; null where the text is not told.
    prompt_preview: Option<String>,
    prompt_length: Option<u64>,
    command_name: Option<String>,
    /// Whether it put something right that the agent had done.
    correction: bool,
    /// Null where it was not graded.
    checks: Option<ChecksBody>,
    /// From 0 to 100.
    prompt_score: Option<f64>,
    prompt_grade: Option<String>,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_creation_tokens: u64,
    cost_usd: f64,
    response_time_ms: Option<u64>,
}

impl PromptRow {
    /// The row of a turn that has a prompt.
    pub(super) fn new(turn: &Turn, subs: &[SubSession]) -> Option<Self> {
        let score = turn.checks.as_ref().and_then(PromptChecks::score);
        Some(Self {
            turn_index: turn.index?,
            sub_session_id: subs.iter().find(|sub| sub.number == turn.sub_session).map(|sub| sub.id.0),
            prompt_id: turn.prompt_id.clone(),
            submitted_at: Timestamp(turn.submitted_at),
            prompt_preview: turn.preview.clone(),
            prompt_length: turn.prompt_length,
            command_name: turn.command.clone(),
            correction: turn.is_correction,
            checks: turn.checks.as_ref().map(ChecksBody::from),
            prompt_score: score,
            prompt_grade: score.map(Letter::of_prompt_score).map(Letter::name).map(str::to_owned),
            input_tokens: turn.tokens.input,
            output_tokens: turn.tokens.output,
            cache_read_tokens: turn.tokens.cache_read,
            cache_creation_tokens: turn.tokens.cache_creation,
            cost_usd: turn.cost.usd(),
            response_time_ms: turn.response_time_ms,
        })
    }
}
