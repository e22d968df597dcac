//! Days and instants in forms that the query writes: those of MySQL's `DATE_FORMAT`.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use datafusion::error::Result;

use super::dates::zone_named;
use super::time::{clock, instant, local};
use super::{Call, Kernel, strict, zone_of};
use crate::datum::Datum;
use crate::error::wrong_value;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "formatDateTime" => strict(|call, args| {
            let at = clock(&args[0], zone_named(call, args, 2)?);
            let form = chrono_form(args[1].as_str(), false)?;
            let offset = zone_offset(call, args)?;
            let form = form.replace(QUARTER, &(at.month0() / 3 + 1).to_string()).replace(OFFSET, &offset);
            Ok(Datum::text(written(at, &form)?))
        }),
        "dateName" => strict(date_name),
        "monthName" => strict(|call, args| Ok(Datum::text(written(clock(&args[0], zone_of(&call.takes[0])), "%B")?))),
        "parseDateTime" => strict(|call, args| {
            let zone = if args.len() > 2 { zone_named(call, args, 2)? } else { zone_of(call.gives) };
            let clock = parsed(args[0].as_str(), &chrono_form(args[1].as_str(), true)?);
            Ok(clock.map_or(Datum::Null, |clock| Datum::Instant(instant(clock, zone))))
        }),
        _ => None,
    }
}

/// Stands for the quarter of the year in a form until the day is known: chrono has no letter for it.
const QUARTER: &str = "\u{1}";

/// Stands for the offset from Greenwich in a form until the instant is known.
const OFFSET: &str = "\u{2}";

/// `+0100`.
fn zone_offset(call: &Call<'_>, args: &[Datum<'_>]) -> Result<String> {
    let Datum::Instant(us) = args[0] else { return Ok("+0000".to_owned()) };
    let offset = zone_named(call, args, 2)?.offset_from_utc_datetime(&local(us, Tz::UTC)).fix().local_minus_utc();
    let sign = if offset < 0 { '-' } else { '+' };
    Ok(format!("{sign}{:02}{:02}", offset.abs() / 3600, offset.abs() / 60 % 60))
}

fn date_name<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
    let at = clock(&args[1], zone_of(&call.takes[1]));
    let form = match args[0].as_str().to_ascii_lowercase().as_str() {
        "year" => "%Y",
        "quarter" => return Ok(Datum::text((at.month0() / 3 + 1).to_string())),
        "month" => "%B",
        "dayofyear" => "%-j",
        "day" => "%-d",
        "week" => "%-V",
        "weekday" => "%A",
        "hour" => "%-H",
        "minute" => "%-M",
        "second" => "%-S",
        other => {
            return Err(wrong_value(format!(
                "dateName has no part {other:?}; it has year, quarter, month, dayofyear, day, week, weekday, hour, minute, second"
            )));
        }
    };
    Ok(Datum::text(written(at, form)?))
}

fn written(at: NaiveDateTime, form: &str) -> Result<String> {
    let mut text = String::new();
    write!(text, "{}", at.format(form)).map_err(|_| wrong_value("the form of a date has an unknown letter after %"))?;
    Ok(text)
}

fn parsed(text: &str, form: &str) -> Option<NaiveDateTime> {
    let clock = NaiveDateTime::parse_from_str(text, form).ok();
    clock.or_else(|| NaiveDate::parse_from_str(text, form).ok().map(|date| date.and_time(NaiveTime::MIN)))
}

/// A form of MySQL's as one of chrono's. `%M` is the month's name and `%i` the minute where MySQL's and ClickHouse's agree.
fn chrono_form(form: &str, is_parsed: bool) -> Result<String> {
    let mut chrono = String::with_capacity(form.len() + 8);
    let mut letters = form.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            chrono.push(letter);
            continue;
        }
        chrono.push_str(match letters.next() {
            Some('a') => "%a",
            Some('b') => "%b",
            Some('c') if is_parsed => "%-m",
            Some('c') => "%m",
            Some('C') => "%C",
            Some('d') => "%d",
            Some('D') => "%m/%d/%y",
            Some('e') => "%-d",
            Some('f') if is_parsed => "%f",
            Some('f') => "%6f",
            Some('F') => "%Y-%m-%d",
            Some('g') => "%g",
            Some('G') => "%G",
            Some('h' | 'I') => "%I",
            Some('H') => "%H",
            Some('i') => "%M",
            Some('j') => "%j",
            Some('k') => "%H",
            Some('l') => "%I",
            Some('m') => "%m",
            Some('M') => "%B",
            Some('n') => "\n",
            Some('p') => "%p",
            Some('r') => "%I:%M %p",
            Some('R') => "%H:%M",
            Some('s' | 'S') => "%S",
            Some('t') => "\t",
            Some('T') => "%H:%M:%S",
            Some('u') => "%u",
            Some('V') => "%V",
            Some('w') => "%w",
            Some('W') => "%A",
            Some('y') => "%y",
            Some('Y') => "%Y",
            Some('%') | None => "%%",
            Some('Q') if !is_parsed => QUARTER,
            Some('z') if !is_parsed => OFFSET,
            Some('z') => "%z",
            Some(other) => {
                return Err(wrong_value(format!("the form of a date has %{other}, which means nothing there")));
            }
        });
    }
    Ok(chrono)
}
