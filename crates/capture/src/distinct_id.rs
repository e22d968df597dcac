//! The form in which distinct ids are kept.

use std::borrow::Cow;

use serde_json::Value;

/// Longest distinct id, in characters; longer ones are cut.
pub const MAX_DISTINCT_ID_CHARS: usize = 200;

/// The kept form of the distinct id `text`: null bytes replaced, cut to [`MAX_DISTINCT_ID_CHARS`]; `None` where it is empty.
pub fn normalize_text(text: Cow<'_, str>) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let mut id = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() };
    // A text of that many bytes cannot have more characters.
    if id.len() > MAX_DISTINCT_ID_CHARS
        && let Some((end, _)) = id.char_indices().nth(MAX_DISTINCT_ID_CHARS)
    {
        id.truncate(end);
    }
    Some(id)
}

/// The kept form of a distinct id of any JSON type: what is no text becomes its JSON text; `None` for null and empty text.
pub fn normalize_value(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => normalize_text(Cow::Borrowed(text)),
        other => normalize_text(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value, expected: Option<&str>) {
        assert_eq!(normalize_value(&value).as_deref(), expected, "{value}");
    }

    #[test]
    fn distinct_ids_of_every_type_become_text() {
        check(json!("user-1"), Some("user-1"));
        check(json!(" spaced "), Some(" spaced "));
        check(json!(42), Some("42"));
        check(json!(1.5), Some("1.5"));
        check(json!(true), Some("true"));
        check(json!({"id": 1}), Some(r#"{"id":1}"#));
        check(json!([1, "a"]), Some(r#"[1,"a"]"#));
        check(json!(null), None);
        check(json!(""), None);
        check(json!("a\0b"), Some("a\u{fffd}b"));
    }

    #[test]
    fn long_distinct_ids_are_cut_between_characters() {
        check(json!("x".repeat(200)), Some(&"x".repeat(200)));
        check(json!("x".repeat(201)), Some(&"x".repeat(200)));
        check(json!("ü".repeat(300)), Some(&"ü".repeat(200)));
    }
}
