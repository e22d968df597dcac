//! JSON objects as keys and the untouched text of their values: what lets a value come back exactly as it was sent.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use query_engine::value::PropertyValue;
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// One member of an object whose text is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    key: Key,
    value: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// As it stands in the text.
    Plain(Range<usize>),
    /// A key that is written with escapes, without them.
    Unescaped(Box<str>),
}

impl Member {
    /// The key; `object` is the text that the member was found in.
    pub(crate) fn key<'a>(&'a self, object: &'a str) -> &'a str {
        match &self.key {
            Key::Plain(range) => &object[range.clone()],
            Key::Unescaped(key) => key,
        }
    }

    /// The JSON text of the value.
    pub(crate) fn value<'a>(&self, object: &'a str) -> &'a str {
        &object[self.value.clone()]
    }
}

/// The members of the JSON object `text`. Of members with the same key only the last is given, as parsers commonly do.
///
/// # Errors
/// Where `text` is not a JSON object.
pub(crate) fn members(text: &str) -> Result<Vec<Member>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut members = deserializer.deserialize_map(ObjectVisitor { text })?;
    deserializer.end()?;
    drop_overwritten(&mut members, text);
    Ok(members)
}

/// What queries see of the value with the JSON text `raw`; null where it is no value that numbers and texts can hold, such as `1e999`.
pub(crate) fn property_value(raw: &str) -> PropertyValue {
    if let Some(plain) = plain_string(raw) {
        return PropertyValue::String(plain.into());
    }
    if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return number_value(raw);
    }
    serde_json::from_str::<Value>(raw).map_or(PropertyValue::Null, |value| PropertyValue::from_json(&value))
}

/// A JSON number: the same value whether it is read from memory or was stored in a column of numbers.
fn number_value(raw: &str) -> PropertyValue {
    match raw.parse() {
        // the whole number has no negative zero
        Ok(int) if raw != "-0" => PropertyValue::Int(int),
        _ => match raw.parse::<f64>() {
            Ok(float) if float.is_finite() => PropertyValue::Float(float),
            _ => PropertyValue::Null,
        },
    }
}

/// The JSON text of a value that was parsed as a string without losing anything; for the other direction of [`plain_string`].
pub(crate) fn string_text(text: &str) -> String {
    Value::from(text).to_string()
}

/// The text of a JSON string, if `raw` is one that a text can hold.
pub(crate) fn string_value(raw: &str) -> Option<Cow<'_, str>> {
    if let Some(plain) = plain_string(raw) {
        return Some(Cow::Borrowed(plain));
    }
    if raw.starts_with('"') { serde_json::from_str(raw).ok().map(Cow::Owned) } else { None }
}

/// The object as a parsed map; members whose values cannot be held (see [`property_value`]) are left out.
pub(crate) fn parsed_map(object: &str, members: &[Member]) -> Map<String, Value> {
    let parsed = members.iter().filter_map(|member| {
        let value = serde_json::from_str(member.value(object)).ok()?;
        Some((member.key(object).to_owned(), value))
    });
    parsed.collect()
}

/// Adds the member `"key":raw` to the text of an object that is being written; the empty text is one that has not been begun.
pub(crate) fn push_member(object: &mut String, key: &str, raw: &str) {
    object.push(if object.is_empty() { '{' } else { ',' });
    if key.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        object.push('"');
        object.push_str(key);
        object.push('"');
    } else {
        object.push_str(&string_text(key));
    }
    object.push(':');
    object.push_str(raw);
}

/// What stands between the quotes of a JSON string without escapes.
fn plain_string(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

fn drop_overwritten(members: &mut Vec<Member>, text: &str) {
    let mut keys = rustc_hash::FxHashSet::default();
    let has_repeats = !members.iter().all(|member| keys.insert(member.key(text)));
    if has_repeats {
        let mut last_first = std::mem::take(members);
        last_first.reverse();
        let mut seen = rustc_hash::FxHashSet::default();
        last_first.retain(|member| seen.insert(member.key(text).to_owned()));
        last_first.reverse();
        *members = last_first;
    }
}

struct ObjectVisitor<'de> {
    text: &'de str,
}

impl<'de> ObjectVisitor<'de> {
    /// Where `part`, which was borrowed from the text, stands in it.
    fn range(&self, part: &str) -> Range<usize> {
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        start..start + part.len()
    }
}

impl<'de> Visitor<'de> for ObjectVisitor<'de> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let raw: &'de RawValue = map.next_value()?;
            let key = match key {
                Cow::Borrowed(plain) => Key::Plain(self.range(plain)),
                Cow::Owned(unescaped) => Key::Unescaped(unescaped.into()),
            };
            members.push(Member { key, value: self.range(raw.get()) });
        }
        Ok(members)
    }
}

/// Reads a key without copying it where it has no escapes.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// Puts JSON objects together, one a row, key by key.
#[derive(Debug)]
pub(crate) struct WholeObjects {
    objects: Vec<String>,
}

impl WholeObjects {
    /// Empty objects.
    pub(crate) fn new(n_rows: usize) -> Self {
        Self { objects: vec![String::from("{"); n_rows] }
    }

    /// Gives some rows a member each, whose value is JSON text.
    pub(crate) fn add<'a>(&mut self, key: &str, values: impl Iterator<Item = (usize, &'a str)>) {
        let key = string_text(key);
        for (row, raw) in values {
            let object = &mut self.objects[row];
            if object.len() > 1 {
                object.push(',');
            }
            object.push_str(&key);
            object.push(':');
            object.push_str(raw);
        }
    }

    /// The objects.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.objects.iter_mut().for_each(|object| object.push('}'));
        self.objects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = members(text).unwrap();
        let found: Vec<_> = found.iter().map(|member| (member.key(text), member.value(text))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn members_keep_the_text_of_their_values() {
        check("{}", &[]);
        check(r#" { "a" : 1.50 , "b":{"c" : [1, 2]} } "#, &[("a", "1.50"), ("b", r#"{"c" : [1, 2]}"#)]);
        check(r#"{"a\u0062\"":"x\n"}"#, &[("ab\"", r#""x\n""#)]);
        check(r#"{"a":1,"b":2,"\u0061":3}"#, &[("b", "2"), ("a", "3")]);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for text in ["", "1", "[]", "{", r#"{"a":}"#, "{} x", "null"] {
            assert!(members(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_that_nothing_can_hold_are_null_to_queries() {
        assert_eq!(property_value("1e999"), PropertyValue::Null);
        assert_eq!(property_value(r#""\ud800""#), PropertyValue::Null);
        assert_eq!(property_value(r#""caf\u00e9""#), PropertyValue::String("café".into()));
        assert_eq!(property_value("-0"), PropertyValue::Float(-0.0));
        assert_eq!(property_value("-7"), PropertyValue::Int(-7));
        assert_eq!(property_value("1e2"), PropertyValue::Float(100.0));
        assert_eq!(property_value("18446744073709551616"), PropertyValue::Float(18_446_744_073_709_551_616.0));
    }

    #[test]
    fn objects_are_written_member_by_member() {
        let mut object = String::new();
        push_member(&mut object, "a\"b", "1");
        push_member(&mut object, "c", "[]");
        assert_eq!(object, r#"{"a\"b":1,"c":[]"#);
    }
}
