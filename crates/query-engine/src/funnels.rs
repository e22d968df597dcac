//! Funnels: from a `FunnelsQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

mod actors;
mod attribution;
pub(crate) mod execute;
pub(crate) mod found;
pub(crate) mod kernel;
mod marks;
mod planning;
mod rates;
mod shape;
mod tally;
pub(crate) mod values;

pub(crate) use self::shape::OTHER;
use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::dates::QueryDates;
use crate::error::QueryError;
use crate::first_event::resolve_dates;
use crate::nodes::{FunnelVisual, FunnelsQuery};
use crate::plan::sequence::{SequenceMatch, SequenceOutput};
use crate::plan::{Operator, Output, Plan};
use crate::source::EventSource;

/// Its plan, for those who ask when actors took its steps: without the buckets that rates have.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(crate) fn plan(
    query: &FunnelsQuery,
    context: &QueryContext,
    dates: &QueryDates,
) -> Result<SequenceMatch, QueryError> {
    planning::plan(query, context, dates, None)
}

/// Answers a `FunnelsQuery`.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &FunnelsQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let dates = resolve_dates(&query.date_range, query.interval, context, source, control).await?;
    let is_over_time = query.funnels.visual == FunnelVisual::Trends;
    let buckets = is_over_time.then(|| dates.buckets()).transpose()?;
    let sequence = planning::plan(query, context, &dates, buckets.as_ref())?;
    let plan = Plan { project: context.project, operator: Operator::Sequence(sequence) };
    let results = match (source.run(&plan, control).await?, &buckets) {
        (Output::Sequence(SequenceOutput::Steps(steps)), _) => shape::steps(query, context, steps),
        (Output::Sequence(SequenceOutput::Rates(rates)), Some(buckets)) => {
            shape::rates(query, context, buckets, &rates)
        }
        (Output::Sequence(SequenceOutput::Durations(durations)), _) => shape::durations(&durations),
        _ => return Err(QueryError::Source("the answer to a funnel is not one".into())),
    };
    Ok(Answer {
        results,
        columns: None,
        types: None,
        has_more: None,
        resolved_date_range: Some(dates.range),
        hogql: None,
    })
}
