//! How values of the domain are kept in columns.

use chrono::{DateTime, NaiveDateTime, Utc};
use insights_core::time::to_microseconds;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::failure::{Failure, unreadable};

/// An instant as a column keeps it: in UTC, to the microsecond.
pub(crate) fn stamp(instant: DateTime<Utc>) -> NaiveDateTime {
    to_microseconds(instant).naive_utc()
}

/// The instant that a column keeps.
pub(crate) fn instant(stamp: NaiveDateTime) -> DateTime<Utc> {
    stamp.and_utc()
}

/// A JSON column.
pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("values with text keys can be written as JSON")
}

/// The value of a JSON column.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error.to_string()))
}

/// The value of a uuid column.
pub(crate) fn from_uuid(what: &'static str, text: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(text).map_err(|error| unreadable(what, error.to_string()))
}

/// A number that Diesel wants signed. Pages keep offsets within it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The count that a database gives.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).expect("a database counts no fewer than none")
}

/// A text to look for. PostgreSQL cannot take the character NUL, which no stored text has: its replacement finds nothing either.
pub(crate) fn lookup(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The pattern of `LIKE … ESCAPE '\'` for texts with that part in them.
pub(crate) fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in lookup(part).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_their_part_literally() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
        assert_eq!(containing("a\0"), "%a\u{fffd}%");
    }
}
