//! The arithmetic of trends over plain slices: every function here can be used alone.
//!
//! Rows are put in **cells** first: a cell is a bucket of a group (`group * n_buckets + bucket`), where a group is one value of the
//! breakdown. A kernel then sees, for each run, the persons (ascending) and the cells of the rows ([`SKIP`] for rows that do not
//! count), and gives numbers by cell.

pub(crate) mod active;
pub(crate) mod first;
pub(crate) mod numbers;
pub(crate) mod per_person;
pub(crate) mod unique;

use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;

/// The rows of one run as the kernels see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunCells<'a> {
    /// The person of each row, ascending.
    pub(crate) persons: &'a [u32],
    /// The cell of each row.
    pub(crate) cells: &'a [u32],
}

/// How many events each cell has.
pub(crate) fn count(runs: &[RunCells<'_>], n_cells: usize, control: &QueryControl) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    memory.grow::<u64>(n_cells)?;
    let mut counts = vec![0_u64; n_cells];
    for run in runs {
        for cells in run.cells.chunks(ROWS_A_CHECK) {
            control.check()?;
            for &cell in cells {
                if cell != SKIP {
                    counts[cell as usize] += 1;
                }
            }
        }
    }
    Ok(counts.into_iter().map(|count| count as f64).collect())
}
