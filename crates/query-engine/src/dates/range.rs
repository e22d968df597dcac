//! Ranges of dates as queries give them, and the instants that they stand for.

use chrono::{DateTime, Utc, Weekday};
use chrono_tz::Tz;
use insights_core::time::Interval;

use crate::answer::{QueryContext, ResolvedDateRange};
use crate::dates::buckets::Buckets;
use crate::dates::parse::DateText;
use crate::dates::relative::{
    Edge, Relative, Unit, edge_of_fixed, end_of_day, intervals_before, least_between, start_of_day,
};
use crate::error::QueryError;
use crate::nodes::reader::Reader;

/// Days that a query without `date_from` looks back.
const DEFAULT_DAYS: Relative = Relative { count: 7, unit: Unit::Day, edge: None };

/// `dateRange` of a query: `{date_from, date_to, explicitDate}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateRange {
    /// `None` for seven days before now.
    pub(crate) from: Option<DateFrom>,
    /// `None` for now.
    pub(crate) to: Option<DateTo>,
    /// Whether the bounds are meant to the instant: then the end is not moved to the end of its day, nor the beginning to that of its interval.
    pub(crate) explicit: bool,
}

/// Where a range begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateFrom {
    /// With the first event that there is.
    All,
    /// With a date.
    Date(DateText),
    /// So long ago.
    Relative(Relative),
}

/// Where a range ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateTo {
    /// With a date.
    Date(DateText),
    /// So long ago.
    Relative(Relative),
}

/// A range in time with what its query does to its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryDates {
    /// The bounds as they are told to the client; funnels look at the events between them.
    pub range: ResolvedDateRange,
    /// The first instant whose events count in buckets, in microseconds since 1970 UTC: the beginning of the interval that the range begins
    /// in, but of the day where intervals are weeks, and the range's own where it is meant to the instant.
    pub from_us: i64,
    /// The first instant that is too late, in microseconds since 1970 UTC; never before the first that counts.
    pub until_us: i64,
    zone: Tz,
    week_start: Weekday,
    interval: Interval,
    /// Whether it runs from some multiple of seven days ago to now.
    is_whole_weeks_to_now: bool,
}

impl DateFrom {
    /// Reads `all`, a date or a relative date.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        read_from(node)
    }

    /// The very instant, not moved to the beginning of anything; `None` for the first event.
    pub(crate) fn instant(self, context: &QueryContext) -> Option<DateTime<Utc>> {
        match self {
            Self::All => None,
            Self::Date(date) => Some(date.instant(context.timezone)),
            Self::Relative(from) => Some(from.before(context.now, context.timezone, context.week_start.weekday())),
        }
    }
}

impl DateTo {
    /// Reads a date or a relative date.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        read_to(node)
    }

    /// The very instant, not moved to the end of anything.
    pub(crate) fn instant(self, context: &QueryContext) -> DateTime<Utc> {
        match self {
            Self::Date(date) => date.instant(context.timezone),
            Self::Relative(to) => to.before(context.now, context.timezone, context.week_start.weekday()),
        }
    }
}

