//! What the server does beside answering requests.

pub mod agent_sessions;
pub mod alerts;
mod cache;
mod leases;
pub mod logs;
pub mod materialization;
pub mod recordings;
mod reports;
pub mod videos;

use std::future::Future;
use std::time::Duration;

use actix_web::rt::{self, task::JoinHandle, time};
use actix_web::web;
use tokio::sync::watch;

use crate::app::AppState;
use crate::config::ServeConfig;

/// The running jobs of a server.
#[derive(Debug)]
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    jobs: Vec<JoinHandle<()>>,
}

/// Tells a job that it is to end.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Whether to begin nothing more.
    pub(crate) fn is_asked_for(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the job is to end, which it also is where nobody is left to ask for it.
    async fn asked_for(&mut self) {
        // An error says that the sender is gone.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// Begins all jobs, the first round of each at once.
pub(crate) fn start(state: &web::Data<AppState>, config: &ServeConfig) -> Background {
    let (stop, stopping) = watch::channel(false);
    let mut jobs = vec![cache::start(state.clone(), Stopping(stopping.clone()))];
    jobs.push(reports::start(state, &Stopping(stopping.clone())));
    jobs.extend(agent_sessions::start(state, &Stopping(stopping.clone())));
    if let Some(interval) = config.alerts.check_interval {
        jobs.extend(alerts::start(state, interval, &Stopping(stopping.clone())));
    }
    if let Some(interval) = config.recordings.check_interval {
        jobs.push(recordings::start(state, interval, &Stopping(stopping.clone())));
        jobs.push(videos::start(state, &Stopping(stopping.clone())));
    }
    if let Some(retention) = config.log_retention {
        jobs.push(logs::start(state, retention, &Stopping(stopping.clone())));
    }
    if let Some(interval) = config.materialization.interval {
        jobs.extend(materialization::start(state, interval, &Stopping(stopping)));
    }
    Background { stop, jobs }
}

impl Background {
    /// Lets every job finish what it is at, for `patience` at most.
    pub(crate) async fn stop(self, patience: Duration) {
        // An error says that all jobs have ended.
        let _ = self.stop.send(true);
        let aborts: Vec<_> = self.jobs.iter().map(JoinHandle::abort_handle).collect();
        if time::timeout(patience, futures::future::join_all(self.jobs)).await.is_err() {
            tracing::warn!("a background job did not end in time");
            aborts.into_iter().for_each(|job| job.abort());
        }
    }
}

/// Runs `round` now and every `interval` until the job is to end.
fn every<F: Future<Output = ()> + 'static>(
    interval: Duration,
    mut stopping: Stopping,
    mut round: impl FnMut(Stopping) -> F + 'static,
) -> JoinHandle<()> {
    rt::spawn(async move {
        let mut rounds = time::interval(interval);
        // A round that takes longer than the interval is followed by one, not by all that it held up.
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.asked_for() => return,
                _ = rounds.tick() => {}
            }
            if stopping.is_asked_for() {
                return;
            }
            round(stopping.clone()).await;
        }
    })
}
