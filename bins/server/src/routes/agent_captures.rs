//! What coding agents' plugins send besides telemetry: prompts, answers, and whole transcripts.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, post, web};
use agent_sessions::capture::{CapturedPrompt, CapturedResponse};
use agent_sessions::model::{Cost, Tokens};
use agent_sessions::service::Intake;
use agent_sessions::transcript::Transcript;
use chrono::{DateTime, Utc};
use insights_core::problem::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::agent::{AgentAccess, AgentError, InFamily};
use crate::extract::json::{JsonBody, read_body, unsupported_media_type};
use crate::extract::order::{Extracted, afterwards};
use crate::extract::scope::LlmAnalyticsWrite;

/// Content types of transcripts; there is no registered one.
const TRANSCRIPT_TYPES: [&str; 6] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/octet-stream",
    "text/plain",
];

/// A prompt that was sent to an agent. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CapturePrompt)]
struct CapturePromptRequest {
    prompt_text: String,
    /// The agent: `claude-code`, the default, alone.
    source: Option<String>,
    /// The agent's id of the session.
    tool_session_id: String,
    /// The client's id of the capture: the same capture sent again counts once.
    client_event_id: Option<String>,
    /// The folder that the agent works in.
    cwd: Option<String>,
    /// The agent's id of the prompt.
    host_prompt_id: Option<String>,
    /// RFC 3339. Default: now.
    submitted_at: Option<DateTime<Utc>>,
    /// Length of the whole prompt, where the text is cut off.
    original_char_count: Option<u64>,
}

/// A prompt that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CapturedPrompt)]
struct CapturedPromptResponse {
    id: Uuid,
}

/// An answer of an agent. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CaptureAgentResponse)]
struct CaptureResponseRequest {
    /// The agent's id of the session.
    tool_session_id: String,
    response_text: String,
    /// The client's id of the capture: the same capture sent again counts once.
    client_event_id: Option<String>,
    /// What the capture of the prompt was answered.
    prompt_id: Option<Uuid>,
    /// Takes the place of `client_event_id` where that is not given.
    response_operation_id: Option<String>,
    elapsed_ms: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_creation_tokens: Option<u64>,
    model: Option<String>,
    cost_usd: Option<f64>,
}

/// That an answer was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CapturedResponse)]
struct CapturedResponseResponse {
    /// Always `accepted`.
    status: String,
}

/// What became of a transcript.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptUpload)]
struct TranscriptResponse {
    /// The sessions that it tells of.
    sessions: Vec<String>,
    /// Lines that are not empty.
    lines: usize,
    /// Events that are new.
    events: usize,
    /// Lines that cannot be read.
    rejected_lines: usize,
    /// What is wrong with the first of those, 20 at most.
    errors: Vec<WrongLineRow>,
}

/// A line that cannot be read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TranscriptError)]
struct WrongLineRow {
    /// From 1 on.
    line: usize,
    reason: String,
}

impl TranscriptResponse {
    fn new(intake: Intake, transcript: Transcript) -> Self {
        let wrong = transcript.wrong.into_iter().map(|wrong| WrongLineRow { line: wrong.line, reason: wrong.reason });
        Self {
            sessions: intake.sessions.into_iter().collect(),
            lines: transcript.lines,
            events: intake.events,
            rejected_lines: transcript.n_wrong,
            errors: wrong.collect(),
        }
    }
}

/// The text of a transcript, decompressed.
#[derive(Debug)]
struct TranscriptBody(String);

impl FromRequest for TranscriptBody {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        if !content_type.is_empty() && !TRANSCRIPT_TYPES.contains(&content_type.as_str()) {
            let problem = unsupported_media_type(request.content_type());
            return afterwards(request, async move { Err(problem.into()) });
        }
        let body = read_body(request, payload);
        afterwards(request, async move {
            let text = String::from_utf8(body.await?.to_vec());
            let problem =
                || Problem::new(ProblemKind::InvalidRequest, "parse_error", "The transcript is not valid UTF-8.");
            Ok(Self(text.map_err(|_| problem())?))
        })
    }
}

