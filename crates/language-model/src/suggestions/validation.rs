//! A model's suggestions, taken apart and put together again from what is allowed.

use query_engine::answer::Query;
use serde_json::{Map, Value, json};

use super::{MAX_MODEL_SUGGESTIONS, Suggestion};
use crate::assistant::Objection;
use crate::plain_text::{json_object, plain_line};

const MAX_TITLE_CHARACTERS: usize = 150;
const MAX_DESCRIPTION_CHARACTERS: usize = 400;
const MAX_QUERY_BYTES: usize = 16 << 10;

/// Kinds that a model may ask for, each of which reads this project's events and nothing else.
const KINDS: [&str; 6] =
    ["TrendsQuery", "FunnelsQuery", "RetentionQuery", "PathsQuery", "StickinessQuery", "LifecycleQuery"];
/// What such a query may say.
const KEYS: [&str; 18] = [
    "kind",
    "series",
    "interval",
    "dateRange",
    "properties",
    "filterTestAccounts",
    "breakdownFilter",
    "compareFilter",
    "trendsFilter",
    "funnelsFilter",
    "retentionFilter",
    "pathsFilter",
    "stickinessFilter",
    "lifecycleFilter",
    "samplingFactor",
    "aggregation_group_type_index",
    "version",
    "tags",
];

/// The suggestions of a model's answer, `{"suggestions": [{"title", "description", "targetQuery"}]}`; a query may name the actions and cohorts alone that
/// `original` names.
///
/// # Errors
/// What is wrong with the first one that cannot be taken: nothing of an answer is taken then.
pub fn read_suggestions(answer: &str, original: &Query) -> Result<Vec<Suggestion>, Objection> {
    let object = json_object(answer)?;
    let list = object.get("suggestions").and_then(Value::as_array).ok_or("`suggestions` is to be a list")?;
    if list.is_empty() {
        return Err("at least one suggestion is needed".to_owned());
    }
    let read = list.iter().take(MAX_MODEL_SUGGESTIONS).enumerate();
    read.map(|(at, item)| read_one(item, original).map_err(|objection| format!("suggestions[{at}]: {objection}")))
        .collect()
}

fn read_one(item: &Value, original: &Query) -> Result<Suggestion, Objection> {
    let title = item["title"].as_str().ok_or("`title` is to be a text")?;
    let description =
        item["description"].as_str().map(|text| plain_line(text, MAX_DESCRIPTION_CHARACTERS)).transpose()?;
    let target_query = read_query(&item["targetQuery"], original)?;
    Ok(Suggestion { title: plain_line(title, MAX_TITLE_CHARACTERS)?, description, target_query })
}

fn read_query(node: &Value, original: &Query) -> Result<Value, Objection> {
    if node["kind"] != "InsightVizNode" {
        return Err("`targetQuery` is to be an InsightVizNode".to_owned());
    }
    let source = node["source"].as_object().ok_or("`targetQuery.source` is to be a query")?;
    let kind = source.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !KINDS.contains(&kind) {
        return Err(format!("`targetQuery.source.kind` is to be one of {}", KINDS.join(", ")));
    }
    if source.keys().any(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("`targetQuery.source` may have the keys {} alone", KEYS.join(", ")));
    }
    if node.to_string().len() > MAX_QUERY_BYTES {
        return Err("`targetQuery` is too long".to_owned());
    }
    let fields: Map<String, Value> = source.clone();
    let query = json!({"kind": "InsightVizNode", "source": fields});
    let parsed = Query::parse(&query).map_err(|error| format!("`targetQuery`: {error}"))?;
    let (known, named) = (original.references(), parsed.references());
    if !named.actions.is_subset(&known.actions) || !named.cohorts.is_subset(&known.cohorts) {
        return Err("`targetQuery` may name no other actions and cohorts than the query that it follows".to_owned());
    }
    Ok(query)
}
