//! What a cohort is.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::ids::{ProjectId, UserId};
use query_engine::definitions::CohortDefinition;
use query_engine::error::QueryError;
use serde_json::Value;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "Cohort";

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 400;

/// Longest description, in characters.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 1000;

/// Most persons that a static cohort lists.
pub const MAX_MEMBERS: usize = 1_000_000;

/// Number of a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CohortId(pub i64);

impl fmt::Display for CohortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Number in routes and queries.
    pub id: CohortId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change, of its list too; a change of an older version is refused.
    pub version: i64,
    /// What may be written.
    pub fields: CohortFields,
    /// How many persons it had when they were last counted.
    pub counted: Option<Counted>,
}

/// A number of persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: i64,
    /// When they were counted.
    pub at: DateTime<Utc>,
}

/// All of a cohort but its identity and its persons.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortFields {
    /// Name for people.
    pub name: String,
    /// More words for people; may be empty.
    pub description: String,
    /// Criteria in the older form, a JSON array; not looked at where there are `filters`.
    pub groups: Value,
    /// Criteria, `{"properties": {…}}`, or null.
    pub filters: Value,
    /// The query whose actors a static one was made of, or null.
    pub query: Value,
    /// Whether it lists its persons.
    pub is_static: bool,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

impl CohortFields {
    /// What the query engine makes of it; `members` are the distinct ids of a static one.
    ///
    /// # Errors
    /// As the engine reads criteria.
    pub fn definition(&self, members: Vec<String>) -> Result<CohortDefinition, QueryError> {
        if self.is_static {
            Ok(CohortDefinition::listed(&self.name, members))
        } else if self.filters.is_null() {
            CohortDefinition::read_groups(&self.name, &self.groups)
        } else {
            CohortDefinition::read_filters(&self.name, &self.filters)
        }
    }
}
