//! Notifications that are to be sent.

use std::collections::HashMap;

use ::alerts::check::{AlertCheck, Delivered};
use ::alerts::delivery::{Claim, DeliveryState, Notification, Settlement};
use ::alerts::model::AlertId;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};
use uuid::Uuid;

use super::WHAT;
use crate::connection::AnyConnection;
use crate::failure::{Failure, unreadable};
use crate::schema::alert_notifications;
use crate::values::{from_json, from_uuid, instant, json_text, stamp};

/// The conditions stand twice: PostgreSQL looks at those of the outer statement again where another one had the row first.
const CLAIM: &str = "UPDATE alert_notifications SET claim = $1, claimed_until = $2 WHERE id IN \
                     (SELECT id FROM alert_notifications WHERE state = 'pending' AND next_attempt_at <= $3 \
                      AND (claimed_until IS NULL OR claimed_until <= $4) ORDER BY next_attempt_at, id LIMIT $5) \
                     AND state = 'pending' AND (claimed_until IS NULL OR claimed_until <= $6)";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = alert_notifications, treat_none_as_default_value = false)]
struct NotificationRow {
    id: String,
    alert_id: String,
    check_id: String,
    position: i32,
    target: String,
    message: String,
    state: String,
    attempts: i32,
    last_error: Option<String>,
    created_at: NaiveDateTime,
    next_attempt_at: NaiveDateTime,
}

impl NotificationRow {
    fn new(notification: &Notification, position: usize) -> Self {
        Self {
            id: notification.id.to_string(),
            alert_id: notification.alert.to_string(),
            check_id: notification.check.to_string(),
            position: i32::try_from(position).unwrap_or(i32::MAX),
            target: json_text(&notification.target),
            message: json_text(&notification.message),
            state: notification.state.name().to_owned(),
            attempts: i32::try_from(notification.attempts).unwrap_or(i32::MAX),
            last_error: notification.last_error.clone(),
            created_at: stamp(notification.created_at),
            next_attempt_at: stamp(notification.next_attempt_at),
        }
    }

    fn into_notification(self) -> Result<Notification, Failure> {
        let state = DeliveryState::from_name(&self.state)
            .ok_or_else(|| unreadable(WHAT, format!("unknown state {} of a notification", self.state)))?;
        Ok(Notification {
            id: from_uuid(WHAT, &self.id)?,
            alert: AlertId(from_uuid(WHAT, &self.alert_id)?),
            check: from_uuid(WHAT, &self.check_id)?,
            target: from_json(WHAT, &self.target)?,
            message: from_json(WHAT, &self.message)?,
            state,
            attempts: u32::try_from(self.attempts).unwrap_or_default(),
            last_error: self.last_error,
            created_at: instant(self.created_at),
            next_attempt_at: instant(self.next_attempt_at),
        })
    }
}

pub(super) fn insert(connection: &mut AnyConnection, notifications: &[Notification]) -> Result<(), Failure> {
    for (position, notification) in notifications.iter().enumerate() {
        let row = NotificationRow::new(notification, position);
        diesel::insert_into(alert_notifications::table).values(row).execute(connection)?;
    }
    Ok(())
}

/// What became of the notifications of `checks`, by the checks' ids.
pub(super) fn delivered(
    connection: &mut AnyConnection,
    checks: &[AlertCheck],
) -> Result<HashMap<Uuid, Vec<Delivered>>, Failure> {
    let ids: Vec<String> = checks.iter().map(|check| check.id.to_string()).collect();
    let rows: Vec<NotificationRow> = alert_notifications::table
        .filter(alert_notifications::check_id.eq_any(ids))
        .order((alert_notifications::check_id, alert_notifications::position))
        .select(NotificationRow::as_select())
        .load(connection)?;
    let mut delivered: HashMap<Uuid, Vec<Delivered>> = HashMap::new();
    for row in rows {
        let Notification { id, check, target, state, attempts, last_error, .. } = row.into_notification()?;
        delivered.entry(check).or_default().push(Delivered { id, target, state, attempts, last_error });
    }
    Ok(delivered)
}

pub(super) fn claim(
    connection: &mut AnyConnection,
    claim: Claim,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Notification>, Failure> {
    let claim = claim.0.to_string();
    diesel::sql_query(CLAIM)
        .bind::<Text, _>(&claim)
        .bind::<Timestamp, _>(stamp(until))
        .bind::<Timestamp, _>(stamp(now))
        .bind::<Timestamp, _>(stamp(now))
        .bind::<BigInt, _>(i64::from(limit))
        .bind::<Timestamp, _>(stamp(now))
        .execute(connection)?;
    let rows: Vec<NotificationRow> = alert_notifications::table
        .filter(alert_notifications::claim.eq(&claim))
        .order((alert_notifications::next_attempt_at, alert_notifications::id))
        .select(NotificationRow::as_select())
        .load(connection)?;
    rows.into_iter().map(NotificationRow::into_notification).collect()
}

pub(super) fn settle(
    connection: &mut AnyConnection,
    notification: Uuid,
    claim: Claim,
    settlement: &Settlement,
) -> Result<bool, Failure> {
    use alert_notifications as row;

    let claimed = row::table.filter(row::id.eq(notification.to_string())).filter(row::claim.eq(claim.0.to_string()));
    let free = (
        row::claim.eq(None::<String>),
        row::claimed_until.eq(None::<NaiveDateTime>),
        row::attempts.eq(row::attempts + 1),
    );
    let n_settled = match settlement {
        Settlement::Sent => {
            let sent = (row::state.eq(DeliveryState::Sent.name()), row::last_error.eq(None::<String>));
            diesel::update(claimed).set((free, sent)).execute(connection)?
        }
        Settlement::Retry { error, at } => {
            let later = (row::last_error.eq(Some(error.clone())), row::next_attempt_at.eq(stamp(*at)));
            diesel::update(claimed).set((free, later)).execute(connection)?
        }
        Settlement::Failed { error } => {
            let failed = (row::state.eq(DeliveryState::Failed.name()), row::last_error.eq(Some(error.clone())));
            diesel::update(claimed).set((free, failed)).execute(connection)?
        }
    };
    Ok(n_settled > 0)
}
