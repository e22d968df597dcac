use insights_core::ids::ProjectId;
use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::builders::at;
use test_support::cases::n_property_cases;
use uuid::Uuid;

use super::*;
use crate::model::{DatasetId, ItemFields, ItemId};

fn item(number: u128, content: ItemContent) -> Item {
    let fields = ItemFields {
        dataset: DatasetId(Uuid::nil()),
        content,
        deleted: false,
        created_at: at(0),
        created_by: None,
        updated_at: at(0),
    };
    Item { id: ItemId(Uuid::from_u128(number)), project: ProjectId(1), revision: 1, key: None, fields }
}

fn written(format: FileFormat, items: &[Item]) -> Vec<u8> {
    let mut file = head(format);
    items.iter().for_each(|item| file.extend(row(format, item)));
    file
}

#[test]
fn files_look_like_this() {
    let content = ItemContent {
        input: json!("=1+1, \"two\"\nlines"),
        output: json!([{"a": 1}]),
        metadata: json!(null),
        ref_trace_id: Some("trace".to_owned()),
        ref_timestamp: Some(at(0)),
        ref_source_id: Some(String::new()),
    };
    let items = [item(1, content)];
    let id = Uuid::from_u128(1);
    assert_eq!(
        String::from_utf8(written(FileFormat::Csv, &items)).unwrap(),
        format!(
            "id,input,output,metadata,ref_trace_id,ref_timestamp,ref_source_id\r\n\
             {id},\"\"\"=1+1, \\\"\"two\\\"\"\\nlines\"\"\",\"[{{\"\"a\"\":1}}]\",,trace,2026-01-14T03:21:34.123456Z,\"\"\"\"\"\"\r\n"
        )
    );
    assert_eq!(
        String::from_utf8(written(FileFormat::Jsonl, &items)).unwrap(),
        format!(
            "{{\"id\":\"{id}\",\"input\":\"=1+1, \\\"two\\\"\\nlines\",\"output\":[{{\"a\":1}}],\"metadata\":null,\
             \"ref_trace_id\":\"trace\",\"ref_timestamp\":\"2026-01-14T03:21:34.123456Z\",\"ref_source_id\":\"\"}}\n"
        )
    );
}

#[test]
fn columns_may_be_few_and_in_any_order() {
    let file = "\u{feff} Output,INPUT\n4,2+2?\n\"{\"\"a\"\": 1}\",\"multi\nline\"\n";
    let rows = read(FileFormat::Csv, file.as_bytes()).unwrap();
    let content = |input: Value, output: Value| ItemContent { input, output, ..ItemContent::default() };
    assert_eq!(
        rows,
        [
            Row { key: None, content: content(json!("2+2?"), json!(4)) },
            Row { key: None, content: content(json!("multi\nline"), json!({"a": 1})) },
        ]
    );
    let lines = "{\"input\": 1}\r\n\n{\"id\": \"a\", \"ref_timestamp\": \"2026-01-14T05:21:34+02:00\"}";
    let rows = read(FileFormat::Jsonl, lines.as_bytes()).unwrap();
    assert_eq!((rows.len(), rows[1].key.as_deref()), (2, Some("a")));
    assert_eq!(rows[1].content.ref_timestamp.map(write_instant).as_deref(), Some("2026-01-14T03:21:34Z"));
}

#[track_caller]
fn check_refused(format: FileFormat, file: &[u8], attr: &str, start: &str) {
    let problem = read(format, file).unwrap_err();
    assert_eq!(problem.attr.as_deref(), Some(attr), "{problem}");
    assert!(problem.detail.starts_with(start), "{problem}");
}

