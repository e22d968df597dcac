//! From single values to arrays.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListArray, MapArray, NullArray,
    StringViewBuilder, StructArray, TimestampMicrosecondBuilder, UInt32Builder,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields, TimeUnit};
use datafusion::error::{DataFusionError, Result};

use super::Datum;

/// Writes an array of one of the types that HogQL's values are held in.
#[derive(Debug)]
pub(crate) enum Writer {
    Null(usize),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Person(UInt32Builder),
    Float(Float64Builder),
    Text(StringViewBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Array { field: FieldRef, lengths: Vec<usize>, valid: Vec<bool>, items: Box<Writer> },
    Tuple { fields: Fields, valid: Vec<bool>, values: Vec<Writer> },
    Map { field: FieldRef, lengths: Vec<usize>, entries: Box<Writer> },
}

impl Writer {
    /// Writes an array of type `ty`.
    ///
    /// # Errors
    /// Where the type is none of HogQL's.
    pub(crate) fn new(ty: &DataType) -> Result<Self> {
        Ok(match ty {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::UInt32 => Self::Person(UInt32Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Utf8View => Self::Text(StringViewBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Timestamp(TimeUnit::Microsecond, None) => Self::Instant(TimestampMicrosecondBuilder::new()),
            DataType::List(field) => Self::Array {
                field: Arc::clone(field),
                lengths: Vec::new(),
                valid: Vec::new(),
                items: Box::new(Self::new(field.data_type())?),
            },
            DataType::Struct(fields) => Self::Tuple {
                fields: fields.clone(),
                valid: Vec::new(),
                values: fields.iter().map(|field| Self::new(field.data_type())).collect::<Result<_>>()?,
            },
            DataType::Map(field, _) => Self::Map {
                field: Arc::clone(field),
                lengths: Vec::new(),
                entries: Box::new(Self::new(field.data_type())?),
            },
            other => return Err(DataFusionError::Internal(format!("HogQL has no values of type {other}"))),
        })
    }

    /// Adds a value; one of another kind as the nearest that there is, so that a whole number goes into an array of floats.
    pub(crate) fn push(&mut self, value: Datum<'_>) {
        match self {
            Self::Null(n) => *n += 1,
            Self::Bool(builder) => builder.append_option(present(&value).map(Datum::as_bool)),
            Self::Int(builder) => builder.append_option(present(&value).map(Datum::as_int)),
            Self::Person(builder) => {
                builder.append_option(present(&value).map(Datum::as_int).and_then(|number| u32::try_from(number).ok()));
            }
            Self::Float(builder) => builder.append_option(present(&value).map(Datum::as_float)),
            Self::Text(builder) => match value {
                Datum::Text(text) => builder.append_value(text),
                _ => builder.append_null(),
            },
            Self::Date(builder) => {
                builder.append_option(present(&value).map(Datum::as_int).and_then(|days| i32::try_from(days).ok()));
            }
            Self::Instant(builder) => builder.append_option(present(&value).map(Datum::as_int)),
            Self::Array { lengths, valid, items, .. } => {
                valid.push(!value.is_null());
                let values = value.into_items();
                lengths.push(values.len());
                values.into_iter().for_each(|value| items.push(value));
            }
            Self::Tuple { valid, values, .. } => {
                valid.push(!value.is_null());
                let mut items = value.into_items().into_iter();
                values.iter_mut().for_each(|writer| writer.push(items.next().unwrap_or(Datum::Null)));
            }
            Self::Map { lengths, entries, .. } => {
                let values = value.into_items();
                lengths.push(values.len());
                values.into_iter().for_each(|value| entries.push(value));
            }
        }
    }

    /// The array of all values.
    ///
    /// # Errors
    /// Where there are more items in arrays than one array of Arrow's can have.
    pub(crate) fn finish(self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Null(n) => Arc::new(NullArray::new(n)),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Person(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::Instant(mut builder) => Arc::new(builder.finish()),
            Self::Array { field, lengths, valid, items } => {
                let offsets = OffsetBuffer::from_lengths(lengths);
                Arc::new(ListArray::try_new(field, offsets, items.finish()?, Some(NullBuffer::from(valid)))?)
            }
            Self::Tuple { fields, valid, values } => {
                let n_rows = valid.len();
                let columns = values.into_iter().map(Self::finish).collect::<Result<_>>()?;
                Arc::new(StructArray::try_new_with_length(fields, columns, Some(NullBuffer::from(valid)), n_rows)?)
            }
            Self::Map { field, lengths, entries } => {
                let entries = entries.finish()?;
                let entries = datafusion::arrow::array::AsArray::as_struct(&entries);
                let (fields, columns, _) = entries.clone().into_parts();
                let entries = StructArray::try_new(fields, columns, None)?;
                Arc::new(MapArray::try_new(field, OffsetBuffer::from_lengths(lengths), entries, None, false)?)
            }
        })
    }
}

fn present<'d, 'a>(value: &'d Datum<'a>) -> Option<&'d Datum<'a>> {
    (!value.is_null()).then_some(value)
}
