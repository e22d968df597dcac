//! The one thread that takes records in: it takes all batches that wait, makes them durable with one sync, makes them visible, and
//! answers whoever waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use insights_core::ids::ProjectId;
use journal::wal::Wal;
use logs::record::{LogRecord, StoredLog};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::oneshot;

use crate::batch::Batch;
use crate::error::StoreError;
use crate::flush::{FlushJob, FlushPart};
use crate::memtable::memory_bytes;
use crate::shared::Shared;

/// Most bytes that are made durable together, unless one batch alone is larger.
const GROUP_BYTES: usize = 32 << 20;
/// Sets of records that may wait for the flusher before no more are handed to it.
const MAX_FLUSHES_WAITING: usize = 1;
/// How many times the rows and bytes of a flush may be in memory before more have to wait.
const MEMORY_FACTOR: usize = 2;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// To store records.
    Append { batch: Batch, answer: oneshot::Sender<Result<(), StoreError>> },
    /// To hand all records in memory to the flusher, which answers.
    Flush { answer: Sender<Result<(), StoreError>> },
}

/// The state of the writer's thread.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    wal: Wal,
    flusher: Sender<FlushJob>,
    unflushed: Unflushed,
}

/// What is in memory and in the current file of the log only.
#[derive(Debug, Default)]
pub(crate) struct Unflushed {
    projects: FxHashSet<ProjectId>,
    n_rows: usize,
    n_bytes: usize,
    since: Option<Instant>,
}

impl Unflushed {
    /// Makes records visible, the first of which has the arrival `first`.
    pub(crate) fn apply(&mut self, shared: &Shared, project: ProjectId, first: u64, records: Vec<LogRecord>) {
        if records.is_empty() {
            return;
        }
        self.n_rows += records.len();
        self.n_bytes += records.iter().map(memory_bytes).sum::<usize>();
        self.projects.insert(project);
        self.since.get_or_insert_with(Instant::now);
        let project = shared.project_or_new(project);
        let mut state = project.write();
        for (arrival, record) in (first..).zip(records) {
            state.active.push(StoredLog { arrival, record });
            state.last_arrival = arrival;
        }
        let last_arrival = state.last_arrival;
        drop(state);
        project.arrivals.send_replace(last_arrival);
    }
}

