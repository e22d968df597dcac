//! Sums, means, extremes and quantiles of numbers by cell.

use super::RunCells;
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::plan::aggregate::NumberFunction;

/// Collects numbers by cell; what has none is 0.
pub(crate) trait Fold {
    /// Takes a number into a cell.
    fn add(&mut self, cell: u32, number: f64);
    /// The results by cell.
    fn finish(self) -> Vec<f64>;
}

/// What is done with the [`Fold`] for a function: a generic closure in long, so that loops are compiled for each function.
pub(crate) trait WithFold {
    /// Feeds the fold and finishes it.
    fn run(self, fold: impl Fold) -> Result<Vec<f64>, QueryError>;
}

/// Calls `with` with the fold for `function` over `n_cells` cells, to which at most `n_numbers` numbers will be added.
pub(crate) fn with_fold(
    function: NumberFunction,
    n_cells: usize,
    n_numbers: usize,
    control: &QueryControl,
    with: impl WithFold,
) -> Result<Vec<f64>, QueryError> {
    let mut memory = HeldMemory::new(control);
    match function {
        NumberFunction::Sum => {
            memory.grow::<f64>(n_cells)?;
            with.run(Sums(vec![0.0; n_cells]))
        }
        NumberFunction::Average => {
            memory.grow::<(f64, u64)>(n_cells)?;
            with.run(Averages(vec![(0.0, 0); n_cells]))
        }
        NumberFunction::Minimum => {
            memory.grow::<f64>(n_cells)?;
            with.run(Extremes { choose: f64::min, numbers: vec![f64::NAN; n_cells] })
        }
        NumberFunction::Maximum => {
            memory.grow::<f64>(n_cells)?;
            with.run(Extremes { choose: f64::max, numbers: vec![f64::NAN; n_cells] })
        }
        NumberFunction::Quantile(level) => {
            memory.grow::<Vec<f64>>(n_cells)?;
            // A vector that grows by doubling has room for at most twice what it holds.
            memory.grow::<f64>(n_numbers.saturating_mul(2))?;
            with.run(Quantiles { level, numbers: vec![Vec::new(); n_cells] })
        }
    }
}

/// The function of the numbers of each cell. `number_of` gives the number of a row of a run, not a number where it has none.
pub(crate) fn numbers(
    runs: &[RunCells<'_>],
    number_of: impl Fn(usize, usize) -> f64,
    function: NumberFunction,
    n_cells: usize,
    control: &QueryControl,
) -> Result<Vec<f64>, QueryError> {
    let n_rows = runs.iter().map(|run| run.cells.len()).sum();
    with_fold(function, n_cells, n_rows, control, OverRows { runs, number_of, control })
}

struct OverRows<'a, N> {
    runs: &'a [RunCells<'a>],
    number_of: N,
    control: &'a QueryControl,
}

impl<N: Fn(usize, usize) -> f64> WithFold for OverRows<'_, N> {
    fn run(self, mut fold: impl Fold) -> Result<Vec<f64>, QueryError> {
        for (run, cells) in self.runs.iter().map(|run| run.cells).enumerate() {
            for (row, &cell) in cells.iter().enumerate() {
                if row % ROWS_A_CHECK == 0 {
                    self.control.check()?;
                }
                if cell == SKIP {
                    continue;
                }
                let number = (self.number_of)(run, row);
                if number.is_finite() {
                    fold.add(cell, number);
                }
            }
        }
        Ok(fold.finish())
    }
}

/// The quantile of `level` of `numbers`, interpolated linearly; 0 of none.
pub(crate) fn quantile(numbers: &mut [f64], level: f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return 0.0 };
    let position = level.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let lower = position.floor() as usize;
    let (_, &mut low, above) = numbers.select_nth_unstable_by(lower, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (position - lower as f64)
}

struct Sums(Vec<f64>);

impl Fold for Sums {
    fn add(&mut self, cell: u32, number: f64) {
        self.0[cell as usize] += number;
    }

    fn finish(self) -> Vec<f64> {
        self.0
    }
}

struct Averages(Vec<(f64, u64)>);

impl Fold for Averages {
    fn add(&mut self, cell: u32, number: f64) {
        let (sum, n) = &mut self.0[cell as usize];
        *sum += number;
        *n += 1;
    }

    fn finish(self) -> Vec<f64> {
        self.0.into_iter().map(|(sum, n)| if n == 0 { 0.0 } else { sum / n as f64 }).collect()
    }
}

struct Extremes {
    choose: fn(f64, f64) -> f64,
    /// Not a number where there is none yet, which `choose` disregards.
    numbers: Vec<f64>,
}

impl Fold for Extremes {
    fn add(&mut self, cell: u32, number: f64) {
        let chosen = &mut self.numbers[cell as usize];
        *chosen = (self.choose)(*chosen, number);
    }

    fn finish(self) -> Vec<f64> {
        self.numbers.into_iter().map(|number| if number.is_nan() { 0.0 } else { number }).collect()
    }
}

struct Quantiles {
    level: f64,
    numbers: Vec<Vec<f64>>,
}

impl Fold for Quantiles {
    fn add(&mut self, cell: u32, number: f64) {
        self.numbers[cell as usize].push(number);
    }

    fn finish(self) -> Vec<f64> {
        self.numbers.into_iter().map(|mut numbers| quantile(&mut numbers, self.level)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: NumberFunction, expected: [f64; 3]) {
        let given = [4.0, f64::NAN, 1.0, -2.0, 7.5, f64::INFINITY];
        let cells = [0, 0, 0, 1, SKIP, 1];
        let runs = [RunCells { persons: &[0; 6], cells: &cells }];
        let found = numbers(&runs, |_, row| given[row], function, 3, &QueryControl::unlimited()).unwrap();
        assert_eq!(found, expected, "{function:?}");
    }

    #[test]
    fn functions_leave_out_what_is_no_number_and_give_0_for_nothing() {
        check(NumberFunction::Sum, [5.0, -2.0, 0.0]);
        check(NumberFunction::Average, [2.5, -2.0, 0.0]);
        check(NumberFunction::Minimum, [1.0, -2.0, 0.0]);
        check(NumberFunction::Maximum, [4.0, -2.0, 0.0]);
        check(NumberFunction::Quantile(0.5), [2.5, -2.0, 0.0]);
    }

    #[test]
    fn quantiles_interpolate_between_neighbours() {
        #[track_caller]
        fn check(numbers: &[f64], level: f64, expected: f64) {
            assert!((quantile(&mut numbers.to_vec(), level) - expected).abs() < 1e-12, "{level} of {numbers:?}");
        }
        check(&[], 0.5, 0.0);
        check(&[3.0], 0.99, 3.0);
        check(&[5.0, 1.0, 3.0], 0.5, 3.0);
        check(&[4.0, 1.0, 2.0, 3.0], 0.5, 2.5);
        check(&[10.0, 0.0], 0.9, 9.0);
        check(&[2.0, 2.0, 2.0, 8.0], 1.0, 8.0);
    }
}
