//! Groups: listed, found, and what queries make of them.

use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn capture(tenant: &Tenant, events: Value) {
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": events});
    tenant.client.post("/batch/", &body).expect(200);
}

/// Two companies, of which acme pays and has two of three persons; ann views on two days, bob once, cem of zoo once. A team that nobody is in.
fn companies(tenant: &Tenant) {
    let identify = |kind: &str, key: &str, properties: Value| {
        json!({"event": "$groupidentify", "distinct_id": "admin", "timestamp": "2024-02-01T00:00:00Z",
               "properties": {"$group_type": kind, "$group_key": key, "$group_set": properties}})
    };
    let view = |person: &str, company: &str, timestamp: &str| json!({"event": "view", "distinct_id": person, "timestamp": timestamp, "properties": {"$groups": {"company": company}}});
    capture(
        tenant,
        json!([
            identify("company", "acme", json!({"name": "Acme Inc", "plan": "paid", "size": 10})),
            identify("company", "zoo", json!({"name": "The Zoo", "plan": "free"})),
            identify("team", "red", json!({})),
            view("ann", "acme", "2024-03-01T09:00:00Z"),
            view("bob", "acme", "2024-03-01T10:00:00Z"),
            view("ann", "acme", "2024-03-02T09:00:00Z"),
            view("cem", "zoo", "2024-03-02T10:00:00Z"),
            {"event": "view", "distinct_id": "dan", "timestamp": "2024-03-02T11:00:00Z"},
        ]),
    );
}

#[test]
fn groups_are_listed_searched_and_found() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let base = format!("/api/projects/{}", own.project);
    assert_eq!(own.client.get(&format!("{base}/groups_types/")).expect(200).json(), json!([]));
    companies(&own);
    let types = own.client.get(&format!("{base}/groups_types/")).expect(200).json();
    let shown = |index: usize| (types[index]["group_type"].clone(), types[index]["group_type_index"].clone());
    assert_eq!((shown(0), shown(1)), ((json!("company"), json!(0)), (json!("team"), json!(1))));

    let keys = |query: &str| -> Vec<Value> {
        let page = own.client.get(&format!("{base}/groups/?{query}")).expect(200).json();
        assert_eq!((&page["next"], &page["previous"]), (&Value::Null, &Value::Null));
        page["results"].as_array().unwrap().iter().map(|group| group["group_key"].clone()).collect()
    };
    assert_eq!(keys("group_type_index=0"), ["acme", "zoo"]);
    assert_eq!(keys("group_type_index=0&search=INC"), ["acme"]);
    assert_eq!(keys("group_type_index=0&group_key=Z"), ["zoo"]);
    assert_eq!(keys("group_type_index=0&cursor=1"), ["zoo"]);
    assert_eq!(keys("group_type_index=4"), [""; 0]);
    let missing = own.client.get(&format!("{base}/groups/")).expect(400).json();
    assert_eq!(missing["attr"], "group_type_index");

    let found = own.client.get(&format!("{base}/groups/find/?group_type_index=0&group_key=acme")).expect(200).json();
    let properties = json!({"name": "Acme Inc", "plan": "paid", "size": 10});
    assert_eq!((&found["group_key"], &found["group_properties"]), (&json!("acme"), &properties));
    own.client.get(&format!("{base}/groups/find/?group_type_index=1&group_key=acme")).expect(404);

    let names = own.client.get(&format!("{base}/groups/property_definitions/")).expect(200).json();
    let expected =
        json!({"0": [{"name": "name", "count": 2}, {"name": "plan", "count": 2}, {"name": "size", "count": 1}]});
    assert_eq!(names, expected);
    let values = own.client.get(&format!("{base}/groups/property_values/?group_type_index=0&key=plan&value=PA"));
    assert_eq!(values.expect(200).json()["results"], json!([{"name": "paid", "count": 1}]));
}

#[test]
fn long_lists_of_groups_have_pages() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let identify = |n: usize| {
        json!({"event": "$groupidentify", "distinct_id": "admin", "timestamp": "2024-02-01T00:00:00Z",
               "properties": {"$group_type": "company", "$group_key": format!("c{n:03}"), "$group_set": {}}})
    };
    capture(&own, (0..150).map(identify).collect());
    let path = format!("/api/projects/{}/groups/?group_type_index=0&search=c", own.project);
    let first = own.client.get(&path).expect(200);
    assert_eq!(first.json()["results"].as_array().unwrap().len(), 100);
    let next = first.redacted()["next"].as_str().unwrap().replace("[server]", "");
    let second = own.client.get(&next).expect(200).json();
    assert_eq!(second["results"].as_array().unwrap().len(), 50);
    assert_eq!((&second["results"][0]["group_key"], &second["next"]), (&json!("c100"), &Value::Null));
}

