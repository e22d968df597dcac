//! The store, opened.

mod open;

use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use async_trait::async_trait;
use insights_core::ids::ProjectId;
use journal::wal;
use logs::filter::LogFilter;
use logs::query::{
    AttributePage, AttributesQuery, RecordQuery, SparklineCount, SparklineQuery, ValueCount, ValuesQuery,
};
use logs::record::{LogRecord, StoredLog};
use logs::store::{LogStore, LogStoreError, RecordPage, Retention};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::logs::{LentLogs, LogRequest, LogSource};
use tokio::sync::{Semaphore, oneshot};

use crate::batch::Batch;
use crate::compact::{self, CompactCommand};
use crate::config::LogStoreConfig;
use crate::error::StoreError;
use crate::query::View;
use crate::shared::Shared;
use crate::writer::Command;

/// KiB of records that may wait for the writer; who brings more waits.
const QUEUE_KIB: usize = 64 << 10;

/// An embedded store of logs, open. The logs of many projects share one write-ahead log and a few threads.
///
/// Dropping it writes what is in memory to segments, as [`Self::close`] does, but cannot tell of an error; nothing that was
/// acknowledged is lost by that.
#[derive(Debug)]
pub struct EmbeddedLogStore {
    shared: Arc<Shared>,
    commands: Mutex<Option<Sender<Command>>>,
    compactor: Sender<CompactCommand>,
    queue: Semaphore,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Locked for as long as the store is open.
    _lock: std::fs::File,
}

/// What a project's logs take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Records.
    pub records: u64,
    /// Of these, the ones in memory (and in the write-ahead log) that are in no segment yet.
    pub records_in_memory: u64,
    /// Segments.
    pub segments: u64,
    /// Of these, the ones that will be packed more tightly.
    pub unsettled_segments: u64,
    /// Bytes of the segments and their indexes.
    pub bytes_on_disk: u64,
    /// Bytes of the write-ahead log, which all projects share.
    pub wal_bytes: u64,
}

impl EmbeddedLogStore {
    /// Opens the store in the configured data folder, which is made where it is missing: takes the store's lock, removes files that
    /// an interrupted run left over, cuts off the torn tail of the log, and replays the log.
    ///
    /// # Errors
    /// [`StoreError::File`] where another process has it open, or a file is not what was written.
    pub fn open(config: LogStoreConfig) -> Result<Self, StoreError> {
        open::open(config)
    }

    /// Writes all records that are in memory to segments and clears the log. Blocks until that is done.
    ///
    /// # Errors
    /// Where it is not done; it is then tried again later.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (answer, answered) = mpsc::channel();
        self.send(Command::Flush { answer })?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// Packs all segments tightly. Blocks until that is done.
    ///
    /// # Errors
    /// Where it is not done; the segments stay as they were.
    pub fn settle(&self) -> Result<(), StoreError> {
        let (answer, answered) = mpsc::channel();
        self.compactor.send(CompactCommand::All(answer)).map_err(|_| StoreError::Closed)?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    /// Counts and sizes of `project`; all zero but for the log where it has no records.
    pub fn stats(&self, project: ProjectId) -> LogStats {
        let mut stats = LogStats { wal_bytes: wal::n_bytes(&self.shared.layout.log()), ..LogStats::default() };
        let Some(project) = self.shared.project(project) else { return stats };
        let state = project.read();
        stats.records_in_memory = state.memtables().map(|memtable| memtable.n_rows() as u64).sum();
        stats.segments = state.segments.len() as u64;
        stats.records = stats.records_in_memory;
        for segment in &state.segments {
            stats.records += segment.file().n_rows;
            stats.bytes_on_disk += segment.file().n_bytes + segment.file().index_bytes;
            stats.unsettled_segments += u64::from(!segment.file().is_settled);
        }
        stats
    }

    /// The projects that have ever had a record, in order.
    pub fn projects(&self) -> Vec<ProjectId> {
        self.shared.all_projects().iter().map(|project| project.id).collect()
    }

    /// Writes all records that are in memory to segments and stops.
    ///
    /// # Errors
    /// Where they could not be written; they are in the log and will be there when the store is opened again.
    pub fn close(self) -> Result<(), StoreError> {
        let flushed = self.flush();
        drop(self);
        flushed
    }

    fn view(&self, project: ProjectId) -> View {
        View::new(&self.shared, project)
    }

    async fn submit(&self, batch: Batch) -> Result<(), StoreError> {
        // a batch that is larger than the whole queue waits until the queue is empty
        let n_kib = (batch.bytes.len() / 1024 + 1).min(QUEUE_KIB);
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

impl Drop for EmbeddedLogStore {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        // the writer ends when nobody can ask it any more, then the flusher; the compactor is stopped by name
        let _ = self.compactor.send(CompactCommand::Stop);
        self.commands.lock().expect("no holder of this lock panics").take();
        for thread in std::mem::take(&mut *self.threads.lock().expect("no holder of this lock panics")) {
            if thread.join().is_err() {
                tracing::error!("a thread of the log store panicked");
            }
        }
    }
}

/// Runs work that reads files on a thread for such work.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, QueryError> + Send + 'static,
) -> Result<T, QueryError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| QueryError::Source(Box::new(error)))?
}

