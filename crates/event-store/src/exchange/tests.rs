//! Files as they come and go.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, types::Int32Type,
};
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use insights_core::event::Event;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as ParquetCompression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

const PROJECT: Uuid = Uuid::from_u128(99);

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn event(number: u128) -> Event {
    Event {
        uuid: Uuid::from_u128(number + 1),
        event: format!("event {}", number % 3),
        distinct_id: format!("user-{}", number % 5),
        timestamp: at("2026-01-31T10:00:00.000001Z") + chrono::TimeDelta::milliseconds(i64::try_from(number).unwrap()),
        properties: format!(r#"{{ "n": {number}, "text": "a\nb ü" }}"#),
    }
}

fn read_all(path: &Path, batch_events: usize) -> Result<ReadBatch, ExchangeError> {
    let mut reader = EventReader::open(path, ReadOptions { batch_events, ..ReadOptions::new(PROJECT) })?;
    let mut all = ReadBatch::default();
    while let Some(batch) = reader.next_batch()? {
        assert!(batch.rows() <= batch_events);
        all.events.extend(batch.events);
        all.rejected.extend(batch.rejected);
    }
    assert_eq!(reader.bytes_read(), reader.bytes_total());
    Ok(all)
}

fn file_with(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>, compression: ParquetCompression) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

#[test]
fn what_is_written_is_read_back_in_every_format() {
    let folder = TempDir::new().unwrap();
    let events: Vec<Event> = (0..1000).map(event).collect();
    for name in ["a.ndjson", "a.jsonl", "a.ndjson.gz", "a.parquet"] {
        let path = folder.path().join(name);
        let mut writer = EventWriter::create(&path, FileFormat::of_name(&path).unwrap()).unwrap();
        for chunk in events.chunks(300) {
            writer.write(chunk).unwrap();
        }
        assert!(!path.exists(), "{name} is whole or not there");
        let size_bytes = writer.finish().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), size_bytes);
        let read = read_all(&path, 128).unwrap();
        assert_eq!(read.rejected, []);
        assert_eq!(read.events, events, "{name}");
    }
}

#[test]
fn a_name_without_a_format_is_refused() {
    let error = FileFormat::of_name(Path::new("events.csv")).unwrap_err();
    assert_eq!(error.to_string(), "events.csv must end in .ndjson, .jsonl, .ndjson.gz, .jsonl.gz or .parquet");
}

#[test]
fn properties_over_several_lines_stay_on_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.ndjson");
    let mut writer = EventWriter::create(&path, FileFormat::Ndjson).unwrap();
    writer.write(&[Event { properties: "{\n\"a\": 1\r\n}".to_owned(), ..event(0) }]).unwrap();
    writer.finish().unwrap();
    assert_eq!(read_all(&path, 10).unwrap().events[0].properties, r#"{ "a": 1  }"#);
}

