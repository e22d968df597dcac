//! Single values, between Arrow's arrays and functions that work on one row.

mod read;
mod write;

use std::borrow::Cow;
use std::cmp::Ordering;

pub(crate) use read::Reader;
pub(crate) use write::Writer;

/// A value of one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum<'a> {
    Null,
    Bool(bool),
    /// Whole numbers, persons and intervals.
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970 UTC.
    Instant(i64),
    /// Items, or the entries of a map as tuples.
    Array(Vec<Datum<'a>>),
    Tuple(Vec<Datum<'a>>),
}

impl<'a> Datum<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text; empty for what is none.
    pub(crate) fn as_str(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// The whole number; of a float what stands before its point.
    pub(crate) fn as_int(&self) -> i64 {
        match self {
            Self::Int(int) | Self::Instant(int) => *int,
            Self::Bool(bool) => i64::from(*bool),
            Self::Date(days) => i64::from(*days),
            Self::Float(float) => truncated(*float),
            _ => 0,
        }
    }

    /// The number.
    pub(crate) fn as_float(&self) -> f64 {
        match self {
            Self::Float(float) => *float,
            other => other.as_int() as f64,
        }
    }

    /// Whether it counts as true.
    pub(crate) fn as_bool(&self) -> bool {
        match self {
            Self::Bool(bool) => *bool,
            Self::Float(float) => *float != 0.0,
            other => other.as_int() != 0,
        }
    }

    /// The items; none for what is no array or tuple.
    pub(crate) fn items(&self) -> &[Datum<'a>] {
        match self {
            Self::Array(items) | Self::Tuple(items) => items,
            _ => &[],
        }
    }

    /// [`Self::items`], owned.
    pub(crate) fn into_items(self) -> Vec<Datum<'a>> {
        match self {
            Self::Array(items) | Self::Tuple(items) => items,
            _ => Vec::new(),
        }
    }

    /// The order of values of one type: nulls last, NaN behind all numbers.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Greater,
            (_, Self::Null) => Ordering::Less,
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Array(a) | Self::Tuple(a), Self::Array(b) | Self::Tuple(b)) => {
                let mut pairs = a.iter().zip(b).map(|(a, b)| a.order(b));
                pairs.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Self::Float(_), _) | (_, Self::Float(_)) => order_floats(self.as_float(), other.as_float()),
            _ => self.as_int().cmp(&other.as_int()),
        }
    }

    /// Whether the values are equal; nulls are.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }

    /// The same value, holding its own texts.
    pub(crate) fn into_owned(self) -> Datum<'static> {
        match self {
            Self::Null => Datum::Null,
            Self::Bool(bool) => Datum::Bool(bool),
            Self::Int(int) => Datum::Int(int),
            Self::Float(float) => Datum::Float(float),
            Self::Text(text) => Datum::Text(Cow::Owned(text.into_owned())),
            Self::Date(days) => Datum::Date(days),
            Self::Instant(us) => Datum::Instant(us),
            Self::Array(items) => Datum::Array(items.into_iter().map(Datum::into_owned).collect()),
            Self::Tuple(items) => Datum::Tuple(items.into_iter().map(Datum::into_owned).collect()),
        }
    }
}

/// What stands before the point of `float`, within 64 bits; 0 of NaN.
#[expect(clippy::cast_possible_truncation, reason = "the nearest number of 64 bits is what is wanted")]
pub(crate) fn truncated(float: f64) -> i64 {
    float as i64
}

/// The order of numbers: -0 is 0, NaN is behind all.
pub(crate) fn order_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
