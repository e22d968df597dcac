//! Reading events out of log records.

use chrono::{DateTime, Utc};
use insights_core::time::to_microseconds;
use serde_json::{Map, Value};

use super::{ApiRequest, EventKind, EventSource, Rejection, TelemetryEvent, ToolDetail, ToolResult};
use crate::model::{MAX_SESSION_ID_BYTES, Origin, Tokens};
use crate::values::Attributes;

/// What names begin with.
const PREFIX: &str = "claude_code.";

/// What stands in place of a text that is withheld.
const WITHHELD: &str = "<REDACTED>";

/// Longest text of a prompt or answer that is kept, in characters.
pub(crate) const MAX_TEXT_CHARACTERS: usize = 20_000;

/// Longest name that is kept, in characters.
const MAX_NAME_CHARACTERS: usize = 200;

/// Longest message of an error that is kept, in characters.
const MAX_ERROR_CHARACTERS: usize = 300;

/// Events that are known without their prefix.
const KNOWN: [&str; 25] = [
    "user_prompt",
    "assistant_response",
    "api_request",
    "api_error",
    "api_refusal",
    "api_retries_exhausted",
    "api_request_body",
    "api_response_body",
    "tool_result",
    "tool_decision",
    "permission_mode_changed",
    "compaction",
    "subagent_completed",
    "skill_activated",
    "at_mention",
    "mcp_server_connection",
    "auth",
    "hook_registered",
    "hook_execution_start",
    "hook_execution_complete",
    "hook_plugin_metrics",
    "plugin_installed",
    "plugin_loaded",
    "internal_error",
    "feedback_survey",
];

impl TelemetryEvent {
    /// The event that a log record tells; `None` where it is none of a coding agent's.
    ///
    /// `time` is the record's own, `observed` when it was seen by whoever sent or received it; the attribute `event.timestamp` comes between the two.
    /// The name is the attribute `event.name`, else `event_name`, else the body.
    ///
    /// # Errors
    /// [`Rejection`], where it is an agent's and does not say of which session.
    pub fn read(
        time: Option<DateTime<Utc>>,
        observed: DateTime<Utc>,
        event_name: Option<&str>,
        body: Option<&str>,
        attributes: &Map<String, Value>,
    ) -> Result<Option<Self>, Rejection> {
        let attributes = Attributes(attributes);
        let attribute_name = attributes.text("event.name");
        let Some(given) = attribute_name.or(event_name).or(body) else { return Ok(None) };
        let has_prefix = [attribute_name, event_name, body].into_iter().flatten().any(|name| name.starts_with(PREFIX));
        let name = given.strip_prefix(PREFIX).unwrap_or(given);
        let is_known = KNOWN.contains(&name) && attributes.0.contains_key("session.id");
        if !has_prefix && !is_known {
            return Ok(None);
        }
        let session_id = session_id(attributes, &format!("{PREFIX}{name}"))?;
        let time = time.or_else(|| attributes.instant("event.timestamp")).unwrap_or(observed);
        Ok(Some(Self {
            session_id,
            time: to_microseconds(time),
            sequence: attributes.count("event.sequence"),
            prompt_id: attributes.short("prompt.id", MAX_NAME_CHARACTERS),
            line_id: None,
            source: EventSource::Telemetry,
            origin: origin(attributes),
            kind: kind(name, attributes),
        }))
    }
}

/// `session.id` of a record.
pub(crate) fn session_id(attributes: Attributes<'_>, what: &str) -> Result<String, Rejection> {
    let Some(id) = attributes.text("session.id") else {
        return Err(Rejection { reason: format!("{what} has no attribute `session.id`, a text that is not empty") });
    };
    if id.len() > MAX_SESSION_ID_BYTES || id.contains('\0') {
        let reason = format!(
            "{what} has a `session.id` that is longer than {MAX_SESSION_ID_BYTES} bytes or has a null character"
        );
        return Err(Rejection { reason });
    }
    Ok(id.to_owned())
}

/// Who and what sent a record.
pub(crate) fn origin(attributes: Attributes<'_>) -> Origin {
    let short = |key| attributes.short(key, MAX_NAME_CHARACTERS);
    Origin {
        email: short("user.email"),
        account_uuid: short("user.account_uuid"),
        user_id: short("user.id"),
        app_version: short("app.version"),
        entrypoint: short("app.entrypoint"),
        terminal_type: short("terminal.type"),
        cwd: short("workspace.host_paths").or_else(|| match attributes.0.get("workspace.host_paths") {
            Some(Value::Array(paths)) => paths.first().and_then(Value::as_str).map(str::to_owned),
            _ => None,
        }),
    }
}

