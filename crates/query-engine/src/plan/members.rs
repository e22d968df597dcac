//! The operator behind lists and counts of a cohort's persons.

use std::sync::Arc;

use uuid::Uuid;

use crate::cohort::Cohort;

/// Some of the persons of a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortMembers {
    /// The cohort.
    pub cohort: Arc<Cohort>,
    /// How many are left out first.
    pub offset: usize,
    /// How many are given at most.
    pub limit: usize,
}

/// What a [`CohortMembers`] gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersOutput {
    /// How many persons the cohort has.
    pub n_members: u64,
    /// Those that were asked for, in the order in which persons were first seen.
    pub members: Vec<Member>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person's uuid.
    pub uuid: Uuid,
    /// All names that clients know the person by, the first seen first.
    pub distinct_ids: Vec<Arc<str>>,
    /// All properties, as a JSON object.
    pub properties: Arc<str>,
    /// When the person was first seen, in microseconds since 1970 UTC.
    pub created_at_us: i64,
}
