//! Prompts: made, changed by versions, labelled, listed, and fetched by name as programs do.

use std::sync::Arc;

use insights_core::time::SystemClock;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

fn path_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/llm_prompts/", tenant.project)
}

fn named(tenant: &Tenant, name: &str) -> String {
    format!("{}name/{name}/", path_of(tenant))
}

fn make(tenant: &Tenant, name: &str, prompt: Value) -> Value {
    tenant.client.post(&path_of(tenant), &json!({"name": name, "prompt": prompt})).expect(201).json()
}

fn publish(tenant: &Tenant, name: &str, base_version: i64, prompt: &Value) {
    let body = json!({"prompt": prompt, "base_version": base_version});
    tenant.client.patch(&named(tenant, name), &body).expect(200);
}

fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send(client.request(Method::PUT, path).json(body))
}

fn fetch_if_none_match(client: &Client, path: &str, tag: &str) -> Answer {
    client.send(client.request(Method::GET, path).header("if-none-match", tag))
}

#[track_caller]
fn check_refused(answer: Answer, attr: Option<&str>, code: &str) {
    let refused = answer.expect(400).json();
    assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (attr, Some(code)), "{refused}");
}

#[test]
fn a_prompt_is_made_changed_listed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    assert_eq!(own.client.get(&path_of(&own)).expect(200).json()["results"], json!([]));
    let body = json!({"name": "support", "prompt": "Answer {{ question }} for {{name}}, {{question}}."});
    let answer = own.client.post(&path_of(&own), &body).expect(201);
    assert_json_snapshot!("llm_prompt_made", answer.redacted());
    let made = answer.json();
    let path = format!("{}{}/", path_of(&own), made["id"].as_str().unwrap());
    assert_eq!(own.client.get(&path).expect(200).json(), made);

    let messages = json!([{"role": "system", "content": "You know {{topic}}"}]);
    let changed = own.client.patch(&path, &json!({"prompt": messages, "name": "helper"})).expect(200).json();
    assert_eq!((&changed["id"], &changed["version"]), (&made["id"], &json!(2)));
    assert_eq!((&changed["prompt"], &changed["variables"]), (&messages, &json!(["topic"])));
    assert_eq!(changed["created_at"], made["created_at"]);
    let same = own.client.patch(&path, &json!({"prompt": messages, "unknown": 1})).expect(200).json();
    assert_eq!(same, changed);
    let list = own.client.get(&path_of(&own)).expect(200).json();
    assert_eq!((&list["count"], &list["results"]), (&json!(1), &json!([changed])));

    let answer = own.client.delete(&path);
    assert_eq!(answer.header("allow"), "GET, PATCH");
    answer.expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
    let deleted = own.client.patch(&path, &json!({"deleted": true})).expect(200).json();
    assert_eq!(deleted["deleted"], json!(true));
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.patch(&path, &json!({"deleted": false})).expect_error(404, "not_found", "Not found.");
    let not_found = "Prompt with name 'helper' not found.";
    own.client.get(&named(&own, "helper")).expect_error(404, "not_found", not_found);
    let again = make(&own, "helper", json!("anew"));
    assert_eq!((&again["version"], again["id"] == made["id"]), (&json!(1), false));
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, "taken", json!("one"));
    make(&own, "other", json!("two"));
    let post = |body: Value| own.client.post(&path_of(&own), &body);
    check_refused(post(json!({"prompt": "x"})), Some("name"), "required");
    check_refused(post(json!({"name": "a"})), Some("prompt"), "required");
    check_refused(post(json!({"name": "a", "prompt": null})), Some("prompt"), "null");
    check_refused(post(json!({"name": "a b", "prompt": "x"})), Some("name"), "invalid_name");
    check_refused(post(json!({"name": "New", "prompt": "x"})), Some("name"), "reserved_name");
    check_refused(post(json!({"name": "x".repeat(256), "prompt": "x"})), Some("name"), "max_length");
    check_refused(post(json!({"name": "taken", "prompt": "x"})), Some("name"), "unique");
    check_refused(post(json!({"name": "a", "prompt": "x".repeat(1_000_000)})), Some("prompt"), "max_size");
    let deep = (0..101).fold(json!(1), |inner, _| json!([inner]));
    check_refused(post(json!({"name": "a", "prompt": deep})), Some("prompt"), "max_depth");
    let path = format!("{}{}/", path_of(&own), made["id"].as_str().unwrap());
    check_refused(own.client.patch(&path, &json!({"name": "other"})), Some("name"), "unique");
    check_refused(own.client.patch(&path, &json!({"prompt": null})), Some("prompt"), "null");
    own.client.get(&format!("{}nonsense/", path_of(&own))).expect_error(404, "not_found", "Not found.");

    let patch = |body: Value| own.client.patch(&named(&own, "taken"), &body);
    check_refused(patch(json!({"prompt": "x"})), Some("base_version"), "required");
    check_refused(patch(json!({"prompt": "x", "base_version": 0})), Some("base_version"), "min_value");
    check_refused(patch(json!({"base_version": 1})), None, "invalid_input");
    check_refused(patch(json!({"base_version": 1, "prompt": 1, "edits": []})), None, "invalid_input");
    check_refused(patch(json!({"base_version": 1, "edits": []})), Some("edits"), "empty");
    let edit = json!({"base_version": 1, "edits": [{"old": "two", "new": ""}]});
    check_refused(patch(edit), Some("edits__0__old"), "invalid_input");

    let get = |query: &str| own.client.get(&format!("{}?{query}", named(&own, "taken")));
    check_refused(get("version=0"), Some("version"), "min_value");
    check_refused(get("version=x"), Some("version"), "invalid_input");
    check_refused(get("label=latest"), Some("label"), "reserved_label");
    check_refused(get("label=a&version=1"), None, "invalid_input");
    let list = |query: &str| own.client.get(&format!("{}?{query}", path_of(&own)));
    check_refused(list("content=some"), Some("content"), "invalid_choice");
    check_refused(list("order_by=size"), Some("order_by"), "invalid_choice");
    check_refused(list("label=a%20b"), Some("label"), "invalid_label");
}

