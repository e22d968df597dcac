//! How a store is set up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use journal::disk::Disk;
use query_engine::logs::LogSource;

/// How a store is set up.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The data folder; the store keeps everything in its sub-folder `events`.
    pub data_dir: PathBuf,
    /// Events in memory, over all projects, from which on they are written to segments.
    pub flush_rows: usize,
    /// Bytes in memory, about, from which on they are written to segments.
    pub flush_bytes: usize,
    /// Longest time that an event waits in memory to be written to a segment.
    pub flush_after: Duration,
    /// Most events of one segment that compaction makes.
    pub max_segment_rows: u64,
    /// Most bytes, about, of decoded columns that are kept for later queries.
    pub cache_bytes: u64,
    /// Where the logs are that HogQL reads beside the events, if there are any.
    pub logs: Option<Arc<dyn LogSource>>,
    pub(crate) disk: Disk,
}

impl StoreConfig {
    /// The usual set-up on `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            flush_rows: 500_000,
            flush_bytes: 256 << 20,
            flush_after: Duration::from_secs(300),
            max_segment_rows: 2_000_000,
            cache_bytes: 1 << 30,
            logs: None,
            disk: Disk::default(),
        }
    }
}
