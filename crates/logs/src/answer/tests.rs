use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::record::{Level, LogRecord, Severity};

/// A record that has everything.
pub(crate) fn sample() -> StoredLog {
    let attributes = |pairs: Value| {
        let Value::Object(pairs) = pairs else { panic!("an object") };
        Attributes::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    };
    StoredLog {
        arrival: 7,
        record: LogRecord {
            timestamp_us: 1_768_000_000_123_456,
            observed_us: 1_768_000_001_000_000,
            severity: Severity::from_number(10).unwrap(),
            body: "GET /x 200".to_owned(),
            attributes: attributes(json!({"http.method": "GET", "duration_ms": 1.5, "tags": ["a", {"b": null}]})),
            resource: Arc::new(attributes(json!({"service.name": "web"}))),
            scope: "lib@1.0".into(),
            event_name: "".into(),
            trace_id: 0xabc,
            span_id: 0xdef,
            flags: 1,
        },
    }
}

fn request(asked: Value) -> RecordsRequest {
    let context = query_engine::answer::QueryContext {
        project: insights_core::ids::ProjectId(1),
        timezone: chrono_tz::UTC,
        week_start: insights_core::project::WeekStart::Sunday,
        now: "2026-01-14T12:30:00Z".parse().unwrap(),
        definitions: Arc::default(),
    };
    RecordsRequest::read(&json!({"query": asked}), &context).unwrap()
}

#[test]
fn a_page_repeats_its_query_and_says_where_the_next_one_begins() {
    let request = request(json!({"limit": 1, "kept": "as sent"}));
    let page = RecordPage { records: vec![sample()], has_more: true };
    insta::assert_json_snapshot!("page", RecordsAnswer::new(&request, &page));

    let last = RecordPage { has_more: false, ..page };
    let answer = serde_json::to_value(RecordsAnswer::new(&request, &last)).unwrap();
    assert_eq!(answer["nextCursor"], Value::Null);
    assert_eq!(answer["hasMore"], false);
}

#[test]
fn a_record_without_a_trace_has_empty_ids() {
    let mut log = sample();
    log.record.trace_id = 0;
    log.record.span_id = 0;
    let body = serde_json::to_value(RecordBody::new(&log)).unwrap();
    assert_eq!((&body["trace_id"], &body["span_id"]), (&json!(""), &json!("")));
}

#[test]
fn every_instant_is_written() {
    for us in [i64::MIN, -1, 0, i64::MAX] {
        assert!(instant_text(us, SecondsFormat::Micros).ends_with('Z'));
    }
}

#[test]
fn rows_of_a_sparkline_name_what_is_told_apart() {
    let count = |series| SparklineCount { bucket_start_us: 1_768_000_020_000_000, series, count: 3 };
    let rows = SparklineRow::of(vec![count(Series::Level(Level::Warn)), count(Series::Service("web".to_owned()))]);
    let expected = json!([
        {"time": "2026-01-09T23:07:00Z", "level": "warn", "count": 3},
        {"time": "2026-01-09T23:07:00Z", "service": "web", "count": 3},
    ]);
    assert_eq!(serde_json::to_value(rows).unwrap(), expected);
}

#[test]
fn keys_say_how_often_they_occur_and_of_which_types() {
    let types = TypeCounts { string: 2, number: 1, ..TypeCounts::default() };
    let keys = vec![AttributeKey { name: "user.id".to_owned(), count: 3, types }];
    let page = AttributePage { keys, total: 12 };
    let expected = json!({
        "results": [{
            "name": "user.id", "propertyFilterType": "log_attribute", "count": 3, "types": {"string": 2, "number": 1},
        }],
        "count": 12,
    });
    assert_eq!(serde_json::to_value(AttributesAnswer::new(AttributeOwner::Record, &page)).unwrap(), expected);
    let resource = serde_json::to_value(AttributesAnswer::new(AttributeOwner::Resource, &page)).unwrap();
    assert_eq!(resource["results"][0]["propertyFilterType"], "log_resource_attribute");
}

#[test]
fn values_say_how_often_they_occur() {
    let values = [ValueCount { value: "GET".to_owned(), count: 2 }];
    let expected = json!({"results": [{"id": "GET", "name": "GET", "count": 2}], "refreshing": false});
    assert_eq!(serde_json::to_value(ValuesAnswer::new(&values)).unwrap(), expected);
}
