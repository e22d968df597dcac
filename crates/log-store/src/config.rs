//! How a store is set up.

use std::path::PathBuf;
use std::time::Duration;

use journal::disk::Disk;

/// How a store is set up.
#[derive(Clone, Debug)]
pub struct LogStoreConfig {
    /// The data folder; the store keeps everything in its sub-folder `logs`.
    pub data_dir: PathBuf,
    /// Records in memory, over all projects, from which on they are written to segments.
    pub flush_rows: usize,
    /// Bytes of records in memory, about, from which on they are written to segments.
    pub flush_bytes: usize,
    /// Longest time that a record waits in memory to be written to a segment.
    pub flush_after: Duration,
    /// Most records of one segment.
    pub max_segment_rows: usize,
    /// Records of a block: what is read, or skipped, at once.
    pub block_rows: usize,
    /// How long nothing must have come in before segments are packed tightly, unless too many wait for it.
    pub quiet: Duration,
    /// How files are changed; another one in tests.
    pub disk: Disk,
}

impl LogStoreConfig {
    /// The usual set-up on `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            flush_rows: 131_072,
            flush_bytes: 128 << 20,
            flush_after: Duration::from_secs(300),
            max_segment_rows: 262_144,
            block_rows: 16_384,
            quiet: Duration::from_secs(1),
            disk: Disk::default(),
        }
    }
}
