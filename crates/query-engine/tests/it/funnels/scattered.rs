//! A source that lends the same events as another one in more runs, each with a dictionary of its own.

use std::sync::Arc;

use async_trait::async_trait;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::plan::{Output, Plan};
use query_engine::scan::{Column, Run, Scan, ScanRequest, ScanSource};
use query_engine::source::{EventSource, run_on_scan};
use query_engine::value::PropertyValue;

/// Deals the rows of each run out to as many runs.
pub(crate) struct Scattered<'a> {
    pub(crate) source: &'a MemorySource,
    pub(crate) n_runs: usize,
}

impl ScanSource for Scattered<'_> {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        let mut scans = self.source.scan(requests, control)?;
        let n_runs = self.n_runs;
        for scan in &mut scans {
            let parts = scan.runs.iter().flat_map(|run| (0..n_runs).map(move |part| dealt(run, part, n_runs)));
            scan.runs = parts.collect();
        }
        Ok(scans)
    }
}

#[async_trait]
impl EventSource for Scattered<'_> {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        run_on_scan(plan, self, control)
    }
}

fn dealt(run: &Run, part: usize, n_runs: usize) -> Run {
    // unevenly, so that a person may be missing in a part
    let rows: Vec<usize> = (0..run.len()).filter(|row| (row / 2 + row % 3) % n_runs == part).collect();
    Run {
        event: Arc::clone(&run.event),
        persons: rows.iter().map(|row| run.persons[*row]).collect::<Vec<_>>().into(),
        timestamps: rows.iter().map(|row| run.timestamps[*row]).collect::<Vec<_>>().into(),
        columns: run.columns.iter().map(|column| recoded(column, &rows, part)).collect(),
    }
}

/// Some rows of a column, its dictionary in another order and with a value that none has.
fn recoded(column: &Column, rows: &[usize], part: usize) -> Column {
    let mut others: Vec<PropertyValue> = column.dictionary[1..].to_vec();
    others.push(PropertyValue::String(format!("only in part {part}").into()));
    others.reverse();
    let dictionary: Vec<PropertyValue> = [PropertyValue::Null].into_iter().chain(others).collect();
    let codes = rows.iter().map(|row| {
        let code = dictionary.iter().position(|known| known == column.value(*row)).unwrap();
        u32::try_from(code).unwrap()
    });
    Column::new(codes.collect::<Vec<_>>(), dictionary)
}
