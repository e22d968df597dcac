//! Endpoints: made, changed, listed, versioned, deleted.

mod documents;
mod running;

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::client::Answer;
use crate::support::{Tenant, TestServer};

fn path_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/endpoints/", tenant.project)
}

fn path_to(tenant: &Tenant, name: &str) -> String {
    format!("{}{name}/", path_of(tenant))
}

fn sql(text: &str) -> Value {
    json!({"kind": "HogQLQuery", "query": text})
}

fn make(tenant: &Tenant, name: &str, query: &Value) -> Answer {
    tenant.client.post(&path_of(tenant), &json!({"name": name, "query": query})).expect(201)
}

fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|endpoint| endpoint["name"].as_str().unwrap()).collect()
}

#[test]
fn an_endpoint_is_made_changed_listed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    assert_eq!(own.client.get(&path_of(&own)).expect(200).json(), json!({"results": []}));
    let made = make(&own, "weekly_signups", &sql("select 1"));
    assert_json_snapshot!("endpoint_made", made.redacted());
    let path = path_to(&own, "weekly_signups");
    assert_eq!(own.client.get(&path).expect(200).json(), made.json());

    // the name stays, whatever is sent
    let patch = json!({"name": "other", "description": "New", "cache_age_seconds": 300, "query": sql("select 2")});
    let changed = own.client.patch(&path, &patch).expect(200);
    assert_json_snapshot!("endpoint_changed", changed.redacted());
    let put =
        own.client.request(reqwest::Method::PUT, &path).json(&json!({"cache_age_seconds": null, "is_active": false}));
    let replaced = own.client.send(put).expect(200).json();
    assert_eq!((&replaced["cache_age_seconds"], &replaced["is_active"]), (&json!(null), &json!(false)));
    assert_eq!((&replaced["description"], &replaced["current_version"]), (&json!("New"), &json!(2)));
    let list = own.client.get(&path_of(&own)).expect(200).json();
    assert_eq!(list, json!({"results": [replaced]}));

    assert!(own.client.delete(&path).expect(204).body.is_empty());
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.delete(&path).expect_error(404, "not_found", "Not found.");
    own.client.patch(&path, &json!({})).expect_error(404, "not_found", "Not found.");
    make(&own, "weekly_signups", &sql("select 3"));
}

#[test]
fn lists_are_filtered() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let user = make(&own, "a", &sql("select 1")).json()["created_by"]["id"].clone();
    make(&own, "b", &sql("select 1"));
    own.client.patch(&path_to(&own, "a"), &json!({"is_active": false})).expect(200);
    let list = |parameters: &str| own.client.get(&format!("{}?{parameters}", path_of(&own))).expect(200).json();
    assert_eq!(names(&list("")), ["b", "a"]);
    assert_eq!(names(&list("is_active=true")), ["b"]);
    assert_eq!(names(&list("is_active=false")), ["a"]);
    assert_eq!(names(&list(&format!("created_by={user}&is_active=true"))), ["b"]);
    assert_eq!(names(&list("created_by=999999")), [""; 0]);
    let refused = own.client.get(&format!("{}?created_by=x", path_of(&own))).expect(400).json();
    assert_eq!(refused["attr"], "created_by");
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "taken", &sql("select 1"));
    let check = |body: Value, attr: &str, code: &str, part: &str| {
        let refused = own.client.post(&path_of(&own), &body).expect(400).json();
        assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (Some(attr), Some(code)), "{body}: {refused}");
        assert!(refused["detail"].as_str().unwrap().contains(part), "{refused}");
    };
    let one = sql("select 1");
    check(json!({"query": one}), "name", "required", "Endpoint must have a name.");
    check(json!({"name": "a"}), "query", "required", "Must specify query");
    check(json!({"name": "taken", "query": one}), "name", "unique", "already has an endpoint with the name \"taken\"");
    for name in ["1a", "a b", "a/b", "../a", "a.json", "ä", "a\u{0}"] {
        let refused = own.client.post(&path_of(&own), &json!({"name": name, "query": one})).expect(400).json();
        assert_eq!(refused["attr"], "name", "{name}");
    }
    check(json!({"name": 7, "query": one}), "name", "invalid_input", "");
    check(json!({"name": "x".repeat(129), "query": one}), "name", "max_length", "128");
    check(json!({"name": "a", "query": "select 1"}), "query", "invalid_input", "JSON object");
    check(json!({"name": "a", "query": {"kind": "Nonsense"}}), "query__kind", "invalid_input", "Nonsense");
    check(json!({"name": "a", "query": sql("selec 1")}), "query__query", "invalid_input", "selec");
    check(
        json!({"name": "a", "query": sql("select {variables.x}")}),
        "query__variables",
        "invalid_input",
        "variables.x",
    );
    check(
        json!({"name": "a", "query": one, "cache_age_seconds": 299}),
        "cache_age_seconds",
        "invalid_input",
        "300 and 86400",
    );
    check(json!({"name": "a", "query": one, "sync_frequency": "hourly"}), "sync_frequency", "invalid_choice", "1hour");
    check(
        json!({"name": "a", "query": one, "is_active": false, "is_materialized": true}),
        "is_materialized",
        "invalid_input",
        "inactive",
    );
    check(
        json!({"name": "a", "query": one, "derived_from_insight": "abcdefgh"}),
        "derived_from_insight",
        "does_not_exist",
        "",
    );
    let refused = own.client.patch(&path_to(&own, "taken"), &json!({"query": sql("selec")})).expect(400).json();
    assert_eq!(refused["attr"], "query__query");
    assert_eq!(own.client.get(&path_to(&own, "taken")).expect(200).json()["current_version"], 1);
}

