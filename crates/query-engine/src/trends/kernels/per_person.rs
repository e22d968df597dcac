//! Functions of how many rows each person has.

use super::RunCells;
use super::numbers::{Fold, WithFold, with_fold};
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::merge::PersonRows;
use crate::merge::persons::each_person;
use crate::plan::aggregate::NumberFunction;

/// For each cell, the function of the numbers of rows of those persons that have any row in it.
pub(crate) fn counts(
    runs: &[RunCells<'_>],
    function: NumberFunction,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let n_rows = runs.iter().map(|run| run.cells.len()).sum();
    let mut memory = HeldMemory::new(control);
    memory.grow::<u32>(n_cells)?;
    with_fold(function, n_cells, n_rows, control, OverPersons { runs, n_cells, control })
}

struct OverPersons<'a> {
    runs: &'a [RunCells<'a>],
    n_cells: usize,
    control: &'a QueryControl,
}

impl WithFold for OverPersons<'_> {
    fn run(self, mut fold: impl Fold) -> Result<Vec<f64>, QueryError> {
        // How many rows the person at hand has in each cell, and in which cells it has any.
        let mut n_rows = vec![0_u32; self.n_cells];
        let mut touched = Vec::new();
        let persons_by_run: Vec<&[u32]> = self.runs.iter().map(|run| run.persons).collect();
        each_person(&persons_by_run, self.control, |_, found| {
            for PersonRows { run, rows } in found {
                for &cell in self.runs[*run].cells[rows.clone()].iter().filter(|&&cell| cell != SKIP) {
                    let n = &mut n_rows[cell as usize];
                    if *n == 0 {
                        touched.push(cell);
                    }
                    *n += 1;
                }
            }
            for cell in touched.drain(..) {
                fold.add(cell, f64::from(std::mem::take(&mut n_rows[cell as usize])));
            }
        })?;
        Ok(fold.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: NumberFunction, expected: [f64; 2]) {
        let runs = [
            RunCells { persons: &[1, 1, 2, 3], cells: &[0, 0, 0, SKIP] },
            RunCells { persons: &[1, 3, 3], cells: &[0, 0, 0] },
        ];
        assert_eq!(counts(&runs, function, 2, &QueryControl::unlimited()).unwrap(), expected, "{function:?}");
    }

    #[test]
    fn rows_are_counted_by_person_across_runs() {
        // Person 1 has three rows, 2 has one, 3 has two.
        check(NumberFunction::Average, [2.0, 0.0]);
        check(NumberFunction::Minimum, [1.0, 0.0]);
        check(NumberFunction::Maximum, [3.0, 0.0]);
        check(NumberFunction::Quantile(0.75), [2.5, 0.0]);
    }
}
