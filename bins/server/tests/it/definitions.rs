//! Actions and cohorts: made, changed, listed, and named by queries.

use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

/// Path of the project's actions or cohorts.
fn path_of(tenant: &Tenant, things: &str) -> String {
    format!("/api/projects/{}/{things}/", tenant.project)
}

fn capture(tenant: &Tenant, events: Value) {
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": events});
    tenant.client.post("/batch/", &body).expect(200);
}

fn event(event: &str, person: &str, timestamp: &str, properties: Value) -> Value {
    json!({"event": event, "distinct_id": person, "timestamp": timestamp, "properties": properties})
}

/// Two persons, of whom ann pays.
fn two_persons(tenant: &Tenant) {
    capture(
        tenant,
        json!([
            event(
                "$pageview",
                "ann",
                "2024-03-01T09:00:00Z",
                json!({"$current_url": "/thanks", "$set": {"plan": "paid"}})
            ),
            event("$pageview", "bob", "2024-03-01T10:00:00Z", json!({"$current_url": "/", "$set": {"plan": "free"}})),
            event("left", "bob", "2024-03-02T10:00:00Z", json!({})),
        ]),
    );
}

/// Counts of the series of a trend over the first days of March.
fn count(tenant: &Tenant, mut query: Value) -> crate::support::client::Answer {
    query["kind"] = json!("TrendsQuery");
    query["dateRange"] = json!({"date_from": "2024-03-01", "date_to": "2024-03-03"});
    let body = json!({"query": query, "refresh": "blocking"});
    tenant.client.post(&format!("/api/environments/{}/query/", tenant.project), &body)
}

#[test]
fn an_action_is_made_changed_listed_and_deleted() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let actions = path_of(&own, "actions");
    assert_eq!(own.client.get(&actions).expect(200).json()["results"], json!([]));
    let body = json!({"name": "Paid", "tags": ["B", "a"], "steps": [{"event": "$pageview", "url": "/thanks", "url_matching": "exact"}]});
    let made = own.client.post(&actions, &body).expect(201).json();
    assert_eq!((&made["name"], &made["tags"], &made["is_action"]), (&json!("Paid"), &json!(["a", "b"]), &json!(true)));
    assert_eq!((&made["steps"], &made["deleted"]), (&body["steps"], &json!(false)));

    let path = format!("{actions}{}/", made["id"]);
    let changed = own.client.patch(&path, &json!({"description": "Thanked"})).expect(200).json();
    assert_eq!((&changed["description"], &changed["name"]), (&json!("Thanked"), &json!("Paid")));
    own.client.post(&actions, &json!({"name": "Another"})).expect(201);
    let page = own.client.get(&format!("{actions}?limit=1&offset=1")).expect(200).json();
    assert_eq!((&page["count"], &page["results"][0]["name"]), (&json!(2), &json!("Paid")));
    assert_eq!(own.client.get(&format!("{actions}?search=thank")).expect(200).json()["count"], 1);

    own.client.delete(&path).expect(405);
    own.client.patch(&path, &json!({"deleted": true})).expect(200);
    own.client.get(&path).expect_error(404, "not_found", "Not found.");
    own.client.patch(&path, &json!({"deleted": false})).expect(200);
}

#[test]
fn wrong_definitions_are_refused_by_field() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let check = |things: &str, body: Value, attr: &str| {
        let refused = own.client.post(&path_of(&own, things), &body).expect(400).json();
        assert_eq!(refused["attr"].as_str(), Some(attr), "{body}: {refused}");
    };
    check("actions", json!({}), "name");
    check("actions", json!({"name": " "}), "name");
    check("actions", json!({"name": "a", "steps": [{"url": "(", "url_matching": "regex"}]}), "steps__0__url");
    check("cohorts", json!({"name": "a"}), "groups");
    check("cohorts", json!({"name": "a", "filters": {}}), "filters__properties");
    check(
        "cohorts",
        json!({"name": "a", "is_static": true, "_create_static_person_ids": ["x"]}),
        "_create_static_person_ids",
    );
    check("cohorts", json!({"name": "a", "is_static": true, "query": {"kind": "ActorsQuery"}}), "query");
    let person = "0190a5c6-7d4e-7000-8000-000000000001";
    let listing = json!({"name": "a", "filters": {"properties": {"type": "AND", "values": []}}, "_create_static_person_ids": [person]});
    check("cohorts", listing, "_create_static_person_ids");
    assert_eq!(own.client.get(&path_of(&own, "cohorts")).expect(200).json()["count"], 0);
    own.client.post(&path_of(&own, "actions"), &json!({"name": "Same"})).expect(201);
    check("actions", json!({"name": "Same"}), "name");
}

