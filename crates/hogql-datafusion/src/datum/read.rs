//! From arrays to single values.

use std::borrow::Cow;

use datafusion::arrow::array::{
    Array, AsArray as _, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, MapArray, StringViewArray,
    StructArray, TimestampMicrosecondArray, UInt32Array,
};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt32Type,
};
use datafusion::error::{DataFusionError, Result};

use super::Datum;

/// Reads an array of one of the types that HogQL's values are held in.
#[derive(Debug)]
pub(crate) enum Reader<'a> {
    Null,
    Bool(&'a BooleanArray),
    Int(&'a Int64Array),
    Person(&'a UInt32Array),
    Float(&'a Float64Array),
    Text(&'a StringViewArray),
    Date(&'a Date32Array),
    Instant(&'a TimestampMicrosecondArray),
    Array(&'a ListArray, Box<Reader<'a>>),
    Tuple(&'a StructArray, Vec<Reader<'a>>),
    Map(&'a MapArray, Box<Reader<'a>>, Box<Reader<'a>>),
}

impl<'a> Reader<'a> {
    /// Reads `array`.
    ///
    /// # Errors
    /// Where its type is none of HogQL's.
    pub(crate) fn new(array: &'a dyn Array) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>()),
            DataType::UInt32 => Self::Person(array.as_primitive::<UInt32Type>()),
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>()),
            DataType::Utf8View => Self::Text(array.as_string_view()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(TimeUnit::Microsecond, None) => {
                Self::Instant(array.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::Array(list, Box::new(Self::new(list.values().as_ref())?))
            }
            DataType::Struct(_) => {
                let tuple = array.as_struct();
                let fields = tuple.columns().iter().map(|column| Self::new(column.as_ref()));
                Self::Tuple(tuple, fields.collect::<Result<_>>()?)
            }
            DataType::Map(..) => {
                let map = array.as_map();
                Self::Map(map, Box::new(Self::new(map.keys().as_ref())?), Box::new(Self::new(map.values().as_ref())?))
            }
            other => return Err(DataFusionError::Internal(format!("HogQL has no values of type {other}"))),
        })
    }

    /// The value of a row.
    pub(crate) fn get(&self, row: usize) -> Datum<'a> {
        match self {
            Self::Null => Datum::Null,
            Self::Bool(array) if array.is_valid(row) => Datum::Bool(array.value(row)),
            Self::Int(array) if array.is_valid(row) => Datum::Int(array.value(row)),
            Self::Person(array) if array.is_valid(row) => Datum::Int(i64::from(array.value(row))),
            Self::Float(array) if array.is_valid(row) => Datum::Float(array.value(row)),
            Self::Text(array) if array.is_valid(row) => Datum::Text(Cow::Borrowed(array.value(row))),
            Self::Date(array) if array.is_valid(row) => Datum::Date(array.value(row)),
            Self::Instant(array) if array.is_valid(row) => Datum::Instant(array.value(row)),
            Self::Array(array, items) if array.is_valid(row) => {
                Datum::Array(span(array.value_offsets(), row).map(|item| items.get(item)).collect())
            }
            Self::Tuple(array, fields) if array.is_valid(row) => {
                Datum::Tuple(fields.iter().map(|field| field.get(row)).collect())
            }
            Self::Map(array, keys, values) if array.is_valid(row) => {
                let entries = span(array.value_offsets(), row);
                Datum::Array(entries.map(|entry| Datum::Tuple(vec![keys.get(entry), values.get(entry)])).collect())
            }
            _ => Datum::Null,
        }
    }
}

/// Where the items of a row stand.
fn span(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |index: usize| usize::try_from(offsets[index]).expect("offsets are not negative");
    at(row)..at(row + 1)
}
