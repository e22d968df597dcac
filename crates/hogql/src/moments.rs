//! Days and instants as people write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// What a text says of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// A day.
    Day(NaiveDate),
    /// What a clock shows somewhere.
    Clock(NaiveDateTime),
    /// An instant, in microseconds since 1970 UTC.
    Instant(i64),
}

const DAYS: [&str; 9] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%b %d %Y", "%b %d, %Y", "%d %B %Y"];

const TIMES: [&str; 3] = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p"];

/// Reads a day, a clock or an instant: `2024-01-31`, `2024-01-31 10:00`, `2024-01-31T10:00:00.5Z`, `2024-01-31 10:00:00+02:00`,
/// `31/01/2024`, `31 Jan 2024 10:00:00`, `20240131`, `20240131T100000`, seconds, milliseconds or microseconds since 1970.
#[must_use]
pub fn read(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_digits(text);
    }
    if let Some(clock) = day(text).map(Moment::Day).or_else(|| clock(text).map(Moment::Clock)) {
        return Some(clock);
    }
    let (local, east_seconds) = split_offset(text)?;
    let local = clock(local)?;
    Some(Moment::Instant(local.and_utc().timestamp_micros() - east_seconds * 1_000_000))
}

fn day(text: &str) -> Option<NaiveDate> {
    // chrono takes years of any length
    let has_short_year = text.split(['-', '/', '.']).next().is_some_and(|year| year.len() == 3);
    DAYS.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok()).filter(|_| !has_short_year)
}

fn clock(text: &str) -> Option<NaiveDateTime> {
    if let Ok(clock) = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S") {
        return Some(clock);
    }
    // a time stands behind the last space or T but that before AM and PM
    let at = text.find(':').and_then(|colon| text[..colon].rfind([' ', 'T', 't']))?;
    let date =
        text[..at].split_once(", ").filter(|(weekday, _)| weekday.len() == 3).map_or(&text[..at], |(_, date)| date);
    let time = text[at + 1..].trim();
    let time = TIMES.iter().find_map(|form| chrono::NaiveTime::parse_from_str(time, form).ok())?;
    Some(day(date.trim())?.and_time(time))
}

/// What stands before an offset from Greenwich, and how many seconds that is to the east.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    for zone in ["Z", "z", "UTC", "GMT"] {
        if let Some(local) = text.strip_suffix(zone) {
            return Some((local.trim_end(), 0));
        }
    }
    let colon = text.find(':')?;
    let at = colon + text[colon..].find(['+', '-'])?;
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    let digits = text[at + 1..].replace(':', "");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?),
        _ => return None,
    };
    Some((text[..at].trim_end(), sign * (hours * 60 + minutes) * 60))
}

fn of_digits(text: &str) -> Option<Moment> {
    let number = || text.parse::<i64>().ok();
    let since_epoch = |us: i64| DateTime::from_timestamp_micros(us).map(|_| Moment::Instant(us));
    match text.len() {
        4 => NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1).map(Moment::Day),
        8 => NaiveDate::parse_from_str(text, "%Y%m%d").ok().map(Moment::Day),
        14 => NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok().map(Moment::Clock),
        9 | 10 => since_epoch(number()? * 1_000_000),
        13 => since_epoch(number()? * 1000),
        16 => since_epoch(number()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = match read(text) {
            None => "nothing".to_owned(),
            Some(Moment::Day(day)) => day.to_string(),
            Some(Moment::Clock(clock)) => clock.to_string(),
            Some(Moment::Instant(us)) => format!("{} UTC", DateTime::from_timestamp_micros(us).unwrap().naive_utc()),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn days_are_read() {
        check("2024-01-31", "2024-01-31");
        check(" 2024/01/31 ", "2024-01-31");
        check("31/01/2024", "2024-01-31");
        check("Jan 31 2024", "2024-01-31");
        check("20240131", "2024-01-31");
        check("2024", "2024-01-01");
        check("2024-13-01", "nothing");
        check("", "nothing");
        check("yesterday or so", "nothing");
        check("äääääääääääääää", "nothing");
    }

    #[test]
    fn clocks_are_read() {
        check("2024-01-31 10:00", "2024-01-31 10:00:00");
        check("2024-01-31T10:00:00.25", "2024-01-31 10:00:00.250");
        check("31 Jan 2024 10:11:12", "2024-01-31 10:11:12");
        check("20240131T101112", "2024-01-31 10:11:12");
        check("20240131101112", "2024-01-31 10:11:12");
        check("2024-01-31 25:00:00", "nothing");
    }

    #[test]
    fn instants_are_read() {
        check("2024-01-31T10:00:00Z", "2024-01-31 10:00:00 UTC");
        check("2024-01-31 10:00:00.5 +02:00", "2024-01-31 08:00:00.500 UTC");
        check("2024-01-31T10:00:00-0530", "2024-01-31 15:30:00 UTC");
        check("Wed, 31 Jan 2024 10:00:00 +0000", "2024-01-31 10:00:00 UTC");
        check("1706700000", "2024-01-31 11:20:00 UTC");
        check("1706700000123", "2024-01-31 11:20:00.123 UTC");
        check("2024-01-31 10:00:00+5", "nothing");
    }
}
