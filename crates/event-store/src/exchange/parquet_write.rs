//! Events as a Parquet file that other programs read as it is.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use insights_core::event::Event;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

/// Rows a row group: what a reader must be able to hold of a column.
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// A Parquet file being written.
#[derive(Debug)]
pub(crate) struct ParquetWriter {
    writer: ArrowWriter<File>,
    schema: SchemaRef,
}

impl ParquetWriter {
    pub(crate) fn new(file: File) -> Result<Self, ParquetError> {
        let schema = Arc::new(Schema::new(vec![
            Field::new("uuid", DataType::Utf8, false),
            Field::new("event", DataType::Utf8, false),
            Field::new("distinct_id", DataType::Utf8, false),
            Field::new("timestamp", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
            Field::new("properties", DataType::Utf8, false),
        ]));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
        Ok(Self { writer, schema })
    }

    pub(crate) fn write(&mut self, events: &[Event]) -> Result<(), ParquetError> {
        let texts =
            |text: fn(&Event) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(events.iter().map(text))) };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(events.iter().map(|event| event.uuid.to_string()))),
            texts(|event| &event.event),
            texts(|event| &event.distinct_id),
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    events.iter().map(|event| event.timestamp.timestamp_micros()),
                )
                .with_timezone("UTC"),
            ),
            texts(|event| &event.properties),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        self.writer.write(&batch)
    }

    pub(crate) fn finish(self) -> Result<File, ParquetError> {
        self.writer.into_inner()
    }
}
