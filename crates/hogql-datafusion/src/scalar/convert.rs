//! Conversions between types, and values as texts.

use chrono_tz::Tz;
use hogql::moments::{self, Moment};
use hogql::types::Type;
use serde_json::{Map, Value, json};

use super::dates::zone_named;
use super::time::{instant, local, moment_of, start_of_day};
use super::{Kernel, seeing, strict, zone_of};
use crate::datum::{Datum, truncated};
use crate::literal::empty_datum;
use crate::output::date_text;
use crate::persons::PersonNames;
use crate::types::without_null;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "cast" => seeing(|call, args| {
            let value = args[0].clone();
            Ok(converted(value, &call.takes[0], call.gives, call.persons))
        }),
        "personUuid" => strict(|call, args| Ok(person_uuid(&args[0], call.persons))),
        "toInt" => strict(|call, args| Ok(whole_number(&args[0], without_null(&call.takes[0])))),
        "toUInt" => strict(|call, args| {
            Ok(match whole_number(&args[0], without_null(&call.takes[0])) {
                Datum::Int(int) if int < 0 => Datum::Null,
                value => value,
            })
        }),
        "toString" => strict(|call, args| {
            let zone = if args.len() > 1 { zone_named(call, args, 1)? } else { zone_of(&call.takes[0]) };
            Ok(shown(&args[0], &call.takes[0], zone, call.persons))
        }),
        "toJSONString" => {
            // slashes can stand in texts alone, and are escaped there
            seeing(|call, args| {
                let json = json_of(&args[0], &call.takes[0], call.persons).to_string();
                Ok(Datum::text(json.replace('/', "\\/")))
            })
        }
        _ => None,
    }
}

fn person_uuid<'a>(person: &Datum<'_>, persons: &PersonNames) -> Datum<'a> {
    u32::try_from(person.as_int()).map_or(Datum::Null, |number| Datum::text(persons.uuid(number)))
}

/// `value`, of type `from`, as one of type `to`; what cannot be converted is null, or empty where `to` has no null.
pub(crate) fn converted<'a>(value: Datum<'a>, from: &Type, to: &Type, persons: &PersonNames) -> Datum<'a> {
    let target = without_null(to);
    let result = if value.is_null() { Datum::Null } else { to_type(value, without_null(from), target, persons) };
    if result.is_null() { empty_datum(to) } else { result }
}

