//! Where alerts, their checks and their notifications are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{InsightId, ProjectId};
use insights_core::paging::{Page, Paged};
use uuid::Uuid;

use crate::check::{AlertCheck, Conclusion, ToldCheck};
use crate::delivery::{Claim, Notification, Settlement};
use crate::model::{Alert, AlertId};

/// Which checks of an alert to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckFilter {
    /// None made before that instant.
    pub from: Option<DateTime<Utc>>,
    /// None made after that instant.
    pub to: Option<DateTime<Utc>>,
}

/// Keeps alerts. Alerts of an insight go with it, when it is deleted or asks another kind of question: whoever stores that removes them in the
/// same transaction.
pub trait AlertRepository: Send + Sync + fmt::Debug {
    /// Stores a new alert, its version aside, with the row of the log.
    ///
    /// # Errors
    /// `NotFound` where the project has no such live insight, `Limit` where it has `limit` alerts already.
    fn create(&self, alert: &Alert, limit: u64, activity: &NewActivity) -> RepositoryResult<Alert>;

    /// The project's alert of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, id: AlertId) -> RepositoryResult<Option<Alert>>;

    /// A page of the project's alerts, or of those of one insight, the newest first (ties by id, downwards).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, insight: Option<InsightId>, page: Page) -> RepositoryResult<Paged<Alert>>;

    /// All alerts of those insights of the project, the newest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn of_insights(&self, project: ProjectId, insights: &[InsightId]) -> RepositoryResult<Vec<Alert>>;

    /// Writes an alert, the checks that the change makes, and the row of the log, or nothing. Gives the alert as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `alert.version`, `NotFound` where the alert or its insight is not there.
    fn update(&self, alert: &Alert, checks: &[AlertCheck], activity: Option<&NewActivity>) -> RepositoryResult<Alert>;

    /// Removes an alert with its checks and notifications, and writes the row of the log.
    ///
    /// # Errors
    /// `NotFound` where the alert is not there.
    fn delete(&self, project: ProjectId, id: AlertId, activity: &NewActivity) -> RepositoryResult<()>;

    /// At most `limit` alerts of all projects that are due at `now` ([`Alert::is_due`]), those that wait longest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Alert>>;

    /// Stores what came of a check: the alert, the check and its notifications, or nothing.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not that of the alert, `NotFound` where the alert is not there.
    fn conclude(&self, conclusion: &Conclusion) -> RepositoryResult<Alert>;

    /// A page of an alert's checks, the newest first (ties by id, downwards).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn checks(&self, id: AlertId, filter: CheckFilter, page: Page) -> RepositoryResult<Paged<ToldCheck>>;

    /// Forgets checks made before that instant, with their notifications, and tells how many.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn delete_checks(&self, before: DateTime<Utc>) -> RepositoryResult<usize>;

    /// Claims at most `limit` pending notifications that are due at `now` and that nobody has a claim to, until `until`; those that wait longest
    /// first. No notification is given to two claims at once.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn claim(
        &self,
        claim: Claim,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> RepositoryResult<Vec<Notification>>;

    /// Notes what came of a try, ends the claim, and tells whether it was still in force; otherwise nothing changes.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn settle(&self, notification: Uuid, claim: Claim, settlement: &Settlement) -> RepositoryResult<bool>;
}
