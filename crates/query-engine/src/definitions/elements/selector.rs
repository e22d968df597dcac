//! CSS selectors as patterns on a chain of elements.

use std::collections::BTreeMap;

use super::{ID, pattern};
use crate::predicate::{OneOf, Pattern, Test};

/// The most parts of a selector.
const MAX_PARTS: usize = 50;

/// Something within one element; a `;` is its end only outside of quotation marks.
const WITHIN: &str = r#"(?:[^;"]|"(?:\\.|[^"])*")*?"#;

/// Any number of whole elements.
const ELEMENTS: &str = r#"(?:(?:[^;"]|"(?:\\.|[^"])*")*;)*"#;

/// Keys that the chain has as they are; those of other attributes begin with `attr__`.
const PLAIN_KEYS: [&str; 5] = ["attr_id", "href", "text", "nth-child", "nth-of-type"];

/// One part of a selector, about one element.
#[derive(Debug, Default)]
struct Part {
    tag: Option<String>,
    classes: Vec<String>,
    /// By the key that the chain sorts them by, the key and the value.
    attributes: BTreeMap<String, (String, String)>,
    /// Whether the element that comes before it in the chain is its child.
    is_parent: bool,
}

/// The tests that a chain passes where an element of it is selected.
pub(super) fn tests(selector: &str) -> Result<Vec<Test>, String> {
    let parts = parts(selector)?;
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        // what is selected within another may lie any number of elements deeper
        if index > 0 && !part.is_parent {
            text.push_str(ELEMENTS);
        }
        part.write(&mut text);
    }
    let mut tests = vec![Test::Matches(Pattern::new(&format!("(?s)(^|;){text}"))?)];
    let ids = parts.iter().filter_map(|part| part.attributes.get("attr_id"));
    tests.extend(ids.map(|(_, id)| Test::Captured {
        by: pattern(ID),
        first_only: false,
        test: Box::new(Test::OneOf(OneOf::new([id.as_str()]))),
    }));
    Ok(tests)
}

/// The parts of a selector, the innermost first, as in the chain.
fn parts(selector: &str) -> Result<Vec<Part>, String> {
    // "any element between" and "any child" say no more than the parts around them
    let selector = selector.replace("> * > ", "").replace("> *", "").replace("\\:", ":");
    let words = words(selector.trim());
    let mut parts = Vec::new();
    let mut is_parent = false;
    for word in words.iter().rev().filter(|word| !word.is_empty()) {
        if word == ">" {
            is_parent = !parts.is_empty();
            continue;
        }
        let part = Part { is_parent, ..Part::read(word)? };
        is_parent = false;
        parts.push(part);
    }
    match parts.len() {
        0 => Err(format!("{selector:?} selects nothing; give a selector such as \"button.primary\"")),
        1..=MAX_PARTS => Ok(parts),
        n_parts => Err(format!("the selector has {n_parts} parts; at most {MAX_PARTS} are allowed")),
    }
}

/// The selector cut at its spaces, but for those within brackets.
fn words(selector: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut in_brackets, mut quote) = (false, None);
    for c in selector.chars() {
        match (c, quote) {
            ('[', None) => in_brackets = true,
            (']', None) => in_brackets = false,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
        if c == ' ' && !in_brackets {
            words.push(String::new());
        } else {
            words.last_mut().expect("there is a first word").push(c);
        }
    }
    words
}

impl Part {
    /// Reads `tag.class#id[key="value"]:nth-child(n)`, each of which may be missing.
    fn read(word: &str) -> Result<Self, String> {
        let mut part = Self::default();
        let mut rest = word;
        let name_end = rest.find(['.', '#', '[', ':']).unwrap_or(rest.len());
        let (tag, after) = rest.split_at(name_end);
        part.tag = Some(tag).filter(|tag| !tag.is_empty() && *tag != "*").map(str::to_owned);
        rest = after;
        while let Some(kind) = rest.chars().next() {
            let body = &rest[1..];
            rest = match kind {
                '[' => part.read_attribute(body, word)?,
                ':' if body.starts_with("nth-child(") || body.starts_with("nth-of-type(") => {
                    let (key, after) = body.split_once('(').expect("begins with one");
                    let (n, after) = after.split_once(')').ok_or_else(|| not_understood(word))?;
                    part.add(key, n);
                    after
                }
                '.' => {
                    let end = end_of_class(body);
                    part.classes.push(body[..end].replace('\\', ""));
                    &body[end..]
                }
                '#' => {
                    let end = body.find(['.', '[', ':', '#']).unwrap_or(body.len());
                    part.add("attr_id", &body[..end]);
                    &body[end..]
                }
                _ => return Err(not_understood(word)),
            };
        }
        part.classes.sort();
        Ok(part)
    }

    /// Reads `key="value"]` and gives what follows.
    fn read_attribute<'a>(&mut self, body: &'a str, word: &str) -> Result<&'a str, String> {
        let (key, after) = body.split_once('=').ok_or_else(|| not_understood(word))?;
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(|| not_understood(word))?;
        let mut value = String::new();
        let mut chars = after[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
                c if c == quote => {
                    let rest = after[1 + at + 1..].trim_start();
                    self.add(if key.trim() == "id" { "attr_id" } else { key.trim() }, &value);
                    return rest.strip_prefix(']').ok_or_else(|| not_understood(word));
                }
                c => value.push(c),
            }
        }
        Err(not_understood(word))
    }

    fn add(&mut self, key: &str, value: &str) {
        let sorted_by = if PLAIN_KEYS.contains(&key) { key.to_owned() } else { format!("attr__{key}") };
        self.attributes.insert(sorted_by, (key.to_owned(), value.to_owned()));
    }

    /// Adds the pattern of an element that it selects, up to its end.
    fn write(&self, text: &mut String) {
        if let Some(tag) = &self.tag {
            text.push_str(&regex::escape(tag));
            text.push_str("\\b");
        }
        for class in &self.classes {
            text.push_str(WITHIN);
            text.push_str("[.]");
            text.push_str(&regex::escape(class));
        }
        for (key, value) in self.attributes.values() {
            text.push_str(WITHIN);
            // within quotation marks the chain has them with a backslash
            text.push_str(&regex::escape(&format!("{key}=\"{}\"", value.replace('"', "\\\""))));
        }
        text.push_str(WITHIN);
        text.push_str("($|;)");
    }
}

/// Where a class ends; one of utility classes may have dots and colons within brackets.
fn end_of_class(body: &str) -> usize {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' if at > 0 && body[..at].ends_with('-') => depth += 1,
            ']' if depth > 0 => depth -= 1,
            '.' | '#' | '[' if depth == 0 => return at,
            ':' if depth == 0 && body[at + 1..].starts_with("nth-") => return at,
            _ => {}
        }
    }
    body.len()
}

fn not_understood(word: &str) -> String {
    format!("{word:?} is not understood; a selector has tags, .classes, #ids, [attribute=\"value\"] and :nth-child(n)")
}