impl From<StoreError> for LogStoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::BatchTooLarge { n_bytes, limit_bytes } => Self::TooLarge { n_bytes, limit_bytes },
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

#[async_trait]
impl LogStore for EmbeddedLogStore {
    async fn append(&self, project: ProjectId, records: Vec<LogRecord>) -> Result<(), LogStoreError> {
        if records.is_empty() {
            return Ok(());
        }
        Ok(self.submit(Batch::prepare(project, records)?).await?)
    }

    async fn records(
        &self,
        project: ProjectId,
        query: RecordQuery,
        control: QueryControl,
    ) -> Result<RecordPage, QueryError> {
        let view = self.view(project);
        blocking(move || view.records(&query, &control)).await
    }

    async fn sparkline(
        &self,
        project: ProjectId,
        query: SparklineQuery,
        control: QueryControl,
    ) -> Result<Vec<SparklineCount>, QueryError> {
        let view = self.view(project);
        blocking(move || view.sparkline(&query, &control)).await
    }

    async fn attributes(
        &self,
        project: ProjectId,
        query: AttributesQuery,
        control: QueryControl,
    ) -> Result<AttributePage, QueryError> {
        let view = self.view(project);
        blocking(move || view.attributes(&query, &control)).await
    }

    async fn values(
        &self,
        project: ProjectId,
        query: ValuesQuery,
        control: QueryControl,
    ) -> Result<Vec<ValueCount>, QueryError> {
        let view = self.view(project);
        blocking(move || view.values(&query, &control)).await
    }

    fn last_arrival(&self, project: ProjectId) -> u64 {
        self.shared.project(project).map_or(0, |project| project.read().last_arrival)
    }

    async fn wait_for_more(&self, project: ProjectId, arrival: u64) {
        let mut arrivals = self.shared.project_or_new(project).arrivals.subscribe();
        // the sender lives as long as the project, which the store keeps
        let _ = arrivals.wait_for(|last| *last > arrival).await;
    }

    async fn arrived_after(
        &self,
        project: ProjectId,
        after: u64,
        filter: LogFilter,
        limit: usize,
        control: QueryControl,
    ) -> Result<(Vec<StoredLog>, u64), QueryError> {
        let view = self.view(project);
        blocking(move || view.arrived_after(after, &filter, limit, &control)).await
    }

    async fn retain(&self, project: ProjectId, retention: Retention, now_us: i64) -> Result<u64, LogStoreError> {
        let Some(project) = self.shared.project(project) else { return Ok(0) };
        let shared = Arc::clone(&self.shared);
        let work = move || compact::retain(&shared, &project, retention, now_us);
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.map_err(|error| LogStoreError::Unavailable(Box::new(error)))??)
    }
}

impl LogSource for EmbeddedLogStore {
    fn lend(&self, requests: &[LogRequest], control: &QueryControl) -> Result<Vec<Box<dyn LentLogs>>, QueryError> {
        // one view of each project, so that all are as of one instant
        let mut views: Vec<(ProjectId, View)> = Vec::new();
        for request in requests {
            if !views.iter().any(|(project, _)| *project == request.project) {
                views.push((request.project, self.view(request.project)));
            }
        }
        let lent = requests.iter().map(|request| {
            let view = views.iter().find(|(project, _)| *project == request.project);
            view.expect("every project has a view").1.lend(request, control)
        });
        lent.collect()
    }
}

#[cfg(test)]
mod tests;
