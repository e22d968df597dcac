//! Bodies as they come, within bounds.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::web::{BytesMut, Payload};
use capture::error::CaptureError;
use capture::otlp::error::OtlpError;
use futures::StreamExt;

use super::OtlpIntake;
use super::budget::Held;
use super::refusal::Refusal;

/// A body, with what it takes of the memory for bodies.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: BytesMut,
    pub(super) content_encoding: Option<String>,
    pub(super) held: Held,
}

pub(super) fn content_type(request: &HttpRequest) -> Option<&str> {
    header(request, &CONTENT_TYPE)
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Reads a body. What is too large is refused; what of it is under way is read to its end where that does not take long, so that the
/// client hears the answer instead of a broken connection.
pub(super) async fn read(request: &HttpRequest, mut payload: Payload, intake: &OtlpIntake) -> Result<Body, Refusal> {
    let limit_bytes = intake.limits.body_bytes;
    let announced: usize = header(request, &CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut held = Held::none(&intake.budget);
    let mut bytes = BytesMut::with_capacity(announced.min(1 << 20));
    let mut refused: Option<Refusal> = None;
    if announced > limit_bytes {
        refused = Some(too_large(limit_bytes));
    }
    while refused.is_none() {
        let Some(chunk) = payload.next().await else { break };
        let chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
        if bytes.len() + chunk.len() > limit_bytes {
            refused = Some(too_large(limit_bytes));
        } else if let Err(exhausted) = held.grow(chunk.len()) {
            refused = Some(exhausted.into());
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if let Some(refusal) = refused {
        drop((bytes, held));
        discard(&mut payload, limit_bytes).await;
        return Err(refusal);
    }
    Ok(Body { bytes, content_encoding: header(request, &CONTENT_ENCODING).map(str::to_owned), held })
}

/// Reads what comes, at most so many bytes, and keeps nothing of it.
pub(super) async fn discard(payload: &mut Payload, most_bytes: usize) {
    let mut n_bytes = 0;
    while let Some(Ok(chunk)) = payload.next().await {
        n_bytes += chunk.len();
        if n_bytes > most_bytes {
            return;
        }
    }
}

fn too_large(limit_bytes: usize) -> Refusal {
    OtlpError::from(CaptureError::TooLarge { limit_bytes }).into()
}
