//! Which rows of a breakdown stand for themselves, and in which order.

use std::cmp::Ordering;

use crate::plan::aggregate::{AggregateRow, BreakdownValue};

/// The rows of a series in order: those that come first, and one with the sums of all others, where there are more than `limit`.
pub(super) fn ranked_rows(mut rows: Vec<AggregateRow>, limit: usize, is_total: bool) -> Vec<AggregateRow> {
    if rows.len() > limit {
        if is_total {
            rows.sort_by(by_total);
        } else {
            sort_rows(&mut rows);
        }
        let others = rows.split_off(limit);
        let other = others.into_iter().reduce(|mut sums, row| {
            sums.values.iter_mut().zip(row.values).for_each(|(sum, value)| *sum += value);
            sums
        });
        rows.extend(other.map(|AggregateRow { breakdown, values }| AggregateRow {
            breakdown: vec![BreakdownValue::Other; breakdown.len()],
            values,
        }));
    }
    sort_rows(&mut rows);
    rows
}

/// Sorts rows as an output has them: those without null, those with null, the others; each by descending total, then ascending values.
pub(super) fn sort_rows(rows: &mut [AggregateRow]) {
    rows.sort_by(|left, right| left.class().cmp(&right.class()).then_with(|| by_total(left, right)));
}

fn by_total(left: &AggregateRow, right: &AggregateRow) -> Ordering {
    right.total().total_cmp(&left.total()).then_with(|| left.breakdown.cmp(&right.breakdown))
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
        let rows = groups.into_iter().zip(numbers);
        let rows = rows.map(|(breakdown, number)| AggregateRow { breakdown, values: vec![number] }).collect();
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