#[test]
fn an_endpoint_remembers_its_insight() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let insights = format!("/api/environments/{}/insights/", own.project);
    let insight = own.client.post(&insights, &json!({"name": "I", "query": sql("select 1")})).expect(201).json();
    let short_id = &insight["short_id"];
    let body = json!({"name": "a", "query": insight["query"], "derived_from_insight": short_id});
    let made = own.client.post(&path_of(&own), &body).expect(201).json();
    assert_eq!(made["derived_from_insight"], *short_id);
    // and keeps what it was made from
    own.client.patch(&format!("{insights}{}/", insight["id"]), &json!({"deleted": true})).expect(200);
    let changed = own.client.patch(&path_to(&own, "a"), &json!({"description": "x"})).expect(200).json();
    assert_eq!(changed["derived_from_insight"], *short_id);
    let changed = own.client.patch(&path_to(&own, "a"), &json!({"derived_from_insight": null})).expect(200).json();
    assert_eq!(changed["derived_from_insight"], json!(null));
}

#[test]
fn every_change_of_the_query_is_a_version() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select 1"));
    let patch = |body: Value| own.client.patch(&path_to(&own, "a"), &body).expect(200).json();
    assert_eq!(
        patch(json!({"query": {"query": "select 1", "kind": "HogQLQuery", "filters": null}}))["current_version"],
        1
    );
    assert_eq!(patch(json!({"description": "same query"}))["current_version"], 1);
    let changed = patch(json!({"query": sql("select 2")}));
    assert_eq!((&changed["current_version"], &changed["versions_count"]), (&json!(2), &json!(2)));

    let versions = own.client.get(&format!("{}versions/", path_to(&own, "a"))).expect(200);
    assert_json_snapshot!("endpoint_versions", versions.redacted());
    let versions = versions.json();
    let first = own.client.get(&format!("{}versions/1/", path_to(&own, "a"))).expect(200).json();
    assert_eq!(first, versions[1]);
    let page = own.client.get(&format!("{}versions/?limit=1&offset=1", path_to(&own, "a"))).expect(200).json();
    assert_eq!(page, json!([first]));

    let missing = own.client.get(&format!("{}versions/3/", path_to(&own, "a"))).expect(404);
    assert_json_snapshot!("endpoint_version_missing", missing.json());
    own.client.get(&format!("{}versions/x/", path_to(&own, "a"))).expect_error(404, "not_found", "Not found.");
    own.client.get(&format!("{}versions/", path_to(&own, "b"))).expect_error(404, "not_found", "Not found.");
}

#[test]
fn another_tenants_endpoint_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    make(&own, "a", &sql("select 1"));
    for path in ["", "versions/", "versions/1/", "run/", "openapi.json"] {
        let path = format!("{}{path}", path_to(&other, "a"));
        other.client.get(&path).expect_error(404, "not_found", "Not found.");
    }
    other.client.patch(&path_to(&other, "a"), &json!({"description": "x"})).expect_error(
        404,
        "not_found",
        "Not found.",
    );
    other.client.delete(&path_to(&other, "a")).expect_error(404, "not_found", "Not found.");
    other.client.post(&format!("{}run/", path_to(&other, "a")), &json!({})).expect_error(
        404,
        "not_found",
        "Not found.",
    );
    make(&other, "a", &sql("select 2"));
    assert_eq!(own.client.get(&path_to(&own, "a")).expect(200).json()["query"], sql("select 1"));
}
