//! Logs over HTTP: pages, sparklines, attributes, values, files and live tails.

mod tail;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::otlp::records;
use crate::support::client::Answer;
use crate::support::{Tenant, TestServer};

/// When the tests take place.
fn now() -> DateTime<Utc> {
    "2026-01-10T12:00:00Z".parse().unwrap()
}

/// A server that thinks it is [`now`].
fn start() -> (TestServer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(now()));
    (TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {}), clock)
}

/// A record of so many seconds ago.
pub(super) fn record(seconds_ago: i64, level: &str, body: &str, attributes: &[(&str, Value)]) -> Value {
    let at = (now() - TimeDelta::seconds(seconds_ago)).timestamp_nanos_opt().unwrap();
    let attribute = |(key, value): &(&str, Value)| {
        let value = match value {
            Value::String(text) => json!({ "stringValue": text }),
            other => json!({"intValue": other}),
        };
        json!({"key": key, "value": value})
    };
    json!({"timeUnixNano": at.to_string(), "severityText": level, "body": {"stringValue": body},
        "attributes": attributes.iter().map(attribute).collect::<Vec<_>>()})
}

/// Sends records with the project's token.
#[track_caller]
pub(super) fn send(tenant: &Tenant, sent: Vec<Value>) {
    tenant.client.with_key(&tenant.api_token).post("/v1/logs", &records(sent)).expect(200);
}

/// A few records of the last hours.
fn fill(tenant: &Tenant) {
    let method = |method: &str, status: i64| vec![("http.method", json!(method)), ("http.status_code", json!(status))];
    send(
        tenant,
        vec![
            record(5 * 3600, "info", "GET /start", &method("GET", 200)),
            record(1800, "error", "POST /pay timeout", &method("POST", 504)),
            record(1200, "info", "GET /cart", &method("GET", 200)),
            record(600, "warn", "GET /cart slow", &method("GET", 200)),
            record(60, "error", "POST /pay timeout", &method("POST", 502)),
        ],
    );
}

fn ask(tenant: &Tenant, route: &str, query: &Value) -> Answer {
    tenant.client.post(&format!("/api/environments/{}/logs/{route}/", tenant.project), &json!({ "query": query }))
}

fn get(tenant: &Tenant, route: &str, parameters: &[(&str, &str)]) -> Answer {
    tenant.client.get_with(&format!("/api/projects/{}/logs/{route}", tenant.project), parameters)
}

fn bodies(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|log| log["body"].as_str().unwrap()).collect()
}

#[test]
fn logs_are_given_page_by_page() {
    let (server, _) = start();
    let own = server.first_tenant();
    fill(&own);
    let first = ask(&own, "query", &json!({"limit": 2})).expect(200);
    assert_json_snapshot!("logs_page", redacted_cursor(first.redacted()));
    let first = first.json();
    assert_eq!(bodies(&first), ["POST /pay timeout", "GET /cart slow"]);
    let second = ask(&own, "query", &json!({"limit": 2, "after": first["nextCursor"]})).expect(200).json();
    assert_eq!(bodies(&second), ["GET /cart", "POST /pay timeout"]);
    assert_eq!((&second["hasMore"], &second["nextCursor"]), (&json!(false), &Value::Null));
    let all = json!({"dateRange": {"date_from": "all"}, "orderBy": "earliest"});
    assert_eq!(ask(&own, "query", &all).expect(200).json()["results"].as_array().unwrap().len(), 5);
}

fn redacted_cursor(mut answer: Value) -> Value {
    assert!(answer["nextCursor"].is_string());
    answer["nextCursor"] = json!("[cursor]");
    answer
}

#[test]
fn logs_are_filtered() {
    let (server, _) = start();
    let own = server.first_tenant();
    fill(&own);
    let check = |query: Value, expected: &[&str]| {
        let answer = ask(&own, "query", &query).expect(200).json();
        assert_eq!(bodies(&answer), expected, "{query}");
    };
    check(json!({"severityLevels": ["warn"]}), &["GET /cart slow"]);
    check(json!({"serviceNames": ["other"]}), &[]);
    check(json!({"serviceNames": ["shop"], "searchTerm": "/cart"}), &["GET /cart slow", "GET /cart"]);
    let leaf = |key: &str, kind: &str, operator: &str, value: Value| json!({"key": key, "type": kind, "operator": operator, "value": value});
    let group =
        |leaves: Vec<Value>| json!({"filterGroup": {"type": "AND", "values": [{"type": "AND", "values": leaves}]}});
    check(group(vec![leaf("http.status_code", "log_attribute", "gt", json!(502))]), &["POST /pay timeout"]);
    check(
        group(vec![
            leaf("http.method", "log_attribute", "exact", json!(["GET"])),
            leaf("message", "log", "not_icontains", json!("SLOW")),
        ]),
        &["GET /cart"],
    );
    check(group(vec![leaf("service.name", "log_resource_attribute", "is_not", json!("shop"))]), &[]);
}

