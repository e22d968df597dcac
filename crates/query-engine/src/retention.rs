//! Retention: from a `RetentionQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

mod actors;
pub(crate) mod execute;
pub(crate) mod found;
mod intervals;
mod kernel;
mod planning;
mod roles;
mod shape;
mod tally;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::first_event::first_event;
use crate::nodes::RetentionQuery;
use crate::plan::{Operator, Output, Plan};
use crate::source::EventSource;

pub(crate) use intervals::range;

/// Answers a `RetentionQuery`.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &RetentionQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let first_event = first_event(&query.date_range, context, source, control).await?;
    let range = range(query, context, first_event);
    let rows = intervals::rows(query, range, context)?;
    let planned = intervals::planned(query, &rows, range, context)?;
    let matrix = planning::plan(query, context, planned, rows.len())?;
    let plan = Plan { project: context.project, operator: Operator::Retention(Box::new(matrix)) };
    let Output::Retention(output) = source.run(&plan, control).await? else {
        return Err(QueryError::Source("the answer to retention is not one".into()));
    };
    let results = shape::results(query, &rows, &output);
    Ok(Answer { results, columns: None, types: None, has_more: None, resolved_date_range: Some(range), hogql: None })
}
