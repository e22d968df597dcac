//! Alerts in memory: for tests, examples and programs that keep nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{InsightId, ProjectId};
use insights_core::insight::kind::InsightKind;
use insights_core::insight::repository::InsightRepository;
use insights_core::paging::{Page, Paged};
use insights_core::repositories::Repositories;
use uuid::Uuid;

use crate::check::{AlertCheck, Conclusion, Delivered, ToldCheck};
use crate::delivery::{Claim, DeliveryState, Notification, Settlement};
use crate::model::{Alert, AlertId};
use crate::repository::{AlertRepository, CheckFilter};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "alert" };

/// Alerts in maps behind a lock.
#[derive(Debug)]
pub struct InMemoryAlerts {
    insights: Arc<dyn InsightRepository>,
    log: Arc<dyn ActivityRepository>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    alerts: BTreeMap<AlertId, Alert>,
    checks: Vec<AlertCheck>,
    outbox: Vec<OutboxRow>,
}

#[derive(Debug)]
struct OutboxRow {
    notification: Notification,
    claim: Option<(Claim, DateTime<Utc>)>,
}

impl InMemoryAlerts {
    /// None yet, on the insights of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (insights, log) = (Arc::clone(&repositories.insights), Arc::clone(&repositories.activity));
        Self { insights, log, state: Mutex::default() }
    }

    /// The alerts without those whose insight was deleted or asks something else by now.
    fn state(&self) -> RepositoryResult<MutexGuard<'_, State>> {
        let mut state = self.state.lock().expect("no holder of this lock panics");
        let mut gone = Vec::new();
        for alert in state.alerts.values() {
            if !self.can_be_watched(alert.project, alert.settings.insight)? {
                gone.push(alert.id);
            }
        }
        gone.into_iter().for_each(|id| state.remove(id));
        Ok(state)
    }

    fn can_be_watched(&self, project: ProjectId, insight: InsightId) -> RepositoryResult<bool> {
        let found = self.insights.get_batch(project, &[insight])?;
        Ok(found.first().is_some_and(|insight| insight.fields.kind() == Some(InsightKind::Trends)))
    }

    fn require_insight(&self, alert: &Alert) -> RepositoryResult<()> {
        let is_there = !self.insights.get_batch(alert.project, &[alert.settings.insight])?.is_empty();
        if is_there { Ok(()) } else { Err(RepositoryError::NotFound { what: "insight" }) }
    }
}

impl State {
    fn remove(&mut self, id: AlertId) {
        self.alerts.remove(&id);
        self.checks.retain(|check| check.alert != id);
        self.outbox.retain(|row| row.notification.alert != id);
    }

    fn write(&mut self, alert: &Alert) -> RepositoryResult<Alert> {
        let stored = self.alerts.get_mut(&alert.id).filter(|stored| stored.project == alert.project);
        let stored = stored.ok_or(NOT_FOUND)?;
        if stored.version != alert.version {
            return Err(RepositoryError::Conflict { what: "alert" });
        }
        *stored = Alert { version: alert.version + 1, ..alert.clone() };
        Ok(stored.clone())
    }

    fn newest_first(&self, passes: impl Fn(&Alert) -> bool) -> Vec<Alert> {
        let mut alerts: Vec<Alert> = self.alerts.values().filter(|alert| passes(alert)).cloned().collect();
        alerts.sort_by_key(|alert| Reverse((alert.created_at, alert.id)));
        alerts
    }

    fn told(&self, check: &AlertCheck) -> ToldCheck {
        let of_check = self.outbox.iter().map(|row| &row.notification).filter(|told| told.check == check.id);
        let deliveries = of_check.map(|told| Delivered {
            id: told.id,
            target: told.target.clone(),
            state: told.state,
            attempts: told.attempts,
            last_error: told.last_error.clone(),
        });
        ToldCheck { check: check.clone(), deliveries: deliveries.collect() }
    }
}

