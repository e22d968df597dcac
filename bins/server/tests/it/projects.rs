//! Projects.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::TestServer;

#[test]
fn a_project_is_made_retrieved_changed_and_listed() {
    let server = TestServer::start();
    let admin = server.admin();
    let body = json!({"name": "Shop", "timezone": "Europe/Berlin", "week_start_day": 1});
    let made = admin.post("/api/projects/", &body).expect(201);
    assert_json_snapshot!(made.redacted(), @r#"
    {
      "api_token": "[token]",
      "created_at": "[instant]",
      "id": 2,
      "modifiers": null,
      "name": "Shop",
      "organization": "[uuid]",
      "path_cleaning_filters": [],
      "person_display_name_properties": null,
      "test_account_filters": [],
      "test_account_filters_default_checked": null,
      "timezone": "Europe/Berlin",
      "uuid": "[uuid]",
      "week_start_day": 1
    }
    "#);
    let id = made.json()["id"].clone();
    assert_eq!(admin.get(&format!("/api/projects/{id}/")).expect(200).json(), made.json());

    let changed = admin.patch(&format!("/api/projects/{id}/"), &json!({"timezone": "Asia/Tokyo"})).expect(200).json();
    assert_eq!((&changed["timezone"], &changed["name"]), (&json!("Asia/Tokyo"), &json!("Shop")));
    assert_eq!(admin.get(&format!("/api/projects/{id}/")).expect(200).json(), changed);

    let list = admin.get("/api/projects/").expect(200).json();
    assert_eq!(list["count"], 2);
    assert_eq!(list["results"][1], changed);
}

#[test]
fn lists_of_projects_have_pages() {
    let server = TestServer::start();
    let admin = server.admin();
    for name in ["Two", "Three"] {
        admin.post("/api/projects/", &json!({"name": name})).expect(201);
    }
    let first = admin.get("/api/projects/?limit=2&extra=kept").expect(200).redacted();
    assert_eq!(first["count"], 3);
    assert_eq!(first["previous"], json!(null));
    assert_eq!(first["next"], "[server]/api/projects/?extra=kept&limit=2&offset=2");
    let second = admin.get("/api/projects/?limit=2&offset=2").expect(200).redacted();
    assert_eq!(second["previous"], "[server]/api/projects/?limit=2&offset=0");
    assert_eq!(second["next"], json!(null));
    assert_eq!(second["results"][0]["name"], "Three");
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let admin = server.admin();
    let refused = |body| admin.post("/api/projects/", &body).expect(400).json();
    assert_json_snapshot!(refused(json!({})), @r#"
    {
      "attr": "name",
      "code": "required",
      "detail": "This field is required.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"name": null})), @r#"
    {
      "attr": "name",
      "code": "null",
      "detail": "This field may not be null.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"name": " "})), @r#"
    {
      "attr": "name",
      "code": "blank",
      "detail": "This field may not be blank.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"name": "x", "timezone": "Mars/Olympus"})), @r#"
    {
      "attr": "timezone",
      "code": "invalid_choice",
      "detail": "\"Mars/Olympus\" is not a valid choice.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"name": "x", "week_start_day": 2})), @r#"
    {
      "attr": "week_start_day",
      "code": "invalid_choice",
      "detail": "\"2\" is not a valid choice.",
      "type": "validation_error"
    }
    "#);
    assert_json_snapshot!(refused(json!({"name": ["x"]})), @r#"
    {
      "attr": "name",
      "code": "invalid_input",
      "detail": "Invalid type: sequence, expected a string.",
      "type": "validation_error"
    }
    "#);
}

#[test]
fn another_tenants_project_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let path = format!("/api/projects/{}/", own.project);
    other.client.get(&path).expect_error(404, "not_found", "Project not found.");
    other.client.patch(&path, &json!({"name": "Taken"})).expect_error(404, "not_found", "Project not found.");
    other.client.get("/api/projects/99999/").expect_error(404, "not_found", "Project not found.");
    other.client.get("/api/projects/nonsense/").expect_error(404, "not_found", "Project not found.");
    let list = other.client.get("/api/projects/").expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["id"]), (&json!(1), &json!(other.project)));
}

#[test]
fn settings_are_kept_and_refused_by_field() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = format!("/api/environments/{}/", own.project);
    let settings = json!({
        "test_account_filters": [{"type": "person", "key": "email", "operator": "not_icontains", "value": "@us.com"}],
        "test_account_filters_default_checked": true,
        "path_cleaning_filters": [{"regex": "/\\d+", "alias": "/:id", "order": 0}],
        "person_display_name_properties": ["nick"],
        "modifiers": {"personsOnEventsMode": "disabled"},
    });
    let changed = own.client.patch(&path, &settings).expect(200).json();
    for (key, value) in settings.as_object().unwrap() {
        assert_eq!(&changed[key], value);
    }
    assert_eq!(own.client.get(&format!("/api/projects/{}/", own.project)).expect(200).json(), changed);
    let cleared = json!({"test_account_filters": null, "person_display_name_properties": null});
    let cleared = own.client.patch(&path, &cleared).expect(200).json();
    assert_eq!(cleared["test_account_filters"], json!([]));
    assert_eq!(cleared["path_cleaning_filters"], settings["path_cleaning_filters"]);

    let check = |body: serde_json::Value, attr: &str| {
        let refused = own.client.patch(&path, &body).expect(400).json();
        assert_eq!(refused["attr"].as_str(), Some(attr), "{body}: {refused}");
    };
    check(json!({"test_account_filters": {"a": 1}}), "test_account_filters");
    check(json!({"test_account_filters": [{"type": "planet", "key": "a"}]}), "test_account_filters__0__type");
    check(json!({"test_account_filters_default_checked": "yes"}), "test_account_filters_default_checked");
    check(json!({"path_cleaning_filters": [{"regex": "(", "alias": "x"}]}), "path_cleaning_filters__0__regex");
    check(json!({"person_display_name_properties": [1]}), "person_display_name_properties__0");
    check(json!({"modifiers": [1]}), "modifiers");
    let refused =
        own.client.post("/api/projects/", &json!({"name": "x", "path_cleaning_filters": 5})).expect(400).json();
    assert_eq!(refused["attr"], "path_cleaning_filters");
}
