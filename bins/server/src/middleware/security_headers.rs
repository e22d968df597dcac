//! Headers that keep browsers from doing more with an answer than it is meant for.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;

/// Answers are data: nothing is to be loaded, run or framed.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Adds the headers, leaving those alone that the handler has set itself (a page sets its own content policy).
pub(crate) async fn security_headers<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let policy = response.headers().get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    // The older header cannot say that anyone may frame a page; where the policy says so, it would be the stricter one.
    let may_be_framed = policy.is_some_and(|policy| policy.contains("frame-ancestors *"));
    let mut add = |name: HeaderName, value: HeaderValue| {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, value);
        }
    };
    add(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !may_be_framed {
        add(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    add(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    add(CONTENT_SECURITY_POLICY, DATA_POLICY);
    Ok(response)
}
