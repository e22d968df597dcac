//! Questions in English → queries, by rules that know a project's own names. No network, no model.
//!
//! A question is taken apart into words; turns of phrase that say when, how and by what are taken out of them one after the other; what is
//! left is held against the names of the project's events. What was understood becomes a query node that the engine reads, or a refusal
//! that says what was not understood and what would be.

pub mod asked;
mod breakdowns;
mod catalog;
mod countries;
mod dates;
mod filters;
mod funnel;
mod measures;
mod names;
mod phrases;
mod reading;
mod retention;
mod sql;
mod synonyms;
#[cfg(test)]
mod tests;
mod trends;
pub mod vocabulary;
mod words;

use query_engine::answer::Query;
use serde_json::Value;

use self::catalog::Catalog;
pub use self::dates::Calendar;
use self::vocabulary::Vocabulary;

/// What kind of insight a question is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsightKind {
    /// Numbers over time, or one number; also lifecycle, stickiness and paths, where the question asks for them.
    Trends,
    /// How many get from one step to the next.
    Funnel,
    /// Who comes back.
    Retention,
    /// A HogQL statement.
    Sql,
}

/// A query that answers a question.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedQuery {
    /// The runnable node, which has been read by the engine.
    pub query: Value,
    /// What it shows, in sentences, with what was assumed.
    pub explanation: String,
}

/// That a question was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// What was not, as the end of a sentence.
    pub what: String,
    /// Questions that would be, with names of the project.
    pub suggestions: Vec<String>,
}

/// The most characters of a question.
pub const MAX_QUESTION_CHARACTERS: usize = 1000;

/// The query that answers `question` as an insight of `kind`, for a project with these names.
///
/// # Errors
/// [`NotUnderstood`] where the question names nothing that the project has, or something that it has not.
pub fn plan(
    question: &str,
    kind: InsightKind,
    vocabulary: &Vocabulary,
    calendar: &Calendar,
) -> Result<PlannedQuery, NotUnderstood> {
    let refused = |what: String| NotUnderstood { what, suggestions: suggestions(vocabulary) };
    if question.chars().nth(MAX_QUESTION_CHARACTERS).is_some() {
        return Err(refused(format!("the question is longer than {MAX_QUESTION_CHARACTERS} characters")));
    }
    if !question.chars().any(char::is_alphanumeric) {
        return Err(refused("the question has no words".to_owned()));
    }
    if vocabulary.events.is_empty() {
        return Err(refused("the project has no events yet, so there is nothing to ask about".to_owned()));
    }
    let reading = reading::read(question, kind, Catalog::new(vocabulary), *calendar)?;
    let planned = match kind {
        InsightKind::Trends => trends::plan(reading),
        InsightKind::Funnel => funnel::plan(reading),
        InsightKind::Retention => retention::plan(reading),
        InsightKind::Sql => sql::plan(reading),
    }?;
    match Query::parse(&planned.query) {
        Ok(_) => Ok(planned),
        Err(error) => Err(refused(format!("the question became a query that cannot be asked: {error}"))),
    }
}

/// Questions that are understood, with the project's own names.
pub fn suggestions(vocabulary: &Vocabulary) -> Vec<String> {
    let own = vocabulary.events.iter().filter(|event| !event.name.starts_with('$'));
    let any = vocabulary.events.iter().filter(|event| event.name.starts_with('$'));
    let names: Vec<&str> = own.chain(any).map(|event| event.name.as_str()).take(2).collect();
    let Some(first) = names.first() else { return Vec::new() };
    let mut questions = vec![format!("How many unique users did \"{first}\" per week in the last 90 days?")];
    let property = vocabulary
        .event_properties
        .iter()
        .find(|property| (2..=50).contains(&property.values.len()) && !property.is_numeric);
    questions.extend(
        property.map(|property| format!("\"{first}\" in the last 30 days broken down by \"{}\"", property.key)),
    );
    questions.extend(names.get(1).map(|second| format!("Funnel from \"{second}\" to \"{first}\" within 7 days")));
    questions.push(format!("Weekly retention of users who did \"{first}\""));
    questions
}
