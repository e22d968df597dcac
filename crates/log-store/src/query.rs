//! Answering questions: from memory record by record, from segments block by block.

mod attributes;
mod lend;
mod plan;
mod predicate;
mod records;
mod sparkline;
mod tail;
mod values;
mod workers;

use std::sync::Arc;

use insights_core::ids::ProjectId;
use logs::filter::LogFilter;
use logs::record::StoredLog;
use memchr::memmem::Finder;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use crate::memtable::Chunk;
use crate::project::ProjectState;
use crate::shared::Shared;

/// A project's records as of one instant.
#[derive(Clone, Debug)]
pub(crate) struct View {
    shared: Arc<Shared>,
    state: ProjectState,
}

impl View {
    /// As of now.
    pub(crate) fn new(shared: &Arc<Shared>, project: ProjectId) -> Self {
        let state = shared.project(project).map(|project| project.read().clone()).unwrap_or_default();
        Self { shared: Arc::clone(shared), state }
    }

    /// The filter without what retention has taken away.
    fn bounded(&self, filter: &LogFilter) -> LogFilter {
        let mut filter = filter.clone();
        filter.range.start = filter.range.start.max(self.state.floor_us);
        filter
    }

    /// Chunks in memory that may have matching records.
    fn chunks<'a>(&'a self, filter: &'a LogFilter) -> impl Iterator<Item = &'a Arc<Chunk>> {
        let chunks = self.state.memtables().flat_map(|memtable| memtable.chunks());
        chunks.filter(|chunk| chunk.min_us < filter.range.end && chunk.max_us >= filter.range.start)
    }

    /// Shows `visit` each matching record in memory.
    fn in_memory(
        &self,
        filter: &LogFilter,
        control: &QueryControl,
        mut visit: impl FnMut(&Arc<StoredLog>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        // much faster than the search of the standard library, which would be asked for every record
        let search = Finder::new(filter.search.as_bytes());
        for chunk in self.chunks(filter) {
            control.check()?;
            control.add_read(chunk.logs.len() as u64, 0);
            for log in &chunk.logs {
                if search.find(log.record.body.as_bytes()).is_some() && filter.matches(log) {
                    visit(log)?;
                }
            }
        }
        Ok(())
    }
}
