//! Lifecycle: from a `LifecycleQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod execute;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::nodes::LifecycleQuery;
use crate::source::EventSource;

/// Answers a `LifecycleQuery`.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &LifecycleQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let _ = (query, context, source, control);
    Err(QueryError::unsupported("kind", "LifecycleQuery"))
}
