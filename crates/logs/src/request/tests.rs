use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::json;

use super::*;
use crate::filter::{Comparison, Condition, LevelSet, Test};
use crate::record::{Level, Position};

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::Europe::Berlin,
        week_start: WeekStart::Sunday,
        now: "2026-01-14T12:30:00Z".parse().unwrap(),
        definitions: Arc::default(),
    }
}

fn read(query: Value) -> Result<RecordsRequest, QueryError> {
    RecordsRequest::read(&json!({"query": query}), &context())
}

fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn check_range(range: Value, from: &str, until: &str) {
    let read = read(json!({"dateRange": range})).unwrap().query.filter.range;
    let micros = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp_micros();
    assert_eq!(read, micros(from)..micros(until));
}

#[test]
fn ranges_are_the_last_hour_unless_they_say_otherwise() {
    let until_now = "2026-01-14T12:30:00.000001Z";
    check_range(Value::Null, "2026-01-14T11:30:00Z", until_now);
    check_range(json!({}), "2026-01-14T11:30:00Z", until_now);
    check_range(json!({"date_from": "-30M", "date_to": null}), "2026-01-14T12:00:00Z", until_now);
    check_range(json!({"date_from": "-1d", "date_to": "-1h"}), "2026-01-13T12:30:00Z", "2026-01-14T11:30:00.000001Z");
    check_range(
        json!({"date_from": "2026-01-10", "date_to": "2026-01-10"}),
        "2026-01-09T23:00:00Z",
        "2026-01-10T23:00:00Z",
    );
    check_range(
        json!({"date_from": "2026-01-10T08:00:00", "date_to": "2026-01-10T08:00:00.5Z"}),
        "2026-01-10T07:00:00Z",
        "2026-01-10T08:00:00.500001Z",
    );
    check_range(json!({"date_to": "2026-01-10T08:00:00Z"}), "2026-01-10T07:00:00Z", "2026-01-10T08:00:00.000001Z");
    check_range(json!({"date_from": "all"}), "1970-01-01T00:00:00Z", until_now);
    // A range that ends before it begins holds nothing.
    check_range(json!({"date_from": "-1h", "date_to": "-2h"}), "2026-01-14T11:30:00Z", "2026-01-14T11:30:00Z");
}

#[test]
fn what_is_missing_has_its_default() {
    let query = read(json!({})).unwrap().query;
    assert_eq!((query.order, query.limit, query.after), (Order::Latest, DEFAULT_PAGE_RECORDS, None));
    assert_eq!((query.filter.levels, query.filter.services.len()), (LevelSet::ALL, 0));
    let query = read(json!({"severityLevels": [], "serviceNames": [], "after": "", "limit": null})).unwrap().query;
    assert_eq!((query.filter.levels, query.limit), (LevelSet::ALL, DEFAULT_PAGE_RECORDS));
    assert_eq!(read(json!({"limit": 5_000})).unwrap().query.limit, MAX_PAGE_RECORDS);
    let query = read(json!({"severityLevels": ["warn", "error"], "orderBy": "earliest", "limit": 7})).unwrap().query;
    assert_eq!(
        (query.filter.levels, query.order, query.limit),
        (LevelSet::of(&[Level::Warn, Level::Error]), Order::Earliest, 7)
    );
}

#[test]
fn a_page_that_follows_keeps_the_instant_that_dates_count_from() {
    let first = "2026-01-14T10:00:00Z".parse().unwrap();
    let cursor = Cursor { position: Position { timestamp_us: 1_768_000_000_123_456, arrival: 3 }, now: Some(first) };
    let request = read(json!({"dateRange": {"date_from": "-1h"}, "after": cursor.to_text()})).unwrap();
    assert_eq!(request.query.after, Some(cursor.position));
    assert_eq!(request.now, first);
    assert_eq!(request.query.filter.range.end, first.timestamp_micros() + 1);
    assert_eq!(request.query.filter.range.start, first.timestamp_micros() - 3_600_000_000);
}

/// The group as Rust shows it.
#[track_caller]
fn check_group(group: Value, expected: &str) {
    let read = read(json!({"filterGroup": group})).unwrap().query.filter.group;
    assert_eq!(format!("{read:?}"), expected);
}

fn leaf(operator: &str, value: Value) -> Value {
    json!({"key": "k", "type": "log_attribute", "operator": operator, "value": value})
}

