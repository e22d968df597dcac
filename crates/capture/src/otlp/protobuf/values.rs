//! Values, attributes, resources and scopes in protobuf.

use std::sync::Arc;

use logs::record::Attributes;
use serde_json::{Map, Value};

use super::{Fields, Wire};
use crate::otlp::error::RecordError;
use crate::otlp::source::{Intake, Pairs};
use crate::otlp::values;

/// The attributes of a resource.
pub(super) fn resource(message: &[u8], intake: &mut Intake<'_>) -> Result<Attributes, RecordError> {
    intake.check_size(message.len())?;
    let mut pairs = Pairs::new();
    for field in Fields(message) {
        if let (1, value) = field? {
            pairs.push(attribute(value, intake)?);
        }
    }
    intake.attributes(pairs)
}

/// A scope's `name@version`.
pub(super) fn scope(message: &[u8], intake: &mut Intake<'_>) -> Result<Arc<str>, RecordError> {
    intake.check_size(message.len())?;
    let (mut name, mut version) = ("", "");
    for field in Fields(message) {
        match field? {
            (1, value) => name = value.text("name")?,
            (2, value) => version = value.text("version")?,
            _ => {}
        }
    }
    Ok(intake.scope(name, version))
}

/// A key and its value.
pub(super) fn attribute(field: Wire<'_>, intake: &mut Intake<'_>) -> Result<(Arc<str>, Value), RecordError> {
    let (key, value) = pair(field, "attributes", intake.limits.depth)?;
    Ok((intake.texts.shared(key), value))
}

fn pair<'a>(field: Wire<'a>, name: &str, depth: usize) -> Result<(&'a str, Value), RecordError> {
    let (mut key, mut value) = ("", Value::Null);
    for field in Fields(field.bytes(name)?) {
        match field? {
            (1, found) => key = found.text("key")?,
            (2, found) => value = any_value(found, depth)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// A value of at most `depth` levels; where there are several, the last one.
pub(super) fn any_value(field: Wire<'_>, depth: usize) -> Result<Value, RecordError> {
    let mut value = Value::Null;
    for field in Fields(field.bytes("value")?) {
        value = match field? {
            (1, found) => found.text("stringValue")?.into(),
            (2, found) => (found.varint("boolValue")? != 0).into(),
            (3, found) => found.varint("intValue")?.cast_signed().into(),
            (4, found) => values::double(found.double("doubleValue")?),
            (5, found) => list(found.bytes("arrayValue")?, below(depth)?)?,
            (6, found) => object(found.bytes("kvlistValue")?, below(depth)?)?,
            (7, found) => values::bytes(found.bytes("bytesValue")?),
            _ => continue,
        };
    }
    Ok(value)
}

fn list(message: &[u8], depth: usize) -> Result<Value, RecordError> {
    let mut values = Vec::new();
    for field in Fields(message) {
        if let (1, value) = field? {
            values.push(any_value(value, depth)?);
        }
    }
    Ok(Value::Array(values))
}

fn object(message: &[u8], depth: usize) -> Result<Value, RecordError> {
    let mut fields = Map::new();
    for field in Fields(message) {
        if let (1, value) = field? {
            let (key, value) = pair(value, "values", depth)?;
            fields.insert(key.to_owned(), value);
        }
    }
    Ok(Value::Object(fields))
}

/// The levels that are left inside of a list or an object. What is too deep by one is found when the value is counted; what is
/// deeper is not even read.
fn below(depth: usize) -> Result<usize, RecordError> {
    depth.checked_sub(1).ok_or_else(|| RecordError::malformed("a value nests too deeply"))
}
