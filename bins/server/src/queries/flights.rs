//! Coalescing: callers that want the same answer at the same time share one execution.
//!
//! The first caller for a key starts a flight, which runs as a task of its own; whoever comes while it is in the air waits for the same
//! result. Nobody owns a flight: a caller whose client goes away only gives up its [`Ticket`]. When the last ticket is gone the flight is
//! abandoned, which stops its work, and the next caller for the key starts afresh.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use chrono::{DateTime, Utc};
use query_engine::control::{QueryControl, QueryLimits, QueryProgress};
use tokio::sync::{Notify, watch};

/// The running work of one flight: seen by whoever watches it, stopped when nobody waits for it any more.
#[derive(Debug, Default)]
pub(crate) struct Execution {
    begun: OnceLock<Begun>,
    abandoned: AtomicBool,
    wake: Notify,
}

#[derive(Debug)]
struct Begun {
    at: DateTime<Utc>,
    control: QueryControl,
}

impl Execution {
    /// Starts the clock of the limits and gives the control to run under; `None` where nobody waits any more.
    pub(crate) fn begin(&self, limits: QueryLimits, now: DateTime<Utc>) -> Option<QueryControl> {
        let begun = self.begun.get_or_init(|| Begun { at: now, control: QueryControl::start(limits) });
        // Abandoning sets the flag first and then cancels what has begun: either it sees this control, or the flag is seen here.
        if self.abandoned.load(Ordering::SeqCst) {
            return None;
        }
        Some(begun.control.clone())
    }

    /// When the work left the queue; `None` while it waits there.
    pub(crate) fn begun_at(&self) -> Option<DateTime<Utc>> {
        self.begun.get().map(|begun| begun.at)
    }

    /// How far the work is; `None` while it waits in the queue.
    pub(crate) fn progress(&self) -> Option<QueryProgress> {
        self.begun.get().map(|begun| begun.control.progress())
    }

    /// Resolves once nobody waits any more. For the one task that runs the flight.
    pub(crate) async fn abandoned(&self) {
        while !self.abandoned.load(Ordering::SeqCst) {
            self.wake.notified().await;
        }
    }

    /// Stops the work: nobody waits any more.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
        if let Some(begun) = self.begun.get() {
            begun.control.cancel();
        }
        self.wake.notify_one();
    }
}

/// The flights in the air, by key. A clone is another handle on the same flights.
#[derive(Debug)]
pub(crate) struct Flights<T> {
    open: Arc<Mutex<HashMap<String, Open<T>>>>,
}

#[derive(Debug)]
struct Open<T> {
    execution: Arc<Execution>,
    landed: watch::Receiver<Option<T>>,
    n_tickets: usize,
}

/// Whether a caller started the flight or found it in the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Started it.
    Leader,
    /// Found it.
    Follower,
}

/// A caller's place on a flight; giving it up (dropping it) may end the flight.
#[derive(Debug)]
pub(crate) struct Ticket<T> {
    flights: Flights<T>,
    key: String,
    role: Role,
    execution: Arc<Execution>,
    landed: watch::Receiver<Option<T>>,
}

impl<T> Clone for Flights<T> {
    fn clone(&self) -> Self {
        Self { open: Arc::clone(&self.open) }
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { open: Arc::default() }
    }
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// A place on the flight for `key`; where none is in the air, `fly` starts one as a task of the present runtime.
    pub(crate) fn join<F>(&self, key: &str, fly: impl FnOnce(Arc<Execution>) -> F) -> Ticket<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut open = self.lock();
        if let Some(flight) = open.get_mut(key) {
            flight.n_tickets += 1;
            return self.ticket(key, Role::Follower, &flight.execution, &flight.landed);
        }
        let execution = Arc::new(Execution::default());
        let (land, landed) = watch::channel(None);
        let ticket = self.ticket(key, Role::Leader, &execution, &landed);
        open.insert(key.to_owned(), Open { execution: Arc::clone(&execution), landed, n_tickets: 1 });
        drop(open);
        let closing = Closing { flights: self.clone(), key: key.to_owned(), execution: Arc::clone(&execution) };
        let work = fly(execution);
        tokio::spawn(async move {
            let closing = closing;
            let result = work.await;
            // Closed before the result is told: who has been told and comes again finds no old flight.
            drop(closing);
            land.send_replace(Some(result));
        });
        ticket
    }

    /// Number of flights in the air.
    #[cfg(test)]
    pub(crate) fn n_open(&self) -> usize {
        self.lock().len()
    }

    fn ticket(
        &self,
        key: &str,
        role: Role,
        execution: &Arc<Execution>,
        landed: &watch::Receiver<Option<T>>,
    ) -> Ticket<T> {
        Ticket {
            flights: self.clone(),
            key: key.to_owned(),
            role,
            execution: Arc::clone(execution),
            landed: landed.clone(),
        }
    }
}

