//! How severe a record is, from whatever it says of that.

use logs::record::{Level, Severity};
use serde_json::{Map, Value};

/// Keys of a body that tell its level, the first one that is there counting.
const BODY_KEYS: [&str; 4] = ["level", "severity", "log.level", "config.log_level"];

/// The severity of a record: its number, else what its text says, else what its body says where that is an object or the JSON text of
/// one, else info.
pub(super) fn severity(number: i64, text: &str, body: &Value) -> Severity {
    let from_number = u8::try_from(number).ok().and_then(Severity::from_number);
    if let Some(severity) = from_number {
        return severity;
    }
    let text = text.trim();
    let told = if text.is_empty() { from_body(body) } else { from_text(text) };
    told.unwrap_or_else(|| Severity::of_level(Level::Info))
}

/// What a text says, in one of the ways of loggers: OpenTelemetry's own short names have a digit where there is more than one step of a level.
fn from_text(text: &str) -> Option<Severity> {
    let name = text.trim().to_ascii_lowercase();
    let steps = name.strip_suffix(['2', '3', '4']).filter(|base| !base.is_empty());
    let base = steps.unwrap_or(&name);
    let level = match base {
        "trace" | "trce" | "verbose" | "finest" => Level::Trace,
        "debug" | "dbug" | "dbg" | "fine" | "finer" => Level::Debug,
        "info" | "information" | "informational" | "notice" | "log" => Level::Info,
        "warn" | "warning" | "wrn" => Level::Warn,
        "error" | "err" | "eror" | "severe" => Level::Error,
        "fatal" | "critical" | "crit" | "alert" | "emerg" | "emergency" | "panic" => Level::Fatal,
        _ => return None,
    };
    let step = match (steps.is_some(), name.as_bytes().last()) {
        (true, Some(digit)) => digit - b'1',
        _ => 0,
    };
    Severity::from_number(Severity::of_level(level).number() + step)
}

fn from_body(body: &Value) -> Option<Severity> {
    match body {
        Value::Object(fields) => from_fields(fields),
        Value::String(text) if text.trim_ascii_start().starts_with('{') => {
            from_fields(&serde_json::from_str::<Map<String, Value>>(text).ok()?)
        }
        _ => None,
    }
}

fn from_fields(fields: &Map<String, Value>) -> Option<Severity> {
    BODY_KEYS.iter().find_map(|key| from_text(lookup(fields, key)?.as_str()?))
}

/// The field of that name, or the one that the parts of the name lead to.
fn lookup<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).or_else(|| {
        let (outer, inner) = key.split_once('.')?;
        fields.get(outer)?.as_object()?.get(inner)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(number: i64, text: &str, body: Value, expected: u8) {
        assert_eq!(severity(number, text, &body).number(), expected, "{number} {text:?} {body}");
    }

    #[test]
    fn a_number_counts_where_it_is_one() {
        for number in 1..=24 {
            check(number, "fatal", Value::Null, u8::try_from(number).unwrap());
        }
        check(0, "error", Value::Null, 17);
        check(25, "error", Value::Null, 17);
        check(-1, "", Value::Null, 9);
        check(256 + 5, "", Value::Null, 9);
    }

    #[test]
    fn texts_count_in_the_ways_of_loggers() {
        for (texts, expected) in [
            (&["trace", "TRACE"][..], 1),
            (&["debug", "DBUG"], 5),
            (&["info", "Information", "notice", "something else", " ", ""], 9),
            (&["warn", "WARNING"], 13),
            (&["err", "eror", "Error", " error "], 17),
            (&["critical", "CRIT", "alert", "emerg", "fatal"], 21),
        ] {
            texts.iter().for_each(|text| check(0, text, Value::Null, expected));
        }
        check(0, "INFO2", Value::Null, 10);
        check(0, "ERROR4", Value::Null, 20);
        check(0, "FATAL4", Value::Null, 24);
        check(0, "4", Value::Null, 9);
    }

    #[test]
    fn a_body_tells_where_nothing_else_does() {
        check(0, "", json!({"level": "warn"}), 13);
        check(0, "", json!(r#" {"severity": "ERR", "m": 1}"#), 17);
        check(0, "", json!({"log.level": "debug"}), 5);
        check(0, "", json!({"log": {"level": "debug"}}), 5);
        check(0, "", json!({"config": {"log_level": "fatal"}}), 21);
        check(0, "", json!({"level": 50, "severity": "warn"}), 13);
        check(0, "", json!({"level": "whatever"}), 9);
        check(0, "", json!("{not json"), 9);
        check(0, "", json!("level: error"), 9);
        check(0, "info", json!({"level": "fatal"}), 9);
    }
}
