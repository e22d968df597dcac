//! Constants of a query as Arrow's scalars.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use hogql::ir::Value;
use hogql::types::Type;

use crate::datum::{Datum, Writer};
use crate::types::data_type;

/// `value` as a scalar of type `ty`.
///
/// # Errors
/// Where the type is none of HogQL's.
pub(crate) fn scalar(value: &Value, ty: &Type) -> Result<ScalarValue> {
    ScalarValue::try_from_array(&array(std::iter::once(datum(value)), ty)?, 0)
}

/// What a column of type `ty` that may not be null has where there is nothing.
///
/// # Errors
/// As [`scalar`].
pub(crate) fn empty(ty: &Type) -> Result<ScalarValue> {
    ScalarValue::try_from_array(&array(std::iter::once(empty_datum(ty)), ty)?, 0)
}

/// `values` as an array of type `ty`.
///
/// # Errors
/// As [`scalar`].
pub(crate) fn array<'a>(values: impl IntoIterator<Item = Datum<'a>>, ty: &Type) -> Result<ArrayRef> {
    let mut writer = Writer::new(&data_type(ty))?;
    values.into_iter().for_each(|value| writer.push(value));
    writer.finish()
}

/// `value` as a single value.
pub(crate) fn datum(value: &Value) -> Datum<'_> {
    match value {
        Value::Null => Datum::Null,
        Value::Bool(bool) => Datum::Bool(*bool),
        Value::Int(int) => Datum::Int(*int),
        Value::Float(float) => Datum::Float(*float),
        Value::String(text) => Datum::text(text.as_str()),
        Value::Date(date) => Datum::Date(date.to_epoch_days()),
        Value::DateTime(instant) => Datum::Instant(instant.timestamp_micros()),
        Value::Array(items) => Datum::Array(items.iter().map(datum).collect()),
        Value::Tuple(items) => Datum::Tuple(items.iter().map(datum).collect()),
    }
}

/// The empty value of a type: zero, an empty text, the first day.
pub(crate) fn empty_datum(ty: &Type) -> Datum<'static> {
    match ty {
        Type::Nothing | Type::Nullable(_) | Type::Person => Datum::Null,
        Type::Bool => Datum::Bool(false),
        Type::Int | Type::UInt | Type::Interval(_) => Datum::Int(0),
        Type::Float => Datum::Float(0.0),
        Type::String => Datum::text(""),
        Type::Uuid => Datum::text("00000000-0000-0000-0000-000000000000"),
        Type::Date => Datum::Date(0),
        Type::DateTime(_) => Datum::Instant(0),
        Type::Array(_) | Type::Map(..) => Datum::Array(Vec::new()),
        Type::Tuple(fields) => Datum::Tuple(fields.iter().map(|(_, ty)| empty_datum(ty)).collect()),
    }
}
