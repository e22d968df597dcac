//! Dashboards.

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

/// Path of the project's dashboards.
fn dashboards(tenant: &Tenant) -> String {
    format!("/api/environments/{}/dashboards/", tenant.project)
}

/// Makes an insight on the dashboards and gives its number.
fn insight_on(tenant: &Tenant, name: &str, dashboards: &[&Value]) -> i64 {
    let query = json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}});
    let body = json!({"name": name, "query": query, "dashboards": dashboards});
    let insight = tenant.client.post(&format!("/api/environments/{}/insights/", tenant.project), &body).expect(201);
    insight.json()["id"].as_i64().unwrap()
}

#[test]
fn a_dashboard_is_made_retrieved_changed_and_listed() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let body = json!({"name": "Growth", "description": "Weekly", "pinned": true, "tags": ["b ", "A", "a"]});
    let made = own.client.post(&dashboards(&own), &body).expect(201);
    assert_json_snapshot!("dashboard_made", made.redacted());
    let path = format!("{}{}/", dashboards(&own), made.json()["id"]);
    let seen = own.client.get(&path).expect(200).json();
    assert_eq!((&seen["name"], seen["last_accessed_at"].is_string()), (&json!("Growth"), true));

    let patch = json!({"name": null, "filters": {"date_from": "-7d"}, "restriction_level": 37});
    let changed = own.client.patch(&path, &patch).expect(200).json();
    assert_eq!((&changed["name"], &changed["restriction_level"]), (&json!(null), &json!(37)));
    assert_eq!(changed["persisted_filters"], json!({"date_from": "-7d"}));

    own.client.post(&dashboards(&own), &json!({"name": "Other"})).expect(201);
    let list = own.client.get(&dashboards(&own)).expect(200);
    assert_json_snapshot!("dashboards_list", list.redacted());
    let found = own.client.get(&format!("{}?search=oth", dashboards(&own))).expect(200).json();
    assert_eq!((&found["count"], &found["results"][0]["name"]), (&json!(1), &json!("Other")));
    let page = own.client.get(&format!("{}?limit=1&offset=1", dashboards(&own))).expect(200).json();
    assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(2), 1));
}

#[test]
fn tiles_hold_insights_and_their_layouts() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let dashboard = own.client.post(&dashboards(&own), &json!({"name": "Tiles"})).expect(201).json();
    let path = format!("{}{}/", dashboards(&own), dashboard["id"]);
    let insight = insight_on(&own, "Views", &[&dashboard["id"]]);
    let tile = own.client.get(&path).expect(200).json()["tiles"][0].clone();
    assert_eq!((&tile["insight"]["id"], &tile["insight"]["name"]), (&json!(insight), &json!("Views")));
    assert_eq!((&tile["text"], &tile["color"], &tile["order"]), (&json!(null), &json!(null), &json!(0)));

    let layouts = json!({"sm": {"x": 0, "y": 0, "w": 6, "h": 5}});
    let patch = json!({"tiles": [{"id": tile["id"], "layouts": layouts, "color": "blue"}]});
    let changed = own.client.patch(&path, &patch).expect(200).json()["tiles"][0].clone();
    assert_eq!((&changed["layouts"], &changed["color"]), (&layouts, &json!("blue")));
    let patch = json!({"tiles": [{"id": 999_999, "color": "blue"}]});
    own.client.patch(&path, &patch).expect_error(400, "invalid_input", "Tile not found");

    let copy = json!({"name": "Copy", "use_dashboard": dashboard["id"]});
    let copy = own.client.post(&dashboards(&own), &copy).expect(201).json();
    assert_eq!((&copy["creation_mode"], &copy["tiles"][0]["color"]), (&json!("duplicate"), &json!("blue")));
}

#[test]
fn tiles_hold_texts_too() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let dashboard = own.client.post(&dashboards(&own), &json!({"name": "Texts"})).expect(201).json();
    let path = format!("{}{}/", dashboards(&own), dashboard["id"]);
    let added =
        own.client.patch(&path, &json!({"tiles": [{"text": {"body": "# Growth"}, "color": "blue"}]})).expect(200);
    let tile = added.json()["tiles"][0].clone();
    assert_json_snapshot!("dashboard_text_tile", tile);
    let put =
        own.client.request(Method::PUT, &path).json(&json!({"tiles": [{"id": tile["id"], "text": {"body": "New"}}]}));
    let written = own.client.send(put).expect(200).json()["tiles"][0].clone();
    assert_eq!((&written["text"]["body"], &written["color"]), (&json!("New"), &json!("blue")));

    let insight = insight_on(&own, "Views", &[&dashboard["id"]]);
    let tiles = own.client.get(&path).expect(200).json()["tiles"].clone();
    assert_eq!((&tiles[0]["insight"], &tiles[1]["insight"]["id"]), (&json!(null), &json!(insight)));
    let refused = json!({"tiles": [{"id": tiles[1]["id"], "text": {"body": "no"}}]});
    let detail = format!("Tile {} holds an insight, not a text.", tiles[1]["id"]);
    own.client.patch(&path, &refused).expect_error(400, "invalid_input", &detail);
    own.client.patch(&path, &json!({"tiles": [{"color": "red"}]})).expect_error(
        400,
        "invalid_input",
        "A tile without an id is a new one, which needs a text.",
    );
    let long = json!({"tiles": [{"text": {"body": "x".repeat(4001)}}]});
    assert_eq!(own.client.patch(&path, &long).expect(400).json()["attr"], json!("tiles"));
    let removed = json!({"tiles": [{"id": tiles[0]["id"], "deleted": true}]});
    assert_eq!(own.client.patch(&path, &removed).expect(200).json()["tiles"].as_array().unwrap().len(), 1);
}

