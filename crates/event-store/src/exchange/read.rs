//! Reading events from a file of either format.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use capture::limits::Limits;
use insights_core::event::Event;
use uuid::Uuid;

use super::error::{ExchangeError, RejectedRow};
use super::ndjson::NdjsonReader;
use super::parquet_read::ParquetReader;

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions {
    /// Uuid of the project that the events are for: rows without a uuid get one made from it and their content.
    pub namespace: Uuid,
    /// Bounds of what is taken.
    pub limits: Limits,
    /// Most events a batch.
    pub batch_events: usize,
}

impl ReadOptions {
    /// The usual bounds, for the project that `namespace` is the uuid of.
    pub fn new(namespace: Uuid) -> Self {
        Self { namespace, limits: Limits::default(), batch_events: 10_000 }
    }
}

/// Some rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBatch {
    /// The good ones, in the file's order.
    pub events: Vec<Event>,
    /// The others.
    pub rejected: Vec<RejectedRow>,
}

impl ReadBatch {
    pub(crate) fn rows(&self) -> usize {
        self.events.len() + self.rejected.len()
    }
}

/// A file being read. Its format is told by its first bytes, whatever its name.
#[derive(Debug)]
pub struct EventReader {
    rows: Rows,
    bytes_total: u64,
    bytes_read: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Rows {
    Ndjson(Box<NdjsonReader>),
    Parquet(Box<ParquetReader>),
}

impl EventReader {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be opened, or is a Parquet file without the columns that events need.
    pub fn open(path: &Path, options: ReadOptions) -> Result<Self, ExchangeError> {
        let failed = |source| ExchangeError::io(path, "read", source);
        let mut file = File::open(path).map_err(failed)?;
        let bytes_total = file.metadata().map_err(failed)?.len();
        let beginning = read_beginning(&mut file).map_err(failed)?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        let rows = if beginning.starts_with(b"PAR1") {
            Rows::Parquet(Box::new(ParquetReader::open(path, file, bytes_total, Arc::clone(&bytes_read), options)?))
        } else {
            let gzipped = beginning.starts_with(&[0x1f, 0x8b]);
            Rows::Ndjson(Box::new(NdjsonReader::new(path, file, gzipped, Arc::clone(&bytes_read), options)))
        };
        Ok(Self { rows, bytes_total, bytes_read })
    }

    /// The next rows; `None` at the end. A batch without events but with rejected rows is possible.
    ///
    /// # Errors
    /// Where the file is damaged: what came before is good.
    pub fn next_batch(&mut self) -> Result<Option<ReadBatch>, ExchangeError> {
        match &mut self.rows {
            Rows::Ndjson(reader) => reader.next_batch(),
            Rows::Parquet(reader) => reader.next_batch(),
        }
    }

    /// Size of the file.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    /// How much of it has been read, compressed as it is.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

fn read_beginning(file: &mut File) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut beginning)?;
    file.rewind()?;
    Ok(beginning)
}
