//! Where the activity log is kept.

use std::fmt;

use super::{ActivityEntry, NewActivity};
use crate::error::RepositoryResult;
use crate::ids::ProjectId;
use crate::paging::{Page, Paged};

/// Which rows of the log to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Of this project.
    pub project: ProjectId,
    /// About things of this kind.
    pub scope: String,
    /// About this thing; `None` for all of the kind.
    pub item_id: Option<String>,
}

/// Keeps the activity log. Rows that belong to a change are written by the change's own repository method, in one transaction.
pub trait ActivityRepository: Send + Sync + fmt::Debug {
    /// Writes a row.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn append(&self, activity: &NewActivity) -> RepositoryResult<ActivityEntry>;

    /// Rows, the newest first (ties by number, the highest first).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, filter: &ActivityFilter, page: Page) -> RepositoryResult<Paged<ActivityEntry>>;
}
