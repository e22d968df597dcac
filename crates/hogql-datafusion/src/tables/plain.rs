//! Tables that are arrays as they stand, and numbers.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use hogql::tables::{GroupsColumn, TableColumn};
use query_engine::scan::Scan;
use query_engine::value::PropertyValue;
use serde_json::{Map, Value};

use super::stream::{self, Batches};
use super::{Context, TableUse, events};
use crate::run::BATCH_ROWS;

/// Arrays, one for each column, as a table of so many rows.
pub(super) fn arrays(
    table: &TableUse<'_>,
    columns: Vec<ArrayRef>,
    n_rows: usize,
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    let rows = RecordBatch::try_new_with_options(events::schema(table), columns, &options)?;
    Ok(stream::table(Arc::new(Arrays { schema: rows.schema(), rows }), context.control))
}

#[derive(Debug)]
struct Arrays {
    schema: SchemaRef,
    rows: RecordBatch,
}

impl Batches for Arrays {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn n_batches(&self) -> usize {
        self.rows.num_rows().div_ceil(BATCH_ROWS)
    }

    fn n_rows(&self, batch: usize) -> usize {
        BATCH_ROWS.min(self.rows.num_rows() - batch * BATCH_ROWS)
    }

    fn column(&self, column: usize, batch: usize) -> Result<ArrayRef> {
        Ok(self.rows.column(column).slice(batch * BATCH_ROWS, self.n_rows(batch)))
    }
}

/// `groups`.
pub(super) fn groups(table: &TableUse<'_>, scan: &Scan, context: &Context<'_>) -> Result<Arc<dyn TableProvider>> {
    let rows: Vec<(i64, &Arc<str>, &Arc<str>)> = scan
        .groups
        .iter()
        .zip(0i64..)
        .flat_map(|(groups, index)| groups.keys.iter().zip(&groups.properties).map(move |(key, all)| (index, key, all)))
        .collect();
    let columns = table.columns.iter().map(|(column, _)| {
        let TableColumn::Group(column) = column else {
            return Err(DataFusionError::Internal("a column of another table".to_owned()));
        };
        Ok(match column {
            GroupsColumn::Index => {
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|(index, ..)| *index))) as ArrayRef
            }
            GroupsColumn::Key => Arc::new(StringViewArray::from_iter_values(rows.iter().map(|(_, key, _)| key))),
            GroupsColumn::Properties => Arc::new(StringViewArray::from_iter_values(rows.iter().map(|(.., all)| all))),
            GroupsColumn::Property(key) => {
                let values = rows.iter().map(|(.., all)| property_of(all, key).to_text());
                Arc::new(values.collect::<StringViewArray>())
            }
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    arrays(table, columns, rows.len(), context)
}

/// A property out of an object's JSON text.
fn property_of(all: &str, key: &str) -> PropertyValue {
    let all: Map<String, Value> = serde_json::from_str(all).unwrap_or_default();
    all.get(key).map(PropertyValue::from_json).unwrap_or_default()
}

/// `numbers`.
pub(super) fn numbers(
    table: &TableUse<'_>,
    first: u64,
    n: u64,
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let numbers = Numbers { schema: events::schema(table), first, n };
    Ok(stream::table(Arc::new(numbers), context.control))
}

#[derive(Debug)]
struct Numbers {
    schema: SchemaRef,
    first: u64,
    n: u64,
}

impl Batches for Numbers {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn n_batches(&self) -> usize {
        usize::try_from(self.n.div_ceil(BATCH_ROWS as u64)).unwrap_or(usize::MAX)
    }

    fn n_rows(&self, batch: usize) -> usize {
        let left = self.n - batch as u64 * BATCH_ROWS as u64;
        usize::try_from(left).unwrap_or(usize::MAX).min(BATCH_ROWS)
    }

    fn column(&self, _column: usize, batch: usize) -> Result<ArrayRef> {
        let start = batch as u64 * BATCH_ROWS as u64;
        let numbers = start..start + self.n_rows(batch) as u64;
        let values = numbers.map(|number| i64::try_from(self.first.saturating_add(number)).unwrap_or(i64::MAX));
        Ok(Arc::new(values.collect::<Int64Array>()))
    }
}
