//! Reading Parquet files piece by piece, each held against its checksum.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use bytes::Bytes;
use journal::error::FileError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::Details;
use super::columns::ColumnSet;
use super::index::PIECE_BYTES;
use crate::error::StoreError;

/// Reads bytes of a file.
pub(super) fn read_at(path: &Path, offset: u64, n_bytes: u64) -> Result<Vec<u8>, StoreError> {
    let file = File::open(path).map_err(StoreError::io(path, "open"))?;
    let left = file.metadata().map_err(StoreError::io(path, "look at"))?.len().saturating_sub(offset);
    if n_bytes > left {
        return Err(StoreError::damaged(path, offset, "the file is shorter than it was written"));
    }
    let mut bytes = vec![0; usize::try_from(n_bytes).expect("a part of a segment was made in memory")];
    file.read_exact_at(&mut bytes, offset).map_err(StoreError::io(path, "read"))?;
    Ok(bytes)
}

/// The Parquet file of a segment.
#[derive(Clone, Debug)]
pub(super) struct CheckedFile {
    file: Arc<File>,
    path: Arc<Path>,
    n_bytes: u64,
    checksums: Arc<[u32]>,
}

impl CheckedFile {
    pub(super) fn open(path: &Path, checksums: Arc<[u32]>) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io(path, "open"))?;
        let n_bytes = file.metadata().map_err(StoreError::io(path, "look at"))?.len();
        if n_bytes.div_ceil(PIECE_BYTES as u64) != checksums.len() as u64 {
            return Err(StoreError::damaged(path, n_bytes, "the file has not the length that was written"));
        }
        Ok(Self { file: Arc::new(file), path: path.into(), n_bytes, checksums })
    }

    /// Holds all of the file, which should have `n_bytes` bytes, against its checksums.
    pub(super) fn check(&self, n_bytes: u64) -> Result<(), StoreError> {
        if n_bytes != self.n_bytes {
            return Err(StoreError::damaged(&self.path, self.n_bytes, "the file has not the length that was written"));
        }
        for piece in 0..self.checksums.len() {
            self.read(piece as u64 * PIECE_BYTES as u64, 1)?;
        }
        Ok(())
    }

    /// Reads the pieces around these bytes, checks them, and gives the bytes.
    fn read(&self, start: u64, n_bytes: usize) -> Result<Bytes, FileError> {
        let end = start.checked_add(n_bytes as u64).filter(|&end| end <= self.n_bytes);
        let end = end.ok_or_else(|| FileError::damaged(&self.path, start, "a part lies outside of the file"))?;
        let piece = PIECE_BYTES as u64;
        let (from, to) = (start / piece * piece, end.next_multiple_of(piece).min(self.n_bytes));
        let length = |bytes: u64| usize::try_from(bytes).expect("a part of a segment was made in memory");
        let mut bytes = vec![0; length(to - from)];
        self.file.read_exact_at(&mut bytes, from).map_err(FileError::io(&self.path, "read"))?;
        let first = length(from / piece);
        for (index, bytes) in bytes.chunks(PIECE_BYTES).enumerate() {
            if crc32fast::hash(bytes) != self.checksums[first + index] {
                let offset = from + (index * PIECE_BYTES) as u64;
                return Err(FileError::damaged(&self.path, offset, "a piece does not fit its checksum"));
            }
        }
        let start = length(start - from);
        Ok(Bytes::from(bytes).slice(start..start + n_bytes))
    }
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.n_bytes
    }
}

impl ChunkReader for CheckedFile {
    type T = CheckedReader;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(CheckedReader { file: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.read(start, length).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// Reads a [`CheckedFile`] from some place on.
#[derive(Debug)]
pub(super) struct CheckedReader {
    file: CheckedFile,
    at: u64,
}

impl Read for CheckedReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.file.n_bytes.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let n_bytes = into.len().min(left).min(PIECE_BYTES);
        if n_bytes == 0 {
            return Ok(0);
        }
        let bytes = self.file.read(self.at, n_bytes).map_err(std::io::Error::other)?;
        into[..n_bytes].copy_from_slice(&bytes);
        self.at += n_bytes as u64;
        Ok(n_bytes)
    }
}

/// What is behind an error of the Parquet reader: damage that a checksum has found, or a file that was not made right.
pub(super) fn decode_error(path: &Path, error: ParquetError) -> StoreError {
    match error {
        ParquetError::External(source) => match source.downcast::<FileError>() {
            Ok(error) => StoreError::File(*error),
            Err(source) => StoreError::damaged(path, 0, format!("it cannot be decoded: {source}")),
        },
        other => StoreError::damaged(path, 0, format!("it cannot be decoded: {other}")),
    }
}

/// A segment with its file open.
#[derive(Clone, Debug)]
pub(crate) struct OpenSegment {
    file: CheckedFile,
    pub(crate) details: Arc<Details>,
}

impl OpenSegment {
    pub(super) fn new(path: &Path, details: Arc<Details>) -> Result<Self, StoreError> {
        Ok(Self { file: CheckedFile::open(path, Arc::clone(&details.index.checksums))?, details })
    }

    /// The rows of a block, with these columns.
    pub(crate) fn read(&self, block: usize, columns: &ColumnSet) -> Result<RecordBatch, StoreError> {
        let blocks = &self.details.index.blocks;
        let before = blocks[..block].iter().map(|block| block.n_rows).sum();
        let n_rows = blocks[block].n_rows;
        let metadata = self.details.metadata.clone();
        let schema = metadata.metadata().file_metadata().schema_descr_ptr();
        // every column is one leaf, so that leaves have the numbers of columns
        let mask = ProjectionMask::leaves(&schema, columns.positions(metadata.schema()));
        let selection = RowSelection::from(vec![RowSelector::skip(before), RowSelector::select(n_rows)]);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), metadata)
            .with_projection(mask)
            .with_row_selection(selection)
            .with_batch_size(n_rows)
            .build();
        let mut reader = reader.map_err(|error| self.error(error))?;
        let batch = reader.next().transpose().map_err(|error| self.error(error.into()))?;
        let whole = batch.filter(|batch| batch.num_rows() == n_rows);
        whole.ok_or_else(|| StoreError::damaged(&self.file.path, 0, format!("block {block} is not whole")))
    }

    /// For a column that is not as it was written.
    pub(crate) fn malformed(&self, column: &str) -> StoreError {
        StoreError::damaged(&self.file.path, 0, format!("the column {column} is missing or not of its type"))
    }

    fn error(&self, error: ParquetError) -> StoreError {
        decode_error(&self.file.path, error)
    }
}
