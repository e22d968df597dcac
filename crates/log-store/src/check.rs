//! Holding every byte of a store against its checksums.

use std::path::{Path, PathBuf};

use journal::error::FileError;
use journal::wal;

use crate::batch::batches;
use crate::error::StoreError;
use crate::manifest::{Layout, Manifest};
use crate::segment::Segment;

/// What was found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Files that were read.
    pub files: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Records in segments.
    pub records_in_segments: u64,
    /// Records in the write-ahead log.
    pub records_in_log: u64,
    /// The end of the log that was being written when the process stopped: the file, where, how many bytes.
    pub torn_tail: Option<(PathBuf, u64, u64)>,
    /// Files that belong to nothing; they go when the store is opened.
    pub left_over: Vec<PathBuf>,
    /// Files that do not hold what was written.
    pub damages: Vec<StoreError>,
}

/// Reads every file of the store in `data_dir` and holds it against its checksums; tells `progress` each file before it is read. Changes nothing.
/// To be called on a copy, or while no process has the store open. None where there is no store.
///
/// # Errors
/// Where the store cannot be looked through at all. Damage is in the report.
pub fn check(data_dir: &Path, progress: &mut dyn FnMut(&Path)) -> Result<Option<CheckReport>, StoreError> {
    let layout = Layout::new(data_dir);
    let mut report = CheckReport::default();
    let path = Manifest::path(layout.folder());
    progress(&path);
    let manifest = match Manifest::read(layout.folder()) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(None),
        Err(error @ StoreError::File(FileError::Damaged { .. } | FileError::NewerVersion { .. })) => {
            report.damages.push(error);
            return Ok(Some(report));
        }
        Err(error) => return Err(error),
    };
    report.files = 1;
    report.bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    for (&id, files) in &manifest.projects {
        for file in &files.segments {
            let (path, index) = (layout.segment(id, file.file), layout.index(id, file.file));
            progress(&path);
            report.damages.extend(Segment::new(path, index, file.clone()).check().err());
            report.files += 2;
            report.bytes += file.n_bytes + file.index_bytes;
            report.records_in_segments += file.n_rows;
        }
    }
    let folder = layout.log();
    progress(&folder);
    let replayed = wal::replay(&folder, manifest.log_floor, |content| {
        report.records_in_log += batches(content)?.iter().map(|batch| batch.records.len() as u64).sum::<u64>();
        Ok(())
    });
    match replayed {
        Ok(end) => {
            report.torn_tail = end.torn.map(|torn| (torn.file, torn.offset, torn.n_bytes));
            if end.file.is_none() {
                let what = format!("record {} of the log and those after it are missing", manifest.log_floor);
                report.damages.push(StoreError::damaged(&folder, 0, what));
            }
        }
        Err(error) => report.damages.push(error.into()),
    }
    report.files += wal::files(&folder).map_or(0, |files| files.len());
    report.bytes += wal::n_bytes(&folder);
    report.left_over = layout.left_over(&manifest)?;
    Ok(Some(report))
}
