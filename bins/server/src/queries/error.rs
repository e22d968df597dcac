//! Why a request for an answer fails, and the one table from that to what the client sees.

use std::sync::Arc;

use insights_core::problem::{Problem, ProblemKind};
use insights_core::scopes::Scope;
use query_engine::error::QueryError;

use super::rights::missing_scope;
use crate::error::ApiError;

/// What a refused client is asked to wait, in seconds: about as long as a queue takes to drain.
const RETRY_AFTER_SECONDS: u64 = 5;

/// Why an execution gave no answer. Cheap to clone: every caller of a coalesced execution gets it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryFailure {
    /// The engine refused the query or failed.
    #[error("the engine gave no answer")]
    Engine(#[source] Arc<QueryError>),
    /// Too many queries wait already.
    #[error("too many queries are waiting")]
    Overloaded,
    /// The engine panicked; the log has the message.
    #[error("the engine crashed")]
    Crashed,
    /// The query reads what the key may not.
    #[error("the query wants the scope {0}")]
    Forbidden(Scope),
    /// The query cannot be read: the error is of its form, before anything has run.
    #[error("the query cannot be read")]
    Malformed(#[source] Arc<QueryError>),
}

impl QueryFailure {
    /// A query that cannot be read.
    pub fn malformed(error: QueryError) -> Self {
        Self::Malformed(Arc::new(error))
    }

    /// Whether the client is told what was wrong: answers below 500.
    pub fn is_users_fault(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_users_fault(),
            Self::Overloaded | Self::Malformed(_) | Self::Forbidden(_) => true,
            Self::Crashed => false,
        }
    }

    /// Whether what is wrong is in the query itself, so that asking it again would fail again.
    pub(crate) fn is_in_the_query(&self) -> bool {
        self.is_users_fault() && !matches!(self, Self::Overloaded)
    }

    /// Whether the caller's own query was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Engine(error) if matches!(**error, QueryError::Cancelled))
    }

    /// The message that a client may see; `None` where the cause is for the log alone.
    pub fn public_message(&self) -> Option<String> {
        match self {
            Self::Overloaded => Some("concurrency_limit_exceeded".to_owned()),
            Self::Engine(error) | Self::Malformed(error) => error.is_users_fault().then(|| detail(error)),
            Self::Forbidden(_) => Some(self.problem().detail),
            Self::Crashed => None,
        }
    }

    /// What the client sees.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Malformed(error) => Problem::new(ProblemKind::InvalidRequest, "parse_error", detail(error)),
            Self::Engine(error) => engine_problem(error),
            Self::Overloaded => {
                Problem::new(ProblemKind::Throttled, "throttled", "Too many queries are waiting. Try again later.")
            }
            Self::Forbidden(scope) => missing_scope(*scope),
            Self::Crashed => Problem::internal(),
        }
    }
}

impl From<QueryError> for QueryFailure {
    fn from(error: QueryError) -> Self {
        Self::Engine(Arc::new(error))
    }
}

impl From<QueryFailure> for ApiError {
    fn from(failure: QueryFailure) -> Self {
        match &failure {
            QueryFailure::Overloaded => Self::throttled(RETRY_AFTER_SECONDS),
            QueryFailure::Engine(error) if !error.is_users_fault() => Self::internal(&**error),
            _ => failure.problem().into(),
        }
    }
}

fn engine_problem(error: &QueryError) -> Problem {
    let (code, attr) = match error {
        QueryError::Invalid { .. } | QueryError::Unsupported { .. } => {
            let field = error.field();
            ("invalid_input", (!field.is_empty()).then(|| format!("query__{field}")))
        }
        QueryError::Cancelled => ("query_cancelled", None),
        QueryError::TimeLimit { .. } => ("time_limit_exceeded", None),
        QueryError::MemoryLimit { .. } => ("memory_limit_exceeded", None),
        QueryError::Source(_) => return Problem::internal(),
    };
    Problem { kind: ProblemKind::Validation, code, detail: detail(error), attr }
}

/// The engine's message as a sentence, so that it reads like the other details that clients see.
fn detail(error: &QueryError) -> String {
    match error {
        // A path is quoted as it stands in the query.
        QueryError::Invalid { .. } | QueryError::Unsupported { .. } => {
            error.to_string().trim_start_matches(": ").to_owned()
        }
        _ => {
            let message = error.to_string();
            let mut letters = message.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            format!("{}{}.", first.unwrap_or_default(), letters.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(failure: impl Into<QueryFailure>, expected: &str) {
        let problem = failure.into().problem();
        let attr = problem.attr.as_deref().unwrap_or("-");
        assert_eq!(format!("{} {} {attr} {}", problem.kind.status(), problem.code, problem.detail), expected);
    }

    #[test]
    fn each_failure_has_its_row() {
        check(
            QueryError::invalid("series[0].math", "x is no aggregation"),
            "400 invalid_input query__series__0__math series[0].math: x is no aggregation",
        );
        check(QueryError::invalid("", "no series"), "400 invalid_input - no series");
        check(
            QueryError::unsupported("kind", "PathsQuery"),
            "400 invalid_input query__kind kind: PathsQuery is not supported",
        );
        check(QueryFailure::malformed(QueryError::invalid("kind", "missing")), "400 parse_error - kind: missing");
        check(QueryError::Cancelled, "400 query_cancelled - The query was cancelled.");
        check(
            QueryError::TimeLimit { limit: Duration::from_secs(2) },
            "400 time_limit_exceeded - The query took longer than its limit of 2 s; narrow the date range or add filters.",
        );
        check(QueryError::Source("disk".into()), "500 error - A server error occurred.");
        check(QueryFailure::Overloaded, "429 throttled - Too many queries are waiting. Try again later.");
    }
}
