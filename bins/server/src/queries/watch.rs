//! Watching queries and stopping them, by their names.

use insights_core::ids::ProjectId;
use query_engine::control::QueryProgress;

use super::QueryService;
use super::error::QueryFailure;
use super::status::{QueryState, QueryStatus};

/// A query as it is seen from outside.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    /// Where it stands.
    pub(crate) status: QueryStatus,
    /// How far it is; `None` where it is not running on this server now.
    pub(crate) progress: Option<QueryProgress>,
}

/// What came of asking that a query be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// It was waiting or running, and stops.
    Cancelled,
    /// It had ended before.
    AlreadyComplete,
    /// It was running, and only the queue was to be left: it goes on.
    StillRunning,
    /// No query of that name is known.
    Unknown,
}

impl QueryService {
    /// The query of that name: one that was started in the background within the last 20 minutes, or one that a caller waits for now.
    pub(crate) async fn watch(&self, project: ProjectId, id: &str) -> Option<Watched> {
        let now = self.clock.now();
        let execution = self.callers.execution(project, id);
        let begun_at = execution.as_ref().and_then(|execution| execution.begun_at());
        let progress = execution.as_ref().and_then(|execution| execution.progress());
        if let Some(mut status) = self.statuses.get(project, id, now).await {
            status.picked_up_at = status.picked_up_at.or(begun_at);
            return Some(Watched { status, progress });
        }
        execution?;
        let status = QueryStatus::unkept(project, id.to_owned(), begun_at.unwrap_or(now), QueryState::Running);
        let status = QueryStatus { picked_up_at: begun_at, ..status };
        Some(Watched { status, progress })
    }

    /// Makes all who wait under that name stop waiting. The work stops where nobody waits for it under another name.
    ///
    /// With `dequeue_only` nothing happens to work that has left the queue.
    pub(crate) async fn cancel(&self, project: ProjectId, id: &str, dequeue_only: bool) -> Cancellation {
        let now = self.clock.now();
        let status = self.statuses.get(project, id, now).await;
        if status.as_ref().is_some_and(QueryStatus::is_complete) {
            return Cancellation::AlreadyComplete;
        }
        let is_running = self.callers.execution(project, id).is_some_and(|execution| execution.begun_at().is_some());
        if dequeue_only && is_running {
            return Cancellation::StillRunning;
        }
        let was_waited_for = self.callers.cancel(project, id);
        match status {
            Some(status) => {
                let state = QueryState::Failed(Some("The query was cancelled.".to_owned()));
                self.statuses.put(QueryStatus { ended_at: Some(now), state, ..status }).await;
                Cancellation::Cancelled
            }
            None if was_waited_for => Cancellation::Cancelled,
            None => Cancellation::Unknown,
        }
    }

    /// The status of a query that failed for a caller who waited: told once, kept nowhere.
    pub(crate) fn failure_status(&self, project: ProjectId, id: Option<&str>, failure: &QueryFailure) -> QueryStatus {
        let now = self.clock.now();
        let id = id.map_or_else(|| self.ids.uuid().to_string(), str::to_owned);
        let status = QueryStatus::unkept(project, id, now, QueryState::Failed(failure.public_message()));
        QueryStatus { ended_at: Some(now), ..status }
    }
}
