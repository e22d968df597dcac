//! Insights and dashboards in folders.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn path_of(tenant: &Tenant, things: &str) -> String {
    format!("/api/environments/{}/{things}/", tenant.project)
}

/// Paths of the entries that a list with these parameters has.
fn paths(tenant: &Tenant, parameters: &str) -> Vec<String> {
    let list = tenant.client.get(&format!("{}?{parameters}", path_of(tenant, "file_system"))).expect(200).json();
    list["results"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn things_are_in_the_folder_that_they_were_made_in() {
    let server = TestServer::start();
    let own = server.first_tenant();
    assert_eq!(paths(&own, ""), [""; 0]);
    let body = json!({"name": "Sign-ups a/b", "_create_in_folder": " Marketing / Weekly/"});
    let made = own.client.post(&path_of(&own, "insights"), &body).expect(201).json();
    own.client.post(&path_of(&own, "insights"), &json!({"name": "Loose"})).expect(201);
    let dashboard = json!({"name": "Growth", "_create_in_folder": "Marketing"});
    own.client.post(&path_of(&own, "dashboards"), &dashboard).expect(201);
    let all = [
        "Marketing",
        "Marketing/Growth",
        "Marketing/Weekly",
        r"Marketing/Weekly/Sign-ups a\/b",
        "Unfiled",
        "Unfiled/Insights",
        "Unfiled/Insights/Loose",
    ];
    assert_eq!(paths(&own, ""), all);
    assert_eq!(paths(&own, "parent=Marketing&type=insight"), all[3..4]);
    assert_eq!(paths(&own, "depth=1"), ["Marketing", "Unfiled"]);
    assert_eq!(paths(&own, "search=GROW"), all[1..2]);
    assert_eq!(paths(&own, "limit=2&offset=1"), all[1..3]);
    let by_reference = format!("ref={}", made["short_id"].as_str().unwrap());
    assert_eq!(paths(&own, &by_reference), all[3..4]);
    let found = own.client.get(&format!("{}?parent=Marketing&type=dashboard", path_of(&own, "file_system")));
    assert_json_snapshot!("file_system_entries", found.expect(200).redacted());

    own.client.patch(&format!("{}{}/", path_of(&own, "insights"), made["id"]), &json!({"name": "New"})).expect(200);
    assert_eq!(paths(&own, &by_reference), ["Marketing/Weekly/New"]);
    own.client.patch(&format!("{}{}/", path_of(&own, "insights"), made["id"]), &json!({"deleted": true})).expect(200);
    assert_eq!(paths(&own, "parent=Marketing"), all[1..2]);
}

#[test]
fn folders_that_are_too_deep_or_long_are_refused() {
    let server = TestServer::start();
    let own = server.first_tenant();
    for (things, folder) in [("insights", "x/".repeat(21)), ("dashboards", "x".repeat(401))] {
        let refused = own.client.post(&path_of(&own, things), &json!({"_create_in_folder": folder})).expect(400).json();
        assert_eq!(refused["attr"], json!("_create_in_folder"), "{refused}");
    }
}

#[test]
fn another_tenants_folders_are_not_shown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    own.client.post(&path_of(&own, "insights"), &json!({"name": "Mine", "_create_in_folder": "F"})).expect(201);
    assert_eq!(paths(&other, ""), [""; 0]);
    let refused: Value = other.client.get(&path_of(&own, "file_system")).expect(404).json();
    assert_eq!(refused["detail"], json!("Project not found."));
}
