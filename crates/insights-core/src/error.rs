//! What can go wrong below a route, and the one place that turns it into a [`Problem`].

use std::error::Error as StdError;

use crate::problem::{Problem, ProblemKind};

/// Why a repository could not do what was asked: the same closed set for every adapter.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The thing to change is not there (any more).
    #[error("{what} was not found")]
    NotFound {
        /// Kind of the thing, such as `insight`.
        what: &'static str,
    },
    /// Something that must be unique is there already, or the thing was changed by someone else meanwhile.
    #[error("{what} is in conflict with what is stored")]
    Conflict {
        /// Kind of the thing.
        what: &'static str,
    },
    /// No more of them may be stored.
    #[error("no more than {limit} of {what} are allowed")]
    Limit {
        /// Kind of the thing.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// A value that cannot be stored, or that was stored and cannot be understood.
    #[error("invalid {what}: {message}")]
    Invalid {
        /// Kind of the thing.
        what: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The store cannot be reached or is too busy now; the same call may succeed later.
    #[error("the store is unavailable")]
    Unavailable {
        /// The adapter's own error.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The store failed in any other way.
    #[error("the store failed")]
    External {
        /// The adapter's own error.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// What a repository method gives.
pub type RepositoryResult<T> = Result<T, RepositoryError>;

/// Why a use case ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request breaks a rule; the client is told which.
    #[error("the request was refused: {0}")]
    Refused(Problem),
    /// A repository failed; the client learns no more than the status, so the caller logs this.
    #[error("a repository failed")]
    Repository(#[from] RepositoryError),
}

/// What a use case gives.
pub type ServiceResult<T> = Result<T, ServiceError>;

impl From<Problem> for ServiceError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(problem) => problem,
            ServiceError::Repository(error) => error.into(),
        }
    }
}

impl From<RepositoryError> for Problem {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::NotFound { .. } => Self::not_found(),
            RepositoryError::Conflict { what } => Self::new(
                ProblemKind::Conflict,
                "conflict",
                format!("The {what} was changed or made by another request."),
            ),
            RepositoryError::Limit { what, limit } => Self::new(
                ProblemKind::Validation,
                "invalid_input",
                format!("No more than {limit} of {what} are allowed."),
            ),
            RepositoryError::Unavailable { .. } => {
                Self::new(ProblemKind::Unavailable, "unavailable", "The service is unavailable at the moment.")
            }
            RepositoryError::Invalid { .. } | RepositoryError::External { .. } => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: RepositoryError, status: u16, code: &str) {
        let problem = Problem::from(ServiceError::from(error));
        assert_eq!((problem.kind.status(), problem.code), (status, code));
    }

    #[test]
    fn each_repository_error_has_its_status() {
        let cause = || Box::from("cause");
        check(RepositoryError::NotFound { what: "insight" }, 404, "not_found");
        check(RepositoryError::Conflict { what: "insight" }, 409, "conflict");
        check(RepositoryError::Limit { what: "keys", limit: 10 }, 400, "invalid_input");
        check(RepositoryError::Invalid { what: "row", message: "no".to_owned() }, 500, "error");
        check(RepositoryError::Unavailable { source: cause() }, 503, "unavailable");
        check(RepositoryError::External { source: cause() }, 500, "error");
    }

    #[test]
    fn the_cause_of_a_failure_stays_in_the_log() {
        let error = RepositoryError::External { source: Box::from("password=hunter2") };
        assert!(!Problem::from(error).detail.contains("hunter2"));
    }
}
