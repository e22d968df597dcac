//! One process at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::FileError;

/// Locks the file `name` in `folder` for as long as what is returned lives; the operating system unlocks it when the process ends.
///
/// # Errors
/// [`FileError::Locked`] where another process has it.
pub fn lock_folder(folder: &Path, name: &str) -> Result<File, FileError> {
    let path = folder.join(name);
    let file = File::options().create(true).append(true).open(&path).map_err(FileError::io(&path, "open"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FileError::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(FileError::io(&path, "lock")(error)),
    }
}
