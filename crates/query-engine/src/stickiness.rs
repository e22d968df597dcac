//! Stickiness: from a `StickinessQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

pub(crate) mod execute;
mod planning;
mod shape;

use crate::answer::{Answer, QueryContext};
use crate::control::QueryControl;
use crate::dates::QueryDates;
use crate::error::QueryError;
use crate::first_event::resolve_dates;
use crate::nodes::{CountRelation, StickinessPart, StickinessQuery};
use crate::plan::actors::Behind;
use crate::plan::stickiness::StickinessOutput;
use crate::plan::{Operator, Output};
use crate::source::EventSource;

/// The numbers of one period of a query.
#[derive(Debug)]
struct Period {
    /// `current` or `previous`, where periods are compared.
    label: Option<&'static str>,
    /// How many intervals it has, counted from its own end; somebody may be active in one more where they are counted from elsewhere.
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
    let current = resolve_dates(&query.date_range, query.interval, context, source, control).await?;
    let wanted = match &query.compare {
        None => vec![(None, current)],
        Some(compare) => vec![(Some("current"), current), (Some("previous"), compare.dates(&current))],
    };
    let mut periods = Vec::with_capacity(wanted.len());
    for (label, dates) in wanted {
        periods.push(period(query, context, label, (&dates, &current), source, control).await?);
    }
    Ok(Answer {
        results: shape::items(query, context, &periods),
        columns: None,
        types: None,
        has_more: None,
        resolved_date_range: Some(current.range),
        hogql: None,
    })
}

async fn period(
    query: &StickinessQuery,
    context: &QueryContext,
    label: Option<&'static str>,
    dates: (&QueryDates, &QueryDates),
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Period, QueryError> {
    let buckets = dates.0.buckets()?;
    let plan = planning::plan(query, context, dates, &buckets)?;
    let n_calendar = u32::try_from(buckets.len()).expect("a range has fewer than 2^32 intervals");
    match source.run(&plan, control).await? {
        Output::Stickiness(output) => {
            Ok(Period { label, n_intervals: n_calendar.div_ceil(query.interval_count.unwrap_or(1)) as usize, output })
        }
        _ => Err(QueryError::Source("the source gave numbers of another operator than it was asked for".into())),
    }
}

/// The actors behind `part` of `query`.
///
/// # Errors
/// As [`answer`]; [`QueryError::Invalid`] for a period that there is not.
pub(crate) async fn behind(
    query: &StickinessQuery,
    part: &StickinessPart,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    let current = resolve_dates(&query.date_range, query.interval, context, source, control).await?;
    let mut dates = current;
    if part.is_previous {
        let compare = query.compare.as_ref();
        let compare = compare
            .ok_or_else(|| QueryError::invalid(format!("{}.compare", part.path), "the insight compares no periods"))?;
        dates = compare.dates(&dates);
    }
    let Operator::Stickiness(mut plan) =
        planning::plan(query, context, (&dates, &current), &dates.buckets()?)?.operator
    else {
        unreachable!("stickiness is planned as active intervals")
    };
    plan.series = vec![plan.series.swap_remove(part.series)];
    let n_intervals = match (part.n_intervals, part.relation) {
        (None, _) => 1..u64::MAX,
        (Some(n), CountRelation::Exact) if query.stickiness.is_cumulative => n..u64::MAX,
        (Some(n), CountRelation::Exact) => n..n + 1,
        (Some(n), CountRelation::AtLeast) => n..u64::MAX,
        (Some(n), CountRelation::AtMost) => 1..n + 1,
        (Some(n), CountRelation::More) => n + 1..u64::MAX,
        (Some(n), CountRelation::Fewer) => 1..n,
    };
    Ok(Behind::Stickiness { plan, n_intervals })
}
