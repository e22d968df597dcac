//! From memory to segments, in the background.
//!
//! The steps stand in such an order that a stop between any two loses nothing and doubles nothing: the new files are written and
//! synced while nothing names them; the manifest, replaced as a whole, names them and at once moves the log's floor past what is in
//! them; only then are the events in memory exchanged for the segments and the old files of the log removed.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::column::CopiedColumn;
use crate::compact::CompactCommand;
use crate::error::StoreError;
use crate::manifest::{PersonFile, SegmentFile};
use crate::memtable::Memtable;
use crate::persons::Persons;
use crate::project::Project;
use crate::segment::{Segment, encode, month_of};
use crate::shared::Shared;
use journal::wal;

/// Everything that was in memory at one instant.
#[derive(Debug)]
pub(crate) struct FlushJob {
    /// The first record of the log that is not in the parts; `None` where there was nothing in memory.
    pub(crate) log_floor: Option<u64>,
    pub(crate) parts: Vec<FlushPart>,
    /// Who waits for it.
    pub(crate) answer: Option<Sender<Result<(), StoreError>>>,
}

/// What was in memory of one project.
#[derive(Debug)]
pub(crate) struct FlushPart {
    pub(crate) project: Arc<Project>,
    pub(crate) memtable: Arc<Memtable>,
    /// What changed of its persons.
    pub(crate) persons: Vec<u8>,
}

/// The state of the flusher's thread.
#[derive(Debug)]
pub(crate) struct Flusher {
    shared: Arc<Shared>,
    compactor: Sender<CompactCommand>,
    waiting: VecDeque<FlushJob>,
}

/// How long to wait before what failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Most files in the chain of a project's persons.
const MAX_CHAIN: usize = 32;
/// A chain whose later files are larger than the first and than this becomes one file.
const SMALL_CHAIN_BYTES: u64 = 1 << 20;

impl Flusher {
    pub(crate) fn new(shared: Arc<Shared>, compactor: Sender<CompactCommand>) -> Self {
        Self { shared, compactor, waiting: VecDeque::new() }
    }

    /// Writes what it is given until nobody is left who could give more.
    pub(crate) fn run(mut self, jobs: &Receiver<FlushJob>) {
        loop {
            let next = if self.waiting.is_empty() {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(RETRY_AFTER)
            };
            match next {
                Ok(job) => self.waiting.push_back(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.work();
        }
        self.work();
    }

    /// Does what waits, in order, up to the first that fails.
    fn work(&mut self) {
        while let Some(mut job) = self.waiting.pop_front() {
            let answer = job.answer.take();
            let done = self.flush(&job);
            if let Err(error) = &done {
                tracing::error!(error = error as &dyn std::error::Error, "events could not be written to segments");
            }
            let has_failed = done.is_err();
            self.shared.is_flush_failing.store(has_failed, Ordering::Relaxed);
            if let Some(answer) = answer {
                // whoever gave up waiting does not need the answer
                let _ = answer.send(done);
            }
            if has_failed {
                self.waiting.push_front(job);
                self.shared.flush_tried.notify_all();
                self.answer_the_others();
                return;
            }
            self.shared.n_flushes_waiting.fetch_sub(1, Ordering::Relaxed);
            self.shared.flush_tried.notify_all();
            // the compactor ends only after the flusher has
            let _ = self.compactor.send(CompactCommand::Look);
        }
    }

    fn answer_the_others(&mut self) {
        for answer in self.waiting.iter_mut().filter_map(|job| job.answer.take()) {
            let _ = answer.send(Err(StoreError::EarlierFlushFailed));
        }
    }

    fn flush(&self, job: &FlushJob) -> Result<(), StoreError> {
        let Some(log_floor) = job.log_floor else { return Ok(()) };
        let written = job.parts.iter().map(|part| self.write(part)).collect::<Result<Vec<_>, _>>()?;
        self.shared.change_manifest(|manifest| {
            for (part, files) in job.parts.iter().zip(&written) {
                let project = manifest.projects.entry(part.project.id).or_default();
                project.segments.extend(files.segments.iter().cloned());
                match &files.persons {
                    WrittenPersons::Added(file) => project.persons.push(file.clone()),
                    WrittenPersons::Rewritten(file) => project.persons = vec![file.clone()],
                }
            }
            manifest.log_floor = log_floor;
        })?;
        for (part, files) in job.parts.iter().zip(written) {
            let id = part.project.id;
            let segments = files
                .segments
                .into_iter()
                .map(|file| Arc::new(Segment::new(self.shared.layout.segment(id, file.file), file)));
            let mut state = part.project.write();
            let first = state.frozen.remove(0);
            debug_assert!(
                Arc::ptr_eq(&first, &part.memtable),
                "memtables are written in the order in which they were frozen"
            );
            state.segments.extend(segments);
            drop(state);
            self.shared.frozen_rows.fetch_sub(part.memtable.len(), Ordering::Relaxed);
            for replaced in files.replaced_persons {
                self.remove(&self.shared.layout.persons(id, replaced.file));
            }
        }
        self.clear_log(log_floor);
        Ok(())
    }

    /// Removes the files of the log of which everything is in segments. The job is done by now whether or not that succeeds.
    fn clear_log(&self, log_floor: u64) {
        let files = wal::files(&self.shared.layout.log()).unwrap_or_default();
        for (_, path) in files.iter().filter(|(first, _)| *first < log_floor) {
            self.remove(path);
        }
    }

    /// Removes a file that nothing names any more; one that stays is removed when the store is opened the next time.
    fn remove(&self, path: &std::path::Path) {
        if let Err(error) = self.shared.config.disk.remove(path) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a file that is not needed any more could not be removed"
            );
        }
    }

