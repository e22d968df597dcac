use chrono::TimeZone as _;
use serde_json::{Value, json};

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 31, 12, 0, 0).unwrap()
}

fn read_json(metrics: &Value) -> MetricRequest {
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]},
        "scopeMetrics": [{"scope": {"name": "com.anthropic.claude_code"}, "metrics": metrics}],
    }]});
    read_metrics(body.to_string().as_bytes(), Declared::Json, &OtlpLimits::default(), now()).unwrap()
}

#[test]
fn sums_gauges_and_histograms_are_read() {
    let read = read_json(&json!([
        {"name": "claude_code.token.usage", "unit": "tokens", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [
            {"timeUnixNano": "2000000", "startTimeUnixNano": "1000000", "asInt": "12",
                "attributes": [{"key": "type", "value": {"stringValue": "input"}}]},
            {"asDouble": 0.5},
        ]}},
        {"name": "memory", "gauge": {"dataPoints": [{"asInt": 3}, {"flags": 1}]}},
        {"name": "latency", "histogram": {"aggregationTemporality": 2, "dataPoints": [
            {"count": "3", "sum": 4.5, "min": 1, "max": 2, "explicitBounds": [1.5], "bucketCounts": ["1", 2]}]}},
    ]));
    assert_eq!((read.rejected.count(), read.points.len()), (0, 4));
    let [tokens, more, memory, latency] = &read.points[..] else { panic!("four points") };
    assert_eq!(
        (&*tokens.name, &*tokens.unit, &*tokens.scope),
        ("claude_code.token.usage", "tokens", "com.anthropic.claude_code")
    );
    assert_eq!(tokens.kind, MetricKind::Sum { temporality: Temporality::Delta, is_monotonic: true });
    assert_eq!((tokens.start_us, tokens.time_us), (Some(1000), 2000));
    assert_eq!(tokens.attributes.get("type"), Some(&json!("input")));
    assert_eq!((&tokens.value, &more.value), (&PointValue::Integer(12), &PointValue::Double(0.5)));
    assert_eq!((more.start_us, more.time_us), (None, now().timestamp_micros()));
    assert_eq!((memory.kind, &memory.value), (MetricKind::Gauge, &PointValue::Integer(3)));
    let expected = HistogramValue {
        count: 3,
        sum: Some(4.5),
        min: Some(1.0),
        max: Some(2.0),
        bounds: vec![1.5],
        counts: vec![1, 2],
    };
    assert_eq!(latency.value, PointValue::Histogram(expected));
    assert!(crate::otlp::claude_code::is_metric(tokens) && !crate::otlp::claude_code::is_metric(memory));
}

#[test]
fn what_is_not_kept_is_counted() {
    let read = read_json(&json!([
        {"name": "s", "summary": {"dataPoints": [{}, {}]}},
        {"name": "e", "exponentialHistogram": {"dataPoints": [{}]}},
        {"name": "g", "gauge": {"dataPoints": [{"asDouble": "NaN"}, {"asInt": 1}, {"asInt": "x"}]}},
        {"name": "h", "histogram": {"dataPoints": [{"explicitBounds": [1.0], "bucketCounts": [1]}]}},
        {"name": "nothing"},
        7,
    ]));
    assert_eq!((read.points.len(), read.rejected.count()), (1, 7));
    let expected = "7 points refused, the first of them at position 0: metrics of the kind summary are not kept";
    assert_eq!(read.rejected.message("points").unwrap(), expected);
}

#[test]
fn too_many_points_are_too_much() {
    let limits = OtlpLimits { records: 1, ..OtlpLimits::default() };
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{}, {}]}}]}]}]});
    let refused = read_metrics(body.to_string().as_bytes(), Declared::Json, &limits, now());
    assert_eq!(refused.unwrap_err(), OtlpError::TooManyRecords { limit: 1 });
}

#[test]
fn protobuf_says_the_same_as_json() {
    // Made with the messages of the SDK for Python: a sum with one data point, and a histogram.
    let point = [
        &[0x11][..],
        &1_000_000_u64.to_le_bytes(),
        &[0x19],
        &2_000_000_u64.to_le_bytes(),
        &[0x31],
        &12_u64.to_le_bytes(),
        b"\x3a\x0d\x0a\x04type\x12\x05\x0a\x03cli",
    ]
    .concat();
    let sum = [&[0x0a, u8::try_from(point.len()).unwrap()][..], &point, b"\x10\x01\x18\x01"].concat();
    let buckets = [
        &[0x21][..],
        &3_u64.to_le_bytes(),
        &[0x32, 16],
        &1_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &[0x3a, 8],
        &1.5_f64.to_le_bytes(),
    ]
    .concat();
    let histogram = [&[0x0a, u8::try_from(buckets.len()).unwrap()][..], &buckets, b"\x10\x02"].concat();
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let metric =
        |name: &[u8], tag: u8, data: &[u8]| [&[0x0a, length(name)][..], name, &[tag, length(data)], data].concat();
    let member = |tag: u8, bytes: &[u8]| [&[tag][..], &[length(bytes) | 0x80, length(bytes) >> 7], bytes].concat();
    let short = |tag: u8, bytes: &[u8]| {
        if bytes.len() < 128 { [&[tag, length(bytes)][..], bytes].concat() } else { member(tag, bytes) }
    };
    let metrics = [short(0x12, &metric(b"s", 0x3a, &sum)), short(0x12, &metric(b"h", 0x4a, &histogram))].concat();
    let body = short(0x0a, &short(0x12, &metrics));

    let read = read_metrics(&body, Declared::Protobuf, &OtlpLimits::default(), now()).unwrap();
    assert_eq!(read.rejected.message("points"), None);
    let json = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "s", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [{"startTimeUnixNano": 1_000_000,
            "timeUnixNano": 2_000_000, "asInt": 12, "attributes": [{"key": "type", "value": {"stringValue": "cli"}}]}]}},
        {"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": [{"count": 3, "bucketCounts": [1, 2], "explicitBounds": [1.5]}]}},
    ]}]}]});
    let json = read_metrics(json.to_string().as_bytes(), Declared::Json, &OtlpLimits::default(), now()).unwrap();
    assert_eq!(read.points, json.points);
}
