//! Organizations.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn an_organization_is_made_retrieved_and_listed() {
    let server = TestServer::start();
    let admin = server.admin();
    let made = admin.post("/api/organizations/", &json!({"name": "Second"})).expect(201);
    assert_json_snapshot!(made.redacted(), @r#"
    {
      "created_at": "[instant]",
      "id": "[uuid]",
      "name": "Second"
    }
    "#);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.get(&format!("/api/organizations/{id}/")).expect(200).json(), made.json());
    let list = admin.get("/api/organizations/").expect(200).json();
    assert_eq!((&list["count"], &list["results"][1]), (&json!(2), &made.json()));
    let current = admin.get("/api/organizations/@current/").expect(200).json();
    assert_eq!(current, list["results"][0], "the organization that was joined first");
}

#[test]
fn another_tenants_organization_is_not_in_reach() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let detail = format!("API key does not have access to the requested organization: ID {}.", own.organization);
    let path = format!("/api/organizations/{}/", own.organization);
    other.client.get(&path).expect_error(403, "permission_denied", &detail);
    other.client.get("/api/organizations/nonsense/").expect_error(404, "not_found", "Organization not found.");
    assert_eq!(other.client.get("/api/organizations/").expect(200).json()["count"], 1);
}

#[test]
fn a_name_is_needed() {
    let server = TestServer::start();
    server.admin().post("/api/organizations/", &json!({})).expect_error(400, "required", "This field is required.");
    let blank = json!({"name": ""});
    server.admin().post("/api/organizations/", &blank).expect_error(400, "blank", "This field may not be blank.");
}
