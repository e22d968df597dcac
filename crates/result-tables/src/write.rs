//! From an answer to a file.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;

use crate::TableLimits;
use crate::column::Kind;
use crate::error::TableError;
use crate::layout::{Layout, METADATA_KEY, Shape};

/// Rows that are put together at once.
const BATCH_ROWS: usize = 16 * 1024;

/// Bytes of a value that is no text.
const VALUE_BYTES: usize = 8;

/// The file of an answer. `columns` are the names of its columns where it has any; `about` is what else is known of it, which comes back as it is.
///
/// # Errors
/// [`TableError::TooManyRows`] and [`TableError::TooLarge`] where it goes beyond `limits`.
pub fn write(results: &Value, columns: &[String], about: &Value, limits: TableLimits) -> Result<Bytes, TableError> {
    let shape = Shape::of(results, columns);
    let rows = match (results, &shape) {
        (Value::Array(items), Shape::Rows(_) | Shape::Items) => items.as_slice(),
        _ => std::slice::from_ref(results),
    };
    if rows.len() > limits.max_rows {
        return Err(TableError::TooManyRows { n_rows: rows.len(), max_rows: limits.max_rows });
    }
    let names = shape.column_names();
    let cell = |row: usize, column: usize| match &shape {
        Shape::Rows(_) => &rows[row][column],
        Shape::Items | Shape::Whole => &rows[row],
    };
    let kinds: Vec<Kind> = match &shape {
        Shape::Rows(_) => {
            (0..names.len()).map(|column| Kind::of((0..rows.len()).map(|row| cell(row, column)))).collect()
        }
        Shape::Items | Shape::Whole => vec![Kind::Json],
    };
    let fields: Vec<Field> =
        names.into_iter().zip(&kinds).map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder()
        .set_created_by("hindsight".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
    let mut n_bytes = 0_usize;
    for start in (0..rows.len()).step_by(BATCH_ROWS) {
        let end = rows.len().min(start + BATCH_ROWS);
        for row in start..end {
            n_bytes += (0..kinds.len()).map(|column| size(cell(row, column))).sum::<usize>();
        }
        if n_bytes > limits.max_bytes {
            return Err(TableError::TooLarge { max_bytes: limits.max_bytes });
        }
        let arrays: Vec<ArrayRef> = kinds
            .iter()
            .enumerate()
            .map(|(column, kind)| kind.array((start..end).map(|row| cell(row, column))))
            .collect();
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?;
    }
    let layout = Layout { shape, kinds, columns: columns.to_vec(), about: about.clone() };
    writer.append_key_value_metadata(KeyValue::new(METADATA_KEY.to_owned(), layout.to_text()));
    Ok(writer.into_inner()?.into())
}

/// Bytes that a value takes, about.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => VALUE_BYTES,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum::<usize>() + VALUE_BYTES,
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum::<usize>() + VALUE_BYTES,
    }
}
