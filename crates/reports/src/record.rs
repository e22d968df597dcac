//! Records: that a report was asked for, how far it is, and what came of it.

use std::fmt;

use agent_sessions::window::Span;
use chrono::{DateTime, Utc};
use insights_core::ids::OrganizationId;
use insights_core::problem::Problem;
use uuid::Uuid;

use crate::language::Language;
use crate::report::Version;

/// The tag of reports that nobody gave one.
pub const DEFAULT_SCOPE: &str = "personal";
/// Longest tag, in characters.
pub const MAX_SCOPE_CHARACTERS: usize = 100;

/// Identity of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReportId(pub Uuid);

impl fmt::Display for ReportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose reports: an organization's of all its developers, or those of one of them about themselves. The two never see each other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The organization.
    pub organization: OrganizationId,
    /// The developer; `None`: the organization.
    pub developer: Option<Uuid>,
}

/// One list of reports: those of an owner and a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shelf {
    /// Whose.
    pub owner: Owner,
    /// Of which kind.
    pub version: Version,
}

/// How far a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is being made.
    Running,
    /// It is there.
    Completed,
    /// It could not be made.
    Failed,
    /// Nobody wants it any more.
    Cancelled,
}

impl Status {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Running, Self::Completed, Self::Failed, Self::Cancelled].into_iter().find(|status| status.name() == name)
    }
}

/// What is known of a report besides what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// Which.
    pub id: ReportId,
    /// The list that it is in.
    pub shelf: Shelf,
    /// The tag that it was asked for with.
    pub scope: String,
    /// How far it is.
    pub status: Status,
    /// What it is written in.
    pub language: Language,
    /// What it is about.
    pub period: Span,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it came to an end, whichever.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
    /// What it says in one line.
    pub headline: Option<String>,
}

/// How a report came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Completed {
        /// What it says in one line.
        headline: String,
        /// All of it, as it is kept.
        body: String,
    },
    /// It could not be made.
    Failed {
        /// Why, for people.
        error: String,
    },
    /// Somebody took the order back.
    Cancelled,
}

impl Outcome {
    /// The status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Completed { .. } => Status::Completed,
            Self::Failed { .. } => Status::Failed,
            Self::Cancelled => Status::Cancelled,
        }
    }
}

/// The tag that somebody gave, or the usual one.
///
/// # Errors
/// A 400 that names `scope` for an empty tag, a long one, and one with control characters.
pub fn checked_scope(scope: Option<String>) -> Result<String, Problem> {
    let Some(scope) = scope else { return Ok(DEFAULT_SCOPE.to_owned()) };
    if scope.trim().is_empty() {
        return Err(Problem::invalid("scope", "`scope` is to be a text that is not empty."));
    }
    if scope.chars().count() > MAX_SCOPE_CHARACTERS {
        return Err(Problem::too_long("scope", MAX_SCOPE_CHARACTERS));
    }
    if scope.contains(char::is_control) {
        return Err(Problem::invalid("scope", "`scope` is to have no control characters."));
    }
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_any_short_text() {
        assert_eq!(checked_scope(None).unwrap(), "personal");
        assert_eq!(checked_scope(Some("team/α β".to_owned())).unwrap(), "team/α β");
        for bad in [String::new(), "  ".to_owned(), "é".repeat(101), "a\nb".to_owned(), "a\0".to_owned()] {
            assert_eq!(checked_scope(Some(bad)).unwrap_err().attr.as_deref(), Some("scope"));
        }
    }

    #[test]
    fn statuses_have_names() {
        for status in [Status::Running, Status::Completed, Status::Failed, Status::Cancelled] {
            assert_eq!(Status::from_name(status.name()), Some(status));
        }
        assert_eq!((Status::from_name("done"), Version::from_name("2.1")), (None, Some(Version::V2)));
    }
}
