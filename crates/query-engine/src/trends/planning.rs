//! From a `TrendsQuery` to the plan of one period of it.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use insights_core::time::Interval;

use super::hogql;
use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::dates::{self, QueryDates};
use crate::error::QueryError;
use crate::field::Field;
use crate::nodes;
use crate::nodes::{Display, Entity, TrendsQuery};
use crate::plan::aggregate::{
    AggregateSeries, Breakdown, BreakdownDimension, BreakdownTransform, BucketedAggregate, Buckets, FirstOf, Math,
    NumberFunction, Uniqueness,
};
use crate::plan::{Operator, Plan};
use crate::predicate::Predicate;
use crate::sampling;

/// How many values of a breakdown are shown by themselves where the query does not say.
const DEFAULT_BREAKDOWN_LIMIT: usize = 25;

/// Likewise of countries on a map, where the query cannot say.
const WORLD_MAP_BREAKDOWN_LIMIT: usize = 250;

/// Whether the query asks for one number for the whole range.
pub(super) fn is_total_value(query: &TrendsQuery) -> bool {
    matches!(query.trends.display, Display::TotalValue | Display::WorldMap)
}

/// The interval that decides where the range of `query` begins and ends: days, where the numbers are not by interval.
pub(super) fn interval(query: &TrendsQuery) -> Interval {
    if is_total_value(query) { Interval::Day } else { query.interval }
}

/// The plan of `query` over the period of `dates`, whose intervals are `buckets`.
///
/// # Errors
/// [`QueryError::Unsupported`] for what this server does not answer, with its path.
pub(super) fn plan(
    query: &TrendsQuery,
    context: &QueryContext,
    dates: &QueryDates,
    buckets: &dates::Buckets,
) -> Result<Plan, QueryError> {
    if query.trends.display == Display::CalendarHeatmap {
        return Err(QueryError::unsupported("trendsFilter.display", "a calendar heatmap"));
    }
    let filters = query.filters.of_query(query.filters_test_accounts, context)?;
    let common = Predicate::all([sampling::predicate(query.sampling_factor), filters]);
    let cohorts = query.breakdown.as_ref().map(|filter| filter.resolved_cohorts(context)).transpose()?.flatten();
    // each cohort makes a series of its own of each series: a person may be in several
    let of_cohort =
        |cohort: Option<&Arc<Cohort>>| cohort.map_or(Predicate::ALWAYS, |cohort| Arc::clone(cohort).predicate());
    let cohorts_of_series: Vec<Option<&Arc<Cohort>>> =
        cohorts.as_ref().map_or_else(|| vec![None], |cohorts| cohorts.iter().map(Some).collect());
    let pairs = query.series.iter().flat_map(|series| cohorts_of_series.iter().map(move |cohort| (series, *cohort)));
    let series = pairs.map(|(series, cohort)| {
        let selection = series.selection(context)?;
        Ok(AggregateSeries {
            events: selection.events,
            predicate: Predicate::all([common.clone(), selection.predicate, of_cohort(cohort)]),
            math: math(series, query, context, dates, buckets)?,
        })
    });
    let aggregate = BucketedAggregate {
        series: series.collect::<Result<_, QueryError>>()?,
        from_us: dates.from_us,
        until_us: dates.until_us,
        buckets: if is_total_value(query) { Buckets::Total } else { Buckets::Edges(buckets.edges().to_vec()) },
        breakdown: breakdown(query, context)?,
    };
    Ok(Plan { project: context.project, operator: Operator::Aggregate(aggregate) })
}

fn math(
    series: &Entity,
    query: &TrendsQuery,
    context: &QueryContext,
    dates: &QueryDates,
    buckets: &dates::Buckets,
) -> Result<Math, QueryError> {
    let zone = context.timezone;
    let uniqueness =
        if query.trends.display == Display::Cumulative { Uniqueness::PerRange } else { Uniqueness::PerBucket };
    // intervals that are as long as the window need none
    let active = |n_days: u64, are_as_long: bool, group_type: Option<u8>| match group_type {
        None if are_as_long => Math::UniquePersons(uniqueness),
        Some(group_type) if are_as_long => Math::UniqueGroups { group_type, uniqueness },
        _ if is_total_value(query) => {
            let from_us = days_before(dates.until_us, n_days, zone);
            Math::ActiveActors { windows_us: vec![(from_us, dates.until_us)], group_type }
        }
        _ => Math::ActiveActors { windows_us: windows(buckets.edges(), query.interval, n_days, zone), group_type },
    };
    Ok(match series.math.as_ref().unwrap_or(&nodes::Math::Total) {
        nodes::Math::Total => Math::Count,
        nodes::Math::Dau => Math::UniquePersons(uniqueness),
        nodes::Math::WeeklyActive(group_type) => {
            active(7, matches!(query.interval, Interval::Week | Interval::Month), *group_type)
        }
        nodes::Math::MonthlyActive(group_type) => active(30, query.interval == Interval::Month, *group_type),
        nodes::Math::UniqueSession => Math::UniqueSessions,
        nodes::Math::UniqueGroup(group_type) => Math::UniqueGroups { group_type: *group_type, uniqueness },
        nodes::Math::FirstTimeForUser => Math::FirstTimePersons(FirstOf::Events),
        nodes::Math::FirstMatchingEventForUser => Math::FirstTimePersons(FirstOf::MatchingEvents),
        nodes::Math::Property(aggregate, field) => {
            Math::Numbers { field: field.clone(), function: function(*aggregate) }
        }
        nodes::Math::CountPerActor(aggregate) => Math::CountPerPerson(function(*aggregate)),
        nodes::Math::Hogql(expression) => Math::Hogql(hogql::plan(expression, context)?.into()),
        nodes::Math::Unsupported { path, what } => return Err(QueryError::unsupported(path, what)),
    })
}

