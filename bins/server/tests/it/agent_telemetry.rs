//! A recorded week of two developers, sent as their agents send it: the logs, sessions, highlights and the report that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use insights_core::time::ManualClock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::client::Client;

const WEEK: &str = "from=2026-03-02T00:00:00Z&to=2026-03-09T00:00:00Z";

/// The requests of a file of the fixture.
fn requests(file: &str) -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/agent-telemetry");
    std::fs::read_to_string(format!("{folder}/{file}")).unwrap().lines().map(str::to_owned).collect()
}

/// Sends what a developer's agent sent.
fn send(client: &Client, developer: &str) {
    for (signal, path) in [("logs", "/v1/logs"), ("metrics", "/v1/metrics")] {
        for request in requests(&format!("{developer}-{signal}.ndjson")) {
            let request = client.request(Method::POST, path).header("content-type", "application/json").body(request);
            assert_eq!(client.send(request).expect(200).text(), "{}");
        }
    }
}

/// What events add up to, by the files alone.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counted {
    /// Input, output, read from the cache, written to it.
    tokens: [u64; 4],
    /// Millionths of a dollar.
    micros: u64,
    sessions: BTreeSet<String>,
    prompts: u64,
    days: BTreeSet<String>,
    requests_of_models: BTreeMap<String, u64>,
    results_of_tools: BTreeMap<String, u64>,
}

impl Counted {
    fn of(developers: &[&str]) -> Self {
        let (mut counted, mut seen) = (Self::default(), BTreeSet::new());
        for request in developers.iter().flat_map(|developer| requests(&format!("{developer}-logs.ndjson"))) {
            let request: Value = serde_json::from_str(&request).unwrap();
            for record in request["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().unwrap() {
                let attribute = |key: &str| {
                    let found = record["attributes"].as_array().unwrap().iter().find(|one| one["key"] == key);
                    found.and_then(|one| one["value"].as_object()?.values().next().cloned()).unwrap_or_default()
                };
                let text = |key: &str| attribute(key).as_str().unwrap_or_default().to_owned();
                let sequence = attribute("event.sequence").to_string().replace('"', "");
                if seen.insert((text("session.id"), sequence, record["timeUnixNano"].to_string())) {
                    counted.add(&attribute, &text);
                }
            }
        }
        counted
    }

    fn add(&mut self, attribute: &dyn Fn(&str) -> Value, text: &dyn Fn(&str) -> String) {
        let number = |key: &str| match attribute(key) {
            Value::String(text) => text.parse::<u64>().unwrap(),
            value => value.as_u64().unwrap_or_default(),
        };
        self.sessions.insert(text("session.id"));
        match text("event.name").as_str() {
            "api_request" => {
                let keys = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"];
                self.tokens.iter_mut().zip(keys).for_each(|(sum, key)| *sum += number(key));
                self.micros += number("cost_usd_micros");
                *self.requests_of_models.entry(text("model")).or_default() += 1;
            }
            "user_prompt" => {
                self.prompts += 1;
                self.days.insert(text("event.timestamp")[..10].to_owned());
            }
            "tool_result" => *self.results_of_tools.entry(text("tool_name")).or_default() += 1,
            _ => {}
        }
    }

    fn total_tokens(&self) -> u64 {
        self.tokens.iter().sum()
    }
}

/// Dollars as millionths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dollars")]
fn micros(value: &Value) -> u64 {
    (value.as_f64().unwrap() * 1e6).round() as u64
}

/// Tokens, millionths of a dollar and sessions of the summaries of the week.
fn summed(client: &Client) -> (u64, u64, BTreeSet<String>) {
    let answer = client.get(&format!("/v1/insights/sessions/summaries?{WEEK}&limit=500")).expect(200).json();
    let summaries = answer["summaries"].as_array().unwrap();
    (
        summaries.iter().map(|summary| summary["totalTokens"].as_u64().unwrap()).sum(),
        summaries.iter().map(|summary| micros(&summary["totalCostUsd"])).sum(),
        summaries.iter().map(|summary| summary["sessionId"].as_str().unwrap().to_owned()).collect(),
    )
}

