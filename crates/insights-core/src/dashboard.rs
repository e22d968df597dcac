//! Dashboards: pages of insights.

pub mod repository;
pub mod service;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ids::{DashboardId, InsightId, ProjectId, TileId, UserId};

/// Kind of the thing in the activity log.
pub const SCOPE: &str = "Dashboard";

/// Longest name and longest description, in characters.
pub const MAX_TEXT_CHARACTERS: usize = 400;

/// Longest text of a tile, in characters.
pub const MAX_TEXT_TILE_CHARACTERS: usize = 4000;

/// Most live tiles of a dashboard.
pub const MAX_TILES: usize = 500;

/// Who may edit a dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestrictionLevel {
    /// Everyone in the project: 21.
    #[default]
    Everyone,
    /// Its owner and collaborators only: 37.
    Collaborators,
}

impl RestrictionLevel {
    /// The number on the wire.
    pub fn number(self) -> i16 {
        match self {
            Self::Everyone => 21,
            Self::Collaborators => 37,
        }
    }

    /// The level of that number; `None` for any other.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            21 => Some(Self::Everyone),
            37 => Some(Self::Collaborators),
            _ => None,
        }
    }
}

/// How a dashboard came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreationMode {
    /// Empty.
    #[default]
    Default,
    /// From a template.
    Template,
    /// As a copy of another.
    Duplicate,
}

impl CreationMode {
    /// Name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Template => "template",
            Self::Duplicate => "duplicate",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Default, Self::Template, Self::Duplicate].into_iter().find(|mode| mode.name() == name)
    }
}

/// What a tile holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileContent {
    /// An insight.
    Insight(InsightId),
    /// Words for people, in Markdown, at most [`MAX_TEXT_TILE_CHARACTERS`].
    Text(String),
}

/// The place of an insight or a text on a dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Number of the tile.
    pub id: TileId,
    /// Where.
    pub dashboard: DashboardId,
    /// What.
    pub content: TileContent,
    /// Position by screen size, a JSON object that the client makes and understands.
    pub layouts: Value,
    /// Colour by name.
    pub color: Option<String>,
}

impl Tile {
    /// The insight that it holds, if it is one.
    pub fn insight(&self) -> Option<InsightId> {
        match self.content {
            TileContent::Insight(insight) => Some(insight),
            TileContent::Text(_) => None,
        }
    }
}

/// A dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// Number in routes.
    pub id: DashboardId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older version is refused.
    pub version: i64,
    /// What may be written.
    pub fields: DashboardFields,
    /// Its tiles that are not deleted, by number.
    pub tiles: Vec<Tile>,
}

/// All of a dashboard but its identity and its tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardFields {
    /// Name for people.
    pub name: Option<String>,
    /// More words for people; may be empty.
    pub description: String,
    /// Whether it is shown before others.
    pub pinned: bool,
    /// Filters that are laid over each insight's own, a JSON object.
    pub filters: Value,
    /// Values of variables by their id, a JSON object.
    pub variables: Value,
    /// Colours by breakdown value, a JSON array.
    pub breakdown_colors: Value,
    /// Normalised, sorted.
    pub tags: Vec<String>,
    /// Who may edit it.
    pub restriction_level: RestrictionLevel,
    /// How it came about.
    pub creation_mode: CreationMode,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When someone last looked at it.
    pub last_accessed_at: Option<DateTime<Utc>>,
}
