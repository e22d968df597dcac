//! The manifest: which files make up the store.
//!
//! It is one small file, replaced as a whole. A file that it does not name does not exist, whatever the folder says; a record of the
//! write-ahead log below its floor is in the segments that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use insights_core::ids::ProjectId;
use journal::disk::Disk;
use journal::sealed::SealedFormat;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

const FORMAT: SealedFormat = SealedFormat { magic: "hindsight-logs", version: 1 };

/// What the store consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Number of the first record of the write-ahead log that is not in segments yet.
    pub(crate) log_floor: u64,
    /// Number for the next file.
    pub(crate) next_file: u64,
    /// What each project that has logs consists of.
    pub(crate) projects: BTreeMap<ProjectId, ProjectFiles>,
}

/// What one project consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProjectFiles {
    /// The greatest arrival of a record that is or was in segments.
    pub(crate) last_arrival: u64,
    /// Records that happened before are gone.
    pub(crate) floor_us: i64,
    /// The segments, in no order.
    pub(crate) segments: Vec<SegmentFile>,
}

impl Default for ProjectFiles {
    fn default() -> Self {
        Self { last_arrival: 0, floor_us: i64::MIN, segments: Vec::new() }
    }
}

/// One segment: a Parquet file, and what is known of it in a file beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentFile {
    /// Number of the files.
    pub(crate) file: u64,
    /// Number of records.
    pub(crate) n_rows: u64,
    /// Earliest instant, in microseconds since 1970 UTC.
    pub(crate) min_us: i64,
    /// Latest instant.
    pub(crate) max_us: i64,
    /// Greatest arrival.
    pub(crate) max_arrival: u64,
    /// Bytes of the records in memory, about.
    pub(crate) memory_bytes: u64,
    /// Size of the Parquet file.
    pub(crate) n_bytes: u64,
    /// Size of the index file.
    pub(crate) index_bytes: u64,
    /// Where the head of the index file begins; it goes on to the end of the file.
    pub(crate) head_offset: u64,
    /// Checksum of the head, which holds those of everything else.
    pub(crate) head_checksum: u32,
    /// Whether it is as tightly packed as it will be.
    pub(crate) is_settled: bool,
}

impl Manifest {
    /// Of a store without files.
    pub(crate) fn empty() -> Self {
        Self { log_floor: 1, next_file: 1, projects: BTreeMap::new() }
    }

    /// Reads the manifest in `folder`; none where there is none.
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
        folder.join("manifest")
    }
}

/// Where the store keeps its files below the data folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    folder: PathBuf,
}

impl Layout {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("logs") }
    }

    /// The store's folder.
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

    /// The folder of a project.
    pub(crate) fn project(&self, project: ProjectId) -> PathBuf {
        self.projects().join(project.0.to_string())
    }

    /// A segment's records.
    pub(crate) fn segment(&self, project: ProjectId, file: u64) -> PathBuf {
        self.project(project).join(format!("{file}.parquet"))
    }

    /// What is known of a segment.
    pub(crate) fn index(&self, project: ProjectId, file: u64) -> PathBuf {
        self.project(project).join(format!("{file}.index"))
    }

    /// Files in the projects' folders that are like the store's own and that the manifest does not name.
    pub(crate) fn left_over(&self, manifest: &Manifest) -> Result<Vec<PathBuf>, StoreError> {
        let mut left_over = Vec::new();
        for name in journal::disk::list_folders(&self.projects())? {
            let Ok(project) = name.parse().map(ProjectId) else { continue };
            for name in journal::disk::list_files(&self.project(project))? {
                let path = self.project(project).join(name);
                let is_ours = path.extension().is_some_and(|extension| extension == "parquet" || extension == "index");
                let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok());
                let is_named = manifest
                    .projects
                    .get(&project)
                    .is_some_and(|files| files.segments.iter().any(|segment| Some(segment.file) == number));
                if is_ours && !is_named {
                    left_over.push(path);
                }
            }
        }
        Ok(left_over)
    }
}
