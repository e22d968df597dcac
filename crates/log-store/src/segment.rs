//! Segments: records that do not change any more, in Parquet files sorted by time.
//!
//! A segment has one row group. Every page of every column has the same rows: a block. Beside the Parquet file stands an index: for each block
//! its times and which three-byte sequences its bodies have, counts by minute, service and level, the keys of attributes, and a
//! checksum of each piece of the Parquet file. The index's own checksum is in the manifest. So every byte is checked each time that it is read.

mod columns;
mod encode;
mod file;
mod index;
mod rows;
mod shred;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;

use crate::error::StoreError;
use crate::grams::Filter;
use crate::manifest::SegmentFile;
use crate::shared::Shared;

pub(crate) use columns::{ColumnSet, TextColumn, attribute_column, fixed, parse_attributes};
pub(crate) use encode::{Packing, encode};
pub(crate) use file::OpenSegment;
pub(crate) use index::{Index, KeyCounts};
pub(crate) use shred::{Kind, count as count_type};

/// One segment. Holds no file open; files that were replaced are removed with the last reader.
#[derive(Debug)]
pub(crate) struct Segment {
    path: PathBuf,
    index_path: PathBuf,
    file: SegmentFile,
    is_replaced: AtomicBool,
}

/// What is known of a segment without its records.
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) index: Index,
    metadata: ArrowReaderMetadata,
}

impl Segment {
    /// The segment in these files, of which the manifest says `file`.
    pub(crate) fn new(path: PathBuf, index_path: PathBuf, file: SegmentFile) -> Self {
        Self { path, index_path, file, is_replaced: AtomicBool::new(false) }
    }

    /// What the manifest says of it.
    pub(crate) fn file(&self) -> &SegmentFile {
        &self.file
    }

    /// Lets the files be removed when nobody reads them any more.
    pub(crate) fn mark_replaced(&self) {
        self.is_replaced.store(true, Ordering::Relaxed);
    }

    /// What is known of it.
    pub(crate) fn details(&self, shared: &Shared) -> Result<Arc<Details>, StoreError> {
        shared.details.get_or_insert_with(&self.file.file, || self.read_details().map(Arc::new))
    }

    /// Opens its files.
    pub(crate) fn open(&self, shared: &Shared) -> Result<OpenSegment, StoreError> {
        OpenSegment::new(&self.path, self.details(shared)?)
    }

    /// Reads what is known of it from its files.
    pub(crate) fn read_details(&self) -> Result<Details, StoreError> {
        let index = self.read_index()?;
        let file = file::CheckedFile::open(&self.path, Arc::clone(&index.checksums))?;
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&file, options);
        let metadata = metadata.map_err(|error| file::decode_error(&self.path, error))?;
        Ok(Details { index, metadata })
    }

    fn read_index(&self) -> Result<Index, StoreError> {
        let SegmentFile { index_bytes, head_offset, head_checksum, .. } = self.file;
        let head = file::read_at(&self.index_path, head_offset, index_bytes.saturating_sub(head_offset))?;
        if crc32fast::hash(&head) != head_checksum {
            return Err(StoreError::damaged(&self.index_path, head_offset, "the head does not fit its checksum"));
        }
        let index = Index::decode(&head).map_err(|what| StoreError::damaged(&self.index_path, head_offset, what))?;
        if index.n_rows() != self.file.n_rows {
            return Err(StoreError::damaged(&self.index_path, head_offset, "the blocks have another number of rows"));
        }
        Ok(index)
    }

    /// Which three-byte sequences the bodies of a block have.
    pub(crate) fn filter(&self, details: &Details, block: usize) -> Result<Filter, StoreError> {
        let place = &details.index.blocks[block].filter;
        let bytes = file::read_at(&self.index_path, place.offset, place.n_bytes)?;
        if crc32fast::hash(&bytes) != place.checksum {
            let what = format!("the filter of block {block} does not fit its checksum");
            return Err(StoreError::damaged(&self.index_path, place.offset, what));
        }
        let malformed = || StoreError::damaged(&self.index_path, place.offset, "this is no filter");
        Filter::decode(&bytes).ok_or_else(malformed)
    }

    /// Reads everything and holds it against its checksums.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let details = self.read_details()?;
        file::CheckedFile::open(&self.path, Arc::clone(&details.index.checksums))?.check(self.file.n_bytes)?;
        for block in 0..details.index.blocks.len() {
            self.filter(&details, block)?;
        }
        Ok(())
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if self.is_replaced.load(Ordering::Relaxed) {
            // files that stay are removed when the store is opened the next time
            let _ = std::fs::remove_file(&self.path);
            let _ = std::fs::remove_file(&self.index_path);
        }
    }
}
