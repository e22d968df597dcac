//! Writing down what happened to reports that nobody makes any more: their server was stopped or killed.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;

use super::{Stopping, every};
use crate::app::AppState;
use crate::blocking::blocking;

/// How often it is looked for such reports.
const INTERVAL: Duration = Duration::from_secs(5);

/// Begins to look.
pub(super) fn start(state: &web::Data<AppState>, stopping: &Stopping) -> JoinHandle<()> {
    let looking = state.clone();
    every(INTERVAL, stopping.clone(), move |_| {
        let state = looking.clone();
        async move {
            // What fails is in the log, and the round after tries again.
            if let Ok(n_settled @ 1..) = blocking(move || state.reports.settle_abandoned()).await {
                tracing::warn!(n_settled, "reports were given up by the servers that made them");
            }
        }
    })
}
