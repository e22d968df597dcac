//! What an action is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{ProjectId, UserId};
use serde_json::Value;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "Action";

/// Longest name and longest message format, in characters.
pub const MAX_NAME_CHARACTERS: usize = 400;

/// Longest description, in characters.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 4000;

/// Number of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub i64);

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Number in routes and queries.
    pub id: ActionId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older version is refused.
    pub version: i64,
    /// What may be written.
    pub fields: ActionFields,
}

/// All of an action but its identity.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionFields {
    /// Name for people; unique among the project's live actions.
    pub name: String,
    /// More words for people; may be empty.
    pub description: String,
    /// Normalised, sorted.
    pub tags: Vec<String>,
    /// Whether clients show it as one that is told of elsewhere; this server sends nothing.
    pub post_to_slack: bool,
    /// The text of such a message; may be empty.
    pub slack_message_format: String,
    /// The steps as they were sent, a JSON array that the query engine can read.
    pub steps: Value,
    /// When it was pinned, where it is.
    pub pinned_at: Option<DateTime<Utc>>,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
