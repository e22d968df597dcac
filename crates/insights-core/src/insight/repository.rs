//! Where insights are kept.

use std::fmt;

use chrono::{DateTime, Utc};

use super::filter::InsightFilter;
use super::{Insight, InsightFields, ShortId};
use crate::activity::NewActivity;
use crate::error::RepositoryResult;
use crate::file_system::Folder;
use crate::ids::{DashboardId, InsightId, ProjectId, UserId};
use crate::paging::{Page, Paged};
use crate::repositories::DeletedRows;

/// What an insight is asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsightKey {
    /// Its number.
    Id(InsightId),
    /// Its name in addresses.
    ShortId(ShortId),
}

/// An insight to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightDraft {
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Name in addresses.
    pub short_id: ShortId,
    /// Everything else.
    pub fields: InsightFields,
    /// The dashboards that it is put on.
    pub dashboards: Vec<DashboardId>,
    /// The folder that it is made in.
    pub folder: Option<Folder>,
}

/// Keeps insights, their tags, tiles and views.
pub trait InsightRepository: Send + Sync + fmt::Debug {
    /// Stores a new insight with its tags, a tile on each dashboard, and the row of the log, whose `item_id` becomes its number.
    ///
    /// # Errors
    /// `Conflict` where the project has the short id already, `NotFound` (`dashboard`) where the project has no such live dashboard.
    fn create(&self, draft: &InsightDraft, activity: Option<&NewActivity>) -> RepositoryResult<Insight>;

    /// The project's insight of that key.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, key: &InsightKey, rows: DeletedRows) -> RepositoryResult<Option<Insight>>;

    /// The project's live insights of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, ids: &[InsightId]) -> RepositoryResult<Vec<Insight>>;

    /// A page of the project's live insights that pass the filter, as `caller` sees them.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(
        &self,
        project: ProjectId,
        caller: UserId,
        filter: &InsightFilter,
        page: Page,
    ) -> RepositoryResult<Paged<Insight>>;

    /// Writes the fields and the tags, and the row of the log, or nothing. Gives the insight as it is then.
    ///
    /// With `dashboards`, the insight is on these alone from then on: tiles elsewhere are soft-deleted, and a soft-deleted one on a
    /// dashboard of the list comes back.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `insight.version`, `NotFound` where the insight (`insight`) or a dashboard
    /// (`dashboard`) is not there.
    fn update(
        &self,
        insight: &Insight,
        dashboards: Option<&[DashboardId]>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Insight>;

    /// Notes that the user looked at the insights. Numbers that the project has no live insight of are passed over.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn mark_viewed(
        &self,
        project: ProjectId,
        user: UserId,
        ids: &[InsightId],
        at: DateTime<Utc>,
    ) -> RepositoryResult<()>;

    /// When the user last looked at each of the insights, by number; ones never looked at are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn last_viewed(&self, user: UserId, ids: &[InsightId]) -> RepositoryResult<Vec<(InsightId, DateTime<Utc>)>>;

    /// The live insights that most users have looked at since then, most first (ties by number), at most `limit`.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn trending(&self, project: ProjectId, since: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Insight>>;
}