fn function(aggregate: nodes::Aggregate) -> NumberFunction {
    match aggregate {
        nodes::Aggregate::Sum => NumberFunction::Sum,
        nodes::Aggregate::Average => NumberFunction::Average,
        nodes::Aggregate::Min => NumberFunction::Minimum,
        nodes::Aggregate::Max => NumberFunction::Maximum,
        nodes::Aggregate::Median => NumberFunction::Quantile(0.5),
        nodes::Aggregate::P75 => NumberFunction::Quantile(0.75),
        nodes::Aggregate::P90 => NumberFunction::Quantile(0.9),
        nodes::Aggregate::P95 => NumberFunction::Quantile(0.95),
        nodes::Aggregate::P99 => NumberFunction::Quantile(0.99),
    }
}

/// For each bucket the `n_days` up to the end of its first day, or up to its own end where buckets are shorter than days.
fn windows(edges: &[i64], interval: Interval, n_days: u64, zone: Tz) -> Vec<(i64, i64)> {
    let mut earliest_us = i64::MIN;
    let buckets = edges.windows(2).map(|bucket| {
        let until_us = match interval {
            Interval::Second | Interval::Minute | Interval::Hour | Interval::Day => bucket[1],
            Interval::Week | Interval::Month => end_of_day(bucket[0], zone),
        };
        // Where clocks changed `n_days` ago, two ends may lead back to the same hour, never to an earlier one.
        earliest_us = earliest_us.max(days_before(until_us, n_days, zone));
        (earliest_us, until_us)
    });
    buckets.collect()
}

/// The instant at which clocks showed the same time so many days before.
fn days_before(instant_us: i64, n_days: u64, zone: Tz) -> i64 {
    let local = local(instant_us, zone);
    let before = local.checked_sub_days(Days::new(n_days)).unwrap_or(local);
    dates::instant_of_local(before, zone).timestamp_micros()
}

fn end_of_day(instant_us: i64, zone: Tz) -> i64 {
    let day = local(instant_us, zone).date();
    let next = day.succ_opt().unwrap_or(NaiveDate::MAX);
    dates::instant_of_local(next.into(), zone).timestamp_micros()
}

fn local(instant_us: i64, zone: Tz) -> NaiveDateTime {
    let instant =
        DateTime::from_timestamp_micros(instant_us).expect("the bounds of a range are instants of the calendar");
    instant.with_timezone(&zone).naive_local()
}

fn breakdown(query: &TrendsQuery, context: &QueryContext) -> Result<Option<Breakdown>, QueryError> {
    let Some(filter) = &query.breakdown else { return Ok(None) };
    if filter.cohorts().is_some() {
        // one value, for those that have any event at all
        let field = Field::InCohort(Arc::new(Cohort::everybody()));
        let dimension = BreakdownDimension { field, transform: BreakdownTransform::Text };
        return Ok(Some(Breakdown { dimensions: vec![dimension], limit: 1 }));
    }
    let dimensions = filter.breakdowns.iter().map(|breakdown| {
        let transform = match breakdown.histogram_bins {
            Some(n_bins) => BreakdownTransform::Histogram { n_bins },
            None if breakdown.normalizes_url => BreakdownTransform::NormalizedUrl,
            None => BreakdownTransform::Text,
        };
        Ok(BreakdownDimension { field: breakdown.field(context)?, transform })
    });
    let limit = match query.trends.display {
        Display::WorldMap => WORLD_MAP_BREAKDOWN_LIMIT,
        _ => filter.limit.unwrap_or(DEFAULT_BREAKDOWN_LIMIT),
    };
    Ok(Some(Breakdown { dimensions: dimensions.collect::<Result<_, QueryError>>()?, limit }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edges: &[&str], interval: Interval, n_days: u64, zone: Tz, expected: &[(&str, &str)]) {
        let us = |text: &str| text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros();
        let edges: Vec<i64> = edges.iter().map(|edge| us(edge)).collect();
        let expected: Vec<_> = expected.iter().map(|(from, until)| (us(from), us(until))).collect();
        assert_eq!(windows(&edges, interval, n_days, zone), expected);
    }

    #[test]
    fn windows_of_days_are_whole_days_across_a_change_of_clocks() {
        check(
            &["2024-04-01T22:00:00Z", "2024-04-02T22:00:00Z"],
            Interval::Day,
            7,
            Tz::Europe__Berlin,
            &[("2024-03-26T23:00:00Z", "2024-04-02T22:00:00Z")],
        );
    }

    #[test]
    fn windows_of_months_end_with_the_first_day() {
        check(
            &["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"],
            Interval::Month,
            7,
            Tz::UTC,
            &[("2023-12-26T00:00:00Z", "2024-01-02T00:00:00Z")],
        );
    }

    #[test]
    fn windows_of_hours_end_with_the_hour() {
        check(
            &["2024-01-31T05:00:00Z", "2024-01-31T06:00:00Z"],
            Interval::Hour,
            30,
            Tz::UTC,
            &[("2024-01-01T06:00:00Z", "2024-01-31T06:00:00Z")],
        );
    }
}
