//! The official SDKs, pointed at the server: what they send is what insights count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::data::TestData;
use crate::support::process::ServerProcess;
use crate::support::setting::setting;

/// Python that has the packages `posthog` and `opentelemetry`.
const PYTHON: &str = "HINDSIGHT_TEST_PYTHON";
/// Folder that has the package `posthog-node`.
const NODE_MODULES: &str = "HINDSIGHT_TEST_NODE_MODULES";
/// The program that sends logs with OpenTelemetry's SDK for Rust.
const OPENTELEMETRY_RUST: &str = "HINDSIGHT_TEST_OPENTELEMETRY_RUST";
/// Turns a skipped test into a failure.
const REQUIRE: &str = "HINDSIGHT_TEST_REQUIRE_SDKS";

#[test]
fn daily_users_are_what_the_python_sdk_sent() {
    let Some(python) = setting(PYTHON, REQUIRE) else { return };
    check(|script, url, token| {
        let mut command = Command::new(&python);
        command.arg(script.join("send.py")).args([url, token]);
        command
    });
}

#[test]
fn daily_users_are_what_the_node_sdk_sent() {
    let Some(node_modules) = setting(NODE_MODULES, REQUIRE) else { return };
    check(|script, url, token| {
        let mut command = Command::new("node");
        command.arg(script.join("send.mjs")).args([&node_modules, url, token]);
        command
    });
}

/// Sends with an SDK, then holds a trend of daily users, and the number of persons, against what the SDK's script says that it sent.
fn check(sender: impl Fn(&Path, &str, &str) -> Command) {
    let data = TestData::new();
    let server = ServerProcess::start(&data);
    let client = server.admin();
    let token = client.get("/api/projects/@current/").expect(200).json()["api_token"].as_str().unwrap().to_owned();

    let output = sender(&scripts(), server.base(), &token).output().expect("the script starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sent: Value = serde_json::from_slice(&output.stdout).expect("the script prints JSON");
    let views = sent["views"].as_array().unwrap();
    assert_eq!(views.len(), 1000);

    let mut persons_by_day: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for view in views {
        persons_by_day.entry(view[1].as_str().unwrap()).or_default().insert(view[0].as_u64().unwrap());
    }
    let days: Vec<&str> = persons_by_day.keys().copied().collect();
    let users: Vec<f64> = persons_by_day.values().map(|persons| persons.len() as f64).collect();
    let persons: BTreeSet<u64> = persons_by_day.values().flatten().copied().collect();

    let trend = |math: &str, display: &str| {
        let query = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "page_viewed", "math": math}],
            "dateRange": {"date_from": days[0], "date_to": days[days.len() - 1]}, "trendsFilter": {"display": display}});
        let body = json!({"query": query, "refresh": "force_blocking"});
        client.post("/api/environments/@current/query/", &body).expect(200).json()["results"][0].clone()
    };
    let daily = trend("dau", "ActionsLineGraph");
    assert_eq!(daily["days"], json!(days));
    let counted: Vec<f64> = daily["data"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    assert_eq!(counted, users);
    assert_eq!(trend("total", "BoldNumber")["aggregated_value"].as_f64(), Some(1000.0));
    // Each person browsed under two ids; identification made them one.
    assert_eq!(trend("dau", "BoldNumber")["aggregated_value"].as_f64(), Some(persons.len() as f64));
}

#[test]
fn logs_are_what_opentelemetry_for_python_sent() {
    let Some(python) = setting(PYTHON, REQUIRE) else { return };
    check_logs(|url, token| {
        let mut command = Command::new(&python);
        command.arg(scripts().join("send_logs.py")).args([url, token]);
        command
    });
}

#[test]
fn logs_are_what_opentelemetry_for_rust_sent() {
    let Some(program) = setting(OPENTELEMETRY_RUST, REQUIRE) else { return };
    check_logs(|url, token| {
        let mut command = Command::new(&program);
        command.args([url, token]);
        command
    });
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk")
}

