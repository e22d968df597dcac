//! Files of items: one row an item, as comma-separated values or as lines of JSON. What is written is read as the same items again.

mod cell;
mod csv_rows;
mod json_rows;

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use insights_core::time::to_microseconds;

use crate::model::{Item, ItemContent, MAX_REFERENCE_CHARACTERS};

/// Most rows of a file that is read.
pub const MAX_ROWS: usize = 10_000;

/// Names of the columns and of the fields, in the order in which they are written.
const COLUMNS: [&str; 7] = ["id", "input", "output", "metadata", "ref_trace_id", "ref_timestamp", "ref_source_id"];

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values (RFC 4180) under a head.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl FileFormat {
    /// The format of that name: `csv` or `jsonl`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// Its name, which is the ending of files too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What its `id` says; see [`Item::key`].
    pub key: Option<String>,
    /// What the item is about.
    pub content: ItemContent,
}

/// The rows of a file.
///
/// # Errors
/// A refusal of the first row that is wrong: it names the field and tells the line.
pub fn read(format: FileFormat, bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut rows = Rows::default();
    match format {
        FileFormat::Csv => csv_rows::read(bytes, &mut rows)?,
        FileFormat::Jsonl => json_rows::read(bytes, &mut rows)?,
    }
    if rows.rows.is_empty() { Err(refused("The file has no rows.")) } else { Ok(rows.rows) }
}

/// What comes before the rows of a file.
pub fn head(format: FileFormat) -> Vec<u8> {
    match format {
        FileFormat::Csv => csv_rows::head(),
        FileFormat::Jsonl => Vec::new(),
    }
}

/// The row of an item, with its end of line.
pub fn row(format: FileFormat, item: &Item) -> Vec<u8> {
    match format {
        FileFormat::Csv => csv_rows::row(item),
        FileFormat::Jsonl => json_rows::row(item),
    }
}

/// The rows that were read so far.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    /// The line on which each key stands.
    keys: HashMap<String, u64>,
}

impl Rows {
    fn push(&mut self, line: u64, row: Row) -> Result<(), Problem> {
        if self.rows.len() >= MAX_ROWS {
            return Err(refused(format!("A file has at most {MAX_ROWS} rows; split it.")));
        }
        row.content.check().map_err(|problem| on_line(line, problem))?;
        if let Some(key) = &row.key {
            check_length("id", key, MAX_REFERENCE_CHARACTERS).map_err(|problem| on_line(line, problem))?;
            if let Some(first) = self.keys.insert(key.clone(), line) {
                let detail = format!("The row of line {first} has this id as well.");
                return Err(on_line(line, Problem { code: "unique", ..Problem::invalid("id", detail) }));
            }
        }
        self.rows.push(row);
        Ok(())
    }
}

/// A problem with the file as a whole.
fn refused(detail: impl Into<String>) -> Problem {
    Problem::invalid("file", detail)
}

/// The problem, which tells its line.
fn on_line(line: u64, problem: Problem) -> Problem {
    let column = problem.attr.as_deref().filter(|attr| COLUMNS.contains(attr));
    let place = column.map_or_else(|| format!("Line {line}"), |column| format!("Line {line}, column {column}"));
    Problem { detail: format!("{place}: {}", problem.detail), ..problem }
}

fn read_instant(text: &str) -> Result<DateTime<Utc>, Problem> {
    let detail = "This is no instant such as 2026-01-31T12:00:00Z.";
    text.trim().parse().map(to_microseconds).map_err(|_| Problem::invalid("ref_timestamp", detail))
}

fn write_instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests;
