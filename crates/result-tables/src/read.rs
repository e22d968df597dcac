//! From a file to the answer.

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;

use crate::TableLimits;
use crate::error::TableError;
use crate::layout::{Layout, METADATA_KEY, Shape};

/// An answer, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultTable {
    /// The series, steps or rows.
    pub results: Value,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// What else was known of it.
    pub about: Value,
}

/// Reads a file that [`write`](crate::write()) made.
///
/// # Errors
/// [`TableError::Unexpected`] where it is none, [`TableError::TooManyRows`] and [`TableError::TooLarge`] where it goes beyond `limits`.
pub fn read(file: Bytes, limits: TableLimits) -> Result<ResultTable, TableError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let layout = layout(builder.metadata())?;
    check(builder.metadata(), limits)?;
    let mut rows: Vec<Value> = Vec::new();
    for batch in builder.build()? {
        let batch = batch?;
        if batch.num_columns() != layout.kinds.len() {
            return Err(TableError::Unexpected("it has another number of columns than its metadata say".to_owned()));
        }
        let columns = layout.kinds.iter().zip(batch.columns()).map(|(kind, array)| kind.values(array.as_ref()));
        let mut columns: Vec<_> = columns.map(|values| values.map(Vec::into_iter)).collect::<Result<_, _>>()?;
        rows.extend((0..batch.num_rows()).map(|_| {
            let mut row = columns.iter_mut().map(|values| values.next().expect("columns have a value for each row"));
            match &layout.shape {
                Shape::Rows(_) => row.collect(),
                Shape::Items | Shape::Whole => row.next().expect("there is a column"),
            }
        }));
    }
    let results = match (layout.shape, rows.len()) {
        (Shape::Rows(_) | Shape::Items, _) => Value::Array(rows),
        (Shape::Whole, 1) => rows.swap_remove(0),
        (Shape::Whole, n_rows) => return Err(TableError::Unexpected(format!("it has {n_rows} rows, not one"))),
    };
    Ok(ResultTable { results, columns: layout.columns, about: layout.about })
}

fn layout(metadata: &ParquetMetaData) -> Result<Layout, TableError> {
    let mut pairs = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    let text = pairs.find(|pair| pair.key == METADATA_KEY).and_then(|pair| pair.value.as_deref());
    Layout::from_text(text.ok_or_else(|| TableError::Unexpected(format!("it has no {METADATA_KEY}")))?)
}

fn check(metadata: &ParquetMetaData, limits: TableLimits) -> Result<(), TableError> {
    let n_rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(usize::MAX);
    if n_rows > limits.max_rows {
        return Err(TableError::TooManyRows { n_rows, max_rows: limits.max_rows });
    }
    // the encoded pages: what repeats takes less room there than the values do, nothing takes much more
    let n_bytes: u64 = metadata.row_groups().iter().map(|group| group.total_byte_size().unsigned_abs()).sum();
    let room = limits.max_bytes.saturating_mul(2).saturating_add(1 << 20);
    if n_bytes > room as u64 {
        return Err(TableError::TooLarge { max_bytes: limits.max_bytes });
    }
    Ok(())
}
