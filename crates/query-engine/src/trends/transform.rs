//! What becomes of a value before rows are told apart by it.

use std::sync::Arc;

use crate::bucket_index::SKIP;
use crate::columns;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::aggregate::{BreakdownDimension, BreakdownTransform, BreakdownValue};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// What becomes of the values of one dimension.
#[derive(Debug)]
pub(super) enum Transform {
    /// Their texts.
    Text,
    /// Urls without what does not matter at their end.
    NormalizedUrl,
    /// The bins that they are in.
    Bins(Vec<Bin>),
}

/// Numbers from one to another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bin {
    from: f64,
    until: f64,
    label: Arc<str>,
}

impl Transform {
    /// What `plan` says; bins are those of the numbers that the rows have which are in a cell.
    pub(super) fn new(
        plan: &BreakdownDimension,
        runs: &[&Run],
        cells: &[Vec<u32>],
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
    ) -> Result<Self, QueryError> {
        let n_bins = match plan.transform {
            BreakdownTransform::Text => return Ok(Self::Text),
            BreakdownTransform::NormalizedUrl => return Ok(Self::NormalizedUrl),
            BreakdownTransform::Histogram { n_bins } => n_bins,
        };
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
        Ok(Self::Bins(if least <= greatest { bins(least, greatest, n_bins) } else { Vec::new() }))
    }

    /// Whether values of the same text become the same.
    pub(super) fn is_by_text(&self) -> bool {
        matches!(self, Self::Text)
    }

    /// What becomes of `value`.
    pub(super) fn apply(&self, value: &PropertyValue) -> BreakdownValue {
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
