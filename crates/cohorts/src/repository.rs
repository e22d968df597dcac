//! Where cohorts are kept.

use std::fmt;

use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;

use crate::model::{Cohort, CohortFields, CohortId, Counted};

/// A cohort to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortDraft {
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Everything else.
    pub fields: CohortFields,
}

/// Which cohorts to list, the live ones of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CohortFilter {
    /// Part of the name or the description, in any case.
    pub search: Option<String>,
    /// Those that list their persons, or the others.
    pub is_static: Option<bool>,
    /// Those that this user made.
    pub created_by: Option<UserId>,
}

/// A change of the list of a static cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange<'a> {
    /// Those of these distinct ids that are not in it come in.
    Add(&'a [String]),
    /// Those of these distinct ids that are in it go.
    Remove(&'a [String]),
}

/// Keeps cohorts and the lists of static ones.
pub trait CohortRepository: Send + Sync + fmt::Debug {
    /// Stores a new cohort with the row of the log, whose `item_id` becomes its number.
    ///
    /// # Errors
    /// `NotFound` where the project is not there.
    fn create(&self, draft: &CohortDraft, activity: &NewActivity) -> RepositoryResult<Cohort>;

    /// The project's cohort of that number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, id: CohortId, rows: DeletedRows) -> RepositoryResult<Option<Cohort>>;

    /// The project's live cohorts of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, ids: &[CohortId]) -> RepositoryResult<Vec<Cohort>>;

    /// The project's live cohorts, the newest first (ties by number, the highest first).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, filter: &CohortFilter, page: Page) -> RepositoryResult<Paged<Cohort>>;

    /// Writes the fields and the row of the log, or nothing. Gives the cohort as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `cohort.version`, `NotFound` where the cohort is not there.
    fn update(&self, cohort: &Cohort, activity: Option<&NewActivity>) -> RepositoryResult<Cohort>;

    /// The distinct ids of the list of the project's cohort of that number, in order of their texts.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn members(&self, project: ProjectId, id: CohortId) -> RepositoryResult<Vec<String>>;

    /// Changes the list and writes the row of the log, or nothing. Raises the version.
    ///
    /// # Errors
    /// `NotFound` where the cohort is not there, `Limit` where the list would have more than [`crate::model::MAX_MEMBERS`].
    fn change_members(
        &self,
        project: ProjectId,
        id: CohortId,
        change: MemberChange<'_>,
        activity: &NewActivity,
    ) -> RepositoryResult<()>;

    /// Notes how many persons were counted. Does not change the version.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn record_count(&self, project: ProjectId, id: CohortId, counted: Counted) -> RepositoryResult<()>;
}
