//! Where it is kept what is known of results.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::error::RepositoryResult;
use insights_core::objects::ObjectKey;

use super::Materialization;
use crate::model::{Endpoint, EndpointId};

/// Keeps what is known of the results of endpoints, at most one for each. It outlives its endpoint, until it is forgotten, so that no object is.
///
/// An endpoint *wants* a result where it says how often, and a materialization is of what it wants where it is of the latest version.
pub trait MaterializationRepository: Send + Sync + fmt::Debug {
    /// What is known of the results of those endpoints, in any order.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, endpoints: &[EndpointId]) -> RepositoryResult<Vec<Materialization>>;

    /// At most `limit` endpoints that want a result, and nothing is known of it, or it is of another version or
    /// frequency, or was to be computed by `now`. Those of which nothing is known come first, then those that have waited longest.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Endpoint>>;

    /// Keeps `materialization` in place of what was known, where the endpoint wants a result of that version, and tells whether it did.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn begin(&self, materialization: &Materialization) -> RepositoryResult<bool>;

    /// As [`Self::begin`], where what is kept is of the same run.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn conclude(&self, materialization: &Materialization) -> RepositoryResult<bool>;

    /// At most `limit` materializations that no endpoint wants (any more).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn unwanted(&self, limit: u32) -> RepositoryResult<Vec<Materialization>>;

    /// Forgets what is known of the result of an endpoint, where it is of the same run, and tells whether it did.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn forget(&self, materialization: &Materialization) -> RepositoryResult<bool>;

    /// Those of `keys` where a result lies that is known of, in any order.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn known_keys(&self, keys: &[ObjectKey]) -> RepositoryResult<Vec<ObjectKey>>;
}
