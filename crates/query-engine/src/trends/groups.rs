//! Which value of the breakdown each row has.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bucket_index::SKIP;
use crate::columns::{self, ByDictionary};
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::aggregate::{Breakdown, BreakdownDimension, BreakdownTransform, BreakdownValue};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// The values of the breakdown that any row has, numbered.
#[derive(Debug)]
pub(super) struct Groups {
    values: Vec<Vec<BreakdownValue>>,
}

impl Groups {
    /// The one group that there is without a breakdown.
    pub(super) fn single() -> Self {
        Self { values: vec![Vec::new()] }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Of two cells, each of `n_buckets` for each group, that of the lesser value; the first where they are of the same.
    pub(super) fn lesser(&self, left: u32, right: u32, n_buckets: usize) -> u32 {
        let group = |cell: u32| &self.values[cell as usize / n_buckets];
        if group(right) < group(left) { right } else { left }
    }

    /// The value of each dimension, for each group.
    pub(super) fn values(&self) -> &[Vec<BreakdownValue>] {
        &self.values
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
    // A group is a combination of the values of all dimensions.
    let mut combinations = Combinations::default();
    let mut combination = vec![0_u32; dimensions.len()];
    for (run, cells) in runs.iter().zip(cells) {
        let mut columns = Vec::with_capacity(dimensions.len());
        for (Dimension { numbering, by_dictionary }, plan) in dimensions.iter_mut().zip(&breakdown.dimensions) {
            let values = layout.read(&plan.field, scan, run);
            let numbers = by_dictionary.get(values.dictionary(), |dictionary| {
                memory.grow::<u32>(dictionary.len())?;
                Ok(vec![SKIP; dictionary.len()])
            })?;
            columns.push((values, numbers, numbering));
        }
        let n_groups_before = combinations.groups.len();
        for (row, cell) in cells.iter_mut().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
            }
            if *cell == SKIP {
                continue;
            }
            for ((values, numbers, numbering), number) in columns.iter_mut().zip(&mut combination) {
                let code = values.code(row, run.persons[row]) as usize;
                // A value is looked at only when a row that counts has it.
                if numbers[code] == SKIP {
                    numbers[code] = numbering.number(&values.dictionary()[code]);
                }
                *number = numbers[code];
            }
            let group = combinations.number(&combination) as usize;
            let in_group = group.checked_mul(n_buckets).and_then(|first| first.checked_add(*cell as usize));
            *cell =
                in_group.and_then(|cell| u32::try_from(cell).ok()).filter(|&cell| cell != SKIP).ok_or_else(too_many)?;
        }
        // What the numbering keeps for each new value: its text, its place in the tables.
        memory.grow::<[u64; 8]>((combinations.groups.len() - n_groups_before) * columns.len())?;
    }
    let value = |(dimension, &number): (&Dimension, &u32)| dimension.numbering.values[number as usize].clone();
    let values = combinations.groups.iter().map(|group| dimensions.iter().zip(group).map(value).collect()).collect();
    Ok(Groups { values })
}

/// Combinations of value numbers, numbered in order of appearance.
#[derive(Default)]
struct Combinations {
    groups: Vec<Vec<u32>>,
    known: FxHashMap<Vec<u32>, u32>,
}

impl Combinations {
    fn number(&mut self, combination: &[u32]) -> u32 {
        // a value has its number in order of appearance already
        if let &[value] = combination {
            if self.groups.len() == value as usize {
                self.groups.push(vec![value]);
            }
            return value;
        }
        if let Some(&group) = self.known.get(combination) {
            return group;
        }
        let next =
            u32::try_from(self.groups.len()).expect("there are fewer groups than cells, which are fewer than 2^32");
        self.known.insert(combination.to_vec(), next);
        self.groups.push(combination.to_vec());
        next
    }
}

/// One dimension of the breakdown.
struct Dimension {
    numbering: Numbering,
    /// The number of the value of each code of each dictionary, [`SKIP`] where it was not looked at yet.
    by_dictionary: ByDictionary<Vec<u32>>,
}

/// The values of one dimension, numbered in order of appearance.
struct Numbering {
    transform: Transform,
    values: Vec<BreakdownValue>,
    known: FxHashMap<BreakdownValue, u32>,
}

enum Transform {
    Text,
    NormalizedUrl,
    Bins(Vec<Bin>),
}

