//! A turn: one prompt and all that followed from it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{Cost, Lines, Tokens};
use crate::rubric::checks::PromptChecks;
use crate::rubric::pes::PromptEfficiency;

/// Longest beginning of a prompt that is kept with its turn, in characters.
pub const MAX_PREVIEW_CHARACTERS: usize = 160;

/// One prompt and all that followed from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// Number in its session, from 0; `None` for what happened before the first prompt.
    pub index: Option<u32>,
    /// `prompt.id`.
    pub prompt_id: Option<String>,
    /// When the prompt was sent.
    pub submitted_at: DateTime<Utc>,
    /// When the last of what followed happened.
    pub ended_at: DateTime<Utc>,
    /// Number of its sub-session in the session.
    pub sub_session: u32,
    /// Beginning of the prompt, at most [`MAX_PREVIEW_CHARACTERS`]; `None` where its text is not told.
    pub preview: Option<String>,
    /// Length of the prompt in characters, where that is told.
    pub prompt_length: Option<u64>,
    /// The slash command that it was.
    pub command: Option<String>,
    /// Whether it put something right that the agent had done.
    pub is_correction: bool,
    /// Whether plan mode was on when it was sent.
    pub is_plan_mode: bool,
    /// The model that was asked most, by the agent itself where it asked at all.
    pub model: Option<String>,
    /// Requests that were answered.
    pub requests: u64,
    /// What they read and wrote.
    pub tokens: Tokens,
    /// What they cost.
    pub cost: Cost,
    /// The largest context that the agent itself sent, in tokens; 0 where it asked nothing.
    pub context_tokens: u64,
    /// How long models worked.
    pub api_duration_ms: u64,
    /// From the prompt to the end of the last answer.
    pub response_time_ms: Option<u64>,
    /// Length of the last answer in characters, where that is told.
    pub answer_length: Option<u64>,
    /// Tools, by name.
    pub tools: Vec<TurnTool>,
    /// Lines written, as far as edits tell.
    pub lines: Lines,
    /// Calls that changed something.
    pub mutating_calls: u64,
    /// Files that were edited, by name.
    pub files: Vec<String>,
    /// Commits that were made.
    pub commits: u64,
    /// Whether tests, a build or a linter ran well after the last edit of the turn.
    pub is_verified: bool,
    /// Whether the same call failed three times or more.
    pub is_retry_storm: bool,
    /// Requests that were given up after several tries.
    pub retries_exhausted: u64,
    /// What went wrong, in its order; at most 20.
    pub errors: Vec<TurnError>,
    /// How good a prompt it was; `None` where its text is not told or it is too short to tell.
    pub pes: Option<PromptEfficiency>,
    /// What it has of what good prompts have; `None` as for `pes`.
    pub checks: Option<PromptChecks>,
}

/// One tool in one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnTool {
    /// Its name.
    pub tool: String,
    /// How often it ran.
    pub count: u64,
    /// How often it failed.
    pub failures: u64,
    /// How often the developer did not let it.
    pub rejected: u64,
    /// How long it ran.
    pub duration_ms: u64,
}

/// What went wrong in a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnError {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: TroubleKind,
    /// The tool or model.
    pub source: Option<String>,
    /// In the words of who failed, at most 300 characters; `None` where they are not told.
    pub message: Option<String>,
}

/// Kinds of what goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// A request that a model's endpoint did not answer.
    ApiError,
    /// A request that was given up after several tries.
    RetriesExhausted,
    /// A request that a model did not want to answer.
    Refusal,
    /// A tool failed.
    ToolFailure,
    /// The developer did not let a tool run.
    Rejected,
}

impl TroubleKind {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApiError => "api_error",
            Self::RetriesExhausted => "retries_exhausted",
            Self::Refusal => "refusal",
            Self::ToolFailure => "tool_failure",
            Self::Rejected => "rejected",
        }
    }
}
