//! Where shares are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{DashboardId, ProjectId};

use crate::model::{
    AccessToken, SharePassword, SharePasswordFields, SharePasswordId, SharedThing, Sharing, SharingFields, SharingId,
};

/// A share to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SharingDraft {
    /// The project of the thing.
    pub project: ProjectId,
    /// What is shared.
    pub thing: SharedThing,
    /// Everything else.
    pub fields: SharingFields,
}

/// A token that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerToken {
    /// The token.
    pub token: AccessToken,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

/// Keeps shares and their passwords. A thing has one share at most; shares go with the thing's row.
pub trait SharingRepository: Send + Sync + fmt::Debug {
    /// Stores a new share and the row of the log.
    ///
    /// # Errors
    /// `Conflict` where the thing has a share already or the token is taken, `NotFound` where the project or the thing is not there.
    fn create(&self, draft: &SharingDraft, activity: Option<&NewActivity>) -> RepositoryResult<Sharing>;

    /// The share of the project's thing.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, thing: SharedThing) -> RepositoryResult<Option<Sharing>>;

    /// The share whose token it is at `now`, or was until a little while ago and is still let in by; enabled or not.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn find_by_token(&self, token: &AccessToken, now: DateTime<Utc>) -> RepositoryResult<Option<Sharing>>;

    /// Those of the project's dashboards whose public link works, by number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn shared_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<DashboardId>>;

    /// Writes the fields, the token that they replace if any, and the row of the log, or nothing. Gives the share as it is then.
    ///
    /// Former tokens of the share that expired before `former` was replaced are forgotten.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `sharing.version`, `NotFound` where the share is not there.
    fn update(
        &self,
        sharing: &Sharing,
        former: Option<&FormerToken>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Sharing>;

    /// Stores a password of the share.
    ///
    /// # Errors
    /// `Limit` where the share has `limit` passwords already, `NotFound` where the share is not there.
    fn add_password(
        &self,
        sharing: SharingId,
        fields: &SharePasswordFields,
        limit: usize,
    ) -> RepositoryResult<SharePassword>;

    /// Makes a password of the share open nothing any more. Its row stays, so that its number is not given again.
    ///
    /// # Errors
    /// `NotFound` where the share has no such password that opens it.
    fn deactivate_password(&self, sharing: SharingId, id: SharePasswordId) -> RepositoryResult<()>;
}
