//! The store as a whole.

mod crashes;
mod keeping;

use std::path::Path;

use insights_core::ids::ProjectId;
use logs::filter::{Condition, LevelSet, LogFilter};
use logs::query::{Order, RecordQuery};
use logs::record::{Attributes, LogRecord, Severity, StoredLog};
use logs::store::LogStore;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use super::*;
use crate::check::check;

const PROJECT: ProjectId = ProjectId(7);
/// 2026-01-01T00:00:00Z
const START_US: i64 = 1_767_225_600_000_000;

fn record(number: i64) -> LogRecord {
    LogRecord {
        timestamp_us: START_US + number * 1_000_000,
        observed_us: START_US + number * 1_000_000 + 250,
        severity: Severity::from_number(9).unwrap(),
        body: format!("request {number} was answered"),
        attributes: Attributes::new(vec![("number".into(), number.into()), ("path".into(), "/a".into())]),
        resource: Arc::new(Attributes::new(vec![("service.name".into(), "web".into())])),
        scope: "lib@1".into(),
        event_name: "".into(),
        trace_id: 77,
        span_id: 5,
        flags: 1,
    }
}

fn filter() -> LogFilter {
    let (levels, group) = (LevelSet::ALL, Condition::always());
    LogFilter { range: i64::MIN..i64::MAX, levels, services: Vec::new(), search: String::new(), group }
}

/// Waits for a future that needs nothing of a runtime but a thread that may block.
fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn append(store: &EmbeddedLogStore, numbers: impl Iterator<Item = i64>) -> Result<(), LogStoreError> {
    block_on(store.append(PROJECT, numbers.map(record).collect()))
}

fn all(store: &EmbeddedLogStore) -> Result<Vec<StoredLog>, QueryError> {
    let query = RecordQuery { filter: filter(), order: Order::Earliest, limit: 10_000, after: None };
    Ok(block_on(store.records(PROJECT, query, QueryControl::unlimited()))?.records)
}

fn config(folder: &Path) -> LogStoreConfig {
    LogStoreConfig { block_rows: 16, max_segment_rows: 64, ..LogStoreConfig::new(folder) }
}
