//! Videos: telling recordings that theirs are there, and removing what is of no more use.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use chrono::TimeDelta;
use recordings::video::sweep::SweepRound;

use super::leases::under_lease;
use super::{Stopping, every};
use crate::app::AppState;
use crate::error::{ApiError, Chain};

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(60);

/// How long one server does it alone.
const LEASE: TimeDelta = TimeDelta::minutes(10);

/// Name of the lease.
const LEASE_NAME: &str = "videos";

/// Begins to look every minute.
pub(super) fn start(state: &web::Data<AppState>, stopping: &Stopping) -> JoinHandle<()> {
    let sweeping = state.clone();
    every(INTERVAL, stopping.clone(), move |stopping| {
        let state = sweeping.clone();
        async move {
            // What fails is in the log, and the round after tries again.
            let _ = sweep(&state, &|| stopping.is_asked_for()).await;
        }
    })
}

/// Does what is to be done now, unless another server is at it, until `stop` says to begin no more.
pub(crate) async fn sweep(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> Result<SweepRound, ApiError> {
    let swept = under_lease(state, LEASE_NAME.to_owned(), LEASE, async { Ok(state.videos.sweep(stop).await?) });
    let round = swept.await?.unwrap_or_default();
    for error in &round.failures {
        tracing::warn!(error = %Chain(error), "an upload of a video is left for the next round");
    }
    if round.n_removed > 0 || round.n_announced > 0 {
        tracing::info!(n_removed = round.n_removed, n_announced = round.n_announced, "looked after videos");
    }
    Ok(round)
}
