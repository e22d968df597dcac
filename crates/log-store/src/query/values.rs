//! Which values a field has.

use logs::query::{ValueCount, ValuesQuery};
use query_engine::control::{HeldMemory, QueryControl};
use query_engine::error::QueryError;
use rustc_hash::FxHashMap;

use super::View;
use super::predicate::{Predicate, Scope, add_columns};
use super::workers;
use crate::segment::ColumnSet;

/// How often each value was seen, and the memory that they take.
struct Counts {
    counts: FxHashMap<String, u64>,
    held: HeldMemory,
}

impl Counts {
    fn new(control: &QueryControl) -> Self {
        Self { counts: FxHashMap::default(), held: HeldMemory::new(control) }
    }

    fn add(&mut self, text: &str, n: u64) -> Result<(), QueryError> {
        if let Some(count) = self.counts.get_mut(text) {
            *count += n;
            return Ok(());
        }
        self.held.grow::<u8>(text.len() + size_of::<(String, u64)>())?;
        self.counts.insert(text.to_owned(), n);
        Ok(())
    }
}

impl View {
    /// Which values a field has, the most frequent first.
    pub(crate) fn values(&self, query: &ValuesQuery, control: &QueryControl) -> Result<Vec<ValueCount>, QueryError> {
        let filter = self.bounded(&query.filter);
        let mut counts = Counts::new(control);
        self.in_memory(&filter, control, |log| match query.field.text(log) {
            Some(text) => counts.add(&text, 1),
            None => Ok(()),
        })?;
        let plan = self.plan(&filter, control)?;
        let predicate = Predicate::new(filter);
        let mut columns = ColumnSet::none();
        add_columns(&query.field, &mut columns);
        let parts = workers::each(
            &plan.blocks,
            control,
            || Counts::new(control),
            |counts, block| {
                if !plan.may_match(block)? {
                    return Ok(());
                }
                let open = &plan.segments[block.segment].open;
                let Some((batch, mask)) = predicate.rows(open, block.block, &columns)? else { return Ok(()) };
                control.add_read(mask.len() as u64, batch.get_array_memory_size() as u64);
                let texts = Scope { segment: open, batch: &batch }.texts(&query.field)?;
                // of texts that rows share, the rows are counted first
                let mut shared: Vec<(u64, usize)> = vec![(0, 0); texts.n_distinct()];
                for (row, _) in mask.iter().enumerate().filter(|(_, keep)| **keep) {
                    match texts.code(row) {
                        Some(code) => shared[code] = (shared[code].0 + 1, row),
                        None => texts.text(row).map_or(Ok(()), |text| counts.add(&text, 1))?,
                    }
                }
                for (n, row) in shared.into_iter().filter(|(n, _)| *n > 0) {
                    texts.text(row).map_or(Ok(()), |text| counts.add(&text, n))?;
                }
                Ok(())
            },
        )?;
        for part in parts {
            part.counts.iter().try_for_each(|(text, n)| counts.add(text, *n))?;
        }
        let is_wanted = |value: &String| query.search.is_empty() || value.to_lowercase().contains(&query.search);
        let mut values: Vec<ValueCount> = counts
            .counts
            .into_iter()
            .filter(|(value, _)| is_wanted(value))
            .map(|(value, count)| ValueCount { value, count })
            .collect();
        values.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        values.truncate(query.limit);
        Ok(values)
    }
}
