//! Letting a language model write the words of a report. Its numbers stay those that were computed: an answer with any other number is not taken.

use std::collections::BTreeSet;

use language_model::assistant::Objection;
use language_model::plain_text::{json_object, plain_line, plain_text};
use language_model::prompt::Prompt;
use serde_json::{Map, Value, json};

use crate::common::Words;
use crate::markdown::runs;
use crate::report::Report;

/// Longest headline, in characters.
const MAX_HEADLINE_CHARACTERS: usize = 300;
/// Longest chapter, in characters.
const MAX_CHAPTER_CHARACTERS: usize = 3000;

/// Words that a language model wrote, and that were found to be good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narration(pub(crate) Words);

/// Asks for the words of a report.
pub(crate) fn prompt(report: &Report) -> Prompt {
    let words = report.words();
    let chapters: Map<String, Value> =
        words.chapters.iter().map(|(key, text)| (key.clone(), Value::from(plain(text)))).collect();
    Prompt {
        task: "Write the words of a report about how people worked with coding agents. `headline` and `chapters` were written by a program: all that they say is right, \
but it is dry. Write the same in a friendly and direct tone, so that the reader sees what matters and what to try next; connect what belongs together, \
and leave out what is of no use. Write in the language that `language` names. Every number that you write must stand in the texts, written the same way; compute no new ones. \
A chapter is one to three short paragraphs; lines that begin with `- ` are a list. \
Answer with a JSON object: {\"headline\": \"…\", \"chapters\": {\"key\": \"…\"}}, with the same keys.",
        data: json!({
            "language": report.language().english_name(),
            "headline": words.headline,
            "chapters": chapters,
        }),
        max_tokens: 3000,
        is_json: true,
    }
}

/// Reads what a model answered about a report.
///
/// # Errors
/// Where a part is missing or too long, or has a number that the report has not.
pub fn read_narration(report: &Report, answer: &str) -> Result<Narration, Objection> {
    let given = report.words();
    let object = json_object(answer)?;
    let headline = object.get("headline").and_then(Value::as_str).ok_or("`headline` is to be a text")?;
    let headline =
        plain_line(headline, MAX_HEADLINE_CHARACTERS).map_err(|objection| format!("`headline`: {objection}"))?;
    let chapters = object.get("chapters").and_then(Value::as_object).ok_or("`chapters` is to be an object")?;
    let mut written = Vec::with_capacity(given.chapters.len());
    for (key, _) in &given.chapters {
        let text =
            chapters.get(key).and_then(Value::as_str).ok_or_else(|| format!("`chapters.{key}` is to be a text"))?;
        let text =
            plain_text(text, MAX_CHAPTER_CHARACTERS).map_err(|objection| format!("`chapters.{key}`: {objection}"))?;
        written.push((key.clone(), text));
    }
    let texts = given.chapters.iter().map(|(_, markdown)| plain(markdown)).chain([given.headline]);
    let known: BTreeSet<String> = texts.flat_map(|text| numbers(&text)).collect();
    for text in written.iter().map(|(_, text)| text).chain([&headline]) {
        if let Some(unknown) = numbers(text).into_iter().find(|number| !known.contains(number)) {
            return Err(format!("the number {unknown} does not stand in the data"));
        }
    }
    Ok(Narration(Words { headline, chapters: written }))
}

/// The words of a text without marks of Markdown.
fn plain(markdown: &str) -> String {
    let lines = markdown.lines().map(|line| {
        let (mark, line) = line.strip_prefix("- ").map_or(("", line), |item| ("- ", item));
        mark.to_owned() + &runs(line).into_iter().map(|run| run.text).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The numbers in a text by their digits: what groups digits, or stands for the point, differs from writer to writer.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut current = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_numeric() {
            current.push(c);
            continue;
        }
        let joins = matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}' | '\u{2009}')
            && characters.peek().is_some_and(|next| next.is_numeric());
        if !joins && !current.is_empty() {
            numbers.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        numbers.push(current);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_digits() {
        assert_eq!(numbers("1,234.5 of 7: 1\u{202f}000, 3."), ["12345", "7", "1000", "3"]);
        assert_eq!(numbers("2026年3月5日 ٣"), ["2026", "3", "5", "٣"]);
        assert!(numbers("none, at all.").is_empty());
    }
}
