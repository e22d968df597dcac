//! Where dashboards are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Dashboard, DashboardFields, TileContent};
use crate::activity::NewActivity;
use crate::error::RepositoryResult;
use crate::file_system::Folder;
use crate::ids::{DashboardId, ProjectId, TileId};
use crate::paging::{Page, Paged};
use crate::repositories::DeletedRows;

/// A dashboard to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardDraft {
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Everything else.
    pub fields: DashboardFields,
    /// Its first tiles.
    pub tiles: Vec<NewTile>,
    /// The folder that it is made in.
    pub folder: Option<Folder>,
}

/// A tile to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTile {
    /// What is on it.
    pub content: TileContent,
    /// See [`super::Tile::layouts`].
    pub layouts: Value,
    /// See [`super::Tile::color`].
    pub color: Option<String>,
}

/// What is written of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilePatch {
    /// The tile, a live one of the dashboard.
    pub id: TileId,
    /// Its new text; for tiles that hold one.
    pub text: Option<String>,
    /// Its new layouts.
    pub layouts: Option<Value>,
    /// Its new colour; `Some(None)` takes the colour away.
    pub color: Option<Option<String>>,
}

/// A change of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileEdit {
    /// It is added.
    Add(NewTile),
    /// It is written.
    Write(TilePatch),
    /// It is soft-deleted.
    Remove(TileId),
}

/// What else happens along with a change of a dashboard's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TileChange {
    /// Nothing.
    #[default]
    None,
    /// These tiles are added, written and removed, in this order.
    Edit(Vec<TileEdit>),
    /// All tiles are soft-deleted.
    DeleteAll,
    /// All tiles are soft-deleted, and so is each of their insights that is then on no dashboard.
    DeleteAllWithInsights,
    /// All tiles come back, along with their insights.
    RestoreAll,
}

/// Which dashboards to list, the live ones of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DashboardFilter {
    /// Part of the name or the description, in any case.
    pub search: Option<String>,
    /// Pinned ones or others.
    pub pinned: Option<bool>,
}

/// Keeps dashboards and their tiles.
pub trait DashboardRepository: Send + Sync + fmt::Debug {
    /// Stores a new dashboard with its tiles and the row of the log, whose `item_id` becomes its number.
    ///
    /// # Errors
    /// `NotFound` (`insight`) where a tile's insight is not in the project.
    fn create(&self, draft: &DashboardDraft, activity: Option<&NewActivity>) -> RepositoryResult<Dashboard>;

    /// The project's dashboard of that number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, id: DashboardId, rows: DeletedRows) -> RepositoryResult<Option<Dashboard>>;

    /// The project's live dashboards of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<Dashboard>>;

    /// The project's live dashboards: pinned ones first, then by name, then by number. Ones without a name come first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, filter: &DashboardFilter, page: Page) -> RepositoryResult<Paged<Dashboard>>;

    /// Writes the fields, the tiles and the row of the log, or nothing. Gives the dashboard as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `dashboard.version`, `NotFound` where the dashboard (`dashboard`), a tile that
    /// is written or removed (`tile`) or the insight of an added one (`insight`) is not there.
    fn update(
        &self,
        dashboard: &Dashboard,
        tiles: &TileChange,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Dashboard>;

    /// Notes that someone looked at it. Does not change its version.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn touch(&self, project: ProjectId, id: DashboardId, at: DateTime<Utc>) -> RepositoryResult<()>;
}
