//! Texts that people write: lengths, tags, and how they are searched.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::problem::Problem;

/// Longest tag, in characters.
pub const MAX_TAG_CHARACTERS: usize = 255;

/// Most tags of one thing.
pub const MAX_TAGS: usize = 100;

/// Refuses a text of more than `max` characters (not bytes), and one with the character NUL, which not every database can keep.
///
/// # Errors
/// A [`Problem`] that names `attr`.
pub fn check_length(attr: &str, text: &str, max: usize) -> Result<(), Problem> {
    if text.contains('\0') {
        return Err(Problem {
            code: "null_characters_not_allowed",
            ..Problem::invalid(attr, "Null characters are not allowed.")
        });
    }
    if text.chars().count() > max { Err(Problem::too_long(attr, max)) } else { Ok(()) }
}

/// Tags as they are stored: trimmed, in lower case, without empty and double ones, sorted.
///
/// # Errors
/// A [`Problem`] that names `tags`, where there are more than [`MAX_TAGS`] or one is longer than [`MAX_TAG_CHARACTERS`].
pub fn normalise_tags<T: AsRef<str>>(tags: &[T]) -> Result<Vec<String>, Problem> {
    let mut normalised = BTreeSet::new();
    for tag in tags {
        let tag = tag.as_ref().trim().to_lowercase();
        check_length("tags", &tag, MAX_TAG_CHARACTERS)?;
        if !tag.is_empty() {
            normalised.insert(tag);
        }
    }
    if normalised.len() > MAX_TAGS {
        return Err(Problem::invalid("tags", format!("Ensure this field has no more than {MAX_TAGS} elements.")));
    }
    Ok(normalised.into_iter().collect())
}

/// The form in which two texts are compared when people search: lower case by Unicode's rules.
pub fn search_form(text: &str) -> String {
    text.to_lowercase()
}

/// Characters with which a spreadsheet takes a text for a formula.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether a spreadsheet would take the text of a cell for a formula.
pub fn is_formula(text: &str) -> bool {
    text.starts_with(FORMULA_STARTS)
}

/// The text as it may stand in a cell of a table that is opened in spreadsheets: with an apostrophe before what would be run there as a formula.
pub fn cell_text(text: &str) -> Cow<'_, str> {
    if is_formula(text) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [("=1+1", "'=1+1"), ("-1", "'-1"), ("a=b", "a=b"), ("", "")] {
            assert_eq!(cell_text(text), cell);
        }
    }

    #[test]
    fn tags_are_trimmed_lowered_sorted_and_single() {
        assert_eq!(normalise_tags(&[" Growth ", "alpha", "growth", "", "  "]).unwrap(), ["alpha", "growth"]);
        assert_eq!(normalise_tags::<&str>(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn tags_are_bounded() {
        let long = "x".repeat(MAX_TAG_CHARACTERS + 1);
        assert_eq!(normalise_tags(&[long]).unwrap_err().code, "max_length");
        let many: Vec<String> = (0..=MAX_TAGS).map(|n| n.to_string()).collect();
        assert_eq!(normalise_tags(&many).unwrap_err().attr.as_deref(), Some("tags"));
    }

    #[test]
    fn length_counts_characters() {
        assert!(check_length("name", "ééé", 3).is_ok());
        assert_eq!(check_length("name", "éééé", 3), Err(Problem::too_long("name", 3)));
        assert_eq!(check_length("name", "a\0", 3).unwrap_err().code, "null_characters_not_allowed");
    }
}
