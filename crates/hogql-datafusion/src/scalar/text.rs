//! Texts: what is found in them, what takes its place, and other ways to write them.

use std::borrow::Cow;

use super::strings::{between, count};
use super::{Kernel, strict};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "position" => strict(|_, args| Ok(position(args, |text| Cow::Borrowed(text)))),
        "positionCaseInsensitive" => strict(|_, args| Ok(position(args, |text| Cow::Owned(text.to_lowercase())))),
        "countSubstrings" => strict(|_, args| Ok(occurrences(args[0].as_str(), args[1].as_str()))),
        "countSubstringsCaseInsensitive" => {
            strict(|_, args| Ok(occurrences(&args[0].as_str().to_lowercase(), &args[1].as_str().to_lowercase())))
        }
        "multiSearchAny" => strict(|_, args| {
            Ok(Datum::Bool(args[1].items().iter().any(|needle| args[0].as_str().contains(needle.as_str()))))
        }),
        "multiSearchAnyCaseInsensitive" => strict(|_, args| {
            let text = args[0].as_str().to_lowercase();
            Ok(Datum::Bool(args[1].items().iter().any(|needle| text.contains(&needle.as_str().to_lowercase()))))
        }),
        "hasToken" => strict(|_, args| {
            let mut tokens = args[0].as_str().split(|letter: char| !letter.is_alphanumeric());
            Ok(Datum::Bool(tokens.any(|token| !token.is_empty() && token == args[1].as_str())))
        }),
        "replaceAll" => strict(|_, args| Ok(replaced(args, usize::MAX))),
        "replaceOne" => strict(|_, args| Ok(replaced(args, 1))),
        "translate" => strict(|_, args| {
            let (from, to) = (args[1].as_str(), args[2].as_str());
            let letters =
                args[0].as_str().chars().filter_map(|letter| match from.chars().position(|one| one == letter) {
                    Some(position) => to.chars().nth(position),
                    None => Some(letter),
                });
            Ok(Datum::text(letters.collect::<String>()))
        }),
        "ascii" => strict(|_, args| Ok(Datum::Int(args[0].as_str().bytes().next().map_or(0, i64::from)))),
        "char" => strict(|_, args| {
            let letters = args.iter().filter_map(|code| u32::try_from(code.as_int()).ok().and_then(char::from_u32));
            Ok(Datum::text(letters.collect::<String>()))
        }),
        "appendTrailingCharIfAbsent" => strict(|_, args| {
            let (text, end) = (args[0].as_str(), args[1].as_str());
            let is_there = text.is_empty() || text.ends_with(end);
            Ok(Datum::text(if is_there { text.to_owned() } else { format!("{text}{end}") }))
        }),
        "base64Encode" => strict(|_, args| Ok(Datum::text(base64(args[0].as_str().as_bytes())))),
        "base64Decode" => strict(|_, args| Ok(Datum::text(from_base64(args[0].as_str()).unwrap_or_default()))),
        "encodeURLComponent" => strict(|_, args| Ok(Datum::text(percent_encoded(args[0].as_str())))),
        "decodeURLComponent" => strict(|_, args| Ok(Datum::text(percent_decoded(args[0].as_str())))),
        _ => None,
    }
}

/// From 1 in characters; 0 where it is not found.
fn position<'a>(args: &[Datum<'_>], folded: for<'t> fn(&'t str) -> Cow<'t, str>) -> Datum<'a> {
    let (text, needle) = (folded(args[0].as_str()), folded(args[1].as_str()));
    let skipped = args.get(2).map_or(0, |start| (start.as_int() - 1).max(0));
    if skipped > i64::try_from(text.chars().count()).unwrap_or(i64::MAX) {
        return Datum::Int(0);
    }
    let rest = between(&text, skipped, i64::MAX);
    let found = rest.find(&*needle).map(|byte| rest[..byte].chars().count() + 1);
    match found {
        Some(position) => count(position + usize::try_from(skipped).unwrap_or(0)),
        None => Datum::Int(0),
    }
}

fn occurrences<'a>(text: &str, needle: &str) -> Datum<'a> {
    count(if needle.is_empty() { 0 } else { text.matches(needle).count() })
}

fn replaced<'a>(args: &[Datum<'_>], most: usize) -> Datum<'a> {
    let (text, from, to) = (args[0].as_str(), args[1].as_str(), args[2].as_str());
    Datum::text(if from.is_empty() { text.to_owned() } else { text.replacen(from, to, most) })
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let code = BASE64[(bits >> (18 - 6 * digit) & 63) as usize];
            text.push(if digit <= chunk.len() { char::from(code) } else { '=' });
        }
    }
    text
}

/// Nothing where it is no base64 of a text.
fn from_base64(text: &str) -> Option<String> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut n_bits) = (0u32, 0);
    for digit in digits.bytes() {
        let value = BASE64.iter().position(|code| *code == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 255).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What is no `%` with two digits stands for itself.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
