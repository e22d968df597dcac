//! Leases: who of several servers does a job, for a limited time.
//!
//! A lease belongs to one holder until it expires or is released. A holder that crashes loses it by the clock, so that a job is never stuck;
//! one that needs longer renews in time. Instants are the callers': servers' clocks are to agree to within a fraction of a lease's duration.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::error::RepositoryResult;

/// Who holds a lease: one for each run of a server, so that a server that was started again is another holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseHolder(pub Uuid);

/// Keeps leases by name, at most 200 characters each. Every method is one statement, so that of several callers at once one succeeds.
pub trait LeaseRepository: Send + Sync + fmt::Debug {
    /// Takes the lease from `now` on for `duration` where nobody else holds it, and tells whether it did. A holder that has it already has it
    /// for `duration` from `now` on.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn acquire(
        &self,
        name: &str,
        holder: LeaseHolder,
        now: DateTime<Utc>,
        duration: TimeDelta,
    ) -> RepositoryResult<bool>;

    /// Keeps a lease that the holder has until `now` plus `duration`, and tells whether it did: not where the lease has expired by `now`, or is
    /// another's.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn renew(&self, name: &str, holder: LeaseHolder, now: DateTime<Utc>, duration: TimeDelta)
    -> RepositoryResult<bool>;

    /// Gives a lease up, and tells whether the holder had it, expired or not.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn release(&self, name: &str, holder: LeaseHolder) -> RepositoryResult<bool>;

    /// Forgets leases that expired before that instant, and tells how many.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn delete_expired(&self, before: DateTime<Utc>) -> RepositoryResult<usize>;
}
