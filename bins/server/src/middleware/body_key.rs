//! Finds the personal API key in a JSON body, where PostHog's clients may put it.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError};
use serde::Deserialize;

use crate::extract::json::{is_json, read_body};

/// The key that the body held.
#[derive(Clone, Debug)]
struct BodyKey(String);

#[derive(Debug, Deserialize)]
struct KeyField {
    personal_api_key: Option<String>,
}

/// The key in the body of `request`, as far as [`find_body_key`] found one.
pub(crate) fn body_key(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<BodyKey>().map(|key| key.0.clone())
}

/// Reads the body of a request to the private API that brings no `Authorization` header, keeps the key in it for the extractor that
/// authorises, and puts the body back for the handler. All other requests pass untouched.
pub(crate) async fn find_body_key<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if may_hold_key(&request) {
        let (http_request, payload) = request.parts_mut();
        match read_body(http_request, &mut payload.take()).await {
            Ok(body) => {
                if let Ok(KeyField { personal_api_key: Some(key) }) = serde_json::from_slice(&body) {
                    request.extensions_mut().insert(BodyKey(key));
                }
                request.set_payload(Payload::from(body));
            }
            Err(error) => return Ok(request.into_response(error.error_response()).map_into_right_body()),
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn may_hold_key(request: &ServiceRequest) -> bool {
    request.path().starts_with("/api/")
        && [Method::POST, Method::PATCH, Method::PUT].contains(request.method())
        && !request.headers().contains_key(AUTHORIZATION)
        && is_json(request.request())
}
