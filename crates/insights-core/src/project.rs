//! Projects: the unit that events, insights and time zones belong to.

use chrono::{DateTime, Utc, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::ids::{OrganizationId, ProjectId};

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
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