fn to_type<'a>(value: Datum<'a>, from: &Type, to: &Type, persons: &PersonNames) -> Datum<'a> {
    match (to, value) {
        (Type::String, value) => shown(&value, from, zone_of(from), persons),
        (Type::Uuid, value) => match from {
            Type::Person => person_uuid(&value, persons),
            _ => uuid::Uuid::parse_str(value.as_str().trim())
                .map_or(Datum::Null, |uuid| Datum::text(uuid.hyphenated().to_string())),
        },
        (Type::Bool, Datum::Text(text)) => bool_of(&text).map_or(Datum::Null, Datum::Bool),
        (Type::Bool, value) => Datum::Bool(value.as_bool()),
        (Type::Int | Type::UInt | Type::Interval(_), Datum::Text(text)) => {
            let float = || text.parse::<f64>().ok().filter(|float| float.is_finite()).map(truncated);
            text.parse().ok().or_else(float).map_or(Datum::Null, Datum::Int)
        }
        (Type::Int | Type::UInt | Type::Interval(_), Datum::Instant(us)) => Datum::Int(us.div_euclid(1_000_000)),
        (Type::Int | Type::UInt | Type::Interval(_), Datum::Float(float)) if !float.is_finite() => Datum::Null,
        (Type::Int | Type::UInt | Type::Interval(_), value) => Datum::Int(value.as_int()),
        (Type::Float, Datum::Text(text)) => text.parse().map_or(Datum::Null, Datum::Float),
        (Type::Float, Datum::Instant(us)) => Datum::Float(us as f64 / 1e6),
        (Type::Float, value) => Datum::Float(value.as_float()),
        (Type::Date, Datum::Text(text)) => match moments::read(&text) {
            // the day that the text says, whatever the zone
            Some(Moment::Day(date)) => Datum::Date(date.to_epoch_days()),
            Some(Moment::Clock(clock)) => Datum::Date(clock.date().to_epoch_days()),
            Some(Moment::Instant(us)) => Datum::Date(local(us, Tz::UTC).date().to_epoch_days()),
            None => Datum::Null,
        },
        (Type::Date, Datum::Instant(us)) => Datum::Date(local(us, zone_of(from)).date().to_epoch_days()),
        // numbers up to the last day of the 16 bits that ClickHouse has for it are days, greater ones seconds
        (Type::Date, Datum::Int(int)) if int > i64::from(u16::MAX) => {
            Datum::Date(local(int.saturating_mul(1_000_000), Tz::UTC).date().to_epoch_days())
        }
        (Type::Date, value @ Datum::Date(_)) => value,
        (Type::Date, value) => i32::try_from(value.as_int()).map_or(Datum::Null, Datum::Date),
        (Type::DateTime(zone), Datum::Text(text)) => match moments::read(&text) {
            Some(Moment::Day(date)) => Datum::Instant(start_of_day(date, *zone)),
            Some(Moment::Clock(clock)) => Datum::Instant(instant(clock, *zone)),
            Some(Moment::Instant(us)) => Datum::Instant(us),
            None => Datum::Null,
        },
        (Type::DateTime(zone), value @ Datum::Date(_)) => Datum::Instant(moment_of(&value, *zone)),
        (Type::DateTime(_), Datum::Instant(us)) => Datum::Instant(us),
        (Type::DateTime(_), Datum::Float(seconds)) => Datum::Instant(truncated(seconds * 1e6)),
        (Type::DateTime(_), value) => Datum::Instant(value.as_int().saturating_mul(1_000_000)),
        (Type::Array(to_item), Datum::Array(items)) => {
            let from_item = if let Type::Array(item) = from { item } else { &Type::Nothing };
            Datum::Array(items.into_iter().map(|item| converted(item, from_item, to_item, persons)).collect())
        }
        (Type::Tuple(to_fields), Datum::Tuple(items)) => {
            let types = |index: usize| if let Type::Tuple(fields) = from { fields.get(index) } else { None };
            let items = items.into_iter().zip(to_fields).enumerate().map(|(index, (item, (_, to)))| {
                converted(item, types(index).map_or(&Type::Nothing, |(_, ty)| ty), to, persons)
            });
            Datum::Tuple(items.collect())
        }
        (Type::Map(to_key, to_value), Datum::Array(entries)) => {
            let Type::Map(from_key, from_value) = from else { return Datum::Null };
            let entries = entries.into_iter().map(|entry| {
                let mut pair = entry.into_items().into_iter();
                let (key, value) = (pair.next().unwrap_or(Datum::Null), pair.next().unwrap_or(Datum::Null));
                let key = converted(key, from_key, to_key, persons);
                Datum::Tuple(vec![key, converted(value, from_value, to_value, persons)])
            });
            Datum::Array(entries.collect())
        }
        (Type::Person, value @ Datum::Int(_)) => value,
        _ => Datum::Null,
    }
}

/// A whole number of what is one; null for what has a fraction or says none.
fn whole_number<'a>(value: &Datum<'_>, from: &Type) -> Datum<'a> {
    match value {
        Datum::Text(text) => text.parse().map_or(Datum::Null, Datum::Int),
        Datum::Float(float) if float.fract() == 0.0 => Datum::Int(truncated(*float)),
        Datum::Float(_) => Datum::Null,
        Datum::Instant(us) if matches!(from, Type::DateTime(_)) => Datum::Int(us.div_euclid(1_000_000)),
        other => Datum::Int(other.as_int()),
    }
}

fn bool_of(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "yes" | "y" | "on" => Some(true),
        "false" | "0" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// `value` as `toString` writes it.
pub(crate) fn shown<'a>(value: &Datum<'a>, ty: &Type, zone: Tz, persons: &PersonNames) -> Datum<'a> {
    match value {
        Datum::Null | Datum::Text(_) => value.clone(),
        _ => {
            let mut text = String::new();
            show(value, without_null(ty), zone, persons, false, &mut text);
            Datum::text(text)
        }
    }
}

