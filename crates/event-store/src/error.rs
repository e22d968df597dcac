//! What can go wrong in the store.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused an operation on a file.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, such as `read`.
        action: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Another process has the data folder open.
    #[error("the data folder {} is in use by another process", path.display())]
    Locked {
        /// The data folder.
        path: PathBuf,
    },
    /// A file does not hold what was written to it.
    #[error("{} is damaged at byte {offset}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in the file, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// A file was written by a newer program.
    #[error("{} has format version {found}, but this program knows versions up to {known}", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this program reads.
        known: u32,
    },
    /// An event cannot be stored as it is.
    #[error("event {index} of the batch cannot be stored: {what}")]
    InvalidEvent {
        /// Position in the batch, from 0.
        index: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A batch is too large to be made durable at once.
    #[error("a batch of {n_bytes} bytes is larger than the {limit_bytes} bytes that are stored at once")]
    BatchTooLarge {
        /// Size of the batch.
        n_bytes: usize,
        /// Largest size.
        limit_bytes: usize,
    },
    /// So many events wait to be written to segments that no more fit into memory.
    #[error("{waiting_rows} events wait to be written to segments, more than the store may hold in memory")]
    Overloaded {
        /// Events that wait.
        waiting_rows: usize,
    },
    /// The write-ahead log failed before and takes nothing until the store is opened anew.
    #[error("the write-ahead log failed and takes no events until the store is opened anew")]
    LogFailed,
    /// Events before these could not be written to segments, so these have to wait.
    #[error("events before these could not be written to segments yet")]
    EarlierFlushFailed,
    /// The failure of an operation that several callers waited for.
    #[error("the operation failed for all who waited for it")]
    Shared(#[source] Arc<Self>),
    /// A segment could not be encoded as Parquet.
    #[error("a segment cannot be encoded")]
    Encode(#[source] parquet::errors::ParquetError),
    /// The store has been closed.
    #[error("the event store is closed")]
    Closed,
}

impl StoreError {
    /// For `map_err` on operations on the file `path`.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }

    /// A damaged file.
    pub(crate) fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), offset, what: what.into() }
    }
}
