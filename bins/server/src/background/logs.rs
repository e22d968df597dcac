//! Taking old logs away.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use logs::store::{LogStore, Retention};

use super::{Stopping, every};
use crate::app::AppState;
use crate::error::Chain;

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(3600);

/// Begins to look every hour, the first time at once.
pub(super) fn start(state: &web::Data<AppState>, retention: Retention, stopping: &Stopping) -> JoinHandle<()> {
    let retaining = state.clone();
    every(INTERVAL, stopping.clone(), move |stopping| {
        let state = retaining.clone();
        async move {
            retain(&state, retention, &|| stopping.is_asked_for()).await;
        }
    })
}

/// Takes away what is not to be kept now, project by project, until `stop` says to begin no more. Tells how many logs went. The logs are this server's own, so that no other
/// one does it too.
pub(crate) async fn retain(state: &web::Data<AppState>, retention: Retention, stop: &dyn Fn() -> bool) -> u64 {
    let logs = &state.storage.logs;
    let now_us = state.clock.now().timestamp_micros();
    let mut n_removed = 0;
    for project in logs.projects() {
        if stop() {
            break;
        }
        match logs.retain(project, retention, now_us).await {
            Ok(0) => {}
            Ok(n_records) => {
                n_removed += n_records;
                tracing::info!(project.id = project.0, n_records, "took old logs away");
            }
            // The next round tries again.
            Err(error) => tracing::warn!(project.id = project.0, error = %Chain(&error), "old logs stay"),
        }
    }
    n_removed
}
