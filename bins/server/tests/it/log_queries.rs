//! HogQL over logs: what it gives, and who may ask.

use std::sync::Arc;

use insights_core::time::ManualClock;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

const MISSING_SCOPE: &str = "API key missing required scope 'logs:read'";

fn start() -> TestServer {
    let clock = ManualClock::new("2026-01-10T12:00:00Z".parse().unwrap());
    TestServer::start_at(Arc::new(clock), |_| {})
}

/// Sends a few records with the project's token, as OpenTelemetry does.
fn fill(tenant: &Tenant) {
    let record = |minutes_ago: i64, level: &str, body: &str, status: i64| {
        let at = "2026-01-10T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let at = (at - chrono::TimeDelta::minutes(minutes_ago)).timestamp_nanos_opt().unwrap();
        json!({
            "timeUnixNano": at.to_string(),
            "severityText": level,
            "body": {"stringValue": body},
            "attributes": [{"key": "http.status_code", "value": {"intValue": status}}],
        })
    };
    let records = [
        record(50, "info", "GET /start", 200),
        record(40, "error", "POST /pay timeout", 504),
        record(30, "error", "POST /pay refused", 502),
    ];
    let service = json!({"key": "service.name", "value": {"stringValue": "shop"}});
    let sent = json!({"resourceLogs": [
        {"resource": {"attributes": [service]}, "scopeLogs": [{"logRecords": records}]},
    ]});
    tenant.client.with_key(&tenant.api_token).post("/v1/logs", &sent).expect(200);
}

fn sql(text: &str) -> Value {
    json!({"kind": "HogQLQuery", "query": text})
}

fn ask(client: &Client, tenant: &Tenant, text: &str) -> Answer {
    client.post(&format!("/api/environments/{}/query/", tenant.project), &json!({"query": sql(text)}))
}

#[test]
fn logs_are_a_table() {
    let server = start();
    let own = server.first_tenant();
    fill(&own);
    let check = |text: &str, expected: Value| {
        assert_eq!(ask(&own.client, &own, text).expect(200).json()["results"], expected, "{text}");
    };
    check("select level, count() from logs group by level order by level", json!([["error", 2], ["info", 1]]));
    check(
        "select body, service_name, attributes['http.status_code'] from logs \
         where level = 'error' and body like '%timeout%' and timestamp > now() - interval 1 hour",
        json!([["POST /pay timeout", "shop", "504"]]),
    );
    check("select count() from logs where timestamp >= now() - interval 45 minute", json!([[2]]));
    check("select count() from events where event in (select body from logs)", json!([[0]]));
    let wrong = ask(&own.client, &own, "select colour from logs").expect(400).json();
    assert!(wrong["detail"].as_str().unwrap().contains("colour"), "{wrong}");

    let other = server.other_tenant();
    let answer = ask(&other.client, &other, "select count() from logs").expect(200).json();
    assert_eq!(answer["results"], json!([[0]]));
}

#[test]
fn who_asks_about_logs_needs_their_scope() {
    let server = start();
    let own = server.first_tenant();
    fill(&own);
    let text = "select count() from logs";
    // the answer is kept, and still not for everybody
    ask(&own.client, &own, text).expect(200);
    let without = server.with_scopes(&["query:read"]);
    ask(&without, &own, text).expect_error(403, "permission_denied", MISSING_SCOPE);
    ask(&without, &own, "select 1 where 1 in (select severity_number from `logs`)").expect_error(
        403,
        "permission_denied",
        MISSING_SCOPE,
    );
    ask(&without, &own, "select 'logs' as logs").expect(200);
    let with = server.with_scopes(&["query:read", "logs:read"]);
    assert_eq!(ask(&with, &own, text).expect(200).json()["results"], json!([[3]]));
}

#[test]
fn insights_that_name_logs_need_their_scope() {
    let server = start();
    let own = server.first_tenant();
    fill(&own);
    let path = format!("/api/environments/{}/insights/", own.project);
    let body = json!({"query": {"kind": "DataVisualizationNode", "source": sql("select count() from logs")}});
    let without = server.with_scopes(&["insight:write", "insight:read", "query:read"]);
    without.post(&path, &body).expect_error(403, "permission_denied", MISSING_SCOPE);
    let id = own.client.post(&path, &body).expect(201).json()["id"].as_i64().unwrap();
    let path = format!("{path}{id}/");
    let harmless = json!({"name": "Renamed"});
    without.patch(&path, &harmless).expect(200);
    without.patch(&path, &body).expect_error(403, "permission_denied", MISSING_SCOPE);
    without.get(&format!("{path}?refresh=blocking")).expect_error(403, "permission_denied", MISSING_SCOPE);
    let shown = own.client.get(&format!("{path}?refresh=blocking")).expect(200).json();
    assert_eq!(shown["result"], json!([[3]]));
    // what is cached is not for everybody either
    assert_eq!(without.get(&path).expect(200).json()["result"], Value::Null);
}

#[test]
fn endpoints_that_name_logs_need_their_scope() {
    let server = start();
    let own = server.first_tenant();
    fill(&own);
    let path = format!("/api/environments/{}/endpoints/", own.project);
    let body = json!({"name": "errors", "query": sql("select count() from logs where level = 'error'")});
    let without = server.with_scopes(&["endpoint:write", "endpoint:read", "query:read"]);
    without.post(&path, &body).expect_error(403, "permission_denied", MISSING_SCOPE);
    own.client.post(&path, &body).expect(201);
    let run = format!("{path}errors/run/");
    without.get(&run).expect_error(403, "permission_denied", MISSING_SCOPE);
    let with = server.with_scopes(&["endpoint:read", "logs:read"]);
    assert_eq!(with.get(&run).expect(200).json()["results"], json!([[2]]));
    without.patch(&format!("{path}errors/"), &json!({"query": body["query"]})).expect_error(
        403,
        "permission_denied",
        MISSING_SCOPE,
    );
}
