//! The events and persons of one project.

use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use insights_core::ids::ProjectId;
use query_engine::dictionary::TextNumbers;
use query_engine::scan::EventColumn;
use rustc_hash::FxHashMap;

use crate::memtable::Memtable;
use crate::persons::Persons;
use crate::segment::Segment;
use crate::uuids::UuidSet;

/// One project.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    /// The uuids of all its events, for the writer alone.
    uuids: Mutex<UuidSet>,
    /// What numbers the texts of each column of its events, as long as any column is kept.
    texts: Mutex<FxHashMap<EventColumn, Weak<TextNumbers>>>,
    state: RwLock<ProjectState>,
}

/// What queries see of a project. Changed a whole batch at a time.
#[derive(Debug, Default)]
pub(crate) struct ProjectState {
    pub(crate) persons: Persons,
    /// The latest events.
    pub(crate) active: Memtable,
    /// Events on their way to segments, the earlier ones first.
    pub(crate) frozen: Vec<Arc<Memtable>>,
    /// In order of arrival within each month.
    pub(crate) segments: Vec<Arc<Segment>>,
}

impl Project {
    /// A project without events.
    pub(crate) fn empty(id: ProjectId) -> Self {
        Self::new(id, UuidSet::default(), ProjectState::default())
    }

    pub(crate) fn new(id: ProjectId, uuids: UuidSet, state: ProjectState) -> Self {
        Self { id, uuids: Mutex::new(uuids), texts: Mutex::default(), state: RwLock::new(state) }
    }

    pub(crate) fn uuids(&self) -> MutexGuard<'_, UuidSet> {
        self.uuids.lock().expect("no holder of this lock panics")
    }

    /// What numbers the texts of `column` of all its events.
    pub(crate) fn texts(&self, column: &EventColumn) -> Arc<TextNumbers> {
        let mut texts = self.texts.lock().expect("no holder of this lock panics");
        if let Some(known) = texts.get(column).and_then(Weak::upgrade) {
            return known;
        }
        texts.retain(|_, numbers| numbers.strong_count() > 0);
        let new = Arc::default();
        texts.insert(column.clone(), Arc::downgrade(&new));
        new
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, ProjectState> {
        self.state.read().expect("no writer of this lock panics")
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, ProjectState> {
        self.state.write().expect("no writer of this lock panics")
    }
}

impl ProjectState {
    /// The events that are not in segments, in order of arrival.
    pub(crate) fn memtables(&self) -> impl Iterator<Item = &Memtable> {
        self.frozen.iter().map(|memtable| &**memtable).chain([&self.active])
    }
}