/// A text, unless it is withheld.
pub(crate) fn told(text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| *text != WITHHELD)?;
    Some(crate::values::clip(&text.replace('\0', ""), MAX_TEXT_CHARACTERS))
}

fn kind(name: &str, attributes: Attributes<'_>) -> EventKind {
    let model = || attributes.short("model", MAX_NAME_CHARACTERS);
    let error = || attributes.short("error", MAX_ERROR_CHARACTERS);
    match name {
        "user_prompt" => EventKind::UserPrompt {
            length: attributes.count("prompt_length"),
            text: told(attributes.text("prompt")),
            command: attributes
                .short("command_name", MAX_NAME_CHARACTERS)
                .map(|command| command.trim_start_matches('/').to_owned())
                .or_else(|| attributes.text("prompt").and_then(built_in_command)),
            message_id: attributes.short("message.uuid", MAX_NAME_CHARACTERS),
        },
        "assistant_response" => EventKind::AssistantResponse {
            length: attributes.count("response_length"),
            text: told(attributes.text("response")),
            model: model(),
        },
        "api_request" => EventKind::ApiRequest(ApiRequest {
            model: model().unwrap_or_else(|| "unknown".to_owned()),
            tokens: Tokens {
                input: attributes.count("input_tokens").unwrap_or(0),
                output: attributes.count("output_tokens").unwrap_or(0),
                cache_read: attributes.count("cache_read_tokens").unwrap_or(0),
                cache_creation: attributes.count("cache_creation_tokens").unwrap_or(0),
            },
            cost: attributes.cost("cost_usd"),
            duration_ms: attributes.count("duration_ms").unwrap_or(0),
            request_id: attributes.short("request_id", MAX_NAME_CHARACTERS),
            query_source: attributes.short("query_source", MAX_NAME_CHARACTERS),
        }),
        "api_error" => {
            EventKind::ApiError { model: model(), error: error(), status_code: attributes.count("status_code") }
        }
        "api_refusal" => EventKind::ApiRefusal { model: model() },
        "api_retries_exhausted" => EventKind::ApiRetriesExhausted { model: model(), error: error() },
        "tool_result" => EventKind::ToolResult(tool_result(attributes)),
        "tool_decision" => EventKind::ToolDecision {
            tool: tool_name(attributes),
            tool_use_id: attributes.short("tool_use_id", MAX_NAME_CHARACTERS),
            is_accepted: attributes.text("decision") != Some("reject"),
            is_by_user: attributes.text("source").is_some_and(|source| source.starts_with("user")),
        },
        "permission_mode_changed" => EventKind::PermissionModeChanged {
            to: attributes.short("to_mode", MAX_NAME_CHARACTERS).unwrap_or_default(),
        },
        "compaction" => EventKind::Compaction {
            is_manual: attributes.text("trigger") == Some("manual"),
            pre_tokens: attributes.count("pre_tokens"),
            post_tokens: attributes.count("post_tokens"),
        },
        "subagent_completed" => {
            EventKind::SubagentCompleted { agent_type: attributes.short("agent_type", MAX_NAME_CHARACTERS) }
        }
        "at_mention" => EventKind::AtMention { mention_type: attributes.short("mention_type", MAX_NAME_CHARACTERS) },
        other => EventKind::Other { name: crate::values::clip(other, MAX_NAME_CHARACTERS) },
    }
}

fn tool_name(attributes: Attributes<'_>) -> String {
    attributes.short("tool_name", MAX_NAME_CHARACTERS).unwrap_or_else(|| "unknown".to_owned())
}

fn tool_result(attributes: Attributes<'_>) -> ToolResult {
    let tool = tool_name(attributes);
    let error = attributes.short("error", MAX_ERROR_CHARACTERS);
    ToolResult {
        is_success: attributes.flag("success").unwrap_or(error.is_none()),
        tool_use_id: attributes.short("tool_use_id", MAX_NAME_CHARACTERS),
        duration_ms: attributes.count("duration_ms").unwrap_or(0),
        error: error.or_else(|| attributes.short("error_type", MAX_ERROR_CHARACTERS)),
        input_bytes: attributes.count("tool_input_size_bytes"),
        detail: ToolDetail::read(
            &tool,
            attributes.json("tool_input").as_ref(),
            attributes.text("tool_input"),
            attributes.json("tool_parameters").as_ref(),
        ),
        tool,
    }
}

/// The command of a prompt that is one of the few that change the context, where the record does not name it.
pub(crate) fn built_in_command(prompt: &str) -> Option<String> {
    let command = prompt.trim().strip_prefix('/')?.split_whitespace().next()?;
    (super::is_clear(command) || super::is_compact(command)).then(|| command.to_owned())
}
