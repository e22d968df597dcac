//! Rows of JSON, one object a line.

use insights_core::problem::Problem;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{COLUMNS, Row, Rows, on_line, read_instant, refused, write_instant};
use crate::model::{Item, ItemContent};

pub(super) fn read(bytes: &[u8], rows: &mut Rows) -> Result<(), Problem> {
    for (number, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let fields: Map<String, Value> = serde_json::from_slice(text).map_err(|error| malformed(number, &error))?;
        rows.push(number, read_row(fields).map_err(|problem| on_line(number, problem))?)?;
    }
    Ok(())
}

fn malformed(line: u64, error: &serde_json::Error) -> Problem {
    if error.is_data() {
        return refused(format!("Line {line}: the row is no JSON object."));
    }
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    refused(format!("Line {line}, column {}: the row is no JSON: {what}.", error.column()))
}

fn read_row(fields: Map<String, Value>) -> Result<Row, Problem> {
    let mut row = Row { key: None, content: ItemContent::default() };
    let content = &mut row.content;
    for (name, value) in fields {
        match name.as_str() {
            "id" => row.key = text("id", value)?.filter(|key| !key.is_empty()),
            "input" => content.input = value,
            "output" => content.output = value,
            "metadata" => content.metadata = value,
            "ref_trace_id" => content.ref_trace_id = text("ref_trace_id", value)?,
            "ref_timestamp" => {
                content.ref_timestamp = text("ref_timestamp", value)?.as_deref().map(read_instant).transpose()?;
            }
            "ref_source_id" => content.ref_source_id = text("ref_source_id", value)?,
            _ => {
                let detail = format!("There is no field {name:?}; the fields are {}.", COLUMNS.join(", "));
                return Err(refused(detail));
            }
        }
    }
    Ok(row)
}

fn text(attr: &str, value: Value) -> Result<Option<String>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(Problem::invalid(attr, "This is no text.")),
    }
}

/// A row as it is written.
#[derive(Serialize)]
struct WrittenRow<'a> {
    id: String,
    input: &'a Value,
    output: &'a Value,
    metadata: &'a Value,
    ref_trace_id: Option<&'a str>,
    ref_timestamp: Option<String>,
    ref_source_id: Option<&'a str>,
}

pub(super) fn row(item: &Item) -> Vec<u8> {
    let content = &item.fields.content;
    let row = WrittenRow {
        id: item.id.to_string(),
        input: &content.input,
        output: &content.output,
        metadata: &content.metadata,
        ref_trace_id: content.ref_trace_id.as_deref(),
        ref_timestamp: content.ref_timestamp.map(write_instant),
        ref_source_id: content.ref_source_id.as_deref(),
    };
    let mut line = serde_json::to_vec(&row).expect("values with text keys can be written as JSON");
    line.push(b'\n');
    line
}
