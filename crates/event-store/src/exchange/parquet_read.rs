//! Rows of a Parquet file as events.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use capture::error::EventError;
use capture::record::Record;
use insights_core::event::Event;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::error::{ExchangeError, RejectedRow};
use super::parquet_columns::{InstantColumn, TextColumn};
use super::read::{ReadBatch, ReadOptions};

const NEEDED: [&str; 3] = ["event", "distinct_id", "timestamp"];
const OPTIONAL: [&str; 2] = ["uuid", "properties"];

/// A Parquet file being read.
#[derive(Debug)]
pub(crate) struct ParquetReader {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    options: ReadOptions,
    rows_read: u64,
    rows_total: u64,
    bytes_total: u64,
    bytes_read: Arc<AtomicU64>,
}

impl ParquetReader {
    pub(crate) fn open(
        path: &Path,
        file: File,
        bytes_total: u64,
        bytes_read: Arc<AtomicU64>,
        options: ReadOptions,
    ) -> Result<Self, ExchangeError> {
        // Without the writer's own schema, every text column comes as plain text, however the writer held it.
        let reader_options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, reader_options)
            .map_err(|error| ExchangeError::parquet(path, error))?;
        let schema = Arc::clone(builder.schema());
        for name in NEEDED {
            if schema.column_with_name(name).is_none() {
                let found: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                let reason = format!("it has no column {name:?}; its columns are {}", found.join(", "));
                return Err(ExchangeError::unreadable(path, reason));
            }
        }
        let roots =
            NEEDED.iter().chain(&OPTIONAL).filter_map(|name| schema.column_with_name(name).map(|(index, _)| index));
        let projection = ProjectionMask::roots(builder.parquet_schema(), roots);
        let rows_total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let batches = builder
            .with_projection(projection)
            .with_batch_size(options.batch_events)
            .build()
            .map_err(|error| ExchangeError::parquet(path, error))?;
        Ok(Self { path: path.to_owned(), batches, options, rows_read: 0, rows_total, bytes_total, bytes_read })
    }

    pub(crate) fn next_batch(&mut self) -> Result<Option<ReadBatch>, ExchangeError> {
        let Some(batch) = self.batches.next() else {
            self.bytes_read.store(self.bytes_total, Ordering::Relaxed);
            return Ok(None);
        };
        let batch = batch.map_err(|error| ExchangeError::parquet(&self.path, error))?;
        let read = self.events(&batch)?;
        self.rows_read += batch.num_rows() as u64;
        // The columns lie apart in the file, so how far the reading is shows in rows, not in a position.
        let share = u128::from(self.bytes_total) * u128::from(self.rows_read) / u128::from(self.rows_total.max(1));
        self.bytes_read.store(u64::try_from(share).unwrap_or(self.bytes_total), Ordering::Relaxed);
        Ok(Some(read))
    }

    fn events(&self, batch: &RecordBatch) -> Result<ReadBatch, ExchangeError> {
        let text = |name: &str| {
            let column = batch.column_by_name(name);
            column.map(|column| {
                TextColumn::of(column.as_ref()).ok_or_else(|| self.wrong_type(name, "text", column.data_type()))
            })
        };
        let uuids = text("uuid").transpose()?;
        let names = text("event").transpose()?;
        let distinct_ids = text("distinct_id").transpose()?;
        let properties = text("properties").transpose()?;
        let timestamps = match batch.column_by_name("timestamp") {
            Some(column) => InstantColumn::of(column.as_ref())
                .ok_or_else(|| self.wrong_type("timestamp", "a timestamp or text", column.data_type()))?,
            None => return Err(ExchangeError::unreadable(&self.path, "it has no column \"timestamp\"")),
        };
        let mut read = ReadBatch { events: Vec::with_capacity(batch.num_rows()), rejected: Vec::new() };
        for index in 0..batch.num_rows() {
            let event = || -> Result<Event, EventError> {
                let record = Record {
                    uuid: uuids.and_then(|column| column.get_uuid(index)),
                    event: names.and_then(|column| column.get(index)),
                    distinct_id: distinct_ids.and_then(|column| column.get(index)),
                    timestamp: timestamps.get(index)?,
                    properties: properties.and_then(|column| column.get(index)),
                    ..Record::default()
                };
                record.into_event(self.options.namespace, &self.options.limits)
            };
            match event() {
                Ok(event) => read.events.push(event),
                Err(reason) => {
                    read.rejected.push(RejectedRow { row: self.rows_read + index as u64 + 1, reason });
                }
            }
        }
        Ok(read)
    }

    fn wrong_type(&self, name: &str, wanted: &str, found: &arrow_schema::DataType) -> ExchangeError {
        ExchangeError::unreadable(&self.path, format!("its column {name:?} must be {wanted}, not {found}"))
    }
}
