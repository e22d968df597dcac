//! What can go wrong in the store.

use std::io;
use std::path::Path;
use std::sync::Arc;

use journal::error::FileError;
use query_engine::error::QueryError;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file could not be read or changed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Records are too large to be made durable at once.
    #[error("records of {n_bytes} bytes are more than the {limit_bytes} bytes that are stored at once")]
    BatchTooLarge {
        /// Size of the records.
        n_bytes: usize,
        /// Largest size.
        limit_bytes: usize,
    },
    /// So many records wait to be written to segments that no more fit into memory.
    #[error("{waiting_rows} records wait to be written to segments, more than the store may hold in memory")]
    Overloaded {
        /// Records that wait.
        waiting_rows: usize,
    },
    /// The failure of an operation that several callers waited for.
    #[error("the operation failed for all who waited for it")]
    Shared(#[source] Arc<Self>),
    /// Records before these could not be written to segments, so these have to wait.
    #[error("records before these could not be written to segments yet")]
    EarlierFlushFailed,
    /// A segment could not be encoded as Parquet.
    #[error("a segment cannot be encoded")]
    Encode(#[from] parquet::errors::ParquetError),
    /// The store has been closed.
    #[error("the log store is closed")]
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

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self::Source(Box::new(error))
    }
}
