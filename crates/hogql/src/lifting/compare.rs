//! Holding values of rows, as answers have them, against values of variables, as the query would.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, Offset as _};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::NotLifted;
use crate::ast::BinaryOperator;
use crate::resolve::constants;
use crate::types::{Type, read_type};

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`. Null equals nothing that a variable can be here.
    Equals,
    /// `!=`: whatever does not equal, null too.
    NotEquals,
    /// `<`. Null is neither less nor greater than anything.
    Less,
    /// `<=`.
    LessOrEquals,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEquals,
}

const COMPARISONS: [(Comparison, &str); 6] = [
    (Comparison::Equals, "="),
    (Comparison::NotEquals, "!="),
    (Comparison::Less, "<"),
    (Comparison::LessOrEquals, "<="),
    (Comparison::Greater, ">"),
    (Comparison::GreaterOrEquals, ">="),
];

/// A value that can be compared with others of its type. Of another type it is never.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A day.
    Day(NaiveDate),
    /// An instant, in microseconds since 1970 UTC.
    Instant(i64),
    /// A text, compared byte by byte.
    Text(String),
}

/// A comparison with a variable, of a column of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct LiftedFilter {
    /// The variable's code name.
    pub variable: String,
    /// How the row's value, on the left, is compared with the variable's.
    pub comparison: Comparison,
    /// Whether it is of `HAVING`, and so holds of groups without rows too.
    pub is_of_groups: bool,
    /// Of the row's values, null aside.
    ty: Type,
}

/// A value of a row that its type does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} cannot be compared as a {ty}")]
pub struct NoKey {
    /// The value.
    pub value: String,
    /// The type.
    pub ty: String,
}

impl Comparison {
    pub(super) fn of(operator: BinaryOperator) -> Option<Self> {
        Some(match operator {
            BinaryOperator::Equals | BinaryOperator::NotDistinct => Self::Equals,
            BinaryOperator::NotEquals | BinaryOperator::Distinct => Self::NotEquals,
            BinaryOperator::Less => Self::Less,
            BinaryOperator::LessOrEquals => Self::LessOrEquals,
            BinaryOperator::Greater => Self::Greater,
            BinaryOperator::GreaterOrEquals => Self::GreaterOrEquals,
            _ => return None,
        })
    }

    /// The same comparison with its sides exchanged.
    pub(super) fn turned(self) -> Self {
        match self {
            Self::Equals | Self::NotEquals => self,
            Self::Less => Self::Greater,
            Self::LessOrEquals => Self::GreaterOrEquals,
            Self::Greater => Self::Less,
            Self::GreaterOrEquals => Self::LessOrEquals,
        }
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        let (_, symbol) =
            COMPARISONS.into_iter().find(|(known, _)| *known == self).expect("the table has all comparisons");
        symbol
    }

    /// Whether it holds of a row's value, `None` for null, and a variable's.
    pub fn holds(self, row: Option<&Key>, wanted: &Key) -> bool {
        let Some(row) = row else { return self == Self::NotEquals };
        let order = row.cmp(wanted);
        match self {
            Self::Equals => order == Ordering::Equal,
            Self::NotEquals => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEquals => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEquals => order != Ordering::Less,
        }
    }
}

impl LiftedFilter {
    /// A comparison of values of type `ty`.
    ///
    /// # Errors
    /// [`NotLifted`] where such values do not compare the same way once they are written down.
    pub(super) fn new(
        variable: &str,
        comparison: Comparison,
        ty: &Type,
        is_of_groups: bool,
    ) -> Result<Self, NotLifted> {
        let base = ty.without_null();
        let is_ordered = matches!(base, Type::String | Type::Int | Type::UInt | Type::Date | Type::DateTime(_));
        let has_equals = is_ordered || matches!(base, Type::Bool | Type::Uuid | Type::Person);
        let is_equality = matches!(comparison, Comparison::Equals | Comparison::NotEquals);
        if is_ordered || (has_equals && is_equality) {
            return Ok(Self { variable: variable.to_owned(), comparison, is_of_groups, ty: base.clone() });
        }
        Err(NotLifted(format!(
            "variable '{variable}' is compared by {} with {base}; that can be done later with texts, whole numbers, booleans, days and instants alone",
            comparison.symbol()
        )))
    }

    /// The type of the row's values, as answers tell it.
    pub fn type_name(&self) -> String {
        self.ty.to_string()
    }

    /// A row's value, as an answer has it; `None` for null.
    ///
    /// # Errors
    /// An error where the value is none of its type, or not written down to the last digit.
    pub fn key(&self, value: &Value) -> Result<Option<Key>, NoKey> {
        let key = match (&self.ty, value) {
            (_, Value::Null) => return Ok(None),
            (Type::String | Type::Uuid | Type::Person, Value::String(text)) => Some(Key::Text(text.clone())),
            (Type::Int | Type::UInt, Value::Number(number)) => number.as_i64().map(Key::Whole),
            (Type::Bool, Value::Bool(value)) => Some(Key::Bool(*value)),
            (Type::Date, Value::String(text)) => canonical_day(text).map(Key::Day),
            (Type::DateTime(zone), Value::String(text)) => canonical_instant(text, *zone).map(Key::Instant),
            _ => None,
        };
        key.map(Some).ok_or_else(|| NoKey { value: value.to_string(), ty: self.type_name() })
    }

    /// A variable's value; `None` where only the query itself can tell what it compares to, as with a number that a text is compared with.
    pub fn wanted(&self, value: &Value) -> Option<Key> {
        match (&self.ty, value) {
            (Type::String, Value::String(text)) => Some(Key::Text(text.clone())),
            (Type::Uuid | Type::Person, Value::String(text)) => Some(Key::Text(text.to_ascii_lowercase())),
            (Type::Int | Type::UInt, Value::Number(number)) => number.as_i64().map(Key::Whole),
            (Type::Bool, Value::Bool(value)) => Some(Key::Bool(*value)),
            // a longer text makes instants of days
            (Type::Date, Value::String(text)) if text.trim().len() <= 10 => constants::day(text).map(Key::Day),
            (Type::DateTime(zone), Value::String(text)) => {
                constants::instant(text, *zone).map(|instant| Key::Instant(instant.timestamp_micros()))
            }
            _ => None,
        }
    }

    /// Whether a row with that value, `None` for null, stays where the variable is `wanted`.
    pub fn holds(&self, row: Option<&Key>, wanted: &Key) -> bool {
        self.comparison.holds(row, wanted)
    }

    /// For keeping beside the rows.
    pub fn to_json(&self) -> Value {
        json!({
            "variable": self.variable,
            "comparison": self.comparison.symbol(),
            "of_groups": self.is_of_groups,
            "type": self.type_name(),
        })
    }

    /// What [`Self::to_json`] gave; `None` where it is something else.
    pub fn from_json(value: &Value) -> Option<Self> {
        let symbol = value["comparison"].as_str()?;
        let (comparison, _) = COMPARISONS.into_iter().find(|(_, known)| *known == symbol)?;
        let ty = read_type(value["type"].as_str()?, Tz::UTC)?;
        Self::new(value["variable"].as_str()?, comparison, &ty, value["of_groups"].as_bool()?).ok()
    }
}

/// The day that an answer writes so.
fn canonical_day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (day.format("%Y-%m-%d").to_string() == text).then_some(day)
}

/// The instant that an answer writes so, for clocks in `zone`. Offsets that are no whole minutes, as before 1900, are not written whole.
fn canonical_instant(text: &str, zone: Tz) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    let east_s = instant.with_timezone(&zone).offset().fix().local_minus_utc();
    (east_s == instant.offset().local_minus_utc()).then(|| instant.timestamp_micros())
}