#[test]
fn groups_and_flat_lists_are_read() {
    let always = r#"All([])"#;
    check_group(Value::Null, always);
    check_group(json!({}), always);
    check_group(json!([]), always);
    check_group(json!({"type": "AND", "values": [{"type": "OR", "values": []}]}), always);
    check_group(json!([leaf("exact", json!([]))]), always);
    check_group(json!([leaf("exact", json!("a"))]), r#"All([Field(Attribute("k"), Exact(["a"]))])"#);
    check_group(leaf("exact", json!("a")), r#"Field(Attribute("k"), Exact(["a"]))"#);
    let group = json!({"type": "AND", "values": [{"type": "OR", "values": [
        leaf("is_set", Value::Null),
        // One that is still being chosen does not let everything through.
        leaf("exact", Value::Null),
        {"key": "k", "type": "log_resource_attribute", "operator": "is_not_set"},
    ]}]});
    check_group(group, r#"All([Any([Field(Attribute("k"), IsSet), Field(Resource("k"), IsNotSet)])])"#);
}

#[test]
fn every_operator_is_read() {
    let attribute = |operator: &str, value: Value, expected: &str| {
        check_group(leaf(operator, value), &format!(r#"Field(Attribute("k"), {expected})"#));
    };
    attribute("exact", json!(["GET", 7, true, null]), r#"Exact(["GET", "7", "true"])"#);
    attribute("is_not", json!("GET"), r#"IsNot(["GET"])"#);
    attribute("icontains", json!("GeT"), r#"Contains(["get"])"#);
    attribute("not_icontains", json!(["A", "b"]), r#"NotContains(["a", "b"])"#);
    attribute("regex", json!("^a+$"), r#"Regex(Regex("^a+$"))"#);
    attribute("not_regex", json!("^a"), r#"NotRegex(Regex("^a"))"#);
    attribute("gt", json!(5), "Number(Greater, 5.0)");
    attribute("gte", json!("5.5"), "Number(GreaterOrEqual, 5.5)");
    attribute("lt", json!([5]), "Number(Less, 5.0)");
    attribute("lte", json!(-1), "Number(LessOrEqual, -1.0)");
    attribute("is_date_exact", json!("1970-01-02"), "Date(Equal, 82800000000..169200000000)");
    attribute("is_date_before", json!("1970-01-02T00:00:00Z"), "Date(Less, 86400000000..86400000001)");
    attribute("is_date_after", json!(["1970-01-02T00:00:00Z"]), "Date(Greater, 86400000000..86400000001)");
    check_group(json!({"key": "k", "type": "log_attribute"}), "All([])");
    check_group(leaf("", json!("a")), r#"Field(Attribute("k"), Exact(["a"]))"#);
}

#[test]
fn of_several_values_one_suffices_unless_none_may_be() {
    let field = |expected: &str| format!(r#"Field(Attribute("k"), {expected})"#);
    check_group(
        leaf("gt", json!([1, 2])),
        &format!("Any([{}, {}])", field("Number(Greater, 1.0)"), field("Number(Greater, 2.0)")),
    );
    let all = format!(r#"All([{}, {}])"#, field(r#"NotRegex(Regex("a"))"#), field(r#"NotRegex(Regex("b"))"#));
    check_group(leaf("not_regex", json!(["a", "b"])), &all);
}

#[test]
fn fields_of_records_have_their_names() {
    let field = |key: &str, value: &str, expected: &str| {
        let leaf = json!({"key": key, "type": "log", "operator": "exact", "value": value});
        check_group(leaf, &format!("Field({expected})"));
    };
    field("message", "Hi", r#"Body, Exact(["Hi"])"#);
    field("body", "Hi", r#"Body, Exact(["Hi"])"#);
    field("level", "ERROR", r#"Level, Exact(["error"])"#);
    field("severity_text", "info", r#"Level, Exact(["info"])"#);
    field("severity_number", "9", r#"SeverityNumber, Exact(["9"])"#);
    field("service_name", "Web", r#"Resource("service.name"), Exact(["Web"])"#);
    field("trace_id", "ABC", r#"TraceId, Exact(["abc"])"#);
    field("span_id", "ABC", r#"SpanId, Exact(["abc"])"#);
    field("event_name", "E", r#"EventName, Exact(["E"])"#);
    field("instrumentation_scope", "lib@1", r#"Scope, Exact(["lib@1"])"#);
}

#[test]
fn what_is_wrong_is_refused_with_its_path() {
    let nested = |levels: usize| {
        (0..levels).fold(leaf("is_set", Value::Null), |inner, _| json!({"type": "AND", "values": [inner]}))
    };
    let group = |value: Value| json!({"filterGroup": value});
    let leaf_of = |operator: &str, value: Value| group(json!({"type": "AND", "values": [leaf(operator, value)]}));
    let bodies = [
        json!({}),
        json!({"query": null}),
        json!({"query": "last hour"}),
        json!({"query": {"dateRange": "today"}}),
        json!({"query": {"dateRange": {"date_from": "yesterday evening"}}}),
        json!({"query": {"dateRange": {"date_to": "all"}}}),
        json!({"query": {"severityLevels": "info"}}),
        json!({"query": {"severityLevels": ["info", "loud"]}}),
        json!({"query": {"serviceNames": [1]}}),
        json!({"query": {"searchTerm": ["a"]}}),
        json!({"query": {"searchTerm": "a".repeat(10_001)}}),
        json!({"query": {"orderBy": "newest"}}),
        json!({"query": {"limit": 0}}),
        json!({"query": {"limit": "many"}}),
        json!({"query": {"after": "bm9uZQ=="}}),
        json!({"query": {"after": 5}}),
        json!({"query": group(json!("http.method"))}),
        json!({"query": group(json!({"type": "XOR", "values": []}))}),
        json!({"query": group(json!([{"key": "k", "operator": "exact"}]))}),
        json!({"query": group(json!([{"type": "log_attribute", "operator": "is_set"}]))}),
        json!({"query": group(json!([{"type": "log", "key": "colour", "operator": "is_set"}]))}),
        json!({"query": group(nested(8))}),
        json!({"query": group(Value::Array(vec![leaf("is_set", Value::Null); 201]))}),
        json!({"query": group(Value::Array(vec![json!({"type": "AND", "values": vec![leaf("is_set", Value::Null); 20]}); 10]))}),
        json!({"query": leaf_of("equals", json!(1))}),
        json!({"query": leaf_of("exact", json!({"a": 1}))}),
        json!({"query": leaf_of("exact", json!(["a", ["b"]]))}),
        json!({"query": leaf_of("gt", json!("high"))}),
        json!({"query": leaf_of("is_date_after", json!("soon"))}),
        json!({"query": leaf_of("regex", json!("(a"))}),
        json!({"query": leaf_of("regex", json!("((a{100}){100}){100}"))}),
        json!({"query": leaf_of("regex", json!("a".repeat(1_001)))}),
        json!({"query": leaf_of("regex", json!(vec!["a"; 21]))}),
    ];
    let mut refusals: Vec<String> =
        bodies.iter().map(|body| RecordsRequest::read(body, &context()).unwrap_err().to_string()).collect();
    let split = json!({"query": {"sparklineBreakdownBy": "host"}});
    refusals.push(SparklineRequest::read(&split, &context()).unwrap_err().to_string());
    let format = json!({"query": {}, "format": "xml"});
    refusals.push(ExportRequest::read(&format, &context()).unwrap_err().to_string());
    insta::assert_snapshot!("refusals", refusals.join("\n"));
}

#[test]
fn as_deep_as_may_be_is_read() {
    let nested = (0..7).fold(leaf("is_set", Value::Null), |inner, _| json!({"type": "AND", "values": [inner]}));
    assert!(read(json!({"filterGroup": nested})).is_ok());
}

#[test]
fn sparklines_choose_their_buckets() {
    let request = |query: Value| SparklineRequest::read(&json!({"query": query}), &context()).unwrap();
    let read = request(json!({}));
    assert_eq!((read.query.bucket_us, read.query.split), (60_000_000, SparklineSplit::Severity));
    assert!(!read.begins_with_first);
    let read = request(json!({"dateRange": {"date_from": "-24h"}, "sparklineBreakdownBy": "service"}));
    assert_eq!((read.query.bucket_us, read.query.split), (30 * 60_000_000, SparklineSplit::Service));
    assert!(request(json!({"dateRange": {"date_from": "all"}})).begins_with_first);
}

#[test]
fn files_have_a_limit_of_their_own() {
    let read = |body: Value| ExportRequest::read(&body, &context()).unwrap();
    let request = read(json!({"query": {}}));
    assert_eq!((request.format, request.query.limit), (Format::Csv, crate::export::MAX_RECORDS));
    let request = read(json!({"query": {"limit": 5_000}, "format": "ndjson"}));
    assert_eq!((request.format, request.query.limit), (Format::Ndjson, 5_000));
}

#[test]
fn parameters_ask_for_keys() {
    let query = attributes(&params(&[]), &context()).unwrap();
    assert_eq!((query.owner, query.limit, query.offset), (AttributeOwner::Record, DEFAULT_KEYS, 0));
    let given = [
        ("search", "HTTP"),
        ("attribute_type", "resource"),
        ("limit", "5"),
        ("offset", "10"),
        ("dateRange", r#"{"date_from": "-2h"}"#),
        ("severityLevels", r#"["error"]"#),
        ("serviceNames", r#"["web"]"#),
        ("searchTerm", "paid"),
        ("filterGroup", r#"[{"key": "k", "type": "log_attribute", "operator": "is_set"}]"#),
    ];
    let query = attributes(&params(&given), &context()).unwrap();
    assert_eq!((query.owner, query.search.as_str()), (AttributeOwner::Resource, "http"));
    assert_eq!((query.limit, query.offset), (5, 10));
    let filter = query.filter;
    assert_eq!(filter.range.end - filter.range.start, 7_200_000_001);
    assert_eq!((filter.levels, filter.search.as_str()), (LevelSet::of(&[Level::Error]), "paid"));
    assert_eq!(filter.services, ["web"]);
    assert!(matches!(filter.group, Condition::All(conditions) if conditions.len() == 1));
}

#[test]
fn parameters_ask_for_values() {
    let query = values(&params(&[("key", "http.method"), ("value", "G")]), &context()).unwrap();
    assert_eq!(
        (query.field, query.search.as_str(), query.limit),
        (Field::Attribute("http.method".to_owned()), "g", DEFAULT_VALUES)
    );
    let given = [("key", "service.name"), ("attribute_type", "log_resource_attribute"), ("limit", "100000")];
    let query = values(&params(&given), &context()).unwrap();
    assert_eq!((query.field, query.limit), (Field::Resource("service.name".to_owned()), MAX_VALUES));
}

#[test]
fn a_tail_is_of_any_time() {
    assert_eq!(tail(&params(&[]), &context()).unwrap().range, ALL_TIME);
    let filter = tail(&params(&[("dateRange", r#"{"date_from": "-1h"}"#)]), &context()).unwrap();
    assert_eq!(filter.range.end - filter.range.start, 3_600_000_001);
}

#[test]
fn wrong_parameters_are_refused_with_their_names() {
    let context = context();
    let refusals = [
        values(&params(&[]), &context).unwrap_err(),
        values(&params(&[("key", "")]), &context).unwrap_err(),
        attributes(&params(&[("attribute_type", "event")]), &context).unwrap_err(),
        attributes(&params(&[("limit", "ten")]), &context).unwrap_err(),
        attributes(&params(&[("offset", "-1")]), &context).unwrap_err(),
        attributes(&params(&[("dateRange", "-1h")]), &context).unwrap_err(),
        attributes(&params(&[("filterGroup", r#"[{"type": "log_attribute"}]"#)]), &context).unwrap_err(),
        tail(&params(&[("severityLevels", r#"["loud"]"#)]), &context).unwrap_err(),
    ];
    insta::assert_snapshot!("parameter_refusals", refusals.map(|refusal| refusal.to_string()).join("\n"));
}

#[test]
fn numbers_compare_as_their_operators_say() {
    let compares = |operator: &str, text: &str| {
        let group = read(json!({"filterGroup": leaf(operator, json!(5))})).unwrap().query.filter.group;
        let Condition::Field(_, test) = group else { panic!("a condition") };
        assert!(matches!(test, Test::Number(Comparison::Greater | Comparison::GreaterOrEqual, _)));
        test.passes(Some(text))
    };
    assert_eq!(
        (compares("gt", "5"), compares("gte", "5.0"), compares("gt", "10"), compares("gt", "ten")),
        (false, true, true, false)
    );
}
