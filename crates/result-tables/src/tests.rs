use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;

use super::*;

const LIMITS: TableLimits = TableLimits { max_rows: 1_000, max_bytes: 1 << 20 };

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|&column| column.to_owned()).collect()
}

/// The columns of the file as any reader sees them, after the answer has come back as it was.
#[track_caller]
fn columns_of(results: &Value, columns: &[&str]) -> Vec<(String, DataType)> {
    let columns = names(columns);
    let about = json!({"types": [["a", "Int64"]], "limit": null});
    let file = write(results, &columns, &about, LIMITS).unwrap();
    let table = read(file.clone(), LIMITS).unwrap();
    assert_eq!(table.results.to_string(), results.to_string());
    assert_eq!((table.columns, table.about), (columns, about));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect()
}

#[track_caller]
fn check(results: Value, columns: &[&str], expected: &[(&str, DataType)]) {
    let expected: Vec<_> = expected.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
    assert_eq!(columns_of(&results, columns), expected);
}

#[test]
fn columns_of_one_type_are_of_that_type() {
    check(
        json!([[1, 0.5, "a", true, null], [i64::MIN, -0.0, "", false, null], [null, null, null, null, null]]),
        &["n", "f", "t", "b", "nothing"],
        &[
            ("n", DataType::Int64),
            ("f", DataType::Float64),
            ("t", DataType::Utf8),
            ("b", DataType::Boolean),
            ("nothing", DataType::Utf8),
        ],
    );
    check(json!([[1], [u64::MAX]]), &["n"], &[("n", DataType::UInt64)]);
    check(json!([[-1], [u64::MAX]]), &["n"], &[("n", DataType::Utf8)]);
    check(json!([[1], [1.0]]), &["n"], &[("n", DataType::Utf8)]);
    check(json!([["1"], [1], [null], [{"a": ["b"]}]]), &["x"], &[("x", DataType::Utf8)]);
    check(json!([]), &["x"], &[("x", DataType::Utf8)]);
}

#[test]
fn names_of_columns_are_unique() {
    check(
        json!([[1, 2, 3, 4, 5]]),
        &["count()", "Count()", "", "count()_2", "column_3"],
        &[
            ("count()", DataType::Int64),
            ("Count()_2", DataType::Int64),
            ("column_3", DataType::Int64),
            ("count()_2_2", DataType::Int64),
            ("column_3_2", DataType::Int64),
        ],
    );
}

#[test]
fn lists_of_objects_have_a_row_each_and_all_else_has_one() {
    let item = [("item", DataType::Utf8)];
    check(json!([{"label": "a", "data": [1, 2.5]}, null, {"label": "b"}]), &[], &item);
    check(json!([[1, 2], [3]]), &["a", "b"], &item);
    check(json!([]), &[], &item);
    check(json!({"bins": [[0, 1]], "average_conversion_time": null}), &[], &item);
    check(json!(null), &["a"], &item);
    let file = write(&json!([{"a": 1}, {"b": 2}]), &[], &Value::Null, LIMITS).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 2);
}

#[test]
fn what_is_too_much_is_refused_both_ways() {
    let rows = json!([["a".repeat(100)], ["b".repeat(100)]]);
    let (columns, tight) = (names(&["x"]), TableLimits { max_rows: 1, max_bytes: 1 << 20 });
    let error = write(&rows, &columns, &Value::Null, tight).unwrap_err();
    assert_eq!(error.to_string(), "it has 2 rows, more than 1");
    let error = write(&rows, &columns, &Value::Null, TableLimits { max_rows: 2, max_bytes: 199 }).unwrap_err();
    assert_eq!(error.to_string(), "its values take more than 199 bytes");
    let file = write(&rows, &columns, &Value::Null, TableLimits { max_rows: 2, max_bytes: 200 }).unwrap();
    assert!(matches!(read(file, tight), Err(TableError::TooManyRows { n_rows: 2, max_rows: 1 })));
}

#[test]
fn other_files_are_refused() {
    assert!(matches!(read(Bytes::from_static(b"PAR1"), LIMITS), Err(TableError::Parquet(_))));
    assert!(matches!(read(Bytes::new(), LIMITS), Err(TableError::Parquet(_))));
    for text in [
        "{",
        "{}",
        r#"{"version": 2, "shape": "rows", "columns": [], "kinds": []}"#,
        r#"{"version": 1, "shape": "rows", "columns": ["a"], "kinds": []}"#,
        r#"{"version": 1, "shape": "cube", "columns": [], "kinds": ["json"]}"#,
        r#"{"version": 1, "shape": "items", "columns": [], "kinds": ["decimal"]}"#,
    ] {
        assert!(matches!(layout::Layout::from_text(text), Err(TableError::Unexpected(_))), "{text}");
    }
}

/// What was written by an earlier version reads as it did then.
#[test]
fn a_file_of_the_first_version_is_read() {
    let file = Bytes::from_static(include_bytes!("../../../fixtures/persisted/result-tables/v1.parquet"));
    let expected: Value =
        serde_json::from_str(include_str!("../../../fixtures/persisted/result-tables/v1.expected.json")).unwrap();
    let table = read(file, LIMITS).unwrap();
    assert_eq!(json!({"results": table.results, "columns": table.columns, "about": table.about}), expected);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,3}", inner, 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Values of one type, as columns mostly are, or of any.
fn column_values(n_rows: usize) -> impl Strategy<Value = Vec<Value>> {
    fn some<T: std::fmt::Debug>(values: impl Strategy<Value = T> + 'static, n: usize) -> BoxedStrategy<Vec<Value>>
    where
        Value: From<T>,
    {
        vec(proptest::option::of(values).prop_map(|value| value.map_or(Value::Null, Value::from)), n).boxed()
    }
    prop_oneof![
        some(any::<i64>(), n_rows),
        some(any::<u64>(), n_rows),
        some(any::<f64>(), n_rows),
        some(any::<bool>(), n_rows),
        some(".{0,6}", n_rows),
        vec(json_value(), n_rows),
    ]
}

fn rows() -> impl Strategy<Value = Value> {
    (0_usize..4, 0_usize..12).prop_flat_map(|(n_columns, n_rows)| {
        vec(column_values(n_rows), n_columns).prop_map(move |columns| {
            (0..n_rows).map(|row| columns.iter().map(|column| column[row].clone()).collect::<Value>()).collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: n_property_cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_come_back_as_they_were(
        results in prop_oneof![rows(), json_value()],
        columns in vec(".{0,3}", 0..4),
        about in json_value(),
    ) {
        let file = write(&results, &columns, &about, LIMITS).unwrap();
        let table = read(file, LIMITS).unwrap();
        // as text, so that 0 and -0.0 are two
        prop_assert_eq!(table.results.to_string(), results.to_string());
        prop_assert_eq!(table.about.to_string(), about.to_string());
        prop_assert_eq!(table.columns, columns);
    }
}
