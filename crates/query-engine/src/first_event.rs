//! When a project's first event happened, or the first one that a query is about, which is where ranges over all time begin.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use insights_core::ids::ProjectId;
use insights_core::time::Interval;

use crate::answer::QueryContext;
use crate::control::QueryControl;
use crate::dates::{DateRange, QueryDates};
use crate::error::QueryError;
use crate::nodes::Entity;
use crate::plan::{Operator, Output, Plan};
use crate::scan::{EventSet, ScanRequest, ScanSource};
use crate::source::EventSource;

/// Events before this year are those of clocks that were never set; they don't stretch a range over all time.
const FIRST_YEAR: i32 = 2015;

/// The instants that `range` stands for; asks `source` for the first event where the range begins with it.
///
/// # Errors
/// As [`EventSource::run`].
pub(crate) async fn resolve_dates(
    range: &DateRange,
    interval: Interval,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<QueryDates, QueryError> {
    Ok(range.resolve(interval, context, first_event(range, context, source, control).await?))
}

/// The instants that `range` stands for in a query about `series`: where it begins with the first event, with the first that has the name of one
/// of them.
///
/// # Errors
/// As [`Entity::selection`] and [`EventSource::run`].
pub(crate) async fn resolve_dates_of(
    (range, interval): (&DateRange, Interval),
    series: &[Entity],
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<QueryDates, QueryError> {
    let mut first = None;
    if range.begins_with_first_event() {
        let mut events = EventSet::Named(BTreeSet::new());
        for series in series {
            events = events.union(&series.selection(context)?.events);
        }
        first = first_of(events, context, source, control).await?;
    }
    Ok(range.resolve(interval, context, first))
}

/// When the first event happened, where `range` begins with it.
///
/// # Errors
/// As [`EventSource::run`].
pub(crate) async fn first_event(
    range: &DateRange,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Option<DateTime<Utc>>, QueryError> {
    if range.begins_with_first_event() { first_of(EventSet::All, context, source, control).await } else { Ok(None) }
}

async fn first_of(
    events: EventSet,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Option<DateTime<Utc>>, QueryError> {
    let plan = Plan { project: context.project, operator: Operator::FirstEvent(events) };
    Ok(match source.run(&plan, control).await? {
        Output::FirstEvent(found) => found.and_then(DateTime::from_timestamp_micros),
        _ => None,
    })
}

/// The instant of the first event with one of these names, in microseconds since 1970 UTC; `None` where there is none.
pub(crate) fn run(
    events: &EventSet,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<Option<i64>, QueryError> {
    let since = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).expect("a day of the calendar").and_time(NaiveTime::MIN);
    let from_us = Some(since.and_utc().timestamp_micros());
    let request = ScanRequest { events: events.clone(), from_us, ..ScanRequest::of(project) };
    let scans = source.scan(&[request], control)?;
    let mut first = None;
    for run in scans.iter().flat_map(|scan| &scan.runs) {
        control.check()?;
        first = [first, run.timestamps.iter().copied().min()].into_iter().flatten().min();
    }
    Ok(first)
}
