//! Records as lines of files.

use insights_core::text::cell_text;

use crate::answer::RecordBody;
use crate::record::StoredLog;

/// Most records of a file.
pub const MAX_RECORDS: usize = 100_000;

const COLUMNS: [&str; 13] = [
    "timestamp",
    "observed_timestamp",
    "level",
    "severity_number",
    "service_name",
    "body",
    "attributes",
    "resource_attributes",
    "trace_id",
    "span_id",
    "event_name",
    "instrumentation_scope",
    "uuid",
];

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) under a head. Texts that a spreadsheet would run as formulas get an apostrophe before them.
    #[default]
    Csv,
    /// A JSON object a line, as in answers.
    Ndjson,
}

impl Format {
    /// All formats, by their names in requests.
    pub const NAMES: [(&str, Self); 2] = [("csv", Self::Csv), ("ndjson", Self::Ndjson)];

    /// Its name, which is the ending of files too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// Media type of the files.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// What comes before the records.
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_line(COLUMNS),
            Self::Ndjson => Vec::new(),
        }
    }

    /// The line of a record, with its end.
    pub fn line(self, log: &StoredLog) -> Vec<u8> {
        let body = RecordBody::new(log);
        match self {
            Self::Csv => csv_line(body.cells()),
            Self::Ndjson => {
                let mut line = serde_json::to_vec(&body).expect("a record has texts as keys and JSON as values");
                line.push(b'\n');
                line
            }
        }
    }
}

fn csv_line<T: AsRef<str>, const N: usize>(cells: [T; N]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let in_memory = "writing to memory does not fail";
    writer.write_record(cells.iter().map(|cell| cell_text(cell.as_ref()).into_owned())).expect(in_memory);
    writer.into_inner().expect(in_memory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::sample;

    #[test]
    fn csv_has_a_head_and_a_line_a_record() {
        let mut log = sample();
        log.record.body = "=1+1, \"two\"\nlines".to_owned();
        let bytes = [Format::Csv.head(), Format::Csv.line(&log)].concat();
        insta::assert_snapshot!("csv", String::from_utf8(bytes.clone()).unwrap());
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!((row.len(), &row[5]), (COLUMNS.len(), "'=1+1, \"two\"\nlines"));
    }

    #[test]
    fn ndjson_has_an_object_a_line() {
        let mut log = sample();
        log.record.body = "two\nlines".to_owned();
        let line = String::from_utf8(Format::Ndjson.line(&log)).unwrap();
        assert_eq!(line.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["body"], "two\nlines");
        assert!(Format::Ndjson.head().is_empty());
    }

    #[test]
    fn formats_have_their_names() {
        for (name, format) in Format::NAMES {
            assert_eq!(format.name(), name);
        }
    }
}
