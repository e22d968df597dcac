//! Users: the people that keys belong to and that changes are attributed to.

pub mod repository;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::UserId;

/// A person who uses the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Number in routes and bodies.
    pub id: UserId,
    /// Everything else.
    pub profile: UserProfile,
}

/// All of a user but the number that the store gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserProfile {
    /// Identity that stays the same wherever the user is moved.
    pub uuid: Uuid,
    /// The user's name as a person of analytics.
    pub distinct_id: String,
    /// Given name; may be empty.
    pub first_name: String,
    /// Family name; may be empty.
    pub last_name: String,
    /// Address, unique among users without regard to case.
    pub email: String,
    /// Whether the address was verified; `None` where nobody ever asked.
    pub is_email_verified: Option<bool>,
    /// What the user does, such as `engineering`.
    pub role_at_organization: Option<String>,
    /// Keys of inactive users never match.
    pub is_active: bool,
    /// When the user was made.
    pub created_at: DateTime<Utc>,
}
