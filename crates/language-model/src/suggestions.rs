//! Follow-up queries: what people ask next, as queries that run.

mod rules;
#[cfg(test)]
mod tests;
mod validation;

use serde_json::Value;

pub use self::rules::suggest;
pub use self::validation::read_suggestions;

/// Most suggestions of an answer.
pub const MAX_SUGGESTIONS: usize = 8;
/// Most of them that a model makes.
pub const MAX_MODEL_SUGGESTIONS: usize = 3;

/// A query that may be asked next.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What it is called.
    pub title: String,
    /// What it would show.
    pub description: Option<String>,
    /// The query, an `InsightVizNode`.
    pub target_query: Value,
}

/// `suggestions` with those first that have most words of `context` in common; where any has one, others are left out.
pub fn ranked(suggestions: Vec<Suggestion>, context: &str) -> Vec<Suggestion> {
    let wanted = words(context);
    let score = |suggestion: &Suggestion| {
        let text = format!(
            "{} {} {}",
            suggestion.title,
            suggestion.description.as_deref().unwrap_or_default(),
            suggestion.target_query
        );
        let said = words(&text);
        wanted
            .iter()
            .filter(|word| {
                said.iter().any(|other| other.starts_with(word.as_str()) || word.starts_with(other.as_str()))
            })
            .count()
    };
    let mut scored: Vec<(usize, Suggestion)> =
        suggestions.into_iter().map(|suggestion| (score(&suggestion), suggestion)).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let has_match = scored.first().is_some_and(|(score, _)| *score > 0);
    scored.into_iter().filter(|(score, _)| !has_match || *score > 0).map(|(_, suggestion)| suggestion).collect()
}

/// The words of a text that tell something.
fn words(text: &str) -> Vec<String> {
    const EMPTY: [&str; 24] = [
        "what", "which", "when", "where", "with", "that", "this", "they", "them", "have", "does", "from", "into",
        "more", "most", "show", "want", "like", "people", "users", "user", "query", "kind", "about",
    ];
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.chars().count() > 3 && !EMPTY.contains(&word.as_str())).collect()
}
