//! Runs of endpoints.

use std::sync::Arc;

use chrono::TimeDelta;
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{make, path_of, path_to, sql};
use crate::support::client::Answer;
use crate::support::{Tenant, TestServer};

fn run(tenant: &Tenant, name: &str, body: &Value) -> Answer {
    tenant.client.post(&format!("{}run/", path_to(tenant, name)), body)
}

fn run_by_get(tenant: &Tenant, name: &str, parameters: &[(&str, &str)]) -> Answer {
    tenant.client.get_with(&format!("{}run/", path_to(tenant, name)), parameters)
}

fn capture(tenant: &Tenant, events: &[(&str, &str, &str)]) {
    let batch: Vec<Value> = events
        .iter()
        .map(|(event, timestamp, plan)| {
            json!({"event": event, "distinct_id": "ann", "timestamp": timestamp, "properties": {"plan": plan}})
        })
        .collect();
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": batch});
    tenant.client.post("/batch/", &body).expect(200);
}

fn server_at(instant: &str) -> (TestServer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(instant.parse().unwrap()));
    (TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {}), clock)
}

/// Status and `attr` of a refusal.
#[track_caller]
fn check_refused(answer: Answer, status: u16, attr: &str, part: &str) {
    let body = answer.expect(status).json();
    assert_eq!(body["attr"].as_str().unwrap_or_default(), attr, "{body}");
    assert!(body["detail"].as_str().unwrap().contains(part), "{body}");
}

