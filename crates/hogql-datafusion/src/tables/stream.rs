//! Tables as DataFusion reads them: batch after batch, made when it is asked for, of the columns that are asked for.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use query_engine::control::QueryControl;

use crate::error::into_datafusion;

/// Rows of a table in batches, numbered from 0. The numbers' order is the table's.
pub(super) trait Batches: Debug + Send + Sync {
    fn schema(&self) -> &SchemaRef;

    fn n_batches(&self) -> usize;

    /// How many rows a batch has.
    fn n_rows(&self, batch: usize) -> usize;

    /// A column of a batch.
    ///
    /// # Errors
    /// Cancellation and limits.
    fn column(&self, column: usize, batch: usize) -> Result<ArrayRef>;
}

/// `batches` as a table of as many partitions as its plan has, each of neighbouring batches. More would be merged in the order in which they
/// come, or not at all where DataFusion takes one for all there is.
pub(super) fn table(batches: Arc<dyn Batches>, control: &QueryControl) -> Arc<dyn TableProvider> {
    Arc::new(StreamedTable { batches, control: control.clone() })
}

#[derive(Debug)]
struct StreamedTable {
    batches: Arc<dyn Batches>,
    control: QueryControl,
}

#[async_trait]
impl TableProvider for StreamedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.batches.schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema().fields().len()).collect());
        let schema = Arc::new(self.schema().project(&columns)?);
        let n_batches = self.batches.n_batches();
        let n_partitions = session.config().target_partitions();
        let each = n_batches.div_ceil(n_partitions).max(1);
        let numbers = (0..n_partitions).map(|partition| partition * each..((partition + 1) * each).min(n_batches));
        let streams = numbers.filter(|numbers| numbers.start == 0 || !numbers.is_empty()).map(|numbers| {
            let stream = Partition {
                batches: Arc::clone(&self.batches),
                columns: columns.clone(),
                schema: Arc::clone(&schema),
                numbers,
                control: self.control.clone(),
            };
            Arc::new(stream) as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), streams.collect(), None, [], false, limit)?))
    }
}

/// Some columns of some of the batches.
#[derive(Clone, Debug)]
struct Partition {
    batches: Arc<dyn Batches>,
    columns: Vec<usize>,
    schema: SchemaRef,
    numbers: Range<usize>,
    control: QueryControl,
}

impl Partition {
    fn batch(&self, number: usize) -> Result<RecordBatch> {
        self.control.check().map_err(into_datafusion)?;
        let columns = self.columns.iter().map(|&column| self.batches.column(column, number));
        let options = RecordBatchOptions::new().with_row_count(Some(self.batches.n_rows(number)));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect::<Result<_>>()?, &options)?)
    }
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let partition = self.clone();
        let batches = self.numbers.clone().map(move |number| partition.batch(number));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}
