//! Numbers, shares, times and dates in words.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use insights_core::time::Interval;

/// A number for people: with commas between thousands, and decimals only where it is small.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e9 {
        return format!("{} billion", trimmed(value / 1e9, 1));
    }
    if size >= 1e7 {
        return format!("{} million", trimmed(value / 1e6, 1));
    }
    let decimals = if size >= 100.0 || value.fract() == 0.0 {
        0
    } else if size >= 1.0 {
        1
    } else {
        2
    };
    with_commas(&trimmed(value, decimals))
}

/// A part of a whole, given as a fraction, in percent.
pub(super) fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    let size = value.abs();
    let is_nearly_all = size < 100.0 && size > 99.5;
    let decimals = if size >= 9.95 && !is_nearly_all { 0 } else { 1 };
    if size > 0.0 && size < 0.05 {
        return "less than 0.1%".to_owned();
    }
    if is_nearly_all && size >= 99.95 {
        return "more than 99.9%".to_owned();
    }
    format!("{}%", with_commas(&trimmed(value, decimals)))
}

/// How `after` differs from `before`, without a sign: `12%`, or `4.2 times` where it is more than thrice as much.
pub(super) fn change(before: f64, after: f64) -> String {
    if before > 0.0 && after / before >= 3.0 {
        return format!("to {} times as much", trimmed(after / before, 1));
    }
    format!("by {}", percent(((after - before) / before).abs()))
}

/// `1 person`, `2 people`.
pub(super) fn counted(value: f64, (one, many): (&str, &str)) -> String {
    format!("{} {}", number(value), if value == 1.0 { one } else { many })
}

/// Seconds in a fitting unit.
pub(super) fn duration(seconds: f64) -> String {
    let units = [(86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1.0, "second"));
    let value = seconds / size;
    let shown = trimmed(value, usize::from(value < 9.95));
    format!("{shown} {unit}{}", if shown == "1" { "" } else { "s" })
}

/// The interval in which something was, by its beginning: `on 12 March`, `in the week of 12 March`, `in March 2026`.
pub(super) fn when(start: NaiveDateTime, interval: Interval) -> String {
    match interval {
        Interval::Second | Interval::Minute | Interval::Hour => {
            format!("on {} at {}", day(start.date()), start.format("%H:%M"))
        }
        Interval::Day => format!("on {}", day(start.date())),
        Interval::Week => format!("in the week of {}", day(start.date())),
        Interval::Month => format!("in {}", start.format("%B %Y")),
    }
}

/// `12 March`.
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%-d %B").to_string()
}

/// Singular and plural of an interval.
pub(super) fn interval_words(interval: Interval) -> (&'static str, &'static str) {
    match interval {
        Interval::Second => ("second", "seconds"),
        Interval::Minute => ("minute", "minutes"),
        Interval::Hour => ("hour", "hours"),
        Interval::Day => ("day", "days"),
        Interval::Week => ("week", "weeks"),
        Interval::Month => ("month", "months"),
    }
}

/// `a day`, `an hour`.
pub(super) fn per_interval(interval: Interval) -> String {
    let (one, _) = interval_words(interval);
    format!("{} {one}", if interval == Interval::Hour { "an" } else { "a" })
}

/// The beginning of an interval as answers write it: a date, a date with a time, or RFC 3339.
pub(super) fn instant(text: &str) -> Option<NaiveDateTime> {
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    let time = match text.get(11..19) {
        Some(time) => NaiveTime::parse_from_str(time, "%H:%M:%S").ok()?,
        None => NaiveTime::MIN,
    };
    Some(date.and_time(time))
}

/// A name in a sentence: on one line, not too long.
pub(super) fn name(text: &str) -> String {
    const LONGEST: usize = 60;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    match line.char_indices().nth(LONGEST) {
        _ if line.is_empty() => "an empty value".to_owned(),
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// `value` with at most `decimals`, and no zeros after them; never `-0`.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn with_commas(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = rest.split_once('.').map_or((rest, None), |(whole, decimals)| (whole, Some(decimals)));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match decimals {
        Some(decimals) => format!("{sign}{grouped}.{decimals}"),
        None => format!("{sign}{grouped}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let cases: [(f64, &str); 10] = [
            (0.0, "0"),
            (-0.001, "0"),
            (0.256, "0.26"),
            (3.0, "3"),
            (3.26, "3.3"),
            (99.96, "100"),
            (1234.4, "1,234"),
            (-1_234_567.0, "-1,234,567"),
            (12_340_000.0, "12.3 million"),
            (2e9, "2 billion"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn shares_are_rounded_without_lying() {
        let cases = [
            (0.0, "0%"),
            (0.0001, "less than 0.1%"),
            (0.0123, "1.2%"),
            (0.0996, "10%"),
            (0.5, "50%"),
            (0.998, "99.8%"),
            (0.9999, "more than 99.9%"),
            (1.0, "100%"),
            (-0.25, "-25%"),
            (12.345, "1,234%"),
        ];
        for (value, expected) in cases {
            assert_eq!(percent(value), expected, "{value}");
        }
        assert_eq!(
            (change(100.0, 88.0), change(100.0, 420.0)),
            ("by 12%".to_owned(), "to 4.2 times as much".to_owned())
        );
    }

    #[test]
    fn times_have_fitting_units() {
        let cases = [
            (0.4, "0.4 seconds"),
            (1.0, "1 second"),
            (90.0, "1.5 minutes"),
            (3600.0, "1 hour"),
            (86_400.0 * 12.3, "12 days"),
        ];
        for (value, expected) in cases {
            assert_eq!(duration(value), expected);
        }
        assert_eq!(counted(1.0, ("person", "people")), "1 person");
        assert_eq!(counted(1500.0, ("person", "people")), "1,500 people");
    }

    #[test]
    fn dates_are_read_as_answers_write_them() {
        let shown = |text: &str, interval| instant(text).map(|start| when(start, interval));
        assert_eq!(shown("2026-03-05", Interval::Day).as_deref(), Some("on 5 March"));
        assert_eq!(shown("2026-03-05 14:00:00", Interval::Hour).as_deref(), Some("on 5 March at 14:00"));
        assert_eq!(shown("2026-03-01T00:00:00Z", Interval::Month).as_deref(), Some("in March 2026"));
        assert_eq!(shown("soon", Interval::Day), None);
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(name("a\nb"), "a b");
        assert_eq!(name("  "), "an empty value");
        assert_eq!(name(&"é".repeat(80)).chars().count(), 61);
    }
}