#[test]
fn bad_lines_are_named_and_the_rest_is_read() {
    let folder = TempDir::new().unwrap();
    let good = r#"{"event":"x","distinct_id":"u","timestamp":"2026-01-31T10:00:00Z"}"#;
    let long =
        format!(r#"{{"event":"x","distinct_id":"u","timestamp":0,"properties":{{"a":"{}"}}}}"#, "x".repeat(9 << 20));
    let lines =
        ["\u{feff}", good, "\r\n\n  \nnonsense\n", good, "\n", &long, "\n", r#"{"event":"x"}"#, "\n", good].concat();
    let expected = [
        "row 4: event is no JSON: expected ident at line 1 column 2",
        "row 6: event is larger than 1048576 bytes",
        "row 7: event submitted without a distinct_id",
    ];
    for content in [lines.clone().into_bytes(), gzip(lines.as_bytes())] {
        let read = read_all(&file_with(&folder, "a", &content), 2).unwrap();
        assert_eq!(read.events.len(), 3);
        assert_eq!(read.rejected.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        assert!(
            read.events.iter().all(|event| event.uuid == read.events[0].uuid),
            "the same content is the same event"
        );
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = TempDir::new().unwrap();
    #[track_caller]
    fn check(path: &Path, expected: &str) {
        let error = read_all(path, 10).unwrap_err().to_string();
        assert_eq!(error.replace(path.to_str().unwrap(), "FILE"), expected);
    }
    check(&folder.path().join("none"), "cannot read FILE");
    check(
        &file_with(&folder, "list", b"[{}]"),
        "FILE cannot be read: it begins with a JSON list; write one JSON object a line instead",
    );
    let line = br#"{"event":"x","distinct_id":"u","timestamp":"2026-01-31T10:00:00Z"}"#;
    let gzipped = gzip(&[line.as_slice(), b"\n"].concat());
    check(
        &file_with(&folder, "cut", &gzipped[..gzipped.len() - 4]),
        "FILE cannot be read: its gzip data is cut off after line 1",
    );
    let mut damaged = gzipped.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    check(&file_with(&folder, "damaged", &damaged), "FILE cannot be read: its gzip data is damaged after line 1");
    check(
        &file_with(&folder, "parquet", b"PAR1 and no more"),
        "FILE cannot be read: its Parquet data is damaged or uses a feature that is not supported",
    );
    let path = folder.path().join("columns");
    write_parquet(&path, vec![("event", texts(&["x"])), ("time", texts(&["x"]))], ParquetCompression::UNCOMPRESSED);
    check(&path, "FILE cannot be read: it has no column \"distinct_id\"; its columns are event, time");
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    write_parquet(
        &path,
        vec![("event", numbers), ("distinct_id", texts(&["u"])), ("timestamp", texts(&["2026-01-31"]))],
        ParquetCompression::UNCOMPRESSED,
    );
    check(&path, "FILE cannot be read: its column \"event\" must be text, not Int32");
}

#[test]
fn an_empty_file_has_no_events() {
    let folder = TempDir::new().unwrap();
    assert_eq!(read_all(&file_with(&folder, "empty", b""), 10).unwrap(), ReadBatch::default());
    assert_eq!(read_all(&file_with(&folder, "blank", b"\n\n"), 10).unwrap(), ReadBatch::default());
}

#[test]
fn parquet_is_read_whatever_types_and_compression_its_writer_chose() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.parquet");
    let second = at("2026-01-31T10:00:00Z");
    let uuid = Uuid::from_u128(5);
    let names: DictionaryArray<Int32Type> = ["x"].into_iter().collect();
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["u"]));
    let view: ArrayRef = Arc::new(StringViewArray::from(vec![r#"{"a":1}"#]));
    let uuid_bytes: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([uuid.as_bytes()].into_iter()).unwrap());
    let instants: [ArrayRef; 5] = [
        Arc::new(TimestampSecondArray::from(vec![second.timestamp()])),
        Arc::new(TimestampMillisecondArray::from(vec![second.timestamp_millis()]).with_timezone("UTC")),
        Arc::new(TimestampNanosecondArray::from(vec![second.timestamp_nanos_opt().unwrap()])),
        texts(&["2026-01-31 12:00:00+02"]),
        Arc::new(arrow_array::Int64Array::from(vec![second.timestamp_millis()])),
    ];
    let compressions = [
        ParquetCompression::UNCOMPRESSED,
        ParquetCompression::SNAPPY,
        ParquetCompression::ZSTD(ZstdLevel::default()),
        ParquetCompression::GZIP(GzipLevel::default()),
        ParquetCompression::LZ4_RAW,
    ];
    for (timestamp, compression) in instants.into_iter().zip(compressions) {
        let columns = vec![
            ("extra", texts(&["ignored"])),
            ("properties", Arc::clone(&view)),
            ("timestamp", timestamp),
            ("distinct_id", Arc::clone(&large)),
            ("event", Arc::new(names.clone()) as ArrayRef),
            ("uuid", Arc::clone(&uuid_bytes)),
        ];
        write_parquet(&path, columns, compression);
        let read = read_all(&path, 10).unwrap();
        assert_eq!(read.rejected, [], "{compression:?}");
        let expected = Event {
            uuid,
            event: "x".to_owned(),
            distinct_id: "u".to_owned(),
            timestamp: second,
            properties: r#"{"a":1}"#.to_owned(),
        };
        assert_eq!(read.events, [expected], "{compression:?}");
    }
}

#[test]
fn bad_rows_of_parquet_are_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.parquet");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("event", Arc::new(StringArray::from(vec![Some("x"), None, Some("x"), Some("x"), Some("x")]))),
        ("distinct_id", texts(&["u", "u", "", "u", "u"])),
        (
            "timestamp",
            Arc::new(StringArray::from(vec![
                Some("2026-01-31"),
                Some("2026-01-31"),
                Some("2026-01-31"),
                None,
                Some("x"),
            ])),
        ),
    ];
    write_parquet(&path, columns, ParquetCompression::SNAPPY);
    let read = read_all(&path, 2).unwrap();
    assert_eq!(read.events.len(), 1);
    assert_eq!(read.events[0].properties, "{}");
    let reasons: Vec<String> = read.rejected.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    row 2: event submitted with an empty event name
    row 3: event submitted without a distinct_id
    row 4: event has no timestamp
    row 5: event timestamp "x" cannot be read; use ISO 8601, such as 2026-01-31T23:59:59Z
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_row_without_a_uuid_is_the_same_event_in_both_formats(
        name in "\\PC{1,20}",
        distinct_id in "\\PC{1,20}",
        value in "\\PC{0,20}",
        micros in 0_i64..4_000_000_000_000_000,
    ) {
        let folder = TempDir::new().unwrap();
        let properties = serde_json::json!({ "value": value }).to_string();
        let timestamp = DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339();
        let line = serde_json::json!({
            "event": name, "distinct_id": distinct_id, "timestamp": timestamp, "properties": properties,
        });
        let from_lines = read_all(&file_with(&folder, "a", line.to_string().as_bytes()), 10).unwrap();
        let path = folder.path().join("a.parquet");
        let columns = vec![
            ("event", texts(&[&name])),
            ("distinct_id", texts(&[&distinct_id])),
            ("timestamp", texts(&[&timestamp])),
            ("properties", texts(&[&properties])),
        ];
        write_parquet(&path, columns, ParquetCompression::SNAPPY);
        prop_assert_eq!(&from_lines.rejected, &vec![]);
        prop_assert_eq!(from_lines, read_all(&path, 10).unwrap());
    }

    #[test]
    fn any_file_is_taken_without_a_panic(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = TempDir::new().unwrap();
        let _ = read_all(&file_with(&folder, "a", &content), 10);
        let _ = read_all(&file_with(&folder, "b", &[b"PAR1".as_slice(), &content, b"PAR1"].concat()), 10);
        let _ = read_all(&file_with(&folder, "c", &gzip(&content)), 10);
    }
}
