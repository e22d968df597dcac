//! Adds up the cells of actors, value by value, and ranks the values.

use std::sync::Arc;

use super::kernel::{Reach, Reached};
use crate::control::HeldMemory;
use crate::error::QueryError;
use crate::plan::retention::{RetentionFunction, RetentionMatrix, RetentionOfValue, RetentionOutput, RetentionValue};

/// Cells of one value that are listed before there is a place for each: most values of many have few actors.
const CELLS_A_PLACE: usize = 4;

/// The cells of every value of the breakdown.
#[derive(Debug)]
pub(super) struct Tally {
    n_columns: usize,
    n_cells: usize,
    function: Option<RetentionFunction>,
    limit: usize,
    is_broken_down: bool,
    /// By the number of the value.
    by_value: Vec<Cells>,
}

/// The cells of one value.
#[derive(Clone, Debug, PartialEq)]
enum Cells {
    /// The actors one by one.
    Listed(Vec<Listed>),
    /// A place for each cell.
    Placed {
        n_actors: Vec<u32>,
        /// Empty without a measure.
        sums: Vec<f64>,
    },
}

/// That an actor is in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Listed {
    cell: u32,
    sum: f64,
}

impl Tally {
    /// Nobody yet.
    pub(super) fn new(plan: &RetentionMatrix) -> Self {
        let n_columns = plan.columns.len();
        Self {
            n_columns,
            n_cells: plan.n_rows * n_columns,
            function: plan.measure.as_ref().map(|measure| measure.function),
            limit: plan.breakdown.as_ref().map_or(1, |breakdown| breakdown.limit),
            is_broken_down: plan.breakdown.is_some(),
            by_value: Vec::new(),
        }
    }

    /// Adds an actor to the cells of a row.
    pub(super) fn add(&mut self, reach: Reach<'_>, memory: &mut HeldMemory) -> Result<(), QueryError> {
        let value = reach.value as usize;
        if value >= self.by_value.len() {
            memory.grow::<Cells>(value + 1 - self.by_value.len())?;
            self.by_value.resize(value + 1, Cells::Listed(Vec::new()));
        }
        let cells = &mut self.by_value[value];
        let first_cell = reach.row as usize * self.n_columns;
        if let Cells::Listed(listed) = cells {
            let n_listed = listed.len() + reach.columns.len();
            if n_listed * CELLS_A_PLACE < self.n_cells {
                if n_listed > listed.capacity() {
                    let n_more = reach.columns.len().max(listed.len());
                    memory.grow::<Listed>(n_more)?;
                    listed.reserve_exact(n_more);
                }
                let first_cell = u32::try_from(first_cell).expect("a plan has fewer than 2^32 cells");
                let cell = |reached: &Reached| Listed { cell: first_cell + reached.column, sum: reached.sum };
                listed.extend(reach.columns.iter().map(cell));
                return Ok(());
            }
            memory.grow::<(u32, f64)>(self.n_cells)?;
            *cells = placed(listed, self.n_cells, self.function.is_some());
        }
        if let Cells::Placed { n_actors, sums } = cells {
            let of_row = &mut n_actors[first_cell..first_cell + self.n_columns];
            reach.columns.iter().for_each(|reached| of_row[reached.column as usize] += 1);
            if !sums.is_empty() {
                let of_row = &mut sums[first_cell..first_cell + self.n_columns];
                reach.columns.iter().for_each(|reached| of_row[reached.column as usize] += reached.sum);
            }
        }
        Ok(())
    }

    /// What was added up; `text` gives the text of a value.
    pub(super) fn output(self, text: impl Fn(usize) -> Arc<str>) -> RetentionOutput {
        let Self { n_columns, n_cells, function, limit, is_broken_down, by_value } = self;
        let begun = |cells: &Cells| cells.each_of_column_0(n_columns);
        let values = by_value.into_iter().enumerate();
        let values = values.map(|(number, cells)| (begun(&cells), RetentionValue::Text(text(number)), cells));
        let mut values: Vec<_> = values.filter(|(n_begun, ..)| *n_begun > 0).collect();
        values.sort_unstable_by(|(n_begun, value, _), (other_n, other, _)| {
            other_n.cmp(n_begun).then_with(|| value.cmp(other))
        });
        let others = values.split_off(values.len().min(limit));
        let nothing = |value| RetentionOfValue {
            value,
            counts: vec![0; n_cells],
            measured: if function.is_some() { vec![0.0; n_cells] } else { Vec::new() },
        };
        let mut shown: Vec<_> = values
            .into_iter()
            .map(|(_, value, cells)| {
                let mut numbers = nothing(value);
                cells.add_to(&mut numbers, function);
                numbers
            })
            .collect();
        if !others.is_empty() {
            let mut numbers = nothing(RetentionValue::Other);
            others.into_iter().for_each(|(_, _, cells)| cells.add_to(&mut numbers, function));
            shown.push(numbers);
        }
        if shown.is_empty() && !is_broken_down {
            shown.push(nothing(RetentionValue::Text("".into())));
        }
        RetentionOutput { values: shown }
    }
}

impl Cells {
    /// How many actors are in the first column of all rows.
    fn each_of_column_0(&self, n_columns: usize) -> u64 {
        match self {
            Self::Listed(listed) => {
                let begun = listed.iter().filter(|listed| (listed.cell as usize).is_multiple_of(n_columns));
                begun.count() as u64
            }
            Self::Placed { n_actors, .. } => n_actors.iter().step_by(n_columns).map(|&n| u64::from(n)).sum(),
        }
    }

