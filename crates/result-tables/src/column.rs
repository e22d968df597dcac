//! One column: what its values are, and the values as Arrow has them.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, UInt64Array};
use arrow_schema::DataType;
use serde_json::{Number, Value};

use crate::error::TableError;

/// What all values of a column are, nulls aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole numbers that fit 64 bits with a sign.
    Int,
    /// Whole numbers, none below zero and some too large for [`Self::Int`].
    Uint,
    /// Fractions, whole ones too.
    Float,
    /// Texts; also of nulls alone.
    Text,
    /// Booleans.
    Bool,
    /// Anything, as JSON text.
    Json,
}

const KINDS: [Kind; 6] = [Kind::Int, Kind::Uint, Kind::Float, Kind::Text, Kind::Bool, Kind::Json];

impl Kind {
    /// What `values` are.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        let (mut kind, mut has_negative) = (None, false);
        for value in values {
            has_negative |= value.as_i64().is_some_and(|number| number < 0);
            kind = match (kind, Self::of_one(value)) {
                (kind, None) => kind,
                (None, Some(one)) => Some(one),
                (Some(kind), Some(one)) if kind == one => Some(kind),
                (Some(Self::Int | Self::Uint), Some(Self::Int | Self::Uint)) => Some(Self::Uint),
                _ => return Self::Json,
            };
        }
        match kind {
            Some(Self::Uint) if has_negative => Self::Json,
            Some(kind) => kind,
            None => Self::Text,
        }
    }

    fn of_one(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(_) => Some(Self::Bool),
            Value::String(_) => Some(Self::Text),
            Value::Number(number) if number.is_i64() => Some(Self::Int),
            Value::Number(number) if number.is_u64() => Some(Self::Uint),
            Value::Number(_) => Some(Self::Float),
            Value::Array(_) | Value::Object(_) => Some(Self::Json),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int => "int64",
            Self::Uint => "uint64",
            Self::Float => "float64",
            Self::Text => "string",
            Self::Bool => "boolean",
            Self::Json => "json",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Int => DataType::Int64,
            Self::Uint => DataType::UInt64,
            Self::Float => DataType::Float64,
            Self::Text | Self::Json => DataType::Utf8,
            Self::Bool => DataType::Boolean,
        }
    }

    /// Values of this kind, as Arrow has them.
    pub(crate) fn array<'a>(self, values: impl Iterator<Item = &'a Value>) -> ArrayRef {
        match self {
            Self::Int => Arc::new(values.map(Value::as_i64).collect::<Int64Array>()),
            Self::Uint => Arc::new(values.map(Value::as_u64).collect::<UInt64Array>()),
            Self::Float => Arc::new(values.map(Value::as_f64).collect::<Float64Array>()),
            Self::Text => Arc::new(values.map(Value::as_str).collect::<StringArray>()),
            Self::Bool => Arc::new(values.map(Value::as_bool).collect::<BooleanArray>()),
            Self::Json => {
                let texts = values.map(|value| (!value.is_null()).then(|| value.to_string()));
                Arc::new(texts.collect::<StringArray>())
            }
        }
    }

    /// The values of an array that [`Self::array`] made.
    ///
    /// # Errors
    /// [`TableError::Unexpected`] where the array is of another type, or a text that is to be JSON is none.
    pub(crate) fn values(self, array: &dyn Array) -> Result<Vec<Value>, TableError> {
        let unexpected =
            || TableError::Unexpected(format!("a column of {} has values of {}", self.name(), array.data_type()));
        let values: Vec<Value> = match self {
            Self::Int => {
                array.as_primitive_opt::<Int64Type>().ok_or_else(unexpected)?.iter().map(Value::from).collect()
            }
            Self::Uint => {
                array.as_primitive_opt::<UInt64Type>().ok_or_else(unexpected)?.iter().map(Value::from).collect()
            }
            Self::Float => {
                let numbers = array.as_primitive_opt::<Float64Type>().ok_or_else(unexpected)?;
                let number = |float: f64| Number::from_f64(float).map(Value::Number);
                numbers.iter().map(|float| float.and_then(number).unwrap_or_default()).collect()
            }
            Self::Text => array.as_string_opt::<i32>().ok_or_else(unexpected)?.iter().map(Value::from).collect(),
            Self::Bool => array.as_boolean_opt().ok_or_else(unexpected)?.iter().map(Value::from).collect(),
            Self::Json => {
                let texts = array.as_string_opt::<i32>().ok_or_else(unexpected)?.iter();
                let read = |text: Option<&str>| text.map_or(Ok(Value::Null), serde_json::from_str);
                let values: Result<Vec<Value>, serde_json::Error> = texts.map(read).collect();
                values.map_err(|error| TableError::Unexpected(format!("a value is no JSON: {error}")))?
            }
        };
        Ok(values)
    }
}
