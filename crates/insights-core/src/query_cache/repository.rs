//! Where answers are kept.

use std::fmt;

use chrono::{DateTime, Utc};

use super::CachedResult;
use crate::error::RepositoryResult;
use crate::ids::ProjectId;

/// Keeps answers of queries.
pub trait QueryCacheRepository: Send + Sync + fmt::Debug {
    /// The project's answer of that key, however old.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, cache_key: &str) -> RepositoryResult<Option<CachedResult>>;

    /// The project's answers of those keys, by key; ones that are not kept are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, cache_keys: &[String]) -> RepositoryResult<Vec<CachedResult>>;

    /// Keeps an answer in the place of the one with the same project and key, unless that one is younger.
    ///
    /// # Errors
    /// `NotFound` where the project is unknown.
    fn put(&self, result: &CachedResult) -> RepositoryResult<()>;

    /// Drops the answers that were computed before `before`; how many there were.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn delete_older(&self, before: DateTime<Utc>) -> RepositoryResult<usize>;
}
