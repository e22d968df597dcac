//! Dates that count from another one: `-7d`, `-1h`, `mStart`, `-1mEnd`.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use insights_core::time::Interval;

use crate::dates::parse::instant_of_local;

/// Relative dates reach back no further than this many days: a thousand years.
const MAX_DAYS: i64 = 366_000;

/// A date so many units before another one, perhaps moved to an end of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relative {
    /// How many units before; 0 for this one.
    pub(crate) count: u32,
    /// The unit.
    pub(crate) unit: Unit,
    /// Which end of the unit, if any.
    pub(crate) edge: Option<Edge>,
}

/// A unit of relative dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    /// Thirteen weeks when counted, three months of the calendar when an edge is asked for.
    Quarter,
    Year,
}

/// An end of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Start,
    End,
}

impl Relative {
    /// Reads `-7d`, `7d` (the same), `dStart`, `-1mEnd`. Units: `s`, `M` (minutes), `h`, `d`, `w`, `m` (months), `q`, `y`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('-').unwrap_or(text);
        let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at(n_digits);
        let (unit, days) = match rest.as_bytes().first()? {
            b's' => (Unit::Second, 0),
            b'M' => (Unit::Minute, 0),
            b'h' => (Unit::Hour, 0),
            b'd' => (Unit::Day, 1),
            b'w' => (Unit::Week, 7),
            b'm' => (Unit::Month, 31),
            b'q' => (Unit::Quarter, 92),
            b'y' => (Unit::Year, 366),
            _ => return None,
        };
        let edge = match &rest[1..] {
            "" => None,
            "Start" => Some(Edge::Start),
            "End" => Some(Edge::End),
            _ => return None,
        };
        let count: u32 = match (digits, edge) {
            ("", None) => return None,
            ("", Some(_)) => 0,
            (digits, _) => digits.parse().ok()?,
        };
        let within = i64::from(count) * days <= MAX_DAYS && i64::from(count) <= MAX_DAYS * 24 * 60;
        within.then_some(Self { count, unit, edge })
    }

    /// Whether it counts in units shorter than a day.
    pub(crate) fn is_within_days(self) -> bool {
        matches!(self.unit, Unit::Second | Unit::Minute | Unit::Hour)
    }

    /// The date so many units before `now`, by the calendar of `zone`.
    pub(crate) fn before(self, now: DateTime<Utc>, zone: Tz, week_start: Weekday) -> DateTime<Utc> {
        let count = i64::from(self.count);
        let instant = match self.unit {
            Unit::Second => now - TimeDelta::seconds(count),
            Unit::Minute => now - TimeDelta::minutes(count),
            Unit::Hour => now - TimeDelta::hours(count),
            Unit::Day => days_before(now, u64::from(self.count), zone),
            Unit::Week => days_before(now, u64::from(self.count) * 7, zone),
            Unit::Month => months_before(now, self.count, zone),
            Unit::Quarter if self.edge.is_some() => months_before(now, self.count * 3, zone),
            Unit::Quarter => days_before(now, u64::from(self.count) * 13 * 7, zone),
            Unit::Year => months_before(now, self.count * 12, zone),
        };
        match self.edge {
            None => instant,
            Some(edge) => self.unit.edge(edge, instant, zone, week_start),
        }
    }

    /// As [`Self::before`] for the period that one is compared with: months are 4 weeks and years 52, so that weekdays stay together.
    pub(crate) fn before_by_weeks(self, now: DateTime<Utc>, zone: Tz, week_start: Weekday) -> DateTime<Utc> {
        let weeks = match self.unit {
            Unit::Month => 4,
            Unit::Year => 52,
            _ => return self.before(now, zone, week_start),
        };
        days_before(now, u64::from(self.count) * weeks * 7, zone)
    }
}

