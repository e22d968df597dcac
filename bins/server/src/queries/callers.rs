//! Who waits for a query under which name, so that it can be watched and cancelled by that name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::ids::ProjectId;
use query_engine::error::QueryError;
use tokio::sync::Notify;

use super::error::QueryFailure;
use super::flights::{Execution, Role, Ticket};

type Name = (ProjectId, String);

/// The callers that wait now, by the names of their queries. A clone is another handle on the same callers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Callers {
    waiting: Arc<Mutex<HashMap<Name, Vec<Arc<Caller>>>>>,
}

#[derive(Debug)]
struct Caller {
    execution: Arc<Execution>,
    cancelled: Notify,
}

/// A caller that waits for a flight, known by its name until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    callers: Callers,
    name: Name,
    caller: Arc<Caller>,
    ticket: Ticket<Result<T, QueryFailure>>,
}

impl Callers {
    /// Lists the holder of `ticket` under the name `id`.
    pub(crate) fn enter<T>(&self, project: ProjectId, id: &str, ticket: Ticket<Result<T, QueryFailure>>) -> Waiting<T> {
        let caller = Arc::new(Caller { execution: Arc::clone(ticket.execution()), cancelled: Notify::new() });
        let name = (project, id.to_owned());
        self.lock().entry(name.clone()).or_default().push(Arc::clone(&caller));
        Waiting { callers: self.clone(), name, caller, ticket }
    }

    /// Makes everyone who waits under that name stop waiting, which stops the work where nobody else waits for it. Tells whether anyone was.
    pub(crate) fn cancel(&self, project: ProjectId, id: &str) -> bool {
        let callers = self.lock().get(&(project, id.to_owned())).cloned().unwrap_or_default();
        callers.iter().for_each(|caller| caller.cancelled.notify_one());
        !callers.is_empty()
    }

    /// The work that is waited for under that name; `None` where nobody waits.
    pub(crate) fn execution(&self, project: ProjectId, id: &str) -> Option<Arc<Execution>> {
        let waiting = self.lock();
        waiting.get(&(project, id.to_owned()))?.first().map(|caller| Arc::clone(&caller.execution))
    }

    /// Number of callers that wait, under any name.
    #[cfg(test)]
    pub(crate) fn n_waiting(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Vec<Arc<Caller>>>> {
        self.waiting.lock().expect("no holder of this lock panics")
    }
}

impl<T: Clone> Waiting<T> {
    /// The flight's result; [`QueryError::Cancelled`] where the name is cancelled before.
    pub(crate) async fn landed(&mut self) -> Result<T, QueryFailure> {
        tokio::select! {
            // What has landed is not lost to a cancellation at the same instant.
            biased;
            landed = self.ticket.landed() => landed.unwrap_or(Err(QueryFailure::Crashed)),
            () = self.caller.cancelled.notified() => Err(QueryError::Cancelled.into()),
        }
    }
}

impl<T> Waiting<T> {
    /// Whether this caller started the flight.
    pub(crate) fn role(&self) -> Role {
        self.ticket.role()
    }

    /// The work that is waited for.
    pub(crate) fn execution(&self) -> Arc<Execution> {
        Arc::clone(&self.caller.execution)
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        let mut waiting = self.callers.lock();
        if let Some(callers) = waiting.get_mut(&self.name) {
            callers.retain(|caller| !Arc::ptr_eq(caller, &self.caller));
            if callers.is_empty() {
                waiting.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures::FutureExt;

    use super::super::flights::Flights;
    use super::*;

    const PROJECT: ProjectId = ProjectId(1);

    #[tokio::test]
    async fn cancelling_a_name_leaves_other_names_and_projects_alone() {
        let (callers, flights) = (Callers::default(), Flights::<Result<(), QueryFailure>>::default());
        let mut mine = callers.enter(PROJECT, "mine", flights.join("k", |_| pending()));
        let mut other = callers.enter(PROJECT, "other", flights.join("k", |_| pending()));
        assert!(!callers.cancel(ProjectId(2), "mine"));
        assert!(mine.landed().now_or_never().is_none());
        assert!(callers.cancel(PROJECT, "mine"));
        assert!(mine.landed().await.unwrap_err().is_cancelled());
        drop(mine);
        assert!(callers.execution(PROJECT, "mine").is_none());
        assert!(callers.execution(PROJECT, "other").is_some());
        assert!(other.landed().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_cancellation_counts_from_the_moment_of_entering() {
        let (callers, flights) = (Callers::default(), Flights::<Result<(), QueryFailure>>::default());
        let mut waiting = callers.enter(PROJECT, "mine", flights.join("k", |_| pending()));
        assert!(callers.cancel(PROJECT, "mine"));
        assert!(waiting.landed().await.unwrap_err().is_cancelled());
    }
}
