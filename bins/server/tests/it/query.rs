//! Asking queries: refresh modes, watching, cancelling, bad requests.

use std::sync::Arc;

use chrono::TimeDelta;
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

/// An hourly question, fresh for an hour and not yet too stale for the patient for two.
fn hourly() -> Value {
    json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}], "interval": "hour", "dateRange": {"date_from": "-1d"}})
}

fn path(tenant: &Tenant) -> String {
    format!("/api/environments/{}/query/", tenant.project)
}

fn server_at(instant: &str) -> (TestServer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(instant.parse().unwrap()));
    (TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {}), clock)
}

/// Status, and what of the answer tells how it came about.
fn ask(tenant: &Tenant, refresh: &str) -> (u16, Value, bool) {
    let answer = tenant.client.post(&path(tenant), &json!({"query": hourly(), "refresh": refresh}));
    let body = answer.json();
    (answer.status, body.get("is_cached").cloned().unwrap_or(Value::Null), body["query_status"].is_object())
}

/// Waits for the run of that name to end, and gives its status.
fn finished(tenant: &Tenant, id: &str) -> Value {
    loop {
        let answer = tenant.client.get(&format!("{}{id}/", path(tenant)));
        if answer.status != 202 {
            return answer.expect(200).json()["query_status"].clone();
        }
        std::thread::yield_now();
    }
}

