//! `logs`: blocks that the store lends, each read when it is asked for.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{
    ArrayRef, Int64Array, StringViewArray, StringViewBuilder, TimestampMicrosecondArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use hogql::tables::{Table, TableColumn};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::logs::{LentLogs, LogBlock, LogRequest, LogTexts, LogValues};
use query_engine::scan::ScanSource;

use super::columns::compact;
use super::{Context, TableUse, events};
use crate::error::into_datafusion;
use crate::run::BATCH_ROWS;

/// What the source lends for those of `uses` that read logs, in their order.
pub(super) fn lend(
    uses: &[TableUse<'_>],
    context: &Context<'_>,
    source: &dyn ScanSource,
) -> std::result::Result<VecDeque<Box<dyn LentLogs>>, QueryError> {
    let requests: Vec<LogRequest> =
        uses.iter().filter(|table| *table.table == Table::Logs).map(|table| request(table, context)).collect();
    if requests.is_empty() {
        return Ok(VecDeque::new());
    }
    let logs = source.logs().ok_or_else(|| QueryError::unsupported("query", "the table logs"))?;
    Ok(logs.lend(&requests, context.control)?.into())
}

fn request(table: &TableUse<'_>, context: &Context<'_>) -> LogRequest {
    let columns = table.columns.iter().filter_map(|(column, _)| match column {
        TableColumn::Log(column) => Some(column.clone()),
        _ => None,
    });
    LogRequest { project: context.project, columns: columns.collect(), bounds: table.bounds.clone() }
}

/// The table of what was lent.
pub(super) fn table(
    table: &TableUse<'_>,
    lent: Option<Box<dyn LentLogs>>,
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let lent = lent.ok_or_else(|| DataFusionError::Internal("the logs of a table were not lent".to_owned()))?;
    Ok(Arc::new(LogTable { schema: events::schema(table), lent: lent.into(), control: context.control.clone() }))
}

#[derive(Debug)]
struct LogTable {
    schema: SchemaRef,
    lent: Arc<dyn LentLogs>,
    control: QueryControl,
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let n_blocks = self.lent.n_blocks();
        let n_partitions = session.config().target_partitions();
        // each of neighbouring blocks, as partitions of other tables are of batches
        let each = n_blocks.div_ceil(n_partitions).max(1);
        let numbers = (0..n_partitions).map(|partition| partition * each..((partition + 1) * each).min(n_blocks));
        let streams = numbers.filter(|numbers| numbers.start == 0 || !numbers.is_empty()).map(|numbers| {
            let stream = Partition {
                lent: Arc::clone(&self.lent),
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

/// Some columns of some of the blocks.
#[derive(Clone, Debug)]
struct Partition {
    lent: Arc<dyn LentLogs>,
    columns: Vec<usize>,
    schema: SchemaRef,
    numbers: Range<usize>,
    control: QueryControl,
}

impl Partition {
    /// A block, in batches.
    fn batches(&self, number: usize) -> Result<Vec<RecordBatch>> {
        self.control.check().map_err(into_datafusion)?;
        let block = self.lent.block(number, &self.columns, &self.control).map_err(into_datafusion)?;
        let LogBlock { n_rows, columns } = block;
        let columns = columns.into_iter().map(array).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        let starts = (0..n_rows).step_by(BATCH_ROWS);
        Ok(starts.map(|start| rows.slice(start, BATCH_ROWS.min(n_rows - start))).collect())
    }
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let partition = self.clone();
        let batches = self.numbers.clone().flat_map(move |number| match partition.batches(number) {
            Ok(batches) => batches.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

fn array(values: LogValues) -> Result<ArrayRef> {
    Ok(match values {
        LogValues::Instants(instants) => Arc::new(TimestampMicrosecondArray::from(instants)),
        LogValues::Numbers(numbers) => Arc::new(Int64Array::from(numbers)),
        LogValues::Texts(values) => Arc::new(texts(&values)),
        LogValues::Coded(values, codes) => compact(take(&texts(&values), &UInt32Array::from(codes), None)?),
    })
}

fn texts(values: &LogTexts) -> StringViewArray {
    let mut builder = StringViewBuilder::with_capacity(values.len());
    values.iter().for_each(|text| builder.append_option(text));
    builder.finish()
}