#[test]
fn a_run_has_its_form() {
    let (server, _clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    make(&own, "a", &sql("select 1 as one, 'x' as text"));
    let answer = run(&own, "a", &json!({})).expect(200);
    assert!(answer.text().starts_with(r#"{"results":[[1,"x"]],"#), "{}", answer.text());
    assert_json_snapshot!("endpoint_run", answer.redacted());
    let mut debug = run(&own, "a", &json!({"debug": true})).expect(200).redacted();
    assert!(debug["cache_key"].as_str().unwrap().starts_with("cache_"));
    debug["cache_key"] = json!("[key]");
    assert_json_snapshot!("endpoint_run_debug", debug);
    let by_get = run_by_get(&own, "a", &[]).expect(200).json();
    assert_eq!(by_get["results"], json!([[1, "x"]]));
    assert!(run_by_get(&own, "a", &[("debug", "true")]).expect(200).json()["cache_key"].is_string());
}

#[test]
fn an_inactive_endpoint_is_not_run() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select 1"));
    own.client.patch(&path_to(&own, "a"), &json!({"is_active": false})).expect(200);
    run(&own, "a", &json!({})).expect_error(404, "not_found", "Not found.");
    run(&own, "b", &json!({})).expect_error(404, "not_found", "Not found.");
    run(&own, "a%2Frun", &json!({})).expect_error(404, "not_found", "Not found.");
}

#[test]
fn every_version_can_be_run() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select 1"));
    own.client.patch(&path_to(&own, "a"), &json!({"query": sql("select 2")})).expect(200);
    let results = |answer: Answer| {
        let body = answer.expect(200).json();
        (body["results"].clone(), body["endpoint_version"].clone())
    };
    assert_eq!(results(run(&own, "a", &json!({}))), (json!([[2]]), json!(2)));
    assert_eq!(results(run(&own, "a", &json!({"version": 1}))), (json!([[1]]), json!(1)));
    assert_eq!(results(run_by_get(&own, "a", &[("version", "1")])), (json!([[1]]), json!(1)));
    let path = format!("{}run/?version=1", path_to(&own, "a"));
    assert_eq!(results(own.client.post(&path, &json!({}))), (json!([[1]]), json!(1)));
    assert_eq!(results(own.client.post(&path, &json!({"version": 2}))), (json!([[2]]), json!(2)));
    let missing = run(&own, "a", &json!({"version": 3})).expect(404);
    assert_json_snapshot!("endpoint_run_version_missing", missing.json());
    check_refused(run_by_get(&own, "a", &[("version", "x")]), 400, "version", "Invalid version parameter: x");
}

#[test]
fn answers_are_fresh_as_long_as_the_endpoint_says() {
    let (server, clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    make(&own, "a", &sql("select now()"));
    let cached = |body: Value| run(&own, "a", &body).expect(200).json()["is_cached"].clone();
    assert_eq!(cached(json!({})), false);
    clock.advance(TimeDelta::hours(6));
    assert_eq!(cached(json!({})), true);
    assert_eq!(cached(json!({"refresh": "cache"})), true);
    for refresh in ["force_blocking", "force", "direct"] {
        assert_eq!(cached(json!({"refresh": refresh})), false, "{refresh}");
    }
    own.client.patch(&path_to(&own, "a"), &json!({"cache_age_seconds": 300})).expect(200);
    clock.advance(TimeDelta::seconds(300));
    assert_eq!(cached(json!({})), true);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(cached(json!({"refresh": "blocking"})), false);
    for refresh in ["async", "lazy_async", "force_async"] {
        check_refused(run(&own, "a", &json!({"refresh": refresh})), 400, "refresh", "Only sync modes are supported");
    }
    check_refused(run(&own, "a", &json!({"refresh": "soon"})), 400, "refresh", "soon");
}

#[test]
fn variables_are_filled_in_by_code_name() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let path = format!("/api/environments/{}/insight_variables/", own.project);
    let mut variables = json!({});
    for (name, kind, default) in
        [("n", "Number", json!(7)), ("day", "Date", json!(null)), ("country", "List", json!("DE"))]
    {
        let body = json!({"name": name, "type": kind, "default_value": default, "values": ["DE", "FR"]});
        let id = own.client.post(&path, &body).expect(201).json()["id"].as_str().unwrap().to_owned();
        variables[&id] = json!({"variableId": id, "code_name": name});
    }
    variables["inline"] = json!({"code_name": "inline", "value": "own"});
    let query = json!({
        "kind": "DataVisualizationNode",
        "source": {
            "kind": "HogQLQuery",
            "query": "select {variables.n}, {variables.day}, {variables.country}, {variables.inline}",
            "variables": variables,
        },
    });
    make(&own, "a", &query);
    let results = |given: Value| run(&own, "a", &json!({"variables": given})).expect(200).json()["results"].clone();
    assert_eq!(results(json!({"day": "2026-01-31"})), json!([[7, "2026-01-31", "DE", "own"]]));
    assert_eq!(
        results(json!({"day": "2026-01-31", "n": 1.5, "country": "FR", "inline": "it's"})),
        json!([[1.5, "2026-01-31", "FR", "it's"]])
    );
    let by_get = run_by_get(&own, "a", &[("variables", r#"{"day": "2026-02-01"}"#)]).expect(200).json();
    assert_eq!(by_get["results"][0][1], "2026-02-01");

    let check = |given: Value, attr: &str, part: &str| {
        check_refused(run(&own, "a", &json!({"variables": given})), 400, attr, part);
    };
    check(json!({}), "variables__day", "'day' is required");
    check(json!({"day": "2026-01-31", "m": 1}), "variables__m", "Variable 'm' not found in query");
    check(json!({"day": "2026-01-31", "n": "1"}), "variables__n", "a number");
    check(json!({"day": "tomorrow"}), "variables__day", "2026-01-31");
    check(json!({"day": "2026-01-31", "country": "IT"}), "variables__country", "IT");
    check_refused(run(&own, "a", &json!({"variables": []})), 400, "variables", "");
    check_refused(run_by_get(&own, "a", &[("variables", "{")]), 400, "variables", "JSON");
}

fn trends() -> Value {
    json!({"kind": "InsightVizNode", "source": {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "seen"}],
        "dateRange": {"date_from": "2026-01-01", "date_to": "2026-01-02"},
    }})
}

#[test]
fn an_insights_query_is_overridden() {
    let server = TestServer::start();
    let own = server.first_tenant();
    capture(
        &own,
        &[
            ("seen", "2026-01-01T10:00:00Z", "paid"),
            ("seen", "2026-01-01T11:00:00Z", "free"),
            ("bought", "2026-01-02T10:00:00Z", "paid"),
        ],
    );
    make(&own, "a", &trends());
    let data = |body: Value| run(&own, "a", &body).expect(200).json()["results"][0]["data"].clone();
    assert_eq!(data(json!({})), json!([2, 0]));
    assert_eq!(data(json!({"query_override": {"series": [{"kind": "EventsNode", "event": "bought"}]}})), json!([0, 1]));
    let paid = json!([{"key": "plan", "value": "paid", "type": "event", "operator": "exact"}]);
    assert_eq!(data(json!({"filters_override": {"properties": paid}})), json!([1, 0]));
    assert_eq!(data(json!({"filters_override": {"date_from": "2026-01-01", "date_to": "2026-01-01"}})), json!([2]));
    let filters = json!({"properties": paid}).to_string();
    let by_get = run_by_get(&own, "a", &[("filters_override", &filters)]).expect(200).json();
    assert_eq!(by_get["results"][0]["data"], json!([1, 0]));
    assert_eq!(data(json!({})), json!([2, 0]));

    check_refused(run(&own, "a", &json!({"variables": {"x": 1}})), 400, "variables", "Only query_override");
    check_refused(run(&own, "a", &json!({"limit": 1})), 400, "limit", "TrendsQuery");
    let kind = json!({"query_override": {"kind": "HogQLQuery", "query": "select 1"}});
    check_refused(run(&own, "a", &kind), 400, "query_override__kind", "TrendsQuery");
    let series = json!({"query_override": {"series": [{"kind": "EventsNode", "math": "x"}]}});
    check_refused(run(&own, "a", &series), 400, "query_override__series__0__math", "x");
    check_refused(run(&own, "a", &json!({"filters": {}})), 400, "filters", "nknown field");
}

#[test]
fn hogql_takes_filters_where_it_says_so() {
    let server = TestServer::start();
    let own = server.first_tenant();
    capture(&own, &[("seen", "2026-01-01T10:00:00Z", "paid"), ("seen", "2026-01-03T10:00:00Z", "free")]);
    make(&own, "a", &sql("select count() from events where {filters}"));
    make(&own, "b", &sql("select count() from events"));
    let filters = json!({"filters_override": {"date_from": "2026-01-01", "date_to": "2026-01-02"}});
    assert_eq!(run(&own, "a", &filters).expect(200).json()["results"], json!([[1]]));
    assert_eq!(run(&own, "a", &json!({})).expect(200).json()["results"], json!([[2]]));
    check_refused(run(&own, "b", &filters), 400, "filters_override", "{filters}");
    let query = json!({"query_override": {"query": "select 1"}});
    check_refused(run(&own, "a", &query), 400, "query_override", "Only variables and filters_override");
}

#[test]
fn rows_come_in_pages() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select number from numbers(250) order by number"));
    let page = |body: Value| {
        let body = run(&own, "a", &body).expect(200).json();
        let rows = body["results"].as_array().unwrap();
        let ends = (rows.first().cloned().unwrap_or_default(), rows.len());
        (ends, body["hasMore"].clone(), body["limit"].clone(), body["offset"].clone())
    };
    assert_eq!(page(json!({"limit": 10})), ((json!([0]), 10), json!(true), json!(10), json!(0)));
    assert_eq!(page(json!({"limit": 200, "offset": 100})), ((json!([100]), 150), json!(false), json!(200), json!(100)));
    assert_eq!(page(json!({"offset": 249})), ((json!([249]), 1), json!(false), json!(100), json!(249)));
    assert_eq!(page(json!({"offset": 250})), ((json!(null), 0), json!(false), json!(100), json!(250)));
    // a page is of what the text leaves
    own.client
        .patch(&path_to(&own, "a"), &json!({"query": sql("select number from numbers(250) order by number limit 5")}))
        .expect(200);
    assert_eq!(page(json!({"limit": 10, "offset": 3})).0, (json!([3]), 2));
    check_refused(run(&own, "a", &json!({"limit": 0})), 400, "limit", "greater");
    check_refused(run(&own, "a", &json!({"offset": -1})), 400, "offset", "greater");
}

#[test]
fn a_query_that_fails_says_why() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select nothing_like_that from events"));
    check_refused(run(&own, "a", &json!({})), 400, "query__query", "nothing_like_that");
}

