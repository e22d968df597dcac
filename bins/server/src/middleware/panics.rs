//! A handler that panics is a fault of ours: logged, and answered with a 500 that tells nothing of it.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use futures::FutureExt;
use insights_core::problem::Problem;

use crate::error::ApiError;

/// Turns a panic into an error of this request alone.
pub(crate) async fn catch_panics<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    // What a panicking handler leaves behind is its own request, which is dropped; what it shares with others stands behind locks.
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(message = panic_message(panic.as_ref()), "a request handler panicked");
        Err(ApiError::from(Problem::internal()).into())
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown panic")
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    use super::*;

    async fn panics() -> HttpResponse {
        panic!("a secret detail")
    }

    #[actix_web::test]
    async fn a_panic_is_a_500_without_its_detail() {
        let app = App::new().route("/", web::get().to(panics)).wrap(from_fn(catch_panics));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/").to_request();
        let error = test::try_call_service(&app, request).await.expect_err("the handler panicked");
        let response = error.error_response();
        assert_eq!(response.status(), 500);
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap_or_default();
        let expected = r#"{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}"#;
        assert_eq!(body, expected);
    }
}
