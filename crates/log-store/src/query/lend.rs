//! Lending columns to HogQL: what is in memory first, then block after block of the segments.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use hogql::tables::LogsColumn;
use logs::lending::{self, LentRecords};
use logs::record::{Position, Severity, StoredLog};
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;
use query_engine::logs::{LentLogs, LogBlock, LogRequest, LogTexts, LogValues};

use super::View;
use super::plan::ReadPlan;
use super::predicate::{FieldTexts, Mask, Predicate, Scope, Services, add_columns, severities, timestamps};
use crate::error::StoreError;
use crate::segment::{ColumnSet, OpenSegment, fixed};

/// A project's logs, lent.
#[derive(Debug)]
struct LentView {
    in_memory: LentRecords<Arc<StoredLog>>,
    columns: Vec<LogsColumn>,
    plan: ReadPlan,
    predicate: Predicate,
    _held: HeldMemory,
}

impl View {
    /// The logs that `request` asks for, by time within each block.
    pub(crate) fn lend(&self, request: &LogRequest, control: &QueryControl) -> Result<Box<dyn LentLogs>, QueryError> {
        let filter = self.bounded(&lending::filter_of(request));
        let mut held = HeldMemory::new(control);
        let mut in_memory = Vec::new();
        self.in_memory(&filter, control, |log| {
            held.grow::<Arc<StoredLog>>(1)?;
            in_memory.push(Arc::clone(log));
            Ok(())
        })?;
        in_memory.sort_unstable_by_key(|log| log.position());
        let mut plan = self.plan(&filter, control)?;
        plan.blocks.sort_unstable_by_key(|block| (block.min_us, block.segment, block.block));
        Ok(Box::new(LentView {
            in_memory: LentRecords::new(in_memory, request.columns.clone()),
            columns: request.columns.clone(),
            plan,
            predicate: Predicate::new(filter),
            _held: held,
        }))
    }
}

impl LentLogs for LentView {
    fn n_blocks(&self) -> usize {
        self.in_memory.n_blocks() + self.plan.blocks.len()
    }

    fn block(&self, block: usize, columns: &[usize], control: &QueryControl) -> Result<LogBlock, QueryError> {
        let Some(stored) = block.checked_sub(self.in_memory.n_blocks()) else {
            return self.in_memory.block(block, columns, control);
        };
        control.check()?;
        let block = &self.plan.blocks[stored];
        if !self.plan.may_match(block)? {
            return Ok(empty(columns.iter().map(|&column| &self.columns[column])));
        }
        let open = &self.plan.segments[block.segment].open;
        let wanted: Vec<&LogsColumn> = columns.iter().map(|&column| &self.columns[column]).collect();
        let mut needed = ColumnSet::none();
        // what a block has no column of has no rows either
        needed.add(fixed::TIMESTAMP);
        wanted.iter().for_each(|column| need(column, &mut needed));
        let Some((batch, mask)) = self.predicate.rows(open, block.block, &needed)? else {
            return Ok(empty(wanted.into_iter()));
        };
        control.add_read(mask.len() as u64, batch.get_array_memory_size() as u64);
        let rows = Rows { open, block: block.block, batch: &batch, rows: kept(&mask) };
        let columns = wanted.into_iter().map(|column| rows.values(column));
        Ok(LogBlock { n_rows: rows.rows.len(), columns: columns.collect::<Result<_, StoreError>>()? })
    }
}

/// No rows.
fn empty<'a>(columns: impl Iterator<Item = &'a LogsColumn>) -> LogBlock {
    LogBlock { n_rows: 0, columns: columns.map(|column| lending::values(column, std::iter::empty())).collect() }
}

fn kept(mask: &Mask) -> Vec<usize> {
    mask.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row).collect()
}

/// The stored columns that a column is made of.
fn need(column: &LogsColumn, columns: &mut ColumnSet) {
    match column {
        LogsColumn::Timestamp => {}
        LogsColumn::Uuid => columns.add(fixed::ARRIVAL),
        LogsColumn::ObservedTimestamp => columns.add(fixed::OBSERVED_DELAY),
        LogsColumn::SeverityNumber => columns.add(fixed::SEVERITY),
        LogsColumn::ServiceName | LogsColumn::ResourceAttributes => columns.add(fixed::RESOURCE),
        // Made of whole records, which are read by themselves.
        LogsColumn::Attributes => {}
        column => {
            let field = lending::field_of(column).expect("the other columns are fields");
            add_columns(&field, columns);
        }
    }
}

