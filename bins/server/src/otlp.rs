//! Taking in what OpenTelemetry's clients send: who sends it, the body within bounds, where it goes, and what is answered.

mod agents;
mod body;
mod budget;
mod refusal;
mod sender;

use std::sync::Arc;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, HttpResponse};
use capture::otlp::answer::{Encoding, Signal};
use capture::otlp::claude_code;
use capture::otlp::error::{OtlpError, Rejected};
use capture::otlp::limits::OtlpLimits;
use capture::otlp::log_request::{LogRequest, read_logs};
use capture::otlp::metric_request::{MetricPoint, MetricRequest, read_metrics};
use capture::otlp::request::{Declared, decompress};
use logs::record::LogRecord;
use logs::store::LogStore;
use tokio::sync::Semaphore;

use self::body::{Body, discard};
use self::budget::Budget;
use self::refusal::Refusal;
use self::sender::Sender;
use crate::app::AppState;
use crate::error::ApiError;

/// Bodies of more bytes than this are read on a thread for blocking work, so that they do not hold others up.
const LARGE_BODY_BYTES: usize = 64 << 10;
/// Bytes of bodies, as sent and decompressed, that are held at once.
const MAX_BYTES_AT_ONCE: usize = 256 << 20;

/// The intake of one server.
#[derive(Debug)]
pub(crate) struct OtlpIntake {
    limits: OtlpLimits,
    budget: Arc<Budget>,
    /// Room for large bodies that are being read: what they hold comes on top of their own bytes.
    reading: Semaphore,
}

impl OtlpIntake {
    /// An intake that reads `concurrency` large bodies at once.
    pub(crate) fn new(concurrency: usize) -> Self {
        Self {
            limits: OtlpLimits::default(),
            budget: Arc::new(Budget::new(MAX_BYTES_AT_ONCE)),
            reading: Semaphore::new(concurrency.max(1)),
        }
    }
}

/// Takes a request that brings logs. When it is answered with 200 they are on disk and in every later answer.
pub(crate) async fn take_logs(request: HttpRequest, payload: Payload, state: web::Data<AppState>) -> HttpResponse {
    take(&request, payload, &state, Signal::Logs).await
}

/// Takes a request that brings metrics. Those of coding agents are kept.
pub(crate) async fn take_metrics(request: HttpRequest, payload: Payload, state: web::Data<AppState>) -> HttpResponse {
    take(&request, payload, &state, Signal::Metrics).await
}

/// Answers that traces are not taken.
pub(crate) fn refuse_traces(request: &HttpRequest) -> HttpResponse {
    Refusal::Traces.into_response(Declared::of(body::content_type(request)).map_or(Encoding::Json, Declared::encoding))
}

async fn take(
    request: &HttpRequest,
    mut payload: Payload,
    state: &web::Data<AppState>,
    signal: Signal,
) -> HttpResponse {
    let declared = Declared::of(body::content_type(request));
    let answered_in = declared.as_ref().map_or(Encoding::Json, |declared| declared.encoding());
    let sender = match sender::find(request, state).await {
        Ok(sender) => sender,
        Err(refusal) => {
            discard(&mut payload, state.otlp.limits.body_bytes).await;
            return refusal.into_response(answered_in);
        }
    };
    let taken = match declared {
        Ok(declared) => take_from(sender, declared, request, payload, state, signal).await,
        Err(error) => {
            discard(&mut payload, state.otlp.limits.body_bytes).await;
            Err(error.into())
        }
    };
    match taken {
        Ok((encoding, rejected)) => {
            HttpResponse::Ok().content_type(encoding.content_type()).body(encoding.success(signal, &rejected))
        }
        Err(refusal) => refusal.into_response(answered_in),
    }
}

async fn take_from(
    sender: Sender,
    declared: Declared,
    request: &HttpRequest,
    payload: Payload,
    state: &web::Data<AppState>,
    signal: Signal,
) -> Result<(Encoding, Rejected), Refusal> {
    let body = body::read(request, payload, &state.otlp).await?;
    match signal {
        Signal::Logs => {
            let read = read(state, body, move |body, limits, now| read_logs(body, declared, limits, now)).await?;
            keep_logs(sender, read, state).await
        }
        Signal::Metrics => {
            let read = read(state, body, move |body, limits, now| read_metrics(body, declared, limits, now)).await?;
            keep_metrics(sender, read, state).await
        }
    }
}

/// Decompresses and reads `body`.
async fn read<T: Send + 'static>(
    state: &web::Data<AppState>,
    body: Body,
    read: impl FnOnce(&[u8], &OtlpLimits, chrono::DateTime<chrono::Utc>) -> Result<T, OtlpError> + Send + 'static,
) -> Result<T, Refusal> {
    let now = state.clock.now();
    let limits = state.otlp.limits;
    let work = move |mut body: Body| {
        let decoded = decompress(&body.bytes, body.content_encoding.as_deref(), &limits)?;
        if matches!(decoded, std::borrow::Cow::Owned(_)) {
            body.held.grow(decoded.len())?;
        }
        Ok::<_, Refusal>(read(&decoded, &limits, now)?)
    };
    if body.bytes.len() <= LARGE_BODY_BYTES {
        return work(body);
    }
    let _room = state.otlp.reading.acquire().await.expect("the semaphore is never closed");
    web::block(move || work(body)).await.map_err(ApiError::from)?
}

async fn keep_logs(
    sender: Sender,
    read: LogRequest,
    state: &web::Data<AppState>,
) -> Result<(Encoding, Rejected), Refusal> {
    let LogRequest { records, rejected, encoding } = read;
    let (project, n_records) = (sender.project(), records.len());
    let events: Vec<&LogRecord> = records.iter().filter(|record| claude_code::is_event(record)).collect();
    // First, since what a session has already it takes no second time: a client that has to send again doubles nothing.
    agents::take_events(&sender, &events, state).await?;
    if !records.is_empty() {
        state.storage.logs.append(project, records).await?;
    }
    state.metrics.logs_taken(n_records, rejected.count());
    if let Some(message) = rejected.message("log records were") {
        tracing::info!(project.id = project.0, "{message}");
    }
    Ok((encoding, rejected))
}

async fn keep_metrics(
    sender: Sender,
    read: MetricRequest,
    state: &web::Data<AppState>,
) -> Result<(Encoding, Rejected), Refusal> {
    let MetricRequest { points, rejected, encoding } = read;
    let n_points = points.len();
    let points: Vec<MetricPoint> = points.into_iter().filter(claude_code::is_metric).collect();
    let n_kept = agents::take_points(&sender, &points, state).await?;
    state.metrics.points_taken(n_kept, n_points - n_kept + rejected.count());
    Ok((encoding, rejected.with_unkept(n_points - n_kept)))
}
