//! Single dates as lists are filtered by them.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::answer::QueryContext;
use crate::dates::parse::DateText;
use crate::dates::relative::{Relative, end_of_day, start_of_day};

/// The instant that `text` stands for in the zone of `context`: a date, an instant, or so long before now, such as `-7d`, which is then the
/// beginning of that day where it counts in days or more. `None` where it is none of them.
pub fn instant_of_text(text: &str, context: &QueryContext) -> Option<DateTime<Utc>> {
    let zone = context.timezone;
    if let Some(date) = DateText::parse(text) {
        return Some(date.instant(zone));
    }
    let relative = Relative::parse(text)?;
    let instant = relative.before(context.now, zone, context.week_start.weekday());
    if relative.is_within_days() || relative.edge.is_some() {
        return Some(instant);
    }
    Some(start_of_day(instant.with_timezone(&zone).date_naive(), zone))
}

/// The stretch of time that `text` names in the zone of `context`, in microseconds since 1970 UTC: a date without a time is its whole day,
/// everything else is one instant, and so is what counts from now, such as `-1h`. `None` where it is none of them.
pub fn span_of_text(text: &str, context: &QueryContext) -> Option<Range<i64>> {
    let zone = context.timezone;
    let (first, last) = match DateText::parse(text) {
        Some(DateText::Day(day)) => {
            let first = start_of_day(day, zone);
            (first, end_of_day(first, zone))
        }
        Some(date) => (date.instant(zone), date.instant(zone)),
        None => {
            let instant = Relative::parse(text)?.before(context.now, zone, context.week_start.weekday());
            (instant, instant)
        }
    };
    Some(first.timestamp_micros()..last.timestamp_micros() + 1)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use insights_core::ids::ProjectId;
    use insights_core::project::WeekStart;

    use super::*;

    fn context() -> QueryContext {
        QueryContext {
            project: ProjectId(1),
            timezone: Tz::Europe__Berlin,
            week_start: WeekStart::Sunday,
            now: "2026-01-14T12:30:00Z".parse().unwrap(),
            definitions: std::sync::Arc::default(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let expected = expected.map(|expected| expected.parse().unwrap());
        assert_eq!(instant_of_text(text, &context()), expected);
    }

    #[track_caller]
    fn check_span(text: &str, expected: Option<(&str, &str)>) {
        let micros = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
        let expected = expected.map(|(from, until)| micros(from)..micros(until));
        assert_eq!(span_of_text(text, &context()), expected, "{text}");
    }

    #[test]
    fn days_are_whole_and_everything_else_is_an_instant() {
        check_span("2026-01-10", Some(("2026-01-09T23:00:00Z", "2026-01-10T23:00:00Z")));
        check_span("2026-03-29", Some(("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")));
        check_span("2026-01-10T08:00:00", Some(("2026-01-10T07:00:00Z", "2026-01-10T07:00:00.000001Z")));
        check_span("-1d", Some(("2026-01-13T12:30:00Z", "2026-01-13T12:30:00.000001Z")));
        check_span("-1dStart", Some(("2026-01-12T23:00:00Z", "2026-01-12T23:00:00.000001Z")));
        check_span("soon", None);
    }

    #[test]
    fn dates_are_read_in_the_projects_zone() {
        check("2026-01-10", Some("2026-01-09T23:00:00Z"));
        check("2026-01-10T08:00:00Z", Some("2026-01-10T08:00:00Z"));
        check("-7d", Some("2026-01-06T23:00:00Z"));
        check("-2h", Some("2026-01-14T10:30:00Z"));
        check("yesterday evening", None);
    }
}
