//! Which rows of a breakdown stand for themselves, and in which order.

use std::cmp::Ordering;

use super::groups::Groups;
use crate::plan::aggregate::{AggregateRow, BreakdownValue};

/// The rows of a series in order: those that come first, and one with the sums of all others, where there are more than `limit`.
/// `values` has those of each group one after the other, `among` the groups that have a row.
///
/// Only the rows that are given back are made: a breakdown by a property of many values has far more groups.
pub(super) fn ranked_rows(
    groups: &Groups,
    among: impl Iterator<Item = u32>,
    values: &[f64],
    limit: usize,
    is_total: bool,
) -> Vec<AggregateRow> {
    let n_values = values.len() / groups.len().max(1);
    let values_of = |group: u32| &values[group as usize * n_values..(group as usize + 1) * n_values];
    let mut first: Vec<Candidate> = among
        .map(|group| Candidate {
            group,
            class: u8::from(groups.has_null(group as usize)),
            total: values_of(group).iter().sum(),
        })
        .collect();
    let others = if first.len() > limit { first_ones(&mut first, groups, limit, is_total) } else { Vec::new() };
    first.sort_by(|left, right| left.by_class_and_total(right).then_with(|| left.by_values(right, groups)));
    let other = others.split_first().map(|(other, rest)| {
        let mut sums = values_of(other.group).to_vec();
        for row in rest {
            sums.iter_mut().zip(values_of(row.group)).for_each(|(sum, value)| *sum += value);
        }
        AggregateRow { breakdown: vec![BreakdownValue::Other; groups.n_dimensions()], values: sums }
    });
    let rows = first.iter().map(|row| AggregateRow {
        breakdown: groups.values(row.group as usize),
        values: values_of(row.group).to_vec(),
    });
    rows.chain(other).collect()
}

/// Leaves the first `limit` of more than `limit` rows, in any order, and gives the others.
fn first_ones(rows: &mut Vec<Candidate>, groups: &Groups, limit: usize, is_total: bool) -> Vec<Candidate> {
    let order = if is_total { Candidate::by_total } else { Candidate::by_class_and_total };
    let (_, &mut at_limit, _) = rows.select_nth_unstable_by(limit, order);
    // values are compared, which takes far longer, only of rows of which some come first and some do not
    let mut others = rows.split_off(limit);
    let mut tied: Vec<_> = rows.extract_if(.., |row| order(row, &at_limit).is_eq()).collect();
    let n_wanted = tied.len();
    tied.extend(others.extract_if(.., |row| order(row, &at_limit).is_eq()));
    tied.select_nth_unstable_by(n_wanted, |left, right| left.by_values(right, groups));
    others.extend(tied.drain(n_wanted..));
    rows.append(&mut tied);
    others
}

/// A row that may be among the first.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    group: u32,
    class: u8,
    total: f64,
}

impl Candidate {
    fn by_class_and_total(&self, other: &Self) -> Ordering {
        self.class.cmp(&other.class).then_with(|| self.by_total(other))
    }

    fn by_total(&self, other: &Self) -> Ordering {
        other.total.total_cmp(&self.total)
    }

    fn by_values(&self, other: &Self, groups: &Groups) -> Ordering {
        groups.compare(self.group as usize, other.group as usize)
    }
}

/// Sorts rows as an output has them: those without null, those with null, the others; each by descending total, then ascending values.
pub(super) fn sort_rows(rows: &mut [AggregateRow]) {
    rows.sort_by(|left, right| {
        let by_class = class(&left.breakdown).cmp(&class(&right.breakdown));
        let by_total = || right.total().total_cmp(&left.total());
        by_class.then_with(by_total).then_with(|| left.breakdown.cmp(&right.breakdown))
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

    fn text(value: &str) -> BreakdownValue {
        BreakdownValue::Text(value.into())
    }

    #[track_caller]
    fn check(limit: usize, is_total: bool, expected: &[(&str, f64)]) {
        let groups = Groups::of_values(&[text("b"), BreakdownValue::Null, text("a"), text("c"), text("d")]);
        let rows = ranked_rows(&groups, 0..5, &[2.0, 9.0, 2.0, 5.0, 1.0], limit, is_total);
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
        check(1, false, &[("c", 5.0), ("other", 14.0)]);
        check(0, false, &[("other", 19.0)]);
    }

    #[test]
    fn null_competes_for_its_place_among_totals() {
        check(2, true, &[("c", 5.0), ("null", 9.0), ("other", 5.0)]);
        check(4, true, &[("c", 5.0), ("a", 2.0), ("b", 2.0), ("null", 9.0), ("other", 1.0)]);
    }
}
