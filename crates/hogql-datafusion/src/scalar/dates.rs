//! Spans of time: where they begin, how long they are, and moving by them.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use chrono_tz::Tz;
use datafusion::error::Result;
use hogql::types::{IntervalUnit, Type};

use super::time::{SECOND, clock, day, instant, local, moment_of, start_of_day, start_of_months, start_of_week};
use super::{Call, Kernel, strict, zone_of};
use crate::datum::{Datum, truncated};
use crate::error::wrong_value;
use crate::output::add_days;
use crate::types::without_null;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "toIntervalSecond" | "toIntervalMinute" | "toIntervalHour" | "toIntervalDay" | "toIntervalWeek"
        | "toIntervalMonth" | "toIntervalQuarter" | "toIntervalYear" => {
            strict(|_, args| Ok(Datum::Int(args[0].as_int())))
        }
        "toStartOfYear" => strict(|call, args| Ok(first_day(call, args, |date| start_of_months(date, 12)))),
        "toStartOfISOYear" => strict(|call, args| Ok(first_day(call, args, start_of_iso_year))),
        "toStartOfQuarter" => strict(|call, args| Ok(first_day(call, args, |date| start_of_months(date, 3)))),
        "toStartOfMonth" => strict(|call, args| Ok(first_day(call, args, |date| start_of_months(date, 1)))),
        "toStartOfWeek" => strict(|call, args| {
            let is_monday = begins_on_monday(args);
            Ok(day_datum(start_of_week(clock(&args[0], zone_named(call, args, 2)?).date(), is_monday)))
        }),
        "toLastDayOfWeek" => strict(|call, args| {
            let first = start_of_week(clock(&args[0], zone_named(call, args, 2)?).date(), begins_on_monday(args));
            Ok(add_days(first, 6).map_or(Datum::Null, day_datum))
        }),
        "toLastDayOfMonth" => strict(|call, args| Ok(first_day(call, args, last_of_month))),
        "toStartOfDay" => strict(|call, args| {
            let zone = if args.len() > 1 { zone_named(call, args, 1)? } else { zone_of(call.gives) };
            Ok(Datum::Instant(start_of_day(clock(&args[0], zone).date(), zone)))
        }),
        "toStartOfHour" => strict(|call, args| Ok(floored(call, &args[0], 3600))),
        "toStartOfMinute" => strict(|call, args| Ok(floored(call, &args[0], 60))),
        "toStartOfSecond" => strict(|call, args| Ok(floored(call, &args[0], 1))),
        "toStartOfInterval" => strict(start_of_interval),
        "dateDiff" => strict(|call, args| between(call, args, beginnings_between)),
        "age" => strict(|call, args| between(call, args, whole_between)),
        "toUnixTimestamp" => strict(|call, args| Ok(Datum::Int(unix_us(call, args).div_euclid(SECOND)))),
        "toUnixTimestamp64Milli" => strict(|call, args| Ok(Datum::Int(unix_us(call, args).div_euclid(1000)))),
        "toUnixTimestamp64Micro" => strict(|call, args| Ok(Datum::Int(unix_us(call, args)))),
        "fromUnixTimestamp" => strict(|_, args| {
            Ok(Datum::Instant(match &args[0] {
                Datum::Float(seconds) => truncated(seconds * SECOND as f64),
                seconds => seconds.as_int().saturating_mul(SECOND),
            }))
        }),
        "fromUnixTimestamp64Milli" => strict(|_, args| Ok(Datum::Instant(args[0].as_int().saturating_mul(1000)))),
        "fromUnixTimestamp64Micro" => strict(|_, args| Ok(Datum::Instant(args[0].as_int()))),
        "timeZoneOffset" => strict(|call, args| {
            let us = args[0].as_int();
            let offset = local(us, zone_of(&call.takes[0])).and_utc().timestamp_micros() - us;
            Ok(Datum::Int(offset.div_euclid(SECOND)))
        }),
        "makeDate" => strict(|_, args| Ok(made_day(args).map_or(Datum::Null, day_datum))),
        "makeDateTime" => strict(|call, args| {
            let part = |index: usize| u32::try_from(args[index].as_int()).ok();
            let time = || NaiveTime::from_hms_opt(part(3)?, part(4)?, part(5)?);
            let clock = made_day(args).and_then(|date| Some(date.and_time(time()?)));
            Ok(clock.map_or(Datum::Null, |clock| Datum::Instant(instant(clock, zone_of(call.gives)))))
        }),
        _ => None,
    }
}