#[test]
fn queries_count_the_events_of_an_action() {
    let server = TestServer::start();
    let own = server.first_tenant();
    two_persons(&own);
    let body = json!({"name": "Paid", "steps": [{"event": "$pageview", "url": "thanks"}]});
    let action = own.client.post(&path_of(&own, "actions"), &body).expect(201).json();
    let query = json!({"series": [{"kind": "ActionsNode", "id": action["id"]}]});
    let series = count(&own, query.clone()).expect(200).json()["results"][0].clone();
    assert_eq!((&series["count"], &series["label"]), (&json!(1), &json!("Paid")));

    // a changed definition is another answer
    let path = format!("{}{}/", path_of(&own, "actions"), action["id"]);
    own.client.patch(&path, &json!({"steps": [{"event": "$pageview"}]})).expect(200);
    assert_eq!(count(&own, query.clone()).expect(200).json()["results"][0]["count"], 2);
    own.client.patch(&path, &json!({"deleted": true})).expect(200);
    let refused = count(&own, query).expect(400).json();
    let detail = format!("series[0].id: there is no action {} in this project; it may have been deleted", action["id"]);
    assert_eq!(refused["detail"], detail);
}

#[test]
fn cohorts_are_counted_listed_and_named_by_filters() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let cohorts = path_of(&own, "cohorts");
    assert_eq!(own.client.get(&cohorts).expect(200).json()["results"], json!([]));
    two_persons(&own);
    let filters =
        json!({"properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "value": "paid"}]}});
    let made = own.client.post(&cohorts, &json!({"name": "Paying", "filters": filters})).expect(201).json();
    assert_eq!((&made["count"], &made["is_static"], &made["filters"]), (&json!(1), &json!(false), &filters));
    let persons = own.client.get(&format!("{cohorts}{}/persons/", made["id"])).expect(200).json();
    assert_eq!((&persons["count"], &persons["results"][0]["distinct_ids"]), (&json!(1), &json!(["ann"])));
    assert_eq!(persons["results"][0]["properties"]["plan"], "paid");

    let counted = |operator: &str| {
        let filter = json!({"type": "cohort", "key": "id", "value": made["id"], "operator": operator});
        let query = json!({"series": [{"kind": "EventsNode", "event": "$pageview"}, {"kind": "EventsNode", "event": "left"}], "properties": [filter]});
        count(&own, query)
    };
    let numbers = |operator: &str| -> Vec<Value> {
        let answer = counted(operator).expect(200).json();
        answer["results"].as_array().unwrap().iter().map(|series| series["count"].clone()).collect()
    };
    assert_eq!(numbers("in"), [1, 0]);
    assert_eq!(numbers("not_in"), [1, 1]);

    own.client.patch(&format!("{cohorts}{}/", made["id"]), &json!({"deleted": true})).expect(200);
    let refused = counted("in").expect(400).json();
    assert!(refused["detail"].as_str().unwrap().contains("there is no cohort"), "{refused}");
}

#[test]
fn static_cohorts_list_their_persons() {
    let server = TestServer::start();
    let own = server.first_tenant();
    two_persons(&own);
    let cohorts = path_of(&own, "cohorts");
    let everybody =
        json!({"properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "operator": "is_set"}]}});
    let everybody = own.client.post(&cohorts, &json!({"name": "All", "filters": everybody})).expect(201).json();
    let persons = own.client.get(&format!("{cohorts}{}/persons/?limit=1&offset=1", everybody["id"])).expect(200).json();
    assert_eq!((&persons["count"], persons["results"].as_array().unwrap().len()), (&json!(2), 1));
    let bob = persons["results"][0]["uuid"].clone();

    let body = json!({"name": "Friends", "is_static": true, "_create_static_person_ids": [bob]});
    let friends = own.client.post(&cohorts, &body).expect(201).json();
    assert_eq!((&friends["count"], &friends["is_static"]), (&json!(1), &json!(true)));
    let path = format!("{cohorts}{}/", friends["id"]);
    let more = own.client.patch(&format!("{path}add_persons_to_static_cohort/"), &json!({"distinct_ids": ["ann"]}));
    assert_eq!(more.expect(200).json()["count"], 2);
    let fewer = own.client.patch(&format!("{path}remove_person_from_static_cohort/"), &json!({"person_id": bob}));
    assert_eq!(fewer.expect(200).json()["count"], 1);
    let refused = format!("{cohorts}{}/add_persons_to_static_cohort/", everybody["id"]);
    own.client.patch(&refused, &json!({"person_ids": [bob]})).expect(400);
}

#[test]
fn definitions_of_another_tenant_are_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    let action = own.client.post(&path_of(&own, "actions"), &json!({"name": "Mine"})).expect(201).json();
    let through_own_project = format!("{}{}/", path_of(&other, "actions"), action["id"]);
    other.client.get(&through_own_project).expect_error(404, "not_found", "Not found.");
    other.client.patch(&through_own_project, &json!({"name": "Taken"})).expect_error(404, "not_found", "Not found.");
    count(&other, json!({"series": [{"kind": "ActionsNode", "id": action["id"]}]})).expect(400);
}

#[test]
fn a_projects_filters_against_its_own_staff_change_answers() {
    let server = TestServer::start();
    let own = server.first_tenant();
    two_persons(&own);
    let project = format!("/api/projects/{}/", own.project);
    let n_views = |leaves_out: bool| {
        let series = json!([{"kind": "EventsNode", "event": "$pageview"}]);
        let answer = count(&own, json!({"series": series, "filterTestAccounts": leaves_out})).expect(200).json();
        answer["results"][0]["count"].clone()
    };
    assert_eq!((n_views(true), n_views(false)), (json!(2), json!(2)));
    let by_plan = |plan: &str| json!({"test_account_filters": [{"type": "person", "key": "plan", "value": [plan]}]});
    own.client.patch(&project, &by_plan("paid")).expect(200);
    assert_eq!((n_views(true), n_views(false)), (json!(1), json!(2)));
    own.client.patch(&project, &by_plan("none")).expect(200);
    assert_eq!(n_views(true), json!(0));

    // a cohort may leave them out too
    let everybody = json!({
        "properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "operator": "is_set"}]},
        "filterTestAccounts": true,
    });
    let n_persons = |plan: &str| {
        own.client.patch(&project, &by_plan(plan)).expect(200);
        let made = own.client.post(&path_of(&own, "cohorts"), &json!({"name": plan, "filters": everybody}));
        made.expect(201).json()["count"].clone()
    };
    assert_eq!((n_persons("paid"), n_persons("none")), (json!(1), json!(0)));

    // a filter by cohort needs the cohort too
    let filters =
        json!({"properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "value": "paid"}]}});
    let cohort = own.client.post(&path_of(&own, "cohorts"), &json!({"name": "Paying", "filters": filters}));
    let filter = json!({"type": "cohort", "key": "id", "value": cohort.expect(201).json()["id"], "operator": "not_in"});
    own.client.patch(&project, &json!({"test_account_filters": [filter]})).expect(200);
    assert_eq!(n_views(true), json!(1));
}

#[test]
fn a_projects_rules_for_cleaning_paths_change_answers() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let view = |url: &str, timestamp: &str| event("$pageview", "ann", timestamp, json!({"$current_url": url}));
    capture(
        &own,
        json!([
            view("/user/1", "2024-03-01T09:00:00Z"),
            view("/user/2", "2024-03-01T09:01:00Z"),
            view("/buy", "2024-03-01T09:02:00Z")
        ]),
    );
    let edges = || {
        let query = json!({
            "kind": "PathsQuery", "dateRange": {"date_from": "2024-03-01", "date_to": "2024-03-03"},
            "pathsFilter": {"includeEventTypes": ["$pageview"], "pathReplacements": true},
        });
        let body = json!({"query": query, "refresh": "blocking"});
        let answer = own.client.post(&format!("/api/environments/{}/query/", own.project), &body).expect(200).json();
        let edges = answer["results"].as_array().unwrap().iter();
        edges
            .map(|edge| format!("{} {}", edge["source"].as_str().unwrap(), edge["target"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(edges(), ["1_/user/1 2_/user/2", "2_/user/2 3_/buy"]);
    // the rule without an order comes last, though it stands first
    let rules = json!([{"regex": "^/user/:id$", "alias": "user"}, {"regex": "\\d+", "alias": ":id", "order": 1}]);
    own.client.patch(&format!("/api/projects/{}/", own.project), &json!({"path_cleaning_filters": rules})).expect(200);
    assert_eq!(edges(), ["1_user 2_/buy"]);
}

#[test]
fn filters_by_event_metadata_read_when_and_who() {
    let server = TestServer::start();
    let own = server.first_tenant();
    two_persons(&own);
    let filters =
        json!({"properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "value": "paid"}]}});
    let cohort = own.client.post(&path_of(&own, "cohorts"), &json!({"name": "Paying", "filters": filters}));
    let persons = format!("{}{}/persons/", path_of(&own, "cohorts"), cohort.expect(201).json()["id"]);
    let ann = own.client.get(&persons).expect(200).json()["results"][0]["uuid"].clone();
    let n_events = |key: &str, operator: &str, value: Value| {
        let filter = json!({"type": "event_metadata", "key": key, "operator": operator, "value": value});
        let series = json!([{"kind": "EventsNode", "event": null}]);
        count(&own, json!({"series": series, "properties": [filter]})).expect(200).json()["results"][0]["count"].clone()
    };
    assert_eq!(n_events("event", "exact", json!("left")), 1);
    assert_eq!(n_events("distinct_id", "exact", json!(["bob"])), 2);
    assert_eq!(n_events("person_id", "exact", json!([ann])), 1);
    assert_eq!(n_events("person_id", "is_not", json!([ann])), 2);
    assert_eq!(n_events("timestamp", "is_date_after", json!("2024-03-01T09:30:00Z")), 2);
    assert_eq!(n_events("timestamp", "is_date_before", json!("2024-03-02")), 2);
}

/// The file as the `csv` of a form with fields, for a new cohort or for one that there is.
fn upload(
    tenant: &Tenant,
    method: reqwest::Method,
    path: &str,
    fields: &[(&str, &str)],
    file: &str,
) -> crate::support::client::Answer {
    let part = |disposition: String, content: &str| {
        format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
    };
    let mut body: String = fields.iter().map(|(name, value)| part(format!("name=\"{name}\""), value)).collect();
    body += &part("name=\"csv\"; filename=\"list.csv\"".to_owned(), file);
    body += "--xyz--\r\n";
    let request = tenant.client.request(method, path);
    tenant.client.send(request.header("content-type", "multipart/form-data; boundary=xyz").body(body))
}

#[test]
fn static_cohorts_are_made_of_files() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let body = json!({"event": "$set", "distinct_id": "cem", "timestamp": "2024-03-01T09:00:00Z", "properties": {"$set": {"email": "cem@x.de"}}});
    two_persons(&own);
    capture(&own, json!([body]));
    let cohorts = path_of(&own, "cohorts");
    let fields = [("name", "Listed"), ("is_static", "true")];
    let made = upload(&own, reqwest::Method::POST, &cohorts, &fields, "name,distinct_id\nAnn,ann\n?,stranger\n")
        .expect(201)
        .json();
    assert_eq!((&made["name"], &made["count"], &made["is_static"]), (&json!("Listed"), &json!(1), &json!(true)));
    assert_eq!((&made["is_calculating"], made["last_calculation"].is_string()), (&json!(false), true));

    let path = format!("{cohorts}{}/", made["id"]);
    let more = upload(&own, reqwest::Method::PATCH, &path, &[("name", "Both")], "email\ncem@x.de\nnobody@x.de\n")
        .expect(200)
        .json();
    assert_eq!((&more["name"], &more["count"]), (&json!("Both"), &json!(2)));
    let persons = own.client.get(&format!("{path}persons/")).expect(200).json();
    let cem = persons["results"][1]["uuid"].as_str().unwrap();
    let by_id =
        upload(&own, reqwest::Method::POST, &cohorts, &fields, &format!("person_id\n{cem}\n")).expect(201).json();
    assert_eq!(by_id["count"], 1);

    for file in ["", "name,age\nAnn,5\n", "email\n"] {
        let refused = upload(&own, reqwest::Method::POST, &cohorts, &fields, file).expect(400).json();
        assert_eq!(refused["attr"], "csv", "{file:?}: {refused}");
    }
    let listed = own.client.get(&format!("{cohorts}?type=static&search=both")).expect(200).json();
    assert_eq!((&listed["count"], &listed["results"][0]["id"]), (&json!(1), &made["id"]));
    assert_eq!(own.client.get(&format!("{cohorts}?type=dynamic")).expect(200).json()["count"], 0);
    assert_eq!(own.client.get(&format!("{cohorts}?type=other")).expect(400).json()["attr"], "type");
}

#[test]
fn a_dynamic_cohort_is_copied_as_it_is_now() {
    let server = TestServer::start();
    let own = server.first_tenant();
    two_persons(&own);
    let cohorts = path_of(&own, "cohorts");
    let filters =
        json!({"properties": {"type": "AND", "values": [{"type": "person", "key": "plan", "value": "paid"}]}});
    let made = own.client.post(&cohorts, &json!({"name": "Paying", "filters": filters})).expect(201).json();
    let copy = own.client.get(&format!("{cohorts}{}/duplicate_as_static_cohort/", made["id"])).expect(200).json();
    assert_eq!(
        (&copy["name"], &copy["is_static"], &copy["count"]),
        (&json!("Paying (static copy)"), &json!(true), &json!(1))
    );
    // the copy stays as it is
    capture(&own, json!([event("$set", "bob", "2024-03-03T09:00:00Z", json!({"$set": {"plan": "paid"}}))]));
    let n_persons = |id: &Value| own.client.get(&format!("{cohorts}{id}/persons/")).expect(200).json()["count"].clone();
    assert_eq!((n_persons(&made["id"]), n_persons(&copy["id"])), (json!(2), json!(1)));
    own.client.get(&format!("{cohorts}{}/duplicate_as_static_cohort/", copy["id"])).expect(400);
}

#[test]
fn actions_are_pinned_and_unpinned() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let actions = path_of(&own, "actions");
    let made = own.client.post(&actions, &json!({"name": "Paid", "steps": [{"event": "paid"}]})).expect(201).json();
    assert_eq!(made["pinned_at"], Value::Null);
    let path = format!("{actions}{}/", made["id"]);
    let pinned = own.client.patch(&path, &json!({"pinned_at": "2024-03-01T09:00:00Z"})).expect(200).json();
    assert!(pinned["pinned_at"].as_str().unwrap().starts_with("2024-03-01T09:00:00"), "{pinned}");
    let renamed = own.client.patch(&path, &json!({"name": "Bought"})).expect(200).json();
    assert_eq!(renamed["pinned_at"], pinned["pinned_at"]);
    assert_eq!(own.client.patch(&path, &json!({"pinned_at": null})).expect(200).json()["pinned_at"], Value::Null);
    assert_eq!(own.client.patch(&path, &json!({"pinned_at": "soon"})).expect(400).json()["attr"], "pinned_at");
}
