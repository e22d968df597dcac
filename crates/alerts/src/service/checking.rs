//! Checking alerts: what is due, what has to be asked, and what comes of the answer.

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::error::{RepositoryError, ServiceResult};
use insights_core::ids::ProjectId;
use insights_core::insight::Insight;
use insights_core::project::Project;
use serde_json::Value;
use uuid::Uuid;

use super::{AlertService, check};
use crate::check::{AlertCheck, Findings, RETENTION};
use crate::delivery::{CLAIM_DURATION, Claim, Notification, Settlement};
use crate::evaluation::Evaluation;
use crate::message::Message;
use crate::model::{Alert, AlertId};
use crate::schedule::Schedule;
use crate::trend::WatchedTrend;

/// Most alerts that one look for due ones gives.
pub const MAX_DUE: u32 = 200;

/// A check to be made.
#[derive(Clone, Debug)]
pub struct Job {
    /// The alert as it is.
    pub alert: Alert,
    /// Its project.
    pub project: Project,
    /// Its insight.
    pub insight: Insight,
    /// What to ask; or why the alert and its insight do not fit any more.
    pub trend: Result<WatchedTrend, String>,
}

impl Job {
    /// What is laid over the insight's query.
    pub fn window(&self) -> Option<Value> {
        self.trend.as_ref().ok()?.window(&self.alert.settings)
    }
}

impl AlertService {
    /// The alerts that are due, at most [`MAX_DUE`].
    ///
    /// # Errors
    /// The repository's.
    pub fn due(&self) -> ServiceResult<Vec<Alert>> {
        Ok(self.alerts.due(self.clock.now(), MAX_DUE)?)
    }

    /// What is to be done about an alert that was found due; `None` where it is not any more, or where its project rests for the weekend. To be
    /// called under the alert's lease, so that no other server is about to do the same.
    ///
    /// # Errors
    /// The repository's.
    pub fn begin(&self, project: ProjectId, id: AlertId) -> ServiceResult<Option<Job>> {
        let now = self.clock.now();
        let Some(alert) = self.alerts.get(project, id)?.filter(|alert| alert.is_due(now)) else { return Ok(None) };
        let Some(project) = self.projects.get(project)? else { return Ok(None) };
        let schedule = schedule(&alert, &project);
        if schedule.is_resting(now) {
            self.postpone(alert, schedule.past_weekend(now))?;
            return Ok(None);
        }
        let Some(insight) = self.insight(project.id, alert.settings.insight)? else { return Ok(None) };
        let trend = WatchedTrend::of(&insight.fields)
            .and_then(|trend| check(&alert.settings, &trend).map(|()| trend))
            .map_err(|problem| problem.detail);
        Ok(Some(Job { alert, project, insight, trend }))
    }

    /// Stores what was found, or why nothing could be. `None` where the alert was changed meanwhile: it is checked again, as it is then.
    ///
    /// # Errors
    /// The repository's.
    pub fn conclude(&self, job: &Job, evaluation: Result<Evaluation, String>) -> ServiceResult<Option<Alert>> {
        let subscribers = self.users.get_batch(&job.alert.settings.subscribed_users)?;
        let findings = Findings {
            alert: &job.alert,
            evaluation,
            schedule: schedule(&job.alert, &job.project),
            subscribers: &subscribers,
            now: self.clock.now(),
        };
        let conclusion = findings.conclude(|| self.ids.uuid(), |alert, check| message(job, alert, check));
        match self.alerts.conclude(&conclusion) {
            Ok(alert) => Ok(Some(alert)),
            Err(RepositoryError::Conflict { .. } | RepositoryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Claims at most `limit` notifications that are to be sent now.
    ///
    /// # Errors
    /// The repository's.
    pub fn claim(&self, limit: u32) -> ServiceResult<(Claim, Vec<Notification>)> {
        let (claim, now) = (Claim(self.ids.uuid()), self.clock.now());
        Ok((claim, self.alerts.claim(claim, now, now + CLAIM_DURATION, limit)?))
    }

    /// Notes what came of a try, and tells whether the claim was still in force.
    ///
    /// # Errors
    /// The repository's.
    pub fn settle(&self, notification: Uuid, claim: Claim, settlement: &Settlement) -> ServiceResult<bool> {
        Ok(self.alerts.settle(notification, claim, settlement)?)
    }

    /// Forgets old checks, and tells how many.
    ///
    /// # Errors
    /// The repository's.
    pub fn forget_old_checks(&self) -> ServiceResult<usize> {
        let retention: TimeDelta = RETENTION;
        Ok(self.alerts.delete_checks(self.clock.now() - retention)?)
    }

    fn postpone(&self, mut alert: Alert, until: DateTime<Utc>) -> ServiceResult<()> {
        alert.status.next_check_at = Some(until);
        match self.alerts.update(&alert, &[], None) {
            // Somebody changed it: it is looked at again in the next round.
            Ok(_) | Err(RepositoryError::Conflict { .. } | RepositoryError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn schedule(alert: &Alert, project: &Project) -> Schedule {
    Schedule {
        interval: alert.settings.calculation_interval,
        skip_weekend: alert.settings.skip_weekend,
        timezone: project.timezone,
    }
}

fn message(job: &Job, alert: &Alert, check: &AlertCheck) -> Message {
    let detail = &check.detail;
    Message {
        is_error: detail.error.is_some(),
        at: check.created_at,
        project: job.project.id.0,
        project_name: job.project.name.clone(),
        alert: alert.id.0,
        alert_name: alert.settings.name.clone(),
        insight: job.insight.id.0,
        insight_short_id: job.insight.short_id.0.clone(),
        insight_name: job.insight.fields.display_name().unwrap_or_default().to_owned(),
        check: check.id,
        value: check.value,
        reasons: detail.error.iter().chain(&detail.breaches).cloned().collect(),
    }
}
