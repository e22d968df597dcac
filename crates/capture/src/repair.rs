//! Mends JSON that is wrong in ways that real clients get wrong.

/// `json` with the values that JSON cannot hold replaced; `None` where there are none, so that it is wrong in another way.
///
/// Python writes `NaN`, `Infinity` and `-Infinity` as they stand; they become `null`, and so do numbers too large for a 64-bit
/// float. JavaScript cuts texts between the halves of a surrogate pair and writes the half as an escape; it becomes `\ufffd`.
pub(crate) fn repair(json: &str) -> Option<String> {
    let mut repaired = String::with_capacity(json.len());
    let mut rest = json;
    let mut changed = false;
    while let Some(first) = rest.bytes().next() {
        let (token, replacement) = match first {
            b'"' => {
                let token = string_token(rest);
                (token, repair_string(token))
            }
            b'N' | b'I' | b'-' | b'0'..=b'9' => {
                let end = rest.bytes().position(|byte| !is_number_byte(byte)).unwrap_or(rest.len());
                let token = &rest[..end];
                (token, (!is_finite_number(token)).then(|| "null".to_owned()))
            }
            _ => {
                let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'N' | b'I' | b'-' | b'0'..=b'9'));
                (&rest[..end.unwrap_or(rest.len())], None)
            }
        };
        changed |= replacement.is_some();
        repaired.push_str(replacement.as_deref().unwrap_or(token));
        rest = &rest[token.len()..];
    }
    changed.then_some(repaired)
}

/// The string that `text` begins with, quotes included, or all of it where it does not end.
fn string_token(text: &str) -> &str {
    let mut escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &text[..=position],
            _ => {}
        }
    }
    text
}

fn is_number_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// Whether `token` needs no mending: a finite number, or something that is no number at all and no business of ours.
fn is_finite_number(token: &str) -> bool {
    match token {
        "NaN" | "-NaN" | "Infinity" | "-Infinity" => false,
        _ => token.parse::<f64>().map_or(true, f64::is_finite),
    }
}

/// `string` with the lone surrogates among its escapes replaced; `None` where there are none.
fn repair_string(string: &str) -> Option<String> {
    let bytes = string.as_bytes();
    let mut repaired: Option<String> = None;
    let mut copied = 0;
    let mut position = 0;
    while position < bytes.len() {
        if bytes[position] != b'\\' {
            position += 1;
            continue;
        }
        match surrogate(bytes, position) {
            None => position += 2,
            Some(Surrogate::High) if matches!(surrogate(bytes, position + 6), Some(Surrogate::Low)) => position += 12,
            Some(_) => {
                let repaired = repaired.get_or_insert_default();
                repaired.push_str(&string[copied..position]);
                repaired.push_str("\\ufffd");
                position += 6;
                copied = position;
            }
        }
    }
    repaired.map(|mut repaired| {
        repaired.push_str(&string[copied..]);
        repaired
    })
}

enum Surrogate {
    High,
    Low,
}

/// The half of a pair that the escape at `position` stands for, if it does.
fn surrogate(bytes: &[u8], position: usize) -> Option<Surrogate> {
    let escape = bytes.get(position..position + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Surrogate::High),
        0xdc00..=0xdfff => Some(Surrogate::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Option<&str>) {
        assert_eq!(repair(json).as_deref(), expected, "{json}");
    }

    #[test]
    fn values_that_json_cannot_hold_become_null() {
        check(r#"{"a": NaN, "b": [Infinity,-Infinity], "c":1}"#, Some(r#"{"a": null, "b": [null,null], "c":1}"#));
        check(r#"{"a":1e999,"b":-1e999,"c":1e-999}"#, Some(r#"{"a":null,"b":null,"c":1e-999}"#));
        check(r#"{"NaN":"NaN \" NaN","a":-1.5e3}"#, None);
    }

    #[test]
    fn halves_of_surrogate_pairs_are_replaced() {
        check(r#"["\ud83d"]"#, Some(r#"["\ufffd"]"#));
        check(r#"["a\ude00b\ud83d\ude00c\ud83d\ud83d"]"#, Some(r#"["a\ufffdb\ud83d\ude00c\ufffd\ufffd"]"#));
        check(r#"["\\ud83d", "\ud83d\ude00", "\u00fc"]"#, None);
    }

    #[test]
    fn other_mistakes_are_left_alone() {
        check(r#"{"a":}"#, None);
        check(r#"{"a":"unfinished\"#, None);
        check("", None);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_a_panic(text in ".{0,80}") {
            let _ = repair(&text);
        }

        #[test]
        fn good_json_needs_no_repair(text in "\\PC{0,20}", number in any::<f64>()) {
            let json = serde_json::json!({ text.clone(): [number, text, null] }).to_string();
            prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
            prop_assert_eq!(repair(&json), None);
        }
    }
}