impl DateRange {
    /// Reads `{date_from, date_to, explicitDate}`; each of them may be missing.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        Ok(Self {
            from: node.get("date_from").filter(Reader::is_not_blank).map(|date| read_from(&date)).transpose()?,
            to: node.get("date_to").filter(Reader::is_not_blank).map(|date| read_to(&date)).transpose()?,
            explicit: node.get("explicitDate").map(|explicit| explicit.bool()).transpose()?.unwrap_or(false),
        })
    }

    /// Whether it says where it begins.
    pub(crate) fn has_beginning(&self) -> bool {
        self.from.is_some()
    }

    /// Whether it begins with the first event that there is, so that [`Self::resolve`] needs to be told of it.
    pub fn begins_with_first_event(&self) -> bool {
        self.from == Some(DateFrom::All)
    }

    /// The instants that it stands for. `first_event` is when the project's first event happened; where there is none, a range that
    /// begins with it looks back the default seven days. A range that ends before it begins holds nothing.
    pub fn resolve(
        &self,
        interval: Interval,
        context: &QueryContext,
        first_event: Option<DateTime<Utc>>,
    ) -> QueryDates {
        let (zone, week_start) = (context.timezone, context.week_start.weekday());
        let relative = |relative: Relative| relative.before(context.now, zone, week_start);
        let default_from = || start_of_local_day(relative(DEFAULT_DAYS), zone);
        let from = match self.from {
            None => default_from(),
            Some(DateFrom::All) => first_event.unwrap_or_else(default_from),
            Some(DateFrom::Date(date)) => date.instant(zone),
            Some(DateFrom::Relative(from)) => match interval {
                Interval::Second | Interval::Minute => relative(from),
                _ if from.is_within_days() => edge_of_fixed(Edge::Start, relative(from), zone, 3600),
                _ => start_of_local_day(relative(from), zone),
            },
        };
        let to = self.resolve_end(interval, context);
        let counted_from = if self.is_exact(interval) {
            from
        } else {
            match interval {
                Interval::Week => start_of_local_day(from, zone),
                interval => interval_start(interval, from, zone, week_start),
            }
        };
        let from_us = counted_from.timestamp_micros();
        QueryDates {
            range: ResolvedDateRange { from, to },
            from_us,
            until_us: from_us.max(to.timestamp_micros() + 1),
            zone,
            week_start,
            interval,
            is_whole_weeks_to_now: self.to.is_none()
                && matches!(self.from, Some(DateFrom::Relative(Relative { count, unit: Unit::Day, .. })) if count > 0 && count % 7 == 0),
        }
    }

    /// The last instant, which [`Self::resolve`] gives too.
    pub(crate) fn resolve_end(&self, interval: Interval, context: &QueryContext) -> DateTime<Utc> {
        let to = match self.to {
            None => context.now,
            Some(to) => to.instant(context),
        };
        if self.explicit { to } else { self.end(to, interval, context.timezone) }
    }

    /// `to` moved to where a range by `interval` ends: with its day, or where intervals are shorter and the date counts from now, with its interval.
    fn end(&self, to: DateTime<Utc>, interval: Interval, zone: Tz) -> DateTime<Utc> {
        let n_seconds = match interval {
            Interval::Second => 1,
            Interval::Minute => 60,
            Interval::Hour => 3600,
            Interval::Day | Interval::Week | Interval::Month => return end_of_day(to, zone),
        };
        if matches!(self.to, Some(DateTo::Date(_))) { to } else { edge_of_fixed(Edge::End, to, zone, n_seconds) }
    }

    /// Whether the range begins with the very instant, not with the interval that it is in.
    fn is_exact(&self, interval: Interval) -> bool {
        match self.from {
            None => false,
            Some(_) if self.explicit => true,
            Some(DateFrom::All | DateFrom::Date(_)) => false,
            Some(DateFrom::Relative(from)) => match interval {
                Interval::Second | Interval::Minute | Interval::Hour => true,
                Interval::Day => from.is_within_days(),
                Interval::Week | Interval::Month => false,
            },
        }
    }
}

impl QueryDates {
    /// The intervals that the range touches; none where it ends before it begins.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where there are too many.
    pub fn buckets(&self) -> Result<Buckets, QueryError> {
        Buckets::new(self.range, self.interval, self.zone, self.week_start)
    }

    /// Where the interval before the one that begins at `start_us` begins, both in microseconds since 1970 UTC.
    pub(crate) fn interval_before(&self, start_us: i64) -> i64 {
        let last = DateTime::from_timestamp_micros(start_us - 1).unwrap_or(DateTime::<Utc>::MIN_UTC);
        interval_start(self.interval, last, self.zone, self.week_start).timestamp_micros()
    }

    /// The edges of stretches of `n_intervals` intervals each, counted back from the end of this range until all of `covered`, which ends no
    /// later, is in one: in microseconds since 1970 UTC, ascending. The clock shows the same time at all edges but those of intervals
    /// shorter than days.
    pub(crate) fn edges_from_end(&self, n_intervals: u32, covered: &Self) -> Vec<i64> {
        let edge = |n_back| intervals_before(self.interval, self.range.to, n_back, self.zone).timestamp_micros() + 1;
        // past most of those that nobody asks for
        let mut n_back = least_between(self.interval, covered.range.to, self.range.to) / n_intervals * n_intervals;
        let mut edges = vec![if n_back == 0 { self.until_us } else { edge(n_back) }];
        while edges[edges.len() - 1] > covered.from_us {
            n_back += n_intervals;
            edges.push(edge(n_back));
        }
        edges.reverse();
        edges
    }

