//! Objects as files in a folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use insights_core::objects::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::OpenError;
use crate::store::Packaged;

/// The objects in the folder `path`, which is made where it is not there.
pub(crate) fn open(path: &Path) -> Result<Arc<dyn ObjectStore>, OpenError> {
    fs::create_dir_all(path).map_err(|source| OpenError::Folder { path: path.to_owned(), source })?;
    let files = LocalFileSystem::new_with_prefix(path).map_err(OpenError::Settings)?;
    // A file is written beside its place, synced, moved there, and then its folder is synced: it is whole or not there, and stays.
    let files = files.with_fsync(true).with_automatic_cleanup(true);
    Ok(Arc::new(Packaged::new(files, path.display().to_string())))
}
