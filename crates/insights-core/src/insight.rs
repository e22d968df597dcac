//! Insights: saved questions about events.

pub mod filter;
pub mod kind;
pub mod patch;
pub mod repository;
pub mod service;
pub mod tagging;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::dashboard::Tile;
use crate::ids::{DashboardId, IdSource, InsightId, ProjectId, UserId, random_text};
use kind::InsightKind;

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "Insight";

/// Longest name, derived name and description, in characters.
pub const MAX_TEXT_CHARACTERS: usize = 400;

/// Most dashboards that one insight is on.
pub const MAX_DASHBOARDS: usize = 100;

/// Characters of a new short id.
const SHORT_ID_CHARACTERS: usize = 8;

/// An insight's name in addresses: letters and digits, unique in its project, at most 12 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortId(pub String);

impl ShortId {
    /// A new one.
    pub fn generate(ids: &dyn IdSource) -> Self {
        Self(random_text(ids, SHORT_ID_CHARACTERS))
    }
}

impl std::fmt::Display for ShortId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A saved question.
#[derive(Clone, Debug, PartialEq)]
pub struct Insight {
    /// Number in routes.
    pub id: InsightId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Name in addresses.
    pub short_id: ShortId,
    /// Grows with each change; a change of an older version is refused.
    pub version: i64,
    /// What may be written.
    pub fields: InsightFields,
    /// Its places on dashboards that are not deleted, by number.
    pub tiles: Vec<Tile>,
}

impl Insight {
    /// The dashboards that it is on, in the order of its tiles.
    pub fn dashboards(&self) -> Vec<DashboardId> {
        self.tiles.iter().map(|tile| tile.dashboard).collect()
    }

    /// The place on that dashboard.
    pub fn tile_on(&self, dashboard: DashboardId) -> Option<&Tile> {
        self.tiles.iter().find(|tile| tile.dashboard == dashboard)
    }
}

/// All of an insight but its identity and its tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct InsightFields {
    /// Name that a person gave, at most [`MAX_TEXT_CHARACTERS`].
    pub name: Option<String>,
    /// Name that a client made of the query, at most [`MAX_TEXT_CHARACTERS`].
    pub derived_name: Option<String>,
    /// More words, at most [`MAX_TEXT_CHARACTERS`].
    pub description: Option<String>,
    /// The query node, a JSON object.
    pub query: Option<Value>,
    /// The legacy form of the query, a JSON object; `{}` where there is a query.
    pub filters: Value,
    /// Place in lists.
    pub order: Option<i32>,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// Whether it was saved on purpose.
    pub saved: bool,
    /// Whether it is a favourite.
    pub favorited: bool,
    /// Whether it came with the server and nobody has changed it.
    pub is_sample: bool,
    /// Normalised, sorted.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When anything of it was last written.
    pub updated_at: DateTime<Utc>,
    /// When its words or its query were last changed.
    pub last_modified_at: DateTime<Utc>,
    /// Who did that.
    pub last_modified_by: Option<UserId>,
}

impl InsightFields {
    /// What kind of question it is; `None` without a query and filters.
    pub fn kind(&self) -> Option<InsightKind> {
        InsightKind::of(self.query.as_ref(), &self.filters)
    }

    /// The name that people see: the given one, otherwise the derived one; `None` where both are absent or empty.
    pub fn display_name(&self) -> Option<&str> {
        let present = |name: &'_ Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
        if present(&self.name) {
            self.name.as_deref()
        } else {
            self.derived_name.as_deref().filter(|name| !name.is_empty())
        }
    }
}
