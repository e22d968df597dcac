//! Watches every request: an id for it, one log line, and its metrics.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tracing::Instrument;

use crate::app::AppState;

/// The header that names the request in the answer; the log has the same id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Label of requests that no route matched, so that scanners cannot grow the metrics.
const UNMATCHED: &str = "unmatched";

/// Logs and counts the request. Neither bodies nor queries nor headers are logged: they hold keys and personal data.
pub(crate) async fn observe<B: MessageBody + 'static>(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let request_id = state.ids.uuid();
    let span = tracing::info_span!("request", id = %request_id);
    let mut result = next.call(request).instrument(span.clone()).await;

    let (route, status) = match &result {
        Ok(response) => (response.request().match_pattern().unwrap_or_else(|| UNMATCHED.to_owned()), response.status()),
        Err(error) => (UNMATCHED.to_owned(), error.as_response_error().status_code()),
    };
    let duration = started.elapsed();
    state.metrics.request_done(method.as_str(), &route, status.as_u16(), duration);
    span.in_scope(|| {
        let duration_ms = duration.as_secs_f64() * 1e3;
        tracing::info!(%method, route, status = status.as_u16(), duration_ms, "request done");
    });
    if let Ok(response) = &mut result {
        let id = HeaderValue::from_str(&request_id.to_string()).expect("a uuid in text is a valid header value");
        response.headers_mut().insert(REQUEST_ID, id);
    }
    result
}
