//! Single dates as lists are filtered by them.

use chrono::{DateTime, Utc};

use crate::answer::QueryContext;
use crate::dates::parse::DateText;
use crate::dates::relative::{Relative, start_of_day};

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

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use insights_core::ids::ProjectId;
    use insights_core::project::WeekStart;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let context = QueryContext {
            project: ProjectId(1),
            timezone: Tz::Europe__Berlin,
            week_start: WeekStart::Sunday,
            now: "2026-01-14T12:30:00Z".parse().unwrap(),
            definitions: std::sync::Arc::default(),
        };
        let expected = expected.map(|expected| expected.parse().unwrap());
        assert_eq!(instant_of_text(text, &context), expected);
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
