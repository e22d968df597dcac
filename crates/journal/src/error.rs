//! What can go wrong with files.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
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
    /// Another process has the folder open.
    #[error("the data folder {} is in use by another process", path.display())]
    Locked {
        /// The folder.
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
    /// The write-ahead log failed before and takes nothing until it is opened anew.
    #[error("the write-ahead log failed and takes nothing until the store is opened anew")]
    LogFailed,
}

impl FileError {
    /// For `map_err` on operations on the file `path`.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), action, source }
    }

    /// A damaged file.
    pub fn damaged(path: &Path, offset: u64, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), offset, what: what.into() }
    }
}
