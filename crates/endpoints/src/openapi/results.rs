//! What shape the results of a query have, by its kind.

use query_engine::answer::Query;
use serde_json::{Value, json};

/// Whether results are rows, whose columns are told beside them.
pub(super) fn are_rows(query: Option<&Query>) -> bool {
    query.is_some_and(|query| matches!(query.kind(), "HogQLQuery" | "EventsQuery" | "ActorsQuery" | "PersonsNode"))
}

/// The schema of the results.
pub(super) fn schema(query: Option<&Query>) -> Value {
    let Some(query) = query else { return json!({}) };
    match query.kind() {
        "TrendsQuery" | "StickinessQuery" | "LifecycleQuery" => list("The series.", series()),
        "FunnelsQuery" => match query.node()["funnelsFilter"]["funnelVizType"].as_str() {
            Some("trends") => list("The conversion rates over time.", series()),
            Some("time_to_convert") => json!({
                "type": "object",
                "description": "How many took how long.",
                "properties": {
                    "bins": {
                        "type": "array",
                        "description": "Seconds, and how many persons took at least as many.",
                        "items": {"type": "array", "items": {"type": "number"}},
                    },
                    "average_conversion_time": number_or_null(),
                },
            }),
            _ => {
                let steps = list("The steps.", step());
                list(
                    "The steps; of a funnel with a breakdown, the steps of each value.",
                    json!({"anyOf": [step(), steps]}),
                )
            }
        },
        "RetentionQuery" => list("The cohorts.", cohort()),
        "PathsQuery" => list("The edges.", edge()),
        _ => list("The rows.", json!({"type": "array"})),
    }
}

fn list(description: &str, items: Value) -> Value {
    json!({"type": "array", "description": description, "items": items})
}

fn number_or_null() -> Value {
    json!({"type": ["number", "null"]})
}

fn series() -> Value {
    json!({
        "type": "object",
        "properties": {
            "label": {"type": ["string", "null"]},
            "count": number_or_null(),
            "data": {"type": "array", "items": number_or_null()},
            "labels": {"type": "array", "items": {"type": "string"}},
            "days": {"type": "array", "items": {"type": ["string", "integer"]}},
            "breakdown_value": {"type": ["string", "number", "boolean", "array", "null"]},
        },
    })
}

fn step() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": ["string", "null"]},
            "custom_name": {"type": ["string", "null"]},
            "order": {"type": "integer"},
            "count": {"type": "integer"},
            "average_conversion_time": number_or_null(),
            "median_conversion_time": number_or_null(),
            "breakdown_value": {"type": ["string", "number", "boolean", "array", "null"]},
        },
    })
}

fn cohort() -> Value {
    json!({
        "type": "object",
        "properties": {
            "date": {"type": ["string", "null"]},
            "label": {"type": "string"},
            "values": {
                "type": "array",
                "items": {"type": "object", "properties": {"count": {"type": "number"}, "label": {"type": "string"}}},
            },
        },
    })
}

fn edge() -> Value {
    json!({
        "type": "object",
        "properties": {
            "source": {"type": "string"},
            "target": {"type": "string"},
            "value": {"type": "integer"},
            "average_conversion_time": number_or_null(),
        },
    })
}
