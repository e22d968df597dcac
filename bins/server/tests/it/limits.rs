//! Queries beyond their limits end with a clear error, and others are answered meanwhile.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

/// Enough persons, times and values that a query can hold more of them than it may.
fn fill(own: &Tenant) {
    for batch in 0..20 {
        let events: Vec<Value> = (0..500)
            .map(|number| {
                let row = batch * 500 + number;
                json!({"event": "$pageview", "distinct_id": format!("person-{row}"),
                    "timestamp": format!("2026-01-{:02}T{:02}:00:00Z", 1 + row % 28, row % 24),
                    "properties": {"page": format!("/page/{row}")}})
            })
            .collect();
        own.client.post("/batch/", &json!({"api_key": own.api_token, "batch": events})).expect(200);
    }
}

fn ask(own: &Tenant, query: &Value) -> (u16, Value) {
    let path = format!("/api/environments/{}/query/", own.project);
    let answer = own.client.post(&path, &json!({"query": query, "refresh": "force_blocking"}));
    (answer.status, answer.json())
}

/// Cheap whatever the limits.
fn small() -> Value {
    json!({"kind": "TrendsQuery", "series": [{"event": "$pageview"}], "dateRange": {"date_from": "2026-01-01", "date_to": "2026-01-02"},
        "trendsFilter": {"display": "BoldNumber"}})
}

/// One of each way to need much memory.
fn large() -> Vec<Value> {
    let range = json!({"date_from": "2026-01-01", "date_to": "2026-01-31"});
    let series = json!([{"event": "$pageview", "math": "dau"}]);
    vec![
        json!({"kind": "TrendsQuery", "series": series, "dateRange": range, "interval": "minute",
            "breakdownFilter": {"breakdown_type": "event", "breakdown": "page", "breakdown_limit": 1000}}),
        json!({"kind": "HogQLQuery", "query": "select groupArray(a.properties) from events a join events b on a.event = b.event"}),
        json!({"kind": "HogQLQuery", "query": "select uniq(a.uuid, b.uuid) from events a cross join events b"}),
    ]
}

#[track_caller]
fn check_refused(own: &Tenant, query: &Value, code: &str) {
    let (status, body) = ask(own, query);
    assert_eq!((status, body["code"].as_str()), (400, Some(code)), "{query}: {body}");
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains("limit of") && detail.contains("narrow the date range"), "{detail}");
}

#[test]
fn a_query_over_its_memory_limit_ends_and_others_are_answered() {
    let server = TestServer::start_with(|config| config.limits.query_memory_bytes = 4 << 20);
    let own = server.first_tenant();
    fill(&own);
    thread::scope(|scope| {
        for query in large() {
            let own = &own;
            scope.spawn(move || check_refused(own, &query, "memory_limit_exceeded"));
        }
        for _ in 0..20 {
            let (status, body) = ask(&own, &small());
            assert_eq!(status, 200, "{body}");
        }
    });
    assert_eq!(ask(&own, &small()).0, 200);
}

#[test]
fn a_query_over_its_time_limit_ends_and_others_are_answered() {
    let server = TestServer::start_with(|config| config.limits.query_time = Duration::from_millis(500));
    let own = server.first_tenant();
    fill(&own);
    // 10^12 pairs: no machine is through them in time
    let endless = json!({"kind": "HogQLQuery", "query":
        "select count() from events a cross join events b cross join events c where a.uuid > b.uuid and b.uuid > c.uuid"});
    thread::scope(|scope| {
        scope.spawn(|| check_refused(&own, &endless, "time_limit_exceeded"));
        for _ in 0..5 {
            let (status, body) = ask(&own, &small());
            assert_eq!(status, 200, "{body}");
        }
    });
}
