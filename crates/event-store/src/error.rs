//! What can go wrong in the store.

use std::io;
use std::path::Path;
use std::sync::Arc;

use journal::error::FileError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read or changed.
    #[error(transparent)]
    File(#[from] FileError),
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
        let wrap = FileError::io(path, action);
        move |source| wrap(source).into()
    }

    /// A damaged file.
    pub(crate) fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> Self {
        FileError::damaged(path, offset, what).into()
    }
}
