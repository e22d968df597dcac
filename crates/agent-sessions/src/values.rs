//! Attributes as agents send them: numbers and booleans come as such or as texts, depending on the version.

use chrono::{DateTime, Utc};
use insights_core::time::to_microseconds;
use serde_json::{Map, Value};

use crate::model::Cost;

/// The attributes of a record, read leniently: what is not of the wanted type is not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Attributes<'a> {
    /// A text that is not empty.
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.0.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text of at most so many characters; the rest is cut off.
    pub(crate) fn short(self, key: &str, max_characters: usize) -> Option<String> {
        self.text(key).map(|text| clip(text, max_characters))
    }

    /// A whole number, 0 or greater.
    pub(crate) fn count(self, key: &str) -> Option<u64> {
        self.number(key).and_then(whole)
    }

    /// A finite number.
    pub(crate) fn number(self, key: &str) -> Option<f64> {
        let number = match self.0.get(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// A truth value.
    pub(crate) fn flag(self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A JSON value, as such or as its text.
    pub(crate) fn json(self, key: &str) -> Option<Value> {
        match self.0.get(key)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }

    /// An instant in the form of ISO 8601.
    pub(crate) fn instant(self, key: &str) -> Option<DateTime<Utc>> {
        self.text(key).and_then(instant)
    }

    /// An amount, from `{key}_micros` where that is there.
    pub(crate) fn cost(self, key: &str) -> Option<Cost> {
        match self.count(&format!("{key}_micros")) {
            Some(micros) => Some(Cost { micros }),
            None => self.number(key).and_then(cost),
        }
    }
}

/// An instant in the form of ISO 8601.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(to_microseconds(instant.with_timezone(&Utc)))
}

/// A whole number from 0 to 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within 0 and 2^53")]
pub(crate) fn whole(number: f64) -> Option<u64> {
    const MAX: f64 = 9_007_199_254_740_992.0;
    (0.0..=MAX).contains(&number).then(|| number.round() as u64)
}

/// An amount of US dollars.
pub(crate) fn cost(usd: f64) -> Option<Cost> {
    whole(usd * 1e6).map(|micros| Cost { micros })
}

/// The first so many characters.
pub(crate) fn clip(text: &str, max_characters: usize) -> String {
    match text.char_indices().nth(max_characters) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_truths_come_in_several_forms() {
        let map =
            json!({"a": 7, "b": "7", "c": 7.0, "d": " 7.4 ", "e": "x", "f": -1, "t": "True", "u": false, "n": null});
        let attributes = Attributes(map.as_object().unwrap());
        for (key, expected) in
            [("a", Some(7)), ("b", Some(7)), ("c", Some(7)), ("d", Some(7)), ("e", None), ("f", None), ("z", None)]
        {
            assert_eq!(attributes.count(key), expected, "{key}");
        }
        assert_eq!((attributes.flag("t"), attributes.flag("u"), attributes.flag("n")), (Some(true), Some(false), None));
        assert_eq!(attributes.number("f"), Some(-1.0));
    }

    #[test]
    fn amounts_are_whole_millionths() {
        let map = json!({"cost_usd": "0.1234567", "x_micros": "5", "x": 9});
        let attributes = Attributes(map.as_object().unwrap());
        assert_eq!(attributes.cost("cost_usd"), Some(Cost { micros: 123_457 }));
        assert_eq!(attributes.cost("x"), Some(Cost { micros: 5 }));
        assert_eq!(cost(-1.0), None);
        assert_eq!(whole(f64::MAX), None);
    }

    #[test]
    fn texts_are_cut_at_characters() {
        assert_eq!((clip("äöü", 2).as_str(), clip("äöü", 3).as_str()), ("äö", "äöü"));
    }
}
