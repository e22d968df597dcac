//! Results and lists as tables, in the columns that PostHog's exports have.

use insights_core::problem::Problem;
use serde_json::Value;

use super::response::InsightBasic;
use crate::csv::{Cell, Table};
use crate::error::ApiError;
use crate::queries::Answered;

/// The columns of a list of insights.
const LIST_COLUMNS: [&str; 10] = [
    "id",
    "short_id",
    "name",
    "derived_name",
    "description",
    "tags",
    "favorited",
    "created_by",
    "created_at",
    "last_modified_at",
];

/// The rows of a result; no rows where there is none.
pub(crate) fn insight_table(answered: Option<&Answered>) -> Result<Table, ApiError> {
    let Some(answered) = answered else { return Ok(Table::default()) };
    let read = |text: &str| serde_json::from_str(text).map_err(|_| ApiError::from(Problem::internal()));
    let results: Value = read(answered.answer.results.get())?;
    let columns = answered.answer.columns.as_ref().map(|columns| read(columns.get())).transpose()?;
    Ok(results_table(&results, columns.as_ref()))
}

/// One row an insight, without its query.
pub(super) fn insights_table(insights: &[InsightBasic]) -> Table {
    let rows = insights.iter().map(|insight| {
        let text = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or_default());
        vec![
            Cell::number(insight.id),
            Cell::text(&insight.short_id),
            text(&insight.name),
            text(&insight.derived_name),
            text(&insight.description),
            Cell::text(&insight.tags.join(",")),
            Cell::text(if insight.favorited { "true" } else { "false" }),
            Cell::text(insight.created_by.as_ref().map_or("", |user| user.email())),
            Cell::text(&insight.created_at.to_text()),
            Cell::text(&insight.last_modified_at.to_text()),
        ]
    });
    Table { columns: LIST_COLUMNS.map(str::to_owned).to_vec(), rows: rows.collect() }
}

fn results_table(results: &Value, columns: Option<&Value>) -> Table {
    match results {
        Value::Array(items) => match items.first() {
            Some(Value::Array(steps)) if steps.first().is_some_and(is_step) => {
                funnel_table(items.iter().flat_map(|steps| steps.as_array().into_iter().flatten()))
            }
            Some(Value::Array(_)) => rows_table(items, columns),
            Some(step) if is_step(step) => funnel_table(items.iter()),
            Some(Value::Object(_)) => series_table(items),
            _ => Table::default(),
        },
        Value::Object(results) if results.contains_key("bins") => bins_table(&results["bins"]),
        _ => Table::default(),
    }
}

fn is_step(item: &Value) -> bool {
    item.get("action_id").is_some() && item.get("average_conversion_time").is_some()
}

/// Trends: a row a series, a column a label; or the total where there are no labels.
fn series_table(series: &[Value]) -> Table {
    let is_total = |item: &Value| item["data"].as_array().is_none_or(Vec::is_empty);
    // A comparison is laid under the labels of the present period.
    let current = series.iter().find(|item| item["compare_label"] == "current").or(series.first());
    let labels: Vec<&str> =
        current.and_then(|item| item["labels"].as_array()).into_iter().flatten().filter_map(Value::as_str).collect();
    let has_names = series.iter().any(|item| item["action"]["custom_name"].is_string());
    let is_total = series.iter().all(is_total);

    let mut columns = vec!["series".to_owned()];
    columns.extend(has_names.then(|| "custom name".to_owned()));
    if is_total {
        columns.push("total count".to_owned());
    } else {
        columns.extend(labels.iter().map(|label| (*label).to_owned()));
    }
    let rows = series.iter().enumerate().map(|(number, item)| {
        let label = item["label"].as_str().map_or_else(|| format!("Series #{}", number + 1), str::to_owned);
        let label = match item["compare_label"].as_str() {
            Some(period) => format!("{label} - {period}"),
            None => label,
        };
        let mut row = vec![Cell::text(&label)];
        row.extend(has_names.then(|| Cell::json(&item["action"]["custom_name"])));
        if is_total {
            row.push(Cell::json(&item["aggregated_value"]));
        } else {
            let data = item["data"].as_array().map_or(&[][..], Vec::as_slice);
            row.extend((0..labels.len()).map(|at| Cell::json(data.get(at).unwrap_or(&Value::Null))));
        }
        row
    });
    Table { rows: rows.collect(), columns }
}

