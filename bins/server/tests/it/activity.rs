//! The activity log of insights.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn insights(tenant: &Tenant) -> String {
    format!("/api/environments/{}/insights/", tenant.project)
}

fn changed_insight(tenant: &Tenant) -> Value {
    let made = tenant.client.post(&insights(tenant), &json!({"name": "Old", "tags": []})).expect(201).json();
    let path = format!("{}{}/", insights(tenant), made["id"]);
    tenant.client.patch(&path, &json!({"name": "New", "tags": ["b", "a"]})).expect(200);
    tenant.client.patch(&path, &json!({"name": "New"})).expect(200);
    tenant.client.patch(&path, &json!({"deleted": true})).expect(200);
    tenant.client.patch(&path, &json!({"deleted": false})).expect(200);
    made["id"].clone()
}

#[test]
fn each_change_has_a_row_with_before_and_after() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let id = changed_insight(&own);
    let log = own.client.get(&format!("{}{id}/activity/", insights(&own))).expect(200);
    assert_json_snapshot!("insight_activity", log.redacted());
}

#[test]
fn pages_are_numbered() {
    let server = TestServer::start();
    let own = server.first_tenant();
    changed_insight(&own);
    own.client.post(&insights(&own), &json!({"name": "Other"})).expect(201);
    let page =
        |number: u64| own.client.get(&format!("{}activity/?limit=2&page={number}", insights(&own))).expect(200).json();
    let (first, last) = (page(1), page(3));
    assert_eq!((&first["total_count"], first["results"].as_array().unwrap().len()), (&json!(5), 2));
    assert_eq!((&first["previous"], last["results"].as_array().unwrap().len()), (&json!(null), 1));
    assert!(first["next"].as_str().unwrap().contains("page=2&limit=2"), "{}", first["next"]);
    assert_eq!(last["next"], json!(null));
    assert_eq!(page(9)["results"], json!([]));
    own.client.get(&format!("{}activity/?page=0", insights(&own))).expect(400);
    own.client.get(&format!("{}999/activity/", insights(&own))).expect_error(404, "not_found", "Not found.");
    let csv = own.client.get(&format!("{}activity/?format=csv&limit=1", insights(&own))).expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.text().starts_with("created_at,user,activity,scope,item_id,name,changes\r\n"), "{}", csv.text());
    server.with_scopes(&["insight:read"]).get(&format!("{}activity/", insights(&own))).expect_error(
        403,
        "permission_denied",
        "API key missing required scope 'activity_log:read'",
    );
}

#[test]
fn another_tenants_log_is_not_shown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let id = changed_insight(&own);
    other.client.get(&format!("{}activity/", insights(&own))).expect(404);
    other.client.get(&format!("{}{id}/activity/", insights(&other))).expect(404);
    assert_eq!(other.client.get(&format!("{}activity/", insights(&other))).expect(200).json()["total_count"], json!(0));
}
