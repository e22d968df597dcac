//! Parts of days and instants.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

use super::dates::zone_named;
use super::time::clock;
use super::{Call, Kernel, strict, zone_of};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "toYear" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.year())))),
        "toQuarter" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.month0() / 3 + 1)))),
        "toMonth" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.month())))),
        "toDayOfYear" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.ordinal())))),
        "toDayOfMonth" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.day())))),
        "toDayOfWeek" => strict(|call, args| {
            let weekday = clock(&args[0], zone_named(call, args, 2)?).weekday();
            Ok(Datum::Int(i64::from(match args.get(1).map_or(0, Datum::as_int) {
                1 => weekday.num_days_from_monday(),
                2 => weekday.num_days_from_sunday(),
                3 => weekday.number_from_sunday(),
                _ => weekday.number_from_monday(),
            })))
        }),
        "toHour" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.hour())))),
        "toMinute" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.minute())))),
        "toSecond" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.second())))),
        "toMillisecond" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.nanosecond() / 1_000_000)))),
        "toISOYear" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.iso_week().year())))),
        "toISOWeek" => strict(|call, args| Ok(part(call, args, |at| i64::from(at.iso_week().week())))),
        "toWeek" => strict(|call, args| {
            let date = clock(&args[0], zone_named(call, args, 2)?).date();
            Ok(Datum::Int(week(date, args.get(1).map_or(0, Datum::as_int)).1))
        }),
        "toYearWeek" => strict(|call, args| {
            let date = clock(&args[0], zone_named(call, args, 2)?).date();
            // the week of a year-and-week belongs to the year before where this one's first has not begun
            let (year, week) = week(date, args.get(1).map_or(0, Datum::as_int) | 2);
            Ok(Datum::Int(i64::from(year) * 100 + week))
        }),
        "toYYYYMM" => strict(|call, args| Ok(part(call, args, yyyymm))),
        "toYYYYMMDD" => strict(|call, args| Ok(part(call, args, yyyymmdd))),
        "toYYYYMMDDhhmmss" => strict(|call, args| {
            Ok(part(call, args, |at| {
                let time = i64::from(at.hour()) * 10_000 + i64::from(at.minute()) * 100 + i64::from(at.second());
                yyyymmdd(at) * 1_000_000 + time
            }))
        }),
        _ => None,
    }
}

fn part<'a>(call: &Call<'_>, args: &[Datum<'_>], part: fn(NaiveDateTime) -> i64) -> Datum<'a> {
    Datum::Int(part(clock(&args[0], zone_of(&call.takes[0]))))
}

fn yyyymm(at: NaiveDateTime) -> i64 {
    i64::from(at.year()) * 100 + i64::from(at.month())
}

fn yyyymmdd(at: NaiveDateTime) -> i64 {
    yyyymm(at) * 100 + i64::from(at.day())
}

/// The year and the week of a day by one of MySQL's modes.
///
/// A mode is three bits: weeks begin on Monday; weeks count from 1, those before the year's first being of the year before; the first
/// week is the one that begins in the year (else the one with most of its days in it). For Monday the last is the other way round.
/// Modes from 8 on: the first week is the one with 1 January in it, and counts from 1.
fn week(date: NaiveDate, mode: i64) -> (i32, i64) {
    if mode & 8 != 0 {
        let since_begin = |date: NaiveDate| match mode & 1 {
            1 => i64::from(date.weekday().num_days_from_monday()),
            _ => i64::from(date.weekday().num_days_from_sunday()),
        };
        let begin = |date: NaiveDate| i64::from(date.to_epoch_days()) - since_begin(date);
        let first_of = |year: i32| begin(NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(date));
        let (own, year) = (begin(date), date.year());
        return if own == first_of(year + 1) { (year + 1, 1) } else { (year, (own - first_of(year)) / 7 + 1) };
    }
    let is_monday = mode & 1 == 1;
    let counts_from_one = mode & 2 != 0;
    let begins_in_year = (mode & 4 != 0) == is_monday;
    let first_of = |year: i32| {
        let new_year = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(date);
        let weekday = new_year.weekday();
        let since_begin =
            i64::from(if is_monday { weekday.num_days_from_monday() } else { weekday.num_days_from_sunday() });
        let day = i64::from(new_year.to_epoch_days());
        // a week that began in the old year belongs to the new one where four of its days do
        let belongs = if begins_in_year { since_begin == 0 } else { since_begin <= 3 };
        if belongs { day - since_begin } else { day - since_begin + 7 }
    };
    let day = i64::from(date.to_epoch_days());
    let year = date.year();
    let first = first_of(year);
    if day < first {
        return if counts_from_one { (year - 1, (day - first_of(year - 1)) / 7 + 1) } else { (year, 0) };
    }
    if counts_from_one && day >= first_of(year + 1) {
        return (year + 1, 1);
    }
    (year, (day - first) / 7 + 1)
}
