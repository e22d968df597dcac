//! Reading the log back.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::{FRAME_BYTES, HEADER_BYTES, MAGIC, VERSION};
use crate::disk::list_files;
use crate::error::FileError;

/// Where the log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The last file; `None` where there is none with a whole header.
    pub file: Option<PathBuf>,
    /// Bytes of the last file that hold whole records.
    pub n_bytes: u64,
    /// Number of the record that comes next.
    pub next_record: u64,
    /// What stands after the whole records.
    pub torn: Option<TornTail>,
}

/// The beginning of a record that was being written when the process or the machine stopped. It was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    pub file: PathBuf,
    pub offset: u64,
    pub n_bytes: u64,
}

/// The files of the log with the numbers of their first records, in order.
pub fn files(folder: &Path) -> Result<Vec<(u64, PathBuf)>, FileError> {
    let names = list_files(folder)?;
    let numbered = names.iter().filter_map(|name| {
        let number = name.strip_suffix(".wal")?.parse().ok()?;
        Some((number, folder.join(name)))
    });
    Ok(numbered.collect())
}

/// Bytes of the files of the log.
pub fn n_bytes(folder: &Path) -> u64 {
    let files = files(folder).unwrap_or_default();
    files.iter().map(|(_, path)| std::fs::metadata(path).map_or(0, |metadata| metadata.len())).sum()
}

/// Gives each record from number `from` on to `take`, in order. `take` says in words what is wrong with a record's content.
///
/// # Errors
/// [`FileError::Damaged`] at the first byte that is not what was written, [`FileError::Io`] where a file cannot be read.
pub fn replay(folder: &Path, from: u64, mut take: impl FnMut(&[u8]) -> Result<(), String>) -> Result<End, FileError> {
    let all = files(folder)?;
    let mut end = End { file: None, n_bytes: 0, next_record: from, torn: None };
    // files that end before `from` are left over from a clean-up that did not finish
    let needed: Vec<_> = all.iter().filter(|(first, _)| *first >= from).collect();
    for (index, (first, path)) in needed.iter().enumerate() {
        let is_last = index + 1 == needed.len();
        if *first != end.next_record {
            return Err(FileError::damaged(path, 0, format!("record {} of the log is missing", end.next_record)));
        }
        let mut reader = LogReader::open(path, is_last)?;
        if !reader.read_header(*first)? {
            end.torn = Some(TornTail { file: path.clone(), offset: 0, n_bytes: reader.n_bytes });
            break;
        }
        while let Some(content) = reader.next(end.next_record)? {
            let offset = reader.at - content.len() as u64;
            take(&content).map_err(|what| FileError::damaged(path, offset, what))?;
            end.next_record += 1;
        }
        if reader.at < reader.n_bytes {
            let n_bytes = reader.n_bytes - reader.at;
            end.torn = Some(TornTail { file: path.clone(), offset: reader.at, n_bytes });
        }
        end.file = Some(path.clone());
        end.n_bytes = reader.at;
    }
    Ok(end)
}

struct LogReader<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    /// Bytes in the file.
    n_bytes: u64,
    /// Where the next record begins.
    at: u64,
    /// Only the last file of the log may have a torn tail.
    is_last: bool,
}

impl<'a> LogReader<'a> {
    fn open(path: &'a Path, is_last: bool) -> Result<Self, FileError> {
        let file = File::open(path).map_err(FileError::io(path, "open"))?;
        let n_bytes = file.metadata().map_err(FileError::io(path, "look at"))?.len();
        Ok(Self { path, reader: BufReader::with_capacity(1 << 20, file), n_bytes, at: 0, is_last })
    }

    /// Whether there is a whole header.
    fn read_header(&mut self, first: u64) -> Result<bool, FileError> {
        let header = self.read(HEADER_BYTES.min(self.left()))?;
        if header.len() < HEADER_BYTES || header.iter().all(|&byte| byte == 0) {
            return self.torn_or("the file's header is incomplete").map(|()| false);
        }
        let (body, checksum) = header.split_at(HEADER_BYTES - 4);
        if &body[..8] != MAGIC || crc32fast::hash(body).to_le_bytes() != checksum {
            return Err(self.damaged("the file's header does not fit its checksum"));
        }
        let version = u32_at(body, 8);
        if version != VERSION {
            return Err(FileError::NewerVersion { path: self.path.to_owned(), found: version, known: VERSION });
        }
        if body[12..20] != first.to_le_bytes() {
            return Err(self.damaged("the file's header names another first record than its name"));
        }
        self.at = HEADER_BYTES as u64;
        Ok(true)
    }

    /// The content of the record of that number; `None` at the end of what is whole.
    fn next(&mut self, record: u64) -> Result<Option<Vec<u8>>, FileError> {
        let left = self.left();
        if left == 0 {
            return Ok(None);
        }
        if left < FRAME_BYTES {
            return self.torn_or("a record is cut off").map(|()| None);
        }
        let frame = self.read(FRAME_BYTES)?;
        let (body, checksum) = frame.split_at(FRAME_BYTES - 4);
        if crc32fast::hash(body).to_le_bytes() != checksum {
            // A machine that lost power may have left zeros where nothing had been written yet
            let rest = self.read(left - FRAME_BYTES)?;
            if frame.iter().chain(&rest).all(|&byte| byte == 0) {
                return self.torn_or("a record is all zeros").map(|()| None);
            }
            return Err(self.damaged("the head of a record does not fit its checksum"));
        }
        if body[4..12] != record.to_le_bytes() {
            return Err(self.damaged(format!("this should be record {record} of the log and is another one")));
        }
        let n_content = u32_at(body, 0) as usize;
        if n_content > left - FRAME_BYTES {
            return self.torn_or("a record is cut off").map(|()| None);
        }
        let content = self.read(n_content)?;
        if crc32fast::hash(&content) != u32_at(body, 12) {
            let is_at_end = n_content == left - FRAME_BYTES;
            let n_zeros = content.iter().rev().take_while(|&&byte| byte == 0).count();
            if is_at_end && (n_zeros >= 512 || n_zeros == n_content) {
                return self.torn_or("the end of a record is all zeros").map(|()| None);
            }
            return Err(self.damaged("a record does not fit its checksum"));
        }
        self.at += (FRAME_BYTES + n_content) as u64;
        Ok(Some(content))
    }

    fn left(&self) -> usize {
        usize::try_from(self.n_bytes - self.at).unwrap_or(usize::MAX)
    }

    fn read(&mut self, n_bytes: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = vec![0; n_bytes];
        self.reader.read_exact(&mut bytes).map_err(FileError::io(self.path, "read"))?;
        Ok(bytes)
    }

    fn torn_or(&self, what: &str) -> Result<(), FileError> {
        if self.is_last { Ok(()) } else { Err(self.damaged(what)) }
    }

    fn damaged(&self, what: impl Into<String>) -> FileError {
        FileError::damaged(self.path, self.at, what)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes make a 32-bit number"))
}
