//! Where things and their folders are kept.

use std::fmt;

use super::Filed;
use crate::error::RepositoryResult;
use crate::ids::ProjectId;

/// Tells what is in which folder.
pub trait FileSystemRepository: Send + Sync + fmt::Debug {
    /// The project's live insights and dashboards with the folders that they were made in, at most `limit` of each, the oldest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn filed(&self, project: ProjectId, limit: u32) -> RepositoryResult<Vec<Filed>>;
}