#[test]
fn versions_are_published_from_the_last_one_and_stay() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "bot", json!("one"));
    let body = json!({"edits": [{"old": "one", "new": "two"}, {"old": "two", "new": "2"}], "base_version": 1});
    let second = own.client.patch(&named(&own, "bot"), &body).expect(200).json();
    assert_eq!((&second["prompt"], &second["version"], &second["is_latest"]), (&json!("2"), &json!(2), &json!(true)));
    let stale = own.client.patch(&named(&own, "bot"), &body).expect(409);
    assert_json_snapshot!("llm_prompt_stale", stale.json());
    let same = json!({"prompt": "2", "base_version": 2});
    assert_eq!(own.client.patch(&named(&own, "bot"), &same).expect(200).json(), second);

    let first = own.client.get(&format!("{}?version=1", named(&own, "bot"))).expect(200).json();
    assert_eq!((&first["prompt"], &first["version"], &first["is_latest"]), (&json!("one"), &json!(1), &json!(false)));
    assert_eq!((&first["latest_version"], &first["version_count"]), (&json!(2), &json!(2)));
    let missing = own.client.get(&format!("{}?version=3", named(&own, "bot")));
    missing.expect_error(404, "not_found", "Prompt with name 'bot' not found.");

    let resolve = format!("{}resolve/name/bot/", path_of(&own));
    assert_json_snapshot!("llm_prompt_resolved", own.client.get(&format!("{resolve}?limit=1")).expect(200).redacted());
    let older = own.client.get(&format!("{resolve}?version=1&before_version=2")).expect(200).json();
    assert_eq!((&older["prompt"]["version"], &older["has_more"]), (&json!(1), &json!(false)));
    assert_eq!(older["versions"].as_array().unwrap().len(), 1);
    let id = older["versions"][0]["id"].as_str().unwrap();
    let by_id = own.client.get(&format!("{resolve}?version_id={id}")).expect(200).json();
    assert_eq!(by_id["prompt"]["prompt"], json!("one"));
    own.client.get(&format!("{resolve}?version_id={id}&version=2")).expect(404);
    check_refused(own.client.get(&format!("{resolve}?offset=0&before_version=2")), None, "invalid_input");
    check_refused(own.client.get(&format!("{resolve}?limit=101")), Some("limit"), "max_value");

    let versions = format!("{}{}/versions/", path_of(&own), second["id"].as_str().unwrap());
    let page = own.client.get(&format!("{versions}?limit=1")).expect(200);
    assert_json_snapshot!("llm_prompt_versions", page.redacted()["results"]);
    assert_eq!(page.json()["count"], json!(2));
    let next = page.json()["next"].as_str().unwrap().replace(&server.base(), "");
    assert_eq!(own.client.get(&next).expect(200).json()["results"][0]["version"], json!(1));
}

