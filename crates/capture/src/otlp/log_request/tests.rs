use chrono::TimeZone as _;
use logs::record::Level;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::json;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 31, 12, 0, 0).unwrap()
}

fn read_json(body: &str) -> LogRequest {
    read_logs(body.as_bytes(), Declared::Json, &OtlpLimits::default(), now()).unwrap()
}

/// A request with these records.
fn request(records: &Value) -> String {
    json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "web"}}]},
        "scopeLogs": [{"scope": {"name": "lib", "version": "1.0"}, "logRecords": records}],
    }]})
    .to_string()
}

/// The only record, which is good.
#[track_caller]
fn one(record: &Value) -> LogRecord {
    let mut read = read_json(&request(&json!([record])));
    assert_eq!(read.rejected.message("records"), None);
    assert_eq!(read.records.len(), 1);
    read.records.remove(0)
}

/// What is said of a record that is refused.
#[track_caller]
fn check_refused(record: &Value, expected: &str) {
    let read = read_json(&request(&json!([{"body": {"stringValue": "good"}}, record, {}])));
    assert_eq!(read.records.len(), 2, "{record}");
    let message = read.rejected.message("records were").unwrap();
    let prefix = "1 records were refused, the first of them at position 1: ";
    let reason = message.strip_prefix(prefix).unwrap();
    assert!(reason.starts_with(expected), "{reason}");
}

#[test]
fn a_record_keeps_what_it_says() {
    let record = one(&json!({
        "timeUnixNano": "1769860800123456789", "observedTimeUnixNano": 1_769_860_801_000_000_000_u64,
        "severityNumber": 18, "severityText": "whatever", "body": {"stringValue": "it failed"},
        "attributes": [
            {"key": "text", "value": {"stringValue": "t"}},
            {"key": "yes", "value": {"boolValue": true}},
            {"key": "int", "value": {"intValue": "-7"}},
            {"key": "number", "value": {"intValue": 8}},
            {"key": "double", "value": {"doubleValue": 1.5}},
            {"key": "nan", "value": {"doubleValue": "NaN"}},
            {"key": "far", "value": {"doubleValue": "-Infinity"}},
            {"key": "bytes", "value": {"bytesValue": "_-8"}},
            {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "a"}, {}]}}},
            {"key": "object", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"arrayValue": {}}}]}}},
            {"key": "nothing"},
            {"key": "twice", "value": {"intValue": 1}},
            {"key": "twice", "value": {"intValue": 2}},
            {"key": "event.name", "value": {"stringValue": "failed"}},
        ],
        "flags": 1, "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "eee19b7ec3c1b174", "eventName": "other",
        "droppedAttributesCount": 3, "unknown": {"a": [1]},
    }));
    assert_eq!(record.timestamp_us, 1_769_860_800_123_456);
    assert_eq!(record.observed_us, 1_769_860_801_000_000);
    assert_eq!(record.severity.number(), 18);
    assert_eq!(record.body, "it failed");
    let attributes: Value = record.attributes.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    let expected = json!({"text": "t", "yes": true, "int": -7, "number": 8, "double": 1.5, "nan": "NaN", "far": "-Infinity",
        "bytes": "/+8=", "list": [1, "a", null], "object": {"a": []}, "nothing": null, "twice": 2, "event.name": "failed"});
    assert_eq!(attributes, expected);
    assert_eq!(record.service(), "web");
    assert_eq!((&*record.scope, &*record.event_name), ("lib@1.0", "failed"));
    assert_eq!(record.trace_id, 0x5b8e_fff7_9803_8103_d269_b633_813f_c60c);
    assert_eq!((record.span_id, record.flags), (0xeee1_9b7e_c3c1_b174, 1));
}

#[test]
fn a_record_that_says_nothing_is_one_of_now() {
    let record = one(&json!({}));
    let now_us = now().timestamp_micros();
    assert_eq!((record.timestamp_us, record.observed_us), (now_us, now_us));
    assert_eq!((record.severity.level(), record.body.as_str()), (Level::Info, ""));
    assert_eq!((record.trace_id, record.span_id, &*record.event_name), (0, 0, ""));
}

