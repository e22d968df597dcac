//! Projects: the unit that events, insights and time zones belong to.

pub mod repository;
pub mod service;
pub mod settings;

use chrono::{DateTime, Utc, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use self::settings::ProjectSettings;
use crate::ids::{OrganizationId, ProjectId};

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 200;

/// The day that weeks begin on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeekStart {
    /// PostHog's default, `week_start_day` 0 or absent.
    #[default]
    Sunday,
    /// `week_start_day` 1.
    Monday,
}

impl WeekStart {
    /// The weekday.
    pub fn weekday(self) -> Weekday {
        match self {
            Self::Sunday => Weekday::Sun,
            Self::Monday => Weekday::Mon,
        }
    }

    /// The number on the wire: 0 for Sunday, 1 for Monday.
    pub fn number(self) -> i16 {
        match self {
            Self::Sunday => 0,
            Self::Monday => 1,
        }
    }

    /// The day of that number on the wire; `None` for any other number.
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Sunday),
            1 => Some(Self::Monday),
            _ => None,
        }
    }
}

/// All of a project but the number that the store gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// See [`Project::uuid`].
    pub uuid: Uuid,
    /// See [`Project::organization`].
    pub organization: OrganizationId,
    /// See [`Project::name`].
    pub name: String,
    /// See [`Project::api_token`].
    pub api_token: String,
    /// See [`Project::timezone`].
    pub timezone: Tz,
    /// See [`Project::week_start`].
    pub week_start: WeekStart,
    /// See [`Project::settings`].
    pub settings: ProjectSettings,
    /// See [`Project::created_at`].
    pub created_at: DateTime<Utc>,
}

impl NewProject {
    /// The project with its number.
    pub fn with_id(self, id: ProjectId) -> Project {
        Project {
            id,
            uuid: self.uuid,
            organization: self.organization,
            name: self.name,
            api_token: self.api_token,
            timezone: self.timezone,
            week_start: self.week_start,
            settings: self.settings,
            created_at: self.created_at,
        }
    }
}

/// A project, which is also its own single environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Number in routes.
    pub id: ProjectId,
    /// Identity that stays the same wherever the project is moved.
    pub uuid: Uuid,
    /// The tenant that owns it.
    pub organization: OrganizationId,
    /// Name for people.
    pub name: String,
    /// Public write-only token that clients send events with, `phc_…`.
    pub api_token: String,
    /// Days, weeks and months of its insights begin by this zone.
    pub timezone: Tz,
    /// Weeks of its insights begin on this day.
    pub week_start: WeekStart,
    /// What else its insights go by.
    pub settings: ProjectSettings,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
