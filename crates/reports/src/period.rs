//! Which periods reports are about, and the days and weeks in them. All of them are UTC; weeks begin on Mondays.

use agent_sessions::window::Span;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use insights_core::problem::Problem;

/// Length of a report's period where nobody says.
pub const DEFAULT_LENGTH: TimeDelta = TimeDelta::days(30);
/// Longest period of a report.
pub const MAX_LENGTH: TimeDelta = TimeDelta::days(366);
/// What a period is compared with goes back at least this far.
const BASELINE_LENGTH: TimeDelta = TimeDelta::weeks(8);
/// Earlier periods of the same length that one is compared with.
pub(crate) const EARLIER_PERIODS: i32 = 4;
/// The years that a period may touch.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9998;

/// The period that somebody asks for at `now`: until now, and 30 days long, where they leave that open.
///
/// # Errors
/// A 400 that names `from` or `to`.
pub fn asked(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Span, Problem> {
    for (name, instant) in [("from", from), ("to", to)] {
        if instant.is_some_and(|instant| !YEARS.contains(&instant.year())) {
            return Err(Problem::invalid(name, format!("`{name}` is to be of a year from 1970 to 9998.")));
        }
    }
    let to = to.unwrap_or(now);
    let from = from.unwrap_or(to - DEFAULT_LENGTH);
    if from >= to {
        return Err(Problem::invalid("from", "`from` is to be before `to`."));
    }
    if to - from > MAX_LENGTH {
        return Err(Problem::invalid("from", "A report covers at most 366 days."));
    }
    Ok(Span { from, to })
}

/// From which instant on a report about `period` needs to know what happened: eight weeks, or four times its length, before it.
pub fn needed_from(period: Span) -> DateTime<Utc> {
    (period.from - BASELINE_LENGTH).min(period.from - (period.to - period.from) * EARLIER_PERIODS)
}

/// Whether the two have an instant in common.
pub(crate) fn overlaps(one: Span, other: Span) -> bool {
    one.from < other.to && other.from < one.to
}

/// The periods of the same length before it, the latest first.
pub(crate) fn earlier(period: Span) -> Vec<Span> {
    let before = std::iter::successors(Some(period.previous()), |span| Some(span.previous()));
    before.take(usize::try_from(EARLIER_PERIODS).unwrap_or(0)).collect()
}

/// The weeks that it touches, each cut to it.
pub(crate) fn weeks(period: Span) -> Vec<Span> {
    let mut weeks = Vec::new();
    let mut start = week_start(period.from);
    while start < period.to {
        let end = start + TimeDelta::weeks(1);
        weeks.push(Span { from: start.max(period.from), to: end.min(period.to) });
        start = end;
    }
    weeks
}

/// The days that it touches.
pub(crate) fn days(period: Span) -> impl Iterator<Item = NaiveDate> + use<> {
    let last = last_day(period);
    period.from.date_naive().iter_days().take_while(move |day| *day <= last)
}

/// The last day that it touches.
pub(crate) fn last_day(period: Span) -> NaiveDate {
    (period.to - TimeDelta::microseconds(1)).date_naive()
}

/// The Monday on or before that day, at midnight.
fn week_start(instant: DateTime<Utc>) -> DateTime<Utc> {
    let day = instant.date_naive();
    let back = Days::new(u64::from(day.weekday().num_days_from_monday()));
    // The first days that can be told are centuries before anything that happened.
    day.checked_sub_days(back).unwrap_or(day).and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> Span {
        Span { from: at(from), to: at(to) }
    }

    #[test]
    fn a_period_is_thirty_days_unless_somebody_says() {
        let now = at("2026-03-31T12:00:00Z");
        assert_eq!(asked(None, None, now).unwrap(), period("2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z"));
        let to = Some(at("2026-02-01T00:00:00Z"));
        assert_eq!(asked(None, to, now).unwrap(), period("2026-01-02T00:00:00Z", "2026-02-01T00:00:00Z"));
        let attr = |from, to| asked(from, to, now).unwrap_err().attr.unwrap();
        assert_eq!(attr(to, to), "from");
        assert_eq!(attr(Some(at("2024-01-01T00:00:00Z")), to), "from");
        assert_eq!(attr(None, Some(at("9999-01-01T00:00:00Z"))), "to");
        assert_eq!(attr(Some(at("-0001-01-01T00:00:00Z")), None), "from");
    }

    #[test]
    fn weeks_begin_on_mondays_and_end_with_the_period() {
        let expected = [
            period("2026-03-04T10:00:00Z", "2026-03-09T00:00:00Z"),
            period("2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z"),
        ];
        assert_eq!(weeks(period("2026-03-04T10:00:00Z", "2026-03-16T00:00:00Z")), expected);
    }

    #[test]
    fn days_are_those_that_the_period_touches() {
        let count = |from, to| days(period(from, to)).count();
        assert_eq!(count("2026-03-04T23:00:00Z", "2026-03-05T01:00:00Z"), 2);
        assert_eq!(count("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"), 1);
    }

    #[test]
    fn what_is_needed_reaches_back_to_what_is_compared() {
        let short = period("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
        assert_eq!(needed_from(short), short.from - TimeDelta::weeks(8));
        let long = period("2026-01-01T00:00:00Z", "2026-03-02T00:00:00Z");
        assert_eq!(needed_from(long), earlier(long)[3].from);
        assert_eq!(earlier(short)[0], period("2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z"));
        assert!(overlaps(short, long) == (short.from < long.to) && !overlaps(short, earlier(short)[0]));
    }
}
