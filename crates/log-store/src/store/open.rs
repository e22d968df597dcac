//! Opening the store.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread;

use insights_core::ids::ProjectId;
use journal::disk::Disk;
use journal::lock::lock_folder;
use journal::wal::{self, Wal};
use rustc_hash::FxHashMap;
use tokio::sync::Semaphore;

use super::{EmbeddedLogStore, QUEUE_KIB};
use crate::batch::batches;
use crate::compact::{self, CompactCommand};
use crate::config::LogStoreConfig;
use crate::error::StoreError;
use crate::flush::Flusher;
use crate::manifest::{Layout, Manifest, ProjectFiles};
use crate::project::{Project, ProjectState};
use crate::segment::Segment;
use crate::shared::{CACHED_DETAILS, Shared};
use crate::writer::{Unflushed, Writer};

pub(super) fn open(config: LogStoreConfig) -> Result<EmbeddedLogStore, StoreError> {
    let disk = config.disk.clone();
    let layout = Layout::new(&config.data_dir);
    disk.create_folder(&config.data_dir)?;
    disk.create_folder(layout.folder())?;
    let lock = lock_folder(layout.folder(), "lock")?;
    let manifest = match Manifest::read(layout.folder())? {
        Some(manifest) => manifest,
        None => initialize(&disk, &layout)?,
    };
    remove_orphans(&disk, &layout, &manifest)?;
    let shared = Arc::new(Shared {
        projects: RwLock::new(projects(&layout, &manifest)),
        next_file: AtomicU64::new(manifest.next_file),
        manifest: Mutex::new(manifest.clone()),
        details: quick_cache::sync::Cache::new(CACHED_DETAILS),
        frozen_rows: AtomicUsize::new(0),
        n_flushes_waiting: AtomicUsize::new(0),
        is_flush_failing: AtomicBool::new(false),
        flush_tried: Condvar::new(),
        waiting: Mutex::new(()),
        exchanging: Mutex::new(()),
        last_append: Mutex::new(None),
        is_closing: AtomicBool::new(false),
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
        spawn("logs-writer", move || writer.run(&receiver))?,
        spawn("logs-flusher", move || flusher.run(&flush_receiver))?,
        spawn("logs-compactor", move || compact::run(&compacted, &compact_receiver))?,
    ];
    // what an earlier run left to be packed
    let _ = compactor.send(CompactCommand::Look);
    Ok(EmbeddedLogStore {
        shared,
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
    disk.create_folder(&layout.log())?;
    Wal::create(disk, &layout.log(), manifest.log_floor)?;
    manifest.write(disk, layout.folder())?;
    Ok(manifest)
}

/// Removes files that the manifest does not name: those of flushes and merges that did not come to their end.
fn remove_orphans(disk: &Disk, layout: &Layout, manifest: &Manifest) -> Result<(), StoreError> {
    disk.remove(&Manifest::path(layout.folder()).with_extension("new"))?;
    for (first, path) in wal::files(&layout.log())? {
        if first < manifest.log_floor {
            disk.remove(&path)?;
        }
    }
    for path in layout.left_over(manifest)? {
        tracing::info!(file = %path.display(), "a file that was left over is removed");
        disk.remove(&path)?;
    }
    Ok(())
}

/// The projects as the manifest has them.
fn projects(layout: &Layout, manifest: &Manifest) -> FxHashMap<ProjectId, Arc<Project>> {
    let project = |(&id, files): (&ProjectId, &ProjectFiles)| {
        let segment = |file: &crate::manifest::SegmentFile| {
            Arc::new(Segment::new(layout.segment(id, file.file), layout.index(id, file.file), file.clone()))
        };
        let state = ProjectState {
            segments: files.segments.iter().map(segment).collect(),
            floor_us: files.floor_us,
            last_arrival: files.last_arrival,
            ..ProjectState::default()
        };
        (id, Arc::new(Project::new(id, state)))
    };
    manifest.projects.iter().map(project).collect()
}

/// Brings back what is in the log and in no segment, and cuts off a torn tail.
fn replay(shared: &Shared, manifest: &Manifest) -> Result<(Wal, Unflushed), StoreError> {
    let folder = shared.layout.log();
    let mut unflushed = Unflushed::default();
    let end = wal::replay(&folder, manifest.log_floor, |content| {
        for batch in batches(content)? {
            unflushed.apply(shared, batch.project, batch.first_arrival, batch.records);
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
    spawned.map_err(StoreError::io(Path::new(name), "start the thread"))
}
