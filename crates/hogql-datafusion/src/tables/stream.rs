//! Tables as DataFusion reads them: batch after batch, made when it is asked for.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use query_engine::control::QueryControl;

use crate::error::into_datafusion;
use crate::run::PARTITIONS;

/// Rows of a table in batches, numbered from 0. The numbers' order is the table's.
pub(super) trait Batches: Debug + Send + Sync {
    fn schema(&self) -> &SchemaRef;

    fn n_batches(&self) -> usize;

    /// A batch.
    ///
    /// # Errors
    /// Cancellation and limits.
    fn batch(&self, number: usize) -> Result<RecordBatch>;
}

/// `batches` as a table of several partitions, each of neighbouring batches.
pub(super) fn table(batches: Arc<dyn Batches>, control: &QueryControl) -> Result<Arc<dyn TableProvider>> {
    let n_batches = batches.n_batches();
    let each = n_batches.div_ceil(PARTITIONS).max(1);
    let partitions = (0..PARTITIONS).map(|partition| partition * each..((partition + 1) * each).min(n_batches));
    let mut streams: Vec<Arc<dyn PartitionStream>> = Vec::new();
    for numbers in partitions.filter(|numbers| !numbers.is_empty()) {
        streams.push(Arc::new(Partition { batches: Arc::clone(&batches), numbers, control: control.clone() }));
    }
    if streams.is_empty() {
        streams.push(Arc::new(Partition { batches: Arc::clone(&batches), numbers: 0..0, control: control.clone() }));
    }
    Ok(Arc::new(StreamingTable::try_new(Arc::clone(batches.schema()), streams)?))
}

#[derive(Debug)]
struct Partition {
    batches: Arc<dyn Batches>,
    numbers: Range<usize>,
    control: QueryControl,
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        self.batches.schema()
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (batches, control) = (Arc::clone(&self.batches), self.control.clone());
        let rows = self.numbers.clone().map(move |number| {
            control.check().map_err(into_datafusion)?;
            batches.batch(number)
        });
        let stream = futures::stream::iter(rows);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(self.batches.schema()), stream))
    }
}
