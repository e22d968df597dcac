//! A dashboard's filters laid over the queries of its insights.

use serde_json::{Map, Value, json};

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::BreakdownFilter;
use crate::nodes::reader::Reader;

/// Kinds that have a breakdown.
const WITH_BREAKDOWN: [&str; 3] = ["TrendsQuery", "FunnelsQuery", "RetentionQuery"];

/// The runnable `node` with `filters` laid over it.
pub(super) fn apply(node: &Value, filters: &Value) -> Result<Value, QueryError> {
    let given = Reader::root(filters);
    if filters.is_null() {
        return Ok(node.clone());
    }
    check(&given)?;
    let mut node = node.clone();
    let kind = node["kind"].as_str().unwrap_or_default().to_owned();
    let Some(keys) = node.as_object_mut() else { return Ok(node) };
    match kind.as_str() {
        // Their dates and conditions stand in `filters`, which the text of the query takes up where it says so.
        "HogQLQuery" => {
            let inner = keys.entry("filters").or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Some(inner) = inner.as_object_mut() {
                set_dates(inner, &given);
                add_properties(inner, &given);
            }
        }
        "EventsQuery" => {
            if let Some(from) = given.get("date_from") {
                keys.insert("after".to_owned(), from.value().clone());
            }
            if let Some(to) = given.get("date_to") {
                keys.insert("before".to_owned(), to.value().clone());
            }
            add_properties(keys, &given);
        }
        _ => {
            set_dates(keys, &given);
            add_properties(keys, &given);
        }
    }
    if let Some(breakdown) = given.get("breakdown_filter")
        && WITH_BREAKDOWN.contains(&kind.as_str())
    {
        keys.insert("breakdownFilter".to_owned(), breakdown.value().clone());
    }
    Ok(node)
}

/// Refuses malformed filters with paths of their own, not those of the query that they end up in.
fn check(filters: &Reader<'_>) -> Result<(), QueryError> {
    filters.object()?;
    DateRange::read(filters)?;
    if let Some(properties) = filters.get("properties") {
        PropertyFilters::read(&properties)?;
    }
    if let Some(breakdown) = filters.get("breakdown_filter") {
        BreakdownFilter::read(&breakdown)?;
    }
    Ok(())
}

/// Where one of the dates is given both are replaced, as a range is chosen as a whole.
fn set_dates(keys: &mut Map<String, Value>, filters: &Reader<'_>) {
    let date = |key| filters.get(key).map_or(Value::Null, |date| date.value().clone());
    let (from, to) = (date("date_from"), date("date_to"));
    if from.is_null() && to.is_null() {
        return;
    }
    keys.insert(
        "dateRange".to_owned(),
        json!({"date_from": from, "date_to": to, "explicitDate": date("explicitDate")}),
    );
}

fn add_properties(keys: &mut Map<String, Value>, filters: &Reader<'_>) {
    let Some(added) = filters.get("properties").map(|properties| properties.value()).filter(|added| !is_empty(added))
    else {
        return;
    };
    let own = keys.get("properties").filter(|own| !own.is_null() && !is_empty(own));
    let properties = match own {
        None => added.clone(),
        Some(own) => json!({"type": "AND", "values": [as_group(own), as_group(added)]}),
    };
    keys.insert("properties".to_owned(), properties);
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

fn as_group(properties: &Value) -> Value {
    if properties.is_array() { json!({"type": "AND", "values": properties}) } else { properties.clone() }
}
