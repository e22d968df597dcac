//! Whether anything has changed: what lets a server keep what it read, and still answer by what is stored now.
//!
//! The store counts the changes of some kinds of things, in the transaction that makes each of them. Whoever keeps something along with the
//! count of its kind, taken before it was read, may use it for as long as the count is the same, however many servers write.

use std::fmt;

use crate::error::RepositoryResult;

/// How often things of each kind have changed. Only whether two counts are equal says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    /// Of who may do what: keys, users, memberships, organizations, projects. That a key was used is no change.
    pub access: u64,
    /// Of prompts and their versions.
    pub prompts: u64,
}

/// Counts changes.
pub trait ChangeRepository: Send + Sync + fmt::Debug {
    /// The counts as they are now: at least those of every change that was made before this is called.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn generations(&self) -> RepositoryResult<Generations>;
}
