//! Values in cells of comma-separated values, so that every value has a cell that is read as that value alone.
//!
//! An empty cell is null. A cell that is JSON is what that says: an object, a list, a text in double quotes, `true`, `false`, `null`, and a
//! number where it would be written the same. Any other cell is the text that it is. So a text is written as it is unless it would be read
//! as something else; and texts that a spreadsheet would run as formulas are written in double quotes too.

use insights_core::text::is_formula;
use serde_json::Value;

/// The value that a cell stands for.
pub(super) fn read_value(cell: &str) -> Value {
    let text = || Value::String(cell.to_owned());
    match cell.chars().next() {
        None => Value::Null,
        Some('{' | '[' | '"') => serde_json::from_str(cell).unwrap_or_else(|_| text()),
        Some(_) => {
            let value: Option<Value> = serde_json::from_str(cell).ok();
            value.filter(|value| is_written_as(value, cell)).unwrap_or_else(text)
        }
    }
}

/// Whether the JSON text of the value is that very text.
fn is_written_as(value: &Value, text: &str) -> bool {
    let written = value.to_string();
    written == text
}

/// The cell of a value.
pub(super) fn write_value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_plain(text) && read_value(text) == *value => text.clone(),
        value => value.to_string(),
    }
}

/// The text that a cell stands for, in a column of texts alone: there, only what is in double quotes is JSON.
pub(super) fn read_text(cell: &str) -> Option<String> {
    match cell.chars().next() {
        None => None,
        Some('"') => Some(serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned())),
        Some(_) => Some(cell.to_owned()),
    }
}

/// The cell of a text, in a column of texts alone.
pub(super) fn write_text(text: Option<&str>) -> String {
    match text {
        None => String::new(),
        Some(text) if is_plain(text) && !text.starts_with('"') => text.to_owned(),
        Some(text) => Value::from(text).to_string(),
    }
}

/// Whether a text may stand in a cell as it is, as far as spreadsheets go.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !is_formula(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(cell: &str, value: Value) {
        assert_eq!(read_value(cell), value, "{cell:?}");
    }

    #[test]
    fn cells_that_are_json_are_what_they_say() {
        check("", json!(null));
        check("{\"a\": [1]}", json!({"a": [1]}));
        check("[1, 2] ", json!([1, 2]));
        check("\"[1]\"", json!("[1]"));
        check("42", json!(42));
        check("-1.5", json!(-1.5));
        check("true", json!(true));
        check("null", json!(null));
        for text in [
            "hello",
            "007",
            "1.50",
            "1e5",
            "12345678901234567890123",
            "[1] and more",
            "{name}",
            " 1",
            "\"a\" b",
            "True",
        ] {
            check(text, json!(text));
        }
    }

    #[test]
    fn texts_are_written_as_they_are_unless_they_would_be_something_else() {
        for (value, cell) in [
            (json!("hello, \"you\""), "hello, \"you\""),
            (json!(""), "\"\""),
            (json!("42"), "\"42\""),
            (json!("[]"), "\"[]\""),
            (json!("=1+1"), "\"=1+1\""),
            (json!("-"), "\"-\""),
            (json!("@x"), "\"@x\""),
            (json!(-5), "-5"),
            (json!({"b": 1}), "{\"b\":1}"),
            (json!(null), ""),
        ] {
            assert_eq!(write_value(&value), cell);
            assert_eq!(read_value(cell), value);
        }
        for (text, cell) in
            [(Some("42"), "42"), (Some(""), "\"\""), (Some("\"a"), "\"\\\"a\""), (Some("=x"), "\"=x\""), (None, "")]
        {
            assert_eq!(write_text(text), cell);
            assert_eq!(read_text(cell).as_deref(), text);
        }
        assert_eq!(read_text("\"a\" b").as_deref(), Some("\"a\" b"));
    }
}
