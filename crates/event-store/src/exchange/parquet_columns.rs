//! Columns of the types that writers give the parts of an event.

use std::borrow::Cow;

use arrow_array::{
    Array, BinaryArray, Date32Array, FixedSizeBinaryArray, Int64Array, StringArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use capture::error::EventError;
use capture::timestamp::{instant_from_micros, parse_instant};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A column whose cells are text, or the 16 bytes of a uuid.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TextColumn<'a> {
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Uuids(&'a FixedSizeBinaryArray),
    Numbers(&'a Int64Array),
}

impl<'a> TextColumn<'a> {
    /// `None` where the column is of another type.
    pub(crate) fn of(column: &'a dyn Array) -> Option<Self> {
        let column = column.as_any();
        if let Some(texts) = column.downcast_ref() {
            return Some(Self::Text(texts));
        }
        if let Some(bytes) = column.downcast_ref() {
            return Some(Self::Bytes(bytes));
        }
        if let Some(numbers) = column.downcast_ref() {
            return Some(Self::Numbers(numbers));
        }
        column.downcast_ref().filter(|uuids: &&FixedSizeBinaryArray| uuids.value_length() == 16).map(Self::Uuids)
    }

    /// The text of a cell; `None` where it is null.
    pub(crate) fn get(&self, index: usize) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(texts) => texts.is_valid(index).then(|| Cow::Borrowed(texts.value(index))),
            Self::Bytes(bytes) => bytes.is_valid(index).then(|| String::from_utf8_lossy(bytes.value(index))),
            Self::Numbers(numbers) => numbers.is_valid(index).then(|| Cow::Owned(numbers.value(index).to_string())),
            Self::Uuids(uuids) => {
                let bytes = uuids.is_valid(index).then(|| uuids.value(index))?;
                Some(Cow::Owned(Uuid::from_slice(bytes).ok()?.to_string()))
            }
        }
    }

    /// The text of a cell that should hold a uuid, be it as text or as its bytes.
    pub(crate) fn get_uuid(&self, index: usize) -> Option<Cow<'a, str>> {
        match self {
            Self::Bytes(bytes) if bytes.is_valid(index) => match Uuid::from_slice(bytes.value(index)) {
                Ok(uuid) => Some(Cow::Owned(uuid.to_string())),
                Err(_) => self.get(index),
            },
            _ => self.get(index),
        }
    }
}

/// A column whose cells are instants, in whatever form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InstantColumn<'a> {
    Seconds(&'a TimestampSecondArray),
    Millis(&'a TimestampMillisecondArray),
    Micros(&'a TimestampMicrosecondArray),
    Nanos(&'a TimestampNanosecondArray),
    Days(&'a Date32Array),
    Text(TextColumn<'a>),
}

impl<'a> InstantColumn<'a> {
    /// `None` where the column is of another type.
    pub(crate) fn of(column: &'a dyn Array) -> Option<Self> {
        let any = column.as_any();
        if let Some(column) = any.downcast_ref() {
            return Some(Self::Micros(column));
        }
        if let Some(column) = any.downcast_ref() {
            return Some(Self::Millis(column));
        }
        if let Some(column) = any.downcast_ref() {
            return Some(Self::Nanos(column));
        }
        if let Some(column) = any.downcast_ref() {
            return Some(Self::Seconds(column));
        }
        if let Some(column) = any.downcast_ref() {
            return Some(Self::Days(column));
        }
        TextColumn::of(column).map(Self::Text)
    }

    /// The instant of a cell; `None` where it is null.
    pub(crate) fn get(&self, index: usize) -> Result<Option<DateTime<Utc>>, EventError> {
        /// Microseconds in a unit, or `None` where they do not fit.
        fn scaled(value: i64, micros: i64) -> Option<i64> {
            value.checked_mul(micros)
        }
        let (text, micros) = match self {
            Self::Text(texts) => {
                let Some(text) = texts.get(index) else { return Ok(None) };
                return match parse_instant(&text) {
                    Some(instant) => Ok(Some(instant)),
                    None => Err(EventError::BadTimestamp { text: text.chars().take(60).collect() }),
                };
            }
            Self::Seconds(column) if column.is_valid(index) => {
                (column.value(index), scaled(column.value(index), 1_000_000))
            }
            Self::Millis(column) if column.is_valid(index) => (column.value(index), scaled(column.value(index), 1_000)),
            Self::Micros(column) if column.is_valid(index) => (column.value(index), Some(column.value(index))),
            Self::Nanos(column) if column.is_valid(index) => {
                (column.value(index), Some(column.value(index).div_euclid(1_000)))
            }
            Self::Days(column) if column.is_valid(index) => {
                let days = i64::from(column.value(index));
                (days, scaled(days, 86_400_000_000))
            }
            _ => return Ok(None),
        };
        match micros.and_then(instant_from_micros) {
            Some(instant) => Ok(Some(instant)),
            None => Err(EventError::BadTimestamp { text: text.to_string() }),
        }
    }
}
