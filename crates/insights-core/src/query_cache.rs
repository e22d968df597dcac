//! Answers of queries, kept for as long as they are good enough.

pub mod key;
pub mod policy;
pub mod repository;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::ProjectId;

/// How long an answer is kept after it was computed, however stale: `force_cache` and the asynchronous modes show it until then.
pub const RETENTION: TimeDelta = TimeDelta::days(7);

/// A kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedResult {
    /// What it answers: see [`key::cache_key`].
    pub cache_key: String,
    /// Whose events it is about.
    pub project: ProjectId,
    /// The answer, JSON as text.
    pub body: String,
    /// When it was computed.
    pub last_refresh: DateTime<Utc>,
}
