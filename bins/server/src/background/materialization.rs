//! Computing results of endpoints that are due, and removing those that nobody wants.
//!
//! Each is computed under a lease of its own, so that it is computed once however many servers run.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::{rt, web};
use endpoints::model::Endpoint;
use futures::StreamExt;
use futures::stream::iter;

use super::leases::under_lease;
use super::{Stopping, every};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;

/// How often objects are looked for that nothing is known of.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// Results that are computed at the same time.
const REFRESHED_AT_ONCE: usize = 2;

/// The lease of whoever looks for objects that nothing is known of.
const SWEEP: &str = "materialization-sweep";

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefreshRound {
    /// Results that nobody wanted any more, and were removed.
    pub n_removed: usize,
    /// Endpoints that were found due.
    pub n_due: usize,
    /// Results that this server computed.
    pub n_refreshed: usize,
    /// Results that this server could not compute.
    pub n_failed: usize,
}

/// Begins to compute what is due every `interval`, and at once where something changed.
pub(super) fn start(state: &web::Data<AppState>, interval: Duration, stopping: &Stopping) -> [JoinHandle<()>; 2] {
    let (refreshing, sweeping, mut stop) = (state.clone(), state.clone(), stopping.clone());
    let rounds = rt::spawn(async move {
        let mut ticks = rt::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.asked_for() => return,
                () = refreshing.materializer.woken() => {}
                _ = ticks.tick() => {}
            }
            if stop.is_asked_for() {
                return;
            }
            refresh_due(&refreshing, &|| stop.is_asked_for()).await;
        }
    });
    let sweeps = every(SWEEP_INTERVAL, stopping.clone(), move |_| {
        let state = sweeping.clone();
        async move {
            // what fails is in the log
            let _ = sweep(&state).await;
        }
    });
    [rounds, sweeps]
}

/// Computes the results that are due, until `stop` says to begin no more.
pub(crate) async fn refresh_due(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> RefreshRound {
    let n_removed = state.materializer.remove_unwanted().await;
    let service = state.materializer.service().clone();
    // What fails below is in the log, and the round after tries again.
    let Ok(due) = blocking(move || service.due()).await else { return RefreshRound::default() };
    let n_due = due.len();
    let refreshes = due
        .into_iter()
        .map(|endpoint| async move { if stop() { Ok(None) } else { refresh_under_lease(state, endpoint).await } });
    let results: Vec<_> = iter(refreshes).buffer_unordered(REFRESHED_AT_ONCE).collect().await;
    let count = |wanted| results.iter().filter(|result| matches!(result, Ok(Some(found)) if *found == wanted)).count();
    RefreshRound { n_removed, n_due, n_refreshed: count(true), n_failed: count(false) }
}

/// Removes the objects that nothing is known of, unless another server is at it, and tells how many.
pub(crate) async fn sweep(state: &web::Data<AppState>) -> Result<usize, ApiError> {
    let patience = state.materializer.patience();
    let swept = under_lease(state, SWEEP.to_owned(), patience, state.materializer.remove_orphans()).await?;
    let n_orphans = swept.unwrap_or(0);
    if n_orphans > 0 {
        tracing::info!(n_orphans, "removed results that nothing is known of");
    }
    Ok(n_orphans)
}

/// Computes one result unless another server is at it; whether it is there then, where it was to be computed.
async fn refresh_under_lease(state: &web::Data<AppState>, endpoint: Endpoint) -> Result<Option<bool>, ApiError> {
    let lease = format!("materialization:{}", endpoint.id);
    let refreshed = under_lease(state, lease, state.materializer.patience(), state.materializer.refresh(endpoint));
    Ok(refreshed.await?.flatten())
}
