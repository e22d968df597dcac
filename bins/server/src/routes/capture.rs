//! Events from the SDKs: `/batch` and its older names.
//!
//! All of them take the same bodies and answer the same way: 200 `{"status": 1}` when the good events are on disk and in every later
//! query, errors as plain text. Browsers may ask from any page.

mod body;

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError, route, web};
use capture::error::CaptureError;
use capture::limits::Limits;
use capture::parse::{CaptureBatch, RejectedEvent, parse_capture};
use capture::request::CaptureRequest;
use capture::sink::{Appended, EventSink, SinkError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::body::read_capture_body;
use super::routes;
use crate::app::AppState;
use crate::error::{ApiError, Chain};

/// Bodies of more bytes than this are read on a thread for blocking work, so that they do not hold others up.
const LARGE_BODY_BYTES: usize = 64 << 10;
/// When a client may try again after a 503.
const RETRY_AFTER_SECONDS: u64 = 5;

/// Parameters that change the answer. What the events depend on is read with the body.
#[derive(Debug, Deserialize)]
struct AnswerParams {
    /// `1`: 204 without a body, for `navigator.sendBeacon`.
    beacon: Option<String>,
    /// `1`: say what became of the events.
    verbose: Option<String>,
}

/// That the good events are stored. The counts are there where `verbose=1` asks for them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaptureResponse {
    /// Always 1.
    status: u8,
    /// Events that are new.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<usize>,
    /// Events that the project had already.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates: Option<usize>,
    /// Events that were refused while the others were taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<Vec<RejectedResponse>>,
}

/// An event that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RejectedEvent)]
pub(crate) struct RejectedResponse {
    /// Its position in the request, from 0.
    index: usize,
    /// What is wrong with it.
    reason: String,
}

/// Why events were not stored.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Request(#[from] CaptureError),
    #[error("API key is not valid: unknown")]
    UnknownToken,
    #[error("the request broke off")]
    BrokenOff,
    #[error("try again later")]
    Unavailable(#[source] SinkError),
    #[error("{0}")]
    Server(ApiError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Request(error) => {
                StatusCode::from_u16(error.kind().status()).expect("every kind of problem has a valid HTTP status")
            }
            Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Server(error) => error.status_code(),
        }
    }

    fn into_response(self) -> HttpResponse {
        if let Self::Unavailable(error) = &self {
            tracing::error!(error = %Chain(error), "captured events could not be stored");
        }
        let mut response = HttpResponse::build(self.status());
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
        }
        response.content_type("text/plain; charset=utf-8").body(self.to_string())
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Server(error)
    }
}

/// Registers one of the paths that events are sent to.
macro_rules! capture_route {
    ($name:ident, $path:literal, $default_event:expr, $doc:literal) => {
        #[doc = $doc]
        #[utoipa::path(
            post,
            path = $path,
            tag = "Capture",
            params(
                ("compression" = Option<String>, Query, description = "`gzip`, `gzip-js`, `base64` or `lz64`; gzip is recognised without"),
                ("beacon" = Option<String>, Query, description = "`1`: answer 204 without a body"),
                ("verbose" = Option<String>, Query, description = "`1`: say in the answer what became of the events"),
            ),
            responses(
                (status = 200, description = "The good events are on disk and in every later query", body = CaptureResponse),
                (status = 204, description = "The same, to a beacon"),
                (status = 400, description = "No event could be read, as text", body = String, content_type = "text/plain"),
                (status = 401, description = "The token is missing or no project's, as text", body = String, content_type = "text/plain"),
                (status = 413, description = "The request is too large, as text", body = String, content_type = "text/plain"),
                (status = 503, description = "The events cannot be stored now, as text", body = String, content_type = "text/plain"),
            )
        )]
        #[route($path, method = "POST", method = "GET", method = "OPTIONS", wrap = "open_to_all_pages()")]
        async fn $name(request: HttpRequest, payload: web::Payload, state: web::Data<AppState>) -> HttpResponse {
            capture(request, payload, state, $default_event).await
        }
    };
}

