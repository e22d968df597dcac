//! Where the server's secret is kept.

use std::fmt;

use super::ServerSecret;
use crate::error::RepositoryResult;

/// Keeps one secret for all servers over the store.
pub trait ServerSecretRepository: Send + Sync + fmt::Debug {
    /// The stored secret. Where there is none, `candidate` is stored and given back; of several at once, one wins and all get it.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_or_keep(&self, candidate: &ServerSecret) -> RepositoryResult<ServerSecret>;
}
