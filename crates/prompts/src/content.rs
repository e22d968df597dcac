//! What a prompt says.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;

use insights_core::json::{check_depth, size_bytes};
use insights_core::problem::Problem;
use serde_json::Value;

/// Longest prompt, in bytes of its JSON text.
pub const MAX_BYTES: usize = 1_000_000;

/// Characters of a preview, without the dots that say that there is more.
pub const PREVIEW_CHARACTERS: usize = 160;

/// Most replacements of one change.
pub const MAX_EDITS: usize = 100;

/// What a prompt says: a text, a list of messages or any other JSON but null, of bounded size and depth.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptContent {
    value: Value,
    size_bytes: usize,
}

/// Longest JSON text that is edited, in bytes, with its line ends and indentation.
const MAX_INDENTED_BYTES: usize = 8 * MAX_BYTES;

/// A text that is to stand in place of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is there now, exactly once.
    pub old: String,
    /// What is to be there; may be empty.
    pub new: String,
}

impl PromptContent {
    /// What a client wants a prompt to say.
    ///
    /// # Errors
    /// A refusal that names `prompt`: of null, and of what is too long or too deep.
    pub fn new(value: Value) -> Result<Self, Problem> {
        if value.is_null() {
            return Err(Problem::null("prompt"));
        }
        check_depth("prompt", &value)?;
        let content = Self::kept(value);
        if content.size_bytes > MAX_BYTES {
            let detail = format!("Prompt payload must be {MAX_BYTES} bytes or fewer.");
            return Err(Problem { code: "max_size", ..Problem::invalid("prompt", detail) });
        }
        Ok(content)
    }

    /// What a store has kept, and so has been looked at.
    pub fn kept(value: Value) -> Self {
        Self { size_bytes: size_bytes(&value), value }
    }

    /// As JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Length of the JSON text, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// As text for people: a text itself, anything else as JSON.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.value {
            Value::String(text) => Cow::Borrowed(text),
            value => Cow::Owned(value.to_string()),
        }
    }

    /// The beginning of the text; ends in dots where there is more.
    pub fn preview(&self) -> String {
        let text = self.text();
        match text.char_indices().nth(PREVIEW_CHARACTERS) {
            None => text.into_owned(),
            Some((end, _)) => format!("{}...", &text[..end]),
        }
    }

    /// The names that stand in double braces, each where it comes first: of `Hi {{name}}, welcome to {{ app.title }}` these are `name` and
    /// `app.title`. A name is of letters, digits, `_`, `.` and `-`. All texts of the value are searched but the names of fields.
    pub fn variables(&self) -> Vec<String> {
        let mut found = Found::default();
        found.search(&self.value);
        found.names.into_iter().map(str::to_owned).collect()
    }

    /// The content with each edit made after the ones before it: in the text, or where this is no text, in its JSON text with two spaces a level.
    ///
    /// # Errors
    /// A refusal that names the edit, or the `prompt` that would come out.
    pub fn edited(&self, edits: &[Edit]) -> Result<Self, Problem> {
        if edits.is_empty() {
            return Err(Problem { code: "empty", ..Problem::invalid("edits", "At least one edit is needed.") });
        }
        if edits.len() > MAX_EDITS {
            let detail = format!("Ensure this field has no more than {MAX_EDITS} elements.");
            return Err(Problem { code: "max_length", ..Problem::invalid("edits", detail) });
        }
        let mut text = match &self.value {
            Value::String(text) => text.clone(),
            value => indented(value)?,
        };
        let most_bytes = text.len() + MAX_BYTES;
        for (number, edit) in edits.iter().enumerate() {
            let attr = format!("edits__{number}__old");
            if edit.old.is_empty() {
                return Err(Problem::blank(attr));
            }
            match text.matches(&edit.old).take(2).count() {
                1 => text = text.replacen(&edit.old, &edit.new, 1),
                0 => return Err(Problem::invalid(attr, "The prompt has no such text.")),
                _ => return Err(Problem::invalid(attr, "The prompt has this text more than once.")),
            }
            // What comes out is checked as well, but a text must not grow with each edit until then.
            if text.len() > most_bytes {
                return Err(too_long(number));
            }
        }
        let value = match &self.value {
            Value::String(_) => Value::String(text),
            _ => serde_json::from_str(&text)
                .map_err(|error| Problem::invalid("edits", format!("The edited prompt is no JSON: {error}.")))?,
        };
        Self::new(value)
    }
}

/// The JSON text with two spaces a level, which may be far longer than without: every element of a deep list has a line of its own.
fn indented(value: &Value) -> Result<String, Problem> {
    /// Takes so many bytes and no more.
    struct Bounded(Vec<u8>);

    impl io::Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.len() + bytes.len() > MAX_INDENTED_BYTES {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut text = Bounded(Vec::new());
    let written = serde_json::to_writer_pretty(&mut text, value);
    written.map_err(|_| Problem::invalid("edits", "The prompt is too deep to be edited; give it as a whole."))?;
    Ok(String::from_utf8(text.0).expect("JSON is written as UTF-8"))
}

fn too_long(number: usize) -> Problem {
    let detail = format!("Prompt payload must be {MAX_BYTES} bytes or fewer.");
    Problem { code: "max_size", ..Problem::invalid(format!("edits__{number}__new"), detail) }
}

/// Names in double braces.
#[derive(Default)]
struct Found<'a> {
    names: Vec<&'a str>,
    known: HashSet<&'a str>,
}

impl<'a> Found<'a> {
    fn search(&mut self, value: &'a Value) {
        match value {
            Value::String(text) => self.search_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.search(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.search(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn search_text(&mut self, text: &'a str) {
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let inside = &rest[start + 2..];
            match name_at_start(inside) {
                Some((name, after)) => {
                    if self.known.insert(name) {
                        self.names.push(name);
                    }
                    rest = after;
                }
                // the second brace may be the first of a pair: `{{{name}}}`
                None => rest = &rest[start + 1..],
            }
        }
    }
}

/// The name with which `text` begins and what follows its closing braces.
fn name_at_start(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-'))?;
    let (name, rest) = text.split_at(end);
    let after = rest.trim_start().strip_prefix("}}")?;
    (!name.is_empty()).then_some((name, after))
}

#[cfg(test)]
mod tests;
