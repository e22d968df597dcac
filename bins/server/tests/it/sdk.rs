//! The official SDKs, pointed at the server: what they send is what insights count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::data::TestData;
use crate::support::process::ServerProcess;
use crate::support::setting::setting;

/// Python that has the package `posthog`.
const PYTHON: &str = "HINDSIGHT_TEST_PYTHON";
/// Folder that has the package `posthog-node`.
const NODE_MODULES: &str = "HINDSIGHT_TEST_NODE_MODULES";
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
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");

    let output = sender(&scripts, server.base(), &token).output().expect("the script starts");
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
