//! One project's records.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use insights_core::ids::ProjectId;
use tokio::sync::watch;

use crate::memtable::Memtable;
use crate::segment::Segment;

/// One project's records.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    state: RwLock<ProjectState>,
    /// The last arrival.
    pub(crate) arrivals: watch::Sender<u64>,
}

/// Where a project's records are. A clone is a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct ProjectState {
    /// Records that come in.
    pub(crate) active: Memtable,
    /// Records on their way to segments, the oldest first.
    pub(crate) frozen: Vec<Arc<Memtable>>,
    /// Records on disk.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Records that happened before are gone.
    pub(crate) floor_us: i64,
    /// The arrival of the last record.
    pub(crate) last_arrival: u64,
}

impl Default for ProjectState {
    fn default() -> Self {
        Self {
            active: Memtable::default(),
            frozen: Vec::new(),
            segments: Vec::new(),
            floor_us: i64::MIN,
            last_arrival: 0,
        }
    }
}

impl ProjectState {
    /// What is in memory.
    pub(crate) fn memtables(&self) -> impl Iterator<Item = &Memtable> {
        self.frozen.iter().map(|memtable| &**memtable).chain([&self.active])
    }
}

impl Project {
    pub(crate) fn new(id: ProjectId, state: ProjectState) -> Self {
        let arrivals = watch::Sender::new(state.last_arrival);
        Self { id, state: RwLock::new(state), arrivals }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, ProjectState> {
        self.state.read().expect("no writer of this lock panics")
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, ProjectState> {
        self.state.write().expect("no writer of this lock panics")
    }
}
