//! Stickiness: from a `StickinessQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod execute;
mod planning;
mod shape;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::dates::QueryDates;
use crate::error::QueryError;
use crate::first_event::resolve_dates;
use crate::nodes::StickinessQuery;
use crate::plan::Output;
use crate::plan::stickiness::StickinessOutput;
use crate::source::EventSource;

/// The numbers of one period of a query.
#[derive(Debug)]
struct Period {
    /// `current` or `previous`, where periods are compared.
    label: Option<&'static str>,
    /// In how many intervals somebody can be active.
    n_intervals: usize,
    output: StickinessOutput,
}

/// Answers a `StickinessQuery`: one item for each series of each period.
///
/// # Errors
/// As [`crate::answer::answer`].
pub(crate) async fn answer(
    query: &StickinessQuery,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let dates = resolve_dates(&query.date_range, query.interval, context, source, control).await?;
    let wanted = match &query.compare {
        None => vec![(None, dates)],
        Some(compare) => vec![(Some("current"), dates), (Some("previous"), compare.dates(&dates))],
    };
    let mut periods = Vec::with_capacity(wanted.len());
    for (label, dates) in wanted {
        periods.push(period(query, context, label, dates, source, control).await?);
    }
    Ok(Answer {
        results: shape::items(query, context, &periods),
        columns: None,
        types: None,
        has_more: None,
        resolved_date_range: Some(dates.range),
    })
}

async fn period(
    query: &StickinessQuery,
    context: &QueryContext,
    label: Option<&'static str>,
    dates: QueryDates,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Period, QueryError> {
    let buckets = dates.buckets()?;
    let plan = planning::plan(query, context, &dates, &buckets)?;
    let n_calendar = u32::try_from(buckets.len()).expect("a range has fewer than 2^32 intervals");
    match source.run(&plan, control).await? {
        Output::Stickiness(output) => {
            Ok(Period { label, n_intervals: n_calendar.div_ceil(query.interval_count.unwrap_or(1)) as usize, output })
        }
        _ => Err(QueryError::Source("the source gave numbers of another operator than it was asked for".into())),
    }
}
