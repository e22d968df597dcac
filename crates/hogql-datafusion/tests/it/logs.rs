//! The table `logs`.

use std::sync::Arc;

use futures::executor::block_on;
use hogql_datafusion::DataFusionEngine;
use insights_core::ids::ProjectId;
use logs::filter::{Condition, Field, LevelSet, LogFilter, Test};
use logs::memory::MemoryLogStore;
use logs::query::{Order, RecordQuery};
use logs::record::{Attributes, Level, LogRecord, Severity};
use logs::request::ALL_TIME;
use logs::store::LogStore;
use proptest::prelude::*;
use query_engine::answer::{Query, QueryContext, answer};
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;

const PROJECT: ProjectId = ProjectId(1);

fn context() -> QueryContext {
    QueryContext {
        project: PROJECT,
        timezone: chrono_tz::UTC,
        week_start: Default::default(),
        now: "2026-01-14T12:30:00Z".parse().unwrap(),
        definitions: Default::default(),
    }
}

fn source_of(records: Vec<LogRecord>) -> (Arc<MemoryLogStore>, MemorySource) {
    let store = Arc::new(MemoryLogStore::default());
    block_on(store.append(PROJECT, records)).unwrap();
    let source = MemorySource::new(PROJECT)
        .with_hogql(Arc::new(DataFusionEngine))
        .with_logs(Arc::<MemoryLogStore>::clone(&store));
    (store, source)
}

fn ask(source: &MemorySource, text: &str, control: &QueryControl) -> Result<Value, QueryError> {
    let query = Query::parse(&json!({"kind": "HogQLQuery", "query": text}))?;
    assert!(query.references().logs, "{text}");
    block_on(answer(&query, &context(), source, control)).map(|answer| answer.results)
}

fn record(minute: i64, level: Level, service: &str, body: &str, attributes: &Value) -> LogRecord {
    let pairs = attributes.as_object().unwrap().iter();
    let timestamp_us = context().now.timestamp_micros() - minute * 60_000_000;
    LogRecord {
        timestamp_us,
        observed_us: timestamp_us + 1_500_000,
        severity: Severity::of_level(level),
        body: body.to_owned(),
        attributes: Attributes::new(pairs.map(|(key, value)| (key.as_str().into(), value.clone())).collect()),
        resource: Arc::new(Attributes::new(vec![("service.name".into(), json!(service)), ("host".into(), json!(7))])),
        scope: "lib@1.0".into(),
        event_name: "".into(),
        trace_id: u128::from(level == Level::Error) * 0xabc,
        span_id: 0,
        flags: 0,
    }
}

fn shop() -> Vec<LogRecord> {
    vec![
        record(50, Level::Info, "web", "GET /cart 100%", &json!({"status": 200, "user": "ann", "tags": ["a"]})),
        record(40, Level::Error, "web", "POST /pay_now failed", &json!({"status": 502, "user": null})),
        record(30, Level::Error, "api", "payment failed", &json!({"status": 500})),
        record(20, Level::Debug, "api", "slept", &json!({})),
    ]
}

#[track_caller]
fn check(text: &str, expected: Value) {
    let (_, source) = source_of(shop());
    assert_eq!(ask(&source, text, &QueryControl::unlimited()).unwrap(), expected, "{text}");
}

#[test]
fn every_column_is_read() {
    check(
        "select level, severity_text, severity_number, body, service_name, trace_id, span_id, event_name, \
         instrumentation_scope, attributes, resource_attributes, timestamp, observed_timestamp \
         from logs where service_name = 'web' order by timestamp limit 1",
        json!([[
            "info",
            "info",
            9,
            "GET /cart 100%",
            "web",
            "",
            "",
            "",
            "lib@1.0",
            r#"{"status":200,"tags":["a"],"user":"ann"}"#,
            r#"{"host":7,"service.name":"web"}"#,
            "2026-01-14T11:40:00.000000Z",
            "2026-01-14T11:40:01.500000Z"
        ]]),
    );
    let (store, source) = source_of(shop());
    let all = RecordQuery {
        filter: LogFilter {
            range: ALL_TIME,
            levels: LevelSet::ALL,
            services: Vec::new(),
            search: String::new(),
            group: Condition::always(),
        },
        order: Order::Earliest,
        limit: 1,
        after: None,
    };
    let page = block_on(store.records(PROJECT, all, QueryControl::unlimited())).unwrap();
    let uuid = ask(&source, "select uuid from logs order by timestamp limit 1", &QueryControl::unlimited()).unwrap();
    assert_eq!(uuid, json!([[page.records[0].uuid().to_string()]]));
}

#[test]
fn attributes_are_read_by_their_names() {
    check(
        "select attributes.user, attributes['status'], attributes.tags, attributes.tags.1, resource_attributes.host, \
         resource_attributes['service.name'], attributes.missing from logs order by timestamp limit 2",
        json!([["ann", "200", "[\"a\"]", "a", "7", "web", null], [null, "502", null, null, "7", "web", null]]),
    );
    check("select count() from logs where toInt(attributes.status) >= 500", json!([[2]]));
}

