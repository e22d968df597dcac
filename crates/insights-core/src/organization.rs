//! Organizations: the tenants that own projects and that users are members of.

pub mod repository;
pub mod service;

use chrono::{DateTime, Utc};

use crate::ids::{OrganizationId, UserId};

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 64;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Identity in routes.
    pub id: OrganizationId,
    /// Name for people.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a member may do in an organization, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MembershipLevel {
    /// Uses it.
    Member,
    /// Runs it.
    Admin,
    /// Made it or was given it.
    Owner,
}

impl MembershipLevel {
    /// The number on the wire: 1, 8 or 15.
    pub fn number(self) -> i16 {
        match self {
            Self::Member => 1,
            Self::Admin => 8,
            Self::Owner => 15,
        }
    }

    /// The level of that number; `None` for any other.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner].into_iter().find(|level| level.number() == number)
    }
}

/// One user's place in one organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// With which rights.
    pub level: MembershipLevel,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}