impl<T> Flights<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open<T>>> {
        self.open.lock().expect("no holder of this lock panics")
    }
}

/// Takes a flight off the list when its task ends, by a panic too.
struct Closing<T> {
    flights: Flights<T>,
    key: String,
    execution: Arc<Execution>,
}

impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        let mut open = self.flights.lock();
        if open.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.execution, &self.execution)) {
            open.remove(&self.key);
        }
    }
}

impl<T: Clone> Ticket<T> {
    /// The result; `None` where the flight's task panicked.
    pub(crate) async fn landed(&mut self) -> Option<T> {
        self.landed.wait_for(Option::is_some).await.ok()?.clone()
    }
}

impl<T> Ticket<T> {
    /// Whether this caller started the flight.
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// The work that the flight does.
    pub(crate) fn execution(&self) -> &Arc<Execution> {
        &self.execution
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        let mut open = self.flights.lock();
        let Some(flight) = open.get_mut(&self.key).filter(|flight| Arc::ptr_eq(&flight.execution, &self.execution))
        else {
            return;
        };
        flight.n_tickets -= 1;
        if flight.n_tickets == 0 {
            open.remove(&self.key);
            drop(open);
            self.execution.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    const LIMITS: QueryLimits =
        QueryLimits { max_time: Duration::from_secs(60), max_memory_bytes: 1 << 20, max_result_rows: 100 };

    #[tokio::test]
    async fn one_flight_serves_all_who_come_while_it_is_in_the_air() {
        let flights = Flights::default();
        let (land, landing) = oneshot::channel();
        let mut first = flights.join("k", |_| async { landing.await.unwrap() });
        let mut others: Vec<_> =
            (0..10).map(|_| flights.join("k", |_| async { unreachable!("k is in the air") })).collect();
        assert_eq!(first.role(), Role::Leader);
        land.send(5).unwrap();
        assert_eq!(first.landed().await, Some(5));
        for other in &mut others {
            assert_eq!((other.role(), other.landed().await), (Role::Follower, Some(5)));
        }
        assert_eq!(flights.n_open(), 0);
        assert_eq!(flights.join("k", |_| async { 6 }).landed().await, Some(6));
    }

    #[tokio::test]
    async fn a_leader_that_leaves_does_not_stop_its_followers() {
        let flights = Flights::default();
        let (land, landing) = oneshot::channel();
        let leader = flights.join("k", |_| async { landing.await.unwrap() });
        let mut follower = flights.join("k", |_| pending());
        drop(leader);
        land.send("done").unwrap();
        assert_eq!(follower.landed().await, Some("done"));
    }

    #[tokio::test]
    async fn the_last_to_leave_stops_the_work() {
        let flights: Flights<()> = Flights::default();
        let leader = flights.join("k", |_| pending());
        let follower = flights.join("k", |_| pending());
        let execution = Arc::clone(leader.execution());
        let control = execution.begin(LIMITS, DateTime::UNIX_EPOCH).unwrap();
        drop(leader);
        assert!(!control.is_cancelled());
        drop(follower);
        assert!(control.is_cancelled());
        execution.abandoned().await;
        assert!(execution.begin(LIMITS, DateTime::UNIX_EPOCH).is_none());
        assert_eq!(flights.n_open(), 0);
        assert_eq!(flights.join("k", |_| async {}).role(), Role::Leader);
    }

    #[tokio::test]
    async fn a_crashed_flight_is_told_and_gone() {
        let flights: Flights<()> = Flights::default();
        let mut ticket = flights.join("k", |_| async { panic!("a defect of the engine") });
        assert_eq!(ticket.landed().await, None);
        assert_eq!(flights.n_open(), 0);
    }
}
