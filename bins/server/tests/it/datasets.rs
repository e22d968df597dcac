//! Datasets and their items: made, changed, listed, taken in from files and given out as files.

use std::slice;

use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

fn datasets_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/datasets/", tenant.project)
}

fn items_of(tenant: &Tenant) -> String {
    format!("/api/environments/{}/dataset_items/", tenant.project)
}

fn make(tenant: &Tenant, name: &str) -> Value {
    tenant.client.post(&datasets_of(tenant), &json!({"name": name})).expect(201).json()
}

fn path_of(tenant: &Tenant, dataset: &Value) -> String {
    format!("{}{}/", datasets_of(tenant), dataset["id"].as_str().unwrap())
}

fn import(client: &Client, path: &str, content_type: &str, file: &str) -> Answer {
    let request = client.request(Method::POST, &format!("{path}import/")).header("content-type", content_type);
    client.send(request.body(file.to_owned()))
}

/// A form of one part, with the boundary `xyz`.
fn form(part: &str, content: &str) -> String {
    format!("--xyz\r\ncontent-disposition: form-data; {part}\r\n\r\n{content}\r\n--xyz--\r\n")
}

fn items(tenant: &Tenant, dataset: &Value) -> Vec<Value> {
    let path = format!("{}?dataset={}", items_of(tenant), dataset["id"].as_str().unwrap());
    tenant.client.get(&path).expect(200).json()["results"].as_array().unwrap().clone()
}

#[track_caller]
fn check_refused(answer: Answer, attr: &str, code: &str) {
    let refused = answer.expect(400).json();
    assert_eq!((refused["attr"].as_str(), refused["code"].as_str()), (Some(attr), Some(code)), "{refused}");
}

