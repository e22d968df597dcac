//! Texts in parts, and parts put together.

use super::{Kernel, strict};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "splitByChar" | "splitByString" => strict(|_, args| {
            let (separator, text) = (args[0].as_str(), args[1].as_str());
            let parts: Vec<String> = if separator.is_empty() {
                text.chars().map(String::from).collect()
            } else {
                text.split(separator).map(str::to_owned).collect()
            };
            Ok(limited(parts, args.get(2)))
        }),
        "splitByWhitespace" => {
            strict(|_, args| Ok(limited(args[0].as_str().split_whitespace().map(str::to_owned).collect(), None)))
        }
        "splitByNonAlpha" => strict(|_, args| {
            Ok(tokens(args[0].as_str(), |letter| letter.is_whitespace() || letter.is_ascii_punctuation()))
        }),
        "alphaTokens" => strict(|_, args| Ok(tokens(args[0].as_str(), |letter| !letter.is_ascii_alphabetic()))),
        "split_part" => strict(|_, args| {
            let (text, separator, number) = (args[0].as_str(), args[1].as_str(), args[2].as_int());
            let parts: Vec<&str> = if separator.is_empty() { vec![text] } else { text.split(separator).collect() };
            let part = super::json::index_of(number, parts.len()).map_or("", |index| parts[index]);
            Ok(Datum::text(part.to_owned()))
        }),
        "arrayStringConcat" => strict(|_, args| {
            let separator = args.get(1).map_or("", Datum::as_str);
            let texts: Vec<&str> = args[0].items().iter().filter(|item| !item.is_null()).map(Datum::as_str).collect();
            Ok(Datum::text(texts.join(separator)))
        }),
        _ => None,
    }
}

fn limited<'a>(parts: Vec<String>, most: Option<&Datum<'_>>) -> Datum<'a> {
    let most = most.and_then(|most| usize::try_from(most.as_int()).ok()).filter(|most| *most > 0);
    Datum::Array(parts.into_iter().take(most.unwrap_or(usize::MAX)).map(Datum::text).collect())
}

fn tokens<'a>(text: &str, is_between: fn(char) -> bool) -> Datum<'a> {
    let tokens = text.split(is_between).filter(|token| !token.is_empty());
    Datum::Array(tokens.map(|token| Datum::text(token.to_owned())).collect())
}
