//! What both kinds of reports have in common.

use agent_sessions::window::Span;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::language::Language;

/// Who wrote the words of a report. Its numbers are always computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Narrative {
    /// This program.
    Template,
    /// A language model.
    Llm,
}

/// What a report is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The report's name.
    pub report_id: Uuid,
    /// The tag that it is kept under.
    pub scope: String,
    /// What it is written in.
    pub language: Language,
    /// What it is about.
    pub period: Span,
    /// When it is made.
    pub now: DateTime<Utc>,
}

/// A part of a report in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chapter {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) markdown: String,
}

/// Words of a report that a language model may write in place of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) headline: String,
    /// By key.
    pub(crate) chapters: Vec<(String, String)>,
}

/// Puts a model's words in the place of those that are there.
pub(crate) fn replace_chapters(chapters: &mut [Chapter], words: &[(String, String)]) {
    for chapter in chapters {
        if let Some((_, text)) = words.iter().find(|(key, _)| *key == chapter.key) {
            chapter.markdown = crate::markdown::escape_lines(text);
        }
    }
}
