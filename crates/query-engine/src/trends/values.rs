//! The values that a series computes with, told apart across runs: each run has its own dictionary.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::kernels::Memory;
use crate::control::QueryControl;
use crate::error::QueryError;
use crate::field::{Field, FieldValues, ScanLayout};
use crate::scan::{Run, Scan};

/// What stands for a missing value where one counts.
pub(super) const MISSING: u32 = u32::MAX;

/// Texts as numbers that are the same in all runs.
pub(super) struct DistinctValues {
    /// For each run, the columns in which the value may be, with the number for each code, [`MISSING`] for none.
    by_run: Vec<Vec<(FieldValues, Vec<u32>)>>,
}

impl DistinctValues {
    /// No values of no rows.
    pub(super) fn none() -> Self {
        Self { by_run: Vec::new() }
    }

    /// The values of the first of `fields` that has one; the empty text is none.
    pub(super) fn new(
        runs: &[&Run],
        fields: &[Field],
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let mut memory = Memory::new(control);
        let mut known: FxHashMap<Arc<str>, u32> = FxHashMap::default();
        let mut by_run = Vec::with_capacity(runs.len());
        for run in runs {
            control.check()?;
            let mut columns = Vec::with_capacity(fields.len());
            for field in fields {
                let values = layout.read(field, scan, run);
                memory.grow::<(u32, Arc<str>, u32)>(values.dictionary().len())?;
                let numbers = values.dictionary().iter().map(|value| match value.to_text() {
                    Some(text) if !text.is_empty() => {
                        let next = u32::try_from(known.len()).expect("a query has fewer than 2^32 distinct values");
                        *known.entry(text).or_insert(next)
                    }
                    _ => MISSING,
                });
                let numbers = numbers.collect();
                columns.push((values, numbers));
            }
            by_run.push(columns);
        }
        Ok(Self { by_run })
    }

    /// The number of a row's value. `persons` are those of the run.
    pub(super) fn of_row(&self, run: usize, row: usize, persons: &[u32]) -> Option<u32> {
        self.by_run[run]
            .iter()
            .map(|(values, numbers)| numbers[values.code(row, persons[row]) as usize])
            .find(|&number| number != MISSING)
    }
}

/// A column of numbers.
pub(super) struct Numbers {
    values: FieldValues,
    by_code: Arc<[f64]>,
}

impl Numbers {
    /// The number of a row, not a number where it has none.
    pub(super) fn of_row(&self, row: usize, person: u32) -> f64 {
        self.by_code[self.values.code(row, person) as usize]
    }
}

/// `field` as numbers, for each run.
pub(super) fn numbers(runs: &[&Run], field: &Field, layout: &ScanLayout, scan: &Scan) -> Vec<Numbers> {
    let mut columns: Vec<Numbers> = Vec::with_capacity(runs.len());
    for run in runs {
        let values = layout.read(field, scan, run);
        // Runs of a segment share their dictionaries, as do all reads of a person's property.
        let by_code = match columns.last() {
            Some(last) if Arc::ptr_eq(last.values.dictionary(), values.dictionary()) => Arc::clone(&last.by_code),
            _ => values.dictionary().iter().map(|value| value.to_number().unwrap_or(f64::NAN)).collect(),
        };
        columns.push(Numbers { values, by_code });
    }
    columns
}
