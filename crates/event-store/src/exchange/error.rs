//! What can be wrong with a file, and with one of its rows.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use capture::error::EventError;

/// Why a file cannot be read or written any further.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, such as `read`.
        action: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file is not what its beginning or its name says, or is damaged.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        reason: String,
        /// The format's own error, where there is one.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The name of a file to write says no format that is known.
    #[error("{} must end in .ndjson, .jsonl, .ndjson.gz, .jsonl.gz or .parquet", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// Rows could not be encoded.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The format's own error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl ExchangeError {
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), action, source }
    }

    pub(crate) fn unreadable(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: reason.into(), source: None }
    }

    pub(crate) fn parquet(path: &Path, source: impl Error + Send + Sync + 'static) -> Self {
        let reason = "its Parquet data is damaged or uses a feature that is not supported".to_owned();
        Self::Unreadable { path: path.to_owned(), reason, source: Some(Box::new(source)) }
    }
}

/// A row that gave no event, while others of its file did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Line of an NDJSON file or row of a Parquet file, from 1.
    pub row: u64,
    /// Why.
    pub reason: EventError,
}

impl fmt::Display for RejectedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.reason)
    }
}
