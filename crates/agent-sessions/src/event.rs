//! Events of an agent, as telemetry, transcripts and captures tell them.

mod read;
mod tool;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use self::read::{built_in_command, origin as origin_of, session_id as session_id_of, told};
pub(crate) use self::tool::is_edit;
pub use self::tool::{Edit, ToolDetail};
use crate::model::{Cost, Origin, Tokens};

/// What is wrong with a record of an agent's telemetry that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejection {
    /// For whoever sent it.
    pub reason: String,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// The agent's telemetry.
    #[default]
    Telemetry,
    /// A transcript that was uploaded.
    Transcript,
    /// A prompt or an answer that was captured.
    Capture,
}

/// Something that happened in a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TelemetryEvent {
    /// The session, `session.id`.
    pub session_id: String,
    /// When.
    pub time: DateTime<Utc>,
    /// `event.sequence`: the order of events of one run of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// `prompt.id` of the prompt that it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<String>,
    /// What identifies it where there is no sequence: a line of a transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<String>,
    /// Where it comes from.
    #[serde(default)]
    pub source: EventSource,
    /// Who and what sent it.
    #[serde(default)]
    pub origin: Origin,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The developer sent a prompt.
    UserPrompt {
        /// Its length in characters, where that is told.
        length: Option<u64>,
        /// Its text, unless that is withheld.
        text: Option<String>,
        /// The slash command that it is, without the slash.
        command: Option<String>,
        /// `message.uuid`.
        message_id: Option<String>,
    },
    /// The agent answered.
    AssistantResponse {
        /// Length of the answer in characters, where that is told.
        length: Option<u64>,
        /// Its text, unless that is withheld.
        text: Option<String>,
        /// Who wrote it.
        model: Option<String>,
    },
    /// A model was asked, and has answered.
    ApiRequest(ApiRequest),
    /// A model was asked, and its endpoint failed.
    ApiError {
        /// Which model.
        model: Option<String>,
        /// In its words.
        error: Option<String>,
        /// The status, unless the network failed.
        status_code: Option<u64>,
    },
    /// A model was asked, and does not want to answer.
    ApiRefusal {
        /// Which model.
        model: Option<String>,
    },
    /// A request was given up after several tries.
    ApiRetriesExhausted {
        /// Which model.
        model: Option<String>,
        /// In its words.
        error: Option<String>,
    },
    /// A tool ran.
    ToolResult(ToolResult),
    /// It was decided whether a tool may run.
    ToolDecision {
        /// Which tool.
        tool: String,
        /// Which call.
        tool_use_id: Option<String>,
        /// Whether it may.
        is_accepted: bool,
        /// Whether it was the developer who decided.
        is_by_user: bool,
    },
    /// Another mode of permissions.
    PermissionModeChanged {
        /// The new one.
        to: String,
    },
    /// What was said before was summed up to make room.
    Compaction {
        /// Whether the developer wanted it.
        is_manual: bool,
        /// Tokens before.
        pre_tokens: Option<u64>,
        /// Tokens afterwards.
        post_tokens: Option<u64>,
    },
    /// A subagent came to its end.
    SubagentCompleted {
        /// Of which type.
        agent_type: Option<String>,
    },
    /// The prompt points at something with an `@`.
    AtMention {
        /// At what: `file`, `directory`, …
        mention_type: Option<String>,
    },
    /// Anything else; it counts as a sign of life.
    Other {
        /// Its name.
        name: String,
    },
}

/// A request that a model has answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiRequest {
    /// Which model.
    pub model: String,
    /// What it read and wrote.
    pub tokens: Tokens,
    /// What it cost; `None` where that is not told.
    pub cost: Option<Cost>,
    /// How long it took.
    pub duration_ms: u64,
    /// Identity of the request.
    pub request_id: Option<String>,
    /// Who asked: `repl_main_thread`, `compact`, a subagent.
    pub query_source: Option<String>,
}

impl ApiRequest {
    /// Whether the agent itself asked, and not one of its helpers.
    pub fn is_main(&self) -> bool {
        self.query_source.as_deref().is_none_or(|source| source.starts_with("repl") || matches!(source, "main" | "sdk"))
    }
}

/// A tool that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToolResult {
    /// Which tool.
    pub tool: String,
    /// Which call.
    pub tool_use_id: Option<String>,
    /// Whether it did what it was to do.
    pub is_success: bool,
    /// How long it took.
    pub duration_ms: u64,
    /// What went wrong.
    pub error: Option<String>,
    /// Length of what it was given, in bytes.
    pub input_bytes: Option<u64>,
    /// What it was given, as far as that is told.
    pub detail: ToolDetail,
}

impl TelemetryEvent {
    /// Name of the event, without `claude_code.`.
    pub fn name(&self) -> &str {
        match &self.kind {
            EventKind::UserPrompt { .. } => "user_prompt",
            EventKind::AssistantResponse { .. } => "assistant_response",
            EventKind::ApiRequest(_) => "api_request",
            EventKind::ApiError { .. } => "api_error",
            EventKind::ApiRefusal { .. } => "api_refusal",
            EventKind::ApiRetriesExhausted { .. } => "api_retries_exhausted",
            EventKind::ToolResult(_) => "tool_result",
            EventKind::ToolDecision { .. } => "tool_decision",
            EventKind::PermissionModeChanged { .. } => "permission_mode_changed",
            EventKind::Compaction { .. } => "compaction",
            EventKind::SubagentCompleted { .. } => "subagent_completed",
            EventKind::AtMention { .. } => "at_mention",
            EventKind::Other { name } => name,
        }
    }

    /// The same for the same event, however often it is sent: 32 hexadecimal digits out of session, source, name, and either the line or sequence and time.
    pub fn dedup_key(&self) -> String {
        let sequence = self.sequence.map(|sequence| sequence.to_string());
        let time = self.line_id.is_none().then(|| self.time.timestamp_micros().to_string());
        let parts = [
            self.session_id.as_str(),
            match self.source {
                EventSource::Telemetry => "telemetry",
                EventSource::Transcript => "transcript",
                EventSource::Capture => "capture",
            },
            sequence.as_deref().unwrap_or_default(),
            self.line_id.as_deref().unwrap_or_default(),
            time.as_deref().unwrap_or_default(),
            self.name(),
        ];
        digest(&parts)
    }
}

/// 32 hexadecimal digits out of texts.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a command empties the context: `/clear` and its other names.
pub fn is_clear(command: &str) -> bool {
    matches!(command.trim_start_matches('/'), "clear" | "reset" | "new")
}

/// Whether a command sums the context up.
pub fn is_compact(command: &str) -> bool {
    command.trim_start_matches('/') == "compact"
}

#[cfg(test)]
mod tests;
