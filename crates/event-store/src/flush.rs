//! Writing events in memory to segments, in the background.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};

use crate::error::StoreError;
use crate::memtable::Memtable;
use crate::project::Project;
use crate::shared::Shared;

/// Everything that was in memory at one instant.
#[derive(Debug)]
pub(crate) struct FlushJob {
    pub(crate) log_floor: Option<u64>,
    pub(crate) parts: Vec<FlushPart>,
    pub(crate) answer: Option<Sender<Result<(), StoreError>>>,
}

#[derive(Debug)]
pub(crate) struct FlushPart {
    pub(crate) project: Arc<Project>,
    pub(crate) memtable: Arc<Memtable>,
    pub(crate) persons: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Flusher { shared: Arc<Shared> }

impl Flusher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self { Self { shared } }
    pub(crate) fn run(self, jobs: &Receiver<FlushJob>) {
        while let Ok(job) = jobs.recv() {
            self.shared.n_flushes_waiting.fetch_sub(1, Ordering::Relaxed);
            if let Some(answer) = job.answer { let _ = answer.send(Ok(())); }
        }
    }
}