#[test]
fn a_label_serves_the_version_at_which_it_points() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "bot", json!("one"));
    make(&own, "other", json!("other"));
    publish(&own, "bot", 1, &json!("two"));
    let path = format!("{}labels/production/", named(&own, "bot"));
    let label = put(&own.client, &path, &json!({"version": 1})).expect(200);
    assert_json_snapshot!("llm_prompt_label", label.redacted());
    let labelled = format!("{}?label=production", named(&own, "bot"));
    assert_json_snapshot!("llm_prompt_by_label", own.client.get(&labelled).expect(200).redacted());

    let list = own.client.get(&format!("{}?label=production", path_of(&own))).expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["prompt"]), (&json!(1), &json!("one")));
    put(&own.client, &path, &json!({"version": 2})).expect(200);
    assert_eq!(own.client.get(&labelled).expect(200).json()["prompt"], json!("two"));
    check_refused(put(&own.client, &path, &json!({"version": 3})), Some("version"), "does_not_exist");
    check_refused(put(&own.client, &path, &json!({})), Some("version"), "required");
    let reserved = format!("{}labels/latest/", named(&own, "bot"));
    check_refused(put(&own.client, &reserved, &json!({"version": 1})), Some("label"), "reserved_label");
    own.client.delete(&path).expect(204);
    own.client.delete(&path).expect_error(404, "not_found", "Not found.");
    own.client.get(&labelled).expect_error(404, "not_found", "Prompt with name 'bot' not found.");
    put(&own.client, &format!("{}labels/a/", named(&own, "none")), &json!({"version": 1})).expect(404);
}

#[test]
fn prompts_are_archived_and_copied_by_name() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "bot", json!("one"));
    publish(&own, "bot", 1, &json!("two"));
    let duplicate = format!("{}duplicate/", named(&own, "bot"));
    let copy = own.client.post(&duplicate, &json!({"new_name": "copy"})).expect(201).json();
    assert_eq!((&copy["name"], &copy["prompt"], &copy["version"]), (&json!("copy"), &json!("two"), &json!(1)));
    check_refused(own.client.post(&duplicate, &json!({"new_name": "copy"})), Some("new_name"), "unique");
    check_refused(own.client.post(&duplicate, &json!({"new_name": "a b"})), Some("new_name"), "invalid_name");
    let archive = format!("{}archive/", named(&own, "bot"));
    own.client.post(&archive, &json!({})).expect(204);
    own.client.post(&archive, &json!({})).expect_error(404, "not_found", "Prompt with name 'bot' not found.");
    own.client.get(&named(&own, "bot")).expect(404);
    own.client.get(&named(&own, "copy")).expect(200);
}

