//! How many different persons or groups in windows that slide over the buckets.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::merge::PersonRows;
use crate::merge::persons::each_person;

/// The rows of one run with their instants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunInstants<'a> {
    /// The person of each row, ascending.
    pub(crate) persons: &'a [u32],
    /// When, in microseconds since 1970 UTC, ascending for each person.
    pub(crate) timestamps: &'a [i64],
    /// The group of each row, [`SKIP`] for rows that do not count.
    pub(crate) groups: &'a [u32],
}

/// The windows that `timestamp_us` is in.
pub(crate) fn windows_of(windows_us: &[(i64, i64)], timestamp_us: i64) -> Range<usize> {
    let start = windows_us.partition_point(|&(_, until_us)| until_us <= timestamp_us);
    let end = windows_us.partition_point(|&(from_us, _)| from_us <= timestamp_us);
    start..end.max(start)
}

/// How many persons have a row in each window, by cell: window `i` makes bucket `i` of each of `n_groups` groups.
///
/// Neither bound of the windows ever decreases, so the windows that an instant is in follow each other.
pub(crate) fn persons(
    runs: &[RunInstants<'_>],
    windows_us: &[(i64, i64)],
    n_groups: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let n_cells = n_groups * windows_us.len();
    let mut memory = HeldMemory::new(control);
    memory.grow::<(u32, u64)>(n_cells)?;
    let mut last_persons = vec![u32::MAX; n_cells];
    let mut counts = vec![0_u64; n_cells];
    let persons_by_run: Vec<&[u32]> = runs.iter().map(|run| run.persons).collect();
    each_person(&persons_by_run, control, |person, found| {
        for PersonRows { run, rows } in found {
            let run = runs[*run];
            // Rows of a run follow each other in time: windows before this one are done for the group of the row before.
            let (mut last_group, mut done_until) = (SKIP, 0);
            for row in rows.clone() {
                let (group, timestamp_us) = (run.groups[row], run.timestamps[row]);
                if group == SKIP {
                    continue;
                }
                let Range { start, end } = windows_of(windows_us, timestamp_us);
                let start = if group == last_group { start.max(done_until) } else { start };
                (last_group, done_until) = (group, end);
                for window in start..end {
                    let cell = group as usize * windows_us.len() + window;
                    if last_persons[cell] != person {
                        last_persons[cell] = person;
                        counts[cell] += 1;
                    }
                }
            }
        }
    })?;
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

/// How many different values the rows in each window have, by cell as in [`persons`]. `value_of` gives the value of a row of a run as a number
/// that stands for it, or none.
pub(crate) fn values(
    runs: &[RunInstants<'_>],
    value_of: impl Fn(usize, usize) -> Option<u32>,
    windows_us: &[(i64, i64)],
    n_groups: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let n_cells = n_groups * windows_us.len();
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    let mut counts = vec![0_u64; n_cells];
    let mut seen: FxHashSet<(usize, u32)> = FxHashSet::default();
    let mut n_accounted = 0;
    for (number, run) in runs.iter().enumerate() {
        for (row, (&group, &timestamp_us)) in run.groups.iter().zip(run.timestamps).enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
                memory.grow::<(usize, u32, u8)>(seen.capacity() - n_accounted)?;
                n_accounted = seen.capacity();
            }
            let Some(value) = value_of(number, row).filter(|_| group != SKIP) else { continue };
            for window in windows_of(windows_us, timestamp_us) {
                let cell = group as usize * windows_us.len() + window;
                counts[cell] += u64::from(seen.insert((cell, value)));
            }
        }
    }
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_counts_in_every_window_that_has_one_of_its_rows() {
        let windows = [(-6, 1), (-5, 2), (-4, 3), (3, 10)];
        let runs = [
            RunInstants { persons: &[1, 1, 1, 2], timestamps: &[-6, -5, 2, 9], groups: &[0, 0, 0, 1] },
            RunInstants { persons: &[1, 3], timestamps: &[1, 0], groups: &[0, SKIP] },
        ];
        let expected = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(persons(&runs, &windows, 2, &QueryControl::unlimited()).unwrap(), expected);
        let person = |run: usize, row: usize| Some(runs[run].persons[row]);
        assert_eq!(values(&runs, person, &windows, 2, &QueryControl::unlimited()).unwrap(), expected);
    }
}
