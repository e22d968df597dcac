//! Patterns: `LIKE` and regular expressions.

use std::cell::RefCell;

use datafusion::error::Result;
use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::{Call, Kernel, seeing, strict};
use crate::datum::Datum;
use crate::error::wrong_value;

/// The most different patterns that are remembered; more than that come from data, not from the query.
const MOST_REMEMBERED: usize = 256;

/// Regular expressions by their texts, so that one is made once and not for each row.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    known: RefCell<FxHashMap<String, Regex>>,
}

impl Patterns {
    /// The expression of that text.
    ///
    /// # Errors
    /// Where it is none: what is wrong with it.
    pub(crate) fn get(&self, pattern: &str) -> Result<Regex> {
        if let Some(regex) = self.known.borrow().get(pattern) {
            return Ok(regex.clone());
        }
        // a point stands for the end of a line too
        let regex = RegexBuilder::new(pattern)
            .dot_matches_new_line(true)
            .build()
            .map_err(|error| wrong_value(format!("{pattern:?} is not a regular expression: {error}")))?;
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }

    /// What a pattern of `LIKE` stands for: `%` for any characters, `_` for one, a backslash takes the meaning from the next.
    fn like(&self, pattern: &str, ignores_case: bool) -> Result<Regex> {
        let mut text = String::from(if ignores_case { "(?is)^" } else { "(?s)^" });
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '%' => text.push_str(".*"),
                '_' => text.push('.'),
                '\\' => push_quoted(letters.next().unwrap_or('\\'), &mut text),
                other => push_quoted(other, &mut text),
            }
        }
        text.push('$');
        self.get(&text)
    }
}

fn push_quoted(letter: char, text: &mut String) {
    text.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4])));
}

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "like" => seeing(|call, args| matched(args, |pattern| call.patterns.like(pattern, false))),
        "ilike" => seeing(|call, args| matched(args, |pattern| call.patterns.like(pattern, true))),
        "match" => strict(|call, args| matched(args, |pattern| call.patterns.get(pattern))),
        "multiMatchAny" => strict(|call, args| {
            for pattern in args[1].items() {
                if call.patterns.get(pattern.as_str())?.is_match(args[0].as_str()) {
                    return Ok(Datum::Bool(true));
                }
            }
            Ok(Datum::Bool(false))
        }),
        "countMatches" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            // what is empty is no match
            let count = regex.find_iter(args[0].as_str()).filter(|found| !found.is_empty()).count();
            Ok(Datum::Int(i64::try_from(count).unwrap_or(i64::MAX)))
        }),
        "extract" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            Ok(Datum::text(first_group(&regex, args[0].as_str()).unwrap_or_default().to_owned()))
        }),
        "extractAll" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            let group = usize::from(regex.captures_len() > 1);
            // an empty match ends the search
            let found = regex.captures_iter(args[0].as_str()).take_while(|captures| !captures[0].is_empty());
            let all = found.map(|captures| group_text(&captures, group));
            Ok(Datum::Array(all.collect()))
        }),
        "extractGroups" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            let captures = regex.captures(args[0].as_str());
            Ok(Datum::Array(captures.map_or_else(Vec::new, |captures| groups(&captures))))
        }),
        "extractAllGroups" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            let all = regex.captures_iter(args[0].as_str()).map(|captures| Datum::Array(groups(&captures)));
            Ok(Datum::Array(all.collect()))
        }),
        "regexpExtract" => strict(|call, args| {
            let regex = call.patterns.get(args[1].as_str())?;
            let group = usize::try_from(args.get(2).map_or(1, Datum::as_int)).unwrap_or(usize::MAX);
            let captures = regex.captures(args[0].as_str());
            Ok(captures.map_or_else(|| Datum::text(""), |captures| group_text(&captures, group)))
        }),
        "replaceRegexpAll" => strict(|call, args| {
            if args[1].as_str().is_empty() {
                return Ok(args[0].clone());
            }
            let regex = call.patterns.get(args[1].as_str())?;
            Ok(Datum::text(regex.replace_all(args[0].as_str(), replacement(args[2].as_str())).into_owned()))
        }),
        "replaceRegexpOne" => strict(|call, args| {
            if args[1].as_str().is_empty() {
                return Ok(args[0].clone());
            }
            let regex = call.patterns.get(args[1].as_str())?;
            Ok(Datum::text(regex.replace(args[0].as_str(), replacement(args[2].as_str())).into_owned()))
        }),
        "regexpQuoteMeta" => strict(|_, args| Ok(Datum::text(quote_meta(args[0].as_str())))),
        "splitByRegexp" => strict(split_by_pattern),
        _ => None,
    }
}

fn matched<'a>(args: &[Datum<'_>], regex: impl Fn(&str) -> Result<Regex>) -> Result<Datum<'a>> {
    if args[0].is_null() || args[1].is_null() {
        return Ok(Datum::Bool(false));
    }
    Ok(Datum::Bool(regex(args[1].as_str())?.is_match(args[0].as_str())))
}

/// The first group of the first match, or all of it where the pattern has no group.
fn first_group<'t>(regex: &Regex, text: &'t str) -> Option<&'t str> {
    let captures = regex.captures(text)?;
    captures.get(usize::from(regex.captures_len() > 1)).map(|found| found.as_str())
}

fn group_text<'a>(captures: &regex::Captures<'_>, group: usize) -> Datum<'a> {
    Datum::text(captures.get(group).map_or_else(String::new, |found| found.as_str().to_owned()))
}

/// The texts of all groups, or all of the match where there is none.
fn groups<'a>(captures: &regex::Captures<'_>) -> Vec<Datum<'a>> {
    let first = usize::from(captures.len() > 1);
    (first..captures.len()).map(|group| group_text(captures, group)).collect()
}

/// A replacement in which `\1` is the first group as one in which `${1}` is.
fn replacement(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '$' => result.push_str("$$"),
            '\\' => match letters.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    result.push_str("${");
                    result.push(digit);
                    result.push('}');
                }
                Some(other) => result.push(other),
                None => result.push('\\'),
            },
            other => result.push(other),
        }
    }
    result
}

fn quote_meta(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\0\\|()^$.[]?*+{:-".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

fn split_by_pattern<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
    let (text, pattern) = (args[1].as_str(), args[0].as_str());
    if pattern.is_empty() {
        return Ok(Datum::Array(text.chars().map(|letter| Datum::text(letter.to_string())).collect()));
    }
    let regex = call.patterns.get(pattern)?;
    let most = args.get(2).and_then(|most| usize::try_from(most.as_int()).ok()).filter(|most| *most > 0);
    let parts = regex.split(text).map(|part| Datum::text(part.to_owned()));
    Ok(Datum::Array(parts.take(most.unwrap_or(usize::MAX)).collect()))
}
