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