/// Adds `value` to `text`; inside of others texts and times stand in quotes.
fn show(value: &Datum<'_>, ty: &Type, zone: Tz, persons: &PersonNames, is_inside: bool, text: &mut String) {
    let quoted = |shown: &str, text: &mut String| {
        if is_inside {
            text.push('\'');
            text.push_str(&shown.replace('\\', "\\\\").replace('\'', "\\'"));
            text.push('\'');
        } else {
            text.push_str(shown);
        }
    };
    let mut list = |items: &[Datum<'_>], types: &dyn Fn(usize) -> Option<Type>, ends: [char; 2]| {
        text.push(ends[0]);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            let ty = types(index).unwrap_or(Type::Nothing);
            show(item, without_null(&ty), zone_of(&ty), persons, true, text);
        }
        text.push(ends[1]);
    };
    match (value, ty) {
        (Datum::Null, _) => text.push_str("NULL"),
        (Datum::Int(_), Type::Person) => quoted(person_uuid(value, persons).as_str(), text),
        (Datum::Bool(bool), _) => text.push_str(if *bool { "true" } else { "false" }),
        (Datum::Int(int), Type::Bool) => text.push_str(if *int != 0 { "true" } else { "false" }),
        (Datum::Int(int), _) => text.push_str(&int.to_string()),
        (Datum::Float(float), _) => text.push_str(&float_text(*float)),
        (Datum::Text(inner), _) => quoted(inner, text),
        (Datum::Date(days), _) => quoted(&date_text(*days), text),
        (Datum::Instant(us), _) => quoted(&clock_text(*us, zone), text),
        (Datum::Array(items), Type::Array(item)) => list(items, &|_| Some((**item).clone()), ['[', ']']),
        (Datum::Array(entries), Type::Map(key, entry)) => {
            text.push('{');
            for (index, pair) in entries.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if let [pair_key, pair_value] = pair.items() {
                    show(pair_key, without_null(key), zone_of(key), persons, true, text);
                    text.push(':');
                    show(pair_value, without_null(entry), zone_of(entry), persons, true, text);
                }
            }
            text.push('}');
        }
        (Datum::Array(items), _) => list(items, &|_| None, ['[', ']']),
        (Datum::Tuple(items), Type::Tuple(fields)) => {
            list(items, &|index| fields.get(index).map(|(_, ty)| ty.clone()), ['(', ')']);
        }
        (Datum::Tuple(items), _) => list(items, &|_| None, ['(', ')']),
    }
}

/// `2020-01-02 03:04:05` with as many digits after it as are not zero, in steps of three.
pub(crate) fn clock_text(us: i64, zone: Tz) -> String {
    let clock = local(us, zone);
    let form = match us.rem_euclid(1_000_000) {
        0 => "%Y-%m-%d %H:%M:%S",
        fraction if fraction % 1000 == 0 => "%Y-%m-%d %H:%M:%S%.3f",
        _ => "%Y-%m-%d %H:%M:%S%.6f",
    };
    clock.format(form).to_string()
}

/// A float in the fewest digits that say it; without a point where it is whole.
pub(crate) fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float != 0.0 && !(1e-6..1e21).contains(&float.abs()) && float.is_finite() {
        return format!("{float:e}");
    }
    float.to_string()
}

/// `value` as JSON.
pub(crate) fn json_of(value: &Datum<'_>, ty: &Type, persons: &PersonNames) -> Value {
    let ty = without_null(ty);
    match (value, ty) {
        (Datum::Null, _) => Value::Null,
        (Datum::Array(items), Type::Array(item)) => items.iter().map(|value| json_of(value, item, persons)).collect(),
        (Datum::Tuple(items), Type::Tuple(fields)) => {
            items.iter().zip(fields).map(|(value, (_, ty))| json_of(value, ty, persons)).collect()
        }
        (Datum::Array(entries), Type::Map(key, entry)) => {
            let entries = entries.iter().filter_map(|pair| {
                let [pair_key, pair_value] = pair.items() else { return None };
                let name = shown(pair_key, key, zone_of(key), persons).as_str().to_owned();
                Some((name, json_of(pair_value, entry, persons)))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        (Datum::Bool(bool), _) => json!(bool),
        (Datum::Int(int), ty) if *ty != Type::Person => json!(int),
        (Datum::Float(float), _) => json!(float),
        (value, ty) => json!(shown(value, ty, zone_of(ty), persons).as_str()),
    }
}
