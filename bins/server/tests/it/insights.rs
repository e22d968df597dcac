//! Insights: made, shown, changed, listed, exported.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn insights(tenant: &Tenant) -> String {
    format!("/api/environments/{}/insights/", tenant.project)
}

fn trends(event: &str) -> Value {
    json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": event}],
        "dateRange": {"date_from": "2026-01-01", "date_to": "2026-01-02"}}})
}

fn make(tenant: &Tenant, body: &Value) -> Value {
    tenant.client.post(&insights(tenant), body).expect(201).json()
}

/// Names of the insights that a list with these parameters has.
fn listed(tenant: &Tenant, parameters: &str) -> Vec<String> {
    let list = tenant.client.get(&format!("{}?order=id&{parameters}", insights(tenant))).expect(200).json();
    let results = list["results"].as_array().unwrap();
    results.iter().map(|insight| insight["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn capture(tenant: &Tenant, n_events: usize) {
    let event = |n: usize| json!({"event": "$pageview", "distinct_id": format!("p{n}"), "timestamp": "2026-01-01T12:00:00Z", "properties": {}});
    let batch: Vec<Value> = (0..n_events).map(event).collect();
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": batch});
    tenant.client.post("/batch/", &body).expect(200);
}

#[test]
fn an_insight_is_made_and_shown_in_both_forms() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let body = json!({"name": "Views", "description": "All", "query": trends("$pageview"), "tags": [" Growth", "growth"], "favorited": true});
    let made = own.client.post(&insights(&own), &body).expect(201);
    let mut full = made.redacted();
    assert!(full["filters_hash"].as_str().unwrap().starts_with("cache_"));
    full["filters_hash"] = json!("[key]");
    assert_json_snapshot!("insight_made", full);
    let made = made.json();
    let basic = own.client.get(&format!("{}{}/?basic=true", insights(&own), made["short_id"].as_str().unwrap()));
    assert_json_snapshot!("insight_basic", basic.expect(200).redacted());
}

#[test]
fn a_result_is_computed_when_asked_for_and_then_comes_from_the_cache() {
    let server = TestServer::start();
    let own = server.first_tenant();
    capture(&own, 3);
    let made = make(&own, &json!({"name": "Views", "query": trends("$pageview")}));
    let path = format!("{}{}/", insights(&own), made["id"]);
    assert_eq!(own.client.get(&path).expect(200).json()["result"], json!(null));
    let computed = own.client.get(&format!("{path}?refresh=blocking")).expect(200).json();
    assert_eq!((&computed["is_cached"], &computed["result"][0]["data"]), (&json!(false), &json!([3, 0])));
    let cached = own.client.get(&path).expect(200).json();
    assert_eq!((&cached["is_cached"], &cached["result"]), (&json!(true), &computed["result"]));
    let list = own.client.get(&insights(&own)).expect(200).json();
    assert_eq!(list["results"][0]["result"], computed["result"]);

    capture(&own, 2);
    assert_eq!(own.client.get(&format!("{path}?refresh=true")).expect(200).json()["result"][0]["count"], json!(5));
    let csv = own.client.get(&format!("{path}?format=csv")).expect(200);
    assert_eq!(csv.text(), "series,1-Jan-2026,2-Jan-2026\r\n$pageview,5,0\r\n");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"Views.csv\"");
    let overridden =
        format!("{path}?refresh=blocking&filters_override={{\"date_from\":\"2026-01-01\",\"date_to\":\"2026-01-01\"}}");
    assert_eq!(own.client.get(&overridden).expect(200).json()["result"][0]["data"], json!([5]));
    own.client.get(&format!("{path}?filters_override=7")).expect(400);
}

#[test]
fn a_dashboards_filters_count_where_the_insight_is_shown_on_it() {
    let server = TestServer::start();
    let own = server.first_tenant();
    capture(&own, 1);
    let dashboards = format!("/api/environments/{}/dashboards/", own.project);
    let filters = json!({"date_from": "2026-01-01", "date_to": "2026-01-01"});
    let dashboard = own.client.post(&dashboards, &json!({"name": "D", "filters": filters})).expect(201).json();
    let made = make(&own, &json!({"name": "Views", "query": trends("$pageview"), "dashboards": [dashboard["id"]]}));
    assert_eq!(made["dashboards"], json!([dashboard["id"]]));
    let path = format!("{}{}/?refresh=blocking&from_dashboard={}", insights(&own), made["id"], dashboard["id"]);
    let shown = own.client.get(&path).expect(200).json();
    assert_eq!(
        (&shown["result"][0]["data"], &shown["layouts"], &shown["color"]),
        (&json!([1]), &json!({}), &json!(null))
    );
    let elsewhere = own.client.get(&format!("{}{}/?from_dashboard=999", insights(&own), made["id"])).expect(200).json();
    assert!(elsewhere.get("layouts").is_none());
    own.client.post(&insights(&own), &json!({"dashboards": [999]})).expect_error(
        400,
        "invalid_input",
        "Dashboard not found",
    );
}

