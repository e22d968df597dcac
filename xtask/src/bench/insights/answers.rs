//! What answers say, in rows that can be held against one another.

use serde_json::{Value, json};

use crate::process::Outcome;

/// Greatest relative difference of two numbers that are the same: sums of the same numbers in another order.
const TOLERANCE: f64 = 1e-9;

/// What stands for all values beyond a breakdown's limit.
const OTHER: &str = "$$_posthog_breakdown_other_$$";

/// The rows of an answer, in one order for all engines.
#[derive(Debug)]
pub(crate) struct Rows(Vec<Vec<Value>>);

impl Rows {
    /// Rows in any order; numbers are compared as numbers, whatever they were written as.
    fn new(rows: Vec<Vec<Value>>) -> Self {
        let mut rows: Vec<Vec<Value>> = rows
            .into_iter()
            .map(|row| row.into_iter().map(|value| number(&value).unwrap_or(value)).collect())
            .collect();
        rows.sort_by_cached_key(|row| row.iter().map(sort_text).collect::<Vec<_>>());
        Self(rows)
    }

    /// The rows that a peer gave for a question.
    pub(super) fn of_peer(question: &str, rows: &Value) -> Outcome<Self> {
        let rows = rows.as_array().ok_or("the rows are no list")?;
        let mut rows: Vec<Vec<Value>> = rows.iter().filter_map(|row| row.as_array().cloned()).collect();
        match question {
            // the last week reaches beyond the last day that is asked for
            "trends_weekly_active" => rows.retain(|row| row[0].as_str().is_some_and(|day| day <= super::questions::TO)),
            "lifecycle" => rows.retain(|row| row[0].as_str().is_some_and(|day| day <= super::questions::TO)),
            // how many persons there are is known only of values that are among the most common ones by that number, too
            "trends_url_breakdown" => rows.truncate(20),
            _ => {}
        }
        Ok(Self::new(rows))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first row that differs, as a text for people.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        if self.0.len() != other.0.len() {
            let missing = other.0.iter().find(|row| !self.0.iter().any(|own| same_row(own, row)));
            return Some(format!("{} rows for {}; missing {missing:?}", self.0.len(), other.0.len()));
        }
        let different = self.0.iter().zip(&other.0).find(|(own, other)| !same_row(own, other));
        different.map(|(own, other)| format!("{own:?} for {other:?}"))
    }
}

fn same_row(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= TOLERANCE * one.abs().max(other.abs()),
        _ => one == other,
    }
}

fn number(value: &Value) -> Option<Value> {
    value.as_f64().map(|number| json!(number))
}

/// Texts that sort rows of several engines alike: a sum that differs in its last digits stands in the same place.
fn sort_text(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), |number| format!("{number:020.3}"))
}

fn items(value: &Value) -> Outcome<&Vec<Value>> {
    value.as_array().ok_or_else(|| format!("{value} is no list"))
}

/// The label and number of each day that has one.
fn days(result: &Value) -> Outcome<Vec<(Value, Value)>> {
    let pairs = items(&result["days"])?.iter().cloned().zip(items(&result["data"])?.iter().cloned());
    Ok(pairs.filter(|(_, number)| number.as_f64() != Some(0.0)).collect())
}

/// A trend: day, number.
pub(super) fn series(results: &Value) -> Outcome<Rows> {
    let days = days(&results[0])?;
    Ok(Rows::new(days.into_iter().map(|(day, number)| vec![day, number]).collect()))
}

/// A trend with a breakdown: value, day, number.
pub(super) fn series_of_values(results: &Value) -> Outcome<Rows> {
    let mut rows = Vec::new();
    for result in items(results)?.iter().filter(|result| result["breakdown_value"] != OTHER) {
        let days = days(result)?;
        rows.extend(days.into_iter().map(|(day, number)| vec![result["breakdown_value"].clone(), day, number]));
    }
    Ok(Rows::new(rows))
}

/// Total values with a breakdown: value and the number of each series, of the values that come first in the first series and that every
/// series has.
pub(super) fn totals(results: &Value) -> Outcome<Rows> {
    let results: Vec<&Value> = items(results)?.iter().filter(|result| result["breakdown_value"] != OTHER).collect();
    let order = |result: &Value| result["action"]["order"].as_u64().unwrap_or_default();
    let n_series = results.iter().map(|result| order(result) + 1).max().unwrap_or_default();
    let mut rows = Vec::new();
    for first in results.iter().filter(|result| order(result) == 0) {
        let value = &first["breakdown_value"];
        let mut row = vec![value.clone(), first["aggregated_value"].clone()];
        for series in 1..n_series {
            let other = results.iter().find(|result| order(result) == series && result["breakdown_value"] == *value);
            row.extend(other.map(|other| other["aggregated_value"].clone()));
        }
        rows.push(row);
    }
    if n_series > 1 {
        rows.truncate(20);
    }
    Ok(Rows::new(rows))
}