#[test]
fn time_is_what_is_told_best() {
    let stamp = json!([{"key": "event.timestamp", "value": {"stringValue": "2026-01-30T00:00:00.5Z"}}]);
    let at = |record: Value| one(&record).timestamp_us;
    assert_eq!(at(json!({"timeUnixNano": 5000, "observedTimeUnixNano": 6000, "attributes": stamp})), 5);
    assert_eq!(at(json!({"observedTimeUnixNano": 6000, "attributes": stamp})), 1_769_731_200_500_000);
    assert_eq!(at(json!({"timeUnixNano": "0", "observedTimeUnixNano": "6000"})), 6);
}

#[test]
fn bodies_of_all_types_become_text() {
    let body = |value: Value| one(&json!({"body": value})).body;
    assert_eq!(body(json!({"stringValue": "a \"b\""})), "a \"b\"");
    assert_eq!(body(json!({"intValue": 7})), "7");
    assert_eq!(body(json!({"boolValue": false})), "false");
    assert_eq!(body(json!({"bytesValue": "AQI="})), "AQI=");
    assert_eq!(body(json!({"arrayValue": {"values": [{"stringValue": "a"}]}})), r#"["a"]"#);
    let fields = json!({"kvlistValue": {"values": [{"key": "level", "value": {"stringValue": "error"}}]}});
    assert_eq!(body(fields.clone()), r#"{"level":"error"}"#);
    assert_eq!(one(&json!({"body": fields})).severity.level(), Level::Error);
    assert_eq!(body(json!(null)), "");
}

#[test]
fn a_bad_record_is_refused_alone() {
    check_refused(&json!({"traceId": "abcd"}), "traceId has 2 bytes instead of 16");
    check_refused(&json!({"spanId": "+123456789abcdef"}), "spanId is not written in hexadecimal digits");
    check_refused(&json!({"severityNumber": "SEVERITY_NUMBER_INFO"}), "invalid value: string \"SEVERITY_NUMBER_INFO\"");
    check_refused(&json!({"timeUnixNano": -1}), "invalid value: integer `-1`, expected a whole number of 64 bits");
    check_refused(&json!({"body": "plain"}), "invalid type: string \"plain\", expected a value such as");
    check_refused(&json!({"attributes": {"a": 1}}), "invalid type: map, expected a sequence");
    check_refused(&json!({"attributes": [{"key": "b", "value": {"bytesValue": "!"}}]}), "bytesValue is no base64");
    check_refused(&json!([1]), "it is no object");
    let many: Vec<Value> = (0..1001).map(|n| json!({"key": n.to_string()})).collect();
    check_refused(&json!({"attributes": many}), "it has more than 1000 attributes");
    let nested = |levels| {
        let inner = json!({"intValue": 1});
        (0..levels).fold(inner, |inner, _| json!({"arrayValue": {"values": [inner]}}))
    };
    check_refused(&json!({"body": nested(25)}), "a value nests deeper than 24 levels");
    assert_eq!(one(&json!({"body": nested(24)})).body.len(), 24 * 2 + 1);
    check_refused(&json!({"body": nested(60)}), "recursion limit exceeded");
    check_refused(&json!({"body": {"stringValue": "x".repeat(1 << 20)}}), "it is larger than 1048576 bytes");
}

#[test]
fn records_of_a_bad_resource_are_refused() {
    let body = json!({"resourceLogs": [
        {"resource": {"attributes": 7}, "scopeLogs": [{"logRecords": [{}, {}]}]},
        {"scopeLogs": [{"scope": {"name": 5}, "logRecords": [{}]}, {"logRecords": [{}]}]},
    ]});
    let read = read_json(&body.to_string());
    assert_eq!((read.records.len(), read.rejected.count()), (1, 3));
    assert!(matches!(read.rejected.first(), Some(RecordError::Resource(_))));
}

#[test]
fn requests_have_limits() {
    let limits = OtlpLimits { records: 2, values: 10, ..OtlpLimits::default() };
    let refused = |records: Value| {
        read_logs(request(&records).as_bytes(), Declared::Json, &limits, now()).map(|read| read.records.len())
    };
    assert_eq!(refused(json!([{}, {}])), Ok(2));
    assert_eq!(refused(json!([{}, {}, {}])), Err(OtlpError::TooManyRecords { limit: 2 }));
    let wide = json!({"body": {"arrayValue": {"values": vec![json!({}); 20]}}});
    assert_eq!(refused(json!([wide, {}])), Err(OtlpError::TooManyValues { limit: 10 }));
}

/// A field of a message.
fn field(tag: u32, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    encode_key(tag, WireType::LengthDelimited, &mut message);
    encode_varint(bytes.len() as u64, &mut message);
    message.extend(bytes);
    message
}

fn fixed64(tag: u32, number: u64) -> Vec<u8> {
    let mut message = Vec::new();
    encode_key(tag, WireType::SixtyFourBit, &mut message);
    message.extend(number.to_le_bytes());
    message
}

fn varint(tag: u32, number: u64) -> Vec<u8> {
    let mut message = Vec::new();
    encode_key(tag, WireType::Varint, &mut message);
    encode_varint(number, &mut message);
    message
}

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value)].concat()
}