/// Rows of a block.
struct Rows<'a> {
    open: &'a OpenSegment,
    block: usize,
    batch: &'a RecordBatch,
    rows: Vec<usize>,
}

impl Rows<'_> {
    fn values(&self, column: &LogsColumn) -> Result<LogValues, StoreError> {
        let (open, batch) = (self.open, self.batch);
        let rows = || self.rows.iter().copied();
        Ok(match column {
            LogsColumn::Timestamp => {
                let timestamps = timestamps(open, batch)?;
                LogValues::Instants(rows().map(|row| timestamps[row]).collect())
            }
            LogsColumn::ObservedTimestamp => {
                let timestamps = timestamps(open, batch)?;
                let delays = batch.column_by_name(fixed::OBSERVED_DELAY);
                let delays = delays.and_then(|column| column.as_primitive_opt::<Int64Type>());
                let delays = delays.ok_or_else(|| open.malformed(fixed::OBSERVED_DELAY))?.values();
                LogValues::Instants(rows().map(|row| timestamps[row].wrapping_add(delays[row])).collect())
            }
            LogsColumn::SeverityNumber => {
                let severities = severities(open, batch)?;
                LogValues::Numbers(rows().map(|row| severities[row].into()).collect())
            }
            LogsColumn::Level => {
                // One text for each number, whether or not it is one of OpenTelemetry's.
                let names = (0..=u8::MAX).map(|number| Some(Severity::from_number(number)?.level().name()));
                let severities = severities(open, batch)?;
                LogValues::Coded(names.collect(), rows().map(|row| severities[row].into()).collect())
            }
            LogsColumn::Uuid => {
                let (timestamps, arrivals) = open.positions(batch)?;
                let uuid = |row: usize| Position { timestamp_us: timestamps[row], arrival: arrivals[row] }.uuid();
                LogValues::Texts(rows().map(|row| Some(uuid(row).to_string())).collect())
            }
            LogsColumn::ServiceName => {
                let services = Services::of(open, batch)?;
                let place = |row: usize| u32::try_from(services.of_rows[row]).expect("fewer services than rows");
                LogValues::Coded(services.names.iter().map(Some).collect(), rows().map(place).collect())
            }
            LogsColumn::ResourceAttributes => {
                let texts = FieldTexts::Column(open.text_column(batch, fixed::RESOURCE)?);
                self.texts(&texts, Some(""))
            }
            LogsColumn::Attributes => {
                let logs = open.logs_of_rows(self.block, &self.rows)?;
                lending::values(column, logs.iter())
            }
            column => {
                let field = lending::field_of(column).expect("the other columns are fields");
                let texts = Scope { segment: open, batch }.texts(&field)?;
                self.texts(&texts, if lending::is_nullable(column) { None } else { Some("") })
            }
        })
    }

    /// The texts of the rows; `missing` where there is none.
    fn texts(&self, texts: &FieldTexts, missing: Option<&str>) -> LogValues {
        let n_distinct = texts.n_distinct();
        if n_distinct == 0 || n_distinct > self.rows.len() {
            return LogValues::Texts(
                self.rows.iter().map(|&row| texts.text(row).or_else(|| missing.map(Into::into))).collect(),
            );
        }
        // What is missing comes first; the texts that rows share follow as they are met.
        let mut shared = LogTexts::new();
        shared.push(missing);
        let mut places: Vec<Option<u32>> = vec![None; n_distinct];
        let mut codes = Vec::with_capacity(self.rows.len());
        for &row in &self.rows {
            let Some(code) = texts.code(row) else {
                codes.push(0);
                continue;
            };
            codes.push(*places[code].get_or_insert_with(|| match texts.text(row) {
                Some(text) => {
                    shared.push(Some(&text));
                    u32::try_from(shared.len() - 1).expect("a block has fewer rows than 2^32")
                }
                None => 0,
            }));
        }
        LogValues::Coded(shared, codes)
    }
}
