//! Intervals of a range: their edges, and the days and labels that they are shown by.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use insights_core::time::Interval;

use crate::answer::ResolvedDateRange;
use crate::dates::range::interval_start;
use crate::dates::relative::start_of_day;
use crate::error::QueryError;

/// The most intervals that a range may be cut into: a month by minutes, five years by hours.
pub const MAX_BUCKETS: usize = 50_000;

/// Consecutive intervals that cover a range: every instant of it is in exactly one, and of a range that ends before it begins there is none.
///
/// Minutes and hours are of fixed length, from the first one that the clock shows; days, weeks and months begin when the calendar of the
/// zone says. The first and the last one may reach beyond the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// One more than there are buckets, ascending, in microseconds since 1970 UTC.
    edges: Arc<[i64]>,
    interval: Interval,
    zone: Tz,
    range: ResolvedDateRange,
}

impl Buckets {
    /// The intervals that `range` touches; none where it ends before the first one begins.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where there are more than [`MAX_BUCKETS`].
    pub fn new(
        range: ResolvedDateRange,
        interval: Interval,
        zone: Tz,
        week_start: Weekday,
    ) -> Result<Self, QueryError> {
        let start = interval_start(interval, range.from, zone, week_start);
        let edges = match interval {
            _ if start > range.to => Some(vec![start.timestamp_micros()]),
            Interval::Second => fixed_edges(start, range.to, 1),
            Interval::Minute => fixed_edges(start, range.to, 60),
            Interval::Hour => fixed_edges(start, range.to, 3600),
            Interval::Day => calendar_edges(start, range.to, zone, |day| day + Days::new(1)),
            Interval::Week => calendar_edges(start, range.to, zone, |day| day + Days::new(7)),
            Interval::Month => calendar_edges(start, range.to, zone, |day| day + Months::new(1)),
        };
        let edges = edges.ok_or_else(|| {
            let message = format!(
                "the range from {} to {} has more than {MAX_BUCKETS} of these intervals; choose a longer interval or a shorter range",
                range.from, range.to
            );
            QueryError::invalid("interval", message)
        })?;
        Ok(Self { edges: edges.into(), interval, zone, range })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where each begins and the last one ends, in microseconds since 1970 UTC, ascending.
    pub fn edges(&self) -> &[i64] {
        &self.edges
    }

    /// Their length.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The zone whose calendar they follow.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The bucket that the instant `us`, in microseconds since 1970 UTC, is in.
    pub fn index(&self, us: i64) -> Option<usize> {
        let n = self.len();
        let (first, end) = (self.edges[0], self.edges[n]);
        if us < first || us >= end {
            return None;
        }
        // As all are about equally long, the guess is right or next to right.
        let width = (end - first) / i64::try_from(n).unwrap_or(i64::MAX);
        let guess = usize::try_from((us - first) / width.max(1)).unwrap_or(0);
        let mut index = guess.min(n - 1);
        while us < self.edges[index] {
            index -= 1;
        }
        while us >= self.edges[index + 1] {
            index += 1;
        }
        Some(index)
    }

    /// The beginning of each: `2024-02-29`, or `2024-02-29 13:00:00` where intervals are shorter than days.
    pub fn days(&self) -> Vec<String> {
        let format = if self.is_within_days() { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d" };
        self.starts().map(|start| start.format(format).to_string()).collect()
    }

    /// Each as people read it: `29-Feb-2024`, `29-Feb 13:00`, `25–29 Feb`, `Feb 2024`.
    pub fn labels(&self) -> Vec<String> {
        let format = match self.interval {
            Interval::Second => "%-d-%b %H:%M:%S",
            Interval::Minute | Interval::Hour => "%-d-%b %H:%M",
            Interval::Day => DAY_LABEL,
            Interval::Week => return self.week_labels(),
            Interval::Month => "%b %Y",
        };
        self.starts().map(|start| start.format(format).to_string()).collect()
    }

    fn week_labels(&self) -> Vec<String> {
        let (first, last) = (self.day_of(self.range.from), self.day_of(self.range.to));
        let weeks = self.starts().map(|start| start.date_naive());
        weeks.map(|monday| week_label(monday.max(first), (monday + Days::new(6)).min(last))).collect()
    }

    fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    fn starts(&self) -> impl Iterator<Item = DateTime<Tz>> {
        let starts = &self.edges[..self.len()];
        starts.iter().map(|&us| {
            DateTime::from_timestamp_micros(us).expect("an edge was made from an instant").with_timezone(&self.zone)
        })
    }

    fn is_within_days(&self) -> bool {
        matches!(self.interval, Interval::Second | Interval::Minute | Interval::Hour)
    }
}

const DAY_LABEL: &str = "%-d-%b-%Y";

fn week_label(first: NaiveDate, last: NaiveDate) -> String {
    if first >= last {
        first.format(DAY_LABEL).to_string()
    } else if first.year() != last.year() {
        format!("{} – {}", first.format(DAY_LABEL), last.format(DAY_LABEL))
    } else if first.month() != last.month() {
        format!("{} – {}", first.format("%-d-%b"), last.format("%-d-%b"))
    } else {
        format!("{}–{}", first.day(), last.format("%-d %b"))
    }
}

/// Edges every `n_seconds` from `start` to the first one after `to`; `None` where there are too many.
fn fixed_edges(start: DateTime<Utc>, to: DateTime<Utc>, n_seconds: i64) -> Option<Vec<i64>> {
    let step = n_seconds * 1_000_000;
    let n = usize::try_from((to - start).num_microseconds()? / step).ok()? + 1;
    if n > MAX_BUCKETS {
        return None;
    }
    Some((0..).map(|i| start.timestamp_micros() + i * step).take(n + 1).collect())
}

/// Edges where the days begin that `next` leads to, from that of `start` to the first one after `to`; `None` where there are too many.
fn calendar_edges(
    start: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: Tz,
    next: impl Fn(NaiveDate) -> NaiveDate,
) -> Option<Vec<i64>> {
    let mut day = start.with_timezone(&zone).date_naive();
    let mut edges = vec![start.timestamp_micros()];
    loop {
        day = next(day);
        let edge = start_of_day(day, zone).timestamp_micros();
        // A zone that crossed the date line left out a whole day: no instant is in it, and it is none of the buckets.
        if edges.last().is_some_and(|&last| edge > last) {
            edges.push(edge);
        }
        if edge > to.timestamp_micros() {
            return Some(edges);
        }
        if edges.len() > MAX_BUCKETS {
            return None;
        }
    }
}
