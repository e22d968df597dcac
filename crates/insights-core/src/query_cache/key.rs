//! The name of an answer in the cache.

use std::fmt::Write as _;

use chrono_tz::Tz;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ids::ProjectId;
use crate::project::WeekStart;

/// Bytes of the hash that the key shows.
const SHOWN_BYTES: usize = 16;

/// The key that equal queries share: `cache_{project}_` and 32 hexadecimal digits.
///
/// `query` is the query without what cannot change its answer. The order of its keys does not matter.
pub fn cache_key(project: ProjectId, query: &Value, timezone: Tz, week_start: WeekStart) -> String {
    let mut canonical = String::new();
    write_canonical(query, &mut canonical);
    let mut hash = Sha256::new();
    for part in [canonical.as_str(), timezone.name(), &week_start.number().to_string()] {
        // With its length before it, a part cannot run into the next one.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("cache_{project}_{}", hex::encode(&hash.finalize()[..SHOWN_BYTES]))
}

/// JSON with the keys of every object in order, whatever map the value is built on.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in fields {
                write_scalar(&Value::String(name.clone()), out);
                out.push(':');
                write_canonical(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => write_scalar(scalar, out),
    }
}

fn write_scalar(value: &Value, out: &mut String) {
    write!(out, "{value}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(project: i64, query: &str) -> String {
        cache_key(ProjectId(project), &serde_json::from_str(query).unwrap(), Tz::UTC, WeekStart::Sunday)
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_everything_else_does() {
        let base = key(1, r#"{"a": {"b": 1, "c": [1, 2]}, "d": null}"#);
        assert_eq!(base, key(1, r#"{"d": null, "a": {"c": [1, 2], "b": 1}}"#));
        for other in [r#"{"a": {"b": 1, "c": [2, 1]}, "d": null}"#, r#"{"a": {"b": 1, "c": [1, 2]}}"#, r#"{}"#, "null"]
        {
            assert_ne!(base, key(1, other));
        }
        assert_ne!(key(1, "{}"), key(2, "{}"));
        let query = json!({});
        assert_ne!(
            cache_key(ProjectId(1), &query, Tz::UTC, WeekStart::Sunday),
            cache_key(ProjectId(1), &query, Tz::UTC, WeekStart::Monday)
        );
        assert_ne!(
            cache_key(ProjectId(1), &query, Tz::UTC, WeekStart::Sunday),
            cache_key(ProjectId(1), &query, Tz::Europe__Berlin, WeekStart::Sunday)
        );
    }

    #[test]
    fn the_key_names_the_project() {
        let key = key(17, "{}");
        assert!(key.starts_with("cache_17_") && key.len() == "cache_17_".len() + 32, "{key}");
    }
}
