//! The intervals of a `RetentionQuery`: always whole ones, and where it has no beginning, as many as it looks ahead.

use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use insights_core::time::Interval;

use crate::answer::{QueryContext, ResolvedDateRange};
use crate::dates::{Buckets, interval_end, interval_start, start_of_day};
use crate::error::QueryError;
use crate::nodes::{RetentionKind, RetentionQuery};
use crate::plan::retention::RetentionIntervals;

/// A month is so many days where intervals are counted from a person's first event.
const DAYS_A_ROLLING_MONTH: u32 = 30;

/// The time that `query` is about: whole intervals, none where it ends before it begins. `first_event` as for
/// [`crate::dates::DateRange::resolve`].
pub(crate) fn range(
    query: &RetentionQuery,
    context: &QueryContext,
    first_event: Option<DateTime<Utc>>,
) -> ResolvedDateRange {
    let (interval, zone, week_start) = (query.interval, context.timezone, context.week_start.weekday());
    let to = query.date_range.resolve_end(interval, context);
    let from = if query.date_range.has_beginning() {
        query.date_range.resolve(interval, context, first_event).range.from
    } else {
        let n_before = u32::try_from(query.retention.n_intervals - 1).unwrap_or(u32::MAX);
        intervals_before(interval, n_before, interval_start(interval, to, zone, week_start), context)
    };
    ResolvedDateRange {
        from: interval_start(interval, from, zone, week_start),
        to: interval_end(interval, to, zone, week_start),
    }
}

/// The beginning of the interval that is `n` before the one that begins at `start`.
fn intervals_before(interval: Interval, n: u32, start: DateTime<Utc>, context: &QueryContext) -> DateTime<Utc> {
    let zone = context.timezone;
    let day = start.with_timezone(&zone).date_naive();
    let before = match interval {
        Interval::Second | Interval::Minute | Interval::Hour => return start - TimeDelta::hours(n.into()),
        Interval::Day => day.checked_sub_days(Days::new(n.into())),
        Interval::Week => day.checked_sub_days(Days::new(7 * u64::from(n))),
        Interval::Month => day.checked_sub_months(Months::new(n)),
    };
    start_of_day(before.expect("the calendar reaches further back than the most intervals"), zone)
}

/// The intervals of the range of `query`, one for each row.
///
/// # Errors
/// [`QueryError::Invalid`] where there are too many.
pub(super) fn rows(
    query: &RetentionQuery,
    range: ResolvedDateRange,
    context: &QueryContext,
) -> Result<Buckets, QueryError> {
    buckets(query.interval, range, context)
}

/// What intervals are in the plan of `query`, whose rows are `rows`.
///
/// # Errors
/// [`QueryError::Invalid`] where there are too many.
pub(super) fn planned(
    query: &RetentionQuery,
    rows: &Buckets,
    range: ResolvedDateRange,
    context: &QueryContext,
) -> Result<RetentionIntervals, QueryError> {
    if !query.retention.is_rolling {
        return Ok(RetentionIntervals::Calendar { edges_us: rows.edges().to_vec() });
    }
    let (unit, n_units) = match query.interval {
        Interval::Second | Interval::Minute | Interval::Hour => (Interval::Hour, 1),
        Interval::Day => (Interval::Hour, 24),
        Interval::Week => (Interval::Day, 7),
        Interval::Month => (Interval::Day, DAYS_A_ROLLING_MONTH),
    };
    if query.retention.kind == RetentionKind::Recurring {
        return Ok(RetentionIntervals::Rolling { edges_us: buckets(unit, range, context)?.edges().to_vec(), n_units });
    }
    // as in PostHog, those who begin but once come back after the range too
    let n_all = (rows.len() + n_after_first(query)) as u64 * u64::from(n_units);
    let end = match unit {
        Interval::Hour => range.from + TimeDelta::hours(i64::try_from(n_all).expect("fewer than 2^32 intervals")),
        _ => {
            let first = range.from.with_timezone(&context.timezone).date_naive();
            start_of_day(first + Days::new(n_all), context.timezone)
        }
    };
    let range = ResolvedDateRange { from: range.from, to: end - TimeDelta::microseconds(1) };
    let mut edges_us = buckets(unit, range, context)?.edges().to_vec();
    edges_us.push(i64::MAX);
    Ok(RetentionIntervals::Rolling { edges_us, n_units })
}

/// How many intervals are looked at from one on, with it.
fn n_after_first(query: &RetentionQuery) -> usize {
    let in_brackets: usize = query.retention.brackets.iter().map(|size| *size as usize).sum();
    if query.retention.brackets.is_empty() { query.retention.n_intervals } else { 1 + in_brackets }
}

