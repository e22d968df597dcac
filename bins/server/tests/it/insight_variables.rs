//! Variables of SQL insights: made, changed, listed, and asked by queries.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn path_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/insight_variables/", tenant.project)
}

fn make(tenant: &Tenant, body: &Value) -> Value {
    tenant.client.post(&path_of(tenant), body).expect(201).json()
}

#[test]
fn a_variable_is_made_changed_listed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    assert_eq!(own.client.get(&path_of(&own)).expect(200).json()["results"], json!([]));
    let body = json!({"name": "Billing country", "type": "List", "values": ["DE", "FR"], "default_value": "DE"});
    let answer = own.client.post(&path_of(&own), &body).expect(201);
    assert_json_snapshot!("insight_variable_made", answer.redacted());
    let made = answer.json();

    let path = format!("{}{}/", path_of(&own), made["id"].as_str().unwrap());
    let changed = own.client.patch(&path, &json!({"name": "Country", "default_value": null})).expect(200).json();
    assert_eq!((&changed["name"], &changed["code_name"]), (&json!("Country"), &json!("billing_country")));
    assert_eq!((&changed["default_value"], &changed["values"]), (&json!(null), &made["values"]));
    assert_eq!(own.client.get(&path).expect(200).json(), changed);
    let list = own.client.get(&path_of(&own)).expect(200).json();
    assert_eq!((&list["count"], &list["results"]), (&json!(1), &json!([changed])));
    own.client.delete(&path).expect(204);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.delete(&path).expect(404);
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, &json!({"name": "Country", "type": "String"}));
    let check = |body: Value, attr: &str, code: &str| {
        let refused = own.client.post(&path_of(&own), &body).expect(400).json();
        assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (Some(attr), Some(code)), "{body}: {refused}");
    };
    check(json!({"type": "String"}), "name", "required");
    check(json!({"name": "a", "type": "Text"}), "type", "invalid_choice");
    check(json!({"name": "COUNTRY!", "type": "Number"}), "name", "unique");
    check(json!({"name": "?", "type": "Number"}), "name", "invalid_input");
    check(json!({"name": "x".repeat(401), "type": "Number"}), "name", "max_length");
    check(json!({"name": "a", "type": "Number", "default_value": "7"}), "default_value", "invalid_input");
    check(
        json!({"name": "a", "type": "List", "values": ["x"], "default_value": "y"}),
        "default_value",
        "invalid_input",
    );
    check(json!({"name": "a", "type": "List", "values": [1]}), "values", "invalid_input");
    own.client.get(&format!("{}nonsense/", path_of(&own))).expect_error(404, "not_found", "Not found.");
}

#[test]
fn another_tenants_variable_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let made = make(&own, &json!({"name": "Country", "type": "String"}));
    let path = format!("{}{}/", path_of(&other), made["id"].as_str().unwrap());
    other.client.get(&path).expect_error(404, "not_found", "Not found.");
    other.client.patch(&path, &json!({"name": "Taken"})).expect_error(404, "not_found", "Not found.");
    other.client.delete(&path).expect_error(404, "not_found", "Not found.");
}

#[test]
fn a_query_goes_by_what_was_chosen_and_else_by_the_default() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, &json!({"name": "Answer", "type": "Number", "default_value": 42}));
    let id = made["id"].as_str().unwrap();
    let query = json!({"kind": "DataVisualizationNode", "source": {
        "kind": "HogQLQuery", "query": "select {variables.answer}",
        "variables": {id: {"variableId": id, "code_name": "answer"}},
    }});
    let insights = format!("/api/environments/{}/insights/", own.project);
    let insight = own.client.post(&insights, &json!({"name": "Asked", "query": query})).expect(201).json();
    let shown = |parameters: &str| {
        let path = format!("{insights}{}/?refresh=blocking{parameters}", insight["id"]);
        own.client.get(&path).expect(200).json()["result"].clone()
    };
    assert_eq!(shown(""), json!([[42]]));
    assert_eq!(
        shown(&format!("&variables_override={{\"{id}\":{{\"code_name\":\"answer\",\"value\":7}}}}")),
        json!([[7]])
    );

    own.client.patch(&format!("{}{id}/", path_of(&own)), &json!({"default_value": 43})).expect(200);
    assert_eq!(shown(""), json!([[43]]));

    let dashboards = format!("/api/environments/{}/dashboards/", own.project);
    let dashboard = own.client.post(&dashboards, &json!({"name": "D"})).expect(201).json()["id"].clone();
    let path = format!("{dashboards}{dashboard}/");
    own.client.patch(&path, &json!({"variables": {id: {"code_name": "answer", "value": 8}}})).expect(200);
    own.client.patch(&format!("{insights}{}/", insight["id"]), &json!({"dashboards": [dashboard]})).expect(200);
    assert_eq!(shown(&format!("&from_dashboard={dashboard}")), json!([[8]]));
    let tiles = own.client.get(&format!("{path}?refresh=blocking")).expect(200).json()["tiles"].clone();
    assert_eq!(tiles[0]["insight"]["result"], json!([[8]]));
    let other =
        format!("{path}?refresh=blocking&variables_override={{\"{id}\":{{\"code_name\":\"answer\",\"value\":9}}}}");
    assert_eq!(own.client.get(&other).expect(200).json()["tiles"][0]["insight"]["result"], json!([[9]]));
}
