//! Types of values, a part of ClickHouse's.

mod read;
mod unify;

use std::fmt;

use chrono_tz::Tz;

pub use self::read::read_type;
pub use self::unify::common_type;

/// A type. The name in brackets is how an engine with Arrow's types holds its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of `NULL` alone (`Null`).
    Nothing,
    /// `Bool` (`Boolean`). Comparisons and conditions have it; where a number is wanted it is 0 or 1.
    Bool,
    /// Any `Int8` to `Int64` (`Int64`).
    Int,
    /// Any `UInt8` to `UInt64` (`Int64` too: counts do not reach 2^63).
    UInt,
    /// `Float64` (`Float64`).
    Float,
    /// `String` (`Utf8View`).
    String,
    /// `UUID` (`Utf8View`, as lower-case text with hyphens).
    Uuid,
    /// A person, shown as their uuid (`UInt32`, the number of the person in the scan; see [`crate::tables::EventsColumn::PersonId`]).
    /// Two of them may be compared, grouped and joined by; everything else sees the uuid.
    Person,
    /// `Date` (`Date32`).
    Date,
    /// `DateTime64(6, zone)` (`Timestamp(Microsecond, None)`, UTC). The zone is that in which it is shown and taken apart.
    DateTime(Tz),
    /// An interval (`Int64` of the unit): only ever added to or subtracted from dates.
    Interval(IntervalUnit),
    /// `Array(T)` (`List`).
    Array(Box<Type>),
    /// `Tuple(…)` (`Struct` with fields named `1`, `2`, …), with names where the query gives any.
    Tuple(Vec<(Option<String>, Type)>),
    /// `Map(K, V)` (`Map`).
    Map(Box<Type>, Box<Type>),
    /// A value of the type or `NULL`. Never nested; arrays, tuples and maps are never nullable.
    Nullable(Box<Type>),
}

/// The unit of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntervalUnit {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A calendar day.
    Day,
    /// Seven calendar days.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// A calendar year.
    Year,
}

impl Type {
    /// The type, or `NULL`; the type itself where it cannot be null or is so already.
    #[must_use]
    pub fn nullable(self) -> Type {
        match self {
            Type::Array(_) | Type::Tuple(_) | Type::Map(..) | Type::Nullable(_) | Type::Nothing => self,
            other => Type::Nullable(Box::new(other)),
        }
    }

    /// The type without `NULL`.
    #[must_use]
    pub fn without_null(&self) -> &Type {
        match self {
            Type::Nullable(inner) => inner,
            other => other,
        }
    }

    /// Whether `NULL` is one of its values.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        matches!(self, Type::Nullable(_) | Type::Nothing)
    }

    /// Whether its values are numbers, apart from null. Booleans are none.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.without_null(), Type::Int | Type::UInt | Type::Float)
    }

    /// Whether its values are days or instants, apart from null.
    #[must_use]
    pub fn is_moment(&self) -> bool {
        matches!(self.without_null(), Type::Date | Type::DateTime(_))
    }

    /// Whether its values are texts, apart from null.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.without_null(), Type::String)
    }

    /// The type of the items, where it is an array.
    #[must_use]
    pub fn item(&self) -> Option<&Type> {
        match self {
            Type::Array(item) => Some(item),
            _ => None,
        }
    }

    /// An array of these.
    #[must_use]
    pub fn array(self) -> Type {
        Type::Array(Box::new(self))
    }
}

/// As ClickHouse writes it, and as answers have it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Nothing => f.write_str("Nullable(Nothing)"),
            Type::Bool => f.write_str("Bool"),
            Type::Int => f.write_str("Int64"),
            Type::UInt => f.write_str("UInt64"),
            Type::Float => f.write_str("Float64"),
            Type::String => f.write_str("String"),
            Type::Uuid | Type::Person => f.write_str("UUID"),
            Type::Date => f.write_str("Date"),
            Type::DateTime(zone) => write!(f, "DateTime64(6, '{zone}')"),
            Type::Interval(unit) => write!(f, "Interval{unit}"),
            Type::Array(item) => write!(f, "Array({item})"),
            Type::Tuple(fields) => {
                f.write_str("Tuple(")?;
                for (position, (name, field)) in fields.iter().enumerate() {
                    let comma = if position > 0 { ", " } else { "" };
                    match name {
                        Some(name) => write!(f, "{comma}{name} {field}")?,
                        None => write!(f, "{comma}{field}")?,
                    }
                }
                f.write_str(")")
            }
            Type::Map(key, value) => write!(f, "Map({key}, {value})"),
            Type::Nullable(inner) => write!(f, "Nullable({inner})"),
        }
    }
}

impl IntervalUnit {
    /// The unit of that name: `day`, `days`, `DAY`, `d`; as functions such as `dateDiff` take it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<IntervalUnit> {
        let lower = name.to_ascii_lowercase();
        Some(match lower.strip_suffix('s').filter(|stem| stem.len() > 1).unwrap_or(&lower) {
            "second" | "ss" | "s" => IntervalUnit::Second,
            "minute" | "mi" | "n" => IntervalUnit::Minute,
            "hour" | "hh" | "h" => IntervalUnit::Hour,
            "day" | "dd" | "d" => IntervalUnit::Day,
            "week" | "wk" | "ww" => IntervalUnit::Week,
            "month" | "mm" | "m" => IntervalUnit::Month,
            "quarter" | "qq" | "q" => IntervalUnit::Quarter,
            "year" | "yy" | "yyyy" => IntervalUnit::Year,
            _ => return None,
        })
    }

    /// Its name as functions take it: `day`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            IntervalUnit::Second => "second",
            IntervalUnit::Minute => "minute",
            IntervalUnit::Hour => "hour",
            IntervalUnit::Day => "day",
            IntervalUnit::Week => "week",
            IntervalUnit::Month => "month",
            IntervalUnit::Quarter => "quarter",
            IntervalUnit::Year => "year",
        }
    }
}

/// With a capital letter, as in ClickHouse's `IntervalDay`.
impl fmt::Display for IntervalUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IntervalUnit::Second => "Second",
            IntervalUnit::Minute => "Minute",
            IntervalUnit::Hour => "Hour",
            IntervalUnit::Day => "Day",
            IntervalUnit::Week => "Week",
            IntervalUnit::Month => "Month",
            IntervalUnit::Quarter => "Quarter",
            IntervalUnit::Year => "Year",
        })
    }
}