    /// Adds the numbers of every cell to `numbers`.
    fn add_to(self, numbers: &mut RetentionOfValue, function: Option<RetentionFunction>) {
        let mut add = |cell: usize, n_actors: u32, sum: f64| {
            numbers.counts[cell] += u64::from(n_actors);
            match function {
                None => {}
                Some(RetentionFunction::Sum) => numbers.measured[cell] += sum,
                Some(RetentionFunction::Average) => numbers.measured[cell] += sum / f64::from(n_actors),
            }
        };
        match self {
            Self::Listed(mut listed) => {
                listed.sort_by_key(|listed| listed.cell);
                for of_cell in listed.chunk_by(|one, other| one.cell == other.cell) {
                    let n_actors = u32::try_from(of_cell.len()).expect("there are fewer than 2^32 actors");
                    add(of_cell[0].cell as usize, n_actors, of_cell.iter().map(|listed| listed.sum).sum());
                }
            }
            Self::Placed { n_actors, sums } => {
                for (cell, n_actors) in n_actors.into_iter().enumerate().filter(|(_, n_actors)| *n_actors > 0) {
                    add(cell, n_actors, sums.get(cell).copied().unwrap_or(0.0));
                }
            }
        }
    }
}

/// `listed` in a place for each cell.
fn placed(listed: &[Listed], n_cells: usize, has_sums: bool) -> Cells {
    let (mut n_actors, mut sums) = (vec![0; n_cells], if has_sums { vec![0.0; n_cells] } else { Vec::new() });
    for Listed { cell, sum } in listed {
        n_actors[*cell as usize] += 1;
        if let Some(of_cell) = sums.get_mut(*cell as usize) {
            *of_cell += sum;
        }
    }
    Cells::Placed { n_actors, sums }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::QueryControl;

    fn tally(function: Option<RetentionFunction>, limit: usize) -> Tally {
        Tally { n_columns: 2, n_cells: 4, function, limit, is_broken_down: true, by_value: Vec::new() }
    }

    /// The output of cells `(value, row, column, sum)` as `value: counts measured`.
    fn output(mut tally: Tally, hits: &[(u32, u32, u32, f64)]) -> Vec<String> {
        let mut memory = HeldMemory::new(&QueryControl::unlimited());
        for &(value, row, column, sum) in hits {
            let columns = &[Reached { column, sum }];
            tally.add(Reach { value, row, columns }, &mut memory).unwrap();
        }
        let output = tally.output(|number| ["b", "a", "c"][number].into());
        let shown = output.values.iter().map(|of| match &of.value {
            RetentionValue::Text(text) => format!("{text}: {:?} {:?}", of.counts, of.measured),
            RetentionValue::Other => format!("other: {:?} {:?}", of.counts, of.measured),
        });
        shown.collect()
    }

    #[test]
    fn values_come_by_who_begins_then_by_their_text() {
        let hits = [(0, 0, 0, 0.0), (1, 1, 0, 0.0), (1, 1, 1, 0.0), (2, 0, 0, 0.0), (2, 1, 0, 0.0)];
        let expected = ["c: [1, 0, 1, 0] []", "a: [0, 0, 1, 1] []", "b: [1, 0, 0, 0] []"];
        assert_eq!(output(tally(None, 3), &hits), expected);
        assert_eq!(output(tally(None, 1), &hits), ["c: [1, 0, 1, 0] []", "other: [1, 0, 1, 1] []"]);
    }

    #[test]
    fn averages_of_others_are_added_up() {
        use RetentionFunction::{Average, Sum};
        let hits = [(0, 0, 0, 1.0), (0, 0, 0, 2.0), (1, 0, 0, 4.0), (2, 1, 0, 1.0), (2, 1, 0, 1.0), (2, 1, 0, 1.0)];
        let shown = ["c: [0, 0, 3, 0] [0.0, 0.0, 3.0, 0.0]", "other: [3, 0, 0, 0] [7.0, 0.0, 0.0, 0.0]"];
        assert_eq!(output(tally(Some(Sum), 1), &hits), shown);
        let shown = ["c: [0, 0, 3, 0] [0.0, 0.0, 1.0, 0.0]", "other: [3, 0, 0, 0] [5.5, 0.0, 0.0, 0.0]"];
        assert_eq!(output(tally(Some(Average), 1), &hits), shown);
    }

    #[test]
    fn many_actors_of_a_value_count_as_few_do() {
        let hits: Vec<_> = (0..100).map(|n| (0, n % 2, n / 2 % 2, f64::from(n))).collect();
        let expected = format!("b: [25, 25, 25, 25] {:?}", [1200.0, 1250.0, 1225.0, 1275.0]);
        assert_eq!(output(tally(Some(RetentionFunction::Sum), 1), &hits), [expected]);
    }

    #[test]
    fn nobody_is_a_matrix_of_zeros_only_without_a_breakdown() {
        assert!(output(tally(None, 1), &[]).is_empty());
        assert_eq!(
            output(Tally { is_broken_down: false, ..tally(None, 1) }, &[]),
            ["b: [0, 0, 0, 0] []"].map(|s| s.replace("b:", ":"))
        );
    }
}
