//! The write-ahead log: what makes an acknowledged event survive.
//!
//! A log is a row of files, each named by the number of its first record. A file begins with a header, then come records: a length,
//! the record's number, a checksum of those, a checksum of the content, the content. One record holds everything that was made
//! durable together, so that at a crash at most the last record of the last file is incomplete. Such a torn tail is cut off when
//! the log is opened; it was never acknowledged. Anything else that does not fit its checksum is damage.

mod replay;

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::error::FileError;

pub use replay::{files, n_bytes, replay};

const MAGIC: &[u8; 8] = b"HSIGHTWL";
const VERSION: u32 = 1;
/// Magic, version, number of the first record, checksum of those.
const HEADER_BYTES: usize = 8 + 4 + 8 + 4;
/// Length of the content, number, checksum of the content, checksum of these three.
const FRAME_BYTES: usize = 4 + 8 + 4 + 4;
/// Most content of one record.
const MAX_CONTENT_BYTES: usize = 1 << 30;

/// The end of the log, where records are added.
#[derive(Debug)]
pub struct Wal {
    disk: Disk,
    folder: PathBuf,
    path: PathBuf,
    file: File,
    n_bytes: u64,
    next_record: u64,
    has_failed: bool,
}

impl Wal {
    /// Begins a new file of the log in `folder`.
    pub fn create(disk: &Disk, folder: &Path, first_record: u64) -> Result<Self, FileError> {
        let path = folder.join(file_name(first_record));
        let mut file = disk.create(&path)?;
        let header = header(first_record);
        disk.write(&mut file, &path, &header)?;
        disk.sync(&file, &path)?;
        disk.sync_folder(folder)?;
        Ok(Self {
            disk: disk.clone(),
            folder: folder.to_owned(),
            file: disk.open_for_append(&path)?,
            path,
            n_bytes: header.len() as u64,
            next_record: first_record,
            has_failed: false,
        })
    }

    /// Goes on with the last file of the log, which has been replayed up to `n_bytes`, where `next_record` belongs.
    pub fn go_on(disk: &Disk, path: PathBuf, n_bytes: u64, next_record: u64) -> Result<Self, FileError> {
        let file = disk.open_for_append(&path)?;
        let found = file.metadata().map_err(FileError::io(&path, "look at"))?.len();
        if found > n_bytes {
            disk.truncate(&file, &path, n_bytes)?;
        }
        let folder = path.parent().expect("a file of the log is in the log's folder").to_owned();
        Ok(Self { disk: disk.clone(), folder, path, file, n_bytes, next_record, has_failed: false })
    }

    /// Adds one record of all `parts` and returns when it is on the medium.
    ///
    /// # Errors
    /// Then the record is not in the log. Where the log cannot be brought back to its state before, it takes nothing any more.
    pub fn append(&mut self, parts: &[&[u8]]) -> Result<(), FileError> {
        if self.has_failed {
            return Err(FileError::LogFailed);
        }
        let bytes = frame(self.next_record, parts);
        let written =
            self.disk.write(&mut self.file, &self.path, &bytes).and_then(|()| self.disk.sync(&self.file, &self.path));
        if let Err(error) = written {
            self.has_failed = self.disk.truncate(&self.file, &self.path, self.n_bytes).is_err();
            return Err(error);
        }
        self.n_bytes += bytes.len() as u64;
        self.next_record += 1;
        Ok(())
    }

    /// Goes on in a new file, and gives the number of the first record that will be in it.
    pub fn rotate(&mut self) -> Result<u64, FileError> {
        if self.has_failed {
            return Err(FileError::LogFailed);
        }
        if self.is_empty() {
            return Ok(self.next_record);
        }
        match Self::create(&self.disk, &self.folder, self.next_record) {
            Ok(next) => *self = next,
            Err(error) => {
                // a file that was half made must not stand between this one and the next
                let half_made = self.folder.join(file_name(self.next_record));
                self.has_failed = self.disk.remove(&half_made).is_err();
                return Err(error);
            }
        }
        Ok(self.next_record)
    }

    /// Whether the file that is being written has no record yet.
    pub fn is_empty(&self) -> bool {
        self.n_bytes == HEADER_BYTES as u64
    }
}

fn file_name(first_record: u64) -> String {
    format!("{first_record:020}.wal")
}

fn header(first_record: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&first_record.to_le_bytes());
    let checksum = crc32fast::hash(&header);
    header.extend_from_slice(&checksum.to_le_bytes());
    header
}

fn frame(record: u64, parts: &[&[u8]]) -> Vec<u8> {
    let n_content: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(n_content).ok().filter(|_| n_content <= MAX_CONTENT_BYTES);
    let length = length.expect("the writer bounds what it makes durable together");
    let mut content = crc32fast::Hasher::new();
    parts.iter().for_each(|part| content.update(part));
    let mut bytes = Vec::with_capacity(FRAME_BYTES + n_content);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&record.to_le_bytes());
    bytes.extend_from_slice(&content.finalize().to_le_bytes());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

#[cfg(test)]
mod tests;