#[test]
fn an_insight_is_changed_deleted_and_brought_back() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, &json!({"name": "Old", "query": trends("a")}));
    let path = format!("{}{}/", insights(&own), made["id"]);
    let changed =
        own.client.patch(&path, &json!({"name": null, "derived_name": "Made up", "tags": ["x"]})).expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["derived_name"], &changed["tags"]),
        (&json!(null), &json!("Made up"), &json!(["x"]))
    );
    let put = own.client.send(own.client.request(Method::PUT, &path).json(&json!({"name": "New"}))).expect(200).json();
    assert_eq!((&put["name"], &put["tags"]), (&json!("New"), &json!(["x"])));
    own.client.delete(&path).expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
    own.client.patch(&path, &json!({"deleted": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.patch(&path, &json!({"name": "Hidden"})).expect(404);
    own.client.patch(&path, &json!({"deleted": false})).expect(200);
    own.client.get(&path).expect(200);
}

#[test]
fn queries_are_checked_when_they_are_written() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let check = |query: Value| {
        let answer = own.client.post(&insights(&own), &json!({"query": query})).expect(400).json();
        assert_eq!((&answer["type"], &answer["code"]), (&json!("invalid_request"), &json!("parse_error")), "{answer}");
    };
    check(json!("text"));
    check(json!({"kind": "MagicQuery"}));
    check(json!({"kind": "TrendsQuery", "series": 7}));
    own.client.post(&insights(&own), &json!({"name": "x".repeat(401)})).expect(400);
    let later = make(&own, &json!({"name": "Later", "query": {"kind": "FunnelCorrelationQuery"}}));
    let path = format!("{}{}/", insights(&own), later["id"]);
    let answer = own.client.get(&format!("{path}?refresh=blocking")).expect(400).json();
    assert!(answer["detail"].as_str().unwrap().contains("FunnelCorrelationQuery"), "{answer}");
    own.client.get(&path).expect(200);
    let list = own.client.get(&format!("{}?refresh=blocking", insights(&own))).expect(200).json();
    assert_eq!(list["results"][0]["query_status"]["error"], json!(true));
}

#[test]
fn legacy_filters_are_stored_as_they_are_and_run() {
    let server = TestServer::start();
    let own = server.first_tenant();
    capture(&own, 2);
    let filters = json!({"insight": "TRENDS", "events": [{"id": "$pageview", "type": "events"}], "date_from": "2026-01-01", "date_to": "2026-01-01"});
    let made = make(&own, &json!({"name": "Old form", "filters": filters}));
    assert_eq!((&made["filters"], &made["query"]), (&filters, &json!(null)));
    let shown = own.client.get(&format!("{}{}/?refresh=blocking", insights(&own), made["id"])).expect(200).json();
    assert_eq!(shown["result"][0]["data"], json!([2]));
}

#[test]
fn lists_are_filtered_ordered_and_paged() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, &json!({"name": "Alpha", "query": trends("a"), "tags": ["x"], "favorited": true}));
    let beta = make(&own, &json!({"name": "Beta", "query": {"kind": "PathsQuery"}, "tags": ["y"], "saved": false}));
    make(&own, &json!({"name": "Gamma", "description": "about alpha"}));
    let me = own.client.get("/api/users/@me/").expect(200).json()["id"].clone();
    let all = ["Alpha", "Beta", "Gamma"];
    assert_eq!(listed(&own, ""), all);
    assert_eq!(listed(&own, "search=ALPHA"), ["Alpha", "Gamma"]);
    assert_eq!(listed(&own, "insight=PATHS"), ["Beta"]);
    assert_eq!(listed(&own, "tags=[\"x\",\"y\"]"), ["Alpha", "Beta"]);
    assert_eq!(listed(&own, "favorited=true"), ["Alpha"]);
    assert_eq!(listed(&own, "saved=false"), ["Beta"]);
    assert_eq!(listed(&own, "user=true"), all);
    assert_eq!(listed(&own, &format!("created_by=[{me}]")), all);
    assert_eq!(listed(&own, "created_by=[999]"), [""; 0]);
    assert_eq!(listed(&own, &format!("short_id={}", beta["short_id"].as_str().unwrap())), ["Beta"]);
    assert_eq!(listed(&own, "created_date_from=-1d"), all);
    assert_eq!(listed(&own, "created_date_to=-1d"), [""; 0]);
    assert_eq!(listed(&own, "limit=1&offset=1"), ["Beta"]);
    assert_eq!(listed(&own, "basic=true&limit=2"), ["Alpha", "Beta"]);
    let page = own.client.get(&format!("{}?order=-name&limit=1", insights(&own))).expect(200).json();
    assert_eq!((&page["count"], &page["results"][0]["name"]), (&json!(3), &json!("Gamma")));
    assert!(page["next"].as_str().unwrap().contains("offset=1"));
    for bad in ["created_by=7", "insight=MAGIC", "date_from=soon", "order=secret", "format=xml"] {
        own.client.get(&format!("{}?{bad}", insights(&own))).expect(400);
    }
    let csv = own.client.get(&format!("{}?format=csv&order=id&limit=1", insights(&own))).expect(200).text();
    assert!(csv.starts_with("id,short_id,name,") && csv.contains(",Alpha,"), "{csv}");
}

