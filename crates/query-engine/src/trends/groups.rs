//! Which value of the breakdown each row has.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::values::{Dimension, Values};
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::aggregate::{Breakdown, BreakdownValue};
use crate::scan::{Run, Scan};

/// The values of the breakdown that any row has, numbered: each a combination of the values of all dimensions.
#[derive(Debug)]
pub(super) struct Groups {
    len: usize,
    /// The numbers of the values of each group, one for each dimension, group after group.
    numbers: Vec<u32>,
    dimensions: Vec<Values>,
}

impl Groups {
    /// The one group that there is without a breakdown.
    pub(super) fn single() -> Self {
        Self { len: 1, numbers: Vec::new(), dimensions: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many values each has.
    pub(super) fn n_dimensions(&self) -> usize {
        self.dimensions.len()
    }

    /// The value of each dimension of a group. Made when asked for: of many groups, few come out.
    pub(super) fn values(&self, group: usize) -> Vec<BreakdownValue> {
        self.numbers_of(group).map(|(values, number)| values.value(number)).collect()
    }

    /// Whether a dimension of a group has no value.
    pub(super) fn has_null(&self, group: usize) -> bool {
        self.numbers_of(group).any(|(values, number)| values.is_null(number))
    }

    /// The order of the values of two groups.
    pub(super) fn compare(&self, left: usize, right: usize) -> Ordering {
        self.values(left).cmp(&self.values(right))
    }

    /// Of two cells, each of `n_buckets` for each group, that of the lesser value; the first where they are of the same.
    pub(super) fn lesser(&self, left: u32, right: u32, n_buckets: usize) -> u32 {
        let group = |cell: u32| cell as usize / n_buckets;
        if self.compare(group(right), group(left)).is_lt() { right } else { left }
    }

    #[cfg(test)]
    pub(super) fn of_values(values: &[BreakdownValue]) -> Self {
        let len = values.len();
        let numbers = (0..).take(len).collect();
        Self { len, numbers, dimensions: vec![Values::of(values)] }
    }

    fn numbers_of(&self, group: usize) -> impl Iterator<Item = (&Values, u32)> {
        let n = self.dimensions.len();
        self.dimensions.iter().zip(self.numbers[group * n..(group + 1) * n].iter().copied())
    }
}

/// Numbers the values that the rows have and puts each row, given its bucket in `cells`, in the cell of its bucket and value.
pub(super) fn assign(
    runs: &[&Run],
    cells: &mut [Vec<u32>],
    breakdown: &Breakdown,
    n_buckets: usize,
    (layout, scan): (&ScanLayout, &Scan),
    memory: &mut HeldMemory,
    control: &QueryControl,
) -> Result<Groups, QueryError> {
    let too_many = || QueryError::MemoryLimit { limit_bytes: control.limits().max_memory_bytes };
    let mut dimensions = Vec::with_capacity(breakdown.dimensions.len());
    for dimension in &breakdown.dimensions {
        dimensions.push(Dimension::new(dimension, runs, cells, (layout, scan), control)?);
    }
    let mut combinations = Combinations::default();
    let mut numbers = vec![Vec::with_capacity(ROWS_A_CHECK); dimensions.len()];
    for (run, cells) in cells.iter_mut().enumerate() {
        for (chunk, cells) in cells.chunks_mut(ROWS_A_CHECK).enumerate() {
            control.check()?;
            let rows = chunk * ROWS_A_CHECK..chunk * ROWS_A_CHECK + cells.len();
            for (dimension, numbers) in dimensions.iter_mut().zip(&mut numbers) {
                dimension.number_rows(run, (rows.clone(), &runs[run].persons), cells, numbers, memory)?;
            }
            let n_before = combinations.len();
            for (row, cell) in cells.iter_mut().enumerate().filter(|(_, cell)| **cell != SKIP) {
                let group = combinations.group(&numbers, row) as usize;
                let in_group = group.checked_mul(n_buckets).and_then(|first| first.checked_add(*cell as usize));
                let in_group = in_group.and_then(|cell| u32::try_from(cell).ok());
                *cell = in_group.filter(|&cell| cell != SKIP).ok_or_else(too_many)?;
            }
            memory.grow::<[u64; 8]>(combinations.len() - n_before)?;
        }
    }
    let dimensions: Vec<_> = dimensions.into_iter().map(Dimension::into_values).collect();
    let (len, numbers) = match &dimensions[..] {
        // a combination of one value is that value
        [values] => (values.len(), (0..).take(values.len()).collect()),
        _ => (combinations.len(), combinations.numbers),
    };
    Ok(Groups { len, numbers, dimensions })
}

/// Combinations of value numbers, numbered in order of appearance.
#[derive(Default)]
struct Combinations {
    /// The numbers of each, one after the other.
    numbers: Vec<u32>,
    known: FxHashMap<Vec<u32>, u32>,
    at_hand: Vec<u32>,
}

impl Combinations {
    fn len(&self) -> usize {
        self.known.len()
    }

    /// The number of the combination that a row has, given the numbers of each dimension.
    fn group(&mut self, numbers: &[Vec<u32>], row: usize) -> u32 {
        if let [numbers] = numbers {
            return numbers[row];
        }
        self.at_hand.clear();
        self.at_hand.extend(numbers.iter().map(|numbers| numbers[row]));
        if let Some(&group) = self.known.get(&self.at_hand) {
            return group;
        }
        let next =
            u32::try_from(self.known.len()).expect("there are fewer groups than rows, which are fewer than 2^32");
        self.numbers.extend(&self.at_hand);
        self.known.insert(self.at_hand.clone(), next);
        next
    }
}
