//! Formulas over the series of a query.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::planning::is_total_value;
use super::rank::class;
use super::shaping::{Period, Shaper, number, shown};
use crate::nodes::{NamedFormula, TrendsQuery};
use crate::plan::aggregate::{AggregateRow, BreakdownValue};

/// The items of all formulas of `query`, and within each period by period.
pub(super) fn items(query: &TrendsQuery, shaper: &Shaper<'_>, periods: &[Period]) -> Vec<Value> {
    let mut items = Vec::new();
    for (order, formula) in query.trends.formulas.iter().enumerate() {
        for period in periods {
            for row in rows(query, formula, period) {
                if !shaper.is_hidden(&row.breakdown) {
                    items.push(item(query, shaper, period, (order, formula), &row));
                }
            }
        }
    }
    items
}

fn item(
    query: &TrendsQuery,
    shaper: &Shaper<'_>,
    period: &Period,
    (order, formula): (usize, &NamedFormula),
    row: &AggregateRow,
) -> Value {
    let mut item = shaper.item(period, &row.breakdown, &row.values);
    let label = formula.custom_name.clone().unwrap_or_else(|| format!("Formula ({})", formula.formula.text()));
    item.insert("label".to_owned(), label.into());
    item.insert("action".to_owned(), Value::Null);
    item.insert("order".to_owned(), order.into());
    if is_total_value(query) {
        item.insert("data".to_owned(), Value::Null);
        item.insert("aggregated_value".to_owned(), row.values.first().copied().map_or(json!(0), number));
    }
    Value::Object(item)
}

/// The formula for each value of the breakdown that any series has; a series that has not the value counts as 0.
fn rows(query: &TrendsQuery, formula: &NamedFormula, period: &Period) -> Vec<AggregateRow> {
    let mut breakdowns: Vec<&[BreakdownValue]> = Vec::new();
    for row in period.series.iter().flatten() {
        if !breakdowns.contains(&&*row.breakdown) {
            breakdowns.push(&row.breakdown);
        }
    }
    let n_values = period.series.iter().flatten().map(|row| row.values.len()).max().unwrap_or(0);
    let mut rows: Vec<AggregateRow> = breakdowns
        .into_iter()
        .map(|breakdown| {
            let of_series = |rows: &'_ Vec<AggregateRow>| rows.iter().position(|row| row.breakdown == breakdown);
            let found: Vec<Option<usize>> = period.series.iter().map(of_series).collect();
            let value = |bucket: usize| {
                let numbers = period.series.iter().zip(&found);
                let numbers = numbers.map(|(rows, row)| row.map_or(0.0, |row| rows[row].values[bucket]));
                formula.formula.evaluate(&numbers.collect::<Vec<_>>())
            };
            AggregateRow { breakdown: breakdown.to_vec(), values: (0..n_values).map(value).collect() }
        })
        .collect();
    if query.compare.is_some() {
        // numbers of the whole range are no totals to PostHog
        rows.sort_by(if is_total_value(query) { by_name } else { by_total_then_name })
    } else {
        rows.sort_by(by_total_then_numbers)
    }
    rows
}

/// The order of compared rows: by descending total, then by value as people count (`v2` before `v10`).
fn by_total_then_name(left: &AggregateRow, right: &AggregateRow) -> Ordering {
    right.total().total_cmp(&left.total()).then_with(|| by_name(left, right))
}

/// The order of rows by value alone, as people count.
fn by_name(left: &AggregateRow, right: &AggregateRow) -> Ordering {
    let names = |row: &AggregateRow| row.breakdown.iter().map(|value| natural_key(shown(value))).collect::<Vec<_>>();
    names(left).cmp(&names(right)).then_with(|| left.breakdown.cmp(&right.breakdown))
}

/// The order of rows that are not compared: null and other last, then by descending total, then by the greater earlier numbers, then by
/// descending value.
fn by_total_then_numbers(left: &AggregateRow, right: &AggregateRow) -> Ordering {
    // Several properties are told apart by the list of their values, in which null and other have no place of their own.
    let class = |row: &AggregateRow| if row.breakdown.len() == 1 { class(&row.breakdown) } else { 0 };
    let by_numbers = || {
        let pairs = right.values.iter().zip(&left.values);
        pairs.map(|(right, left)| right.total_cmp(left)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let names =
        |row: &AggregateRow| row.breakdown.iter().map(|value| quoted(shown(value))).collect::<Vec<_>>().join(", ");
    class(left)
        .cmp(&class(right))
        .then_with(|| right.total().total_cmp(&left.total()))
        .then_with(by_numbers)
        .then_with(|| names(right).cmp(&names(left)))
}

/// A value as PostHog compares it to break a tie: in quotation marks, so that `a` comes after `a b`, whose space is less than a mark.
fn quoted(value: &str) -> String {
    let mark = if value.contains('\'') && !value.contains('"') { '"' } else { '\'' };
    format!("{mark}{value}{mark}")
}

/// A part of a text: digits compare as numbers and come before other text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u128),
    Text(String),
}

fn natural_key(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(match part.parse() {
            Ok(number) if is_digits => Part::Number(number),
            _ => Part::Text(part.to_lowercase()),
        });
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: &str, values: &[f64]) -> AggregateRow {
        let value = match value {
            "null" => BreakdownValue::Null,
            "other" => BreakdownValue::Other,
            text => BreakdownValue::Text(text.into()),
        };
        AggregateRow { breakdown: vec![value], values: values.to_vec() }
    }

    #[track_caller]
    fn check(order: fn(&AggregateRow, &AggregateRow) -> Ordering, expected: &[&str]) {
        let mut rows = [
            row("null", &[9.0, 0.0]),
            row("v10", &[1.0, 1.0]),
            row("V2", &[1.0, 1.0]),
            row("V2 b", &[1.0, 1.0]),
            row("other", &[9.0, 9.0]),
            row("early", &[2.0, 0.0]),
            row("most", &[3.0, 4.0]),
        ];
        rows.sort_by(order);
        let shown: Vec<&str> = rows.iter().map(|row| shown(&row.breakdown[0])).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn rows_come_by_total_and_then_as_posthog_breaks_ties() {
        use super::super::shaping::{NULL_VALUE, OTHER_VALUE};
        check(by_total_then_numbers, &["most", "early", "v10", "V2", "V2 b", NULL_VALUE, OTHER_VALUE]);
        check(by_name, &[NULL_VALUE, OTHER_VALUE, "early", "most", "V2", "V2 b", "v10"]);
        check(by_total_then_name, &[OTHER_VALUE, NULL_VALUE, "most", "early", "V2", "V2 b", "v10"]);
    }
}
