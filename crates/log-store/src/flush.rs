//! From memory to segments, in the background.
//!
//! The steps stand in such an order that a stop between any two loses nothing and doubles nothing: the new files are written and
//! synced while nothing names them; the manifest, replaced as a whole, names them and at once moves the log's floor past what is in
//! them; only then are the records in memory exchanged for the segments and the old files of the log removed.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use insights_core::ids::ProjectId;
use journal::wal;
use logs::record::StoredLog;

use crate::compact::CompactCommand;
use crate::error::StoreError;
use crate::manifest::SegmentFile;
use crate::memtable::Memtable;
use crate::project::Project;
use crate::segment::{Packing, Segment, encode};
use crate::shared::Shared;

/// Everything that was in memory at one instant.
#[derive(Debug)]
pub(crate) struct FlushJob {
    /// The first record of the log that is not in the parts; none where there was nothing in memory.
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
                tracing::error!(error = error as &dyn std::error::Error, "logs could not be written to segments");
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
                for answer in self.waiting.iter_mut().filter_map(|job| job.answer.take()) {
                    let _ = answer.send(Err(StoreError::EarlierFlushFailed));
                }
                return;
            }
            self.shared.n_flushes_waiting.fetch_sub(1, Ordering::Relaxed);
            self.shared.flush_tried.notify_all();
            // the compactor ends only after the flusher has
            let _ = self.compactor.send(CompactCommand::Look);
        }
    }

    fn flush(&self, job: &FlushJob) -> Result<(), StoreError> {
        let Some(log_floor) = job.log_floor else { return Ok(()) };
        let written = job.parts.iter().map(|part| self.write(part)).collect::<Result<Vec<_>, _>>()?;
        self.shared.change_manifest(|manifest| {
            for (part, segments) in job.parts.iter().zip(&written) {
                let files = manifest.projects.entry(part.project.id).or_default();
                let last = part.memtable.logs().last().map_or(0, |log| log.arrival);
                files.last_arrival = files.last_arrival.max(last);
                files.segments.extend(segments.iter().cloned());
            }
            manifest.log_floor = log_floor;
        })?;
        for (part, files) in job.parts.iter().zip(written) {
            let mut state = part.project.write();
            let first = state.frozen.remove(0);
            debug_assert!(
                Arc::ptr_eq(&first, &part.memtable),
                "memtables are written in the order in which they were frozen"
            );
            state.segments.extend(files.into_iter().map(|file| self.shared.segment(part.project.id, file)));
            drop(state);
            self.shared.frozen_rows.fetch_sub(part.memtable.n_rows(), Ordering::Relaxed);
        }
        self.clear_log(log_floor);
        Ok(())
    }

    fn write(&self, part: &FlushPart) -> Result<Vec<SegmentFile>, StoreError> {
        let floor_us = part.project.read().floor_us;
        let mut logs: Vec<Arc<StoredLog>> = part.memtable.logs().cloned().collect();
        logs.retain(|log| log.record.timestamp_us >= floor_us);
        logs.sort_unstable_by_key(|log| log.position());
        self.shared.write_segments(part.project.id, &logs, Packing::Fast)
    }

    /// Removes the files of the log of which everything is in segments. The job is done by now whether or not that succeeds.
    fn clear_log(&self, log_floor: u64) {
        let files = wal::files(&self.shared.layout.log()).unwrap_or_default();
        for (_, path) in files.iter().filter(|(first, _)| *first < log_floor) {
            self.remove(path);
        }
    }

    /// Removes a file that nothing names any more; one that stays is removed when the store is opened the next time.
    fn remove(&self, path: &Path) {
        if let Err(error) = self.shared.config.disk.remove(path) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a file that is not needed any more could not be removed"
            );
        }
    }
}

impl Shared {
    /// Writes segments of records that are sorted by position. Nothing names them yet.
    pub(crate) fn write_segments(
        &self,
        project: ProjectId,
        logs: &[Arc<StoredLog>],
        packing: Packing,
    ) -> Result<Vec<SegmentFile>, StoreError> {
        let disk = &self.config.disk;
        let folder = self.layout.project(project);
        disk.create_folder(&folder)?;
        let mut files = Vec::new();
        for logs in logs.chunks(self.config.max_segment_rows) {
            let encoded = encode(logs, self.take_file_number(), self.config.block_rows, packing)?;
            disk.write_new(&self.layout.segment(project, encoded.file.file), &encoded.parquet)?;
            disk.write_new(&self.layout.index(project, encoded.file.file), &encoded.index)?;
            files.push(encoded.file);
        }
        disk.sync_folder(&folder)?;
        Ok(files)
    }

    /// The segment in files that the manifest names.
    pub(crate) fn segment(&self, project: ProjectId, file: SegmentFile) -> Arc<Segment> {
        let (path, index) = (self.layout.segment(project, file.file), self.layout.index(project, file.file));
        Arc::new(Segment::new(path, index, file))
    }
}
