//! Webhooks of Recall.ai about the recordings that it keeps. They ask for no key: whoever sends them signs them.

use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, post, web};
use futures::StreamExt;
use insights_core::problem::{Problem, ProblemKind};
use recordings::recall::news::News;
use recordings::recall::signature::SignedHeaders;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;

/// Longest body, in bytes: news are short, and anybody may send some.
const MAX_BODY_BYTES: usize = 256 << 10;

/// Takes news of a recording, signed as Svix signs: `webhook-id`, `webhook-timestamp` and `webhook-signature`, or the same with `svix-`. What nobody here
/// waits for is answered the same way.
#[utoipa::path(tag = "Desktop recordings", request_body(content = Object, content_type = "application/json"), responses((status = 200, description = "Taken"), (status = 400, description = "The body is none of Recall.ai's"), (status = 401, description = "The signature is wrong or old"), (status = 404, description = "No such recording"), (status = 413, description = "The body is too large"), (status = 503, description = "No secret is configured")))]
#[post("/webhooks/recall")]
async fn take_recall_webhook(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let secret = state.webhook_secret.clone().ok_or_else(|| {
        let detail = "The secret of Recall.ai's webhooks is not configured.";
        Problem::new(ProblemKind::Unavailable, "unavailable", detail)
    })?;
    let body = read(payload).await?;
    let sent_at = secret.check(signed_headers(request.headers())?, &body, state.clock.now())?;
    if let Some(news) = News::read(&body, sent_at)? {
        blocking(move || state.recordings.follow(&news)).await?;
    }
    Ok(HttpResponse::Ok().finish())
}

async fn read(mut payload: web::Payload) -> Result<web::BytesMut, ApiError> {
    let mut body = web::BytesMut::new();
    while let Some(part) = payload.next().await {
        let broken =
            |_| Problem::new(ProblemKind::InvalidRequest, "parse_error", "The request body could not be read.");
        let part = part.map_err(broken)?;
        if body.len() + part.len() > MAX_BODY_BYTES {
            return Err(ApiError::too_large(MAX_BODY_BYTES));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn signed_headers(headers: &HeaderMap) -> Result<SignedHeaders<'_>, Problem> {
    let header = |name: &str| {
        let value = headers.get(format!("webhook-{name}")).or_else(|| headers.get(format!("svix-{name}")));
        value.and_then(|value| value.to_str().ok())
    };
    let (Some(id), Some(timestamp), Some(signature)) = (header("id"), header("timestamp"), header("signature")) else {
        return Err(Problem::authentication_failed("The webhook is not signed."));
    };
    Ok(SignedHeaders { id, timestamp, signature })
}

routes![take_recall_webhook];
