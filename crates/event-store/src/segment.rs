//! Segments: events that do not change any more, in Parquet files.
//!
//! A segment has one row group, sorted by (event, person, timestamp, arrival). Its footer holds, beside what Parquet puts there, the
//! runs of rows with the same event, the keys that are in the column of the rest, and a checksum of each column; the footer's own
//! checksum is in the manifest. So every byte is checked each time that it is read.

mod decode;
mod encode;
mod rows;
mod shred;

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::manifest::SegmentFile;

pub(crate) use encode::{encode, month_of};

/// Names of the columns that every segment has; those of properties follow.
mod columns {
    pub(super) const UUID: &str = "uuid";
    pub(super) const EVENT: &str = "event";
    pub(super) const PERSON: &str = "person";
    pub(super) const DISTINCT_ID: &str = "distinct_id";
    pub(super) const TIMESTAMP: &str = "timestamp";
    pub(super) const ARRIVAL: &str = "arrival";
    pub(super) const REST: &str = "properties_rest";
    /// Before the key of a property that has a column.
    pub(super) const PROPERTY_PREFIX: &str = "properties.";
}

/// Key of [`Details`] in the footer.
const DETAILS_KEY: &str = "hindsight.segment";
const DETAILS_VERSION: u32 = 1;

/// What the footer holds beside what Parquet puts there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) version: u32,
    /// The events by name, in the order of the rows.
    pub(crate) runs: Vec<StoredRun>,
    /// Keys with values in the column of the rest.
    pub(crate) rest_keys: BTreeSet<String>,
    /// Checksum of each column, in the order of the columns.
    pub(crate) checksums: Vec<u32>,
}

/// Rows of one event, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredRun {
    pub(crate) event: Arc<str>,
    pub(crate) n_rows: usize,
    /// Whether they are in no query's answer, because they say nothing but who is who.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_identity_only: bool,
}

/// One segment. Holds no file open; a file that compaction has replaced is removed with the last reader.
#[derive(Debug)]
pub(crate) struct Segment {
    path: PathBuf,
    file: SegmentFile,
    footer: OnceLock<Footer>,
    is_replaced: AtomicBool,
}

#[derive(Debug)]
struct Footer {
    metadata: ArrowReaderMetadata,
    details: Details,
}

impl Segment {
    /// The segment in the file at `path`, of which the manifest says `file`.
    pub(crate) fn new(path: PathBuf, file: SegmentFile) -> Self {
        Self { path, file, footer: OnceLock::new(), is_replaced: AtomicBool::new(false) }
    }

    /// What the manifest says of it.
    pub(crate) fn file(&self) -> &SegmentFile {
        &self.file
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of events.
    pub(crate) fn n_rows(&self) -> usize {
        usize::try_from(self.file.n_rows).expect("a segment was made in memory")
    }

    /// Lets the file be removed when nobody reads it any more.
    pub(crate) fn mark_replaced(&self) {
        self.is_replaced.store(true, Ordering::Relaxed);
    }

    fn footer(&self) -> Result<&Footer, StoreError> {
        if let Some(footer) = self.footer.get() {
            return Ok(footer);
        }
        let footer = self.read_footer()?;
        Ok(self.footer.get_or_init(|| footer))
    }

    /// Reads bytes of the file and holds them against their checksum.
    fn read_checked(&self, offset: u64, n_bytes: u64, checksum: u32, what: &str) -> Result<Vec<u8>, StoreError> {
        if offset.saturating_add(n_bytes) > self.file.n_bytes {
            return Err(StoreError::damaged(&self.path, offset, format!("{what} lies outside the file")));
        }
        let file = File::open(&self.path).map_err(StoreError::io(&self.path, "open"))?;
        let mut bytes = vec![0; usize::try_from(n_bytes).expect("a segment was made in memory")];
        file.read_exact_at(&mut bytes, offset).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                StoreError::damaged(&self.path, offset, format!("the file ends before the end of {what}"))
            }
            _ => StoreError::io(&self.path, "read")(error),
        })?;
        if crc32fast::hash(&bytes) != checksum {
            return Err(StoreError::damaged(&self.path, offset, format!("{what} does not fit its checksum")));
        }
        Ok(bytes)
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.is_replaced.load(Ordering::Relaxed) {
            // one that stays is removed when the store is opened the next time
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
