//! The manifest: which files make up the store.
//!
//! It is one small file, replaced as a whole. A file that it does not name does not exist, whatever the folder says; a record of the
//! log below its floor is in the files that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use insights_core::ids::ProjectId;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use journal::disk::Disk;
use journal::sealed::SealedFormat;

const NAME: &str = "manifest";
const FORMAT: SealedFormat = SealedFormat { magic: "hindsight-events", version: 1 };

/// What the store consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Number of the first record of the log that is not in segments yet.
    pub(crate) log_floor: u64,
    /// Number for the next file.
    pub(crate) next_file: u64,
    /// The files of each project that has any.
    pub(crate) projects: BTreeMap<ProjectId, ProjectFiles>,
}

/// The files of one project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectFiles {
    /// Segments in order of arrival: where two are of the same month, all events of the earlier one arrived first.
    pub(crate) segments: Vec<SegmentFile>,
    /// The chain of person files, the base first.
    pub(crate) persons: Vec<PersonFile>,
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentFile {
    /// Number of the file.
    pub(crate) file: u64,
    /// Calendar month (UTC) of all its events, counted from year 0.
    pub(crate) month: i64,
    /// Number of events.
    pub(crate) n_rows: u64,
    /// Earliest instant, in microseconds since 1970 UTC.
    pub(crate) min_us: i64,
    /// Latest instant.
    pub(crate) max_us: i64,
    /// Size of the file.
    pub(crate) n_bytes: u64,
    /// Checksum of the whole file.
    pub(crate) checksum: u32,
    /// Where the file's footer begins.
    pub(crate) footer_offset: u64,
    /// Checksum of the footer, which holds the checksums of the columns.
    pub(crate) footer_checksum: u32,
}

/// One file of the chain of persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonFile {
    /// Number of the file.
    pub(crate) file: u64,
    /// Size of the file.
    pub(crate) n_bytes: u64,
    /// Checksum of the whole file.
    pub(crate) checksum: u32,
}

impl Manifest {
    /// Of a store without files.
    pub(crate) fn empty() -> Self {
        Self { log_floor: 1, next_file: 1, projects: BTreeMap::new() }
    }

    /// Reads the manifest in `folder`; `None` where there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = Self::path(folder);
        let Some(content) = FORMAT.read(&path)? else { return Ok(None) };
        let manifest = serde_json::from_slice(&content);
        manifest.map(Some).map_err(|error| StoreError::damaged(&path, 0, error.to_string()))
    }

    /// Makes this the manifest in `folder`, at once and for good.
    pub(crate) fn write(&self, disk: &Disk, folder: &Path) -> Result<(), StoreError> {
        let content = serde_json::to_vec_pretty(self).expect("a manifest has text keys only");
        Ok(FORMAT.replace(disk, &Self::path(folder), &content)?)
    }

    /// Where the manifest is.
    pub(crate) fn path(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// Whether it names the file at `path`, which is in the folder of `project`.
    pub(crate) fn names(&self, layout: &Layout, project: ProjectId, path: &Path) -> bool {
        self.projects.get(&project).is_some_and(|files| {
            files.segments.iter().any(|file| layout.segment(project, file.file) == path)
                || files.persons.iter().any(|file| layout.persons(project, file.file) == path)
        })
    }
}

/// Where the store keeps its files below the data folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// The layout below `data_dir`.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("events") }
    }

    /// The folder of everything, with the manifest.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the write-ahead log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The folder of the projects' folders.
    pub(crate) fn projects(&self) -> PathBuf {
        self.folder.join("projects")
    }

    /// The folder of one project.
    pub(crate) fn project(&self, project: ProjectId) -> PathBuf {
        self.projects().join(project.to_string())
    }

    /// A segment.
    pub(crate) fn segment(&self, project: ProjectId, file: u64) -> PathBuf {
        self.project(project).join(format!("{file:010}.parquet"))
    }

    /// A file of the chain of persons.
    pub(crate) fn persons(&self, project: ProjectId, file: u64) -> PathBuf {
        self.project(project).join(format!("{file:010}.persons"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::empty();
        let persons = PersonFile { file: 1, n_bytes: 10, checksum: 7 };
        let files = ProjectFiles { segments: Vec::new(), persons: vec![persons] };
        manifest.projects.insert(ProjectId(3), files);
        manifest
    }

    #[test]
    fn a_manifest_comes_back_and_replaces_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), None);
        for manifest in [Manifest::empty(), manifest()] {
            manifest.write(&Disk::default(), folder.path()).unwrap();
            assert_eq!(Manifest::read(folder.path()).unwrap(), Some(manifest));
        }
    }
}
