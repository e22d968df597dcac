//! Values that JSON has no form for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

/// A number; what is none, or infinite, as text.
pub(super) fn double(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// Bytes as base64.
pub(super) fn bytes(value: &[u8]) -> Value {
    STANDARD.encode(value).into()
}
