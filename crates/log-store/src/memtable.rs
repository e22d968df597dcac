//! Records in memory, in order of arrival.

use std::sync::Arc;

use logs::record::{Attributes, LogRecord, StoredLog};
use serde_json::Value;

/// Records of a chunk before a new one is begun.
const CHUNK_ROWS: usize = 2_048;

/// Records that arrived one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) logs: Vec<Arc<StoredLog>>,
    pub(crate) min_us: i64,
    pub(crate) max_us: i64,
}

/// Records in memory. Cheap to clone as of now: later records do not show in the clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memtable {
    chunks: Vec<Arc<Chunk>>,
    n_rows: usize,
}

impl Memtable {
    /// Adds a record, which arrived after those that are there.
    pub(crate) fn push(&mut self, log: StoredLog) {
        if self.chunks.last().is_none_or(|chunk| chunk.logs.len() >= CHUNK_ROWS) {
            self.chunks.push(Arc::new(Chunk { logs: Vec::new(), min_us: i64::MAX, max_us: i64::MIN }));
        }
        self.n_rows += 1;
        let chunk = Arc::make_mut(self.chunks.last_mut().expect("a chunk was added where none had room"));
        chunk.min_us = chunk.min_us.min(log.record.timestamp_us);
        chunk.max_us = chunk.max_us.max(log.record.timestamp_us);
        chunk.logs.push(Arc::new(log));
    }

    /// In order of arrival.
    pub(crate) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }

    /// In order of arrival.
    pub(crate) fn logs(&self) -> impl Iterator<Item = &Arc<StoredLog>> {
        self.chunks.iter().flat_map(|chunk| &chunk.logs)
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }
}

/// Bytes that a record takes in memory, about; what it shares with others is not counted.
pub(crate) fn memory_bytes(record: &LogRecord) -> usize {
    size_of::<StoredLog>() + record.body.len() + attributes_bytes(&record.attributes)
}

fn attributes_bytes(attributes: &Attributes) -> usize {
    attributes.iter().map(|(_, value)| size_of::<(Arc<str>, Value)>() + value_bytes(value)).sum()
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(|value| size_of::<Value>() + value_bytes(value)).sum(),
        Value::Object(values) => values.iter().map(|(key, value)| 64 + key.len() + value_bytes(value)).sum(),
        _ => 0,
    }
}
