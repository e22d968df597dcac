//! The use cases of alerts.

mod checking;
mod draft;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::activity::diff::{Change, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceResult};
use insights_core::ids::{IdSource, InsightId, ProjectId, UserId};
use insights_core::insight::Insight;
use insights_core::insight::repository::InsightRepository;
use insights_core::organization::repository::OrganizationRepository;
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;
use insights_core::retry;
use insights_core::time::Clock;
use insights_core::user::repository::UserRepository;
use uuid::Uuid;

pub use self::checking::{Job, MAX_DUE};
pub use self::draft::AlertPatch;
use self::draft::{check, pairs};
use crate::check::{AlertCheck, CheckDetail, ToldCheck};
use crate::destination::AddressPolicy;
use crate::model::{Alert, AlertId, AlertSettings, AlertState, AlertStatus, MAX_ALERTS, SCOPE};
use crate::repository::{AlertRepository, CheckFilter};
use crate::trend::WatchedTrend;

/// The use cases of alerts.
#[derive(Clone, Debug)]
pub struct AlertService {
    alerts: Arc<dyn AlertRepository>,
    insights: Arc<dyn InsightRepository>,
    projects: Arc<dyn ProjectRepository>,
    organizations: Arc<dyn OrganizationRepository>,
    users: Arc<dyn UserRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    addresses: AddressPolicy,
}

impl AlertService {
    /// A service over the repositories, whose destinations are at addresses that `addresses` allows.
    pub fn new(
        alerts: Arc<dyn AlertRepository>,
        repositories: &Repositories,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        addresses: AddressPolicy,
    ) -> Self {
        Self {
            alerts,
            insights: Arc::clone(&repositories.insights),
            projects: Arc::clone(&repositories.projects),
            organizations: Arc::clone(&repositories.organizations),
            users: Arc::clone(&repositories.users),
            clock,
            ids,
            addresses,
        }
    }

