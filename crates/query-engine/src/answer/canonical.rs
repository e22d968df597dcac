//! The part of a query that its answer depends on, in one form for all that are equal.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Keys of a query that no answer depends on.
const IRRELEVANT: [&str; 5] = ["modifiers", "name", "response", "tags", "version"];

/// Keys of its parts that only say how an answer is drawn, by the key of the part.
const PRESENTATION: [(&str, &[&str]); 6] = [
    (
        "trendsFilter",
        &[
            "aggregationAxisFormat",
            "aggregationAxisPostfix",
            "aggregationAxisPrefix",
            "breakdown_histogram_bin_count",
            "confidenceLevel",
            "decimalPlaces",
            "detailedResultsAggregationType",
            "goalLines",
            "hiddenLegendIndexes",
            "minDecimalPlaces",
            "movingAverageIntervals",
            "resultCustomizationBy",
            "resultCustomizations",
            "showAlertThresholdLines",
            "showConfidenceIntervals",
            "showLabelsOnSeries",
            "showLegend",
            "showMovingAverage",
            "showMultipleYAxes",
            "showPercentStackView",
            "showTrendLines",
            "showValuesOnSeries",
            "yAxisScaleType",
        ],
    ),
    (
        "funnelsFilter",
        &[
            "goalLines",
            "hiddenLegendBreakdowns",
            "layout",
            "resultCustomizations",
            "showTrendLines",
            "showValuesOnSeries",
            "yAxisScaleType",
        ],
    ),
    (
        "stickinessFilter",
        &[
            "display",
            "hiddenLegendIndexes",
            "resultCustomizationBy",
            "resultCustomizations",
            "showLegend",
            "showMultipleYAxes",
            "showValuesOnSeries",
        ],
    ),
    ("lifecycleFilter", &["showLegend", "showValuesOnSeries", "stacked", "toggledLifecycles"]),
    (
        "retentionFilter",
        &[
            "cohortLabelStartIndex",
            "dashboardDisplay",
            "display",
            "goalLines",
            "meanRetentionCalculation",
            "retentionReference",
            "selectedInterval",
            "showTrendLines",
        ],
    ),
    // the keys of a path choose what is asked about it next: whose it is
    ("pathsFilter", &["pathDropoffKey", "pathEndKey", "pathStartKey", "showFullUrls"]),
];

/// `node` without what its answer does not depend on: irrelevant keys, nulls, empty objects. Keys in alphabetical order.
pub(super) fn of(node: &Value) -> Value {
    let Value::Object(keys) = node else { return node.clone() };
    let relevant = keys.iter().filter(|(key, _)| !IRRELEVANT.contains(&key.as_str())).map(|(key, value)| {
        let drawn = PRESENTATION.iter().find(|(part, _)| part == key).map_or(&[][..], |(_, keys)| keys);
        let value = match value {
            Value::Object(part) if !drawn.is_empty() => {
                let kept = part.iter().filter(|(key, _)| !drawn.contains(&key.as_str()));
                Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            value => value.clone(),
        };
        (key.clone(), value)
    });
    tidy(&Value::Object(relevant.collect())).unwrap_or_else(|| Value::Object(Map::new()))
}

/// `value` with its keys in order and without nulls and empty objects in objects; `None` where nothing is left.
fn tidy(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(keys) => {
            let kept: BTreeMap<_, _> = keys.iter().filter_map(|(key, value)| Some((key, tidy(value)?))).collect();
            let in_order = kept.into_iter().map(|(key, value)| (key.clone(), value));
            let object: Map<String, Value> = in_order.collect();
            (!object.is_empty()).then_some(Value::Object(object))
        }
        // A null in a list keeps its place, as the places of the others count.
        Value::Array(items) => Some(Value::Array(items.iter().map(|item| tidy(item).unwrap_or(Value::Null)).collect())),
        value => Some(value.clone()),
    }
}