#[test]
fn a_project_without_logs_has_empty_answers() {
    let (server, _) = start();
    let own = server.first_tenant();
    let empty = ask(&own, "query", &json!({})).expect(200).json();
    assert_eq!((&empty["results"], &empty["hasMore"], &empty["nextCursor"]), (&json!([]), &json!(false), &Value::Null));
    assert_eq!(ask(&own, "sparkline", &json!({})).expect(200).json(), json!([]));
    assert_eq!(ask(&own, "count", &json!({})).expect(200).json(), json!({"count": 0}));
    assert_eq!(get(&own, "attributes", &[]).expect(200).json(), json!({"results": [], "count": 0}));
    assert_eq!(get(&own, "values", &[("key", "a")]).expect(200).json(), json!({"results": [], "refreshing": false}));
    assert_eq!(get(&own, "has_logs", &[]).expect(200).json(), json!({"hasLogs": false}));
    let file = ask(&own, "export", &json!({})).expect(200).text();
    assert_eq!(file.lines().count(), 1);
}

#[test]
fn logs_are_counted_over_time_and_by_their_attributes() {
    let (server, _) = start();
    let own = server.first_tenant();
    fill(&own);
    let range = json!({"dateRange": {"date_from": "2026-01-10T06:00:00Z"}});
    assert_json_snapshot!("logs_sparkline", ask(&own, "sparkline", &range).expect(200).json());
    let by_service = json!({"dateRange": {"date_from": "-2h"}, "sparklineBreakdownBy": "service"});
    let rows = ask(&own, "sparkline", &by_service).expect(200).json();
    assert!(
        rows.as_array().unwrap().iter().all(|row| row["service"] == "shop" && row.get("level").is_none()),
        "{rows}"
    );
    assert_eq!(ask(&own, "count", &range).expect(200).json(), json!({"count": 5}));
    assert_eq!(ask(&own, "count", &json!({"severityLevels": ["error"]})).expect(200).json(), json!({"count": 2}));
    assert_json_snapshot!("logs_attributes", get(&own, "attributes", &[]).expect(200).json());
    let resource = get(&own, "attributes", &[("attribute_type", "resource"), ("search", "NAME")]).expect(200).json();
    assert_eq!(resource["results"][0]["propertyFilterType"], "log_resource_attribute");
    assert_json_snapshot!("logs_values", get(&own, "values", &[("key", "http.method")]).expect(200).json());
    let found = get(&own, "values", &[("key", "http.status_code"), ("value", "50"), ("limit", "1")]).expect(200).json();
    assert_eq!(found["results"], json!([{"id": "502", "name": "502", "count": 1}]));
    assert_eq!(get(&own, "has_logs", &[]).expect(200).json(), json!({"hasLogs": true}));
}