#[test]
fn rows_are_chosen_and_grouped() {
    check(
        "select level, count() from logs group by level order by count() desc, level",
        json!([["error", 2], ["debug", 1], ["info", 1]]),
    );
    check(
        "select body from logs where level in ('error', 'loud') and service_name = 'api'",
        json!([["payment failed"]]),
    );
    check("select count() from logs where body like '%failed' and body like '%pay%'", json!([[2]]));
    check("select count() from logs where body like 'GET%100\\\\%'", json!([[1]]));
    check("select count() from logs where body like '%pay\\\\_%'", json!([[1]]));
    check("select count() from logs where body = 'slept' or level = 'info'", json!([[2]]));
    check("select count() from logs where level = 'loud'", json!([[0]]));
    check("select count() from logs where level = 'error' and level = 'info'", json!([[0]]));
    check(
        "select body from logs where timestamp >= now() - interval 30 minute and timestamp < now() order by timestamp",
        json!([["payment failed"], ["slept"]]),
    );
    check("select count() from logs where toDate(timestamp) = '2026-01-14'", json!([[4]]));
    check("select count() from logs as one join logs as other on one.service_name = other.service_name", json!([[8]]));
    check("select count() from (select * from logs)", json!([[4]]));
    check("select count() from events where event in (select body from logs)", json!([[0]]));
}

#[test]
fn nothing_of_another_project_is_read() {
    let store = Arc::new(MemoryLogStore::default());
    block_on(store.append(ProjectId(2), shop())).unwrap();
    let source = MemorySource::new(PROJECT).with_hogql(Arc::new(DataFusionEngine)).with_logs(store);
    assert_eq!(ask(&source, "select count() from logs", &QueryControl::unlimited()).unwrap(), json!([[0]]));
}

#[test]
fn a_source_without_logs_says_so() {
    let source = MemorySource::new(PROJECT).with_hogql(Arc::new(DataFusionEngine));
    let refused = ask(&source, "select count() from logs", &QueryControl::unlimited()).unwrap_err();
    assert_eq!(refused.to_string(), "query: the table logs is not supported");
}

#[test]
fn a_query_that_is_stopped_stops() {
    let (_, source) = source_of(shop());
    let control = QueryControl::unlimited();
    control.cancel();
    let stopped = ask(&source, "select count() from logs", &control).unwrap_err();
    assert!(matches!(stopped, QueryError::Cancelled), "{stopped}");
    let limits = QueryLimits { max_memory_bytes: 10, ..*QueryControl::unlimited().limits() };
    let stopped = ask(&source, "select body, count() from logs group by body", &QueryControl::start(limits));
    assert!(matches!(stopped, Err(QueryError::MemoryLimit { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases() / 20))]

    /// What the condition says of the rows that matter never leaves one out.
    #[test]
    fn conditions_choose_the_records_that_a_filter_does(
        records in test_support::logs::records(30),
        levels in proptest::sample::subsequence(Level::ALL.to_vec(), 1..=3),
        service in proptest::sample::select(vec!["web", "api", ""]),
        word in proptest::sample::select(vec!["GET", "%_\\", "Straße", "4", "日"]),
        from in test_support::logs::timestamps(),
    ) {
        let filter = LogFilter {
            range: from..ALL_TIME.end,
            levels: LevelSet::of(&levels),
            services: vec![service.to_owned()],
            search: word.to_owned(),
            group: Condition::Field(Field::Body, Test::IsSet),
        };
        let expected = records.iter().zip(1..).filter(|(record, arrival)| {
            filter.matches(&logs::record::StoredLog { arrival: *arrival, record: (*record).clone() })
        });
        let expected = expected.count();
        let (_, source) = source_of(records);
        let names: Vec<String> = levels.iter().map(|level| format!("'{}'", level.name())).collect();
        // A backslash takes the meaning from what follows, in a text and in a pattern.
        let pattern: String = word.chars().map(|letter| match letter {
            '%' | '_' => format!("\\\\{letter}"),
            '\\' => "\\\\\\\\".to_owned(),
            letter => letter.to_string(),
        }).collect();
        let instant = chrono::DateTime::from_timestamp_micros(from).unwrap();
        let text = format!(
            "select count() from logs where level in ({}) and service_name = '{service}' and body like '%{pattern}%' \
             and timestamp >= toDateTime64('{}', 6)",
            names.join(", "),
            instant.format("%Y-%m-%d %H:%M:%S%.6f"),
        );
        let found = ask(&source, &text, &QueryControl::unlimited()).unwrap();
        prop_assert_eq!(found, json!([[expected]]), "{}", text);
    }
}
