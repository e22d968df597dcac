//! Identical questions at the same time, over several routes, are one execution.

use serde_json::{Value, json};

use crate::support::{Tenant, TestServer};

fn count(server: &TestServer, outcome: &str) -> u64 {
    let text = server.anonymous().get("/metrics").expect(200).text();
    let series = format!("hindsight_queries_total{{outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
}

fn ask(tenant: &Tenant, query: &Value, insight: &Value, number: usize) -> Value {
    let project = tenant.project;
    if number.is_multiple_of(2) {
        let body = json!({"query": query, "refresh": "blocking", "client_query_id": format!("query-{number}")});
        tenant.client.post(&format!("/api/environments/{project}/query/"), &body).expect(200).json()["results"].clone()
    } else {
        let path = format!("/api/projects/{project}/insights/{insight}/?refresh=blocking");
        tenant.client.get(&path).expect(200).json()["result"].clone()
    }
}

#[test]
fn a_hundred_identical_cold_queries_over_two_routes_run_once() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let query = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]});
    let body = json!({"name": "Views", "query": {"kind": "InsightVizNode", "source": query}});
    let path = format!("/api/environments/{}/insights/", own.project);
    let insight = own.client.post(&path, &body).expect(201).json()["id"].clone();

    let (own, query, insight) = (&own, &query, &insight);
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..100).map(|number| scope.spawn(move || ask(own, query, insight, number))).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).collect()
    });
    assert!(answers[0].is_array() && answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(count(&server, "run"), 1);
    assert_eq!(count(&server, "coalesced") + count(&server, "cached"), 99);
}

#[test]
fn a_follower_is_authorised_on_its_own() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let query = json!({"query": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}});
    let path = format!("/api/environments/{}/query/", own.project);
    own.client.post(&path, &query).expect(200);
    server.anonymous().post(&path, &query).expect(401);
    server.with_scopes(&["insight:read"]).post(&path, &query).expect(403);
    server.other_tenant().client.post(&path, &query).expect(404);
}