    /// The period as long as this one that ends as this one begins, by whole days (by whole hours where intervals are shorter than days).
    /// From so many weeks ago to now, it begins on the same weekday, so that the two share a day.
    #[must_use]
    pub fn previous(&self) -> Self {
        let length = self.range.to - self.range.from;
        let from = self.range.from - length;
        let (from, to) = match self.interval {
            Interval::Second | Interval::Minute | Interval::Hour => {
                // The same hour of the day, so that the time of day does not show as a difference.
                let hour = self.range.from.with_timezone(&self.zone).naive_local().time();
                let day = from.with_timezone(&self.zone).date_naive();
                let at = crate::dates::parse::instant_of_local(day.and_time(hour), self.zone);
                let from = edge_of_fixed(Edge::Start, at, self.zone, 3600);
                (from, edge_of_fixed(Edge::End, from + length, self.zone, 3600))
            }
            Interval::Day | Interval::Week | Interval::Month => {
                let mut day = from.with_timezone(&self.zone).date_naive();
                if self.is_whole_weeks_to_now {
                    day = day.succ_opt().unwrap_or(day);
                }
                let from = start_of_day(day, self.zone);
                (from, end_of_day(from + length, self.zone))
            }
        };
        self.moved(from, to)
    }

    /// The same period so long before.
    #[must_use]
    pub(crate) fn moved_back(&self, by: Relative) -> Self {
        let back = |instant| by.before_by_weeks(instant, self.zone, self.week_start);
        self.moved(back(self.range.from), back(self.range.to))
    }

    fn moved(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let is_exact = self.from_us == self.range.from.timestamp_micros();
        let counted_from = match self.interval {
            _ if is_exact => from,
            Interval::Week => start_of_local_day(from, self.zone),
            interval => interval_start(interval, from, self.zone, self.week_start),
        };
        let from_us = counted_from.timestamp_micros();
        Self {
            range: ResolvedDateRange { from, to },
            from_us,
            until_us: from_us.max(to.timestamp_micros() + 1),
            ..*self
        }
    }
}

/// The first instant of the interval that `instant` is in.
pub(crate) fn interval_start(
    interval: Interval,
    instant: DateTime<Utc>,
    zone: Tz,
    week_start: Weekday,
) -> DateTime<Utc> {
    unit_of(interval).edge(Edge::Start, instant, zone, week_start)
}

/// The last instant of the interval that `instant` is in.
pub(crate) fn interval_end(interval: Interval, instant: DateTime<Utc>, zone: Tz, week_start: Weekday) -> DateTime<Utc> {
    unit_of(interval).edge(Edge::End, instant, zone, week_start)
}

fn unit_of(interval: Interval) -> Unit {
    match interval {
        Interval::Second => Unit::Second,
        Interval::Minute => Unit::Minute,
        Interval::Hour => Unit::Hour,
        Interval::Day => Unit::Day,
        Interval::Week => Unit::Week,
        Interval::Month => Unit::Month,
    }
}

fn start_of_local_day(instant: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    start_of_day(instant.with_timezone(&zone).date_naive(), zone)
}

const WHAT_DATES_ARE: &str = "a date (2024-02-29), a date with a time (2024-02-29T13:05:00, in the project's zone unless one follows), \
                              or a relative date (-7d, -1h, -3m, dStart, -1mStart)";

fn read_from(node: &Reader<'_>) -> Result<DateFrom, QueryError> {
    let text = node.text()?;
    if text == "all" {
        return Ok(DateFrom::All);
    }
    let date = DateText::parse(text).map(DateFrom::Date);
    date.or_else(|| Relative::parse(text).map(DateFrom::Relative))
        .ok_or_else(|| node.wrong(&format!("all, {WHAT_DATES_ARE}")))
}

fn read_to(node: &Reader<'_>) -> Result<DateTo, QueryError> {
    let text = node.text()?;
    let date = DateText::parse(text).map(DateTo::Date);
    date.or_else(|| Relative::parse(text).map(DateTo::Relative)).ok_or_else(|| node.wrong(WHAT_DATES_ARE))
}
