//! Dashboards.

use insta::assert_json_snapshot;
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
fn a_dashboard_is_deleted_and_restored_with_its_tiles() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let dashboard = own.client.post(&dashboards(&own), &json!({"name": "Gone"})).expect(201).json();
    let path = format!("{}{}/", dashboards(&own), dashboard["id"]);
    let insight = insight_on(&own, "Only here", &[&dashboard["id"]]);
    let insight = format!("/api/environments/{}/insights/{insight}/", own.project);

    let refused = own.client.delete(&path);
    assert_eq!(refused.header("allow"), "GET, PATCH");
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
