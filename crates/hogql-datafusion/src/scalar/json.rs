//! JSON in texts.

use hogql::types::Type;
use serde_json::Value;
use serde_json::value::RawValue;

use super::convert::{converted, float_text};
use super::{Kernel, strict};
use crate::datum::{Datum, truncated};
use crate::literal::empty_datum;
use crate::persons::PersonNames;
use crate::types::without_null;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "JSONExtractString" => strict(|_, args| {
            Ok(Datum::text(match found(args) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => raw(&other),
            }))
        }),
        "JSONExtractInt" => strict(|_, args| Ok(Datum::Int(int_of(found_number(args).as_ref())))),
        "JSONExtractUInt" => strict(|_, args| Ok(Datum::Int(int_of(found_number(args).as_ref()).max(0)))),
        "JSONExtractFloat" => strict(|_, args| Ok(Datum::Float(float_of(found_number(args).as_ref())))),
        "JSONExtractBool" => strict(|_, args| {
            Ok(Datum::Bool(match found(args) {
                Some(Value::Bool(bool)) => bool,
                Some(Value::Number(number)) => number.as_i64().is_some_and(|int| int != 0),
                _ => false,
            }))
        }),
        "JSONExtractRaw" => {
            strict(|_, args| Ok(Datum::text(found(args).map_or_else(String::new, |value| raw(&value)))))
        }
        "JSONExtractArrayRaw" => strict(|_, args| {
            let Some(Value::Array(items)) = found(args) else { return Ok(Datum::Array(Vec::new())) };
            Ok(Datum::Array(items.iter().map(|item| Datum::text(raw(item))).collect()))
        }),
        "JSONExtractKeys" => strict(|_, args| {
            let Some(Value::Object(entries)) = found(args) else { return Ok(Datum::Array(Vec::new())) };
            Ok(Datum::Array(entries.into_iter().map(|(key, _)| Datum::text(key)).collect()))
        }),
        "JSONExtractKeysAndValuesRaw" => {
            strict(|_, args| Ok(pairs(found(args), |value| Some(Datum::text(raw(value))))))
        }
        "JSONExtractKeysAndValues" => strict(|call, args| {
            let value_type = match without_null(call.gives) {
                Type::Array(item) => match &**item {
                    Type::Tuple(fields) => fields.get(1).map(|(_, ty)| ty),
                    _ => None,
                },
                _ => None,
            };
            Ok(pairs(found(args), |value| value_type.and_then(|ty| typed(value, ty))))
        }),
        "JSONExtract" => strict(|call, args| {
            let value = found(args).and_then(|value| typed(&value, call.gives));
            Ok(value.unwrap_or_else(|| empty_datum(call.gives)))
        }),
        "JSONHas" => strict(|_, args| Ok(Datum::Bool(found(args).is_some()))),
        "JSONLength" => strict(|_, args| {
            let length = match found(args) {
                Some(Value::Array(items)) => items.len(),
                Some(Value::Object(entries)) => entries.len(),
                _ => 0,
            };
            Ok(Datum::Int(i64::try_from(length).unwrap_or(i64::MAX)))
        }),
        "JSONType" => strict(|_, args| Ok(Datum::text(found(args).as_ref().map_or("Null", type_name)))),
        "isValidJSON" => strict(|_, args| Ok(Datum::Bool(serde_json::from_str::<&RawValue>(args[0].as_str()).is_ok()))),
        "JSONValue" => strict(|_, args| Ok(found(args).map_or(Datum::Null, |value| property_text(&value)))),
        _ => None,
    }
}

