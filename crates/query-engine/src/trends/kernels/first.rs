//! The first row of each person.

use super::RunCells;
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::merge::PersonRows;
use crate::merge::persons::each_person;
use crate::plan::aggregate::FirstOf;

/// The rows of one run and the buckets that they are in, among which 0 is the time before all that counts.
#[derive(Debug)]
pub(crate) struct RunBuckets<'a> {
    /// The person of each row, ascending.
    pub(crate) persons: &'a [u32],
    /// When, in microseconds since 1970 UTC.
    pub(crate) timestamps: &'a [i64],
    /// The bucket of each row, [`SKIP`] for rows that do not match.
    pub(crate) buckets: &'a mut [u32],
}

/// Skips all rows but those at the first instant of their person, and those before all that counts; bucket `i + 1` becomes bucket `i`.
pub(crate) fn keep_first(runs: &mut [RunBuckets<'_>], of: FirstOf, control: &QueryControl) -> Result<(), QueryError> {
    let persons_by_run: Vec<&[u32]> = runs.iter().map(|run| run.persons).collect();
    each_person(&persons_by_run, control, |_, found| {
        let mut first_us = i64::MAX;
        for PersonRows { run, rows } in found {
            let run = &runs[*run];
            // Rows of a person are sorted by time, so the first that is considered is the earliest.
            let first = rows.clone().find(|&row| of == FirstOf::Events || run.buckets[row] != SKIP);
            first_us = first.map_or(first_us, |row| first_us.min(run.timestamps[row]));
        }
        for PersonRows { run, rows } in found {
            let run = &mut runs[*run];
            for row in rows.clone() {
                let bucket = run.buckets[row];
                let counts = bucket != SKIP && bucket != 0 && run.timestamps[row] == first_us;
                run.buckets[row] = if counts { bucket - 1 } else { SKIP };
            }
        }
    })
}

/// How many persons each cell has when each person counts in one cell: the one that `least` chooses of two.
pub(crate) fn persons_in_one_cell(
    runs: &[RunCells<'_>],
    least: impl Fn(u32, u32) -> u32,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    let mut counts = vec![0_u64; n_cells];
    let persons_by_run: Vec<&[u32]> = runs.iter().map(|run| run.persons).collect();
    each_person(&persons_by_run, control, |_, found| {
        let cells = found.iter().flat_map(|PersonRows { run, rows }| &runs[*run].cells[rows.clone()]);
        if let Some(cell) = cells.copied().filter(|&cell| cell != SKIP).reduce(&least) {
            counts[cell as usize] += 1;
        }
    })?;
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(of: FirstOf, expected: [&[u32]; 2]) {
        // Person 1 begins before all that counts, with a row that does not match; person 2 has two rows at its first instant.
        let (mut left, mut right) = ([SKIP, 1, 2, 1], [2, SKIP, 2]);
        let mut runs = [
            RunBuckets { persons: &[1, 1, 1, 2], timestamps: &[5, 10, 20, 12], buckets: &mut left },
            RunBuckets { persons: &[1, 2, 2], timestamps: &[30, 12, 13], buckets: &mut right },
        ];
        keep_first(&mut runs, of, &QueryControl::unlimited()).unwrap();
        assert_eq!((&left[..], &right[..]), (expected[0], expected[1]), "{of:?}");
    }

    #[test]
    fn only_rows_at_a_persons_first_instant_stay() {
        check(FirstOf::Events, [&[SKIP, SKIP, SKIP, 0], &[SKIP, SKIP, SKIP]]);
        check(FirstOf::MatchingEvents, [&[SKIP, 0, SKIP, 0], &[SKIP, SKIP, SKIP]]);
    }

    #[test]
    fn a_person_with_several_cells_counts_in_the_chosen_one() {
        let runs = [RunCells { persons: &[1, 2], cells: &[2, 0] }, RunCells { persons: &[1, 3], cells: &[1, SKIP] }];
        let counts = persons_in_one_cell(&runs, u32::min, 3, &QueryControl::unlimited()).unwrap();
        assert_eq!(counts, [1.0, 1.0, 0.0]);
    }
}
