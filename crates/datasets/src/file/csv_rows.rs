//! Rows of comma-separated values.

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use insights_core::problem::Problem;

use super::cell::{read_text, read_value, write_text, write_value};
use super::{COLUMNS, Row, Rows, on_line, read_instant, refused, write_instant};
use crate::model::{Item, ItemContent};

pub(super) fn read(bytes: &[u8], rows: &mut Rows) -> Result<(), Problem> {
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    let columns = read_head(&mut reader)?;
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(line, read_row(&columns, &record).map_err(|problem| on_line(line, problem))?)?;
    }
    Ok(())
}

/// The columns of the file: each is known, and none comes twice.
fn read_head(reader: &mut Reader<&[u8]>) -> Result<Vec<&'static str>, Problem> {
    let head = reader.headers().map_err(|error| malformed(&error))?.clone();
    let mut columns: Vec<&'static str> = Vec::with_capacity(head.len());
    for name in &head {
        let name = name.trim().to_lowercase();
        let known = COLUMNS.iter().find(|column| **column == name);
        let column = known.ok_or_else(|| {
            refused(format!("Line 1: there is no column {name:?}; the columns are {}.", COLUMNS.join(", ")))
        })?;
        if columns.contains(column) {
            return Err(refused(format!("Line 1: the column {column} comes twice.")));
        }
        columns.push(column);
    }
    if columns.iter().all(|column| *column == "id") {
        return Err(refused("Line 1: the file needs a head with at least one of input, output and metadata."));
    }
    Ok(columns)
}

fn read_row(columns: &[&str], record: &StringRecord) -> Result<Row, Problem> {
    let mut row = Row { key: None, content: ItemContent::default() };
    let content = &mut row.content;
    for (column, cell) in columns.iter().zip(record) {
        match *column {
            "id" => row.key = read_text(cell).filter(|key| !key.is_empty()),
            "input" => content.input = read_value(cell),
            "output" => content.output = read_value(cell),
            "metadata" => content.metadata = read_value(cell),
            "ref_trace_id" => content.ref_trace_id = read_text(cell),
            "ref_timestamp" => content.ref_timestamp = read_text(cell).as_deref().map(read_instant).transpose()?,
            _ => content.ref_source_id = read_text(cell),
        }
    }
    Ok(row)
}

fn malformed(error: &csv::Error) -> Problem {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            refused(format!("Line {line}: the row has {len} cells, and the head has {expected_len}."))
        }
        ErrorKind::Utf8 { .. } => refused(format!("Line {line}: the file is not UTF-8; save it in that encoding.")),
        _ => refused(format!("Line {line}: the file is not made of comma-separated values.")),
    }
}

pub(super) fn head() -> Vec<u8> {
    record(COLUMNS.map(str::to_owned))
}

pub(super) fn row(item: &Item) -> Vec<u8> {
    let content = &item.fields.content;
    record([
        item.id.to_string(),
        write_value(&content.input),
        write_value(&content.output),
        write_value(&content.metadata),
        write_text(content.ref_trace_id.as_deref()),
        content.ref_timestamp.map(write_instant).unwrap_or_default(),
        write_text(content.ref_source_id.as_deref()),
    ])
}

fn record(cells: [String; COLUMNS.len()]) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let in_memory = "writing to memory does not fail";
    writer.write_record(cells).expect(in_memory);
    writer.into_inner().expect(in_memory)
}
