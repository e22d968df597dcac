//! The live tails of logs: how many each project may have, and their end when the server stops.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use insights_core::ids::ProjectId;
use tokio::sync::watch;

use crate::error::ApiError;

/// Most tails of a project at once.
const MAX_TAILS: usize = 20;
/// When one may be free again, in seconds.
const RETRY_AFTER_SECONDS: u64 = 30;

/// The tails of one server.
#[derive(Debug)]
pub(crate) struct LogTails {
    open: Arc<Mutex<HashMap<ProjectId, usize>>>,
    ending: watch::Sender<bool>,
}

/// The place of one tail, free again when dropped.
#[derive(Debug)]
pub(crate) struct TailPlace {
    open: Arc<Mutex<HashMap<ProjectId, usize>>>,
    project: ProjectId,
    ending: watch::Receiver<bool>,
}

impl Default for LogTails {
    fn default() -> Self {
        Self { open: Arc::default(), ending: watch::channel(false).0 }
    }
}

impl LogTails {
    /// A place for one more tail of the project.
    ///
    /// # Errors
    /// A 429 where the project has as many as it may.
    pub(crate) fn enter(&self, project: ProjectId) -> Result<TailPlace, ApiError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let n_tails = open.entry(project).or_default();
        if *n_tails >= MAX_TAILS {
            return Err(ApiError::throttled(RETRY_AFTER_SECONDS));
        }
        *n_tails += 1;
        Ok(TailPlace { open: Arc::clone(&self.open), project, ending: self.ending.subscribe() })
    }

    /// Lets all of them end, and those that are still to come.
    pub(crate) fn end(&self) {
        self.ending.send_replace(true);
    }
}

impl TailPlace {
    /// Whether the tail is to end.
    pub(crate) fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }

    /// Waits until the tail is to end.
    pub(crate) async fn ending(&mut self) {
        // An error says that the server is gone.
        let _ = self.ending.wait_for(|ending| *ending).await;
    }
}

impl Drop for TailPlace {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n_tails) = open.get_mut(&self.project) {
            *n_tails -= 1;
            if *n_tails == 0 {
                open.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_so_many_tails_and_no_more() {
        let tails = LogTails::default();
        let mut places: Vec<TailPlace> = (0..MAX_TAILS).map(|_| tails.enter(ProjectId(1)).unwrap()).collect();
        assert!(tails.enter(ProjectId(1)).is_err());
        assert!(tails.enter(ProjectId(2)).is_ok());
        places.pop();
        places.push(tails.enter(ProjectId(1)).unwrap());
        assert!(!places[0].is_ending());
        tails.end();
        assert!(places.iter().all(TailPlace::is_ending) && tails.enter(ProjectId(2)).unwrap().is_ending());
        drop(places);
        assert!(tails.open.lock().unwrap().is_empty());
    }
}
