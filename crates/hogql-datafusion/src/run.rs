//! Running plans: the threads they run on, the memory they may take, and how they are stopped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::ensure_requirements::EnsureRequirements;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_optimizer::projection_pushdown::ProjectionPushdown;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use futures::StreamExt as _;
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;
use tokio::runtime::Builder;

use crate::error::{from_datafusion, into_datafusion};

/// Rows of a batch.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Streams of one query that run side by side where it is spread. The number is part of what floats add up to, so that it is not the
/// machine's number of processors.
const PARTITIONS: usize = 2;

/// The stack of the thread of a query: plans are walked by recursion, as deep as the query is nested.
const STACK_BYTES: usize = 16 << 20;

/// How often it is looked whether a query is to stop.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The rows of `plan`, at most `max_rows` of them where that is given. Blocks; may be called on any thread, asynchronous workers too:
/// the plan runs on one of its own, which stops at its next batch where the query is stopped.
///
/// Where `is_spread`, on several threads; else one stream does it all, and what depends on the order of rows, such as a list of values, is
/// the same every time.
///
/// # Errors
/// Where it cannot be computed; cancellation and limits as `control` says.
pub(crate) fn collect(
    plan: LogicalPlan,
    is_spread: bool,
    max_rows: Option<usize>,
    control: &QueryControl,
) -> std::result::Result<Vec<RecordBatch>, QueryError> {
    control.check()?;
    let (send, receive) = mpsc::sync_channel(1);
    let shared = control.clone();
    let work = move || {
        let runtime = if is_spread {
            Builder::new_multi_thread()
                .worker_threads(PARTITIONS)
                .thread_name("hogql")
                .thread_stack_size(STACK_BYTES)
                .build()
        } else {
            Builder::new_current_thread().build()
        };
        let runtime = runtime.map_err(|error| QueryError::Source(Box::new(error)));
        let result = runtime.and_then(|runtime| {
            let rows = runtime.block_on(collect_rows(plan, is_spread, max_rows, &shared));
            rows.map_err(|error| from_datafusion(error, &shared))
        });
        // nobody listens any more where the query was stopped
        let _ = send.send(result);
    };
    let thread = std::thread::Builder::new().name("hogql".to_owned()).stack_size(STACK_BYTES);
    thread.spawn(work).map_err(|error| QueryError::Source(Box::new(error)))?;
    loop {
        match receive.recv_timeout(CHECK_EVERY) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => control.check()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(QueryError::Source("an operator of the query panicked".into()));
            }
        }
    }
}

async fn collect_rows(
    plan: LogicalPlan,
    is_spread: bool,
    max_rows: Option<usize>,
    control: &QueryControl,
) -> Result<Vec<RecordBatch>> {
    let state = session(is_spread, control)?;
    let physical = state.create_physical_plan(&plan).await?;
    let mut stream = execute_stream(physical, state.task_ctx())?;
    let mut batches = Vec::new();
    // until all are there: whoever takes them accounts for what they become
    let mut held = HeldMemory::new(control);
    let mut n_rows = 0;
    while let Some(batch) = stream.next().await {
        control.check().map_err(into_datafusion)?;
        let batch = batch?;
        n_rows += batch.num_rows();
        held.grow::<u8>(batch.get_array_memory_size()).map_err(into_datafusion)?;
        batches.push(batch);
        if max_rows.is_some_and(|max| n_rows >= max) {
            break;
        }
    }
    Ok(batches)
}

fn session(is_spread: bool, control: &QueryControl) -> Result<SessionState> {
    let partitions = if is_spread { PARTITIONS } else { 1 };
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false);
    // tables know nothing of their values, so there is nothing to choose by
    config.options_mut().execution.collect_statistics = false;
    // each stream gives a group once, so that what two of them give can be added up in either order
    config.options_mut().execution.skip_partial_aggregation_probe_rows_threshold = usize::MAX;
    // groups of which the first by some order are wanted: it makes room for as many at once as the limit says, however many there are
    config.options_mut().optimizer.enable_topk_aggregation = false;
    // it takes distinct rows that come in order for such groups
    config.options_mut().optimizer.enable_distinct_aggregation_soft_limit = false;
    // it finds null where none can be: of a comparison of a column with itself that was made simpler
    config.options_mut().execution.skip_physical_aggregate_schema_check = true;
    config.options_mut().optimizer.enable_round_robin_repartition = false;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(QueryMemory::new(control)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    Ok(SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rules(optimizer_rules())
        .build())
}

/// DataFusion's own rules, of which the one that sorts what has to be sorted comes once more: when filters have taken over projections,
/// a column that a filter holds constant may not be seen to be in order any more.
fn optimizer_rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::default().rules;
    let projections = rules.iter().position(|rule| rule.name() == ProjectionPushdown::new().name());
    if let Some(at) = projections {
        rules.insert(at + 1, Arc::new(EnsureRequirements::new()));
    }
    rules
}

/// The memory of one query, accounted for with its control.
#[derive(Debug)]
struct QueryMemory {
    control: QueryControl,
    reserved: AtomicUsize,
}

impl QueryMemory {
    fn new(control: &QueryControl) -> Self {
        Self { control: control.clone(), reserved: AtomicUsize::new(0) }
    }
}

impl fmt::Display for QueryMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the memory of one query, {} bytes of it taken", self.reserved.load(Ordering::Relaxed))
    }
}

impl MemoryPool for QueryMemory {
    fn name(&self) -> &str {
        "query"
    }

    fn grow(&self, _reservation: &MemoryReservation, additional: usize) {
        // over the limit or not: whoever calls this has taken the memory already
        let _ = self.control.reserve_memory(additional as u64);
        self.reserved.fetch_add(additional, Ordering::Relaxed);
    }

    fn shrink(&self, _reservation: &MemoryReservation, shrink: usize) {
        self.control.release_memory(shrink as u64);
        self.reserved.fetch_sub(shrink, Ordering::Relaxed);
    }

    fn try_grow(&self, _reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if let Err(error) = self.control.reserve_memory(additional as u64) {
            self.control.release_memory(additional as u64);
            return Err(DataFusionError::ResourcesExhausted(error.to_string()));
        }
        self.reserved.fetch_add(additional, Ordering::Relaxed);
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.reserved.load(Ordering::Relaxed)
    }
}

impl Drop for QueryMemory {
    fn drop(&mut self) {
        self.control.release_memory(self.reserved.load(Ordering::Relaxed) as u64);
    }
}
