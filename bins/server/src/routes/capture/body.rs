//! The body of a capture request, as it came: capture undoes encodings itself, as clients name them wrongly.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{BytesMut, Payload};
use capture::error::CaptureError;
use futures::StreamExt;

use super::Refusal;

/// Reads at most `limit_bytes`. What is larger is refused, and what of it is under way is read to its end where that does not take long,
/// so that the client hears the answer instead of a broken connection.
pub(super) async fn read_capture_body(
    request: &HttpRequest,
    mut payload: Payload,
    limit_bytes: usize,
) -> Result<BytesMut, Refusal> {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(limit_bytes));
    let mut received = 0_usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::BrokenOff)?;
        received += chunk.len();
        if received <= limit_bytes {
            body.extend_from_slice(&chunk);
        } else if received > limit_bytes.saturating_mul(2) {
            break;
        } else {
            body.clear();
        }
    }
    if received > limit_bytes { Err(CaptureError::TooLarge { limit_bytes }.into()) } else { Ok(body) }
}
