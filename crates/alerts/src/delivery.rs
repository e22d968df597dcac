//! Telling people and programs: an outbox that loses nothing, and what sends out of it.
//!
//! A notification is stored along with the check that asks for it, in one transaction. A sender claims what is due, sends it, and settles what came
//! of that. A sender that dies in between loses its claim by the clock, and another one tries again: the receiver may then see the same
//! notification twice, with the same id, and never another one in its place.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::destination::{Destination, DestinationKind};
use crate::message::Message;
use crate::model::AlertId;

/// How often sending is tried before it is given up: over about four hours.
pub const MAX_ATTEMPTS: u32 = 10;

/// How long the second try waits for; each one after waits twice as long.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(30);

/// How long a sender has a claim: longer than any client takes to send.
pub const CLAIM_DURATION: TimeDelta = TimeDelta::minutes(5);

/// The longest reason of a failure that is kept, in characters.
const MAX_ERROR_CHARACTERS: usize = 300;

/// Something to be told to someone.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Its identity, which goes with every try.
    pub id: Uuid,
    /// Of which alert.
    pub alert: AlertId,
    /// Of which check.
    pub check: Uuid,
    /// To whom.
    pub target: Target,
    /// What.
    pub message: Message,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When to try next.
    pub next_attempt_at: DateTime<Utc>,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Target {
    /// A user.
    Email {
        /// The user's address.
        address: String,
    },
    /// A program.
    Destination(Destination),
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// It is to be sent.
    Pending,
    /// Its receiver took it.
    Sent,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Sent, Self::Failed];

    /// The text on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Why sending failed. The texts are shown with the check: they hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Trying again may help.
    #[error("{0}")]
    Temporary(String),
    /// Trying again would fail again.
    #[error("{0}")]
    Permanent(String),
}

/// Sends notifications over one channel.
#[async_trait]
pub trait Notifier: Send + Sync + fmt::Debug {
    /// Sends it once, at `now` by the server's clock.
    ///
    /// # Errors
    /// [`SendError`], which says whether to try again.
    async fn send(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), SendError>;
}

/// Gives the keys that webhooks are signed with.
pub trait SigningKeys: Send + Sync + fmt::Debug {
    /// The key of the destination: a text that is the same as long as the destination is there.
    fn signing_key(&self, destination: Uuid) -> String;
}

/// A channel for each kind of target.
#[derive(Clone, Debug)]
pub struct Notifiers {
    /// E-mail; `None` where none is configured.
    pub email: Option<Arc<dyn Notifier>>,
    /// Webhooks.
    pub webhook: Arc<dyn Notifier>,
    /// Slack and what speaks like it.
    pub slack: Arc<dyn Notifier>,
}

impl Notifiers {
    /// Sends the notification over the channel of its target.
    ///
    /// # Errors
    /// The channel's; [`SendError::Permanent`] where there is no such channel.
    pub async fn send(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), SendError> {
        let channel = match &notification.target {
            Target::Email { .. } => self.email.as_ref().ok_or_else(|| {
                SendError::Permanent("this server has no mail server: HINDSIGHT_SMTP_URL is not set".to_owned())
            })?,
            Target::Destination(destination) => match destination.kind {
                DestinationKind::Webhook => &self.webhook,
                DestinationKind::Slack => &self.slack,
            },
        };
        channel.send(notification, now).await
    }
}

/// A sender's right to a notification, for [`CLAIM_DURATION`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim(pub Uuid);

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The receiver took it.
    Sent,
    /// It is to be tried again.
    Retry {
        /// Why.
        error: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It is given up.
    Failed {
        /// Why.
        error: String,
    },
}

impl Settlement {
    /// What comes of a try of `notification` that ended with `result` at `now`.
    pub fn of(notification: &Notification, result: Result<(), SendError>, now: DateTime<Utc>) -> Self {
        let cut = |error: String| error.chars().take(MAX_ERROR_CHARACTERS).collect();
        let attempts = notification.attempts + 1;
        match result {
            Ok(()) => Self::Sent,
            Err(SendError::Temporary(error)) if attempts < MAX_ATTEMPTS => {
                Self::Retry { error: cut(error), at: now + FIRST_RETRY * 2_i32.pow(attempts - 1) }
            }
            Err(error) => Self::Failed { error: cut(error.to_string()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::{AddressPolicy, DestinationUrl};

    fn tried(attempts: u32) -> Notification {
        let url = DestinationUrl::parse("https://example.com/", AddressPolicy::PublicOnly).unwrap();
        let destination = Destination { id: Uuid::nil(), kind: DestinationKind::Webhook, url };
        let now = DateTime::UNIX_EPOCH;
        Notification {
            id: Uuid::nil(),
            alert: AlertId(Uuid::nil()),
            check: Uuid::nil(),
            target: Target::Destination(destination),
            message: Message {
                is_error: false,
                at: now,
                project: 1,
                project_name: String::new(),
                alert: Uuid::nil(),
                alert_name: String::new(),
                insight: 1,
                insight_short_id: String::new(),
                insight_name: String::new(),
                check: Uuid::nil(),
                value: None,
                reasons: Vec::new(),
            },
            state: DeliveryState::Pending,
            attempts,
            last_error: None,
            created_at: now,
            next_attempt_at: now,
        }
    }

    #[track_caller]
    fn check(attempts: u32, result: Result<(), SendError>, expected: &str) {
        let settled = match Settlement::of(&tried(attempts), result, DateTime::UNIX_EPOCH) {
            Settlement::Sent => "sent".to_owned(),
            Settlement::Retry { error, at } => format!("{error} again after {} s", at.timestamp()),
            Settlement::Failed { error } => format!("{error} given up"),
        };
        assert_eq!(settled, expected);
    }

    #[test]
    fn failures_are_tried_again_later_and_later() {
        let temporary = || Err(SendError::Temporary("500".to_owned()));
        check(0, Ok(()), "sent");
        check(0, temporary(), "500 again after 30 s");
        check(1, temporary(), "500 again after 60 s");
        check(8, temporary(), "500 again after 7680 s");
        check(9, temporary(), "500 given up");
        check(0, Err(SendError::Permanent("no".to_owned())), "no given up");
    }

    #[test]
    fn targets_are_read_back_from_the_store() {
        for target in [tried(0).target, Target::Email { address: "a@example.com".to_owned() }] {
            let stored = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&stored).unwrap(), target);
        }
    }
}