    /// Makes an alert. `patch` names an insight, subscribers, and bounds or a detector.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, patch: &AlertPatch) -> ServiceResult<Alert> {
        let now = self.clock.now();
        let insight = patch.insight.ok_or_else(|| Problem::required("insight"))?;
        if patch.subscribed_users.is_none() {
            return Err(Problem::required("subscribed_users").into());
        }
        let settings = self.settings(actor, patch, &AlertSettings::blank(insight), now)?;
        let state = if settings.snoozed_until.is_some() { AlertState::Snoozed } else { AlertState::NotFiring };
        let alert = Alert {
            id: AlertId(self.ids.uuid()),
            project: actor.project,
            version: 1,
            settings,
            status: AlertStatus {
                state,
                last_value: None,
                last_notified_at: None,
                last_checked_at: None,
                next_check_at: None,
            },
            created_at: now,
            created_by: Some(actor.user),
        };
        let activity = log_row(actor, verb::CREATED, &alert, None, now);
        self.alerts.create(&alert, MAX_ALERTS, &activity).map_err(refuse_insight)
    }

    /// The project's alert of that id.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: AlertId) -> ServiceResult<Alert> {
        self.alerts.get(project, id)?.ok_or_else(|| Problem::not_found().into())
    }

    /// A page of the project's alerts, or of those of one insight, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, insight: Option<InsightId>, page: Page) -> ServiceResult<Paged<Alert>> {
        Ok(self.alerts.list(project, insight, page)?)
    }

    /// All alerts of those insights of the project, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn of_insights(&self, project: ProjectId, insights: &[InsightId]) -> ServiceResult<Vec<Alert>> {
        Ok(self.alerts.of_insights(project, insights)?)
    }

    /// The alerts with a threshold of a live insight, the newest first.
    ///
    /// # Errors
    /// A 404 where the project has no such insight.
    pub fn thresholds(&self, project: ProjectId, insight: InsightId) -> ServiceResult<Vec<Alert>> {
        self.insight(project, insight)?.ok_or_else(Problem::not_found)?;
        let mut alerts = self.alerts.of_insights(project, &[insight])?;
        alerts.retain(|alert| alert.settings.threshold.is_some());
        Ok(alerts)
    }

    /// The alert with that threshold of a live insight.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn threshold(&self, project: ProjectId, insight: InsightId, id: Uuid) -> ServiceResult<Alert> {
        let alerts = self.thresholds(project, insight)?;
        let has_it = |alert: &Alert| alert.settings.threshold.as_ref().is_some_and(|threshold| threshold.id == id);
        alerts.into_iter().find(has_it).ok_or_else(|| Problem::not_found().into())
    }

    /// A page of an alert's checks, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn checks(&self, id: AlertId, filter: CheckFilter, page: Page) -> ServiceResult<Paged<ToldCheck>> {
        Ok(self.alerts.checks(id, filter, page)?)
    }

    /// Changes an alert. A change that meets another one is made again on top of it.
    ///
    /// Other bounds, another detector or insight let the alert begin anew and be checked at once; another interval lets it be checked at once. A snooze
    /// that begins or ends is noted among the checks.
    ///
    /// # Errors
    /// A 404 where there is no such alert, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: AlertId, patch: &AlertPatch) -> ServiceResult<Alert> {
        retry::on_conflict(|| {
            let old = self.require(actor.project, id)?;
            let now = self.clock.now();
            let settings = self.settings(actor, patch, &old.settings, now)?;
            let (alert, checks) = self.changed(&old, settings, now);
            let changes = diff(SCOPE, pairs(&old.settings, &alert.settings));
            let activity = (!changes.is_empty()).then(|| log_row(actor, verb::UPDATED, &alert, Some(changes), now));
            self.alerts.update(&alert, &checks, activity.as_ref()).map_err(refuse_insight)
        })
    }

    /// Removes an alert with its checks.
    ///
    /// # Errors
    /// A 404 where there is no such alert.
    pub fn delete(&self, actor: &Actor, id: AlertId) -> ServiceResult<()> {
        let alert = self.require(actor.project, id)?;
        let activity = log_row(actor, verb::DELETED, &alert, None, self.clock.now());
        Ok(self.alerts.delete(actor.project, id, &activity)?)
    }

    /// The trend of a live insight of the project, for a dry run over it.
    ///
    /// # Errors
    /// A refusal where there is no such insight, or one that cannot be watched.
    pub fn watched(&self, project: ProjectId, insight: InsightId) -> ServiceResult<(Insight, WatchedTrend)> {
        let insight = self.insight(project, insight)?.ok_or_else(foreign_insight)?;
        let trend = WatchedTrend::of(&insight.fields)?;
        Ok((insight, trend))
    }

    /// `old` with `settings`, and the checks that the change makes.
    fn changed(&self, old: &Alert, settings: AlertSettings, now: DateTime<Utc>) -> (Alert, Vec<AlertCheck>) {
        let mut status = old.status.clone();
        let bounds = |settings: &AlertSettings| settings.threshold.as_ref().map(|threshold| threshold.configuration);
        let begins_anew = bounds(&settings) != bounds(&old.settings)
            || settings.detector != old.settings.detector
            || settings.insight != old.settings.insight;
        if begins_anew || settings.calculation_interval != old.settings.calculation_interval {
            status.next_check_at = None;
        }
        let was_snoozed = old.settings.snoozed_until.is_some();
        let snooze_changes = settings.snoozed_until != old.settings.snoozed_until;
        if snooze_changes {
            let is_snoozed = settings.snoozed_until.is_some();
            status.state = if is_snoozed { AlertState::Snoozed } else { AlertState::NotFiring };
        } else if !settings.enabled || (begins_anew && !was_snoozed) {
            status.state = AlertState::NotFiring;
        }
        let check = snooze_changes.then(|| AlertCheck {
            id: self.ids.uuid(),
            alert: old.id,
            created_at: now,
            value: None,
            state: status.state,
            detail: CheckDetail::default(),
        });
        (Alert { settings, status, ..old.clone() }, check.into_iter().collect())
    }

    /// `old` with what `patch` changes, checked as a whole.
    fn settings(
        &self,
        actor: &Actor,
        patch: &AlertPatch,
        old: &AlertSettings,
        now: DateTime<Utc>,
    ) -> ServiceResult<AlertSettings> {
        let settings = patch.apply(old, self.addresses, &*self.ids, now)?;
        if patch.subscribed_users.is_some() {
            self.require_members(actor, &settings.subscribed_users)?;
        }
        let (_, trend) = self.watched(actor.project, settings.insight)?;
        check(&settings, &trend)?;
        Ok(settings)
    }

    fn insight(&self, project: ProjectId, id: InsightId) -> ServiceResult<Option<Insight>> {
        Ok(self.insights.get_batch(project, &[id])?.pop())
    }

    fn require_members(&self, actor: &Actor, users: &[UserId]) -> ServiceResult<()> {
        for user in users {
            let memberships = self.organizations.memberships(*user)?;
            if !memberships.iter().any(|membership| membership.organization == actor.organization) {
                let detail = "User does not belong to the same organization as the alert's team.";
                return Err(Problem::invalid("subscribed_users", detail).into());
            }
        }
        Ok(())
    }
}

fn log_row(actor: &Actor, verb: &str, alert: &Alert, changes: Option<Vec<Change>>, now: DateTime<Utc>) -> NewActivity {
    let name = Some(alert.settings.name.clone());
    let detail = ActivityDetail { changes, name, ..ActivityDetail::default() };
    NewActivity::by(actor, verb, SCOPE, alert.id.to_string(), detail, now)
}

/// An insight can be deleted between our look and the write.
fn refuse_insight(error: RepositoryError) -> insights_core::error::ServiceError {
    match error {
        RepositoryError::NotFound { what: "insight" } => foreign_insight().into(),
        error => error.into(),
    }
}

fn foreign_insight() -> Problem {
    Problem::invalid("insight", "This insight does not belong to your team.")
}

#[cfg(test)]
mod tests;
