//! Dates and instants as text.

use chrono::{
    DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use crate::value::PropertyValue;

/// Numbers of more than this many digits before the point are milliseconds since 1970, others seconds.
const MAX_SECONDS: f64 = 99_999_999_999.0;

/// A date or an instant, as far as its text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateText {
    /// A day.
    Day(NaiveDate),
    /// A reading of the clock in a zone that the text leaves open.
    Local(NaiveDateTime),
    /// An instant.
    Instant(DateTime<FixedOffset>),
}

impl DateText {
    /// Reads `2024-02-29`, `2024-2-9`, `2024-02-29 13:05`, `2024-02-29T13:05:59.25`, each with a time also with `Z` or `+01:00` behind it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, rest) = match text.find(['T', ' ']) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let date = parse_day(date)?;
        let Some(rest) = rest else { return Some(Self::Day(date)) };
        let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let local = date.and_time(parse_time(rest[..zone_at].trim_end())?);
        match &rest[zone_at..] {
            "" => Some(Self::Local(local)),
            zone => parse_offset(zone)?.from_local_datetime(&local).single().map(Self::Instant),
        }
    }

    /// The instant, a day being its first one, in `zone` where the text names none.
    pub(crate) fn instant(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Day(day) => instant_of_local(day.and_time(NaiveTime::MIN), zone),
            Self::Local(local) => instant_of_local(local, zone),
            Self::Instant(instant) => instant.to_utc(),
        }
    }
}

/// The instant at which the clocks of `zone` show `local`: the first where they show it twice; where they skip it, as much after the
/// leap as it is after the leap's beginning, so that a day that has no midnight begins with its first instant.
pub(crate) fn instant_of_local(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let offset = match zone.offset_from_local_datetime(&local) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => offset.fix(),
        MappedLocalTime::None => {
            // No zone changes its offset twice within two days, so that a day before is certainly before the leap.
            let before = local.checked_sub_signed(TimeDelta::days(1)).unwrap_or(local);
            zone.offset_from_utc_datetime(&before).fix()
        }
    };
    let seconds = TimeDelta::seconds(offset.local_minus_utc().into());
    local.checked_sub_signed(seconds).unwrap_or(local).and_utc()
}

/// The instant that a property's value stands for, in microseconds since 1970 UTC: text that reads as a date, in `zone` where it names
/// none; or a number of seconds (of milliseconds, where it is too great for seconds) since 1970.
pub fn value_instant_us(value: &PropertyValue, zone: Tz) -> Option<i64> {
    let number = match value {
        PropertyValue::Int(int) => *int as f64,
        PropertyValue::Float(float) => *float,
        PropertyValue::String(text) => match DateText::parse(text) {
            Some(date) => return Some(date.instant(zone).timestamp_micros()),
            None => text.trim().parse().ok()?,
        },
        PropertyValue::Null | PropertyValue::Bool(_) | PropertyValue::Json(_) => return None,
    };
    let us = if number.abs() > MAX_SECONDS { number * 1e3 } else { number * 1e6 };
    // Within these bounds chrono and every store can represent the instant.
    #[expect(clippy::cast_possible_truncation, reason = "rounded and within 53 bits")]
    let whole = (us.is_finite() && us.abs() < 9e15).then_some(us.round() as i64);
    whole
}

fn parse_day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = number(parts.next()?, 1..=2)?;
    let day = number(parts.next()?, 1..=2)?;
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = number(parts.next()?, 2..=2)?;
    let second = parts.next().map_or(Some(0), |second| number(second, 2..=2))?;
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) || (text != clock && fraction.is_empty())
    {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micro = micros.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    NaiveTime::from_hms_micro_opt(hour, minute, second, micro)
}

fn parse_offset(text: &str) -> Option<FixedOffset> {
    if text.eq_ignore_ascii_case("z") {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) =
        if let Some(digits) = text.strip_prefix('+') { (1, digits) } else { (-1, text.strip_prefix('-')?) };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (number(hours, 2..=2)?, number(minutes, 2..=2)?),
        None if digits.len() == 4 && digits.is_ascii() => (number(&digits[..2], 2..=2)?, number(&digits[2..], 2..=2)?),
        None => (number(digits, 2..=2)?, 0),
    };
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

/// A number of so many digits.
fn number(text: &str, n_digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (n_digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}