fn day_datum<'a>(date: NaiveDate) -> Datum<'a> {
    Datum::Date(date.to_epoch_days())
}

fn first_day<'a>(call: &Call<'_>, args: &[Datum<'_>], first: fn(NaiveDate) -> NaiveDate) -> Datum<'a> {
    day_datum(first(clock(&args[0], zone_of(&call.takes[0])).date()))
}

fn unix_us(call: &Call<'_>, args: &[Datum<'_>]) -> i64 {
    moment_of(&args[0], zone_of(&call.takes[0]))
}

/// The zone that the argument at `index` names, or that of the first argument.
pub(super) fn zone_named(call: &Call<'_>, args: &[Datum<'_>], index: usize) -> Result<Tz> {
    let Some(name) = args.get(index) else { return Ok(zone_of(&call.takes[0])) };
    name.as_str().parse().map_err(|_| wrong_value(format!("there is no time zone {:?}", name.as_str())))
}

fn begins_on_monday(args: &[Datum<'_>]) -> bool {
    args.get(1).is_some_and(|mode| mode.as_int() % 2 == 1)
}

fn start_of_iso_year(date: NaiveDate) -> NaiveDate {
    NaiveDate::from_isoywd_opt(date.iso_week().year(), 1, chrono::Weekday::Mon).unwrap_or(date)
}

fn last_of_month(date: NaiveDate) -> NaiveDate {
    let next = start_of_months(date, 1).checked_add_months(chrono::Months::new(1));
    next.and_then(|first| first.pred_opt()).unwrap_or(date)
}

fn made_day(args: &[Datum<'_>]) -> Option<NaiveDate> {
    let year = i32::try_from(args[0].as_int()).ok()?;
    NaiveDate::from_ymd_opt(year, u32::try_from(args[1].as_int()).ok()?, u32::try_from(args[2].as_int()).ok()?)
}

/// Cut off to so many seconds since midnight. Where the clock is set in between, the instant stays on its side.
fn floored<'a>(call: &Call<'_>, moment: &Datum<'_>, seconds: i64) -> Datum<'a> {
    let zone = zone_of(call.gives);
    let us = moment_of(moment, zone);
    let clock = local(us, zone);
    let since_midnight = i64::from(clock.num_seconds_from_midnight()) * SECOND + i64::from(clock.nanosecond() / 1000);
    Datum::Instant(us - since_midnight.rem_euclid(seconds.max(1).saturating_mul(SECOND)))
}

/// Cut off to so many seconds since 1970 UTC.
fn floored_from_epoch(us: i64, seconds: i64) -> i64 {
    us - us.rem_euclid(seconds.saturating_mul(SECOND))
}

fn start_of_interval<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
    let Type::Interval(unit) = without_null(&call.takes[1]) else { return Ok(Datum::Null) };
    let n = args[1].as_int();
    if n <= 0 {
        return Err(wrong_value(format!("an interval to round to must be greater than 0, not {n}")));
    }
    let zone = if matches!(without_null(call.gives), Type::DateTime(_)) {
        zone_of(call.gives)
    } else {
        zone_of(&call.takes[0])
    };
    if let Some(origin) = args.get(2) {
        return Ok(from_origin(&args[0], origin, n, *unit, zone));
    }
    let date = clock(&args[0], zone).date();
    let days_from = |first: i64, span: i64| {
        let days = i64::from(date.to_epoch_days());
        let start = days - (days - first).rem_euclid(span);
        i32::try_from(start).map_or(date, day)
    };
    // months and quarters are counted from 1900, years from the year 0
    let months_each = |each: i64, first: i64| {
        let months = i64::from(date.year()) * 12 + i64::from(date.month0());
        let start = months - (months - first).rem_euclid(each);
        let month = u32::try_from(start.rem_euclid(12) + 1).unwrap_or(1);
        i32::try_from(start.div_euclid(12))
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, month, 1))
            .unwrap_or(date)
    };
    Ok(match unit {
        IntervalUnit::Second => Datum::Instant(floored_from_epoch(moment_of(&args[0], zone), n)),
        IntervalUnit::Minute => Datum::Instant(floored_from_epoch(moment_of(&args[0], zone), n.saturating_mul(60))),
        IntervalUnit::Hour => floored(call, &args[0], n.saturating_mul(3600)),
        IntervalUnit::Day => Datum::Instant(start_of_day(days_from(0, n), zone)),
        // 1970-01-05 was the first Monday
        IntervalUnit::Week => day_datum(days_from(4, n.saturating_mul(7))),
        IntervalUnit::Month => day_datum(months_each(n, 1900 * 12)),
        IntervalUnit::Quarter => day_datum(months_each(n.saturating_mul(3), 1900 * 12)),
        IntervalUnit::Year => day_datum(months_each(n.saturating_mul(12), 0)),
    })
}

