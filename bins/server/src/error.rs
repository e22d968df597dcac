//! The one table from errors to answers: whatever goes wrong leaves the server as `{"type", "code", "detail", "attr"}`.
//!
//! Handlers return [`ApiError`] and use `?`; every domain error has its row here, as a `From` implementation. A cause that a client
//! cannot mend is logged here, once, and answered without its detail.

use std::error::Error;
use std::fmt;

use actix_web::error::BlockingError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use endpoints::service::VersionError;
use insights_core::error::{RepositoryError, ServiceError};
use insights_core::problem::{Problem, ProblemBody, ProblemKind};
use prompts::service::PublishError;
use recordings::uploads::UploadError;
use recordings::video::error::VideoError;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::storage::Unreachable;

/// A failed request: the problem as the client sees it, and what its kind adds to the response's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    problem: Problem,
    head: Head,
    /// What the body tells beyond the problem.
    facts: Map<String, Value>,
}

/// What an error adds to the head of its response.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Head {
    Nothing,
    Allow(String),
    RetryAfter { seconds: u64 },
}

/// The body of an error.
#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(flatten)]
    problem: ProblemBody<'a>,
    #[serde(flatten)]
    facts: &'a Map<String, Value>,
}

impl ApiError {
    /// The 404 for a path that no route has, and for a thing that is not there.
    pub fn not_found() -> Self {
        Problem::not_found().into()
    }

    /// A 405 with its `Allow` header.
    pub fn method_not_allowed(method: &str, allowed: String) -> Self {
        let detail = format!("Method \"{method}\" not allowed.");
        Self {
            problem: Problem::new(ProblemKind::MethodNotAllowed, "method_not_allowed", detail),
            head: Head::Allow(allowed),
            facts: Map::new(),
        }
    }

    /// A 413 that names the limit.
    pub fn too_large(limit_bytes: usize) -> Self {
        let detail = format!("The request body is larger than the limit of {limit_bytes} bytes.");
        Problem::new(ProblemKind::TooLarge, "request_too_large", detail).into()
    }

    /// A 429 with its `Retry-After` header.
    pub fn throttled(retry_after_seconds: u64) -> Self {
        let unit = if retry_after_seconds == 1 { "second" } else { "seconds" };
        let detail = format!("Request was throttled. Expected available in {retry_after_seconds} {unit}.");
        Self {
            problem: Problem::new(ProblemKind::Throttled, "throttled", detail),
            head: Head::RetryAfter { seconds: retry_after_seconds },
            facts: Map::new(),
        }
    }

    /// A 500: `cause` and all its sources go to the log, none of it to the client.
    pub fn internal(cause: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Chain(cause), "request failed");
        Problem::internal().into()
    }

    /// A 503: `cause` and all its sources go to the log, none of it to the client.
    pub fn unavailable(cause: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Chain(cause), "a thing the request needs is unavailable");
        Problem::new(ProblemKind::Unavailable, "unavailable", "The server cannot answer this now. Try again later.")
            .into()
    }

    /// The error whose body tells something more, for programs.
    #[must_use]
    pub(crate) fn with_fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The problem as the client sees it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.kind.status()).expect("every kind of problem has a valid HTTP status")
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.problem.kind == ProblemKind::Unauthenticated {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        match &self.head {
            Head::Nothing => {}
            Head::Allow(methods) => {
                response.insert_header((ALLOW, methods.as_str()));
            }
            Head::RetryAfter { seconds } => {
                response.insert_header((RETRY_AFTER, *seconds));
            }
        }
        response.json(ErrorBody { problem: self.problem.body(), facts: &self.facts })
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem, head: Head::Nothing, facts: Map::new() }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(problem) => problem.into(),
            ServiceError::Repository(error) => error.into(),
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        match &error {
            RepositoryError::Invalid { .. } | RepositoryError::External { .. } => Self::internal(&error),
            RepositoryError::Unavailable { .. } => Self::unavailable(&error),
            RepositoryError::NotFound { .. } | RepositoryError::Conflict { .. } | RepositoryError::Limit { .. } => {
                Problem::from(error).into()
            }
        }
    }
}

impl From<UploadError> for ApiError {
    /// Told to the client too: it is the server's owner who can mend it.
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Store(error) => error.into(),
            error @ UploadError::Recall { .. } => {
                tracing::warn!(error = %error, "no video of a recording can be uploaded");
                Problem::from(error).into()
            }
        }
    }
}

impl From<VersionError> for ApiError {
    fn from(error: VersionError) -> Self {
        match error {
            VersionError::Service(error) => error.into(),
            VersionError::NoVersion { name, wanted, current } => {
                let detail = format!("Version {wanted} not found for endpoint '{name}'");
                let error = Self::from(Problem::new(ProblemKind::NotFound, "not_found", detail));
                error.with_fact("current_version", current)
            }
        }
    }
}

impl From<PublishError> for ApiError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Service(error) => error.into(),
            PublishError::Stale { current_version } => {
                let detail =
                    "The prompt has a newer version than the one this change was made from. Load it and try again.";
                let error = Self::from(Problem::new(ProblemKind::Conflict, "conflict", detail));
                error.with_fact("current_version", current_version)
            }
        }
    }
}

impl From<VideoError> for ApiError {
    fn from(error: VideoError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<Unreachable> for ApiError {
    fn from(error: Unreachable) -> Self {
        Self::unavailable(&error)
    }
}

impl From<BlockingError> for ApiError {
    /// The blocking task panicked or the pool is gone.
    fn from(error: BlockingError) -> Self {
        Self::internal(&error)
    }
}

/// An error and its sources on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