/// A request with these records, the resource behind its records.
fn protobuf_request(records: &[Vec<u8>]) -> Vec<u8> {
    let scope = [field(1, b"lib"), field(2, b"1.0")].concat();
    let records: Vec<u8> = records.iter().flat_map(|record| field(2, record)).collect();
    let scope_logs = [records, field(1, &scope)].concat();
    let resource = field(1, &attribute("service.name", &field(1, b"web")));
    field(1, &[field(2, &scope_logs), field(1, &resource)].concat())
}

#[test]
fn protobuf_says_the_same_as_json() {
    let list = field(5, &[field(1, &varint(3, 1)), field(1, &field(1, b"a"))].concat());
    let object = field(6, &field(1, &attribute("k", &varint(2, 1))));
    let record = [
        fixed64(1, 1_769_860_800_123_456_789),
        fixed64(11, 1_769_860_801_000_000_000),
        varint(2, 17),
        field(3, b"ERROR"),
        field(5, &field(1, b"it failed")),
        field(6, &attribute("list", &list)),
        field(6, &attribute("object", &object)),
        field(6, &attribute("int", &varint(3, (-7_i64).cast_unsigned()))),
        field(6, &attribute("double", &fixed64(4, 1.5_f64.to_bits()))),
        field(6, &attribute("nan", &fixed64(4, f64::NAN.to_bits()))),
        field(6, &attribute("bytes", &field(7, &[0xff, 0xef]))),
        field(6, &attribute("nothing", b"")),
        field(9, &0x5b8e_fff7_9803_8103_d269_b633_813f_c60c_u128.to_be_bytes()),
        field(10, &7_u64.to_be_bytes()),
        field(12, b"failed"),
        varint(99, 5),
    ];
    let body = protobuf_request(&[record.concat()]);
    let read = read_logs(&body, Declared::Protobuf, &OtlpLimits::default(), now()).unwrap();
    assert_eq!((read.encoding, read.rejected.count()), (Encoding::Protobuf, 0));
    let json = one(&json!({
        "timeUnixNano": "1769860800123456789", "observedTimeUnixNano": "1769860801000000000", "severityNumber": 17,
        "body": {"stringValue": "it failed"},
        "attributes": [
            {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "a"}]}}},
            {"key": "object", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": true}}]}}},
            {"key": "int", "value": {"intValue": -7}}, {"key": "double", "value": {"doubleValue": 1.5}},
            {"key": "nan", "value": {"doubleValue": "NaN"}}, {"key": "bytes", "value": {"bytesValue": "/+8="}},
            {"key": "nothing", "value": null},
        ],
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "0000000000000007", "eventName": "failed",
    }));
    assert_eq!(read.records, [json]);
}

#[test]
fn a_damaged_record_in_protobuf_is_refused_alone() {
    let deep = (0..200).fold(varint(3, 1), |inner, _| field(5, &field(1, &inner)));
    for (bad, expected) in [
        (field(5, &field(1, &[0xff])), "stringValue is no UTF-8 text"),
        (field(9, &[1, 2, 3]), "traceId has 3 bytes instead of 16"),
        (fixed64(5, 1), "value has the wrong wire type"),
        (vec![0x2a, 200, 1], "the protobuf data is cut off"),
        (field(5, &deep), "a value nests too deeply"),
    ] {
        let body = protobuf_request(&[field(5, &field(1, b"good")), bad, Vec::new()]);
        let read = read_logs(&body, Declared::Protobuf, &OtlpLimits::default(), now()).unwrap();
        assert_eq!((read.records.len(), read.rejected.count()), (2, 1), "{expected}");
        assert_eq!(read.rejected.first().unwrap().to_string(), expected);
    }
}

