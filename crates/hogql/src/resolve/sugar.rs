//! Functions that are written in terms of others.

use chrono::Days;

use crate::ast::Span;
use crate::error::HogqlError;
use crate::ir::{Expr, Value};
use crate::resolve::Resolver;
use crate::resolve::constants::{constant_text, instant};
use crate::resolve::convert::{bool, call, cast, float, int, literal, not, null, nullable_like, text, without_person};
use crate::resolve::special;
use crate::types::{IntervalUnit, Type};

type Expanded = Result<Expr, HogqlError>;

/// What the function `name` (written `written`) of the catalogue stands for. The number of arguments is right.
pub(super) fn expand(
    resolver: &Resolver<'_>,
    name: &'static str,
    written: &str,
    args: Vec<Expr>,
    span: &Span,
) -> Expanded {
    let of = |name, args| resolver.apply_named(name, args, span);
    if let Some(shifted) = shift(resolver, name, &args, span) {
        return shifted;
    }
    let mut args = args.into_iter();
    let mut next = || args.next();
    let mut arg = || next().expect("the number of arguments has been looked at");
    match name {
        "isDistinctFrom" => of("notEquals", vec![arg(), arg()]),
        "isNotDistinctFrom" => of("equals", vec![arg(), arg()]),
        "notLike" => Ok(not(of("like", vec![arg(), arg()])?)),
        "notILike" => Ok(not(of("ilike", vec![arg(), arg()])?)),
        "isNotNull" => Ok(not(of("isNull", vec![arg()])?)),
        "notEmpty" => Ok(not_of(of("empty", vec![arg()])?)),
        "if" => of("multiIf", vec![arg(), arg(), arg()]),
        "ifNull" => of("coalesce", vec![arg(), arg()]),
        "toNullable" => {
            let value = without_person(arg());
            let ty = value.ty.clone().nullable();
            Ok(cast(value, &ty))
        }
        "isZeroOrNull" => {
            let value = of("coalesce", vec![arg(), int(0)])?;
            of("equals", vec![value, int(0)])
        }
        "max2" => of(
            "greatest",
            vec![resolver.to_type(arg(), &Type::Float, span)?, resolver.to_type(arg(), &Type::Float, span)?],
        ),
        "min2" => of(
            "least",
            vec![resolver.to_type(arg(), &Type::Float, span)?, resolver.to_type(arg(), &Type::Float, span)?],
        ),
        "pi" => Ok(float(std::f64::consts::PI)),
        "e" => Ok(float(std::f64::consts::E)),
        "ifNotFinite" => {
            let (value, otherwise) = (arg(), arg());
            let is_finite = of("isFinite", vec![resolver.copy(&value, span)?])?;
            of("multiIf", vec![is_finite, value, otherwise])
        }
        "intDivOrZero" => of("coalesce", vec![of("intDiv", vec![arg(), arg()])?, int(0)]),
        "moduloOrZero" => of("coalesce", vec![of("modulo", vec![arg(), arg()])?, int(0)]),
        "toFloat" | "toDecimal" => to_float(resolver, arg(), span),
        "toFloatOrZero" => of("coalesce", vec![to_float(resolver, arg(), span)?, float(0.0)]),
        "toIntOrZero" => of("coalesce", vec![of("toInt", vec![arg()])?, literal(Value::Int(0), Type::Int)]),
        "toFloatOrDefault" => {
            let value = to_float(resolver, arg(), span)?;
            let otherwise = next().unwrap_or_else(|| float(0.0));
            of("coalesce", vec![value, otherwise])
        }
        "toBool" => resolver.to_type(arg(), &Type::Bool, span),
        "toNullableString" => {
            let value = resolver.to_type(arg(), &Type::String, span)?;
            Ok(cast(value, &Type::String.nullable()))
        }
        "toUUID" => resolver.to_type(arg(), &Type::Uuid, span),
        "toUUIDOrDefault" => of("coalesce", vec![resolver.to_type(arg(), &Type::Uuid, span)?, arg()]),
        "toDate" => to_date(resolver, arg(), span),
        "toDateTime" => {
            let value = arg();
            let rest: Vec<Expr> = args.collect();
            to_date_time(resolver, written, value, &rest, span)
        }
        "toTypeName" => Ok(special::type_name(&arg())),
        "locate" => {
            let (needle, haystack) = (arg(), arg());
            let mut all = vec![haystack, needle];
            all.extend(args);
            of("position", all)
        }
        "countMatchesCaseInsensitive" => {
            let (value, pattern) = (arg(), arg());
            of("countMatches", vec![value, case_insensitive(resolver, pattern, span)?])
        }
        "hasTokenCaseInsensitive" => of("hasToken", vec![of("lower", vec![arg()])?, of("lower", vec![arg()])?]),
        "now" => {
            let zone = next().filter(|zone| constant_text(zone).is_some());
            let zone = zone.map(|zone| resolver.zone(&zone, span)).transpose()?;
            let ty = Type::DateTime(zone.unwrap_or(resolver.environment.timezone));
            Ok(literal(Value::DateTime(resolver.environment.now), ty))
        }
        "today" => Ok(today(resolver, 0)),
        "yesterday" => Ok(today(resolver, 1)),
        "toMonday" => of("toStartOfWeek", vec![arg(), int(1)]),
        "toStartOfFiveMinutes" => start_of_minutes(resolver, arg(), 5, span),
        "toStartOfTenMinutes" => start_of_minutes(resolver, arg(), 10, span),
        "toStartOfFifteenMinutes" => start_of_minutes(resolver, arg(), 15, span),
        "timeSlot" => start_of_minutes(resolver, arg(), 30, span),
        "dateTrunc" => date_trunc(resolver, arg(), arg(), next(), span),
        "dateAdd" | "dateSub" => {
            let all: Vec<Expr> = args.collect();
            date_add(resolver, name, all, span)
        }
        "date_part" => date_part(resolver, &arg(), arg(), span),
        "toTimeZone" => {
            let value = resolver.to_type(arg(), &resolver.instant_type(), span)?;
            let zone = resolver.zone(&arg(), span)?;
            let ty = nullable_like(Type::DateTime(zone), &value.ty);
            Ok(cast(value, &ty))
        }
        "timeZoneOf" => match arg().ty.without_null() {
            Type::DateTime(zone) => Ok(text(zone.name())),
            _ => Ok(text(resolver.environment.timezone.name())),
        },
        "arrayExists" => of("has", vec![arg(), bool(true)]),
        "arrayAll" => Ok(not(of("has", vec![arg(), bool(false)])?)),
        "arrayCount" => of("countEqual", vec![arg(), bool(true)]),
        other => Err(resolver.error(span, format!("{other} cannot stand here"))),
    }
}

