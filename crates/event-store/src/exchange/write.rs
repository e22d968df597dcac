//! Writing events to a file of either format.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use insights_core::event::Event;

use super::error::ExchangeError;
use super::ndjson::NdjsonWriter;
use super::parquet_write::ParquetWriter;

/// A format that files are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// One JSON object a line.
    Ndjson,
    /// The same, gzipped.
    NdjsonGzip,
    /// Columns `uuid`, `event`, `distinct_id`, `timestamp` (microseconds, UTC) and `properties` (JSON text).
    Parquet,
}

impl FileFormat {
    /// The format that the name of `path` asks for.
    ///
    /// # Errors
    /// [`ExchangeError::UnknownFormat`] where it asks for none.
    pub fn of_name(path: &Path) -> Result<Self, ExchangeError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let ends_in = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends_in(&[".parquet"]) {
            Ok(Self::Parquet)
        } else if ends_in(&[".ndjson.gz", ".jsonl.gz", ".json.gz"]) {
            Ok(Self::NdjsonGzip)
        } else if ends_in(&[".ndjson", ".jsonl", ".json"]) {
            Ok(Self::Ndjson)
        } else {
            Err(ExchangeError::UnknownFormat { path: path.to_owned() })
        }
    }
}

/// A file being written. It stands beside its place, as `NAME.part`, until [`EventWriter::finish`] moves it there, so that a file
/// of the asked name is always whole.
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    part: PathBuf,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Ndjson(NdjsonWriter),
    Parquet(Box<ParquetWriter>),
}

impl EventWriter {
    /// Begins a file that will stand at `path`, replacing what is there.
    ///
    /// # Errors
    /// Where it cannot be created.
    pub fn create(path: &Path, format: FileFormat) -> Result<Self, ExchangeError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|source| ExchangeError::io(&part, "create", source))?;
        let rows = match format {
            FileFormat::Ndjson => Rows::Ndjson(NdjsonWriter::new(file, false)),
            FileFormat::NdjsonGzip => Rows::Ndjson(NdjsonWriter::new(file, true)),
            FileFormat::Parquet => {
                Rows::Parquet(Box::new(ParquetWriter::new(file).map_err(|error| unwritable(path, error))?))
            }
        };
        Ok(Self { path: path.to_owned(), part, rows })
    }

    /// Adds `events`.
    ///
    /// # Errors
    /// Where they cannot be encoded or the disk refuses them.
    pub fn write(&mut self, events: &[Event]) -> Result<(), ExchangeError> {
        match &mut self.rows {
            Rows::Ndjson(writer) => {
                writer.write(events).map_err(|source| ExchangeError::io(&self.part, "write", source))
            }
            Rows::Parquet(writer) => writer.write(events).map_err(|error| unwritable(&self.path, error)),
        }
    }

    /// Ends the file, makes it durable and moves it to its place. Gives its size in bytes.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn finish(self) -> Result<u64, ExchangeError> {
        let failed = |source| ExchangeError::io(&self.part, "write", source);
        let file = match self.rows {
            Rows::Ndjson(writer) => writer.finish().map_err(failed)?,
            Rows::Parquet(writer) => writer.finish().map_err(|error| unwritable(&self.path, error))?,
        };
        file.sync_all().map_err(failed)?;
        let size_bytes = file.metadata().map_err(failed)?.len();
        fs::rename(&self.part, &self.path).map_err(|source| ExchangeError::io(&self.path, "create", source))?;
        Ok(size_bytes)
    }
}

/// `timestamp` to the microsecond, with as many digits as it has.
pub(crate) fn timestamp_text(timestamp: DateTime<Utc>) -> String {
    timestamp.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn unwritable(path: &Path, source: parquet::errors::ParquetError) -> ExchangeError {
    ExchangeError::Unwritable { path: path.to_owned(), source: Box::new(source) }
}
