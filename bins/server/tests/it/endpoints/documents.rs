//! The OpenAPI documents of endpoints.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{make, path_of, path_to, sql};
use crate::support::TestServer;

#[test]
fn a_document_tells_how_endpoints_are_run() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let empty = own.client.get(&format!("{}openapi.json", path_of(&own))).expect(200).json();
    assert_eq!((&empty["openapi"], &empty["paths"]), (&json!("3.1.0"), &json!({})));

    let variables = format!("/api/environments/{}/insight_variables/", own.project);
    let body = json!({"name": "Country", "type": "List", "values": ["DE", "FR"]});
    let country = own.client.post(&variables, &body).expect(201).json()["id"].clone();
    let query = json!({
        "kind": "HogQLQuery",
        "query": "select {variables.country}",
        "variables": {country.as_str().unwrap(): {"variableId": country, "code_name": "country"}},
    });
    make(&own, "by_country", &query);
    let trends = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]});
    make(&own, "daily", &trends);
    make(&own, "idle", &sql("select 1"));
    own.client.patch(&path_to(&own, "idle"), &json!({"is_active": false})).expect(200);

    let all = own.client.get(&format!("{}openapi.json/", path_of(&own))).expect(200).json();
    let paths: Vec<&String> = all["paths"].as_object().unwrap().keys().collect();
    let path = |name: &str| format!("/api/environments/{}/endpoints/{name}/run", own.project);
    assert_eq!(paths, [&path("by_country"), &path("daily")]);
    assert_eq!(all["servers"][0]["url"], server.base());
    let one = own.client.get(&format!("{}openapi.json", path_to(&own, "by_country"))).expect(200);
    assert_json_snapshot!("endpoint_document", one.redacted());
    let one = one.json();
    assert_eq!(one["paths"][path("by_country")], all["paths"][path("by_country")]);
    own.client.get(&format!("{}openapi.json", path_to(&own, "idle"))).expect(200);
    own.client.get(&format!("{}openapi.json", path_to(&own, "none"))).expect_error(404, "not_found", "Not found.");
}