    fn write(&self, part: &FlushPart) -> Result<Written, StoreError> {
        let folder = self.shared.layout.project(part.project.id);
        self.shared.config.disk.create_folder(&folder)?;
        let memtable = &part.memtable;
        let distinct_ids = distinct_ids_of(memtable, &part.project);
        let mut rows_of_month: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for (row, &timestamp_us) in (0..).zip(&memtable.timestamps) {
            rows_of_month.entry(month_of(timestamp_us)).or_default().push(row);
        }
        let segments = rows_of_month
            .into_iter()
            .map(|(month, rows)| self.shared.write_segment(&part.project, month, memtable, &distinct_ids, &rows));
        let segments = segments.collect::<Result<Vec<_>, _>>()?;
        let (persons, replaced_persons) = self.write_persons(part)?;
        self.shared.config.disk.sync_folder(&folder)?;
        Ok(Written { segments, persons, replaced_persons })
    }

    /// Writes what changed of the persons, or all of them where the chain has become long.
    fn write_persons(&self, part: &FlushPart) -> Result<(WrittenPersons, Vec<PersonFile>), StoreError> {
        let id = part.project.id;
        let chain = self.shared.manifest().projects.get(&id).map(|files| files.persons.clone()).unwrap_or_default();
        let n_later: u64 = chain.iter().skip(1).map(|file| file.n_bytes).sum::<u64>() + part.persons.len() as u64;
        let is_heavy = chain.first().is_some_and(|base| n_later > base.n_bytes.max(SMALL_CHAIN_BYTES));
        if chain.len() < MAX_CHAIN && !is_heavy {
            return Ok((WrittenPersons::Added(self.write_person_file(part, &part.persons)?), Vec::new()));
        }
        // read back rather than copied from memory, where events that are not in this job have changed them further
        let mut persons = self.shared.layout.read_persons(id, &chain)?;
        persons.decode(&part.persons).expect("what was encoded in this process can be decoded");
        persons.mark_all_unsaved();
        let file = self.write_person_file(part, &persons.encode_unsaved())?;
        Ok((WrittenPersons::Rewritten(file), chain))
    }

    fn write_person_file(&self, part: &FlushPart, bytes: &[u8]) -> Result<PersonFile, StoreError> {
        let file = self.shared.take_file_number();
        let path = self.shared.layout.persons(part.project.id, file);
        self.shared.config.disk.write_new(&path, bytes)?;
        Ok(PersonFile { file, n_bytes: bytes.len() as u64, checksum: crc32fast::hash(bytes) })
    }
}

/// Files of one project that have been written and that nothing names yet.
struct Written {
    segments: Vec<SegmentFile>,
    persons: WrittenPersons,
    replaced_persons: Vec<PersonFile>,
}

enum WrittenPersons {
    Added(PersonFile),
    Rewritten(PersonFile),
}

/// The distinct id of each row.
pub(crate) fn distinct_ids_of(memtable: &Memtable, project: &Project) -> CopiedColumn {
    let codes = memtable.distinct_ids.iter().map(|&number| number + 1).collect();
    let state = project.read();
    let distinct_ids = state.persons.distinct_ids();
    CopiedColumn::copy(codes, distinct_ids.len(), |code| distinct_ids.text(code))
}

impl Shared {
    /// Encodes and writes a segment that nothing names yet.
    pub(crate) fn write_segment(
        &self,
        project: &Project,
        month: i64,
        memtable: &Memtable,
        distinct_ids: &CopiedColumn,
        rows: &[u32],
    ) -> Result<SegmentFile, StoreError> {
        let encoded = encode(memtable, distinct_ids, rows)?;
        let file = self.take_file_number();
        self.config.disk.write_new(&self.layout.segment(project.id, file), &encoded.bytes)?;
        Ok(encoded.into_file(file, month))
    }
}

impl crate::manifest::Layout {
    /// Reads a chain of person files.
    pub(crate) fn read_persons(
        &self,
        project: insights_core::ids::ProjectId,
        chain: &[PersonFile],
    ) -> Result<Persons, StoreError> {
        let mut persons = Persons::default();
        for file in chain {
            let path = self.persons(project, file.file);
            let bytes = std::fs::read(&path).map_err(StoreError::io(&path, "read"))?;
            if bytes.len() as u64 != file.n_bytes {
                let what = format!("the file should have {} bytes", file.n_bytes);
                return Err(StoreError::damaged(&path, bytes.len() as u64, what));
            }
            if crc32fast::hash(&bytes) != file.checksum {
                return Err(StoreError::damaged(&path, 0, "the file does not fit its checksum"));
            }
            persons.decode(&bytes).map_err(|error| StoreError::damaged(&path, error.at as u64, error.to_string()))?;
        }
        Ok(persons)
    }
}
