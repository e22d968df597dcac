//! The activity log: who changed what, from what to what.

pub mod diff;
pub mod repository;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::Actor;
use crate::ids::{ActivityId, OrganizationId, ProjectId, UserId};
use diff::Change;

/// What happened, as the log names it.
pub mod verb {
    /// The thing was made.
    pub const CREATED: &str = "created";
    /// Some of it was changed.
    pub const UPDATED: &str = "updated";
    /// It was soft-deleted.
    pub const DELETED: &str = "deleted";
    /// It was brought back.
    pub const RESTORED: &str = "restored";
}

/// What a row is about and how it changed: the `detail` of a row on the wire and in the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActivityDetail {
    /// The changes; `None` where the row is not about any, as when the thing was made.
    pub changes: Option<Vec<Change>>,
    /// The thing's name for people.
    pub name: Option<String>,
    /// The thing's short id.
    pub short_id: Option<String>,
    /// What brought the change about, where no person did.
    pub trigger: Option<Value>,
    /// Kind within the scope.
    pub r#type: Option<String>,
}

/// A row to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewActivity {
    /// The tenant.
    pub organization: OrganizationId,
    /// The project; `None` for what belongs to the organization as a whole.
    pub project: Option<ProjectId>,
    /// Who did it; `None` for the system and for visitors of shared pages.
    pub user: Option<UserId>,
    /// Whether the server did it by itself.
    pub is_system: bool,
    /// What happened, at most 79 characters: see [`verb`].
    pub activity: String,
    /// Kind of the thing, such as `Insight`.
    pub scope: String,
    /// The thing, at most 72 characters. Where the row is written along with a new thing, the store puts its number here.
    pub item_id: String,
    /// What exactly.
    pub detail: ActivityDetail,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl NewActivity {
    /// A row about something that a user did in a project.
    pub fn by(
        actor: &Actor,
        activity: &str,
        scope: &str,
        item_id: String,
        detail: ActivityDetail,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            organization: actor.organization,
            project: Some(actor.project),
            user: Some(actor.user),
            is_system: false,
            activity: activity.to_owned(),
            scope: scope.to_owned(),
            item_id,
            detail,
            created_at: at,
        }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityEntry {
    /// Number of the row, growing with time.
    pub id: ActivityId,
    /// What it says.
    pub activity: NewActivity,
}
