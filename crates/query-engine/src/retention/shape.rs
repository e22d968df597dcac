//! The answer to a `RetentionQuery` as PostHog's clients expect it.

use chrono::{DateTime, SecondsFormat};
use insights_core::time::Interval;
use serde_json::{Value, json};

use crate::cohort::Cohort;
use crate::dates::Buckets;
use crate::nodes::{RetentionAggregate, RetentionQuery};
use crate::plan::retention::{RetentionOfValue, RetentionOutput, RetentionValue};
use crate::sampling::{extrapolated, extrapolated_count};

/// Name of all values beyond the limit.
pub(super) const OTHER: &str = "$$_posthog_breakdown_other_$$";

/// A list of rows, those of one value of the breakdown after those of another.
pub(super) fn results(query: &RetentionQuery, rows: &Buckets, output: &RetentionOutput) -> Value {
    let period = match query.interval {
        Interval::Second | Interval::Minute | Interval::Hour => "Hour",
        Interval::Day => "Day",
        Interval::Week => "Week",
        Interval::Month => "Month",
    };
    let labels = column_labels(query, period);
    let dates = dates(rows);
    // a mean of a sample is that of all
    let sums = query.retention.aggregation.as_ref().is_some_and(|it| it.function == RetentionAggregate::Sum);
    let measured_factor = query.sampling_factor.filter(|_| sums);
    let of_value = |of: &RetentionOfValue| {
        let breakdown_value = query.breakdown.as_ref().map(|breakdown| match &of.value {
            // a cohort by the number of its id, as in trends; everybody by a text, as in PostHog
            RetentionValue::Text(id) if breakdown.has_cohorts() => {
                let id = id.parse().ok().filter(|id: &i64| *id != Cohort::EVERYBODY_ID).map(Value::from);
                id.unwrap_or_else(|| Value::from(Cohort::EVERYBODY_ID.to_string()))
            }
            RetentionValue::Text(text) => Value::from(&**text),
            RetentionValue::Other => Value::from(OTHER),
        });
        let row = |(index, date): (usize, &String)| {
            let cells = index * labels.len()..(index + 1) * labels.len();
            let measured = of.measured.get(cells.clone());
            let values = of.counts[cells].iter().zip(&labels).enumerate().map(|(column, (count, label))| {
                let mut value = json!({"count": extrapolated_count(*count, query.sampling_factor), "label": label});
                if let Some(measured) = measured {
                    value["aggregation_value"] = extrapolated(measured[column], measured_factor).into();
                }
                value
            });
            json!({
                "values": values.collect::<Vec<_>>(),
                "label": format!("{period} {index}"),
                "date": date,
                "breakdown_value": breakdown_value,
            })
        };
        dates.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    output.values.iter().flat_map(of_value).collect()
}

fn column_labels(query: &RetentionQuery, period: &str) -> Vec<String> {
    let retention = &query.retention;
    if retention.brackets.is_empty() {
        return (0..retention.n_intervals).map(|column| format!("{period} {column}")).collect();
    }
    let mut first = 1;
    let brackets = retention.brackets.iter().map(|size| {
        let last = first + u64::from(*size) - 1;
        let label = if first == last { format!("{period} {first}") } else { format!("{period} {first}-{last}") };
        first = last + 1;
        label
    });
    std::iter::once(format!("{period} 0")).chain(brackets).collect()
}

/// The beginning of each row in its zone: `2020-06-10T00:00:00Z`, `2020-06-10T00:00:00-07:00`.
fn dates(rows: &Buckets) -> Vec<String> {
    let starts = rows.edges()[..rows.len()].iter().map(|&us| {
        let start = DateTime::from_timestamp_micros(us).expect("an edge was made from an instant");
        start.with_timezone(&rows.zone()).to_rfc3339_opts(SecondsFormat::Secs, true)
    });
    starts.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::nodes::reader::Reader;

    #[track_caller]
    fn check(filter: Value, expected: &[&str]) {
        let node = json!({"retentionFilter": filter});
        let query = RetentionQuery::read(&Reader::root(&node)).unwrap();
        assert_eq!(column_labels(&query, "Week"), expected);
    }

    #[test]
    fn columns_are_named_by_their_intervals() {
        check(json!({"totalIntervals": 3}), &["Week 0", "Week 1", "Week 2"]);
        check(json!({"retentionCustomBrackets": [1, 2, 4.0]}), &["Week 0", "Week 1", "Week 2-3", "Week 4-7"]);
        check(json!({"retentionCustomBrackets": [], "totalIntervals": 1}), &["Week 0"]);
    }
}
