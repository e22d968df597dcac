//! The columns of a segment, by name, and texts out of them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, BooleanArray, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};
use serde_json::{Number, Value};

/// Names of the columns that every segment has; those of attributes follow.
pub(crate) mod fixed {
    pub(crate) const TIMESTAMP: &str = "timestamp";
    pub(crate) const ARRIVAL: &str = "arrival";
    /// How long after the timestamp the record was observed, in microseconds.
    pub(crate) const OBSERVED_DELAY: &str = "observed_delay_us";
    pub(crate) const SEVERITY: &str = "severity_number";
    pub(crate) const BODY: &str = "body";
    pub(crate) const RESOURCE: &str = "resource_attributes";
    pub(crate) const SCOPE: &str = "instrumentation_scope";
    pub(crate) const EVENT_NAME: &str = "event_name";
    pub(crate) const TRACE_ID: &str = "trace_id";
    pub(crate) const SPAN_ID: &str = "span_id";
    pub(crate) const FLAGS: &str = "flags";
    /// Attributes without columns of their own, a JSON object.
    pub(crate) const REST: &str = "attributes_rest";
}

/// The name of an attribute's column.
pub(crate) fn attribute_column(key: &str) -> String {
    format!("attributes.{key}")
}

/// Which columns to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnSet(Option<BTreeSet<String>>);

impl ColumnSet {
    /// No columns yet.
    pub(crate) fn none() -> Self {
        Self(Some(BTreeSet::new()))
    }

    /// Every column.
    pub(crate) fn all() -> Self {
        Self(None)
    }

    pub(crate) fn add(&mut self, column: impl Into<String>) {
        if let Some(columns) = &mut self.0 {
            columns.insert(column.into());
        }
    }

    /// The columns of both.
    pub(crate) fn extend(&mut self, other: &Self) {
        match &other.0 {
            None => self.0 = None,
            Some(columns) => columns.iter().for_each(|column| self.add(column)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Places in the schema; columns that are not there are left out.
    pub(super) fn positions(&self, schema: &Schema) -> Vec<usize> {
        match &self.0 {
            None => (0..schema.fields().len()).collect(),
            Some(columns) => columns.iter().filter_map(|column| schema.index_of(column).ok()).collect(),
        }
    }
}

/// A column as the texts that tests look at.
#[derive(Clone, Debug)]
pub(crate) enum TextColumn {
    /// No row has a value.
    Missing,
    /// Few texts, each once.
    Dictionary(DictionaryArray<Int32Type>, StringArray),
    /// Texts.
    Texts(StringArray),
    /// 64-bit integers.
    Integers(Int64Array),
    /// Doubles.
    Doubles(Float64Array),
    /// Booleans.
    Booleans(BooleanArray),
}

impl TextColumn {
    /// The column of that name; none where its type is none of these.
    pub(crate) fn of(batch: &RecordBatch, name: &str) -> Option<Self> {
        let Some(array) = batch.column_by_name(name) else { return Some(Self::Missing) };
        Some(match array.data_type() {
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_dictionary_opt::<Int32Type>()?.clone();
                let values = dictionary.values().as_string_opt::<i32>()?.clone();
                Self::Dictionary(dictionary, values)
            }
            DataType::Utf8 => Self::Texts(array.as_string_opt::<i32>()?.clone()),
            DataType::Int64 => Self::Integers(array.as_primitive_opt::<Int64Type>()?.clone()),
            DataType::Float64 => Self::Doubles(array.as_primitive_opt::<Float64Type>()?.clone()),
            DataType::Boolean => Self::Booleans(array.as_boolean_opt()?.clone()),
            _ => return None,
        })
    }

    /// Where the text of a row stands in the dictionary; none where there is no text.
    pub(crate) fn code(keys: &DictionaryArray<Int32Type>, row: usize) -> Option<usize> {
        if keys.is_null(row) { None } else { usize::try_from(keys.keys().value(row)).ok() }
    }

    /// The text of a row.
    pub(crate) fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Missing => None,
            Self::Dictionary(keys, values) => Self::code(keys, row).map(|code| values.value(code).into()),
            Self::Texts(values) => values.is_valid(row).then(|| values.value(row).into()),
            other => other.value(row).map(|value| value.to_string().into()),
        }
    }

    /// The value of a row.
    pub(crate) fn value(&self, row: usize) -> Option<Value> {
        match self {
            Self::Integers(values) => values.is_valid(row).then(|| values.value(row).into()),
            Self::Doubles(values) => {
                values.is_valid(row).then(|| Number::from_f64(values.value(row)).map_or(Value::Null, Value::Number))
            }
            Self::Booleans(values) => values.is_valid(row).then(|| values.value(row).into()),
            texts => texts.text(row).map(|text| Value::String(text.into_owned())),
        }
    }

    /// Rows that have a value.
    pub(crate) fn is_set(&self, row: usize) -> bool {
        match self {
            Self::Missing => false,
            Self::Dictionary(keys, _) => keys.is_valid(row),
            Self::Texts(values) => values.is_valid(row),
            Self::Integers(values) => values.is_valid(row),
            Self::Doubles(values) => values.is_valid(row),
            Self::Booleans(values) => values.is_valid(row),
        }
    }
}

/// A JSON object of attributes.
pub(crate) fn parse_attributes(text: &str) -> Option<Vec<(Arc<str>, Value)>> {
    let map: serde_json::Map<String, Value> = serde_json::from_str(text).ok()?;
    Some(map.into_iter().map(|(key, value)| (key.into(), value)).collect())
}