/// One number.
pub(super) fn one_number(results: &Value) -> Outcome<Rows> {
    let result = items(results)?.first().ok_or("there is no result")?;
    Ok(Rows::new(vec![vec![result["aggregated_value"].clone()]]))
}

/// A funnel: no value, the last step that somebody took, how many.
pub(super) fn funnel(results: &Value) -> Outcome<Rows> {
    Ok(Rows::new(levels(&json!(""), results)?))
}

/// A funnel with a breakdown: value, the last step that somebody took, how many.
pub(super) fn funnel_of_values(results: &Value) -> Outcome<Rows> {
    let mut rows = Vec::new();
    for steps in items(results)? {
        rows.extend(levels(&steps[0]["breakdown_value"][0], steps)?);
    }
    Ok(Rows::new(rows))
}

fn levels(value: &Value, steps: &Value) -> Outcome<Vec<Vec<Value>>> {
    let mut counts: Vec<f64> = items(steps)?.iter().filter_map(|step| step["count"].as_f64()).collect();
    counts.push(0.0);
    let levels = counts.windows(2).zip(1..).map(|(pair, level)| (level, pair[0] - pair[1]));
    Ok(levels.filter(|(_, n)| *n > 0.0).map(|(level, n)| vec![value.clone(), json!(level), json!(n)]).collect())
}

/// Retention: when the cohort began, how long after it, how many.
pub(super) fn cohorts(results: &Value) -> Outcome<Rows> {
    let mut rows = Vec::new();
    for (start, cohort) in items(results)?.iter().enumerate() {
        for (after, cell) in items(&cohort["values"])?.iter().enumerate() {
            if cell["count"].as_f64() != Some(0.0) {
                rows.push(vec![json!(start), json!(after), cell["count"].clone()]);
            }
        }
    }
    Ok(Rows::new(rows))
}

/// Stickiness: in how many intervals, how many.
pub(super) fn stickiness(results: &Value) -> Outcome<Rows> {
    series(results)
}

/// Lifecycle: day, status, how many. Who is new and who comes back are added up: to PostHog a person is new when their first event of
/// any name is, which the peers' tables do not tell.
pub(super) fn lifecycle(results: &Value) -> Outcome<Rows> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for result in items(results)? {
        let status = match result["status"].as_str() {
            Some("new" | "resurrecting") => "arriving",
            Some("returning") => "returning",
            Some("dormant") => "dormant",
            _ => return Err(format!("{} is no status", result["status"])),
        };
        for (day, n) in days(result)? {
            let n = n.as_f64().unwrap_or_default().abs();
            match rows.iter_mut().find(|row| row[0] == day && row[1] == status) {
                Some(row) => row[2] = json!(row[2].as_f64().unwrap_or_default() + n),
                None => rows.push(vec![day, json!(status), json!(n)]),
            }
        }
    }
    Ok(Rows::new(rows))
}

/// Paths: step, from where, to where, how often.
pub(super) fn edges(results: &Value) -> Outcome<Rows> {
    let rows = items(results)?.iter().map(|edge| {
        let (step, source) = numbered(&edge["source"])?;
        let (_, target) = numbered(&edge["target"])?;
        Ok(vec![json!(step), source, target, edge["value"].clone()])
    });
    Ok(Rows::new(rows.collect::<Outcome<_>>()?))
}

/// `1_https://example.com` in its parts.
fn numbered(text: &Value) -> Outcome<(u64, Value)> {
    let parts = text.as_str().and_then(|text| text.split_once('_'));
    let parts = parts.and_then(|(step, item)| Some((step.parse().ok()?, json!(item))));
    parts.ok_or_else(|| format!("{text} is no step of a path"))
}

/// The rows of a table as they are.
pub(super) fn table(results: &Value) -> Outcome<Rows> {
    let rows = items(results)?.iter().map(|row| items(row).cloned());
    Ok(Rows::new(rows.collect::<Outcome<_>>()?))
}
