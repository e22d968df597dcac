//! Tables as comma-separated values (RFC 4180).

use actix_web::HttpResponse;
use actix_web::http::header::{Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use insights_core::text::cell_text;
use serde_json::Value;

/// Longest file name, in characters, without its ending.
const MAX_NAME_CHARACTERS: usize = 100;

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Names of the columns; none for a table without any content.
    pub(crate) columns: Vec<String>,
    /// Rows of as many cells as there are columns.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
///
/// Texts come from whoever sends events, and tables are opened in spreadsheets: a text that would be run there as a formula gets an
/// apostrophe before it. Numbers stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell(String);

impl Cell {
    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self(cell_text(text).into_owned())
    }

    /// A whole number.
    pub(crate) fn number(number: i64) -> Self {
        Self(number.to_string())
    }

    /// A JSON value: nothing for null, lists and objects as JSON text.
    pub(crate) fn json(value: &Value) -> Self {
        match value {
            Value::Null => Self(String::new()),
            Value::String(text) => Self::text(text),
            value => Self(value.to_string()),
        }
    }

    /// The elements of a list, joined; any other value as it is.
    pub(crate) fn joined(value: &Value, between: &str) -> Self {
        match value {
            Value::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                Self::text(&texts.collect::<Vec<_>>().join(between))
            }
            value => Self::json(value),
        }
    }
}

impl Table {
    /// The table with its head, lines ending in CR LF.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let in_memory = "writing to memory does not fail";
        if !self.columns.is_empty() {
            writer.write_record(self.columns.iter().map(|name| Cell::text(name).0)).expect(in_memory);
        }
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| &cell.0)).expect("a row has as many cells as there are columns");
        }
        writer.into_inner().expect(in_memory)
    }
}

/// Several tables in one file, each under a line with its name and before an empty line.
pub(crate) fn sections(tables: &[(String, Table)]) -> Vec<u8> {
    let section = |(name, table): &(String, Table)| {
        let heading = Table { columns: vec![Cell::text(name).0], rows: Vec::new() };
        [heading.to_bytes(), table.to_bytes(), b"\r\n".to_vec()].concat()
    };
    tables.iter().flat_map(section).collect()
}

/// The table as a file to be saved under `name`.
pub(crate) fn csv_response(name: &str, table: &Table) -> HttpResponse {
    csv_file(name, table.to_bytes())
}

/// The text of a table as a file to be saved under `name`.
pub(crate) fn csv_file(name: &str, content: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header(attachment(name, "csv")).body(content)
}

/// That an answer is a file to be saved under `name` with that ending.
pub(crate) fn attachment(name: &str, ending: &str) -> ContentDisposition {
    let name: String =
        name.chars().filter(|c| !c.is_control() && !"/\\\"".contains(*c)).take(MAX_NAME_CHARACTERS).collect();
    let name = format!("{name}.{ending}");
    let parameter = if name.is_ascii() {
        DispositionParam::Filename(name)
    } else {
        DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.into_bytes(),
        })
    };
    ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![parameter] }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_quoted_and_defused_and_numbers_are_left_alone() {
        let table = Table {
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![
                vec![Cell::text("say \"hi\", twice"), Cell::json(&json!(-1.5))],
                vec![Cell::text("=HYPERLINK(1)"), Cell::json(&json!(["x", 1]))],
                vec![Cell::joined(&json!(["x", 1]), "::"), Cell::json(&Value::Null)],
            ],
        };
        let expected = "a,b\r\n\"say \"\"hi\"\", twice\",-1.5\r\n'=HYPERLINK(1),\"[\"\"x\"\",1]\"\r\nx::1,\r\n";
        assert_eq!(String::from_utf8(table.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn several_tables_are_told_apart_by_their_names() {
        let table =
            |name: &str| (name.to_owned(), Table { columns: vec!["a".to_owned()], rows: vec![vec![Cell::number(1)]] });
        let text = String::from_utf8(sections(&[table("One, two"), table("=Three")])).unwrap();
        assert_eq!(text, "\"One, two\"\r\na\r\n1\r\n\r\n'=Three\r\na\r\n1\r\n\r\n");
    }

    #[track_caller]
    fn check_name(name: &str, expected: &str) {
        let response = csv_response(name, &Table::default());
        assert_eq!(response.headers().get("content-disposition").unwrap(), expected);
    }

    #[test]
    fn file_names_are_made_safe() {
        check_name("Sign-ups", "attachment; filename=\"Sign-ups.csv\"");
        check_name("../a\"b\r\n", "attachment; filename=\"..ab.csv\"");
        check_name("Ünique", "attachment; filename*=UTF-8''%C3%9Cnique.csv");
    }
}