fn server() -> TestServer {
    TestServer::start_at(Arc::new(ManualClock::new("2026-03-09T12:00:00Z".parse().unwrap())), |_| {})
}

#[test]
fn what_agents_send_becomes_sessions_once() {
    let server = server();
    let admin = server.admin();
    send(&admin, "ana");
    let ana = Counted::of(&["ana"]);
    assert_eq!(summed(&admin), (ana.total_tokens(), ana.micros, ana.sessions.clone()));
    // a client that was not answered sends again
    send(&admin, "ana");
    assert_eq!(summed(&admin), (ana.total_tokens(), ana.micros, ana.sessions.clone()));
    // what comes with the project's token is of whom the records name
    send(&server.with_key(&server.first_tenant().api_token), "ben");
    let both = Counted::of(&["ana", "ben"]);
    assert_eq!(summed(&admin), (both.total_tokens(), both.micros, both.sessions.clone()));
    let stats = admin.get(&format!("/v1/insights/sessions/stats?{WEEK}")).expect(200).json();
    let tokens: u64 = stats["stats"].as_array().unwrap().iter().map(|row| row["totalTokens"].as_u64().unwrap()).sum();
    assert_eq!(tokens, both.total_tokens());
    // scores are of whoever asks
    let rows = admin.get("/v1/score_v3/speed/sessions?window=monthly").expect(200).json();
    let rows = rows.as_array().or_else(|| rows["sessions"].as_array()).unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| ana.sessions.contains(row["session_id"].as_str().unwrap())));
}

#[test]
fn the_report_and_the_highlights_are_of_what_was_sent() {
    let server = server();
    let admin = server.admin();
    send(&admin, "ana");
    send(&server.with_key(&server.first_tenant().api_token), "ben");
    let counted = Counted::of(&["ana", "ben"]);
    let request = admin.request(Method::POST, &format!("/v1/insights/report/generate?{WEEK}"));
    let report = admin.send(request).expect(200).json();
    let [input, output, read, written] = counted.tokens;
    assert_eq!(report["totalSessions"], counted.sessions.len());
    assert_eq!(report["totalTokens"], counted.total_tokens());
    assert_eq!((&report["totalInputTokens"], &report["totalOutputTokens"]), (&json!(input), &json!(output)));
    assert_eq!((&report["totalCacheReadTokens"], &report["totalCacheCreationTokens"]), (&json!(read), &json!(written)));
    assert_eq!(micros(&report["totalCostUsd"]), counted.micros);
    assert_eq!(report["meta"]["totalMessages"], counted.prompts);
    assert_eq!(report["meta"]["activeDays"], counted.days.len());
    let named = |list: &str, name: &str, number: &str| -> BTreeMap<String, u64> {
        let rows = report["activity"][list].as_array().unwrap().iter();
        rows.map(|row| (row[name].as_str().unwrap().to_owned(), row[number].as_u64().unwrap())).collect()
    };
    assert_eq!(named("models", "model", "requests"), counted.requests_of_models);
    for (tool, count) in named("topTools", "tool", "count") {
        assert_eq!(counted.results_of_tools.get(&tool), Some(&count), "{tool}");
    }

    let highlights = admin.get(&format!("/v1/insights/sessions/highlights?{WEEK}")).expect(200).json();
    let dearest = &highlights["mostExpensive"][0];
    let known = counted.sessions.contains(dearest["sessionId"].as_str().unwrap());
    assert!(known && dearest["metric"] == "cost_usd" && micros(&dearest["value"]) <= counted.micros, "{dearest}");
}

#[test]
fn they_are_logs_too() {
    let server = server();
    let admin = server.admin();
    send(&admin, "ana");
    let query = json!({"query": {
        "dateRange": {"date_from": "2026-03-02", "date_to": "2026-03-08"},
        "serviceNames": ["claude-code"],
        "filterGroup": [{"key": "event.name", "type": "log_attribute", "operator": "exact", "value": "user_prompt"}],
        "limit": 1,
    }});
    let found = admin.post("/api/environments/@current/logs/query/", &query).expect(200).json();
    assert_eq!(found["results"][0]["body"], "claude_code.user_prompt", "{found}");
}