/// Sends with an SDK, then holds what the routes of logs show against what the program says that it sent.
fn check_logs(sender: impl Fn(&str, &str) -> Command) {
    let data = TestData::new();
    let server = ServerProcess::start(&data);
    let client = server.admin();
    let token = client.get("/api/projects/@current/").expect(200).json()["api_token"].as_str().unwrap().to_owned();
    let output = sender(server.base(), &token).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sent: Value = serde_json::from_slice(&output.stdout).expect("the program prints JSON");
    let sent = sent["logs"].as_array().unwrap();
    assert_eq!(sent.len(), 600);

    let ask = |route: &str, query: Value| {
        let path = format!("/api/environments/@current/logs/{route}/");
        client.post(&path, &json!({ "query": query })).expect(200).json()
    };
    let range = json!({"date_from": "2026-03-01T00:00:00Z", "date_to": "2026-03-02T00:00:00Z"});
    let all = ask("query", json!({"dateRange": range, "orderBy": "earliest"}));
    let told: Vec<Value> = all["results"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(told.len(), sent.len());
    for (told, sent) in told.iter().zip(sent) {
        assert_eq!(told, sent);
    }
    let latest = ask("query", json!({"dateRange": range, "serviceNames": ["billing"], "severityLevels": ["error"]}));
    let expected = sent.iter().rev().filter(|log| log["service"] == "billing" && log["level"] == "error");
    let bodies: Vec<&Value> = latest["results"].as_array().unwrap().iter().map(|log| &log["body"]).collect();
    assert_eq!(bodies, expected.map(|log| &log["body"]).collect::<Vec<_>>());

    for (breakdown, field) in [("severity", "level"), ("service", "service")] {
        let mut counts: BTreeMap<(i64, String), u64> = BTreeMap::new();
        for log in sent {
            // Half an hour is the step for a day.
            let bucket = log["time_us"].as_i64().unwrap() / 1_800_000_000;
            *counts.entry((bucket, log[field].as_str().unwrap().to_owned())).or_default() += 1;
        }
        let rows = ask("sparkline", json!({"dateRange": range, "sparklineBreakdownBy": breakdown}));
        let told: BTreeMap<(i64, String), u64> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let time = chrono::DateTime::parse_from_rfc3339(row["time"].as_str().unwrap()).unwrap();
                let bucket = time.timestamp_micros() / 1_800_000_000;
                ((bucket, row[field].as_str().unwrap().to_owned()), row["count"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(told, counts, "by {breakdown}");
    }

    let range = range.to_string();
    let with_range = |parameters: &[(&str, &str)], route: &str| {
        let parameters = [&[("dateRange", range.as_str())], parameters].concat();
        client.get_with(&format!("/api/environments/@current/logs/{route}/"), &parameters).expect(200).json()
    };
    let keys = with_range(&[], "attributes");
    let counted: BTreeMap<&str, u64> = keys["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["name"].as_str().unwrap(), key["count"].as_u64().unwrap()))
        .collect();
    let expected = ["cached", "duration_ms", "http.method", "http.status_code", "tags"].map(|key| (key, 600));
    assert_eq!(counted, BTreeMap::from(expected));
    let resources = with_range(&[("attribute_type", "resource")], "attributes");
    assert!(
        resources["results"].as_array().unwrap().iter().any(|key| key["name"] == "service.name" && key["count"] == 600)
    );
    for key in ["http.method", "http.status_code", "tags"] {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for log in sent {
            let value = &log["attributes"][key];
            *counts.entry(value.as_str().map_or_else(|| value.to_string(), str::to_owned)).or_default() += 1;
        }
        let values = with_range(&[("key", key)], "values");
        let told: BTreeMap<String, u64> = values["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| (value["id"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap()))
            .collect();
        assert_eq!(told, counts, "{key}");
    }
}

/// A log of an answer in the form that the programs print.
fn told(log: &Value) -> Value {
    let time = chrono::DateTime::parse_from_rfc3339(log["timestamp"].as_str().unwrap()).unwrap();
    json!({
        "time_us": time.timestamp_micros(), "level": log["level"], "service": log["resource_attributes"]["service.name"],
        "scope": log["instrumentation_scope"], "body": log["body"], "attributes": log["attributes"],
        "trace_id": log["trace_id"], "span_id": log["span_id"],
    })
}
