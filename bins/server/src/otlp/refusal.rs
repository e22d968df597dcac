//! Why a request is refused, as OpenTelemetry's clients are told.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use capture::otlp::answer::{Encoding, FailureCode};
use capture::otlp::error::OtlpError;
use logs::store::LogStoreError;

use super::budget::Exhausted;
use crate::error::{ApiError, Chain};

/// When a client may try again.
const RETRY_AFTER_SECONDS: u64 = 5;

/// Why a request is refused. The texts are what clients see.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("No token provided")]
    NoToken,
    #[error("Invalid token")]
    InvalidToken,
    #[error("Traces are not taken. Send logs to /v1/logs and metrics to /v1/metrics.")]
    Traces,
    #[error("The request broke off.")]
    BrokenOff,
    #[error("Too much is sent at once. Try again later.")]
    Exhausted,
    #[error(transparent)]
    Request(#[from] OtlpError),
    #[error("Logs cannot be stored now. Try again later.")]
    Unavailable,
    #[error("{0}")]
    TooLarge(LogStoreError),
    #[error("{}", .0.problem().detail)]
    Server(#[from] ApiError),
}

impl From<Exhausted> for Refusal {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl From<LogStoreError> for Refusal {
    fn from(error: LogStoreError) -> Self {
        match error {
            error @ LogStoreError::TooLarge { .. } => Self::TooLarge(error),
            error @ LogStoreError::Unavailable(_) => {
                tracing::error!(error = %Chain(&error), "logs could not be stored");
                Self::Unavailable
            }
        }
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::Traces => StatusCode::NOT_FOUND,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
            Self::Exhausted => StatusCode::TOO_MANY_REQUESTS,
            Self::Request(error) => {
                StatusCode::from_u16(error.kind().status()).expect("every kind of problem has a valid HTTP status")
            }
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Server(error) => error.status_code(),
        }
    }

    /// The answer, in that encoding.
    pub(super) fn into_response(self, encoding: Encoding) -> HttpResponse {
        let status = self.status();
        let mut response = HttpResponse::build(status);
        match status {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        let body = encoding.failure(FailureCode::of_status(status.as_u16()), &self.to_string());
        response.content_type(encoding.content_type()).body(body)
    }
}

#[cfg(test)]
mod tests {
    use insights_core::problem::Problem;

    use super::*;

    #[track_caller]
    fn check(refusal: impl Fn() -> Refusal, status: u16, code: u8, retry_after: Option<&str>) {
        for encoding in [Encoding::Json, Encoding::Protobuf] {
            let response = refusal().into_response(encoding);
            let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!((response.status().as_u16(), header("retry-after").as_deref()), (status, retry_after));
            assert_eq!(header("content-type").as_deref(), Some(encoding.content_type()));
            assert_eq!(header("www-authenticate").is_some(), status == 401);
        }
        let message = refusal().to_string();
        let body = Encoding::Protobuf.failure(FailureCode::of_status(status), &message);
        assert_eq!(body[..2], [0x08, code], "{message}");
    }

    #[test]
    fn clients_are_told_when_to_send_again_and_when_not() {
        let unavailable = || LogStoreError::Unavailable("the disk is full".into()).into();
        check(unavailable, 503, 14, Some("5"));
        check(|| Exhausted.into(), 429, 8, Some("5"));
        check(|| LogStoreError::TooLarge { n_bytes: 2, limit_bytes: 1 }.into(), 413, 8, None);
        check(|| Refusal::InvalidToken, 401, 16, None);
        check(|| Refusal::BrokenOff, 400, 3, None);
        check(|| Refusal::Traces, 404, 5, None);
        check(|| ApiError::from(Problem::permission_denied("no")).into(), 403, 7, None);
        check(|| ApiError::from(Problem::internal()).into(), 500, 13, None);
        assert!(!Refusal::from(LogStoreError::Unavailable("secret".into())).to_string().contains("secret"));
    }
}