capture_route!(capture_batch, "/batch", None, "Takes a batch of events.");
capture_route!(capture_event, "/capture", None, "Takes an event, a list of events or a batch.");
capture_route!(capture_e, "/e", None, "Takes an event, a list of events or a batch, from browsers.");
capture_route!(capture_i_v0_e, "/i/v0/e", None, "Takes an event, a list of events or a batch, from newer SDKs.");
capture_route!(capture_track, "/track", None, "Takes an event, a list of events or a batch, from older SDKs.");
capture_route!(
    capture_engage,
    "/engage",
    Some("$identify"),
    "Takes properties of persons, from older SDKs: events without a name."
);

routes![capture_batch, capture_event, capture_e, capture_i_v0_e, capture_track, capture_engage];

/// Lets scripts of any page ask and read the answer: the token is public.
pub(super) fn open_to_all_pages() -> Cors {
    Cors::default().allow_any_origin().allow_any_method().allow_any_header().supports_credentials().max_age(86_400)
}

async fn capture(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<AppState>,
    default_event: Option<&'static str>,
) -> HttpResponse {
    let params = web::Query::<AnswerParams>::from_query(request.query_string()).map(web::Query::into_inner);
    let params = params.unwrap_or(AnswerParams { beacon: None, verbose: None });
    match store(&request, payload, &state, default_event).await {
        Ok(_) if params.beacon.as_deref() == Some("1") => HttpResponse::NoContent().finish(),
        Ok((appended, rejected)) => {
            let verbose = params.verbose.as_deref() == Some("1");
            HttpResponse::Ok().json(CaptureResponse::new(appended, &rejected, verbose))
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn store(
    request: &HttpRequest,
    payload: web::Payload,
    state: &web::Data<AppState>,
    default_event: Option<&'static str>,
) -> Result<(Appended, Vec<RejectedEvent>), Refusal> {
    let limits = Limits::default();
    let body = read_capture_body(request, payload, limits.request_bytes).await?;
    let batch = if body.len() > LARGE_BODY_BYTES {
        let (state, request) = (state.clone(), Head::of(request));
        let parse = move || parse(&state, &request, &body, &limits, default_event);
        web::block(parse).await.map_err(ApiError::from)??
    } else {
        parse(state, &Head::of(request), &body, &limits, default_event)?
    };
    let project = state.project_tokens.find(&batch.token).await?.ok_or(Refusal::UnknownToken)?;
    let events = Arc::clone(&state.storage.events);
    let appended = events.append(project, batch.events).await.map_err(Refusal::Unavailable)?;
    state.metrics.events_captured(appended.accepted, appended.duplicates);
    if !batch.rejected.is_empty() {
        tracing::info!(project.id = project.0, rejected = batch.rejected.len(), "some events of a batch were refused");
    }
    Ok((appended, batch.rejected))
}

/// What of a request's head the events depend on, owned, so that it may go to another thread.
#[derive(Debug)]
struct Head {
    content_type: Option<String>,
    content_encoding: Option<String>,
    query: String,
}

impl Head {
    fn of(request: &HttpRequest) -> Self {
        let header = |name: HeaderName| request.headers().get(name)?.to_str().ok().map(str::to_owned);
        Self {
            content_type: header(CONTENT_TYPE),
            content_encoding: header(CONTENT_ENCODING),
            query: request.query_string().to_owned(),
        }
    }
}

fn parse(
    state: &AppState,
    head: &Head,
    body: &[u8],
    limits: &Limits,
    default_event: Option<&str>,
) -> Result<CaptureBatch, CaptureError> {
    let request = CaptureRequest {
        content_type: head.content_type.as_deref(),
        content_encoding: head.content_encoding.as_deref(),
        query: &head.query,
        default_event,
        now: state.clock.now(),
    };
    parse_capture(body, &request, limits, &*state.ids)
}

impl CaptureResponse {
    fn new(appended: Appended, rejected: &[RejectedEvent], verbose: bool) -> Self {
        let rejected = rejected
            .iter()
            .map(|rejected| RejectedResponse { index: rejected.index, reason: rejected.reason.to_string() });
        Self {
            status: 1,
            accepted: verbose.then_some(appended.accepted),
            duplicates: verbose.then_some(appended.duplicates),
            rejected: verbose.then(|| rejected.collect()),
        }
    }
}