#[test]
fn an_answered_query_has_its_form() {
    let (server, _clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    let answer = own.client.post(&path(&own), &json!({"query": hourly(), "name": "test"})).expect(200);
    let mut body = answer.redacted();
    body["results"] = json!(body["results"].as_array().unwrap().len());
    let key = body["cache_key"].as_str().unwrap().to_owned();
    assert!(key.starts_with(&format!("cache_{}_", own.project)), "{key}");
    body["cache_key"] = json!("[key]");
    assert_json_snapshot!("query_answered", body);
}

#[test]
fn each_refresh_mode_does_as_it_says() {
    let (server, clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    let no_value = Value::Null;
    let (cached, computed) = (json!(true), json!(false));

    // Nothing is cached, and nothing gets cached by looking.
    let missed = own.client.post(&path(&own), &json!({"query": hourly(), "refresh": "lazy_async"})).expect(202).json();
    let key = missed["cache_key"].as_str().unwrap().to_owned();
    let status = finished(&own, &key);
    assert_eq!((&status["complete"], &status["error"]), (&json!(true), &json!(false)));
    assert_eq!(status["results"]["cache_key"], json!(key));

    // Fresh.
    for mode in ["blocking", "async", "async_except_on_cache_miss", "lazy_async", "force_cache"] {
        assert_eq!(ask(&own, mode), (200, cached.clone(), false), "{mode}");
    }
    assert_eq!(ask(&own, "force_blocking"), (200, computed.clone(), false));

    // Stale, but not for the patient.
    clock.advance(TimeDelta::minutes(90));
    assert_eq!(ask(&own, "lazy_async"), (200, cached.clone(), false));
    assert_eq!(ask(&own, "async"), (202, cached.clone(), true));
    finished(&own, &key);
    clock.advance(TimeDelta::minutes(90));
    assert_eq!(ask(&own, "async_except_on_cache_miss"), (202, cached.clone(), true));
    finished(&own, &key);
    clock.advance(TimeDelta::minutes(90));
    assert_eq!(ask(&own, "blocking"), (200, computed.clone(), false));

    // Stale for all.
    clock.advance(TimeDelta::minutes(150));
    assert_eq!(ask(&own, "lazy_async"), (202, cached, true));
    finished(&own, &key);
    assert_eq!(ask(&own, "force_async"), (202, no_value, true));
    finished(&own, &key);
}

#[test]
fn a_missing_answer_is_computed_where_the_mode_waits_for_it() {
    for mode in ["blocking", "async_except_on_cache_miss", "force_blocking", "force_cache"] {
        let (server, _clock) = server_at("2026-01-14T12:00:00Z");
        assert_eq!(ask(&server.first_tenant(), mode), (200, json!(false), false), "{mode}");
    }
}

#[test]
fn a_status_is_watched_until_it_expires() {
    let (server, clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    let body = json!({"query": hourly(), "async": true, "client_query_id": "mine"});
    let asked = own.client.post(&path(&own), &body).expect(202).json();
    assert_eq!(asked["query_status"]["id"], "mine");
    let mut status = finished(&own, "mine");
    assert_eq!(status["results"]["is_cached"], json!(false));
    status["results"] = json!("[response]");
    for instant in ["start_time", "end_time", "pickup_time", "expiration_time"] {
        assert!(status[instant].is_string(), "{instant}");
    }
    status["task_id"] = json!("[uuid]");
    assert_json_snapshot!("query_status", status);

    let message = own.client.delete(&format!("{}mine/", path(&own))).expect(200).json();
    assert_eq!(message, json!({"message": "Query already complete"}));
    clock.advance(TimeDelta::minutes(20));
    let detail = format!("Query mine not found for team {}", own.project);
    own.client.get(&format!("{}mine/?show_progress=true", path(&own))).expect_error(404, "not_found", &detail);
    own.client.delete(&format!("{}mine/", path(&own))).expect_error(404, "not_found", &detail);
}

#[test]
fn another_tenants_query_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    own.client
        .post(&path(&own), &json!({"query": hourly(), "refresh": "async", "client_query_id": "mine"}))
        .expect(202);
    let detail = format!("Query mine not found for team {}", other.project);
    other.client.get(&format!("{}mine/", path(&other))).expect_error(404, "not_found", &detail);
    other.client.get(&format!("{}mine/", path(&own))).expect_error(404, "not_found", "Project not found.");
}

#[test]
fn bad_requests_name_what_is_wrong() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let check = |body: Value, code: &str, attr: Value| {
        let answer = own.client.post(&path(&own), &body).expect(400).json();
        assert_eq!((&answer["code"], &answer["attr"]), (&json!(code), &attr), "{answer}");
        answer["detail"].as_str().unwrap().to_owned()
    };
    check(json!({}), "required", json!("query"));
    check(json!({"query": hourly(), "refersh": "async"}), "invalid_input", json!("refersh"));
    check(json!({"query": hourly(), "refresh": "sometimes"}), "invalid_choice", json!("refresh"));
    check(json!({"query": hourly(), "name": "x".repeat(129)}), "max_length", json!("name"));
    check(json!({"query": 7}), "parse_error", json!(null));
    check(json!({"query": {"kind": "TrendsQuery", "series": 1}}), "parse_error", json!(null));
    let detail = check(json!({"query": {"kind": "FunnelCorrelationQuery"}}), "invalid_input", json!("query__kind"));
    assert!(detail.contains("FunnelCorrelationQuery"), "{detail}");
    let detail = check(json!({"query": {"kind": "MagicQuery"}}), "parse_error", json!(null));
    assert!(detail.contains("MagicQuery"), "{detail}");
    server.with_scopes(&["insight:read"]).post(&path(&own), &json!({"query": hourly()})).expect_error(
        403,
        "permission_denied",
        "API key missing required scope 'query:read'",
    );
}

#[test]
fn legacy_filters_are_upgraded() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let filters = json!({"query": {"insight": "TRENDS", "events": [{"id": "$pageview", "type": "events"}]}});
    let upgraded = own.client.post(&format!("{}upgrade/", path(&own)), &filters).expect(200).json();
    assert_eq!(upgraded["query"]["source"]["kind"], "TrendsQuery");
    let current = json!({"query": hourly()});
    assert_eq!(own.client.post(&format!("{}upgrade/", path(&own)), &current).expect(200).json(), current);
    let ok = own.client.post(&format!("{}check_auth_for_async/", path(&own)), &json!({})).expect(200).json();
    assert_eq!(ok, json!({"user": "ok"}));
}
