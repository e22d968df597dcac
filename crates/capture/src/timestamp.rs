//! Instants as clients write them, and the correction of clients' clocks.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// How far ahead of the server's clock an event may be; beyond it the client's clock is wrong and the present is taken.
/// Just under a day, so that a client that sends its local time as UTC is still taken at its word.
const MAX_AHEAD: TimeDelta = TimeDelta::hours(23);

/// The instant that `text` means, to the microsecond; `None` where it means none, or one outside the years 1 to 9999.
///
/// Reads ISO 8601 with `T` or a space, with or without seconds, fraction and offset (none means UTC), or the date alone;
/// seconds, milliseconds or microseconds since 1970 in digits, told apart by their size; the e-mail form
/// (`Sat, 31 Jan 2026 10:00:00 +0000`) and the one of a JavaScript `Date` as text.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim_ascii();
    parse_iso(text.as_bytes()).or_else(|| parse_number(text)).or_else(|| parse_spelled_out(text)).and_then(in_range)
}

/// The instant that `microseconds` since 1970 mean; `None` outside the years 1 to 9999.
pub fn instant_from_micros(microseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(microseconds).and_then(in_range)
}

/// What an event says about its own time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Claim {
    /// `timestamp`, where it could be read.
    pub(crate) timestamp: Option<DateTime<Utc>>,
    /// `offset`: milliseconds between the event and the sending of it.
    pub(crate) offset_ms: Option<i64>,
    /// The client's clock at the sending.
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

/// The time of an event that arrived at `now`.
///
/// Where the client told its own clock at the sending, the event happened as long before now as before that. An event without a
/// time of its own happened now, or `offset` before. What lies in the far future, by a wrong clock, is taken to be now.
pub(crate) fn corrected(claim: Claim, now: DateTime<Utc>) -> DateTime<Utc> {
    let instant = match (claim.timestamp, claim.sent_at) {
        (Some(timestamp), Some(sent_at)) => now.checked_add_signed(timestamp - sent_at).and_then(in_range),
        (Some(timestamp), None) => Some(timestamp),
        (None, _) => claim
            .offset_ms
            .and_then(TimeDelta::try_milliseconds)
            .and_then(|offset| now.checked_sub_signed(offset))
            .and_then(in_range),
    };
    let instant = instant.filter(|&instant| instant <= now + MAX_AHEAD).unwrap_or(now);
    truncate_to_micros(instant)
}

fn truncate_to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

fn in_range(instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
    /// 0001-01-01T00:00:00Z.
    const FIRST_SECOND: i64 = -62_135_596_800;
    /// 9999-12-31T23:59:59Z.
    const LAST_SECOND: i64 = 253_402_300_799;
    (FIRST_SECOND..=LAST_SECOND).contains(&instant.timestamp()).then_some(instant)
}

/// By hand, as every event has one of these and a general parser takes ten times as long.
fn parse_iso(text: &[u8]) -> Option<DateTime<Utc>> {
    let mut rest = Digits(text);
    let year = rest.take(4)?;
    rest.byte(b'-')?;
    let month = rest.take(2)?;
    rest.byte(b'-')?;
    let day = rest.take(2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if rest.0.is_empty() {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    }
    rest.one_of(b"Tt ")?;
    let hour = rest.take(2)?;
    rest.byte(b':')?;
    let minute = rest.take(2)?;
    let (mut second, mut micros) = (0, 0);
    if rest.byte(b':').is_some() {
        second = rest.take(2)?;
        if rest.one_of(b".,").is_some() {
            micros = rest.fraction()?;
        }
    }
    // A leap second is the last microsecond-less instant of its minute plus one second.
    let leap = u32::from(second == 60);
    let local = date.and_hms_micro_opt(hour, minute, second - leap, micros)? + TimeDelta::seconds(i64::from(leap));
    Some((local - TimeDelta::seconds(rest.offset_seconds()?)).and_utc())
}

/// A cursor over ASCII digits and punctuation.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// Exactly `count` digits.
    fn take(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut number = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
        }
        self.0 = rest;
        Some(number)
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[expected])?;
        Some(())
    }

    fn one_of(&mut self, expected: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        expected.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    /// One digit or more after the decimal point, as microseconds, the rest cut off.
    fn fraction(&mut self) -> Option<u32> {
        let mut micros = 0;
        let mut scale = 100_000;
        let mut any = false;
        while let Some((&digit, rest)) = self.0.split_first().filter(|(digit, _)| digit.is_ascii_digit()) {
            micros += u32::from(digit - b'0') * scale;
            scale /= 10;
            self.0 = rest;
            any = true;
        }
        any.then_some(micros)
    }

    /// The offset from UTC at the end of the text: nothing, `Z`, `+02`, `+0200` or `+02:00`.
    fn offset_seconds(&mut self) -> Option<i64> {
        if self.0.first() == Some(&b' ') {
            self.0 = &self.0[1..];
        }
        if self.0.is_empty() || self.0.eq_ignore_ascii_case(b"z") || self.0.eq_ignore_ascii_case(b"utc") {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.take(2)?;
        let minutes = if self.0.is_empty() {
            0
        } else {
            // The colon is optional.
            let _ = self.byte(b':');
            self.take(2)?
        };
        (self.0.is_empty() && hours <= 18 && minutes < 60).then_some(sign * i64::from(hours * 3600 + minutes * 60))
    }
}

/// Seconds up to the year 5138, milliseconds from 1973 on, microseconds from 1973 on.
fn parse_number(text: &str) -> Option<DateTime<Utc>> {
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let micros = match number.abs() {
        size if size < 1e11 => number * 1e6,
        size if size < 1e14 => number * 1e3,
        size if size < 1e17 => number,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "below 1e17, which an i64 holds")]
    let micros = micros.round() as i64;
    DateTime::from_timestamp_micros(micros)
}

fn parse_spelled_out(text: &str) -> Option<DateTime<Utc>> {
    // `Sat Jan 31 2026 11:00:00 GMT+0100 (Central European Standard Time)`
    let javascript = text.split_once(" (").map_or(text, |(date, _)| date);
    DateTime::parse_from_rfc2822(text)
        .or_else(|_| DateTime::parse_from_str(javascript, "%a %b %d %Y %H:%M:%S GMT%z"))
        .ok()
        .map(|instant| instant.to_utc())
}

#[cfg(test)]
mod tests;
