//! Which rows of a breakdown stand for themselves, and in which order.

use std::cmp::Ordering;

use crate::plan::aggregate::{AggregateRow, BreakdownValue};

/// The rows of a series in order: those that come first, and one with the sums of all others, where there are more than `limit`.
///
/// Only the rows that are given back are copied: a breakdown by a property of many values has far more.
pub(super) fn ranked_rows(mut rows: Vec<RankedRow<'_>>, limit: usize, is_total: bool) -> Vec<AggregateRow> {
    let mut others = Vec::new();
    if rows.len() > limit {
        // no two rows are equal, so that this finds the same ones as sorting them all would
        let order = if is_total { RankedRow::by_total } else { RankedRow::by_class_and_total };
        rows.select_nth_unstable_by(limit, order);
        others = rows.split_off(limit);
    }
    rows.sort_by(RankedRow::by_class_and_total);
    let other = others.split_first().map(|(first, rest)| {
        let mut values = first.values.to_vec();
        for row in rest {
            values.iter_mut().zip(row.values).for_each(|(sum, value)| *sum += value);
        }
        AggregateRow { breakdown: vec![BreakdownValue::Other; first.breakdown.len()], values }
    });
    let rows =
        rows.into_iter().map(|row| AggregateRow { breakdown: row.breakdown.to_vec(), values: row.values.to_vec() });
    rows.chain(other).collect()
}

/// A row that may be among the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct RankedRow<'a> {
    breakdown: &'a [BreakdownValue],
    values: &'a [f64],
    class: u8,
    total: f64,
}

impl<'a> RankedRow<'a> {
    /// The row of these values.
    pub(super) fn new(breakdown: &'a [BreakdownValue], values: &'a [f64]) -> Self {
        Self { breakdown, values, class: class(breakdown), total: values.iter().sum() }
    }

    fn by_class_and_total(&self, other: &Self) -> Ordering {
        self.class.cmp(&other.class).then_with(|| self.by_total(other))
    }

    fn by_total(&self, other: &Self) -> Ordering {
        other.total.total_cmp(&self.total).then_with(|| self.breakdown.cmp(other.breakdown))
    }
}

/// Sorts rows as an output has them: those without null, those with null, the others; each by descending total, then ascending values.
pub(super) fn sort_rows(rows: &mut [AggregateRow]) {
    rows.sort_by(|left, right| {
        let (left, right) =
            (RankedRow::new(&left.breakdown, &left.values), RankedRow::new(&right.breakdown, &right.values));
        left.by_class_and_total(&right)
    });
}

/// 0 for a row without null and other, 1 for one with null, 2 for the row of all others: the first key of the order of rows.
pub(super) fn class(breakdown: &[BreakdownValue]) -> u8 {
    let class = |value: &BreakdownValue| match value {
        BreakdownValue::Text(_) => 0,
        BreakdownValue::Null => 1,
        BreakdownValue::Other => 2,
    };
    breakdown.iter().map(class).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Vec<BreakdownValue> {
        vec![BreakdownValue::Text(value.into())]
    }

    #[track_caller]
    fn check(limit: usize, is_total: bool, expected: &[(&str, f64)]) {
        let groups = [text("b"), vec![BreakdownValue::Null], text("a"), text("c"), text("d")];
        let numbers = [2.0, 9.0, 2.0, 5.0, 1.0];
        let rows = groups.iter().zip(numbers.chunks(1));
        let rows = rows.map(|(breakdown, values)| RankedRow::new(breakdown, values)).collect();
        let rows = ranked_rows(rows, limit, is_total);
        let found: Vec<_> = rows
            .iter()
            .map(|row| match &row.breakdown[0] {
                BreakdownValue::Text(text) => (&**text, row.total()),
                BreakdownValue::Null => ("null", row.total()),
                BreakdownValue::Other => ("other", row.total()),
            })
            .collect();
        assert_eq!(found, expected, "limit {limit}");
    }

    #[test]
    fn rows_come_by_total_then_value_then_null_then_other() {
        check(5, false, &[("c", 5.0), ("a", 2.0), ("b", 2.0), ("d", 1.0), ("null", 9.0)]);
        check(4, false, &[("c", 5.0), ("a", 2.0), ("b", 2.0), ("d", 1.0), ("other", 9.0)]);
        check(2, false, &[("c", 5.0), ("a", 2.0), ("other", 12.0)]);
        check(0, false, &[("other", 19.0)]);
    }

    #[test]
    fn null_competes_for_its_place_among_totals() {
        check(2, true, &[("c", 5.0), ("null", 9.0), ("other", 5.0)]);
        check(4, true, &[("c", 5.0), ("a", 2.0), ("b", 2.0), ("null", 9.0), ("other", 1.0)]);
    }
}