fn buckets(interval: Interval, range: ResolvedDateRange, context: &QueryContext) -> Result<Buckets, QueryError> {
    let buckets = Buckets::new(range, interval, context.timezone, context.week_start.weekday());
    buckets.map_err(|error| match error {
        QueryError::Invalid { message, .. } => QueryError::invalid("retentionFilter.period", message),
        error => error,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use insights_core::ids::ProjectId;
    use insights_core::project::WeekStart;
    use serde_json::{Value, json};

    use super::*;
    use crate::nodes::reader::Reader;

    fn context(zone: &str) -> QueryContext {
        QueryContext {
            project: ProjectId(1),
            timezone: zone.parse().unwrap(),
            week_start: WeekStart::Monday,
            now: "2024-04-03T12:30:00Z".parse().unwrap(),
            definitions: Arc::default(),
        }
    }

    fn query(node: &Value) -> RetentionQuery {
        RetentionQuery::read(&Reader::root(node)).unwrap()
    }

    #[track_caller]
    fn check(zone: &str, node: Value, from: &str, to: &str, n_rows: usize) {
        let (context, query) = (context(zone), query(&node));
        let range = range(&query, &context, None);
        let local = |instant: DateTime<Utc>| instant.with_timezone(&context.timezone).to_rfc3339();
        assert_eq!((local(range.from), local(range.to)), (from.to_owned(), to.to_owned()), "{node}");
        assert_eq!(rows(&query, range, &context).unwrap().len(), n_rows, "{node}");
    }

    #[test]
    fn without_a_beginning_it_looks_back_as_many_intervals_as_it_looks_ahead() {
        let node = |period: &str| json!({"retentionFilter": {"period": period, "totalIntervals": 4}});
        check("UTC", node("Day"), "2024-03-31T00:00:00+00:00", "2024-04-03T23:59:59.999999+00:00", 4);
        check("UTC", node("Week"), "2024-03-11T00:00:00+00:00", "2024-04-07T23:59:59.999999+00:00", 4);
        check("UTC", node("Month"), "2024-01-01T00:00:00+00:00", "2024-04-30T23:59:59.999999+00:00", 4);
        check("Asia/Kathmandu", node("Hour"), "2024-04-03T15:00:00+05:45", "2024-04-03T18:59:59.999999+05:45", 4);
        check("UTC", json!({}), "2024-03-28T00:00:00+00:00", "2024-04-03T23:59:59.999999+00:00", 7);
    }

    #[test]
    fn clocks_change_within_the_range() {
        let node = json!({"retentionFilter": {"totalIntervals": 5}});
        check("Europe/Berlin", node, "2024-03-30T00:00:00+01:00", "2024-04-03T23:59:59.999999+02:00", 5);
        let hours = json!({"retentionFilter": {"period": "Hour"}, "dateRange": {"date_from": "2024-03-31", "date_to": "2024-03-31T23:30:00"}});
        check("Europe/Berlin", hours, "2024-03-31T00:00:00+01:00", "2024-03-31T23:59:59.999999+02:00", 23);
    }

    #[test]
    fn a_beginning_is_moved_to_that_of_its_interval() {
        let node = json!({"retentionFilter": {"period": "Month"}, "dateRange": {"date_from": "2024-01-15", "date_to": "2024-02-01"}});
        check("UTC", node, "2024-01-01T00:00:00+00:00", "2024-02-29T23:59:59.999999+00:00", 2);
        let node = json!({"retentionFilter": {"period": "Week"}, "dateRange": {"date_from": "-7d"}});
        check("UTC", node, "2024-03-25T00:00:00+00:00", "2024-04-07T23:59:59.999999+00:00", 2);
    }

    #[test]
    fn rolling_days_are_counted_by_hours_and_longer_intervals_by_days() {
        let planned = |period: &str| {
            let context = context("Europe/Berlin");
            let node = json!({"retentionFilter": {"period": period, "timeWindowMode": "24_hour_windows"}, "dateRange": {"date_from": "2024-03-31", "date_to": "2024-03-31"}});
            let query = query(&node);
            let range = range(&query, &context, None);
            let rows = rows(&query, range, &context).unwrap();
            match super::planned(&query, &rows, range, &context).unwrap() {
                RetentionIntervals::Rolling { edges_us, n_units } => (edges_us.len() - 1, n_units),
                calendar => panic!("{calendar:?}"),
            }
        };
        assert_eq!(planned("Day"), (23, 24));
        assert_eq!(planned("Week"), (7, 7));
        assert_eq!(planned("Month"), (31, 30));
    }

    #[test]
    fn too_many_intervals_are_refused() {
        let query = query(
            &json!({"retentionFilter": {"period": "Hour"}, "dateRange": {"date_from": "1990-01-01", "date_to": "2024-01-01"}}),
        );
        let context = context("UTC");
        let range = range(&query, &context, None);
        let error = rows(&query, range, &context).unwrap_err().to_string();
        assert!(error.starts_with("retentionFilter.period: "), "{error}");
    }
}