#[test]
fn last_runs_are_told() {
    let (server, clock) = server_at("2026-01-14T12:00:00Z");
    let own = server.first_tenant();
    for name in ["a", "b"] {
        make(&own, name, &sql("select 1"));
    }
    let path = format!("{}last_execution_times/", path_of(&own));
    let times = |names: Value| own.client.post(&path, &json!({"names": names})).expect(200);
    assert_json_snapshot!("endpoint_no_executions", times(json!([])).json());
    assert_eq!(times(json!(["a", "b"])).json()["query_status"]["results"], json!([]));
    run(&own, "a", &json!({})).expect(200);
    clock.advance(TimeDelta::seconds(30));
    run_by_get(&own, "b", &[]).expect(200);
    run(&own, "b", &json!({"version": 9})).expect(404);
    assert_json_snapshot!("endpoint_executions", times(json!(["b", "a", "missing"])).json());
    clock.set("2026-07-14T12:00:15Z".parse().unwrap());
    let results = &times(json!(["a", "b"])).json()["query_status"]["results"];
    assert_eq!(*results, json!([["b", "2026-01-14T12:00:30Z"]]));
    let bad = own.client.post(&path, &json!({"names": ["a b"]}));
    bad.expect_error(400, "invalid_input", "Invalid endpoint name: a b");
    // a name like the route's is a name like any other
    make(&own, "last_execution_times", &sql("select 1"));
    run(&own, "last_execution_times", &json!({})).expect(200);
    own.client.get(&path_to(&own, "last_execution_times")).expect(200);
}

#[test]
fn a_run_is_watched_and_cancelled_by_its_name() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let endless =
        "select count() from numbers(1000000) as a cross join numbers(1000000) as b where a.number + b.number = 3";
    make(&own, "slow", &sql(endless));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&own, "slow", &json!({"client_query_id": "mine", "refresh": "direct"})));
        let query = format!("/api/environments/{}/query/mine/", own.project);
        while own.client.get(&query).status != 202 {
            assert!(!running.is_finished(), "{}", running.join().unwrap().text());
            std::thread::yield_now();
        }
        own.client.delete(&query).expect(200);
        let cancelled = running.join().unwrap().expect(400).json();
        assert_eq!(cancelled["code"], "query_cancelled");
    });
    check_refused(run(&own, "slow", &json!({"client_query_id": "x".repeat(129)})), 400, "client_query_id", "128");
}

#[test]
fn the_right_to_read_is_enough_to_run() {
    let server = TestServer::start();
    let own = server.first_tenant();
    make(&own, "a", &sql("select 1"));
    let reader = Tenant { client: server.with_scopes(&["endpoint:read"]), ..own };
    run(&reader, "a", &json!({})).expect(200);
    let refused = reader.client.patch(&path_to(&reader, "a"), &json!({})).expect(403).json();
    assert_eq!(refused["detail"], "API key missing required scope 'endpoint:write'");
}
