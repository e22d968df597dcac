//! Storing what the first start makes.

use std::fmt;

use super::{Installation, Installed};
use crate::error::RepositoryResult;

/// Sets an empty store up.
pub trait SetupRepository: Send + Sync + fmt::Debug {
    /// Whether there is an organization.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn is_set_up(&self) -> RepositoryResult<bool>;

    /// Stores all of it with the owner's membership, or nothing. Of several processes that try at once, one succeeds.
    ///
    /// # Errors
    /// `Conflict` where there is an organization already.
    fn install(&self, installation: &Installation) -> RepositoryResult<Installed>;
}
