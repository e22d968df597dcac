//! Checking alerts that are due, and telling people what came of it.
//!
//! Each alert is checked under a lease of its own, so that it is checked once however many servers run. What is to be told goes through the outbox:
//! whoever claims a notification sends it.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use alerts::delivery::{Notification, Settlement};
use alerts::evaluation::evaluate;
use alerts::model::{Alert, AlertState};
use alerts::service::Job;
use chrono::TimeDelta;
use futures::StreamExt;
use futures::stream::iter;

use super::leases::under_lease;
use super::{Stopping, every};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::queries::QueryRights;
use crate::watched::series_of;

/// How often the outbox is looked at: a message waits no longer than this.
const SEND_INTERVAL: Duration = Duration::from_secs(10);

/// How often old checks are forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// Alerts that are checked at the same time.
const CHECKED_AT_ONCE: usize = 4;

/// Notifications that are sent at the same time, and claimed together.
const SENT_AT_ONCE: u32 = 8;

/// How much longer than a query may take a lease is held.
const LEASE_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// What a round of checks did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckRound {
    /// Alerts that were found due.
    pub n_due: usize,
    /// Alerts that were checked, and what came of it stored.
    pub n_checked: usize,
}

/// What a round of sending did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendRound {
    /// Notifications that their receivers took.
    pub n_sent: usize,
    /// Tries that failed, whether or not there will be another.
    pub n_failed: usize,
}

/// Begins to check every `interval`, and to send.
pub(super) fn start(state: &web::Data<AppState>, interval: Duration, stopping: &Stopping) -> [JoinHandle<()>; 3] {
    let (checking, sending, forgetting) = (state.clone(), state.clone(), state.clone());
    [
        every(interval, stopping.clone(), move |stopping| {
            let state = checking.clone();
            async move {
                check_due(&state, &|| stopping.is_asked_for()).await;
                send_due(&state, &|| stopping.is_asked_for()).await;
            }
        }),
        every(SEND_INTERVAL.min(interval), stopping.clone(), move |stopping| {
            let state = sending.clone();
            async move {
                send_due(&state, &|| stopping.is_asked_for()).await;
            }
        }),
        every(FORGET_INTERVAL, stopping.clone(), move |_| forget(forgetting.clone())),
    ]
}

/// Checks the alerts that are due, until `stop` says to begin no more.
pub(crate) async fn check_due(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> CheckRound {
    let services = state.clone();
    // What fails below is in the log, and the round after tries again.
    let Ok(due) = blocking(move || services.alerts.due()).await else { return CheckRound::default() };
    let n_due = due.len();
    let checks = due
        .into_iter()
        .map(|alert| async move { if stop() { Ok(None) } else { check_under_lease(state, &alert).await } });
    let results: Vec<Result<Option<AlertState>, ApiError>> =
        iter(checks).buffer_unordered(CHECKED_AT_ONCE).collect().await;
    let n_checked = results.iter().filter(|result| matches!(result, Ok(Some(_)))).count();
    CheckRound { n_due, n_checked }
}

/// Checks one alert unless another server is at it. The state that it has then, where it was checked.
async fn check_under_lease(state: &web::Data<AppState>, alert: &Alert) -> Result<Option<AlertState>, ApiError> {
    let duration = TimeDelta::from_std(state.limits.query_time).unwrap_or(LEASE_MARGIN) + LEASE_MARGIN;
    Ok(under_lease(state, format!("alert:{}", alert.id), duration, check(state, alert)).await?.flatten())
}

async fn check(state: &web::Data<AppState>, alert: &Alert) -> Result<Option<AlertState>, ApiError> {
    let (services, project, id) = (state.clone(), alert.project, alert.id);
    let Some(job) = blocking(move || services.alerts.begin(project, id)).await? else { return Ok(None) };
    let found = find(state, &job).await;
    let services = state.clone();
    let concluded = blocking(move || services.alerts.conclude(&job, found)).await?;
    Ok(concluded.map(|alert| {
        tracing::info!(alert = %alert.id, state = alert.status.state.name(), "checked an alert");
        alert.status.state
    }))
}

async fn find(state: &AppState, job: &Job) -> Result<alerts::evaluation::Evaluation, String> {
    let trend = job.trend.as_ref().map_err(Clone::clone)?;
    let window = job.window();
    let series = series_of(state, (&job.project, QueryRights::ALL), job.insight.id, trend, window.as_ref()).await;
    let series = series.map_err(|error| error.public_message())?;
    Ok(evaluate(&job.alert.settings, trend, &series))
}

/// Sends what is due, until `stop` says to begin no more.
pub(crate) async fn send_due(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> SendRound {
    let mut round = SendRound::default();
    while !stop() {
        let services = state.clone();
        let Ok((claim, claimed)) = blocking(move || services.alerts.claim(SENT_AT_ONCE)).await else { break };
        if claimed.is_empty() {
            break;
        }
        let sends = claimed.into_iter().map(|notification| async move {
            let result = state.notifiers.send(&notification, state.clock.now()).await;
            let settlement = Settlement::of(&notification, result, state.clock.now());
            tell_log(&notification, &settlement);
            let (services, id, is_sent) = (state.clone(), notification.id, settlement == Settlement::Sent);
            // Where this fails the claim ends by the clock, and the receiver gets the same notification again.
            blocking(move || services.alerts.settle(id, claim, &settlement)).await.map(|_| is_sent)
        });
        for is_sent in
            iter(sends).buffer_unordered(SENT_AT_ONCE as usize).collect::<Vec<_>>().await.into_iter().flatten()
        {
            if is_sent { round.n_sent += 1 } else { round.n_failed += 1 }
        }
    }
    round
}

/// The address is not logged: whoever knows it can often write there.
fn tell_log(notification: &Notification, settlement: &Settlement) {
    let (id, alert) = (notification.id, notification.alert);
    match settlement {
        Settlement::Sent => tracing::info!(notification = %id, %alert, "told that an alert fires"),
        Settlement::Retry { error, at } => {
            tracing::warn!(notification = %id, %alert, error, again_at = %at, "a notification could not be sent");
        }
        Settlement::Failed { error } => {
            tracing::error!(notification = %id, %alert, error, "a notification was given up");
        }
    }
}

async fn forget(state: web::Data<AppState>) {
    let forgotten = blocking(move || {
        let repositories = &state.storage.repositories;
        // Leases are let go of at once; those of servers that died are of no use to anyone after their time.
        repositories.leases.delete_expired(state.clock.now() - TimeDelta::days(1))?;
        state.alerts.forget_old_checks()
    });
    if let Ok(n_checks @ 1..) = forgotten.await {
        tracing::info!(n_checks, "forgot old checks of alerts");
    }
}