#[track_caller]
fn check_form(body: &[u8], declared: Declared, expected: Option<(usize, usize, Encoding)>) {
    let read = read_logs(body, declared, &OtlpLimits::default(), now());
    let read = read.map(|read| (read.records.len(), read.rejected.count(), read.encoding));
    assert_eq!(read.as_ref().ok().copied(), expected, "{declared:?}: {read:?}");
}

#[test]
fn a_body_is_read_as_what_it_is() {
    let protobuf = protobuf_request(&[Vec::new()]);
    let json = request(&json!([{}]));
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&json).unwrap()).unwrap();
    let lines = format!("{json}\n\r\n{json}\n");
    let broken = format!("{json}\n{{\"resourceLogs\": [\n{json}");
    for declared in [Declared::Protobuf, Declared::Json, Declared::Lines, Declared::Nothing] {
        check_form(&protobuf, declared, Some((1, 0, Encoding::Protobuf)));
        check_form(json.as_bytes(), declared, Some((1, 0, Encoding::Json)));
        check_form(pretty.as_bytes(), declared, Some((1, 0, Encoding::Json)));
        check_form(format!("\u{feff}\n{json}").as_bytes(), declared, Some((1, 0, Encoding::Json)));
        check_form(lines.as_bytes(), declared, Some((2, 0, Encoding::Json)));
        check_form(broken.as_bytes(), declared, Some((2, 1, Encoding::Json)));
        check_form(b"nothing of the kind", declared, None);
        check_form(&protobuf[..protobuf.len() - 1], declared, None);
        check_form(&json.as_bytes()[..json.len() - 1], declared, None);
    }
    check_form(b"", Declared::Json, Some((0, 0, Encoding::Json)));
    check_form(b"", Declared::Protobuf, Some((0, 0, Encoding::Protobuf)));
    check_form(b"{}", Declared::Json, Some((0, 0, Encoding::Json)));
    check_form(b"{\"resourceLogs\": []}", Declared::Nothing, Some((0, 0, Encoding::Json)));
    check_form(b"{\"other\": 1}", Declared::Nothing, None);
    check_form(b"[]", Declared::Json, None);
    check_form(b"{\"resourceLogs\": 7}", Declared::Json, None);
}

#[test]
fn what_cannot_be_read_is_told_for_each_form() {
    let error = read_logs(b"<html>", Declared::Json, &OtlpLimits::default(), now()).unwrap_err();
    assert_eq!(error.kind().status(), 400);
    let message = error.to_string();
    assert!(message.starts_with("request cannot be decoded: as JSON, it is no object; as lines of JSON,"), "{message}");
    assert!(message.contains("; as protobuf, "), "{message}");
}

proptest::proptest! {
    /// Whatever comes is read or refused, and a change of one byte loses no more than what it stands in.
    #[test]
    fn no_bytes_bring_the_reader_down(at in 0_usize..1000, to: u8, cut in 0_usize..1000, json: bool) {
        let good = [field(5, &field(1, b"good")), field(6, &attribute("key", &varint(3, 5)))].concat();
        let records = json!([{"body": {"stringValue": "good"}, "traceId": "5b8efff798038103d269b633813fc60c"}, {}, {}]);
        let mut body = if json { request(&records).into_bytes() } else { protobuf_request(&[good.clone(), good.clone(), good]) };
        let at = at % body.len();
        body[at] = to;
        body.truncate(body.len().min(cut.max(1)));
        for declared in [Declared::Protobuf, Declared::Json, Declared::Lines, Declared::Nothing] {
            if let Ok(read) = read_logs(&body, declared, &OtlpLimits::default(), now()) {
                proptest::prop_assert!(read.records.len() <= 3, "{read:?}");
            }
        }
    }
}
