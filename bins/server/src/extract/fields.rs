//! From serde's errors to problems that name the field.

use insights_core::problem::{Problem, ProblemKind};
use serde_path_to_error::{Path, Segment};

/// The problem of a value at `path` that serde refused with `message`.
pub(crate) fn field_problem(path: &Path, message: &str) -> Problem {
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return Problem::required(attr(path, Some(field)).unwrap_or_default());
    }
    let attr = attr(path, None);
    let (code, detail) = if message.starts_with("invalid type: null") {
        ("null", "This field may not be null.".to_owned())
    } else if message.starts_with("unknown variant") {
        ("invalid_choice", sentence(message))
    } else {
        ("invalid_input", sentence(message))
    };
    Problem { kind: ProblemKind::Validation, code, detail, attr }
}

/// The names on the way to a field joined by `__`, and `last` after them; `None` for the value as a whole.
fn attr(path: &Path, last: Option<&str>) -> Option<String> {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    let names: Vec<String> = segments.chain(last.map(str::to_owned)).collect();
    (!names.is_empty()).then(|| names.join("__"))
}

/// Serde's message as a sentence for clients.
fn sentence(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let mut characters = message.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
