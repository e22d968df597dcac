//! What the store's threads and its callers share.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
use std::time::Instant;

use insights_core::ids::ProjectId;
use rustc_hash::FxHashMap;

use crate::config::LogStoreConfig;
use crate::error::StoreError;
use crate::manifest::{Layout, Manifest};
use crate::project::{Project, ProjectState};
use crate::segment::Details;

/// Segments of which the details stay in memory.
pub(crate) const CACHED_DETAILS: usize = 256;

/// What the store's threads and its callers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: LogStoreConfig,
    pub(crate) layout: Layout,
    pub(crate) projects: RwLock<FxHashMap<ProjectId, Arc<Project>>>,
    /// As it is on disk.
    pub(crate) manifest: Mutex<Manifest>,
    /// The number for the next files; those in between that came to nothing stay unused.
    pub(crate) next_file: AtomicU64,
    /// What is known of segments, by the numbers of their files.
    pub(crate) details: quick_cache::sync::Cache<u64, Arc<Details>>,
    /// Records in memory that are on their way to segments.
    pub(crate) frozen_rows: AtomicUsize,
    /// Sets of records on their way to segments.
    pub(crate) n_flushes_waiting: AtomicUsize,
    /// Whether the last attempt to write records to segments failed.
    pub(crate) is_flush_failing: AtomicBool,
    /// Notified after each attempt to write records to segments.
    pub(crate) flush_tried: Condvar,
    /// What the writer holds while it waits for that.
    pub(crate) waiting: Mutex<()>,
    /// Held while segments of any project are exchanged for others, so that two exchanges never take the same ones.
    pub(crate) exchanging: Mutex<()>,
    /// When records came in last.
    pub(crate) last_append: Mutex<Option<Instant>>,
    /// Whether work that can wait for the next start should.
    pub(crate) is_closing: AtomicBool,
}

impl Shared {
    /// The project, if it has ever had a record.
    pub(crate) fn project(&self, id: ProjectId) -> Option<Arc<Project>> {
        self.projects.read().expect("no writer of this lock panics").get(&id).cloned()
    }

    /// The project, made where it is new.
    pub(crate) fn project_or_new(&self, id: ProjectId) -> Arc<Project> {
        if let Some(project) = self.project(id) {
            return project;
        }
        let mut projects = self.projects.write().expect("no writer of this lock panics");
        Arc::clone(projects.entry(id).or_insert_with(|| Arc::new(Project::new(id, ProjectState::default()))))
    }

    /// All projects, in order.
    pub(crate) fn all_projects(&self) -> Vec<Arc<Project>> {
        let projects = self.projects.read().expect("no writer of this lock panics");
        let mut all: Vec<Arc<Project>> = projects.values().cloned().collect();
        all.sort_unstable_by_key(|project| project.id);
        all
    }

    /// Which files the store consists of.
    pub(crate) fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().expect("no holder of this lock panics")
    }

    /// Changes which files the store consists of, on disk first.
    pub(crate) fn change_manifest(&self, change: impl FnOnce(&mut Manifest)) -> Result<(), StoreError> {
        let mut manifest = self.manifest();
        let mut changed = manifest.clone();
        change(&mut changed);
        changed.next_file = self.next_file.load(Ordering::Relaxed);
        changed.write(&self.config.disk, self.layout.folder())?;
        *manifest = changed;
        Ok(())
    }

    /// A number that no file has had.
    pub(crate) fn take_file_number(&self) -> u64 {
        self.next_file.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether work that can wait for the next start should.
    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }
}