#[test]
fn the_first_wrong_row_is_told_with_its_line() {
    let csv = |file: &str, attr: &str, start: &str| check_refused(FileFormat::Csv, file.as_bytes(), attr, start);
    csv("", "file", "Line 1: the file needs a head");
    csv("input\n", "file", "The file has no rows.");
    csv("id\n1", "file", "Line 1: the file needs a head");
    csv("input,answer\n1,2", "file", "Line 1: there is no column \"answer\"");
    csv("input,Input\n1,2", "file", "Line 1: the column input comes twice");
    csv("input,output\n1,2\n\"a\nb\",2\n3", "file", "Line 5: the row has 1 cells, and the head has 2.");
    csv("input,metadata\n1,{}\n1,[]", "metadata", "Line 3, column metadata: Metadata must be");
    csv("input,ref_timestamp\n1,yesterday", "ref_timestamp", "Line 2, column ref_timestamp: This is no instant");
    csv("id,input\nx,1\ny,2\nx,3", "id", "Line 4, column id: The row of line 2 has this id");
    check_refused(FileFormat::Csv, b"input\nok\n\xff", "file", "Line 3: the file is not UTF-8");

    let jsonl = |file: &str, attr: &str, start: &str| check_refused(FileFormat::Jsonl, file.as_bytes(), attr, start);
    jsonl("\n \n", "file", "The file has no rows.");
    jsonl("{}\n{\"input\": }", "file", "Line 2, column 11: the row is no JSON: expected value.");
    jsonl("{}\n[1]", "file", "Line 2: the row is no JSON object.");
    jsonl("{\"answer\": 1}", "file", "Line 1: There is no field \"answer\"");
    jsonl("{\"id\": 5}", "id", "Line 1, column id: This is no text.");
    jsonl("{\"metadata\": 5}", "metadata", "Line 1, column metadata: Metadata must be");
    jsonl("{\"id\": \"a\"}\n\n{\"id\": \"a\"}", "id", "Line 3, column id: The row of line 1 has this id");
    jsonl(&"{}\n".repeat(MAX_ROWS + 1), "file", "A file has at most 10000 rows");
    assert_eq!(read(FileFormat::Jsonl, "{}\n".repeat(MAX_ROWS).as_bytes()).unwrap().len(), MAX_ROWS);
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[\"\\\\{}\\[\\],=+@\\-\r\n\t 01.e]{0,8}",
        Just("true".to_owned()),
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn contents() -> impl Strategy<Value = ItemContent> {
    let metadata = prop_oneof![
        Just(Value::Null),
        prop::collection::btree_map(texts(), values(), 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
    ];
    let reference = || prop::option::of(texts().prop_map(|text| text.replace('\0', "")));
    let seconds = prop::option::of(-10_000_000_000_i64..10_000_000_000);
    (values(), values(), metadata, reference(), seconds, reference()).prop_map(
        |(input, output, metadata, ref_trace_id, seconds, ref_source_id)| ItemContent {
            input,
            output,
            metadata,
            ref_trace_id,
            ref_timestamp: seconds.map(at),
            ref_source_id,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn what_is_written_is_read_as_the_same(contents in prop::collection::vec(contents(), 1..4)) {
        let items: Vec<Item> = (1..).zip(&contents).map(|(number, content)| item(number, content.clone())).collect();
        let expected: Vec<Row> = items
            .iter()
            .map(|item| Row { key: Some(item.id.to_string()), content: item.fields.content.clone() })
            .collect();
        for format in [FileFormat::Csv, FileFormat::Jsonl] {
            let file = written(format, &items);
            prop_assert_eq!(&read(format, &file).unwrap(), &expected, "{}", String::from_utf8_lossy(&file));
        }
    }

    #[test]
    fn no_cell_that_is_written_begins_a_formula(content in contents()) {
        let file = written(FileFormat::Csv, &[item(1, content)]);
        let mut reader = csv::Reader::from_reader(file.as_slice());
        for cell in &reader.records().next().unwrap().unwrap() {
            let is_number = cell.parse::<f64>().is_ok();
            prop_assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }

    #[test]
    fn no_file_is_too_strange_to_be_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for format in [FileFormat::Csv, FileFormat::Jsonl] {
            let _ = read(format, &bytes);
        }
    }
}
