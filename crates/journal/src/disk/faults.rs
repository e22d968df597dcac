//! A disk that stops taking changes at a chosen point, as if the process had been killed there.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Disk;
use crate::error::FileError;

/// Counts operations that change files; fails each from a given one on, that one half done where it is a write.
#[derive(Debug)]
pub struct Faults {
    steps: AtomicU64,
    fail_from: u64,
}

impl Faults {
    /// A disk on which the first `n_steps` operations succeed and no other.
    pub fn disk_that_fails_after(n_steps: u64) -> (Disk, Arc<Self>) {
        let faults = Arc::new(Self { steps: AtomicU64::new(0), fail_from: n_steps });
        (Disk { faults: Some(Arc::clone(&faults)) }, faults)
    }

    /// Operations that were tried so far.
    pub fn n_steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }

    pub(super) fn step(&self, path: &Path, write: Option<(&mut File, &[u8])>) -> Result<(), FileError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        if step < self.fail_from {
            return Ok(());
        }
        if let (true, Some((file, bytes))) = (step == self.fail_from, write) {
            file.write_all(&bytes[..bytes.len() / 2]).map_err(FileError::io(path, "write to"))?;
        }
        Err(FileError::io(path, "change")(io::Error::other("the process was killed here")))
    }
}
