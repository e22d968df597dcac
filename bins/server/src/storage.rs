//! The opened stores of one data folder.

use insights_core::memory::InMemoryDatabase;
use insights_core::repositories::Repositories;

use crate::config::StorageConfig;

/// Everything that is kept.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Metadata.
    pub repositories: Repositories,
}

/// Why the stores cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder")]
    Folder(#[source] std::io::Error),
}

impl Storage {
    /// Opens the stores, making those that are not there yet.
    ///
    /// # Errors
    /// [`StorageError`] that says which store cannot be opened.
    pub fn open(config: &StorageConfig) -> Result<Self, StorageError> {
        Ok(Self { repositories: open_metadata(config)? })
    }
}

/// Opens the metadata database alone, making it where there is none yet.
///
/// # Errors
/// [`StorageError`] where it cannot be opened.
pub fn open_metadata(config: &StorageConfig) -> Result<Repositories, StorageError> {
    std::fs::create_dir_all(&config.data_dir).map_err(StorageError::Folder)?;
    Ok(InMemoryDatabase::repositories())
}