/// Takes a prompt that was sent to an agent. Where telemetry tells of the same prompt it counts once.
#[utoipa::path(tag = "Agent sessions", request_body = CapturePromptRequest, security(("agent_key" = ["llm_analytics:write"])), responses((status = 201, body = CapturedPromptResponse)))]
#[post("/v1/prompts")]
async fn capture_prompt(
    access: AgentAccess<LlmAnalyticsWrite>,
    body: InFamily<JsonBody<CapturePromptRequest>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let body = body.0.0;
    if body.source.as_deref().is_some_and(|source| source != "claude-code") {
        return Err(AgentError::bad_request("source", "It has to be claude-code."));
    }
    let key = access.session(body.tool_session_id);
    let prompt = CapturedPrompt {
        text: body.prompt_text,
        submitted_at: body.submitted_at,
        client_event_id: body.client_event_id,
        host_prompt_id: body.host_prompt_id,
        cwd: body.cwd,
        original_char_count: body.original_char_count,
    };
    let id = blocking(move || state.agent_sessions.capture_prompt(&key, &prompt)).await?;
    Ok(HttpResponse::Created().json(CapturedPromptResponse { id }))
}

/// Takes an answer of an agent. Where telemetry tells of the same session its tokens count once.
#[utoipa::path(tag = "Agent sessions", request_body = CaptureResponseRequest, security(("agent_key" = ["llm_analytics:write"])), responses((status = 202, body = CapturedResponseResponse)))]
#[post("/v1/prompts/response")]
async fn capture_response(
    access: AgentAccess<LlmAnalyticsWrite>,
    body: InFamily<JsonBody<CaptureResponseRequest>>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let body = body.0.0;
    let cost = body
        .cost_usd
        .map(|usd| Cost::from_usd(usd).ok_or_else(|| Problem::invalid("cost_usd", "It has to be 0 or greater.")));
    let counts = [body.input_tokens, body.output_tokens, body.cache_read_tokens, body.cache_creation_tokens];
    let [input, output, cache_read, cache_creation] = counts.map(Option::unwrap_or_default);
    let tokens = Tokens { input, output, cache_read, cache_creation };
    let key = access.session(body.tool_session_id);
    let response = CapturedResponse {
        text: body.response_text,
        client_event_id: body.client_event_id.or(body.response_operation_id),
        prompt_id: body.prompt_id,
        elapsed_ms: body.elapsed_ms,
        tokens: counts.iter().any(Option::is_some).then_some(tokens),
        model: body.model,
        cost: cost.transpose()?,
    };
    blocking(move || state.agent_sessions.capture_response(&key, &response)).await?;
    Ok(HttpResponse::Accepted().json(CapturedResponseResponse { status: "accepted".to_owned() }))
}

/// Takes a transcript as Claude Code keeps it, one JSON object a line; it may be compressed with gzip. What telemetry tells of the same sessions counts
/// once. Lines that cannot be read are told, and the others taken.
#[utoipa::path(tag = "Agent sessions", request_body(content = String, content_type = "application/x-ndjson"), security(("agent_key" = ["llm_analytics:write"])), responses((status = 200, body = TranscriptResponse)))]
#[post("/v1/transcripts")]
async fn upload_transcript(
    access: AgentAccess<LlmAnalyticsWrite>,
    body: InFamily<TranscriptBody>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, AgentError> {
    let (organization, developer) = (access.organization, access.developer);
    let taken = blocking(move || state.agent_sessions.take_transcript(organization, developer, &body.0.0));
    let (intake, transcript) = taken.await?;
    Ok(HttpResponse::Ok().json(TranscriptResponse::new(intake, transcript)))
}

routes![capture_response, capture_prompt, upload_transcript];
