//! Rows of an `EventsQuery` as clients expect them: events and persons as objects.

use serde_json::{Map, Value, json};

use crate::answer::QueryContext;
use crate::nodes::EventsSelect;

/// What is selected for `*`, with the keys of the object.
pub(super) const EVENT_COLUMNS: [(&str, &[&str]); 7] = [
    ("uuid", &["uuid"]),
    ("event", &["event"]),
    ("properties", &["properties"]),
    ("timestamp", &["timestamp"]),
    ("distinct_id", &["distinct_id"]),
    ("elements_chain", &["elements_chain"]),
    ("created_at", &["created_at"]),
];

/// What is selected for `person`.
pub(super) const PERSON_COLUMNS: [&[&str]; 4] =
    [&["distinct_id"], &["person_id"], &["person", "created_at"], &["person", "properties"]];

/// Makes objects of the columns that are.
pub(super) fn row(select: &[EventsSelect], row: &mut [Value], context: &QueryContext) {
    for (column, value) in select.iter().zip(row) {
        match column {
            EventsSelect::Event => *value = event(value.take(), context),
            EventsSelect::Person(_) => *value = person(value.take()),
            EventsSelect::PersonName(_) => *value = person_name(value.take()),
            EventsSelect::Value(_) => {}
        }
    }
}

/// The timestamp of the last of `rows`, where one is shown.
pub(super) fn last_timestamp(select: &[EventsSelect], rows: &[Vec<Value>]) -> Option<String> {
    let row = rows.last()?;
    let of_column = |(column, value): (&EventsSelect, &Value)| match column {
        EventsSelect::Event => {
            let position = EVENT_COLUMNS.iter().position(|(key, _)| *key == "timestamp")?;
            value.get(position)?.as_str().map(str::to_owned)
        }
        column if column.text().split("--").next()?.trim() == "timestamp" => value.as_str().map(str::to_owned),
        _ => None,
    };
    select.iter().zip(row).find_map(of_column)
}

fn event(value: Value, context: &QueryContext) -> Value {
    let Value::Array(values) = value else { return value };
    let mut event: Map<String, Value> =
        EVENT_COLUMNS.iter().zip(values).map(|((key, _), value)| ((*key).to_owned(), value)).collect();
    let properties = parsed(event.remove("properties").unwrap_or_default());
    let is_without_person = properties.get("$process_person_profile") == Some(&Value::Bool(false));
    event.insert("properties".to_owned(), properties);
    event.insert("team_id".to_owned(), context.project.0.into());
    event.insert("person_mode".to_owned(), if is_without_person { "propertyless" } else { "full" }.into());
    Value::Object(event)
}

fn person(value: Value) -> Value {
    let Value::Array(values) = value else { return value };
    let Ok([distinct_id, uuid, created_at, properties]) = <[Value; 4]>::try_from(values) else { return Value::Null };
    if uuid.is_null() || properties.as_str().is_none_or(str::is_empty) {
        return json!({"distinct_id": distinct_id});
    }
    json!({"uuid": uuid, "created_at": created_at, "properties": parsed(properties), "distinct_id": distinct_id})
}

fn person_name(value: Value) -> Value {
    let Value::Array(values) = value else { return value };
    let Ok([name, id, distinct_id]) = <[Value; 3]>::try_from(values) else { return Value::Null };
    json!({"display_name": name, "id": id, "distinct_id": distinct_id})
}

/// The JSON that a text says; the text itself where it says none.
fn parsed(value: Value) -> Value {
    match value.as_str().map(serde_json::from_str) {
        Some(Ok(parsed)) => parsed,
        _ => value,
    }
}
