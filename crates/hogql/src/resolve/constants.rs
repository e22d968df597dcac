//! Constants: instants and days as texts, and values that are known before any row is.

use chrono::{DateTime, Days, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::ir::{Expr, ExprKind, Value};
use crate::moments::{self, Moment};
use crate::types::{IntervalUnit, Type};

/// The instant that a text says; in `zone` where it has no offset.
pub(crate) fn instant(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    match moments::read(text)? {
        Moment::Day(day) => first_of(day, zone),
        Moment::Clock(clock) => at(clock, zone),
        Moment::Instant(us) => DateTime::from_timestamp_micros(us),
    }
}

/// The day that a text says; of an instant its day as written.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    match moments::read(text)? {
        Moment::Day(day) => Some(day),
        Moment::Clock(clock) => Some(clock.date()),
        Moment::Instant(us) => text
            .trim()
            .get(..10)
            .and_then(|day| day.parse().ok())
            .or_else(|| DateTime::from_timestamp_micros(us).map(|instant| instant.date_naive())),
    }
}

/// The instant at which clocks in `zone` show `local`; the earlier of two, and the first after a gap.
pub(super) fn at(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => Some(instant.with_timezone(&Utc)),
        MappedLocalTime::None => {
            let later = local.checked_add_signed(TimeDelta::hours(1))?;
            zone.from_local_datetime(&later).earliest().map(|instant| instant.with_timezone(&Utc))
        }
    }
}

/// The first instant of a day.
pub(super) fn first_of(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    at(day.and_time(NaiveTime::MIN), zone)
}

/// The text that a value is, where it is a constant.
pub(super) fn constant_text(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The whole number that a value is, where it is a constant.
pub(super) fn constant_int(value: &Expr) -> Option<i64> {
    match &value.kind {
        ExprKind::Literal(Value::Int(number)) => Some(*number),
        ExprKind::Call { function: "negate", args } => constant_int(&args[0])?.checked_neg(),
        ExprKind::Call { function: "cast", args } if matches!(value.ty, Type::Int | Type::UInt) => {
            constant_int(&args[0])
        }
        ExprKind::Call { function, args } if args.len() == 2 => {
            let (left, right) = (constant_int(&args[0])?, constant_int(&args[1])?);
            match *function {
                "plus" => left.checked_add(right),
                "minus" => left.checked_sub(right),
                "multiply" => left.checked_mul(right),
                "intDiv" => left.checked_div(right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The number and unit of an interval, where it is a constant.
fn constant_interval(value: &Expr) -> Option<(i64, IntervalUnit)> {
    match (&value.kind, &value.ty) {
        (ExprKind::Call { args, .. }, Type::Interval(unit)) => Some((constant_int(args.first()?)?, *unit)),
        _ => None,
    }
}

/// A constant moved by a constant interval, forward or back.
pub(super) fn moved(moment: &Expr, interval: &Expr, forward: bool) -> Option<Expr> {
    let (count, unit) = constant_interval(interval)?;
    let count = if forward { count } else { count.checked_neg()? };
    let ExprKind::Literal(value) = &moment.kind else { return None };
    let value = match (value, &moment.ty) {
        (Value::Date(day), Type::Date) => {
            let moved = move_local(day.and_time(NaiveTime::MIN), count, unit)?;
            if matches!(unit, IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour) {
                return None;
            }
            Value::Date(moved.date())
        }
        (Value::DateTime(instant), Type::DateTime(zone)) => Value::DateTime(match unit {
            IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour => {
                instant.checked_add_signed(span(count, unit)?)?
            }
            _ => at(move_local(instant.with_timezone(zone).naive_local(), count, unit)?, *zone)?,
        }),
        _ => return None,
    };
    Some(Expr { kind: ExprKind::Literal(value), ty: moment.ty.clone() })
}

fn span(count: i64, unit: IntervalUnit) -> Option<TimeDelta> {
    match unit {
        IntervalUnit::Second => TimeDelta::try_seconds(count),
        IntervalUnit::Minute => TimeDelta::try_minutes(count),
        _ => TimeDelta::try_hours(count),
    }
}

fn move_local(local: NaiveDateTime, count: i64, unit: IntervalUnit) -> Option<NaiveDateTime> {
    let months = |each: i64| {
        let months = count.checked_mul(each)?;
        let magnitude = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 { local.checked_sub_months(magnitude) } else { local.checked_add_months(magnitude) }
    };
    let days = |each: i64| {
        let days = count.checked_mul(each)?;
        let magnitude = Days::new(days.unsigned_abs());
        if days < 0 { local.checked_sub_days(magnitude) } else { local.checked_add_days(magnitude) }
    };
    match unit {
        IntervalUnit::Day => days(1),
        IntervalUnit::Week => days(7),
        IntervalUnit::Month => months(1),
        IntervalUnit::Quarter => months(3),
        IntervalUnit::Year => months(12),
        IntervalUnit::Second | IntervalUnit::Minute | IntervalUnit::Hour => {
            local.checked_add_signed(span(count, unit)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let zone = Tz::Europe__Berlin;
        let found = instant(text, zone).map(|instant| instant.format("%Y-%m-%d %H:%M:%S%.f").to_string());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn instants_are_read() {
        check("2020-01-02", Some("2020-01-01 23:00:00"));
        check("2020-01-02 03:04", Some("2020-01-02 02:04:00"));
        check("2020-07-02T03:04:05.25", Some("2020-07-02 01:04:05.250"));
        check("2020-01-02T03:04:05Z", Some("2020-01-02 03:04:05"));
        check("2020-01-02 03:04:05+05:30", Some("2020-01-01 21:34:05"));
        check("2020-03-29 02:30:00", Some("2020-03-29 01:30:00"));
        check("1577934245", Some("2020-01-02 03:04:05"));
        check("2020-13-02", None);
        check("yesterday or so", None);
        check("", None);
        check("äääääääääääääää", None);
    }
}
