//! The one thread that changes events and persons: it takes all batches that wait, makes them durable with one sync, applies them,
//! and answers whoever waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use capture::sink::Appended;
use insights_core::ids::ProjectId;
use rustc_hash::FxHashSet;
use tokio::sync::oneshot;

use crate::batch::{Batch, PreparedEvent};
use crate::error::StoreError;
use crate::flush::{FlushJob, FlushPart};
use crate::memtable::n_bytes_of;
use crate::persons::{Persons, Seen, Sighting};
use crate::shared::Shared;
use journal::wal::Wal;

/// Most bytes that are made durable together, unless one batch alone is larger.
const GROUP_BYTES: usize = 32 << 20;
/// Sets of events that may wait for the flusher before no more are handed to it.
const MAX_FLUSHES_WAITING: usize = 2;
/// How many times the rows and bytes of a flush may be in memory before batches are refused.
const MEMORY_FACTOR: usize = 6;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// To store a batch.
    Append { batch: Batch, answer: oneshot::Sender<Result<Appended, StoreError>> },
    /// To hand all events in memory to the flusher, which answers.
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
    /// Applies the events of `batch` that are new to the project; says how many are.
    pub(crate) fn apply(&mut self, shared: &Shared, batch: &Batch) -> Appended {
        let project = shared.project_or_new(batch.project);
        let mut uuids = project.uuids();
        let mut state = project.write();
        let state = &mut *state;
        let mut appended = Appended::default();
        for event in &batch.events {
            if !uuids.insert(event.uuid) {
                appended.duplicates += 1;
                continue;
            }
            let seen = see(&mut state.persons, event);
            state.active.push(event, seen);
            appended.accepted += 1;
            self.n_bytes += n_bytes_of(event);
        }
        if appended.accepted > 0 {
            self.projects.insert(batch.project);
            self.n_rows += appended.accepted;
            self.since.get_or_insert_with(Instant::now);
        }
        appended
    }
}

fn see(persons: &mut Persons, event: &PreparedEvent) -> Seen {
    persons.see(&Sighting {
        distinct_id: &event.distinct_id,
        timestamp_us: event.timestamp_us,
        has_profile: event.has_profile,
        group_types: &event.group_types,
        changes: &event.changes,
    })
}

type Waiter = (Batch, oneshot::Sender<Result<Appended, StoreError>>);

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, wal: Wal, flusher: Sender<FlushJob>, unflushed: Unflushed) -> Self {
        Self { shared, wal, flusher, unflushed }
    }

    /// Does what it is asked to until nobody is left who could ask, then hands over what is in memory.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let first = match self.unflushed.since {
                None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => commands.recv_timeout(self.shared.config.flush_after.saturating_sub(since.elapsed())),
            };
            match first {
                Ok(Command::Append { batch, answer }) => self.append_with_all_waiting((batch, answer), commands),
                Ok(Command::Flush { answer }) => self.freeze(Some(answer)),
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
        let mut n_bytes = first.0.record.len();
        let mut group = vec![first];
        let mut flush = None;
        while n_bytes < GROUP_BYTES && flush.is_none() {
            match commands.try_recv() {
                Ok(Command::Append { batch, answer }) => {
                    n_bytes += batch.record.len();
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

    /// Makes the batches durable, then visible, then answers. A batch without any new event has nothing to be made durable.
    fn append(&mut self, group: Vec<Waiter>) {
        let written = self.wait_for_memory().and_then(|()| self.log(&group));
        if let Err(error) = written {
            tracing::error!(error = &error as &dyn std::error::Error, "events could not be written to the log");
            let error = Arc::new(error);
            for (_, answer) in group {
                // whoever gave up waiting does not need the answer
                let _ = answer.send(Err(StoreError::Shared(Arc::clone(&error))));
            }
            return;
        }
        for (batch, answer) in group {
            let appended = self.unflushed.apply(&self.shared, &batch);
            let _ = answer.send(Ok(appended));
        }
    }

    fn log(&mut self, group: &[Waiter]) -> Result<(), StoreError> {
        let news: Vec<&Batch> = group.iter().map(|(batch, _)| batch).filter(|batch| self.has_news(batch)).collect();
        if news.is_empty() {
            return Ok(());
        }
        let lengths: Vec<[u8; 4]> = news.iter().map(|batch| length_bytes(&batch.record)).collect();
        let parts: Vec<&[u8]> =
            news.iter().zip(&lengths).flat_map(|(batch, length)| [&length[..], &batch.record[..]]).collect();
        Ok(self.wal.append(&parts)?)
    }

    fn has_news(&self, batch: &Batch) -> bool {
        let Some(project) = self.shared.project(batch.project) else { return !batch.events.is_empty() };
        let uuids = project.uuids();
        batch.events.iter().any(|event| !uuids.contains(event.uuid))
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

    fn is_full(&self) -> bool {
        let config = &self.shared.config;
        let is_full = self.unflushed.n_rows >= config.flush_rows || self.unflushed.n_bytes >= config.flush_bytes;
        is_full && self.shared.n_flushes_waiting.load(Ordering::Relaxed) < MAX_FLUSHES_WAITING
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
                tracing::error!(error = &error as &dyn std::error::Error, "events in memory could not be handed over");
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
            let persons = state.persons.encode_unsaved();
            drop(state);
            self.shared.frozen_rows.fetch_add(memtable.len(), Ordering::Relaxed);
            FlushPart { project, memtable, persons }
        });
        Ok(FlushJob { log_floor, parts: parts.collect(), answer })
    }
}

/// The batches of one record of the log.
pub(crate) fn batches(mut content: &[u8]) -> Result<Vec<Batch>, String> {
    let mut batches = Vec::new();
    while !content.is_empty() {
        let (length, rest) = content.split_first_chunk::<4>().ok_or("a batch without its length")?;
        let length = u32::from_le_bytes(*length) as usize;
        let (record, rest) = rest.split_at_checked(length).ok_or("a batch that is cut off")?;
        batches.push(Batch::decode(record)?);
        content = rest;
    }
    Ok(batches)
}

fn length_bytes(record: &[u8]) -> [u8; 4] {
    u32::try_from(record.len()).expect("a batch is smaller than 256 MiB").to_le_bytes()
}