impl AlertRepository for InMemoryAlerts {
    fn create(&self, alert: &Alert, limit: u64, activity: &NewActivity) -> RepositoryResult<Alert> {
        self.require_insight(alert)?;
        let mut state = self.state()?;
        let n_alerts = state.alerts.values().filter(|other| other.project == alert.project).count();
        if n_alerts as u64 >= limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            return Err(RepositoryError::Limit { what: "alerts", limit });
        }
        let stored = Alert { version: 1, ..alert.clone() };
        self.log.append(activity)?;
        state.alerts.insert(stored.id, stored.clone());
        Ok(stored)
    }

    fn get(&self, project: ProjectId, id: AlertId) -> RepositoryResult<Option<Alert>> {
        Ok(self.state()?.alerts.get(&id).filter(|alert| alert.project == project).cloned())
    }

    fn list(&self, project: ProjectId, insight: Option<InsightId>, page: Page) -> RepositoryResult<Paged<Alert>> {
        let is_asked_for =
            |alert: &Alert| alert.project == project && insight.is_none_or(|insight| alert.settings.insight == insight);
        Ok(Paged::cut(self.state()?.newest_first(is_asked_for), page))
    }

    fn of_insights(&self, project: ProjectId, insights: &[InsightId]) -> RepositoryResult<Vec<Alert>> {
        let is_asked_for = |alert: &Alert| alert.project == project && insights.contains(&alert.settings.insight);
        Ok(self.state()?.newest_first(is_asked_for))
    }

    fn update(&self, alert: &Alert, checks: &[AlertCheck], activity: Option<&NewActivity>) -> RepositoryResult<Alert> {
        self.require_insight(alert)?;
        let mut state = self.state()?;
        let stored = state.write(alert)?;
        state.checks.extend_from_slice(checks);
        if let Some(activity) = activity {
            self.log.append(activity)?;
        }
        Ok(stored)
    }

    fn delete(&self, project: ProjectId, id: AlertId, activity: &NewActivity) -> RepositoryResult<()> {
        let mut state = self.state()?;
        if state.alerts.get(&id).is_none_or(|alert| alert.project != project) {
            return Err(NOT_FOUND);
        }
        state.remove(id);
        self.log.append(activity)?;
        Ok(())
    }

    fn due(&self, now: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Alert>> {
        let state = self.state()?;
        let mut due: Vec<Alert> = state.alerts.values().filter(|alert| alert.is_due(now)).cloned().collect();
        due.sort_by_key(|alert| (alert.status.next_check_at, alert.id));
        due.truncate(limit as usize);
        Ok(due)
    }

    fn conclude(&self, conclusion: &Conclusion) -> RepositoryResult<Alert> {
        let mut state = self.state()?;
        let is_known = |id: Uuid| state.outbox.iter().any(|row| row.notification.id == id);
        if conclusion.notifications.iter().any(|notification| is_known(notification.id)) {
            return Err(RepositoryError::Conflict { what: "alert" });
        }
        let stored = state.write(&conclusion.alert)?;
        state.checks.push(conclusion.check.clone());
        let rows = conclusion.notifications.iter().cloned();
        state.outbox.extend(rows.map(|notification| OutboxRow { notification, claim: None }));
        Ok(stored)
    }

    fn checks(&self, id: AlertId, filter: CheckFilter, page: Page) -> RepositoryResult<Paged<ToldCheck>> {
        let state = self.state()?;
        let is_asked_for = |check: &&AlertCheck| {
            check.alert == id
                && filter.from.is_none_or(|from| check.created_at >= from)
                && filter.to.is_none_or(|to| check.created_at <= to)
        };
        let mut checks: Vec<&AlertCheck> = state.checks.iter().filter(is_asked_for).collect();
        checks.sort_by_key(|check| Reverse((check.created_at, check.id)));
        Ok(Paged::cut(checks, page).map(|check| state.told(check)))
    }

    fn delete_checks(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        let mut state = self.state()?;
        let n_before = state.checks.len();
        let State { checks, outbox, .. } = &mut *state;
        checks.retain(|check| check.created_at >= before);
        outbox.retain(|row| checks.iter().any(|check| check.id == row.notification.check));
        Ok(n_before - checks.len())
    }

    fn claim(
        &self,
        claim: Claim,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> RepositoryResult<Vec<Notification>> {
        let mut state = self.state()?;
        let is_free = |row: &&mut OutboxRow| {
            let notification = &row.notification;
            notification.state == DeliveryState::Pending
                && notification.next_attempt_at <= now
                && row.claim.is_none_or(|(_, until)| until <= now)
        };
        let mut free: Vec<&mut OutboxRow> = state.outbox.iter_mut().filter(is_free).collect();
        free.sort_by_key(|row| (row.notification.next_attempt_at, row.notification.id));
        free.truncate(limit as usize);
        let claimed = free.into_iter().map(|row| {
            row.claim = Some((claim, until));
            row.notification.clone()
        });
        Ok(claimed.collect())
    }

    fn settle(&self, notification: Uuid, claim: Claim, settlement: &Settlement) -> RepositoryResult<bool> {
        let mut state = self.state()?;
        let is_claimed =
            |row: &&mut OutboxRow| row.notification.id == notification && row.claim.is_some_and(|(by, _)| by == claim);
        let Some(row) = state.outbox.iter_mut().find(is_claimed) else { return Ok(false) };
        row.claim = None;
        let notification = &mut row.notification;
        notification.attempts += 1;
        match settlement {
            Settlement::Sent => {
                notification.state = DeliveryState::Sent;
                notification.last_error = None;
            }
            Settlement::Retry { error, at } => {
                notification.last_error = Some(error.clone());
                notification.next_attempt_at = *at;
            }
            Settlement::Failed { error } => {
                notification.state = DeliveryState::Failed;
                notification.last_error = Some(error.clone());
            }
        }
        Ok(true)
    }
}
