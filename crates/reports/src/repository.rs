//! Where reports are kept.

use std::fmt;

use agent_sessions::window::Span;
use chrono::{DateTime, Utc};
use insights_core::error::RepositoryResult;

use crate::record::{Outcome, ReportId, ReportRecord, Shelf};

/// A report that is there: its record, and what it says as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReport {
    /// What is known of it.
    pub record: ReportRecord,
    /// What it says, as JSON.
    pub body: String,
}

/// Keeps reports. Lists are ordered by when reports were asked for, the newest first, ties by id, downwards.
pub trait ReportRepository: Send + Sync + fmt::Debug {
    /// Stores a running report, unless one is running already on the same shelf with the same scope: of several callers at once one succeeds. Of the shelf's
    /// reports that have come to an end, the oldest beyond `max_kept` go.
    ///
    /// # Errors
    /// `Conflict` where one is running, `NotFound` where the organization is not there.
    fn begin(&self, record: &ReportRecord, max_kept: u32) -> RepositoryResult<()>;

    /// Writes how a running report came to an end, and gives its record then; `None`, with nothing written, where it runs no more or is not there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn conclude(
        &self,
        shelf: Shelf,
        id: ReportId,
        outcome: &Outcome,
        at: DateTime<Utc>,
    ) -> RepositoryResult<Option<ReportRecord>>;

    /// The record of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<ReportRecord>>;

    /// The completed report of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn read(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<Option<KeptReport>>;

    /// The newest completed report with that scope, and where `overlapping` is given, with a period that has an instant in common with it.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn latest(&self, shelf: Shelf, scope: &str, overlapping: Option<Span>) -> RepositoryResult<Option<KeptReport>>;

    /// The reports of the shelf that are running, of that scope or of all.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn running(&self, shelf: Shelf, scope: Option<&str>) -> RepositoryResult<Vec<ReportRecord>>;

    /// Reports that are running, whosever, at most `limit`.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn all_running(&self, limit: u32) -> RepositoryResult<Vec<ReportRecord>>;

    /// The records with that scope, at most `limit`.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn history(&self, shelf: Shelf, scope: &str, limit: u32) -> RepositoryResult<Vec<ReportRecord>>;

    /// Takes a report away, and tells whether it was there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn delete(&self, shelf: Shelf, id: ReportId) -> RepositoryResult<bool>;
}