/// `not` of a condition that may be null.
fn not_of(value: Expr) -> Expr {
    let ty = value.ty.clone();
    call("not", vec![value], ty)
}

/// `addDays` and its like.
fn shift(resolver: &Resolver<'_>, name: &'static str, args: &[Expr], span: &Span) -> Option<Expanded> {
    let (operator, unit) = match (name.strip_prefix("add"), name.strip_prefix("subtract")) {
        (Some(unit), _) => ("plus", unit),
        (_, Some(unit)) => ("minus", unit),
        _ => return None,
    };
    let unit = IntervalUnit::by_name(unit)?;
    let moved = interval(resolver, args[1].clone(), unit, span)
        .and_then(|interval| resolver.apply_named(operator, vec![args[0].clone(), interval], span));
    Some(moved)
}

/// So many of a unit.
pub(super) fn interval(resolver: &Resolver<'_>, count: Expr, unit: IntervalUnit, span: &Span) -> Expanded {
    let name = match unit {
        IntervalUnit::Second => "toIntervalSecond",
        IntervalUnit::Minute => "toIntervalMinute",
        IntervalUnit::Hour => "toIntervalHour",
        IntervalUnit::Day => "toIntervalDay",
        IntervalUnit::Week => "toIntervalWeek",
        IntervalUnit::Month => "toIntervalMonth",
        IntervalUnit::Quarter => "toIntervalQuarter",
        IntervalUnit::Year => "toIntervalYear",
    };
    resolver.apply_named(name, vec![count], span)
}

fn to_float(resolver: &Resolver<'_>, value: Expr, span: &Span) -> Expanded {
    match value.ty.without_null() {
        Type::Date | Type::DateTime(_) => {
            let seconds = resolver.apply_named("toInt", vec![value], span)?;
            resolver.to_type(seconds, &Type::Float, span)
        }
        _ => resolver.to_type(value, &Type::Float, span),
    }
}

fn to_date(resolver: &Resolver<'_>, value: Expr, span: &Span) -> Expanded {
    match value.ty.without_null() {
        Type::String if constant_text(&value).is_some_and(|text| super::constants::day(text).is_none()) => {
            Ok(null(Type::Date))
        }
        Type::Int | Type::UInt => {
            let epoch = literal(Value::Date(chrono::NaiveDate::default()), Type::Date);
            resolver.apply_named("plus", vec![epoch, value], span)
        }
        _ => resolver.to_type(value, &Type::Date, span),
    }
}