#[test]
fn wrong_questions_are_refused_with_their_field() {
    let (server, _) = start();
    let own = server.first_tenant();
    for route in ["query", "sparkline", "count", "export"] {
        for body in [json!({}), json!({"query": null})] {
            let path = format!("/api/environments/{}/logs/{route}/", own.project);
            let refused = own.client.post(&path, &body).expect(400).json();
            assert_eq!(
                (&refused["error"], &refused["attr"]),
                (&json!("No query provided"), &json!("query")),
                "{route}"
            );
        }
        let check = |query: Value, attr: &str| {
            let refused = ask(&own, route, &query).expect(400).json();
            assert_eq!(
                (&refused["code"], &refused["attr"]),
                (&json!("invalid_input"), &json!(attr)),
                "{route}: {refused}"
            );
        };
        check(json!("error"), "query");
        check(json!({"severityLevels": ["loud"]}), "query__severityLevels__0");
        check(json!({"dateRange": {"date_from": "soon"}}), "query__dateRange__date_from");
        check(
            json!({"filterGroup": [{"key": "a", "type": "log_attribute", "operator": "like", "value": 1}]}),
            "query__filterGroup__0__operator",
        );
    }
    assert_json_snapshot!(ask(&own, "query", &json!({"limit": 0})).expect(400).json(), @r#"
    {
      "attr": "query__limit",
      "code": "invalid_input",
      "detail": "query.limit: 0 is not right here; give a whole number from 1 to 2147483647",
      "type": "validation_error"
    }
    "#);
    ask(&own, "query", &json!({"after": "nonsense"})).expect(400);
    let path = format!("/api/environments/{}/logs/export/", own.project);
    let refused = own.client.post(&path, &json!({"query": {}, "format": "xml"})).expect(400).json();
    assert_eq!(refused["attr"], "format");
    let refused = get(&own, "values", &[]).expect(400).json();
    assert_eq!(refused["attr"], "key");
    let refused = get(&own, "attributes", &[("filterGroup", "{")]).expect(400).json();
    assert_eq!(refused["attr"], "filterGroup");
    let refused = get(&own, "tail", &[("last_event_id", "x")]).expect(400).json();
    assert_eq!(refused["attr"], "last_event_id");
}

#[test]
fn another_tenants_logs_are_not_there() {
    let (server, _) = start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    fill(&own);
    let foreign = Tenant { client: other.client.clone(), ..server.first_tenant() };
    ask(&foreign, "query", &json!({})).expect_error(404, "not_found", "Project not found.");
    assert_eq!(
        ask(&other, "count", &json!({"dateRange": {"date_from": "all"}})).expect(200).json(),
        json!({"count": 0})
    );
}

#[test]
fn files_have_every_log_of_the_question() {
    let (server, _) = start();
    let own = server.first_tenant();
    for part in 0..5 {
        let number = |n: i64| part * 1000 + n;
        send(
            &own,
            (0..1000).map(|n| record(3000 - number(n) / 2, "info", &format!("=log {}", number(n)), &[])).collect(),
        );
    }
    let path = format!("/api/environments/{}/logs/export/", own.project);
    let query = json!({"orderBy": "earliest"});
    let csv = own.client.post(&path, &json!({"query": query, "format": "csv"})).expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"logs.csv\"");
    let text = csv.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5001);
    assert!(lines[0].starts_with("timestamp,observed_timestamp,level,"), "{}", lines[0]);
    assert!(lines[1].starts_with("2026-01-10T11:10:00") && lines[1].contains(",'=log 0,"), "{}", lines[1]);
    let lines = own.client.post(&path, &json!({"query": query, "format": "ndjson"})).expect(200);
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let text = lines.text();
    let found: HashSet<String> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["body"].to_string()).collect();
    assert_eq!((text.lines().count(), found.len()), (5000, 5000));
    let limited = own.client.post(&path, &json!({"query": {"limit": 2500}, "format": "ndjson"})).expect(200).text();
    assert_eq!(limited.lines().count(), 2500);
}

#[test]
fn pages_skip_and_repeat_nothing_while_logs_come_in() {
    const AT_START: usize = 100_000;
    const AT_ONCE: usize = 10_000;
    let (server, _) = start();
    let own = server.first_tenant();
    // Many of the same instant, so that the order of arrival counts.
    let batch = |from: usize, word: &str| {
        (from..from + AT_ONCE)
            .map(|n| record(3000 - i64::try_from(n % 2500).unwrap(), "info", &format!("{word} {n}"), &[]))
            .collect()
    };
    (0..AT_START / AT_ONCE).for_each(|part| send(&own, batch(part * AT_ONCE, "old")));
    let is_over = AtomicBool::new(false);
    for order in ["latest", "earliest"] {
        is_over.store(false, Ordering::SeqCst);
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut n_batches = 0;
                while !is_over.load(Ordering::SeqCst) {
                    let new = (0..100).map(|n| record(n * 30, "info", "new", &[])).collect();
                    send(&own, new);
                    n_batches += 1;
                }
                n_batches
            });
            let (mut seen, mut after, mut n_rows) = (HashSet::new(), Value::Null, 0);
            loop {
                let query = json!({"orderBy": order, "limit": 2000, "after": after, "dateRange": {"date_from": "-1h"}});
                let page = ask(&own, "query", &query).expect(200).json();
                for log in page["results"].as_array().unwrap() {
                    assert!(seen.insert(log["uuid"].as_str().unwrap().to_owned()), "{log} was given twice");
                    n_rows += usize::from(log["body"].as_str().unwrap().starts_with("old "));
                }
                after = page["nextCursor"].clone();
                if after.is_null() {
                    break;
                }
            }
            is_over.store(true, Ordering::SeqCst);
            assert!(writer.join().unwrap() > 0);
            assert_eq!(n_rows, AT_START, "{order}");
        });
    }
}

#[test]
fn old_logs_go_when_they_are_not_to_be_kept() {
    let (server, clock) = start();
    let own = server.first_tenant();
    fill(&own);
    let day = Duration::from_secs(24 * 3600);
    let count = || ask(&own, "count", &json!({"dateRange": {"date_from": "all"}})).expect(200).json()["count"].clone();
    server.retain_logs(day, None);
    assert_eq!(count(), 5);
    clock.advance(TimeDelta::hours(23) + TimeDelta::minutes(45));
    server.retain_logs(day, None);
    assert_eq!(count(), 2);
    clock.advance(TimeDelta::days(2));
    server.retain_logs(day, None);
    assert_eq!(get(&own, "has_logs", &[]).expect(200).json(), json!({"hasLogs": false}));
}
