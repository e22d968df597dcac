//! Replaces what differs from run to run by the name of its form. A text that has no such form stays, and so fails the snapshot.

use serde_json::Value;

/// `value` with instants, uuids, secrets, random ids and the server's own address replaced.
pub(crate) fn redact(value: Value, base: &str) -> Value {
    redact_field("", value, base)
}

fn redact_field(name: &str, value: Value, base: &str) -> Value {
    match value {
        Value::String(text) => Value::String(redact_text(name, &text, base)),
        Value::Array(items) => items.into_iter().map(|item| redact_field(name, item, base)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let value = redact_field(&name, value, base);
                (name, value)
            })
            .collect(),
        other => other,
    }
}

fn redact_text(name: &str, text: &str, base: &str) -> String {
    let random = |prefix: &str, length: usize| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == length && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    let masked = || text.len() == 11 && text.get(4..7) == Some("...");
    if chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z') {
        "[instant]".to_owned()
    } else if uuid::Uuid::parse_str(text).is_ok() {
        "[uuid]".to_owned()
    } else if random("phx_", 43) || random("gck_", 43) {
        "[key]".to_owned()
    } else if random("whsec_", 64) {
        "[signing secret]".to_owned()
    } else if random("phc_", 43) {
        "[token]".to_owned()
    } else if name == "mask_value" && masked() {
        "[mask]".to_owned()
    } else if name == "id" && random("", 10) {
        "[key id]".to_owned()
    } else if name == "short_id" && random("", 8) {
        "[short id]".to_owned()
    } else {
        text.replace(base, "[server]")
    }
}