impl Dimension {
    fn new(
        plan: &BreakdownDimension,
        runs: &[&Run],
        cells: &[Vec<u32>],
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let transform = match plan.transform {
            BreakdownTransform::Text => Transform::Text,
            BreakdownTransform::NormalizedUrl => Transform::NormalizedUrl,
            BreakdownTransform::Histogram { n_bins } => {
                let mut memory = HeldMemory::new(control);
                let columns = columns::numbers(runs, &plan.field, (layout, scan), &mut memory)?;
                let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
                for ((run, cells), column) in runs.iter().zip(cells).zip(&columns) {
                    for (row, _) in cells.iter().enumerate().filter(|&(_, &cell)| cell != SKIP) {
                        if row % ROWS_A_CHECK == 0 {
                            control.check()?;
                        }
                        let number = column.of_row(row, run.persons[row]);
                        if number.is_finite() {
                            (least, greatest) = (least.min(number), greatest.max(number));
                        }
                    }
                }
                Transform::Bins(if least <= greatest { bins(least, greatest, n_bins) } else { Vec::new() })
            }
        };
        let numbering = Numbering { transform, values: Vec::new(), known: FxHashMap::default() };
        Ok(Self { numbering, by_dictionary: ByDictionary::new() })
    }
}

impl Numbering {
    fn number(&mut self, value: &PropertyValue) -> u32 {
        let value = self.transform.apply(value);
        if let Some(&number) = self.known.get(&value) {
            return number;
        }
        let number = u32::try_from(self.values.len()).expect("a query has fewer than 2^32 distinct values");
        self.values.push(value.clone());
        self.known.insert(value, number);
        number
    }
}

impl Transform {
    fn apply(&self, value: &PropertyValue) -> BreakdownValue {
        let text = match self {
            Self::Text => value.to_text(),
            Self::NormalizedUrl => value.to_text().map(|url| normalized_url(&url)),
            Self::Bins(bins) => value.to_number().and_then(|number| {
                let bin = bins.iter().find(|bin| bin.from <= number && number < bin.until)?;
                Some(Arc::clone(&bin.label))
            }),
        };
        text.filter(|text| !text.is_empty()).map_or(BreakdownValue::Null, BreakdownValue::Text)
    }
}

/// `url` without what does not matter at its end.
pub(crate) fn normalized_url(url: &str) -> Arc<str> {
    let trimmed = url.trim_end_matches(['\\', '/', '?', '#']);
    if trimmed.is_empty() { "/".into() } else { trimmed.into() }
}

#[derive(Clone, Debug, PartialEq)]
struct Bin {
    from: f64,
    until: f64,
    label: Arc<str>,
}

/// How much wider the last bin is, so that the greatest number is inside.
const LAST_BIN_MARGIN: f64 = 0.01;

fn bins(least: f64, greatest: f64, n_bins: u32) -> Vec<Bin> {
    let width = (greatest - least) / f64::from(n_bins);
    let bin = |i: u32| {
        let margin = if i + 1 == n_bins { LAST_BIN_MARGIN } else { 0.0 };
        let (from, until) = (width * f64::from(i) + least, width * f64::from(i + 1) + least + margin);
        Bin { from, until, label: format!("[{},{}]", two_decimals(from), two_decimals(until)).into() }
    };
    (0..n_bins).map(bin).collect()
}

fn two_decimals(number: f64) -> f64 {
    // Adding zero turns a negative zero into a plain one.
    let rounded = (number * 100.0).round() / 100.0 + 0.0;
    if rounded.is_finite() { rounded } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bins(least: f64, greatest: f64, n_bins: u32, expected: &[&str]) {
        let bins = bins(least, greatest, n_bins);
        assert_eq!(bins.iter().map(|bin| &*bin.label).collect::<Vec<_>>(), expected);
        for number in [least, greatest, least.midpoint(greatest)] {
            let holding = bins.iter().filter(|bin| bin.from <= number && number < bin.until).count();
            assert_eq!(holding, 1, "bins that hold {number}");
        }
    }

    #[test]
    fn bins_are_equally_wide_and_hold_all_numbers() {
        check_bins(10.0, 40.0, 2, &["[10,25]", "[25,40.01]"]);
        check_bins(4.0, 128.0, 5, &["[4,28.8]", "[28.8,53.6]", "[53.6,78.4]", "[78.4,103.2]", "[103.2,128.01]"]);
        check_bins(4.0, 4.0, 1, &["[4,4.01]"]);
        check_bins(-1.0, 0.0, 3, &["[-1,-0.67]", "[-0.67,-0.33]", "[-0.33,0.01]"]);
    }

    #[test]
    fn urls_lose_what_stands_at_their_end() {
        for (url, expected) in
            [("https://a.b/?", "https://a.b"), ("https://a.b/c/#", "https://a.b/c"), ("/", "/"), ("?#", "/")]
        {
            assert_eq!(&*normalized_url(url), expected);
        }
    }
}
