//! When an alert is checked next.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::model::CalculationInterval;

/// The hours of the day, in the project's zone, at which daily, weekly and monthly alerts are checked: when the interval before is over and
/// its last events have arrived.
const DAILY_HOUR: u32 = 1;
const WEEKLY_HOUR: u32 = 3;
const MONTHLY_HOUR: u32 = 4;

/// What a schedule goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How often.
    pub interval: CalculationInterval,
    /// Whether Saturdays and Sundays are left out.
    pub skip_weekend: bool,
    /// The zone in which days begin.
    pub timezone: Tz,
}

impl Schedule {
    /// The instant of the check after the one at `now`, which had been due at `was_due_at`. Later than `now`.
    ///
    /// Hourly checks keep their minute, others take that of `now`, so that not all alerts of a server are due at once.
    pub fn next(self, was_due_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
        let local = now.with_timezone(&self.timezone).naive_local();
        let on = |day: NaiveDate, hour| self.instant(day, hour, local.minute());
        let next = match self.interval {
            CalculationInterval::Hourly => next_hour(was_due_at, now),
            CalculationInterval::Daily => on(after(local.date(), 1), DAILY_HOUR),
            CalculationInterval::Weekly => {
                let to_monday = 7 - u64::from(local.weekday().num_days_from_monday());
                on(after(local.date(), to_monday), WEEKLY_HOUR)
            }
            CalculationInterval::Monthly => {
                let first = local.date().with_day(1).unwrap_or(local.date());
                on(first.checked_add_months(Months::new(1)).unwrap_or(first), MONTHLY_HOUR)
            }
        };
        self.past_weekend(next)
    }

    /// Whether nothing is checked at `now` since it is weekend.
    pub fn is_resting(self, now: DateTime<Utc>) -> bool {
        let weekday = now.with_timezone(&self.timezone).weekday();
        self.skip_weekend && matches!(weekday, Weekday::Sat | Weekday::Sun)
    }

    /// `instant`, or where it is in a weekend that is left out, the Monday after.
    pub fn past_weekend(self, instant: DateTime<Utc>) -> DateTime<Utc> {
        if !self.is_resting(instant) {
            return instant;
        }
        let local = instant.with_timezone(&self.timezone).naive_local();
        let to_monday = 7 - u64::from(local.weekday().num_days_from_monday());
        let hour = if self.interval == CalculationInterval::Hourly { 0 } else { local.hour() };
        self.instant(after(local.date(), to_monday), hour, local.minute())
    }

    /// The instant at which clocks show that; where they skip it, the first one after.
    fn instant(self, day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
        let mut local = day.and_hms_opt(hour, minute, 0).unwrap_or(NaiveDateTime::MIN);
        // No zone skips more than a day.
        for _ in 0..=48 {
            if let Some(instant) = self.timezone.from_local_datetime(&local).earliest() {
                return instant.with_timezone(&Utc);
            }
            local += TimeDelta::minutes(30);
        }
        local.and_utc()
    }
}

/// The first instant after `now` that is whole hours after the one that was due.
fn next_hour(was_due_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    let base = was_due_at.filter(|at| *at <= now).unwrap_or(now);
    let n_hours = (now - base).num_hours() + 1;
    base + TimeDelta::hours(n_hours)
}

fn after(day: NaiveDate, n_days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(n_days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(interval: CalculationInterval, skip_weekend: bool, timezone: Tz, now: &str, expected: &str) {
        let schedule = Schedule { interval, skip_weekend, timezone };
        let next = schedule.next(None, now.parse().unwrap());
        assert_eq!(next.with_timezone(&timezone).to_rfc3339(), expected);
    }

    use CalculationInterval::{Daily, Hourly, Monthly, Weekly};
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::Berlin;

    #[test]
    fn checks_follow_the_projects_calendar() {
        // a Wednesday
        check(Hourly, false, Tz::UTC, "2026-01-14T03:21:34Z", "2026-01-14T04:21:34+00:00");
        check(Daily, false, Tz::UTC, "2026-01-14T03:21:34Z", "2026-01-15T01:21:00+00:00");
        check(Weekly, false, Tz::UTC, "2026-01-14T03:21:34Z", "2026-01-19T03:21:00+00:00");
        check(Weekly, false, Tz::UTC, "2026-01-12T00:00:00Z", "2026-01-19T03:00:00+00:00");
        check(Monthly, false, Tz::UTC, "2026-01-31T03:21:34Z", "2026-02-01T04:21:00+00:00");
        // still Tuesday in New York
        check(Daily, false, New_York, "2026-01-14T03:21:34Z", "2026-01-14T01:21:00-05:00");
        check(Monthly, false, New_York, "2026-02-01T04:00:00Z", "2026-02-01T04:00:00-05:00");
    }

    #[test]
    fn weekends_can_be_left_out() {
        // Friday evening, and Saturday
        check(Daily, true, Tz::UTC, "2026-01-16T20:10:00Z", "2026-01-19T01:10:00+00:00");
        check(Daily, false, Tz::UTC, "2026-01-16T20:10:00Z", "2026-01-17T01:10:00+00:00");
        check(Hourly, true, Tz::UTC, "2026-01-16T23:10:00Z", "2026-01-19T00:10:00+00:00");
        check(Hourly, true, New_York, "2026-01-16T23:10:00Z", "2026-01-16T19:10:00-05:00");
        check(Monthly, true, Tz::UTC, "2026-07-20T23:10:00Z", "2026-08-03T04:10:00+00:00");
        let schedule = Schedule { interval: Daily, skip_weekend: true, timezone: Tz::UTC };
        assert!(schedule.is_resting("2026-01-18T23:59:59Z".parse().unwrap()));
        assert!(!schedule.is_resting("2026-01-19T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn hours_that_clocks_skip_or_repeat_are_met_once() {
        // 2026-03-29 02:00 becomes 03:00 in Berlin; 01:30 in Santiago is whole
        check(Daily, false, Berlin, "2026-03-28T12:30:00Z", "2026-03-29T01:30:00+01:00");
        check(Hourly, false, Berlin, "2026-03-29T00:30:00Z", "2026-03-29T03:30:00+02:00");
        // 2026-10-25 has 02:00 twice in Berlin
        check(Hourly, false, Berlin, "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+01:00");
        check(Daily, false, Berlin, "2026-10-25T12:30:00Z", "2026-10-26T01:30:00+01:00");
        // Havana goes from 00:59 to 02:00, so that there is no 01:15
        check(Daily, false, chrono_tz::America::Scoresbysund, "2026-03-28T12:15:00Z", "2026-03-29T01:15:00-01:00");
    }

    #[test]
    fn hourly_checks_keep_their_minute() {
        let schedule = Schedule { interval: Hourly, skip_weekend: false, timezone: Tz::UTC };
        let next = |due: &str, now: &str| schedule.next(Some(due.parse().unwrap()), now.parse().unwrap()).to_rfc3339();
        assert_eq!(next("2026-01-14T03:10:00Z", "2026-01-14T03:11:40Z"), "2026-01-14T04:10:00+00:00");
        // what was missed while no server ran is checked once
        assert_eq!(next("2026-01-14T03:10:00Z", "2026-01-14T09:11:40Z"), "2026-01-14T10:10:00+00:00");
        assert_eq!(next("2026-01-14T03:10:00Z", "2026-01-14T03:10:00Z"), "2026-01-14T04:10:00+00:00");
    }
}
