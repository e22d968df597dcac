//! Texts: their length, case, parts and ends.

use super::{Kernel, seeing, strict};
use crate::datum::Datum;
use crate::error::wrong_value;

/// The longest text that a function makes out of a short one.
const MOST_BYTES: usize = 16 << 20;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "length" => strict(|_, args| {
            Ok(count(if let Datum::Text(text) = &args[0] { text.len() } else { args[0].items().len() }))
        }),
        "lengthUTF8" => strict(|_, args| Ok(count(args[0].as_str().chars().count()))),
        "empty" => strict(|_, args| {
            Ok(Datum::Bool(match &args[0] {
                Datum::Text(text) => text.is_empty() || &**text == "00000000-0000-0000-0000-000000000000",
                other => other.items().is_empty(),
            }))
        }),
        "lower" => strict(|_, args| Ok(Datum::text(args[0].as_str().to_ascii_lowercase()))),
        "upper" => strict(|_, args| Ok(Datum::text(args[0].as_str().to_ascii_uppercase()))),
        "lowerUTF8" => strict(|_, args| Ok(Datum::text(args[0].as_str().to_lowercase()))),
        "upperUTF8" => strict(|_, args| Ok(Datum::text(args[0].as_str().to_uppercase()))),
        "initcap" => strict(|_, args| Ok(Datum::text(initcap(args[0].as_str())))),
        "reverse" => strict(|_, args| {
            Ok(match &args[0] {
                Datum::Text(text) => Datum::text(text.chars().rev().collect::<String>()),
                other => Datum::Array(other.items().iter().rev().cloned().collect()),
            })
        }),
        "repeat" => strict(|_, args| {
            let times = usize::try_from(args[1].as_int()).unwrap_or(0);
            let text = args[0].as_str();
            if text.len().saturating_mul(times) > MOST_BYTES {
                return Err(wrong_value(format!("repeat makes a text of more than {MOST_BYTES} bytes")));
            }
            Ok(Datum::text(text.repeat(times)))
        }),
        "concat" => seeing(|_, args| Ok(Datum::text(args.iter().map(Datum::as_str).collect::<String>()))),
        "concatWithSeparator" => strict(|_, args| {
            let parts: Vec<&str> = args[1..].iter().map(Datum::as_str).collect();
            Ok(Datum::text(parts.join(args[0].as_str())))
        }),
        "format" => strict(|_, args| Ok(Datum::text(formatted(args)))),
        "substring" => strict(|_, args| Ok(Datum::text(substring(args).to_owned()))),
        "left" => strict(|_, args| {
            let (text, n) = (args[0].as_str(), args[1].as_int());
            // a negative number is how many are left out at the other end
            let kept = if n < 0 { length(text).saturating_add(n) } else { n };
            Ok(Datum::text(between(text, 0, kept).to_owned()))
        }),
        "right" => strict(|_, args| {
            let (text, n) = (args[0].as_str(), args[1].as_int());
            let start = if n < 0 { n.saturating_neg() } else { length(text).saturating_sub(n) };
            Ok(Datum::text(between(text, start, i64::MAX).to_owned()))
        }),
        "leftPad" => strict(|_, args| {
            let (padding, kept) = pad(args)?;
            Ok(Datum::text(padding + kept))
        }),
        "rightPad" => strict(|_, args| {
            let (padding, kept) = pad(args)?;
            Ok(Datum::text(kept.to_owned() + &padding))
        }),
        "trim" => strict(|_, args| Ok(trimmed(args, |text, ends| text.trim_matches(ends)))),
        "trimLeft" => strict(|_, args| Ok(trimmed(args, |text, ends| text.trim_start_matches(ends)))),
        "trimRight" => strict(|_, args| Ok(trimmed(args, |text, ends| text.trim_end_matches(ends)))),
        "startsWith" => strict(|_, args| Ok(Datum::Bool(args[0].as_str().starts_with(args[1].as_str())))),
        "endsWith" => strict(|_, args| Ok(Datum::Bool(args[0].as_str().ends_with(args[1].as_str())))),
        _ => None,
    }
}

/// A number of things.
pub(super) fn count<'a>(n: usize) -> Datum<'a> {
    Datum::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn initcap(text: &str) -> String {
    let mut is_first = true;
    let letters = text.chars().flat_map(|letter| {
        let cased: Vec<char> = if is_first { letter.to_uppercase().collect() } else { letter.to_lowercase().collect() };
        is_first = !letter.is_alphanumeric();
        cased
    });
    letters.collect()
}

/// Characters of a text.
fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// The characters from `start` to before `end`, both from 0.
pub(super) fn between(text: &str, start: i64, end: i64) -> &str {
    let at = |position: i64| {
        let position = usize::try_from(position.max(0)).unwrap_or(usize::MAX);
        text.char_indices().nth(position).map_or(text.len(), |(byte, _)| byte)
    };
    let start = at(start);
    text.get(start..at(end)).unwrap_or("")
}

fn substring<'t>(args: &'t [Datum<'_>]) -> &'t str {
    let (text, position) = (args[0].as_str(), args[1].as_int());
    if position == 0 {
        return "";
    }
    let (start, all) = (if position > 0 { position - 1 } else { length(text).saturating_add(position) }, length(text));
    let end = match args.get(2).map(Datum::as_int) {
        // a negative length leaves so many out at the end
        Some(length) if length < 0 => all.saturating_add(length),
        Some(length) => start.saturating_add(length),
        None => all,
    };
    between(text, start, end)
}

/// The padding, and what is kept of the text.
fn pad<'t>(args: &'t [Datum<'_>]) -> datafusion::error::Result<(String, &'t str)> {
    let text = args[0].as_str();
    let wanted = args[1].as_int().max(0);
    if usize::try_from(wanted).map_or(true, |wanted| wanted > MOST_BYTES) {
        return Err(wrong_value(format!("a text cannot be padded to {wanted} characters")));
    }
    let fill = args.get(2).map_or(" ", Datum::as_str);
    let missing = usize::try_from(wanted.saturating_sub(length(text))).unwrap_or(0);
    let padding = if fill.is_empty() { String::new() } else { fill.chars().cycle().take(missing).collect() };
    Ok((padding, between(text, 0, wanted)))
}

fn trimmed<'a>(args: &[Datum<'_>], trim: for<'t> fn(&'t str, &[char]) -> &'t str) -> Datum<'a> {
    let ends: Vec<char> = args.get(1).map_or_else(|| vec![' '], |ends| ends.as_str().chars().collect());
    Datum::text(trim(args[0].as_str(), &ends).to_owned())
}

/// `{}` takes the next argument, `{1}` the one of that number from 0; doubled braces stand for themselves.
fn formatted(args: &[Datum<'_>]) -> String {
    let mut result = String::new();
    let mut rest = args[0].as_str();
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        result.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            result.push_str(brace);
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}').filter(|_| brace == "{") else { continue };
        let index = rest[..end].parse().unwrap_or(next);
        next = index + 1;
        result.push_str(args.get(index + 1).map_or("", Datum::as_str));
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    result
}
