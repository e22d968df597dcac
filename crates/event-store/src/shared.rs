//! What the store's threads and its callers share.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, RwLock};

use insights_core::ids::ProjectId;
use rustc_hash::FxHashMap;

use crate::config::StoreConfig;
use crate::manifest::{Layout, Manifest};
use crate::persons::Persons;
use crate::project::{Project, ProjectState};
use crate::uuids::UuidSet;

/// What the store's threads and its callers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: StoreConfig,
    pub(crate) layout: Layout,
    pub(crate) projects: RwLock<FxHashMap<ProjectId, Arc<Project>>>,
    /// As it is on disk.
    pub(crate) manifest: Mutex<Manifest>,
    /// The number for the next file; those in between that came to nothing stay unused.
    pub(crate) next_file: AtomicU64,
    /// Bytes of the log that have not been cleared away.
    pub(crate) log_bytes: AtomicU64,
    /// Events in memory that are on their way to segments.
    pub(crate) frozen_rows: AtomicUsize,
    /// Sets of events on their way to segments.
    pub(crate) n_flushes_waiting: AtomicUsize,
}

impl Shared {
    /// The project, if it has ever had an event.
    pub(crate) fn project(&self, id: ProjectId) -> Option<Arc<Project>> {
        self.projects.read().expect("no writer of this lock panics").get(&id).cloned()
    }

    /// The project, made where it is new.
    pub(crate) fn project_or_new(&self, id: ProjectId) -> Arc<Project> {
        if let Some(project) = self.project(id) {
            return project;
        }
        let mut projects = self.projects.write().expect("no writer of this lock panics");
        let new = || Arc::new(Project::new(id, UuidSet::default(), ProjectState { persons: Persons::default(), ..ProjectState::default() }));
        Arc::clone(projects.entry(id).or_insert_with(new))
    }
}
