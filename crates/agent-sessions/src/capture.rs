//! Prompts and answers that a plugin captures, besides telemetry.

use chrono::{DateTime, Utc};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use uuid::Uuid;

use crate::event::{ApiRequest, EventKind, EventSource, TelemetryEvent, built_in_command, told};
use crate::model::{Cost, MAX_SESSION_ID_BYTES, Origin, SessionKey, Tokens};

/// Longest text of a prompt or answer that is taken, in characters.
pub const MAX_TEXT_CHARACTERS: usize = 200_000;

/// Longest id, path or name that a client gives, in characters.
const MAX_ID_CHARACTERS: usize = 1000;

/// A prompt that was sent to an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapturedPrompt {
    /// Its text.
    pub text: String,
    /// When it was sent.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The client's id of the capture: the same capture sent again counts once.
    pub client_event_id: Option<String>,
    /// The agent's id of the prompt, `prompt.id` of its telemetry.
    pub host_prompt_id: Option<String>,
    /// The folder that the agent works in.
    pub cwd: Option<String>,
    /// Length of the whole prompt, where `text` is cut off.
    pub original_char_count: Option<u64>,
}

/// An answer of an agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CapturedResponse {
    /// Its text.
    pub text: String,
    /// The client's id of the capture.
    pub client_event_id: Option<String>,
    /// What the capture of the prompt was answered.
    pub prompt_id: Option<Uuid>,
    /// How long it took.
    pub elapsed_ms: Option<u64>,
    /// What the model read and wrote.
    pub tokens: Option<Tokens>,
    /// The model.
    pub model: Option<String>,
    /// What it cost.
    pub cost: Option<Cost>,
}

/// Checks the id of a session that a client gives.
///
/// # Errors
/// A refusal that names `attr`.
pub fn check_session_id(attr: &str, id: &str) -> Result<(), Problem> {
    if id.is_empty() {
        return Err(Problem::blank(attr));
    }
    check_length(attr, id, MAX_SESSION_ID_BYTES)?;
    if id.len() > MAX_SESSION_ID_BYTES { Err(Problem::too_long(attr, MAX_SESSION_ID_BYTES)) } else { Ok(()) }
}

fn check_id(attr: &str, id: Option<&str>) -> Result<(), Problem> {
    id.map_or(Ok(()), |id| check_length(attr, id, MAX_ID_CHARACTERS))
}

fn check_text(attr: &str, text: &str) -> Result<(), Problem> {
    if text.is_empty() {
        return Err(Problem::blank(attr));
    }
    if text.chars().count() > MAX_TEXT_CHARACTERS { Err(Problem::too_long(attr, MAX_TEXT_CHARACTERS)) } else { Ok(()) }
}

/// The same for the same capture: made of the client's id of it, `fresh` where there is none.
fn capture_id(key: &SessionKey, what: &str, client_event_id: Option<&str>, fresh: Uuid) -> Uuid {
    client_event_id.map_or(fresh, |id| {
        Uuid::new_v5(&key.organization.0, format!("{}/{}/{what}/{id}", key.developer, key.session_id).as_bytes())
    })
}

/// The event of a captured prompt, and its id.
///
/// # Errors
/// A refusal that names the field at fault.
pub fn prompt_event(
    key: &SessionKey,
    prompt: &CapturedPrompt,
    now: DateTime<Utc>,
    fresh: Uuid,
) -> Result<(Uuid, TelemetryEvent), Problem> {
    check_session_id("tool_session_id", &key.session_id)?;
    check_text("prompt_text", &prompt.text)?;
    check_id("client_event_id", prompt.client_event_id.as_deref())?;
    check_id("host_prompt_id", prompt.host_prompt_id.as_deref())?;
    check_id("cwd", prompt.cwd.as_deref())?;
    let id = capture_id(key, "prompt", prompt.client_event_id.as_deref(), fresh);
    let n_characters = u64::try_from(prompt.text.chars().count()).ok();
    let event = TelemetryEvent {
        session_id: key.session_id.clone(),
        time: insights_core::time::to_microseconds(prompt.submitted_at.unwrap_or(now)),
        sequence: None,
        prompt_id: Some(prompt.host_prompt_id.clone().unwrap_or_else(|| id.to_string())),
        line_id: Some(id.to_string()),
        source: EventSource::Capture,
        origin: Origin { cwd: prompt.cwd.clone().filter(|cwd| !cwd.is_empty()), ..Origin::default() },
        kind: EventKind::UserPrompt {
            length: prompt.original_char_count.or(n_characters),
            text: told(Some(&prompt.text)),
            command: built_in_command(&prompt.text),
            message_id: Some(id.to_string()),
        },
    };
    Ok((id, event))
}

