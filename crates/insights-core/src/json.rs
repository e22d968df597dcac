//! JSON that clients may choose freely: how deep and how long it may be.

use std::io;

use serde_json::Value;

use crate::problem::Problem;

/// Most levels of lists and objects, the value itself being the first. What passes can be read again wherever it is put into another value.
pub const MAX_DEPTH: usize = 100;

/// Length of the value's JSON text without spaces, in bytes.
pub fn size_bytes(value: &Value) -> usize {
    /// Counts what is written to it.
    struct Count(usize);

    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect("counting does not fail, and keys of objects are texts");
    count.0
}

/// Levels of lists and objects: none for texts, numbers, booleans and null.
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Refuses a value of more than [`MAX_DEPTH`] levels.
///
/// # Errors
/// A [`Problem`] that names `attr`.
pub fn check_depth(attr: &str, value: &Value) -> Result<(), Problem> {
    if depth(value) > MAX_DEPTH {
        let detail = format!("Lists and objects may be nested at most {MAX_DEPTH} levels deep.");
        return Err(Problem { code: "max_depth", ..Problem::invalid(attr, detail) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn sizes_are_those_of_the_text() {
        for value in [json!(null), json!("é\n\0"), json!({"a": [1, -2.5, true], "b": {}})] {
            assert_eq!(size_bytes(&value), value.to_string().len(), "{value}");
        }
    }

    #[test]
    fn levels_are_those_of_lists_and_objects() {
        for (value, levels) in [(json!(1), 0), (json!([]), 1), (json!({"a": 1, "b": [{}]}), 3)] {
            assert_eq!(depth(&value), levels, "{value}");
        }
        assert!(check_depth("prompt", &nested(MAX_DEPTH)).is_ok());
        let problem = check_depth("prompt", &nested(MAX_DEPTH + 1)).unwrap_err();
        assert_eq!((problem.attr.as_deref(), problem.code), (Some("prompt"), "max_depth"));
    }
}
