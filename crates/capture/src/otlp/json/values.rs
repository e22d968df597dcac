//! Values, attributes, resources and scopes in JSON.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use logs::record::Attributes;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::numbers::Number;
use super::object;
use super::text::Text;
use crate::otlp::error::RecordError;
use crate::otlp::source::{Intake, Pairs};
use crate::otlp::values;

/// A value; of several kinds in one, the last.
#[derive(Debug, Default)]
pub(super) struct AnyValue(pub(super) Value);

/// A key and its value.
#[derive(Debug, Deserialize)]
pub(super) struct PairJson<'a> {
    #[serde(borrow, default)]
    key: Text<'a>,
    #[serde(default)]
    value: AnyValue,
}

#[derive(Debug, Deserialize)]
pub(super) struct ResourceJson<'a> {
    #[serde(borrow, default)]
    attributes: Option<Vec<PairJson<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ScopeJson<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    version: Text<'a>,
}

/// The attributes of a resource.
pub(super) fn resource(json: Option<&RawValue>, intake: &mut Intake<'_>) -> Result<Attributes, RecordError> {
    let Some(json) = json else { return Ok(Attributes::default()) };
    intake.check_size(json.get().len())?;
    let resource: ResourceJson<'_> = object(json.get())?;
    let pairs = pairs(resource.attributes, intake);
    intake.attributes(pairs)
}

/// A scope's `name@version`.
pub(super) fn scope(json: Option<&RawValue>, intake: &mut Intake<'_>) -> Result<Arc<str>, RecordError> {
    let Some(json) = json else { return Ok(intake.texts.shared("")) };
    intake.check_size(json.get().len())?;
    let scope: ScopeJson<'_> = object(json.get())?;
    Ok(intake.scope(&scope.name.0, &scope.version.0))
}

/// Attributes whose keys are shared.
pub(super) fn pairs(pairs: Option<Vec<PairJson<'_>>>, intake: &mut Intake<'_>) -> Pairs {
    pairs.into_iter().flatten().map(|pair| (intake.texts.shared(&pair.key.0), pair.value.0)).collect()
}

#[derive(Debug, Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Kind {
    StringValue,
    BoolValue,
    IntValue,
    DoubleValue,
    ArrayValue,
    KvlistValue,
    BytesValue,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
struct ListJson {
    #[serde(default)]
    values: Option<Vec<AnyValue>>,
}

#[derive(Debug, Deserialize)]
struct ObjectJson<'a> {
    #[serde(borrow, default)]
    values: Option<Vec<PairJson<'a>>>,
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValueVisitor).map(Self)
    }
}

struct AnyValueVisitor;

impl<'de> Visitor<'de> for AnyValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value such as {\"stringValue\": \"text\"}")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut value = Value::Null;
        while let Some(kind) = map.next_key::<Kind>()? {
            let found = match kind {
                Kind::StringValue => map.next_value::<Option<String>>()?.map(Value::String),
                Kind::BoolValue => map.next_value::<Option<bool>>()?.map(Value::Bool),
                Kind::IntValue => map.next_value::<Option<Number<i64>>>()?.map(|number| number.0.into()),
                Kind::DoubleValue => map.next_value::<Option<Number<f64>>>()?.map(|number| values::double(number.0)),
                Kind::ArrayValue => map.next_value::<Option<ListJson>>()?.map(list),
                Kind::KvlistValue => map.next_value::<Option<ObjectJson<'de>>>()?.map(fields),
                Kind::BytesValue => map.next_value::<Option<Text<'de>>>()?.map(|text| bytes(&text.0)).transpose()?,
                Kind::Unknown => {
                    map.next_value::<de::IgnoredAny>()?;
                    None
                }
            };
            value = found.unwrap_or(value);
        }
        Ok(value)
    }
}

fn list(list: ListJson) -> Value {
    list.values.into_iter().flatten().map(|value| value.0).collect()
}

fn fields(object: ObjectJson<'_>) -> Value {
    let fields = object.values.into_iter().flatten().map(|pair| (pair.key.0.into_owned(), pair.value.0));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Bytes in either alphabet of base64, padded or not, in the form that they are kept in.
fn bytes<E: de::Error>(text: &str) -> Result<Value, E> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let decoded = LENIENT.decode(text.replace('-', "+").replace('_', "/"));
    decoded.map(|bytes| values::bytes(&bytes)).map_err(|_| E::custom("bytesValue is no base64"))
}