#[test]
fn a_dataset_is_made_changed_listed_deleted_and_brought_back() {
    let server = TestServer::start();
    let own = server.first_tenant();
    assert_eq!(own.client.get(&datasets_of(&own)).expect(200).json()["results"], json!([]));
    let body = json!({"name": "Golden set", "description": "Best answers", "metadata": {"team": "Support"}, "x": 1});
    let answer = own.client.post(&datasets_of(&own), &body).expect(201);
    assert_json_snapshot!("dataset_made", answer.redacted());
    let path = path_of(&own, &answer.json());
    let changed = own.client.patch(&path, &json!({"name": "Set", "description": null})).expect(200).json();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Set"), &json!(null)));
    assert_eq!(changed["metadata"], json!({"team": "Support"}));
    assert_eq!(own.client.get(&path).expect(200).json(), changed);

    let answer = own.client.delete(&path);
    assert_eq!(answer.header("allow"), "GET, PATCH");
    answer.expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
    own.client.patch(&path, &json!({"deleted": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    assert_eq!(own.client.get(&datasets_of(&own)).expect(200).json()["count"], json!(0));
    let restored = own.client.patch(&path, &json!({"deleted": false})).expect(200).json();
    assert_eq!(own.client.get(&path).expect(200).json(), restored);
}

#[test]
fn an_item_is_made_changed_listed_deleted_and_brought_back() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let (one, two) = (make(&own, "one"), make(&own, "two"));
    assert_eq!(items(&own, &one), [json!(null); 0]);
    let body = json!({
        "dataset": one["id"], "input": {"question": "2+2?"}, "output": 4, "metadata": {"level": 1},
        "ref_trace_id": "trace", "ref_timestamp": "2026-01-14T05:21:34.5+02:00", "ref_source_id": "span",
    });
    let answer = own.client.post(&items_of(&own), &body).expect(201);
    assert_json_snapshot!("dataset_item_made", answer.redacted());
    assert_eq!(answer.json()["ref_timestamp"], json!("2026-01-14T03:21:34.500000Z"));
    let path = format!("{}{}/", items_of(&own), answer.json()["id"].as_str().unwrap());
    let patch = json!({"output": null, "ref_trace_id": null, "dataset": two["id"]});
    let changed = own.client.patch(&path, &patch).expect(200).json();
    assert_eq!((&changed["output"], &changed["ref_trace_id"]), (&json!(null), &json!(null)));
    assert_eq!((&changed["input"], &changed["dataset"]), (&body["input"], &two["id"]));
    assert_eq!(items(&own, &one), [json!(null); 0]);
    assert_eq!(items(&own, &two), slice::from_ref(&changed));
    assert_eq!(own.client.get(&items_of(&own)).expect(200).json()["count"], json!(1));
    own.client.delete(&path).expect_error(405, "method_not_allowed", "Method \"DELETE\" not allowed.");
    own.client.patch(&path, &json!({"deleted": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.patch(&path, &json!({"deleted": false})).expect(200);
    own.client.get(&path).expect(200);
    own.client.patch(&path_of(&own, &two), &json!({"deleted": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
}

#[test]
fn bad_values_are_named() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let (one, foreign) = (make(&own, "one"), make(&other, "foreign"));
    let dataset = |body: Value| own.client.post(&datasets_of(&own), &body);
    check_refused(dataset(json!({})), "name", "required");
    check_refused(dataset(json!({"name": " "})), "name", "blank");
    check_refused(dataset(json!({"name": "x".repeat(401)})), "name", "max_length");
    check_refused(dataset(json!({"name": "x", "metadata": [1]})), "metadata", "invalid_input");
    check_refused(dataset(json!({"name": "x", "metadata": {"a": "x".repeat(100_000)}})), "metadata", "max_size");
    let item = |body: Value| own.client.post(&items_of(&own), &body);
    check_refused(item(json!({"input": 1})), "dataset", "required");
    check_refused(item(json!({"dataset": "x"})), "dataset", "invalid_input");
    check_refused(item(json!({"dataset": foreign["id"]})), "dataset", "does_not_exist");
    check_refused(item(json!({"dataset": one["id"], "metadata": 1})), "metadata", "invalid_input");
    check_refused(item(json!({"dataset": one["id"], "input": "x".repeat(1_000_000)})), "input", "max_size");
    check_refused(item(json!({"dataset": one["id"], "ref_trace_id": "x".repeat(256)})), "ref_trace_id", "max_length");
    check_refused(item(json!({"dataset": one["id"], "ref_timestamp": "now"})), "ref_timestamp", "invalid_input");
    let made = item(json!({"dataset": one["id"]})).expect(201).json();
    let path = format!("{}{}/", items_of(&own), made["id"].as_str().unwrap());
    check_refused(own.client.patch(&path, &json!({"dataset": foreign["id"]})), "dataset", "does_not_exist");
    let list = |query: &str| own.client.get(&format!("{}?{query}", datasets_of(&own)));
    check_refused(list("order_by=name"), "order_by", "invalid_choice");
    check_refused(list("id__in=x"), "id__in", "invalid_input");
    check_refused(own.client.get(&format!("{}?dataset=x", items_of(&own))), "dataset", "invalid_input");
    own.client.get(&format!("{}nonsense/", datasets_of(&own))).expect_error(404, "not_found", "Not found.");
    own.client.get(&format!("{}nonsense/", items_of(&own))).expect_error(404, "not_found", "Not found.");
}

#[test]
fn lists_are_filtered_searched_ordered_and_paged() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let [a, b, c] = ["a", "b", "c"].map(|name| make(&own, name));
    own.client.patch(&path_of(&own, &a), &json!({"metadata": {"team": "Größe"}})).expect(200);
    let list = |query: &str| own.client.get(&format!("{}?{query}", datasets_of(&own))).expect(200).json();
    let names = |query: &str| -> String {
        list(query)["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
    };
    assert_eq!(names(""), "cba");
    assert_eq!(names("order_by=created_at"), "abc");
    assert_eq!(names("order_by=-updated_at"), "acb");
    assert_eq!(names("search=gr%C3%96"), "a");
    assert_eq!(names(&format!("id__in={},{}", b["id"].as_str().unwrap(), c["id"].as_str().unwrap())), "cb");
    let page = list("limit=1&offset=1&search=");
    assert_eq!((&page["count"], &page["results"][0]["name"]), (&json!(3), &json!("b")));
    assert!(page["next"].as_str().unwrap().contains("offset=2"));
}

#[test]
fn files_are_taken_in_and_given_out() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let one = make(&own, "Größe \"1\"");
    let path = path_of(&own, &one);
    let file = "id,input,output,metadata,ref_timestamp\r\n\
        q1,What is 2+2?,4,\"{\"\"level\"\": 1}\",2026-01-14T03:21:34Z\r\n\
        q2,\"[{\"\"role\"\": \"\"user\"\"}]\",\"\"\"4\"\"\",,\r\n\
        ,=1+1,,,\r\n";
    let imported = import(&own.client, &path, "text/csv; charset=utf-8", file).expect(200);
    assert_json_snapshot!("dataset_imported", imported.json());
    let inputs: Vec<Value> = items(&own, &one).into_iter().rev().map(|item| item["input"].clone()).collect();
    assert_eq!(inputs, [json!("What is 2+2?"), json!([{"role": "user"}]), json!("=1+1")]);
    let outputs: Vec<Value> = items(&own, &one).into_iter().rev().map(|item| item["output"].clone()).collect();
    assert_eq!(outputs, [json!(4), json!("4"), json!(null)]);

    let csv = own.client.get(&format!("{path}export/")).expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201.csv");
    assert!(csv.text().starts_with("id,input,output,metadata,ref_trace_id,ref_timestamp,ref_source_id\r\n"));
    assert!(csv.text().contains(",\"\"\"=1+1\"\"\","), "{}", csv.text());
    let again = import(&own.client, &path, "text/csv", &csv.text()).expect(200).json();
    assert_eq!(again, json!({"created": 0, "updated": 0, "unchanged": 3}));

    let jsonl = own.client.get(&format!("{path}export/?format=jsonl")).expect(200);
    assert_eq!((jsonl.header("content-type"), jsonl.text().lines().count()), ("application/x-ndjson", 3));
    let copy = make(&own, "copy");
    let copied = import(&own.client, &path_of(&own, &copy), "application/x-ndjson", &jsonl.text()).expect(200).json();
    assert_eq!(copied, json!({"created": 3, "updated": 0, "unchanged": 0}));
    let copied: Vec<Value> = items(&own, &copy).into_iter().rev().map(|item| item["input"].clone()).collect();
    assert_eq!(copied, inputs);

    let form = form("name=\"file\"; filename=\"items.jsonl\"", &jsonl.text());
    let again = import(&own.client, &path_of(&own, &copy), "multipart/form-data; boundary=xyz", &form).expect(200);
    assert_eq!(again.json()["unchanged"], json!(3));
    check_refused(own.client.get(&format!("{path}export/?format=xml")), "format", "invalid_choice");
    let empty = own.client.get(&format!("{}export/?format=jsonl", path_of(&own, &make(&own, "empty")))).expect(200);
    assert_eq!(empty.text(), "");
}

#[test]
fn of_a_file_with_a_wrong_row_nothing_is_taken_in() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let one = make(&own, "one");
    let path = path_of(&own, &one);
    let refused = import(&own.client, &path, "text/csv", "input,metadata\nfine,{}\nwrong,5\n").expect(400);
    assert_json_snapshot!("dataset_row_refused", refused.json());
    let refused = import(&own.client, &path, "application/jsonl", "{\"input\": 1}\n{\"input\": \n").expect(400);
    assert_json_snapshot!("dataset_line_refused", refused.json());
    check_refused(import(&own.client, &path, "text/csv", ""), "file", "invalid_input");
    check_refused(import(&own.client, &path, "text/csv", "question\n1"), "file", "invalid_input");
    let form = form("name=\"other\"", "x");
    check_refused(import(&own.client, &path, "multipart/form-data; boundary=xyz", &form), "file", "required");
    let detail = "Unsupported media type \"text/plain\" in request.";
    import(&own.client, &path, "text/plain", "input\n1").expect_error(415, "unsupported_media_type", detail);
    assert_eq!(items(&own, &one), [json!(null); 0]);
}

#[test]
fn another_tenants_dataset_is_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let one = make(&own, "one");
    let item = own.client.post(&items_of(&own), &json!({"dataset": one["id"], "input": 1})).expect(201).json();
    let path = path_of(&other, &one);
    other.client.get(&path).expect_error(404, "not_found", "Not found.");
    other.client.patch(&path, &json!({"name": "x"})).expect_error(404, "not_found", "Not found.");
    other.client.get(&format!("{path}export/")).expect_error(404, "not_found", "Not found.");
    import(&other.client, &path, "text/csv", "input\n1").expect_error(404, "not_found", "Not found.");
    let path = format!("{}{}/", items_of(&other), item["id"].as_str().unwrap());
    other.client.get(&path).expect_error(404, "not_found", "Not found.");
    other.client.patch(&path, &json!({"input": 2})).expect_error(404, "not_found", "Not found.");
    assert_eq!(items(&other, &one), [json!(null); 0]);
    let list = other.client.get(&format!("{}?id__in={}", datasets_of(&other), one["id"].as_str().unwrap()));
    assert_eq!(list.expect(200).json()["count"], json!(0));
    // its id in a file makes an item of the other's own
    let theirs = make(&other, "theirs");
    let line = format!("{{\"id\": {}, \"input\": 3}}", item["id"]);
    let imported = import(&other.client, &path_of(&other, &theirs), "application/x-ndjson", &line).expect(200).json();
    assert_eq!(imported["created"], json!(1));
    assert_eq!(items(&own, &one)[0]["input"], json!(1));
}
