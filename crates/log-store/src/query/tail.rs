//! Records in order of arrival.

use logs::filter::LogFilter;
use logs::record::StoredLog;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;

use super::View;
use super::predicate::Predicate;
use crate::segment::{ColumnSet, fixed};

impl View {
    /// Matching records that arrived after `after`, the first `limit` of them, and the arrival up to which was looked.
    pub(crate) fn arrived_after(
        &self,
        after: u64,
        filter: &LogFilter,
        limit: usize,
        control: &QueryControl,
    ) -> Result<(Vec<StoredLog>, u64), QueryError> {
        let filter = self.bounded(filter);
        let mut found: Vec<StoredLog> = Vec::new();
        let plan = self.plan(&filter, control)?;
        let predicate = Predicate::new(filter.clone());
        let mut columns = ColumnSet::none();
        columns.add(fixed::TIMESTAMP);
        columns.add(fixed::ARRIVAL);
        for block in &plan.blocks {
            let planned = &plan.segments[block.segment];
            control.check()?;
            if planned.segment.file().max_arrival <= after || !plan.may_match(block)? {
                continue;
            }
            let Some((batch, mask)) = predicate.rows(&planned.open, block.block, &columns)? else { continue };
            let (_, arrivals) = planned.open.positions(&batch)?;
            let rows: Vec<usize> = (0..mask.len()).filter(|&row| mask[row] && arrivals[row] > after).collect();
            if !rows.is_empty() {
                found.extend(planned.open.logs_of_rows(block.block, &rows)?);
            }
            keep_first(&mut found, limit);
        }
        self.in_memory(&filter, control, |log| {
            // in order of arrival: when there are enough, no later one is needed
            if log.arrival > after && found.len() < limit.saturating_mul(2) {
                found.push((**log).clone());
            }
            Ok(())
        })?;
        keep_first(&mut found, limit);
        let looked_at =
            if found.len() == limit { found.last().map_or(after, |log| log.arrival) } else { self.state.last_arrival };
        Ok((found, looked_at.max(after)))
    }
}

fn keep_first(logs: &mut Vec<StoredLog>, limit: usize) {
    logs.sort_unstable_by_key(|log| log.arrival);
    logs.truncate(limit);
}
