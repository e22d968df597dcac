//! A store whose runs are cut into pieces of a few rows.

use std::sync::Arc;

use async_trait::async_trait;
use event_store::EventStore;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::plan::{Output, Plan};
use query_engine::scan::{Column, HogqlEngine, Run, Scan, ScanRequest, ScanSource};
use query_engine::source::{EventSource, run_on_scan};

/// The events of `store`, lent in runs of at most `n_rows` rows.
pub(super) struct InPieces {
    pub(super) store: Arc<EventStore>,
    pub(super) n_rows: usize,
}

impl ScanSource for InPieces {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        let mut scans = self.store.scan(requests, control)?;
        for scan in &mut scans {
            let runs = std::mem::take(&mut scan.runs);
            scan.runs = runs.iter().flat_map(|run| self.pieces(run)).collect();
        }
        Ok(scans)
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        self.store.hogql()
    }
}

impl InPieces {
    fn pieces(&self, run: &Run) -> Vec<Run> {
        let starts = (0..run.len()).step_by(self.n_rows);
        let ranges = starts.map(|start| start..(start + self.n_rows).min(run.len()));
        let pieces = ranges.map(|rows| Run {
            event: Arc::clone(&run.event),
            persons: run.persons.slice(rows.clone()),
            timestamps: run.timestamps.slice(rows.clone()),
            columns: run
                .columns
                .iter()
                .map(|column| Column {
                    codes: column.codes.slice(rows.clone()),
                    dictionary: Arc::clone(&column.dictionary),
                })
                .collect(),
        });
        pieces.collect()
    }
}

#[async_trait]
impl EventSource for InPieces {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        run_on_scan(plan, self, control)
    }
}
