//! Beginnings of intervals as people read them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// A place along an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Under the axis: `3 Jan`, `14:00`, `Jan 2026`.
    pub(crate) short: String,
    /// By itself: `Sat 3 Jan 2026`, `3 Jan 2026, 14:00`.
    pub(crate) long: String,
}

impl Label {
    /// The same text for both.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { short: text.clone(), long: text }
    }

    /// The interval that begins at `day` (`2026-01-31`, `2026-01-31 14:00:00`, RFC 3339) and is as long as `interval` says (`day`, `week`, …).
    /// A text that is none of these is shown as it is.
    pub(crate) fn of_interval(day: &str, interval: &str) -> Self {
        let Some(start) = parse(day) else { return Self::plain(day) };
        let (short, long) = match interval {
            "second" => ("%H:%M:%S", "%-d %b %Y, %H:%M:%S"),
            "minute" | "hour" => ("%-d %b %H:%M", "%-d %b %Y, %H:%M"),
            "week" => ("%-d %b", "week of %-d %b %Y"),
            "month" => ("%b %Y", "%B %Y"),
            _ => ("%-d %b", "%a %-d %b %Y"),
        };
        Self { short: start.format(short).to_string(), long: start.format(long).to_string() }
    }
}

fn parse(day: &str) -> Option<NaiveDateTime> {
    if let Ok(day) = NaiveDate::parse_from_str(day, "%Y-%m-%d") {
        return day.and_hms_opt(0, 0, 0);
    }
    let local = NaiveDateTime::parse_from_str(day, "%Y-%m-%d %H:%M:%S").ok();
    local.or_else(|| DateTime::parse_from_rfc3339(day).ok().map(|instant| instant.naive_local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(day: &str, interval: &str, short: &str, long: &str) {
        assert_eq!(Label::of_interval(day, interval), Label { short: short.to_owned(), long: long.to_owned() });
    }

    #[test]
    fn intervals_are_named_by_their_beginning() {
        check("2026-01-03", "day", "3 Jan", "Sat 3 Jan 2026");
        check("2026-01-03 14:00:00", "hour", "3 Jan 14:00", "3 Jan 2026, 14:00");
        check("2026-01-04", "week", "4 Jan", "week of 4 Jan 2026");
        check("2026-01-01", "month", "Jan 2026", "January 2026");
        check("2026-01-03T00:00:00-07:00", "day", "3 Jan", "Sat 3 Jan 2026");
        check("<b>", "day", "<b>", "<b>");
    }
}
