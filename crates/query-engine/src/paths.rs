//! Paths: from a `PathsQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod execute;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::nodes::PathsQuery;
use crate::source::EventSource;

/// Answers a `PathsQuery`.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &PathsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let _ = (query, context, source, control);
    Err(QueryError::unsupported("kind", "PathsQuery"))
}
