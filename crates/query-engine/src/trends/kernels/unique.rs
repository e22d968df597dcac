//! How many different persons, sessions or groups.

use rustc_hash::{FxHashMap, FxHashSet};

use super::RunCells;
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::merge::PersonRows;
use crate::merge::persons::each_person;

/// Stands for nobody where the last person of a cell is remembered; a project has fewer persons than that.
const NOBODY: u32 = u32::MAX;

/// The most bytes of bitmaps, one of all persons for each cell, with which persons are counted. Larger ones would not stay in the
/// processor's caches, where going through all runs together is faster.
const MAX_BITMAP_BYTES: usize = 16 << 20;

/// How many persons each cell has. All persons are less than `n_persons`.
pub(crate) fn persons(
    runs: &[RunCells<'_>],
    n_persons: usize,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let n_words = n_persons.div_ceil(u64::BITS as usize);
    if n_words.saturating_mul(n_cells) <= MAX_BITMAP_BYTES / size_of::<u64>() {
        persons_by_bitmaps(runs, n_words, n_cells, control)
    } else {
        persons_by_merge(runs, n_cells, control)
    }
}

/// [`persons`], by a bitmap of `n_words` words for each cell.
fn persons_by_bitmaps(
    runs: &[RunCells<'_>],
    n_words: usize,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells * n_words + n_cells)?;
    let mut words = vec![0_u64; n_cells * n_words];
    for run in runs {
        for (persons, cells) in run.persons.chunks(ROWS_A_CHECK).zip(run.cells.chunks(ROWS_A_CHECK)) {
            control.check()?;
            for (&person, &cell) in persons.iter().zip(cells) {
                if cell != SKIP {
                    words[cell as usize * n_words + (person / u64::BITS) as usize] |= 1 << (person % u64::BITS);
                }
            }
        }
    }
    let count =
        |cell: usize| -> u32 { words[cell * n_words..(cell + 1) * n_words].iter().map(|word| word.count_ones()).sum() };
    Ok((0..n_cells).map(|cell| f64::from(count(cell))).collect())
}

/// [`persons`], going through the persons of all runs together.
fn persons_by_merge(runs: &[RunCells<'_>], n_cells: usize, control: &QueryControl) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<(u32, u64)>(n_cells)?;
    let mut last_persons = vec![NOBODY; n_cells];
    let mut counts = vec![0_u64; n_cells];
    let persons_by_run: Vec<&[u32]> = runs.iter().map(|run| run.persons).collect();
    each_person(&persons_by_run, control, |person, found| {
        for PersonRows { run, rows } in found {
            for &cell in &runs[*run].cells[rows.clone()] {
                if cell != SKIP && last_persons[cell as usize] != person {
                    last_persons[cell as usize] = person;
                    counts[cell as usize] += 1;
                }
            }
        }
    })?;
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

/// How many persons each cell has when each person counts once a group, in the first of the group's buckets that has any of its rows.
pub(crate) fn persons_once_a_group(
    runs: &[RunCells<'_>],
    n_buckets: usize,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    memory.grow::<u32>(n_cells.div_ceil(n_buckets.max(1)))?;
    let mut counts = vec![0_u64; n_cells];
    // The first cell of the person at hand in each group; cells of a group are ordered as its buckets are.
    let mut first_cells = vec![SKIP; n_cells.div_ceil(n_buckets.max(1))];
    let mut touched = Vec::new();
    let persons_by_run: Vec<&[u32]> = runs.iter().map(|run| run.persons).collect();
    each_person(&persons_by_run, control, |_, found| {
        for PersonRows { run, rows } in found {
            for &cell in runs[*run].cells[rows.clone()].iter().filter(|&&cell| cell != SKIP) {
                let group = cell as usize / n_buckets;
                if first_cells[group] == SKIP {
                    touched.push(group);
                }
                first_cells[group] = first_cells[group].min(cell);
            }
        }
        for group in touched.drain(..) {
            counts[first_cells[group] as usize] += 1;
            first_cells[group] = SKIP;
        }
    })?;
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

/// How many different values each cell has. `value_of` gives the value of a row of a run as a number that stands for it, or none.
pub(crate) fn values(
    runs: &[RunCells<'_>],
    value_of: impl Fn(usize, usize) -> Option<u32>,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    let mut counts = vec![0_u64; n_cells];
    let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut n_accounted = 0;
    for (run, cells) in runs.iter().map(|run| run.cells).enumerate() {
        for (row, &cell) in cells.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
                memory.grow::<(u32, u32, u8)>(seen.capacity() - n_accounted)?;
                n_accounted = seen.capacity();
            }
            if cell == SKIP {
                continue;
            }
            if let Some(value) = value_of(run, row)
                && seen.insert((cell, value))
            {
                counts[cell as usize] += 1;
            }
        }
    }
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

/// How many different values each cell has when each value counts once a group, in the first of the group's buckets that has it.
pub(crate) fn values_once_a_group(
    runs: &[RunCells<'_>],
    value_of: impl Fn(usize, usize) -> Option<u32>,
    n_buckets: usize,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    let mut first_cells: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let n_buckets = u32::try_from(n_buckets).expect("a plan has fewer than 2^32 buckets");
    let mut n_accounted = 0;
    for (run, cells) in runs.iter().map(|run| run.cells).enumerate() {
        for (row, &cell) in cells.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
                memory.grow::<(u32, u32, u32, u8)>(first_cells.capacity() - n_accounted)?;
                n_accounted = first_cells.capacity();
            }
            if cell == SKIP {
                continue;
            }
            if let Some(value) = value_of(run, row) {
                first_cells
                    .entry((cell / n_buckets, value))
                    .and_modify(|first| *first = cell.min(*first))
                    .or_insert(cell);
            }
        }
    }
    let mut counts = vec![0_u64; n_cells];
    for cell in first_cells.into_values() {
        counts[cell as usize] += 1;
    }
    Ok(counts.into_iter().map(|count| count as f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups of two buckets: cells 0 and 1, 2 and 3.
    const N_CELLS: usize = 4;

    fn runs<'a>(rows: &'a [(&'a [u32], &'a [u32])]) -> Vec<RunCells<'a>> {
        rows.iter().map(|&(persons, cells)| RunCells { persons, cells }).collect()
    }

    #[track_caller]
    fn check(rows: &[(&[u32], &[u32])], each_bucket: [f64; N_CELLS], once: [f64; N_CELLS]) {
        let control = QueryControl::unlimited();
        let runs = runs(rows);
        assert_eq!(persons_by_bitmaps(&runs, 1, N_CELLS, &control).unwrap(), each_bucket, "per bucket, by bitmaps");
        assert_eq!(persons_by_merge(&runs, N_CELLS, &control).unwrap(), each_bucket, "per bucket, by a merge");
        assert_eq!(persons_once_a_group(&runs, 2, N_CELLS, &control).unwrap(), once, "once a group");
        let value_of = |run: usize, row: usize| Some(runs[run].persons[row]);
        assert_eq!(values(&runs, value_of, N_CELLS, &control).unwrap(), each_bucket, "values per bucket");
        assert_eq!(values_once_a_group(&runs, value_of, 2, N_CELLS, &control).unwrap(), once, "values once a group");
    }

    #[test]
    fn a_person_counts_once_a_cell_across_runs() {
        check(&[], [0.0; 4], [0.0; 4]);
        check(&[(&[7, 7, 7], &[0, 0, 1])], [1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]);
        check(
            &[(&[1, 1, 2], &[1, 3, SKIP]), (&[1, 2, 2], &[0, 3, 3]), (&[1], &[1])],
            [1.0, 1.0, 0.0, 2.0],
            [1.0, 0.0, 0.0, 2.0],
        );
    }

    #[test]
    fn rows_without_a_value_do_not_count() {
        let rows: [(&[u32], &[u32]); 1] = [(&[1, 2], &[0, 0])];
        let counts = values(&runs(&rows), |_, row| (row == 1).then_some(5), N_CELLS, &QueryControl::unlimited());
        assert_eq!(counts.unwrap(), [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn working_memory_is_bounded_and_given_back() {
        use crate::control::QueryLimits;
        use std::time::Duration;
        let limits = QueryLimits { max_time: Duration::MAX, max_memory_bytes: 100, max_result_rows: 1 };
        let control = QueryControl::start(limits);
        for n_persons in [0, 100_000_000] {
            assert!(matches!(persons(&[], n_persons, 1_000, &control), Err(QueryError::MemoryLimit { .. })));
            assert_eq!(persons(&[], n_persons.min(1), 2, &control).unwrap(), [0.0, 0.0]);
        }
    }
}