#[test]
fn views_are_noted_and_counted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let (first, second) = (make(&own, &json!({"name": "First"})), make(&own, &json!({"name": "Second"})));
    let viewed =
        own.client.post(&format!("{}viewed/", insights(&own)), &json!({"insight_ids": [first["id"]]})).expect(201);
    assert_eq!(viewed.text(), "");
    let last: Value = own.client.get(&format!("{}my_last_viewed/", insights(&own))).expect(200).json();
    assert_eq!((&last[0]["name"], &last[1]["name"]), (&json!("First"), &json!("Second")));
    assert_eq!(
        own.client
            .get(&format!("{}trending/?days=7&limit=1", insights(&own)))
            .expect(200)
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    own.client.post(&format!("{}viewed/", insights(&own)), &json!({"insight_ids": []})).expect(400);
    assert!(
        own.client.get(&format!("{}{}/", insights(&own), second["id"])).expect(200).json()["last_viewed_at"]
            .is_string()
    );
}

#[test]
fn tags_of_many_are_changed_at_once() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, &json!({"name": "One", "tags": ["b"]}));
    let path = format!("{}bulk_update_tags/", insights(&own));
    let answer =
        own.client.post(&path, &json!({"ids": [made["id"], 999], "action": "add", "tags": ["A"]})).expect(200).json();
    let expected =
        json!({"updated": [{"id": made["id"], "tags": ["a", "b"]}], "skipped": [{"id": 999, "reason": "Not found"}]});
    assert_eq!(answer, expected);
    own.client.post(&path, &json!({"ids": [made["id"]], "action": "add", "tags": []})).expect_error(
        400,
        "invalid_input",
        "tags must not be empty for action 'add'.",
    );
    own.client.post(&path, &json!({"ids": [1], "action": "mix", "tags": ["a"]})).expect(400);
}

#[test]
fn cancelling_needs_a_name_and_nothing_else() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = format!("{}cancel/", insights(&own));
    assert_eq!(own.client.post(&path, &json!({"client_query_id": "nobody"})).expect(201).text(), "");
    own.client.post(&path, &json!({})).expect_error(400, "required", "Field is required.");
}

#[test]
fn insights_of_others_are_out_of_reach() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let made = make(&own, &json!({"name": "Mine"}));
    other.client.get(&format!("{}{}/", insights(&own), made["id"])).expect_error(
        404,
        "not_found",
        "Project not found.",
    );
    other.client.get(&format!("{}{}/", insights(&other), made["id"])).expect_error(404, "not_found", "Not found.");
    server.with_scopes(&["insight:read"]).post(&insights(&own), &json!({})).expect_error(
        403,
        "permission_denied",
        "API key missing required scope 'insight:write'",
    );
}

#[test]
fn waits_that_clients_measured_are_counted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = format!("{}timing/", insights(&own));
    let body = json!({"time_to_see_data_ms": 740.5, "type": "insight_load", "status": "success", "query_id": "q"});
    assert_eq!(own.client.post(&path, &body).expect(201).text(), "");
    own.client.post(&path, &json!({"time_to_see_data_ms": 1, "type": "something new"})).expect(201);
    let metrics = own.client.get("/metrics").expect(200).text();
    let sum = "hindsight_time_to_see_data_seconds_sum{status=\"success\",type=\"insight_load\"} 0.7405";
    assert!(metrics.contains(sum), "{metrics}");
    assert!(metrics.contains("hindsight_time_to_see_data_seconds_count{status=\"success\",type=\"other\"} 1"));

    let refused = |body: Value| own.client.post(&path, &body).expect(400).json()["attr"].clone();
    assert_eq!(refused(json!({"time_to_see_data_ms": -1})), json!("time_to_see_data_ms"));
    assert_eq!(refused(json!({})), json!("time_to_see_data_ms"));
    assert_eq!(refused(json!({"time_to_see_data_ms": 1, "status": "lost"})), json!("status"));
}

#[test]
fn lists_tags_and_views_have_their_bodies() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, &json!({"name": "Views", "query": trends("$pageview"), "tags": ["a"]}));
    let list = own.client.get(&format!("{}?basic=true", insights(&own))).expect(200);
    assert_json_snapshot!("insights_list", list.redacted());
    let body = json!({"ids": [made["id"], 999], "action": "add", "tags": ["B"]});
    let tagged = own.client.post(&format!("{}bulk_update_tags/", insights(&own)), &body).expect(200);
    assert_json_snapshot!("insights_tagged", tagged.redacted());
    let viewed = own.client.post(&format!("{}viewed/", insights(&own)), &json!({"insight_ids": [made["id"]]}));
    assert_eq!(viewed.expect(201).text(), "");
    let cancelled = own.client.post(&format!("{}cancel/", insights(&own)), &json!({"client_query_id": "unknown"}));
    assert_eq!(cancelled.expect(201).text(), "");
    let deleted = own.client.delete(&format!("{}{}/", insights(&own), made["id"])).expect(405);
    assert_json_snapshot!("insight_not_deleted", deleted.json());
}
