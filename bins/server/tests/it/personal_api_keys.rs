//! Personal API keys.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_key_is_made_used_changed_rolled_and_removed() {
    let server = TestServer::start();
    let admin = server.admin();
    let body = json!({"label": "Reports", "scopes": ["project:read", "user:read"]});
    let made = admin.post("/api/personal_api_keys/", &body).expect(201);
    assert_json_snapshot!("personal_api_key_made", made.redacted());
    let made = made.json();
    let path = format!("/api/personal_api_keys/{}/", made["id"].as_str().unwrap());
    let old = server.with_key(made["value"].as_str().unwrap());

    old.get("/api/projects/").expect(200);
    let seen = admin.get(&path).expect(200).json();
    assert_eq!(seen["value"], json!(null));
    assert!(seen["last_used_at"].is_string(), "{seen}");

    let changed = admin.patch(&path, &json!({"scopes": ["organization:read"]})).expect(200).json();
    assert_eq!(changed["scopes"], json!(["organization:read"]));
    let detail = "API key missing required scope 'project:read'";
    old.get("/api/projects/").expect_error(403, "permission_denied", detail);
    old.get("/api/organizations/").expect(200);

    let rolled = admin.post(&format!("{path}roll/"), &json!({})).expect(200).json();
    let new = server.with_key(rolled["value"].as_str().unwrap());
    new.get("/api/organizations/").expect(200);
    let detail = "Personal API key found in request Authorization header is invalid.";
    old.get("/api/organizations/").expect_error(401, "authentication_failed", detail);

    let answer = admin.delete(&path).expect(204);
    assert_eq!(answer.text(), "");
    new.get("/api/organizations/").expect_error(401, "authentication_failed", detail);
    admin.get(&path).expect_error(404, "not_found", "Not found.");
}

#[test]
fn a_key_is_found_in_header_body_and_query() {
    let server = TestServer::start();
    let anonymous = server.anonymous();
    let key = server.admin().key().unwrap().to_owned();
    anonymous.get(&format!("/api/users/@me/?personal_api_key={key}")).expect(200);
    let body = json!({"name": "By body", "personal_api_key": key});
    anonymous.post("/api/projects/", &body).expect(201);

    anonymous.get("/api/users/@me/").expect_error(
        401,
        "not_authenticated",
        "Authentication credentials were not provided.",
    );
    let answer = anonymous.get("/api/users/@me/?personal_api_key=phx_wrong").expect(401);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.expect_error(401, "authentication_failed", "Personal API key found in request query string is invalid.");
    let body = json!({"name": "By body", "personal_api_key": "phx_wrong"});
    let detail = "Personal API key found in request body is invalid.";
    anonymous.post("/api/projects/", &body).expect_error(401, "authentication_failed", detail);
}

#[test]
fn the_list_is_bare_and_shows_no_secret() {
    let server = TestServer::start();
    let list = server.admin().get("/api/personal_api_keys/").expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["value"], json!(null));
    assert_eq!(server.admin().get("/api/personal_api_keys/@current/").expect(200).json()["id"], list[0]["id"]);
}

#[test]
fn a_user_has_ten_keys_at_most() {
    let server = TestServer::start();
    let body = json!({"label": "One of many", "scopes": ["*"]});
    for _ in 0..9 {
        server.admin().post("/api/personal_api_keys/", &body).expect(201);
    }
    let detail = "You can only have 10 personal API keys. Remove an existing key before creating a new one.";
    server.admin().post("/api/personal_api_keys/", &body).expect_error(400, "invalid_input", detail);
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let admin = server.admin();
    let refused = |body| admin.post("/api/personal_api_keys/", &body).expect(400).json();
    assert_json_snapshot!(refused(json!({"scopes": ["*"]})), @r#"
    {
      "attr": "label",
      "code": "required",
      "detail": "This field is required.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"label": "x".repeat(41), "scopes": ["*"]})), @r#"
    {
      "attr": "label",
      "code": "max_length",
      "detail": "Ensure this field has no more than 40 characters.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"label": "x", "scopes": ["insight:read", "insight:everything"]})), @r#"
    {
      "attr": "scopes",
      "code": "invalid_input",
      "detail": "Invalid scope: insight:everything",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"label": "x"})), @r#"
    {
      "attr": "scopes",
      "code": "required",
      "detail": "This field is required.",
      "type": "validation_error"
    }
    "#);
}

#[test]
fn a_key_never_gets_beyond_its_own_rights() {
    let server = TestServer::start();
    let narrow = server.with_scopes(&["user:write"]);
    let wide = json!({"label": "Wider", "scopes": ["*"]});
    let detail = "API key missing required scope '*'";
    narrow.post("/api/personal_api_keys/", &wide).expect_error(403, "permission_denied", detail);
    let admin_key = server.admin().get("/api/personal_api_keys/@current/").expect(200).json();
    let admin_path = format!("/api/personal_api_keys/{}/", admin_key["id"].as_str().unwrap());
    narrow.post(&format!("{admin_path}roll/"), &json!({})).expect_error(403, "permission_denied", detail);
    narrow.patch(&admin_path, &json!({"label": "Mine"})).expect_error(403, "permission_denied", detail);
    narrow.delete(&admin_path).expect_error(403, "permission_denied", detail);
    let own = narrow.get("/api/personal_api_keys/@current/").expect(200).json();
    let own_path = format!("/api/personal_api_keys/{}/", own["id"].as_str().unwrap());
    narrow.patch(&own_path, &wide).expect_error(403, "permission_denied", detail);
    narrow.patch(&own_path, &json!({"label": "Renamed"})).expect(200);
}

#[test]
fn a_key_may_be_limited_to_projects() {
    let server = TestServer::start();
    let admin = server.admin();
    let own = server.first_tenant();
    let second = admin.post("/api/projects/", &json!({"name": "Second"})).expect(201).json();
    let body = json!({"label": "Limited", "scopes": ["*"], "scoped_teams": [second["id"]]});
    let key = admin.post("/api/personal_api_keys/", &body).expect(201).json();
    let limited = server.with_key(key["value"].as_str().unwrap());
    limited.get(&format!("/api/projects/{}/", second["id"])).expect(200);
    assert_eq!(limited.get("/api/projects/@current/").expect(200).json()["id"], second["id"]);
    let detail = format!("API key does not have access to the requested project: ID {}.", own.project);
    limited.get(&format!("/api/projects/{}/", own.project)).expect_error(403, "permission_denied", &detail);
    let detail = "API keys with scoped projects are only supported on project-based endpoints.";
    limited.get("/api/organizations/").expect_error(403, "permission_denied", detail);
}