/// The last of the instants `origin`, `origin` and one span, … that is not after `moment`.
fn from_origin<'a>(moment: &Datum<'_>, origin: &Datum<'_>, n: i64, unit: IntervalUnit, zone: Tz) -> Datum<'a> {
    let passed = whole_between(unit, clock(origin, zone), clock(moment, zone));
    super::time::add_interval(origin, passed.div_euclid(n).saturating_mul(n), unit, zone)
}

fn between<'a>(
    call: &Call<'_>,
    args: &[Datum<'_>],
    count: fn(IntervalUnit, NaiveDateTime, NaiveDateTime) -> i64,
) -> Result<Datum<'a>> {
    let name = args[0].as_str();
    let Some(unit) = IntervalUnit::by_name(name) else {
        return Err(wrong_value(format!(
            "there is no unit of time {name:?}; the units are second, minute, hour, day, week, month, quarter, year"
        )));
    };
    let zone = match args.get(3) {
        Some(_) => zone_named(call, args, 3)?,
        None => {
            let moments = [&call.takes[1], &call.takes[2]];
            moments.into_iter().find(|ty| matches!(without_null(ty), Type::DateTime(_))).map_or(Tz::UTC, zone_of)
        }
    };
    if matches!(unit, IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour) {
        // clocks that are set in between do not make an hour longer
        let as_utc = |moment: &Datum<'_>| {
            let us = moment_of(moment, zone);
            let offset = (clock(&args[1], zone).and_utc().timestamp_micros()) - moment_of(&args[1], zone);
            local(us.saturating_add(offset), Tz::UTC)
        };
        return Ok(Datum::Int(count(unit, as_utc(&args[1]), as_utc(&args[2]))));
    }
    Ok(Datum::Int(count(unit, clock(&args[1], zone), clock(&args[2], zone))))
}

/// How many beginnings of `unit` lie after `from` and not after `to`; negative where `to` is before.
fn beginnings_between(unit: IntervalUnit, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let number = |at: NaiveDateTime| {
        let seconds = at.and_utc().timestamp();
        let months = i64::from(at.year()) * 12 + i64::from(at.month0());
        match unit {
            IntervalUnit::Second => seconds,
            IntervalUnit::Minute => seconds.div_euclid(60),
            IntervalUnit::Hour => seconds.div_euclid(3600),
            IntervalUnit::Day => seconds.div_euclid(86_400),
            // weeks begin on Monday, and 1970 on a Thursday
            IntervalUnit::Week => (seconds.div_euclid(86_400) + 3).div_euclid(7),
            IntervalUnit::Month => months,
            IntervalUnit::Quarter => months.div_euclid(3),
            IntervalUnit::Year => i64::from(at.year()),
        }
    };
    number(to) - number(from)
}

/// How many whole ones of `unit` lie between.
fn whole_between(unit: IntervalUnit, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let us = to.and_utc().timestamp_micros() - from.and_utc().timestamp_micros();
    let months = || {
        let crossed = beginnings_between(IntervalUnit::Month, from, to);
        let within = |at: NaiveDateTime| (at.day(), at.time());
        match crossed {
            crossed if crossed > 0 && within(to) < within(from) => crossed - 1,
            crossed if crossed < 0 && within(to) > within(from) => crossed + 1,
            crossed => crossed,
        }
    };
    match unit {
        IntervalUnit::Second => us / SECOND,
        IntervalUnit::Minute => us / (60 * SECOND),
        IntervalUnit::Hour => us / (3600 * SECOND),
        IntervalUnit::Day => us / (86_400 * SECOND),
        IntervalUnit::Week => us / (7 * 86_400 * SECOND),
        IntervalUnit::Month => months(),
        IntervalUnit::Quarter => months() / 3,
        IntervalUnit::Year => months() / 12,
    }
}
