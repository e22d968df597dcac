//! Opening the store.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread;

use insights_core::ids::ProjectId;
use rustc_hash::FxHashMap;
use tokio::sync::Semaphore;

use super::{EventStore, QUEUE_KIB, StoreReader};
use crate::column_cache::ColumnCache;
use crate::compact;
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::flush::Flusher;
use crate::manifest::{Layout, Manifest, ProjectFiles};
use crate::project::{Project, ProjectState};
use crate::segment::Segment;
use crate::shared::Shared;
use crate::uuids::UuidSet;
use crate::writer::{Unflushed, Writer, batches};
use journal::disk::{Disk, list_files, list_folders};
use journal::lock::lock_folder;
use journal::wal::{self, Wal};

pub(super) fn open(config: StoreConfig) -> Result<EventStore, StoreError> {
    let (disk, logs) = (config.disk.clone(), config.logs.clone());
    disk.create_folder(&config.data_dir)?;
    let lock = lock_folder(&config.data_dir, "hindsight.lock")?;
    let layout = Layout::new(&config.data_dir);
    let manifest = match Manifest::read(layout.folder())? {
        Some(manifest) => manifest,
        None => initialize(&disk, &layout)?,
    };
    remove_orphans(&disk, &layout, &manifest)?;
    let shared = Arc::new(Shared {
        projects: RwLock::new(read_projects(&layout, &manifest)?),
        next_file: AtomicU64::new(manifest.next_file),
        manifest: Mutex::new(manifest.clone()),
        frozen_rows: AtomicUsize::new(0),
        n_flushes_waiting: AtomicUsize::new(0),
        is_flush_failing: AtomicBool::new(false),
        flush_tried: Condvar::new(),
        waiting: Mutex::new(()),
        is_closing: AtomicBool::new(false),
        columns: ColumnCache::new(config.cache_bytes),
        layout,
        config,
    });
    let (wal, unflushed) = replay(&shared, &manifest)?;
    let (commands, receiver) = mpsc::channel();
    let (flush_jobs, flush_receiver) = mpsc::channel();
    let writer = Writer::new(Arc::clone(&shared), wal, flush_jobs, unflushed);
    let (compactor, compact_receiver) = mpsc::channel();
    let flusher = Flusher::new(Arc::clone(&shared), compactor.clone());
    let compacted = Arc::clone(&shared);
    let threads = vec![
        spawn("events-writer", move || writer.run(&receiver))?,
        spawn("events-flusher", move || flusher.run(&flush_receiver))?,
        spawn("events-compactor", move || compact::run(&compacted, &compact_receiver))?,
    ];
    Ok(EventStore {
        reader: StoreReader { shared, logs },
        commands: Mutex::new(Some(commands)),
        compactor,
        queue: Semaphore::new(QUEUE_KIB),
        threads: Mutex::new(threads),
        _lock: lock,
    })
}

/// Makes an empty store. The manifest comes last: where it is missing, nothing has ever been acknowledged.
fn initialize(disk: &Disk, layout: &Layout) -> Result<Manifest, StoreError> {
    let manifest = Manifest::empty();
    let has_records =
        wal::files(&layout.log())?.iter().any(|(first, _)| *first > manifest.log_floor) || layout.projects().exists();
    if has_records {
        return Err(StoreError::damaged(&Manifest::path(layout.folder()), 0, "the manifest is missing"));
    }
    disk.create_folder(layout.folder())?;
    disk.create_folder(&layout.log())?;
    Wal::create(disk, &layout.log(), manifest.log_floor)?;
    manifest.write(disk, layout.folder())?;
    Ok(manifest)
}

/// Removes files that the manifest does not name: those of flushes and compactions that did not come to their end.
fn remove_orphans(disk: &Disk, layout: &Layout, manifest: &Manifest) -> Result<(), StoreError> {
    disk.remove(&Manifest::path(layout.folder()).with_extension("new"))?;
    for (first, path) in wal::files(&layout.log())? {
        if first < manifest.log_floor {
            disk.remove(&path)?;
        }
    }
    for name in list_folders(&layout.projects())? {
        let Ok(project) = name.parse().map(ProjectId) else { continue };
        for file in list_files(&layout.project(project))? {
            let path = layout.project(project).join(file);
            let is_ours = path.extension().is_some_and(|extension| extension == "parquet" || extension == "persons");
            if is_ours && !manifest.names(layout, project, &path) {
                tracing::info!(file = %path.display(), "a file that was left over is removed");
                disk.remove(&path)?;
            }
        }
    }
    Ok(())
}

/// The projects as the manifest's files have them.
fn read_projects(layout: &Layout, manifest: &Manifest) -> Result<FxHashMap<ProjectId, Arc<Project>>, StoreError> {
    let read = |(&id, files): (&ProjectId, &ProjectFiles)| {
        let persons = layout.read_persons(id, &files.persons)?;
        let mut uuids = UuidSet::default();
        let mut segments = Vec::with_capacity(files.segments.len());
        for file in &files.segments {
            let segment = Segment::new(layout.segment(id, file.file), file.clone());
            for uuid in segment.uuids()? {
                uuids.insert(uuid);
            }
            segments.push(Arc::new(segment));
        }
        let state = ProjectState { persons, segments, ..ProjectState::default() };
        Ok((id, Arc::new(Project::new(id, uuids, state))))
    };
    manifest.projects.iter().map(read).collect()
}

/// Brings back what is in the log and in no segment, and cuts off a torn tail.
fn replay(shared: &Shared, manifest: &Manifest) -> Result<(Wal, Unflushed), StoreError> {
    let folder = shared.layout.log();
    let mut unflushed = Unflushed::default();
    let end = wal::replay(&folder, manifest.log_floor, |content| {
        for batch in batches(content)? {
            unflushed.apply(shared, &batch);
        }
        Ok(())
    })?;
    let disk = &shared.config.disk;
    if let Some(torn) = &end.torn {
        tracing::warn!(file = %torn.file.display(), offset = torn.offset, n_bytes = torn.n_bytes, "a torn record is cut off");
        if Some(&torn.file) != end.file.as_ref() {
            disk.remove(&torn.file)?;
        }
    }
    let Some(file) = end.file else {
        let what = format!("record {} of the log and those after it are missing", manifest.log_floor);
        return Err(StoreError::damaged(&folder, 0, what));
    };
    Ok((Wal::go_on(disk, file, end.n_bytes, end.next_record)?, unflushed))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>, StoreError> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map_err(StoreError::io(std::path::Path::new(name), "start the thread"))
}
