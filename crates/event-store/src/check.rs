//! Verifying a store that is not open: every byte of every file against its checksum.

use std::path::{Path, PathBuf};

use insights_core::ids::ProjectId;
use journal::disk::{list_files, list_folders};
use journal::error::FileError;
use journal::wal;

use crate::error::StoreError;
use crate::manifest::{Layout, Manifest};
use crate::segment::Segment;
use crate::writer::batches;

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Files that were read.
    pub files: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// Events in segments.
    pub events_in_segments: u64,
    /// Events in the write-ahead log, those that the project has already counted.
    pub events_in_log: u64,
    /// What is wrong, a finding a file; each names the file and where in it.
    pub damages: Vec<StoreError>,
    /// The beginning of a record that was being written when the process stopped: no damage, it is cut off when the store is opened.
    pub torn_tail: Option<TornTail>,
    /// Files that an interrupted run left over: no damage, they are removed when the store is opened.
    pub left_over: Vec<PathBuf>,
}

/// The incomplete end of the write-ahead log. Its events were never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The file.
    pub file: PathBuf,
    /// Where it begins, in bytes from the file's beginning.
    pub offset: u64,
    /// Its bytes.
    pub n_bytes: u64,
}

/// How far a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckProgress {
    /// Files that have been read.
    pub files: usize,
    /// Files that there are to read.
    pub files_total: usize,
    /// The file that is read next.
    pub file: PathBuf,
}

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.damages.is_empty()
    }
}

/// Reads every file of the store in `data_dir` and holds it against its checksums. Changes nothing. To be called on a copy, or while no
/// process has the store open: files come and go in one that is.
///
/// # Errors
/// Where there is no store, or it cannot be looked through at all. Damage is in the report.
pub fn check(data_dir: &Path, progress: &mut dyn FnMut(&CheckProgress)) -> Result<CheckReport, StoreError> {
    let layout = Layout::new(data_dir);
    let mut report = CheckReport::default();
    let manifest = match Manifest::read(layout.folder()) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => {
            let path = Manifest::path(layout.folder());
            return Err(StoreError::io(&path, "read")(std::io::ErrorKind::NotFound.into()));
        }
        Err(error @ StoreError::File(FileError::Damaged { .. } | FileError::NewerVersion { .. })) => {
            report.damages.push(error);
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    report.files = 1;
    report.bytes = file_bytes(&Manifest::path(layout.folder()));
    let n_files: usize = manifest.projects.values().map(|files| files.segments.len() + files.persons.len()).sum();
    let mut check = Check { layout: &layout, manifest: &manifest, report, progress, files_total: n_files + 2 };
    check.projects();
    check.log();
    check.left_over()?;
    Ok(check.report)
}

struct Check<'a> {
    layout: &'a Layout,
    manifest: &'a Manifest,
    report: CheckReport,
    progress: &'a mut dyn FnMut(&CheckProgress),
    files_total: usize,
}

impl Check<'_> {
    fn projects(&mut self) {
        for (&id, files) in &self.manifest.projects {
            for file in &files.segments {
                let path = self.layout.segment(id, file.file);
                self.begin(&path);
                let checked = Segment::new(path, file.clone()).check();
                self.end(file.n_bytes, checked);
                self.report.events_in_segments += file.n_rows;
            }
            for (index, file) in files.persons.iter().enumerate() {
                self.begin(&self.layout.persons(id, file.file));
                // each file is checked in its place of the chain
                let chain = &files.persons[..=index];
                let checked = self.layout.read_persons(id, chain).map(drop);
                let is_damaged = checked.is_err();
                self.end(file.n_bytes, checked);
                if is_damaged {
                    // what comes after builds on it
                    break;
                }
            }
        }
    }

    fn log(&mut self) {
        let folder = self.layout.log();
        self.begin(&folder);
        let mut n_events = 0;
        let replayed = wal::replay(&folder, self.manifest.log_floor, |content| {
            n_events += batches(content)?.iter().map(|batch| batch.events.len() as u64).sum::<u64>();
            Ok(())
        });
        self.report.events_in_log = n_events;
        let checked = replayed.map_err(StoreError::from).and_then(|end| {
            self.report.torn_tail =
                end.torn.map(|torn| TornTail { file: torn.file, offset: torn.offset, n_bytes: torn.n_bytes });
            let what = || format!("record {} of the log and those after it are missing", self.manifest.log_floor);
            end.file.map(drop).ok_or_else(|| StoreError::damaged(&folder, 0, what()))
        });
        self.end(wal::n_bytes(&folder), checked);
    }

    fn left_over(&mut self) -> Result<(), StoreError> {
        for name in list_folders(&self.layout.projects())? {
            let Ok(project) = name.parse().map(ProjectId) else { continue };
            for file in list_files(&self.layout.project(project))? {
                let path = self.layout.project(project).join(file);
                if !self.manifest.names(self.layout, project, &path) {
                    self.report.left_over.push(path);
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, file: &Path) {
        let (files, files_total) = (self.report.files, self.files_total);
        (self.progress)(&CheckProgress { files, files_total, file: file.to_owned() });
    }

    fn end(&mut self, n_bytes: u64, checked: Result<(), StoreError>) {
        self.report.files += 1;
        self.report.bytes += n_bytes;
        self.report.damages.extend(checked.err());
    }
}

fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}
