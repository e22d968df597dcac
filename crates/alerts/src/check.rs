//! What came of a check, and what it makes of an alert.

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::user::User;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::delivery::{DeliveryState, Notification, Target};
use crate::evaluation::{Anomaly, Evaluation};
use crate::message::Message;
use crate::model::{Alert, AlertId, AlertState};
use crate::schedule::Schedule;

/// How long checks are kept.
pub const RETENTION: TimeDelta = TimeDelta::days(14);

/// One look at an alert, or a snooze that began or ended.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertCheck {
    /// Its identity.
    pub id: Uuid,
    /// Of which alert.
    pub alert: AlertId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The number that was held against the bounds.
    pub value: Option<f64>,
    /// What the alert said from then on.
    pub state: AlertState,
    /// What else is known of it.
    pub detail: CheckDetail,
}

/// What else is known of a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckDetail {
    /// Why it could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What breaks the bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<String>,
    /// What the detector said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomaly: Option<Anomaly>,
    /// The e-mail addresses that were to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// The destinations that were to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Uuid>,
}

/// A check with what became of its notifications.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldCheck {
    /// The check.
    pub check: AlertCheck,
    /// What became of each of its notifications, in the order in which they were made.
    pub deliveries: Vec<Delivered>,
}

/// What became of a notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// The notification's identity.
    pub id: Uuid,
    /// To whom.
    pub target: Target,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// Everything that a check is to store, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// The alert as it is from then on, of the version that was checked.
    pub alert: Alert,
    /// The check.
    pub check: AlertCheck,
    /// Whom to tell.
    pub notifications: Vec<Notification>,
}

/// What a conclusion is drawn from.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    /// The alert as it was.
    pub alert: &'a Alert,
    /// What was found, or why nothing could be.
    pub evaluation: Result<Evaluation, String>,
    /// By what it is checked next.
    pub schedule: Schedule,
    /// Who is told by e-mail: the subscribers that are there.
    pub subscribers: &'a [User],
    /// When.
    pub now: DateTime<Utc>,
}

impl Findings<'_> {
    /// What is to be stored. Somebody is told where the alert begins to fire or to fail, and not as long as it goes on. `new_id` gives identities;
    /// `message` puts into words what is told.
    pub fn conclude(
        self,
        mut new_id: impl FnMut() -> Uuid,
        message: impl FnOnce(&Alert, &AlertCheck) -> Message,
    ) -> Conclusion {
        let Findings { alert, evaluation, schedule, subscribers, now } = self;
        let mut next = alert.clone();
        let (value, mut detail) = match evaluation {
            Ok(Evaluation { value, breaches, anomaly }) => {
                next.status.state = if breaches.is_empty() { AlertState::NotFiring } else { AlertState::Firing };
                (value, CheckDetail { breaches, anomaly, ..CheckDetail::default() })
            }
            Err(error) => {
                next.status.state = AlertState::Errored;
                (None, CheckDetail { error: Some(error), ..CheckDetail::default() })
            }
        };
        let has_begun = next.status.state != alert.status.state && next.status.state != AlertState::NotFiring;
        let mut targets = Vec::new();
        if has_begun {
            let email = |user: &User| Target::Email { address: user.profile.email.clone() };
            targets.extend(subscribers.iter().filter(|user| user.profile.is_active).map(email));
            targets.extend(alert.settings.destinations.iter().cloned().map(Target::Destination));
            next.status.last_notified_at = (!targets.is_empty()).then_some(now).or(alert.status.last_notified_at);
        }
        for target in &targets {
            match target {
                Target::Email { address } => detail.users.push(address.clone()),
                Target::Destination(destination) => detail.destinations.push(destination.id),
            }
        }
        next.settings.snoozed_until = None;
        next.status.last_value = value;
        next.status.last_checked_at = Some(now);
        next.status.next_check_at = Some(schedule.next(alert.status.next_check_at, now));
        let check =
            AlertCheck { id: new_id(), alert: alert.id, created_at: now, value, state: next.status.state, detail };
        let mut notifications = Vec::with_capacity(targets.len());
        if !targets.is_empty() {
            let message = message(&next, &check);
            notifications.extend(targets.into_iter().map(|target| Notification {
                id: new_id(),
                alert: alert.id,
                check: check.id,
                target,
                message: message.clone(),
                state: DeliveryState::Pending,
                attempts: 0,
                last_error: None,
                created_at: now,
                next_attempt_at: now,
            }));
        }
        Conclusion { alert: next, check, notifications }
    }
}
