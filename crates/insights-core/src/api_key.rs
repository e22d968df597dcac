//! API keys: secrets that stand for a user, shown once and stored as a hash.

pub mod own;
pub mod repository;
pub mod secret;
pub mod service;

use chrono::{DateTime, Utc};

use crate::ids::{ApiKeyId, OrganizationId, ProjectId, UserId};
use crate::scopes::Scopes;

/// Longest label, in characters.
pub const MAX_LABEL_CHARACTERS: usize = 40;

/// Most personal keys that a user may have through the REST routes.
pub const MAX_PERSONAL_KEYS: usize = 10;

/// What a key is for; seen from its first characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// A person's own, for scripts and API clients.
    Personal,
    /// An automated agent's.
    Agent,
    /// A client library's that reads results.
    Sdk,
    /// For shared, read-only use.
    Shared,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Personal, Self::Agent, Self::Sdk, Self::Shared];

    /// How keys of the kind begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "phx_",
            Self::Agent => "gck_",
            Self::Sdk => "pk_sdk_",
            Self::Shared => "pk_shared_",
        }
    }

    /// Name on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Agent => "agent",
            Self::Sdk => "sdk",
            Self::Shared => "shared",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A key as its owner sees it: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Name of the key in routes.
    pub id: ApiKeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// Whom it stands for.
    pub user: UserId,
    /// Name for people, at most [`MAX_LABEL_CHARACTERS`].
    pub label: String,
    /// Enough of the secret to tell keys apart, at most 11 characters.
    pub mask_value: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The only projects it may touch; empty for all of its user's.
    pub scoped_projects: Vec<ProjectId>,
    /// The only organizations it may touch; empty for all of its user's.
    pub scoped_organizations: Vec<OrganizationId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour; `None` for never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When its secret was last replaced; `None` for never.
    pub last_rolled_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether the key is refused for its age.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}
