//! What bounds a running query and tells how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::QueryError;

/// How many rows a loop looks at between two looks at the control.
pub(crate) const ROWS_A_CHECK: usize = 16_384;

/// Bounds of one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// Longest run time.
    pub max_time: Duration,
    /// Most memory, in bytes, that the query's own working state may take.
    pub max_memory_bytes: u64,
    /// Most rows that an answer may have.
    pub max_result_rows: usize,
}

/// Handle on one running query, shared by whoever runs it, watches it and may cancel it.
#[derive(Clone, Debug)]
pub struct QueryControl {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    started: Instant,
    limits: QueryLimits,
    cancelled: AtomicBool,
    rows_read: AtomicU64,
    bytes_read: AtomicU64,
    rows_total: AtomicU64,
    memory_bytes: AtomicU64,
}

/// How far a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryProgress {
    /// Rows looked at so far.
    pub rows_read: u64,
    /// Bytes of columns read so far.
    pub bytes_read: u64,
    /// Rows that there are to look at, as far as is known yet.
    pub estimated_rows_total: u64,
    /// Time since the query began.
    pub elapsed: Duration,
}

impl QueryControl {
    /// A query that begins now and has `limits`.
    pub fn start(limits: QueryLimits) -> Self {
        Self {
            shared: Arc::new(Shared {
                started: Instant::now(),
                limits,
                cancelled: AtomicBool::new(false),
                rows_read: AtomicU64::new(0),
                bytes_read: AtomicU64::new(0),
                rows_total: AtomicU64::new(0),
                memory_bytes: AtomicU64::new(0),
            }),
        }
    }

    /// A query without limits, for tests and offline work.
    pub fn unlimited() -> Self {
        Self::start(QueryLimits {
            max_time: Duration::from_secs(u64::MAX / 4),
            max_memory_bytes: u64::MAX,
            max_result_rows: usize::MAX,
        })
    }

    /// The bounds.
    pub fn limits(&self) -> &QueryLimits {
        &self.shared.limits
    }

    /// Asks the query to stop; it does at its next [`Self::check`].
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Whether to go on. Called at least every few ten thousand rows, so that a cancelled query stops within milliseconds.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`] after [`Self::cancel`], [`QueryError::TimeLimit`] past the time limit.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.is_cancelled() {
            return Err(QueryError::Cancelled);
        }
        if self.shared.started.elapsed() > self.shared.limits.max_time {
            return Err(QueryError::TimeLimit { limit: self.shared.limits.max_time });
        }
        Ok(())
    }

    /// Accounts for `bytes` more of working memory.
    ///
    /// # Errors
    /// [`QueryError::MemoryLimit`] where that is more than the query may take.
    pub fn reserve_memory(&self, bytes: u64) -> Result<(), QueryError> {
        let held = self.shared.memory_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if held > self.shared.limits.max_memory_bytes {
            return Err(QueryError::MemoryLimit { limit_bytes: self.shared.limits.max_memory_bytes });
        }
        Ok(())
    }

    /// Gives back memory taken by [`Self::reserve_memory`].
    pub fn release_memory(&self, bytes: u64) {
        self.shared.memory_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Tells how many more rows there are to read.
    pub fn add_rows_total(&self, rows: u64) {
        self.shared.rows_total.fetch_add(rows, Ordering::Relaxed);
    }

    /// Tells that `rows` rows of `bytes` bytes have been read.
    pub fn add_read(&self, rows: u64, bytes: u64) {
        self.shared.rows_read.fetch_add(rows, Ordering::Relaxed);
        self.shared.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How far the query is.
    pub fn progress(&self) -> QueryProgress {
        QueryProgress {
            rows_read: self.shared.rows_read.load(Ordering::Relaxed),
            bytes_read: self.shared.bytes_read.load(Ordering::Relaxed),
            estimated_rows_total: self.shared.rows_total.load(Ordering::Relaxed),
            elapsed: self.shared.started.elapsed(),
        }
    }
}

/// Memory that is accounted for with a query's control until this is dropped.
#[derive(Debug)]
pub struct HeldMemory {
    control: QueryControl,
    bytes: u64,
}

impl HeldMemory {
    /// None yet.
    pub fn new(control: &QueryControl) -> Self {
        Self { control: control.clone(), bytes: 0 }
    }

    /// Accounts for `n` more values of type `T`.
    ///
    /// # Errors
    /// As [`QueryControl::reserve_memory`].
    pub fn grow<T>(&mut self, n: usize) -> Result<(), QueryError> {
        let bytes = (n as u64).saturating_mul(size_of::<T>() as u64);
        self.bytes = self.bytes.saturating_add(bytes);
        self.control.reserve_memory(bytes)
    }
}

impl Drop for HeldMemory {
    fn drop(&mut self) {
        self.control.release_memory(self.bytes);
    }
}