type Waiter = (Batch, oneshot::Sender<Result<(), StoreError>>);

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, wal: Wal, flusher: Sender<FlushJob>, unflushed: Unflushed) -> Self {
        Self { shared, wal, flusher, unflushed }
    }

    /// Does what it is asked to until nobody is left who could ask, then hands over what is in memory.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let first = match self.unflushed.since {
                None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                // what is too much already is handed over as soon as the flusher can take it
                Some(_) if self.is_too_much() => commands.recv_timeout(Duration::from_millis(20)),
                Some(since) => commands.recv_timeout(self.shared.config.flush_after.saturating_sub(since.elapsed())),
            };
            match first {
                Ok(Command::Append { batch, answer }) => self.append_with_all_waiting((batch, answer), commands),
                Ok(Command::Flush { answer }) => self.freeze(Some(answer)),
                Err(RecvTimeoutError::Timeout) if self.is_too_much() => {}
                Err(RecvTimeoutError::Timeout) => self.freeze(None),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.is_full() {
                self.freeze(None);
            }
        }
        self.freeze(None);
    }

    fn append_with_all_waiting(&mut self, first: Waiter, commands: &Receiver<Command>) {
        let mut n_bytes = first.0.bytes.len();
        let mut group = vec![first];
        let mut flush = None;
        while n_bytes < GROUP_BYTES && flush.is_none() {
            match commands.try_recv() {
                Ok(Command::Append { batch, answer }) => {
                    n_bytes += batch.bytes.len();
                    group.push((batch, answer));
                }
                Ok(Command::Flush { answer }) => flush = Some(answer),
                Err(_) => break,
            }
        }
        self.append(group);
        if let Some(answer) = flush {
            self.freeze(Some(answer));
        }
    }

    /// Makes the batches durable, then visible, then answers.
    fn append(&mut self, group: Vec<Waiter>) {
        *self.shared.last_append.lock().expect("no holder of this lock panics") = Some(Instant::now());
        let firsts = self.first_arrivals(&group);
        if let Err(error) = self.wait_for_memory().and_then(|()| self.log(&group, &firsts)) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "logs could not be written to the write-ahead log"
            );
            let error = Arc::new(error);
            for (_, answer) in group {
                // whoever gave up waiting does not need the answer
                let _ = answer.send(Err(StoreError::Shared(Arc::clone(&error))));
            }
            return;
        }
        for ((batch, answer), first) in group.into_iter().zip(firsts) {
            self.unflushed.apply(&self.shared, batch.project, first, batch.records);
            let _ = answer.send(Ok(()));
        }
    }

    /// The arrival of each batch's first record.
    fn first_arrivals(&self, group: &[Waiter]) -> Vec<u64> {
        let mut next: FxHashMap<ProjectId, u64> = FxHashMap::default();
        let first = |(batch, _): &Waiter| {
            let last = || self.shared.project(batch.project).map_or(0, |project| project.read().last_arrival);
            let next = next.entry(batch.project).or_insert_with(|| last() + 1);
            let first = *next;
            *next += batch.records.len() as u64;
            first
        };
        group.iter().map(first).collect()
    }

    fn log(&mut self, group: &[Waiter], firsts: &[u64]) -> Result<(), StoreError> {
        let heads: Vec<_> = group.iter().zip(firsts).map(|((batch, _), first)| batch.head(*first)).collect();
        let parts: Vec<&[u8]> =
            group.iter().zip(&heads).flat_map(|((batch, _), head)| [&head[..], &batch.bytes[..]]).collect();
        Ok(self.wal.append(&parts)?)
    }

    /// Waits while more is in memory than may be, for as long as the flusher gets on.
    fn wait_for_memory(&mut self) -> Result<(), StoreError> {
        loop {
            let waiting_rows = self.unflushed.n_rows + self.shared.frozen_rows.load(Ordering::Relaxed);
            let config = &self.shared.config;
            if waiting_rows <= MEMORY_FACTOR * config.flush_rows
                && self.unflushed.n_bytes <= MEMORY_FACTOR * config.flush_bytes
            {
                return Ok(());
            }
            if self.shared.is_flush_failing.load(Ordering::Relaxed) {
                return Err(StoreError::Overloaded { waiting_rows });
            }
            if self.is_full() {
                self.freeze(None);
            }
            let guard = self.shared.waiting.lock().expect("nobody else has this lock");
            // a notification that comes before the wait is not missed for longer than this
            let waited = self.shared.flush_tried.wait_timeout(guard, Duration::from_millis(20));
            drop(waited.expect("nobody else has this lock"));
        }
    }

    fn is_too_much(&self) -> bool {
        let config = &self.shared.config;
        self.unflushed.n_rows >= config.flush_rows || self.unflushed.n_bytes >= config.flush_bytes
    }

    fn is_full(&self) -> bool {
        self.is_too_much() && self.shared.n_flushes_waiting.load(Ordering::Relaxed) < MAX_FLUSHES_WAITING
    }

    /// Hands what is in memory to the flusher and goes on in a new file of the log.
    fn freeze(&mut self, answer: Option<Sender<Result<(), StoreError>>>) {
        match self.flush_job(answer.clone()) {
            Ok(job) => {
                self.shared.n_flushes_waiting.fetch_add(1, Ordering::Relaxed);
                // the flusher ends only after the writer has
                let _ = self.flusher.send(job);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "logs in memory could not be handed over");
                // tried again when the memory is due the next time
                self.unflushed.since = self.unflushed.since.map(|_| Instant::now());
                if let Some(answer) = answer {
                    let _ = answer.send(Err(error));
                }
            }
        }
    }

    fn flush_job(&mut self, answer: Option<Sender<Result<(), StoreError>>>) -> Result<FlushJob, StoreError> {
        // after a start, what is in memory may stand in files of the log before the current one
        if self.unflushed.n_rows == 0 && self.wal.is_empty() {
            return Ok(FlushJob { log_floor: None, parts: Vec::new(), answer });
        }
        let log_floor = Some(self.wal.rotate()?);
        let unflushed = std::mem::take(&mut self.unflushed);
        let mut projects: Vec<ProjectId> = unflushed.projects.into_iter().collect();
        projects.sort_unstable();
        let parts = projects.into_iter().map(|id| {
            let project = self.shared.project_or_new(id);
            let mut state = project.write();
            let memtable = Arc::new(std::mem::take(&mut state.active));
            state.frozen.push(Arc::clone(&memtable));
            drop(state);
            self.shared.frozen_rows.fetch_add(memtable.n_rows(), Ordering::Relaxed);
            FlushPart { project, memtable }
        });
        Ok(FlushJob { log_floor, parts: parts.collect(), answer })
    }
}
