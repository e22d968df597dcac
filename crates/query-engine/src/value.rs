//! Property values as queries see them.

use std::sync::Arc;

/// The value of one property of one event, person or group.
///
/// A property that is missing and one that is JSON `null` are the same to every query: [`PropertyValue::Null`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PropertyValue {
    /// Missing, or JSON `null`.
    #[default]
    Null,
    /// A JSON boolean.
    Bool(bool),
    /// A JSON number that is a whole one within 64 bits.
    Int(i64),
    /// Any other JSON number.
    Float(f64),
    /// A JSON string.
    String(Arc<str>),
    /// An array or an object, as compact JSON text.
    Json(Arc<str>),
}

impl PropertyValue {
    /// The value of a parsed JSON value.
    pub fn from_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(int), _) => Self::Int(int),
                (None, Some(float)) => Self::Float(float),
                (None, None) => Self::Null,
            },
            serde_json::Value::String(s) => Self::String(s.as_str().into()),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => Self::Json(value.to_string().into()),
        }
    }

    /// Whether it is missing or JSON `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text that PostHog compares and breaks down by: a string as it is, anything else as JSON text; `None` for null.
    pub fn to_text(&self) -> Option<Arc<str>> {
        match self {
            Self::Null => None,
            Self::Bool(true) => Some("true".into()),
            Self::Bool(false) => Some("false".into()),
            Self::Int(int) => Some(int.to_string().into()),
            Self::Float(float) => Some(float_text(*float).into()),
            Self::String(text) | Self::Json(text) => Some(Arc::clone(text)),
        }
    }

    /// The number that PostHog's numeric comparisons and aggregations see: a number, or a string that reads as one; `None` otherwise.
    pub fn to_number(&self) -> Option<f64> {
        match self {
            Self::Int(int) => Some(*int as f64),
            Self::Float(float) => Some(*float),
            Self::String(text) => text.trim().parse().ok(),
            Self::Null | Self::Bool(_) | Self::Json(_) => None,
        }
    }
}

/// A float as JSON text, so that what was sent as `1.5` reads `1.5`.
fn float_text(float: f64) -> String {
    serde_json::Number::from_f64(float).map_or_else(|| float.to_string(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, text: Option<&str>, number: Option<f64>) {
        let value = PropertyValue::from_json(&serde_json::from_str(json).unwrap());
        assert_eq!(value.to_text().as_deref(), text, "text of {json}");
        assert_eq!(value.to_number(), number, "number of {json}");
    }

    #[test]
    fn text_and_number_of_each_kind_of_value() {
        check("null", None, None);
        check("true", Some("true"), None);
        check("10", Some("10"), Some(10.0));
        check("1.5", Some("1.5"), Some(1.5));
        check("\"10\"", Some("10"), Some(10.0));
        check("\"Chrome\"", Some("Chrome"), None);
        check("[1,2]", Some("[1,2]"), None);
        check("{\"a\":1}", Some("{\"a\":1}"), None);
    }
}
