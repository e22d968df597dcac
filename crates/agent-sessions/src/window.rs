//! Stretches of time that numbers are about: calendar days, weeks and months of UTC.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

/// From an instant, which is in it, to another one, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub to: DateTime<Utc>,
}

impl Span {
    /// Whether the instant is in it.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && instant < self.to
    }

    /// The stretch of the same length before it.
    #[must_use]
    pub fn previous(&self) -> Self {
        Self { from: self.from - (self.to - self.from), to: self.from }
    }

    /// It in so many stretches of the same length, the first one first.
    pub fn slices(&self, n: u16) -> Vec<Self> {
        let length = self.to - self.from;
        let at = |i: u16| self.from + length * i32::from(i) / i32::from(n.max(1));
        (0..n).map(|i| Self { from: at(i), to: at(i + 1) }).collect()
    }

    /// Days from Monday to Friday that have begun in it by `now`; one at least.
    pub fn working_days(&self, now: DateTime<Utc>) -> u32 {
        let last = self.to.min(now + TimeDelta::microseconds(1)) - TimeDelta::microseconds(1);
        let days = self.from.date_naive().iter_days().take_while(|day| *day <= last.date_naive()).take(3660);
        let n = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).count();
        u32::try_from(n).unwrap_or(u32::MAX).max(1)
    }
}

/// Kinds of calendar windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Window {
    /// A day.
    Daily,
    /// A week, from Monday on.
    #[default]
    Weekly,
    /// A month.
    Monthly,
}

impl Window {
    /// Name in routes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// The window of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Daily, Self::Weekly, Self::Monthly].into_iter().find(|window| window.name() == name)
    }

    /// The one that `now` is in, or the one so many before it.
    pub fn span(self, now: DateTime<Utc>, before: u32) -> Span {
        let today = now.date_naive();
        let (first, behind) = match self {
            Self::Daily => {
                let day = today - Days::new(u64::from(before));
                (day, day + Days::new(1))
            }
            Self::Weekly => {
                let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
                let monday = monday - Days::new(7 * u64::from(before));
                (monday, monday + Days::new(7))
            }
            Self::Monthly => {
                let first = today.with_day(1).unwrap_or(today) - Months::new(before);
                (first, first + Months::new(1))
            }
        };
        Span { from: midnight(first), to: midnight(behind) }
    }

    /// The window that `now` is in and so many before it, the oldest first.
    pub fn spans(self, now: DateTime<Utc>, n: u32) -> Vec<Span> {
        (0..n).rev().map(|before| self.span(now, before)).collect()
    }
}

/// The day as a stretch.
pub fn day(date: NaiveDate) -> Span {
    Span { from: midnight(date), to: midnight(date + Days::new(1)) }
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[track_caller]
    fn check(window: Window, before: u32, from: &str, to: &str) {
        let span = window.span(instant("2026-03-04T15:00:00Z"), before); // a Wednesday
        assert_eq!(
            (span.from.to_rfc3339(), span.to.to_rfc3339()),
            (format!("{from}T00:00:00+00:00"), format!("{to}T00:00:00+00:00"))
        );
    }

    #[test]
    fn windows_are_of_the_calendar() {
        check(Window::Daily, 0, "2026-03-04", "2026-03-05");
        check(Window::Daily, 4, "2026-02-28", "2026-03-01");
        check(Window::Weekly, 0, "2026-03-02", "2026-03-09");
        check(Window::Weekly, 1, "2026-02-23", "2026-03-02");
        check(Window::Monthly, 0, "2026-03-01", "2026-04-01");
        check(Window::Monthly, 3, "2025-12-01", "2026-01-01");
        assert_eq!(Window::from_name("hourly"), None);
        assert_eq!(Window::from_name("monthly"), Some(Window::Monthly));
    }

    #[test]
    fn working_days_are_those_that_have_begun() {
        let week = Window::Weekly.span(instant("2026-03-04T15:00:00Z"), 0);
        for (now, n) in [
            ("2026-03-02T00:00:00Z", 1),
            ("2026-03-04T15:00:00Z", 3),
            ("2026-03-07T15:00:00Z", 5),
            ("2026-05-01T00:00:00Z", 5),
        ] {
            assert_eq!(week.working_days(instant(now)), n, "{now}");
        }
        let sunday = Window::Daily.span(instant("2026-03-08T15:00:00Z"), 0);
        assert_eq!(sunday.working_days(instant("2026-03-08T15:00:00Z")), 1);
    }

    #[test]
    fn slices_cover_the_span() {
        let span = Window::Monthly.span(instant("2026-02-04T15:00:00Z"), 0);
        let slices = span.slices(4);
        assert_eq!((slices[0].from, slices[3].to, slices.len()), (span.from, span.to, 4));
        assert!(slices.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(span.previous().to, span.from);
    }
}