/// What stands at the path in the JSON text: nothing where the text is no JSON, or has nothing there.
fn found(args: &[Datum<'_>]) -> Option<Value> {
    let mut value = serde_json::from_str(args[0].as_str()).ok()?;
    for step in &args[1..] {
        value = match (value, step) {
            (Value::Object(mut entries), Datum::Text(key)) => entries.remove(&**key)?,
            (Value::Object(entries), position) => {
                let index = index_of(position.as_int(), entries.len())?;
                entries.into_iter().nth(index)?.1
            }
            (Value::Array(mut items), position @ Datum::Int(_)) => {
                let index = index_of(position.as_int(), items.len())?;
                items.swap_remove(index)
            }
            _ => return None,
        };
    }
    Some(value)
}

/// What stands at the path, unless it is a boolean: these are no numbers.
fn found_number(args: &[Datum<'_>]) -> Option<Value> {
    found(args).filter(|value| !value.is_boolean())
}

/// `value` as JSON text. Numbers that are whole have no point.
fn raw(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => float_text(number.as_f64().unwrap_or_default()),
        Value::Array(items) => format!("[{}]", items.iter().map(raw).collect::<Vec<_>>().join(",")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), raw(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// The index of a position that counts from 1, or from -1 at the end.
pub(super) fn index_of(position: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if position > 0 { position - 1 } else { length + position };
    usize::try_from(index).ok().filter(|_| position != 0 && index < length)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Bool",
        Value::Number(number) if number.is_i64() => "Int64",
        Value::Number(number) if number.is_u64() => "UInt64",
        Value::Number(_) => "Double",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

fn int_of(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Number(number)) => {
            number.as_i64().unwrap_or_else(|| truncated(number.as_f64().unwrap_or_default()))
        }
        Some(Value::String(text)) => text.trim().parse().unwrap_or_default(),
        Some(Value::Bool(bool)) => i64::from(*bool),
        _ => 0,
    }
}

fn float_of(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Number(number)) => number.as_f64().unwrap_or_default(),
        Some(Value::String(text)) => text.trim().parse().unwrap_or_default(),
        Some(Value::Bool(bool)) => f64::from(u8::from(*bool)),
        _ => 0.0,
    }
}

/// What `properties.a` gives for a value: a text as it is, anything else as JSON, null for null.
fn property_text<'a>(value: &Value) -> Datum<'a> {
    match value {
        Value::Null => Datum::Null,
        Value::String(text) => Datum::text(text.clone()),
        other => Datum::text(raw(other)),
    }
}

/// The entries of an object as pairs, those left out that `convert` gives nothing for.
fn pairs<'a>(value: Option<Value>, convert: impl Fn(&Value) -> Option<Datum<'a>>) -> Datum<'a> {
    let Some(Value::Object(entries)) = value else { return Datum::Array(Vec::new()) };
    let pairs = entries.into_iter().filter_map(|(key, value)| {
        let value = convert(&value)?;
        Some(Datum::Tuple(vec![Datum::text(key), value]))
    });
    Datum::Array(pairs.collect())
}

/// The value as one of type `ty`; nothing where it is of another kind.
fn typed<'a>(value: &Value, ty: &Type) -> Option<Datum<'a>> {
    Some(match (without_null(ty), value) {
        (_, Value::Null) => return None,
        (Type::String, value) => property_text(value),
        (Type::Bool, Value::Bool(bool)) => Datum::Bool(*bool),
        (Type::Bool, Value::Number(number)) => Datum::Bool(number.as_f64().is_some_and(|number| number != 0.0)),
        (Type::Int | Type::UInt | Type::Float, Value::String(text)) if text.trim().parse::<f64>().is_err() => {
            return None;
        }
        (Type::Int, Value::Number(_) | Value::String(_) | Value::Bool(_)) => Datum::Int(int_of(Some(value))),
        (Type::UInt, Value::Number(_) | Value::String(_) | Value::Bool(_)) => Datum::Int(int_of(Some(value)).max(0)),
        (Type::Float, Value::Number(_) | Value::String(_) | Value::Bool(_)) => Datum::Float(float_of(Some(value))),
        (Type::Array(item), Value::Array(items)) => {
            Datum::Array(items.iter().map(|value| typed(value, item).unwrap_or_else(|| empty_datum(item))).collect())
        }
        (Type::Tuple(fields), Value::Array(items)) => Datum::Tuple(
            fields
                .iter()
                .zip(items.iter().map(Some).chain(std::iter::repeat(None)))
                .map(|((_, ty), value)| value.and_then(|value| typed(value, ty)).unwrap_or_else(|| empty_datum(ty)))
                .collect(),
        ),
        (Type::Tuple(fields), Value::Object(entries)) => Datum::Tuple(
            fields
                .iter()
                .map(|(name, ty)| {
                    let value = name.as_ref().and_then(|name| entries.get(name));
                    value.and_then(|value| typed(value, ty)).unwrap_or_else(|| empty_datum(ty))
                })
                .collect(),
        ),
        (Type::Map(_, entry), Value::Object(entries)) => {
            let entries = entries
                .iter()
                .filter_map(|(key, value)| Some(Datum::Tuple(vec![Datum::text(key.clone()), typed(value, entry)?])));
            Datum::Array(entries.collect())
        }
        (target @ (Type::Uuid | Type::Date | Type::DateTime(_)), Value::String(text)) => {
            let value = converted(
                Datum::text(text.clone()),
                &Type::String,
                &Type::Nullable(Box::new(target.clone())),
                &PersonNames::nobody(),
            );
            if value.is_null() { return None } else { value }
        }
        _ => return None,
    })
}