#[test]
fn lists_are_searched_ordered_paged_and_shortened() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", json!("x".repeat(161)));
    make(&own, "b", json!([{"content": "Größe"}]));
    make(&own, "Support", json!(1));
    let list = |query: &str| own.client.get(&format!("{}?{query}", path_of(&own))).expect(200).json();
    let names = |query: &str| -> Vec<String> {
        list(query)["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(""), ["Support", "b", "a"]);
    assert_eq!(names("order_by=-name"), ["b", "a", "Support"]);
    assert_eq!(names("search=SUPP"), ["Support"]);
    assert_eq!(names("search=gr%C3%96"), ["b"]);
    assert_eq!(names("search=nothing"), [""; 0]);
    assert_eq!(names("created_by_id=999999"), [""; 0]);
    let page = list("limit=2&offset=1&content=none");
    assert_eq!((page["count"].as_i64(), page["results"].as_array().unwrap().len()), (Some(3), 2));
    let first = &page["results"][1];
    assert_eq!((first.get("prompt"), first.get("prompt_preview")), (None, None));
    assert_eq!(first["prompt_size_bytes"], json!(163));
    let preview = &list("search=xxx&content=preview")["results"][0];
    assert_eq!((preview.get("prompt"), &preview["prompt_preview"]), (None, &json!(format!("{}...", "x".repeat(160)))));
}

#[test]
fn a_fetched_prompt_is_known_by_its_tag_until_it_changes() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let made = make(&own, "bot", json!("one"));
    let path = named(&own, "bot");
    let first = own.client.get(&path).expect(200);
    assert_eq!((first.json(), first.header("cache-control")), (made, "no-cache"));
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    for sent in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let known = fetch_if_none_match(&own.client, &path, &sent).expect(304);
        assert_eq!((known.body.len(), known.header("etag")), (0, tag.as_str()));
    }
    fetch_if_none_match(&own.client, &path, "\"other\"").expect(200);
    assert_eq!(own.client.get(&path).expect(200).body, first.body);

    publish(&own, "bot", 1, &json!("two"));
    let second = fetch_if_none_match(&own.client, &path, &tag).expect(200);
    assert_eq!(second.json()["prompt"], json!("two"));
    let label = format!("{}labels/staging/", named(&own, "bot"));
    put(&own.client, &label, &json!({"version": 1})).expect(200);
    let third = own.client.get(&path).expect(200);
    assert_eq!(third.json()["all_labels"], json!([{"name": "staging", "version": 1}]));
    own.client.post(&format!("{path}archive/"), &json!({})).expect(204);
    fetch_if_none_match(&own.client, &path, third.header("etag")).expect(404);
}

/// With PostgreSQL, the second server shares its database; with SQLite, its file.
#[test]
fn a_change_through_one_server_is_served_by_the_next_request_to_another() {
    let server = TestServer::start();
    let other = server.beside(Arc::new(SystemClock));
    let own = server.first_tenant();
    make(&own, "bot", json!(0));
    let path = named(&own, "bot");
    let reader = other.admin();
    for number in 1..20 {
        assert_eq!(reader.get(&path).expect(200).json()["prompt"], json!(number - 1));
        publish(&own, "bot", number, &json!(number));
        assert_eq!(reader.get(&path).expect(200).json()["prompt"], json!(number));
    }
}

#[test]
fn another_tenants_prompt_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let made = make(&own, "bot", json!("one"));
    own.client.get(&named(&own, "bot")).expect(200);
    let path = format!("{}{}/", path_of(&other), made["id"].as_str().unwrap());
    other.client.get(&path).expect_error(404, "not_found", "Not found.");
    other.client.patch(&path, &json!({"prompt": "x"})).expect_error(404, "not_found", "Not found.");
    other.client.get(&format!("{path}versions/")).expect_error(404, "not_found", "Not found.");
    let unknown = "Prompt with name 'bot' not found.";
    let by_name = named(&other, "bot");
    other.client.get(&by_name).expect_error(404, "not_found", unknown);
    let publish = json!({"prompt": "x", "base_version": 1});
    other.client.patch(&by_name, &publish).expect_error(404, "not_found", unknown);
    other.client.post(&format!("{by_name}archive/"), &json!({})).expect_error(404, "not_found", unknown);
    let copy = json!({"new_name": "stolen"});
    other.client.post(&format!("{by_name}duplicate/"), &copy).expect_error(404, "not_found", unknown);
    put(&other.client, &format!("{by_name}labels/a/"), &json!({"version": 1})).expect_error(404, "not_found", unknown);
    let resolve = format!("{}resolve/name/bot/", path_of(&other));
    other.client.get(&resolve).expect_error(404, "not_found", unknown);
    assert_eq!(other.client.get(&path_of(&other)).expect(200).json()["count"], json!(0));
}
