//! File operations, each with its file named in the error; for tests also with faults at chosen points.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use crate::error::FileError;

pub mod faults;

/// The only way in which stores change files. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    faults: Option<std::sync::Arc<faults::Faults>>,
}

impl Disk {
    /// Makes the folder `path` and those above it, and makes sure that they stay.
    pub fn create_folder(&self, path: &Path) -> Result<(), FileError> {
        if path.is_dir() {
            return Ok(());
        }
        self.step(path, None)?;
        fs::create_dir_all(path).map_err(FileError::io(path, "create the folder"))?;
        match path.parent() {
            Some(parent) => self.sync_folder(parent),
            None => Ok(()),
        }
    }

    /// Makes a new file, emptying one that is left over.
    pub fn create(&self, path: &Path) -> Result<File, FileError> {
        self.step(path, None)?;
        File::create(path).map_err(FileError::io(path, "create"))
    }

    /// Opens a file to add to its end.
    pub fn open_for_append(&self, path: &Path) -> Result<File, FileError> {
        OpenOptions::new().append(true).open(path).map_err(FileError::io(path, "open"))
    }

    /// Writes at the end of `file`, which is the one at `path`.
    pub fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        self.step(path, Some((file, bytes)))?;
        file.write_all(bytes).map_err(FileError::io(path, "write to"))
    }

    /// Returns when what was written to `file` is on the medium.
    pub fn sync(&self, file: &File, path: &Path) -> Result<(), FileError> {
        self.step(path, None)?;
        file.sync_data().map_err(FileError::io(path, "sync"))
    }

    /// Returns when the names in the folder are on the medium.
    pub fn sync_folder(&self, path: &Path) -> Result<(), FileError> {
        self.step(path, None)?;
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        File::open(path).and_then(|folder| folder.sync_all()).map_err(FileError::io(path, "sync the folder"))
    }

    /// Cuts `file`, which is the one at `path`, to its first `n_bytes` bytes.
    pub fn truncate(&self, file: &File, path: &Path, n_bytes: u64) -> Result<(), FileError> {
        self.step(path, None)?;
        file.set_len(n_bytes).map_err(FileError::io(path, "shorten"))?;
        self.sync(file, path)
    }

    /// Writes a whole new file and makes sure that it stays. A name that is taken is overwritten in place: for new names only.
    pub fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let mut file = self.create(path)?;
        self.write(&mut file, path, bytes)?;
        self.sync(&file, path)
    }

    /// Replaces the file at `path` by one with these bytes: whatever happens, either the old or the new one is there, whole.
    pub fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
        let temporary = path.with_extension("new");
        self.write_new(&temporary, bytes)?;
        self.step(path, None)?;
        fs::rename(&temporary, path).map_err(FileError::io(path, "replace"))?;
        self.sync_folder(path.parent().unwrap_or(Path::new(".")))
    }

    /// Removes a file; one that is gone already is no error.
    pub fn remove(&self, path: &Path) -> Result<(), FileError> {
        self.step(path, None)?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(path, "remove")(error)),
            _ => Ok(()),
        }
    }

    fn step(&self, path: &Path, write: Option<(&mut File, &[u8])>) -> Result<(), FileError> {
        self.faults.as_ref().map_or(Ok(()), |faults| faults.step(path, write))
    }
}

/// The names of the files (not folders) in `path`, sorted; none where there is no such folder.
pub fn list_files(path: &Path) -> Result<Vec<String>, FileError> {
    list(path, false)
}

/// The names of the folders in `path`, sorted; none where there is no such folder.
pub fn list_folders(path: &Path) -> Result<Vec<String>, FileError> {
    list(path, true)
}

fn list(path: &Path, folders: bool) -> Result<Vec<String>, FileError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(FileError::io(path, "list"))? {
        let entry = entry.map_err(FileError::io(path, "list"))?;
        if entry.path().is_dir() == folders {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
