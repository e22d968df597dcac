//! Lifecycle: from a `LifecycleQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod execute;
mod planning;
mod shape;

use crate::actors::interval_of;
use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::first_event::resolve_dates_of;
use crate::nodes::{Day, LifecycleQuery};
use crate::plan::actors::{Behind, LifecyclePart};
use crate::plan::lifecycle::LifecycleState;
use crate::plan::{Operator, Output};
use crate::source::EventSource;

/// Answers a `LifecycleQuery`: one item for each state.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &LifecycleQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let dates = resolve_dates_of((&query.date_range, query.interval), &query.series, context, source, control).await?;
    let buckets = dates.buckets()?;
    let plan = planning::plan(query, context, &dates, buckets.edges())?;
    let Output::Lifecycle(output) = source.run(&plan, control).await? else {
        return Err(QueryError::Source("the source gave numbers of another operator than it was asked for".into()));
    };
    // an interval that begins before a range that is meant to the instant is not shown
    let begins_early =
        query.date_range.explicit && !buckets.is_empty() && buckets.edges()[0] < dates.range.from.timestamp_micros();
    Ok(Answer {
        results: shape::items(query, context, &buckets, &output, usize::from(begins_early)),
        columns: None,
        types: None,
        has_more: None,
        resolved_date_range: Some(dates.range),
        hogql: None,
    })
}

/// The persons in the interval of `day` in `state`; in any of them where it is `None`.
///
/// # Errors
/// As [`answer`]; [`QueryError::Invalid`] for a day outside the range.
pub(crate) async fn behind(
    query: &LifecycleQuery,
    day: Option<&Day>,
    state: Option<LifecycleState>,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    let dates = resolve_dates_of((&query.date_range, query.interval), &query.series, context, source, control).await?;
    let buckets = dates.buckets()?;
    let Operator::Lifecycle(plan) = planning::plan(query, context, &dates, buckets.edges())?.operator else {
        unreachable!("lifecycles are planned as states")
    };
    let interval = day.map(|day| interval_of(day, &buckets, context)).transpose()?;
    Ok(Behind::Lifecycle { plan, part: LifecyclePart { interval, state } })
}
