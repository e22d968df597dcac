//! Days and instants in time zones: what all functions of time are made of.

use chrono::{
    DateTime, Datelike as _, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;
use hogql::types::IntervalUnit;

use crate::datum::Datum;
use crate::output::add_days;

/// Microseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// The clock in `zone` at an instant. What is beyond the calendar is its first instant.
pub(crate) fn local(us: i64, zone: Tz) -> NaiveDateTime {
    let utc = DateTime::<Utc>::from_timestamp_micros(us).unwrap_or_default();
    if zone == Tz::UTC { utc.naive_utc() } else { zone.from_utc_datetime(&utc.naive_utc()).naive_local() }
}

/// The instant at which the clock in `zone` shows that; the earlier of two, and where there is none the first after the gap.
pub(crate) fn instant(local: NaiveDateTime, zone: Tz) -> i64 {
    if zone == Tz::UTC {
        return local.and_utc().timestamp_micros();
    }
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp_micros(),
        LocalResult::None => {
            // clocks go forward by an hour in most places, by half an hour in some, by a day on a few islands once
            let later = [30, 60, 120, 24 * 60]
                .into_iter()
                .filter_map(|minutes| zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))).earliest());
            let before = local.and_utc().timestamp_micros();
            later.map(|at| at.timestamp_micros()).next().unwrap_or(before)
        }
    }
}

/// The day of a number of days since 1970.
pub(crate) fn day(days: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(days).unwrap_or_default()
}

/// The first instant of a day in `zone`.
pub(crate) fn start_of_day(date: NaiveDate, zone: Tz) -> i64 {
    instant(date.and_time(NaiveTime::MIN), zone)
}

/// The clock in `zone` at a day's begin or an instant.
pub(crate) fn clock(moment: &Datum<'_>, zone: Tz) -> NaiveDateTime {
    match moment {
        Datum::Date(days) => day(*days).and_time(NaiveTime::MIN),
        other => local(other.as_int(), zone),
    }
}

/// The instant of a day's begin in `zone`, or the instant.
pub(crate) fn moment_of(moment: &Datum<'_>, zone: Tz) -> i64 {
    match moment {
        Datum::Date(days) => start_of_day(day(*days), zone),
        other => other.as_int(),
    }
}

/// `moment` and so many of `unit`. Days and longer units go by the calendar in `zone` and keep the time of day; a day that a month
/// does not have is its last. A day and a shorter unit make an instant.
pub(crate) fn add_interval<'a>(moment: &Datum<'_>, amount: i64, unit: IntervalUnit, zone: Tz) -> Datum<'a> {
    let seconds = match unit {
        IntervalUnit::Second => Some(1),
        IntervalUnit::Minute => Some(60),
        IntervalUnit::Hour => Some(3600),
        _ => None,
    };
    if let Some(seconds) = seconds {
        let by = amount.saturating_mul(seconds * SECOND);
        return Datum::Instant(moment_of(moment, zone).saturating_add(by));
    }
    match moment {
        Datum::Date(days) => {
            add_to_day(day(*days), amount, unit).map_or(Datum::Null, |date| Datum::Date(date.to_epoch_days()))
        }
        other => {
            let clock = local(other.as_int(), zone);
            let date = add_to_day(clock.date(), amount, unit);
            date.map_or(Datum::Null, |date| Datum::Instant(instant(date.and_time(clock.time()), zone)))
        }
    }
}

fn add_to_day(date: NaiveDate, amount: i64, unit: IntervalUnit) -> Option<NaiveDate> {
    let months = |each: i64| {
        let by = Months::new(u32::try_from(amount.saturating_mul(each).unsigned_abs()).ok()?);
        if amount < 0 { date.checked_sub_months(by) } else { date.checked_add_months(by) }
    };
    match unit {
        IntervalUnit::Week => add_days(date, amount.saturating_mul(7)),
        IntervalUnit::Month => months(1),
        IntervalUnit::Quarter => months(3),
        IntervalUnit::Year => months(12),
        _ => add_days(date, amount),
    }
}

/// The first day of the week around `date`.
pub(crate) fn start_of_week(date: NaiveDate, is_monday: bool) -> NaiveDate {
    let weekday = date.weekday();
    let back = if is_monday { weekday.num_days_from_monday() } else { weekday.num_days_from_sunday() };
    add_days(date, -i64::from(back)).unwrap_or(date)
}

/// The first day of the month around `date`, or of the span of so many months since January.
pub(crate) fn start_of_months(date: NaiveDate, each: u32) -> NaiveDate {
    let month = date.month0() / each * each + 1;
    NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date)
}