/// `toDateTime(x)`, `toDateTime(x, zone)`, `toDateTime64(x, digits[, zone])`.
fn to_date_time(resolver: &Resolver<'_>, written: &str, value: Expr, rest: &[Expr], span: &Span) -> Expanded {
    let zone = rest.iter().find(|arg| arg.ty == Type::String).map(|zone| resolver.zone(zone, span)).transpose()?;
    let zone = zone.unwrap_or(resolver.environment.timezone);
    let target = Type::DateTime(zone);
    match value.ty.without_null() {
        Type::String if constant_text(&value).is_some_and(|text| instant(text, zone).is_none()) => Ok(null(target)),
        Type::Int | Type::UInt | Type::Float => {
            let value = resolver.apply_named("fromUnixTimestamp", vec![value], span)?;
            let ty = nullable_like(target, &value.ty);
            Ok(cast(value, &ty))
        }
        Type::String | Type::Date | Type::DateTime(_) | Type::Nothing => resolver.to_type(value, &target, span),
        other => Err(resolver
            .error(span, format!("{written} makes a time of a text, a date or a number of seconds, not of {other}"))),
    }
}

fn today(resolver: &Resolver<'_>, days_ago: u64) -> Expr {
    let today = resolver.environment.now.with_timezone(&resolver.environment.timezone).date_naive();
    let day = today.checked_sub_days(Days::new(days_ago)).unwrap_or(today);
    literal(Value::Date(day), Type::Date)
}

fn start_of_minutes(resolver: &Resolver<'_>, moment: Expr, minutes: i64, span: &Span) -> Expanded {
    let interval = interval(resolver, int(minutes), IntervalUnit::Minute, span)?;
    resolver.apply_named("toStartOfInterval", vec![moment, interval], span)
}

/// The unit that a constant names.
pub(super) fn unit(resolver: &Resolver<'_>, value: &Expr, span: &Span) -> Result<IntervalUnit, HogqlError> {
    constant_text(value).and_then(IntervalUnit::by_name).ok_or_else(|| {
        resolver.error(
            span,
            "a unit is wanted here: 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter' or 'year'",
        )
    })
}

fn date_trunc(resolver: &Resolver<'_>, which: Expr, moment: Expr, zone: Option<Expr>, span: &Span) -> Expanded {
    let of = |name, args| resolver.apply_named(name, args, span);
    let moment = match zone {
        Some(zone) => of("toTimeZone", vec![moment, zone])?,
        None => moment,
    };
    match unit(resolver, &which, span)? {
        IntervalUnit::Second => of("toStartOfSecond", vec![moment]),
        IntervalUnit::Minute => of("toStartOfMinute", vec![moment]),
        IntervalUnit::Hour => of("toStartOfHour", vec![moment]),
        IntervalUnit::Day => of("toStartOfDay", vec![moment]),
        IntervalUnit::Week => of("toMonday", vec![moment]),
        IntervalUnit::Month => of("toStartOfMonth", vec![moment]),
        IntervalUnit::Quarter => of("toStartOfQuarter", vec![moment]),
        IntervalUnit::Year => of("toStartOfYear", vec![moment]),
    }
}

/// `dateAdd(unit, n, moment)`, `dateAdd(moment, interval)`.
fn date_add(resolver: &Resolver<'_>, name: &str, args: Vec<Expr>, span: &Span) -> Expanded {
    let operator = if name == "dateAdd" { "plus" } else { "minus" };
    match <[Expr; 3]>::try_from(args) {
        Ok([which, count, moment]) => {
            let interval = interval(resolver, count, unit(resolver, &which, span)?, span)?;
            resolver.apply_named(operator, vec![moment, interval], span)
        }
        Err(args) => resolver.apply_named(operator, args, span),
    }
}

fn date_part(resolver: &Resolver<'_>, part: &Expr, moment: Expr, span: &Span) -> Expanded {
    let name = match constant_text(part).map(str::to_ascii_lowercase).as_deref() {
        Some("dow" | "dayofweek") => "toDayOfWeek",
        Some("doy" | "dayofyear") => "toDayOfYear",
        Some("epoch") => "toUnixTimestamp",
        _ => match unit(resolver, part, span)? {
            IntervalUnit::Second => "toSecond",
            IntervalUnit::Minute => "toMinute",
            IntervalUnit::Hour => "toHour",
            IntervalUnit::Day => "toDayOfMonth",
            IntervalUnit::Week => "toISOWeek",
            IntervalUnit::Month => "toMonth",
            IntervalUnit::Quarter => "toQuarter",
            IntervalUnit::Year => "toYear",
        },
    };
    resolver.apply_named(name, vec![moment], span)
}

/// A regular expression that does not look at the case of letters.
pub(super) fn case_insensitive(resolver: &Resolver<'_>, pattern: Expr, span: &Span) -> Expanded {
    match constant_text(&pattern) {
        Some(constant) => Ok(text(format!("(?i){constant}"))),
        None => resolver.apply_named("concat", vec![text("(?i)"), pattern], span),
    }
}