/// The events of a captured answer: the answer, and a request where tokens are told.
///
/// # Errors
/// A refusal that names the field at fault.
pub fn response_events(
    key: &SessionKey,
    response: &CapturedResponse,
    now: DateTime<Utc>,
    fresh: Uuid,
) -> Result<Vec<TelemetryEvent>, Problem> {
    check_session_id("tool_session_id", &key.session_id)?;
    check_text("response_text", &response.text)?;
    check_id("client_event_id", response.client_event_id.as_deref())?;
    check_id("model", response.model.as_deref())?;
    let id = capture_id(key, "response", response.client_event_id.as_deref(), fresh);
    let event = |kind| TelemetryEvent {
        session_id: key.session_id.clone(),
        time: now,
        sequence: None,
        prompt_id: None,
        line_id: Some(id.to_string()),
        source: EventSource::Capture,
        origin: Origin::default(),
        kind,
    };
    let mut events = vec![event(EventKind::AssistantResponse {
        length: u64::try_from(response.text.chars().count()).ok(),
        text: told(Some(&response.text)),
        model: response.model.clone(),
    })];
    if let Some(tokens) = response.tokens {
        events.push(event(EventKind::ApiRequest(ApiRequest {
            model: response.model.clone().unwrap_or_else(|| "unknown".to_owned()),
            tokens,
            cost: response.cost,
            duration_ms: response.elapsed_ms.unwrap_or(0),
            request_id: None,
            query_source: None,
        })));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use insights_core::ids::OrganizationId;
    use test_support::builders::at;

    use super::*;
    use crate::model::DeveloperId;

    fn key(session_id: &str) -> SessionKey {
        let (organization, developer) = (OrganizationId(Uuid::from_u128(1)), DeveloperId(Uuid::from_u128(2)));
        SessionKey { organization, developer, session_id: session_id.to_owned() }
    }

    #[test]
    fn the_same_capture_is_the_same_event() {
        let prompt = CapturedPrompt {
            text: "Fix it".to_owned(),
            client_event_id: Some("e1".to_owned()),
            submitted_at: Some(at(0)),
            ..CapturedPrompt::default()
        };
        let make =
            |prompt: &CapturedPrompt, fresh| prompt_event(&key("s"), prompt, at(9), Uuid::from_u128(fresh)).unwrap();
        assert_eq!(make(&prompt, 1), make(&prompt, 2));
        let other = CapturedPrompt { client_event_id: None, ..prompt };
        assert_ne!(make(&other, 1).0, make(&other, 2).0);
    }

    #[test]
    fn wrong_captures_are_refused_by_field() {
        let refused = |session: &str, text: &str| {
            prompt_event(
                &key(session),
                &CapturedPrompt { text: text.to_owned(), ..CapturedPrompt::default() },
                at(0),
                Uuid::nil(),
            )
            .unwrap_err()
            .attr
        };
        assert_eq!(refused("", "x").as_deref(), Some("tool_session_id"));
        assert_eq!(refused(&"x".repeat(201), "x").as_deref(), Some("tool_session_id"));
        assert_eq!(refused("s", "").as_deref(), Some("prompt_text"));
        let empty = response_events(&key("s"), &CapturedResponse::default(), at(0), Uuid::nil());
        assert_eq!(empty.unwrap_err().attr.as_deref(), Some("response_text"));
    }

    #[test]
    fn an_answer_with_tokens_is_a_request_too() {
        let tokens = Some(Tokens { input: 1, ..Tokens::default() });
        let response = CapturedResponse { text: "Done".to_owned(), tokens, ..CapturedResponse::default() };
        let names: Vec<String> = response_events(&key("s"), &response, at(0), Uuid::nil())
            .unwrap()
            .iter()
            .map(|event| event.name().to_owned())
            .collect();
        assert_eq!(names, ["assistant_response", "api_request"]);
    }
}
