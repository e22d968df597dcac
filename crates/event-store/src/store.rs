//! The store, opened.

mod open;

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{JoinHandle, Thread};

use async_trait::async_trait;
use capture::sink::{Appended, EventSink, SinkError};
use chrono::{DateTime, Utc};
use hogql_datafusion::DataFusionEngine;
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::logs::LogSource;
use query_engine::plan::{Output, Plan};
use query_engine::scan::{HogqlEngine, Scan, ScanRequest, ScanSource};
use query_engine::source::{EventSource, run_on_scan};
use tokio::sync::{Semaphore, oneshot};

use crate::batch::Batch;
use crate::compact::CompactCommand;
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::export::Export;
use crate::project::Project;
use crate::scan;
use crate::shared::Shared;
use crate::writer::Command;
use journal::wal;

/// Bytes of events that may wait for the writer; who brings more waits.
const QUEUE_KIB: usize = 128 << 10;
/// Batches of more bytes than this are taken apart on a thread for blocking work.
const LARGE_BATCH_BYTES: usize = 32 << 10;

/// An embedded store of events, open. The events of many projects share one write-ahead log and a few threads.
///
/// Dropping it writes what is in memory to segments, as [`Self::close`] does, but cannot tell of an error; nothing that was
/// acknowledged is lost by that.
#[derive(Debug)]
pub struct EventStore {
    reader: StoreReader,
    commands: Mutex<Option<Sender<Command>>>,
    compactor: Sender<CompactCommand>,
    queue: Semaphore,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Locked for as long as the store is open.
    _lock: std::fs::File,
}

/// What a project takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Events.
    pub events: u64,
    /// Of these, the ones in memory (and in the log) that are in no segment yet.
    pub events_in_memory: u64,
    /// Persons with a profile.
    pub persons: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of the segments and of the persons' files.
    pub bytes_on_disk: u64,
    /// Bytes of the write-ahead log, which all projects share.
    pub wal_bytes: u64,
}

impl EventStore {
    /// Opens the store in the configured data folder, which is made where it is missing: takes the folder's lock, removes files that
    /// an interrupted run left over, cuts off the torn tail of the log, and replays the log.
    ///
    /// # Errors
    /// [`StoreError::File`] where another process has the folder open, a file is not what was written, or of a newer version.
    pub fn open(config: StoreConfig) -> Result<Self, StoreError> {
        open::open(config)
    }

    /// Appends as [`EventSink::append`] does, blocking the calling thread: for bulk loading, several threads at once.
    ///
    /// # Errors
    /// Where nothing of the batch was stored.
    pub fn append_blocking(&self, project: ProjectId, events: Vec<Event>) -> Result<Appended, StoreError> {
        block_on(self.submit(Batch::prepare(project, events)?))
    }

