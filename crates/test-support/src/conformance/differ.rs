//! How an answer is held against what is expected of it.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Where and how `found` differs from `wanted`; `None` where it does not.
///
/// An object matches when each wanted key does, an array element by element (in any order where `unordered`, which is for the outermost
/// one), a number within a millionth of itself, a date its ISO form with or without a zone and a midnight time.
pub fn differ(wanted: &Value, found: &Value, at: &str, unordered: bool) -> Option<String> {
    let wanted_but_got = || Some(format!("{at}: want {wanted}, got {}", shortened(found)));
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(key, value)| match found.get(key) {
            Some(found) => differ(value, found, &format!("{at}.{key}"), false),
            None => Some(format!("{at}.{key}: missing")),
        }),
        (Value::Array(wanted), Value::Array(items)) => {
            if wanted.len() != items.len() {
                return Some(format!(
                    "{at}: want {} elements, got {}: {}",
                    wanted.len(),
                    items.len(),
                    shortened(found)
                ));
            }
            if unordered { differ_as_sets(wanted, items, at) } else { differ_in_order(wanted, items, at) }
        }
        (Value::Bool(wanted), Value::Number(found)) if found.as_f64() == Some(f64::from(u8::from(*wanted))) => None,
        (Value::Number(wanted), Value::Number(found)) => {
            let (wanted, found) = (wanted.as_f64()?, found.as_f64()?);
            let close = (wanted - found).abs() <= (1e-6 * wanted.abs().max(found.abs())).max(1e-9);
            if close { None } else { wanted_but_got() }
        }
        (Value::String(wanted), Value::String(found)) if plain_date(wanted) == plain_date(found) => None,
        _ if wanted == found => None,
        _ => wanted_but_got(),
    }
}

fn differ_in_order(wanted: &[Value], found: &[Value], at: &str) -> Option<String> {
    let pairs = wanted.iter().zip(found).enumerate();
    pairs.into_iter().find_map(|(i, (wanted, found))| differ(wanted, found, &format!("{at}[{i}]"), false))
}

fn differ_as_sets(wanted: &[Value], found: &[Value], at: &str) -> Option<String> {
    let mut left: Vec<&Value> = found.iter().collect();
    for (i, wanted) in wanted.iter().enumerate() {
        let Some(hit) = left.iter().position(|found| differ(wanted, found, at, false).is_none()) else {
            return Some(format!("{at}[{i}]: nothing matches {wanted} among {left:?}"));
        };
        left.swap_remove(hit);
    }
    None
}

/// A date without its zone, and without its time where that is midnight; any other text as it is.
fn plain_date(text: &str) -> String {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(\d{4}-\d\d-\d\d)([T ](\d\d:\d\d:\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$")
            .expect("the pattern is well-formed")
    });
    let Some(parts) = DATE.captures(text) else { return text.to_owned() };
    match parts.get(3).map(|time| time.as_str()) {
        None | Some("00:00:00") => parts[1].to_owned(),
        Some(time) => format!("{} {time}", &parts[1]),
    }
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(400).collect()
}