#[test]
fn groups_of_another_tenant_are_unknown() {
    let server = TestServer::start();
    let (own, other) = (server.first_tenant(), server.other_tenant());
    companies(&own);
    let foreign = format!("/api/projects/{}/groups_types/", own.project);
    other.client.get(&foreign).expect(404);
    assert_eq!(
        other.client.get(&format!("/api/projects/{}/groups_types/", other.project)).expect(200).json(),
        json!([])
    );
}

/// What a query answers over the companies.
struct Asked {
    own: Tenant,
    _server: TestServer,
}

impl Asked {
    fn new() -> Self {
        let server = TestServer::start();
        let own = server.first_tenant();
        companies(&own);
        Self { own, _server: server }
    }

    fn results(&self, mut query: Value) -> Value {
        query["dateRange"] = json!({"date_from": "2024-03-01", "date_to": "2024-03-03"});
        let body = json!({"query": query, "refresh": "blocking"});
        let path = format!("/api/environments/{}/query/", self.own.project);
        self.own.client.post(&path, &body).expect(200).json()["results"].clone()
    }
}

#[test]
fn queries_count_filter_and_break_down_by_groups() {
    let asked = Asked::new();
    let view = json!({"kind": "EventsNode", "event": "view"});
    let unique = json!({"kind": "EventsNode", "event": "view", "math": "unique_group", "math_group_type_index": 0});
    let trend = asked.results(json!({"kind": "TrendsQuery", "series": [unique]}));
    assert_eq!(trend[0]["data"], json!([1, 2, 0]));

    let paid = json!([{"type": "group", "group_type_index": 0, "key": "plan", "value": ["paid"]}]);
    let filtered = asked.results(json!({"kind": "TrendsQuery", "series": [view], "properties": paid}));
    assert_eq!(filtered[0]["data"], json!([2, 1, 0]));

    let by_plan = json!({"breakdown_type": "group", "breakdown": "plan", "breakdown_group_type_index": 0});
    let broken = asked.results(json!({"kind": "TrendsQuery", "series": [view], "breakdownFilter": by_plan}));
    let shown: Vec<_> =
        broken.as_array().unwrap().iter().map(|row| (row["breakdown_value"].clone(), row["count"].clone())).collect();
    assert_eq!(
        shown,
        [(json!("paid"), json!(3)), (json!("free"), json!(1)), (json!("$$_posthog_breakdown_null_$$"), json!(1)),]
    );
}

#[test]
fn hogql_knows_groups_by_the_names_of_their_types() {
    let asked = Asked::new();
    let select = "SELECT company.properties.plan AS plan, count() FROM events WHERE event = 'view' GROUP BY plan ORDER BY plan NULLS LAST";
    let rows = asked.results(json!({"kind": "HogQLQuery", "query": select}));
    assert_eq!(rows, json!([["free", 1], ["paid", 3], [null, 1]]));
    let series = json!([{"kind": "EventsNode", "event": "view", "math": "hogql", "math_hogql": "uniq(company.key)"}]);
    assert_eq!(asked.results(json!({"kind": "TrendsQuery", "series": series}))[0]["data"], json!([1, 3, 0]));
}

#[test]
fn funnels_retention_stickiness_and_lifecycle_are_about_groups() {
    let asked = Asked::new();
    let view = json!({"kind": "EventsNode", "event": "view"});
    let funnel =
        asked.results(json!({"kind": "FunnelsQuery", "series": [view, view], "aggregation_group_type_index": 0}));
    // acme views three times, by two persons; zoo once
    assert_eq!((&funnel[0]["count"], &funnel[1]["count"]), (&json!(2), &json!(1)));

    let entity = json!({"id": "view", "type": "events"});
    let retention = json!({"period": "Day", "totalIntervals": 3, "targetEntity": entity, "returningEntity": entity});
    let rows = asked
        .results(json!({"kind": "RetentionQuery", "retentionFilter": retention, "aggregation_group_type_index": 0}));
    let counts = |row: &Value| -> Vec<Value> {
        row["values"].as_array().unwrap().iter().map(|cell| cell["count"].clone()).collect()
    };
    assert_eq!(
        (counts(&rows[0]), counts(&rows[1])),
        (vec![json!(1), json!(1), json!(0)], vec![json!(2), json!(0), json!(0)])
    );

    let unique = json!({"kind": "EventsNode", "event": "view", "math": "unique_group", "math_group_type_index": 0});
    let stickiness = asked.results(json!({"kind": "StickinessQuery", "series": [unique]}));
    assert_eq!(stickiness[0]["data"], json!([1, 1, 0]));
}