    /// Writes all events that are in memory to segments and clears the log. Blocks until that is done.
    ///
    /// # Errors
    /// Where it is not done; it is then tried again later.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (answer, answered) = mpsc::channel();
        self.send(Command::Flush { answer })?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// Merges the segments of each month as far as they may grow, and makes merged persons one in them. Blocks until that is done.
    ///
    /// # Errors
    /// Where it is not done; the segments stay as they were.
    pub fn compact(&self) -> Result<(), StoreError> {
        let (answer, answered) = mpsc::channel();
        self.compactor.send(CompactCommand::All(answer)).map_err(|_| StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// The events of `project` from `from` on and before `until`, ordered by time; where a bound is `None`, from the first or to the
    /// last. Each is exactly the one that was stored, its properties an equal JSON object.
    ///
    /// Takes events as of now and reads them while the iterator goes on; a part of up to a month is in memory at once.
    pub fn export(&self, project: ProjectId, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Export {
        let project = self.shared().project(project).unwrap_or_else(|| Arc::new(Project::empty(project)));
        let bound = |instant: Option<DateTime<Utc>>, none| instant.map_or(none, |instant| instant.timestamp_micros());
        Export::new(&project, bound(from, i64::MIN), bound(until, i64::MAX))
    }

    /// Counts and sizes of `project`; all zero but for the log where it has no events.
    pub fn stats(&self, project: ProjectId) -> StoreStats {
        let shared = self.shared();
        let mut stats = StoreStats { wal_bytes: wal::n_bytes(&shared.layout.log()), ..StoreStats::default() };
        let Some(project) = shared.project(project) else { return stats };
        let state = project.read();
        stats.events_in_memory = state.memtables().map(|memtable| memtable.len() as u64).sum();
        stats.events = stats.events_in_memory + state.segments.iter().map(|segment| segment.file().n_rows).sum::<u64>();
        stats.persons = state.persons.n_profiles() as u64;
        stats.segments = state.segments.len() as u64;
        stats.bytes_on_disk = state.segments.iter().map(|segment| segment.file().n_bytes).sum();
        drop(state);
        let manifest = shared.manifest();
        if let Some(files) = manifest.projects.get(&project.id) {
            stats.bytes_on_disk += files.persons.iter().map(|file| file.n_bytes).sum::<u64>();
        }
        stats
    }

    /// Keys of the properties that events of `project` have or once had, in order. Reads no events, only what segments say of themselves.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn property_keys(&self, project: ProjectId) -> Result<BTreeSet<String>, StoreError> {
        let Some(project) = self.shared().project(project) else { return Ok(BTreeSet::new()) };
        let mut keys = BTreeSet::new();
        let segments = {
            let state = project.read();
            keys.extend(state.memtables().flat_map(|memtable| memtable.properties.keys().map(|key| key.to_string())));
            state.segments.clone()
        };
        for segment in segments {
            for key in segment.property_keys()? {
                if !keys.contains(key) {
                    keys.insert(key.to_owned());
                }
            }
        }
        Ok(keys)
    }

    /// The projects that have ever had an event, in order.
    pub fn projects(&self) -> Vec<ProjectId> {
        self.shared().all_projects().iter().map(|project| project.id).collect()
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.shared().config.data_dir.clone()
    }

    /// Writes all events that are in memory to segments and stops.
    ///
    /// # Errors
    /// Where they could not be written; they are in the log and will be there when the store is opened again.
    pub fn close(self) -> Result<(), StoreError> {
        let flushed = self.flush();
        drop(self);
        flushed
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.reader.shared
    }

    async fn submit(&self, batch: Batch) -> Result<Appended, StoreError> {
        // a batch that is larger than the whole queue waits until the queue is empty
        let n_kib = (batch.record.len() / 1024 + 1).min(QUEUE_KIB);
        let n_kib = u32::try_from(n_kib).expect("the queue is smaller than 4 TiB");
        let _room = self.queue.acquire_many(n_kib).await.map_err(|_| StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        self.send(Command::Append { batch, answer })?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    fn send(&self, command: Command) -> Result<(), StoreError> {
        let commands = self.commands.lock().expect("no holder of this lock panics");
        commands.as_ref().and_then(|commands| commands.send(command).ok()).ok_or(StoreError::Closed)
    }
}

impl Drop for EventStore {
    fn drop(&mut self) {
        self.shared().is_closing.store(true, Ordering::Relaxed);
        // the writer ends when nobody can ask it any more, then the flusher; the compactor is stopped by name
        let _ = self.compactor.send(CompactCommand::Stop);
        self.commands.lock().expect("no holder of this lock panics").take();
        for thread in std::mem::take(&mut *self.threads.lock().expect("no holder of this lock panics")) {
            if thread.join().is_err() {
                tracing::error!("a thread of the event store panicked");
            }
        }
    }
}

#[async_trait]
impl EventSink for EventStore {
    async fn append(&self, project: ProjectId, events: Vec<Event>) -> Result<Appended, SinkError> {
        let n_bytes: usize = events.iter().map(|event| event.properties.len()).sum();
        let prepared = if n_bytes > LARGE_BATCH_BYTES {
            let prepare = move || Batch::prepare(project, events);
            tokio::task::spawn_blocking(prepare).await.map_err(|error| SinkError::Unavailable(Box::new(error)))?
        } else {
            Batch::prepare(project, events)
        };
        let unavailable = |error| SinkError::Unavailable(Box::new(error));
        self.submit(prepared.map_err(unavailable)?).await.map_err(unavailable)
    }
}

/// The part of a store that reads, which may be on its way on another thread.
#[derive(Clone, Debug)]
struct StoreReader {
    shared: Arc<Shared>,
    logs: Option<Arc<dyn LogSource>>,
}

impl ScanSource for StoreReader {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        scan::scan(&self.shared, requests, control)
    }

    fn logs(&self) -> Option<&dyn LogSource> {
        self.logs.as_deref()
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        Some(&DataFusionEngine)
    }
}

impl ScanSource for EventStore {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        self.reader.scan(requests, control)
    }

    fn logs(&self) -> Option<&dyn LogSource> {
        self.reader.logs()
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        self.reader.hogql()
    }
}

#[async_trait]
impl EventSource for EventStore {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        let (plan, reader, control) = (plan.clone(), self.reader.clone(), control.clone());
        let run = move || run_on_scan(&plan, &reader, &control);
        tokio::task::spawn_blocking(run).await.map_err(|error| QueryError::Source(Box::new(error)))?
    }

    fn group_types(&self, project: ProjectId) -> Vec<String> {
        let project = self.shared().project(project);
        let names = project.map(|project| project.read().persons.group_types()).unwrap_or_default();
        names.iter().map(|name| name.to_string()).collect()
    }
}

/// Waits for `future` on this thread, with or without an asynchronous runtime around it.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests;