#[test]
fn filters_of_a_request_go_over_those_of_the_dashboard() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let event = |day: u32| {
        json!({"event": "$pageview", "distinct_id": "ann", "timestamp": format!("2026-01-0{day}T12:00:00Z"),
            "properties": {}})
    };
    let batch =
        json!({"api_key": own.api_token, "historical_migration": true, "batch": [event(1), event(2), event(2)]});
    own.client.post("/batch/", &batch).expect(200);
    let filters = json!({"date_from": "2026-01-01", "date_to": "2026-01-02"});
    let dashboard = own.client.post(&dashboards(&own), &json!({"filters": filters})).expect(201).json();
    insight_on(&own, "Views", &[&dashboard["id"]]);
    let path = format!("{}{}/", dashboards(&own), dashboard["id"]);
    let shown = |parameters: &str| own.client.get(&format!("{path}?refresh=blocking{parameters}")).expect(200).json();

    let stored = shown("");
    assert_eq!(stored["tiles"][0]["insight"]["result"][0]["data"], json!([1, 2]));
    let narrowed = shown("&filters_override={\"date_from\":\"2026-01-02\"}");
    assert_eq!(narrowed["tiles"][0]["insight"]["result"][0]["data"], json!([2]));
    assert_eq!(narrowed["filters"], json!({"date_from": "2026-01-02", "date_to": "2026-01-02"}));
    assert_eq!(narrowed["persisted_filters"], filters);
    own.client.get(&format!("{path}?filters_override=[]")).expect_error(400, "invalid_input", "Not a JSON object.");
}

#[test]
fn a_dashboard_is_deleted_and_restored_with_its_tiles() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let dashboard = own.client.post(&dashboards(&own), &json!({"name": "Gone"})).expect(201).json();
    let path = format!("{}{}/", dashboards(&own), dashboard["id"]);
    let insight = insight_on(&own, "Only here", &[&dashboard["id"]]);
    let insight = format!("/api/environments/{}/insights/{insight}/", own.project);

    let refused = own.client.delete(&path);
    assert_eq!(refused.header("allow"), "GET, PATCH, PUT");
    refused.expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
    own.client.patch(&path, &json!({"deleted": true, "delete_insights": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.get(&insight).expect_error(404, "not_found", "Not found.");
    assert_eq!(own.client.get(&dashboards(&own)).expect(200).json()["count"], 0);

    let restored = own.client.patch(&path, &json!({"deleted": false})).expect(200).json();
    assert_eq!(restored["tiles"].as_array().unwrap().len(), 1);
    own.client.get(&insight).expect(200);
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let check = |body: Value, attr: &str, code: &str| {
        let refused = own.client.post(&dashboards(&own), &body).expect(400).json();
        assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (Some(attr), Some(code)), "{body}: {refused}");
    };
    check(json!({"name": "x".repeat(401)}), "name", "max_length");
    check(json!({"restriction_level": 5}), "restriction_level", "invalid_choice");
    check(json!({"filters": []}), "filters", "invalid_input");
    check(json!({"use_dashboard": 999_999}), "use_dashboard", "invalid_input");
    check(json!({"use_template": "Product analytics"}), "use_template", "invalid_input");
    check(json!({"tags": "growth"}), "tags", "invalid_input");
    own.client.get(&format!("{}nonsense/", dashboards(&own))).expect_error(404, "not_found", "Not found.");
}

#[test]
fn another_tenants_dashboard_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let made = own.client.post(&dashboards(&own), &json!({"name": "Mine"})).expect(201).json();
    let through_own_project = format!("{}{}/", dashboards(&other), made["id"]);
    other.client.get(&through_own_project).expect_error(404, "not_found", "Not found.");
    other.client.patch(&through_own_project, &json!({"name": "Taken"})).expect_error(404, "not_found", "Not found.");
    let copy = json!({"use_dashboard": made["id"]});
    other.client.post(&dashboards(&other), &copy).expect_error(400, "invalid_input", "Dashboard not found");
}