impl Unit {
    /// The first or the last instant of the unit that `instant` is in.
    pub(crate) fn edge(self, edge: Edge, instant: DateTime<Utc>, zone: Tz, week_start: Weekday) -> DateTime<Utc> {
        let local = instant.with_timezone(&zone).naive_local();
        let day = local.date();
        let (first, n_months) = match self {
            Self::Second => return edge_of_fixed(edge, instant, zone, 1),
            Self::Minute => return edge_of_fixed(edge, instant, zone, 60),
            Self::Hour => return edge_of_fixed(edge, instant, zone, 3600),
            Self::Day => return edge_of_days(edge, day, 1, zone),
            Self::Week => return edge_of_days(edge, day.week(week_start).first_day(), 7, zone),
            Self::Month => (day.with_day(1), 1),
            Self::Quarter => (NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1), 3),
            Self::Year => (NaiveDate::from_ymd_opt(day.year(), 1, 1), 12),
        };
        let first = first.expect("every month begins with a first day");
        match edge {
            Edge::Start => start_of_day(first, zone),
            Edge::End => start_of_day(first + Months::new(n_months), zone) - TimeDelta::microseconds(1),
        }
    }
}

/// The first instant of `day` in `zone`.
pub(crate) fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant_of_local(day.and_time(chrono::NaiveTime::MIN), zone)
}

/// The last microsecond of the day that `instant` is in.
pub(crate) fn end_of_day(instant: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    edge_of_days(Edge::End, instant.with_timezone(&zone).date_naive(), 1, zone)
}

/// The first or the last instant of the stretch of `n_seconds` by the clock of `zone` that `instant` is in.
pub(crate) fn edge_of_fixed(edge: Edge, instant: DateTime<Utc>, zone: Tz, n_seconds: i64) -> DateTime<Utc> {
    let local_us = instant.with_timezone(&zone).naive_local().and_utc().timestamp_micros();
    let n_us = n_seconds * 1_000_000;
    let start = instant - TimeDelta::microseconds(local_us.rem_euclid(n_us));
    match edge {
        Edge::Start => start,
        Edge::End => start + TimeDelta::microseconds(n_us - 1),
    }
}

/// The last instant from which `n` whole intervals have passed until `to`, by the calendar of `zone`. A month has passed when the day of
/// the month and the time are reached again; in a month that is too short for that day, with the month's end.
pub(crate) fn intervals_before(interval: Interval, to: DateTime<Utc>, n: u32, zone: Tz) -> DateTime<Utc> {
    match interval {
        Interval::Second => to - TimeDelta::seconds(n.into()),
        Interval::Minute => to - TimeDelta::minutes(n.into()),
        Interval::Hour => to - TimeDelta::hours(n.into()),
        Interval::Day => days_before(to, n.into(), zone),
        Interval::Week => days_before(to, u64::from(n) * 7, zone),
        Interval::Month => {
            let before = months_before(to, n, zone);
            let day_of = |instant: DateTime<Utc>| instant.with_timezone(&zone).day();
            if day_of(before) < day_of(to) { Unit::Month.edge(Edge::End, before, zone, Weekday::Mon) } else { before }
        }
    }
}

/// So many intervals have certainly passed from one instant to the other, perhaps a few more.
pub(crate) fn least_between(interval: Interval, from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    let seconds = (to - from).num_seconds();
    let n = match interval {
        Interval::Second => seconds,
        Interval::Minute => seconds / 60,
        Interval::Hour => seconds / 3600,
        // clocks may change in between
        Interval::Day => seconds / 86_400 - 1,
        Interval::Week => seconds / (7 * 86_400) - 1,
        Interval::Month => seconds / (31 * 86_400) - 1,
    };
    u32::try_from(n).unwrap_or(0)
}

fn edge_of_days(edge: Edge, first: NaiveDate, n_days: u64, zone: Tz) -> DateTime<Utc> {
    match edge {
        Edge::Start => start_of_day(first, zone),
        Edge::End => start_of_day(first + Days::new(n_days), zone) - TimeDelta::microseconds(1),
    }
}

fn days_before(now: DateTime<Utc>, n_days: u64, zone: Tz) -> DateTime<Utc> {
    let local = now.with_timezone(&zone).naive_local();
    instant_of_local(local - Days::new(n_days), zone)
}

fn months_before(now: DateTime<Utc>, n_months: u32, zone: Tz) -> DateTime<Utc> {
    let local = now.with_timezone(&zone).naive_local();
    instant_of_local(local - Months::new(n_months), zone)
}