/// Funnels: a row a step.
fn funnel_table<'a>(steps: impl Iterator<Item = &'a Value>) -> Table {
    let steps: Vec<&Value> = steps.collect();
    let has_breakdown = steps.iter().any(|step| step.get("breakdown_value").is_some_and(|value| !value.is_null()));
    let mut columns = vec!["name".to_owned()];
    columns.extend(has_breakdown.then(|| "breakdown_value".to_owned()));
    columns.extend(
        ["order", "action_id", "count", "median_conversion_time (seconds)", "average_conversion_time (seconds)"]
            .map(str::to_owned),
    );
    let rows = steps.into_iter().map(|step| {
        let name = Some(&step["custom_name"]).filter(|name| name.is_string()).unwrap_or(&step["name"]);
        let mut row = vec![Cell::json(name)];
        row.extend(has_breakdown.then(|| Cell::joined(&step["breakdown_value"], "::")));
        let keys = ["order", "action_id", "count", "median_conversion_time", "average_conversion_time"];
        row.extend(keys.map(|key| Cell::json(&step[key])));
        row
    });
    Table { rows: rows.collect(), columns }
}

/// Times to convert: a row a bin.
fn bins_table(bins: &Value) -> Table {
    let rows = bins.as_array().into_iter().flatten().map(|bin| vec![Cell::json(&bin[0]), Cell::json(&bin[1])]);
    Table { columns: vec!["seconds".to_owned(), "count".to_owned()], rows: rows.collect() }
}

/// Rows as they are, under the names of their columns.
fn rows_table(rows: &[Value], columns: Option<&Value>) -> Table {
    let width = rows.iter().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
    let names = columns.and_then(Value::as_array);
    let name = |at: usize| names.and_then(|names| names.get(at)?.as_str());
    Table {
        columns: (0..width).map(|at| name(at).map_or_else(|| format!("column_{at}"), str::to_owned)).collect(),
        rows: rows.iter().map(|row| (0..width).map(|at| Cell::json(&row[at])).collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(results: Value, expected: &str) {
        assert_eq!(
            String::from_utf8(results_table(&results, None).to_bytes()).unwrap(),
            expected.replace('\n', "\r\n")
        );
    }

    #[test]
    fn trends_have_a_column_a_label() {
        check(
            json!([
                {"label": "$pageview", "data": [1, 2.5], "labels": ["1-Jan-2026", "2-Jan-2026"], "action": {"custom_name": null}},
                {"label": "Formula (A, \"B\")", "data": [0, 3], "labels": ["1-Jan-2026", "2-Jan-2026"], "action": null},
            ]),
            "series,1-Jan-2026,2-Jan-2026\n$pageview,1,2.5\n\"Formula (A, \"\"B\"\")\",0,3\n",
        );
    }

    #[test]
    fn totals_and_comparisons_have_their_columns() {
        check(
            json!([{"label": "a", "data": [], "aggregated_value": 7, "action": {"custom_name": "Sign-ups"}}]),
            "series,custom name,total count\na,Sign-ups,7\n",
        );
        check(
            json!([
                {"label": "a", "compare_label": "current", "data": [1], "labels": ["2-Jan-2026"]},
                {"label": "a", "compare_label": "previous", "data": [4], "labels": ["1-Jan-2026"]},
            ]),
            "series,2-Jan-2026\na - current,1\na - previous,4\n",
        );
    }

    #[test]
    fn funnels_have_a_row_a_step() {
        let step = |order: i64, count: i64, time: Value| {
            json!({"name": "paid", "custom_name": null, "action_id": "paid", "order": order, "count": count,
                "average_conversion_time": time, "median_conversion_time": time, "breakdown_value": ["Chrome", "EU"]})
        };
        let mut plain = step(0, 4, Value::Null);
        plain.as_object_mut().unwrap().remove("breakdown_value");
        check(
            json!([plain]),
            "name,order,action_id,count,median_conversion_time (seconds),average_conversion_time (seconds)\npaid,0,paid,4,,\n",
        );
        check(
            json!([[step(0, 4, Value::Null), step(1, 2, json!(60.5))]]),
            "name,breakdown_value,order,action_id,count,median_conversion_time (seconds),average_conversion_time (seconds)\n\
             paid,Chrome::EU,0,paid,4,,\npaid,Chrome::EU,1,paid,2,60.5,60.5\n",
        );
        check(json!({"bins": [[0, 2], [60, 1]], "average_conversion_time": 20}), "seconds,count\n0,2\n60,1\n");
    }

    #[test]
    fn nothing_is_an_empty_table() {
        check(json!([]), "");
        check(json!({}), "");
    }
}
