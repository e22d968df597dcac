//! Legacy `properties`, in all the forms that they have had.

use serde_json::{Value, json};

use crate::error::QueryError;
use crate::legacy::{Object, structure};
use crate::nodes::reader::Reader;

/// How deep groups may be nested; reading the upgraded node allows less.
const MAX_DEPTH: usize = 16;

/// `properties` of a query: a group of groups. `None` where there are none.
pub(super) fn of_query(filters: &Reader<'_>) -> Result<Option<Value>, QueryError> {
    let Some(properties) = structure(filters, "properties")? else { return Ok(None) };
    let node = Reader::at(&properties, filters.path_of("properties"));
    let group = match &properties {
        Value::Array(items) if items.is_empty() => return Ok(None),
        Value::Object(keys) if keys.is_empty() => return Ok(None),
        Value::Array(_) => json!({"type": "AND", "values": [{"type": "AND", "values": clean_list(&node)?}]}),
        Value::Object(_) => match group_type(&node) {
            None => json!({"type": "AND", "values": [{"type": "AND", "values": by_key(&properties)}]}),
            Some(_) => {
                let cleaned = clean_group(&node, 0)?;
                let values = cleaned["values"].as_array();
                let is_flat = !values.is_some_and(|values| values.iter().any(|value| value.get("values").is_some()));
                if is_flat { json!({"type": "AND", "values": [cleaned]}) } else { cleaned }
            }
        },
        _ => return Err(node.wrong("a list of property filters or a group of them")),
    };
    Ok(Some(group))
}

/// `properties` of an entity: a list, or a group where any of it may hold. `None` where there are none.
pub(super) fn of_entity(entity: &Reader<'_>) -> Result<Option<Value>, QueryError> {
    let Some(properties) = structure(entity, "properties")? else { return Ok(None) };
    let node = Reader::at(&properties, entity.path_of("properties"));
    Ok(match &properties {
        Value::Array(items) if items.is_empty() => None,
        Value::Object(keys) if keys.is_empty() => None,
        Value::Array(_) => Some(clean_list(&node)?),
        Value::Object(_) => match group_type(&node) {
            None => Some(by_key(&properties)),
            Some("AND") if node.get("values").is_some() => {
                let cleaned = clean_group(&node, 0)?;
                let is_flat = cleaned["values"].as_array().is_some_and(|v| v.iter().all(|v| v.get("values").is_none()));
                Some(if is_flat { cleaned["values"].clone() } else { cleaned })
            }
            Some(_) => Some(clean_group(&node, 0)?),
        },
        _ => return Err(node.wrong("a list of property filters")),
    })
}

fn group_type<'a>(node: &Reader<'a>) -> Option<&'a str> {
    node.get("type").and_then(|kind| kind.value().as_str()).filter(|kind| matches!(*kind, "AND" | "OR"))
}

/// The oldest form, `{"utm_medium__icontains": "email"}`.
fn by_key(properties: &Value) -> Value {
    let keys = properties.as_object().into_iter().flatten();
    keys.map(|(key, value)| {
        let (key, operator) = key.split_once("__").unwrap_or((key, "exact"));
        json!({"key": key, "value": value, "operator": operator, "type": "event"})
    })
    .collect()
}

fn clean_list(list: &Reader<'_>) -> Result<Value, QueryError> {
    list.list(usize::MAX)?.iter().map(|item| clean_group(item, 1)).collect()
}

fn clean_group(node: &Reader<'_>, depth: usize) -> Result<Value, QueryError> {
    node.object()?;
    let Some(kind) = group_type(node) else { return Ok(clean(node)) };
    if depth > MAX_DEPTH {
        return Err(node.invalid(format!("groups of filters are nested deeper than {MAX_DEPTH} levels; flatten them")));
    }
    let values = match node.get("values") {
        Some(values) => values.list(usize::MAX)?,
        None => Vec::new(),
    };
    let values = values.iter().map(|value| clean_group(value, depth + 1)).collect::<Result<Value, _>>()?;
    Ok(json!({"type": kind, "values": values}))
}

/// One filter with the misspellings mended that stored insights have.
fn clean(filter: &Reader<'_>) -> Value {
    let mut cleaned: Object = filter.value().as_object().cloned().unwrap_or_default();
    cleaned.retain(|_, value| !value.is_null());
    if !cleaned.contains_key("value")
        && let Some(values) = cleaned.remove("values")
    {
        cleaned.insert("value".to_owned(), values);
    }
    let kind = match cleaned.get("type").and_then(Value::as_str) {
        Some("events") | None => "event",
        Some("precalculated-cohort" | "static-cohort") => "cohort",
        Some(kind) => kind,
    }
    .to_owned();
    match kind.as_str() {
        "cohort" => {
            cleaned.insert("key".to_owned(), "id".into());
            cleaned.remove("operator");
        }
        "hogql" => {
            cleaned.remove("operator");
        }
        _ => {
            cleaned.entry("operator").or_insert_with(|| "exact".into());
        }
    }
    cleaned.insert("type".to_owned(), kind.into());
    if let Some(Value::Array(values)) = cleaned.get_mut("value") {
        values.retain(|value| !value.is_null());
    }
    Value::Object(cleaned)
}
