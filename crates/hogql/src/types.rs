//! Types of values, a part of ClickHouse's.

use chrono_tz::Tz;

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
