//! Endpoints whose results are computed ahead of time.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use hindsight::background::materialization::RefreshRound;
use insights_core::time::ManualClock;
use serde_json::{Value, json};
use test_s3::TestS3;

use crate::support::{Tenant, TestServer};

const NOW: &str = "2026-01-14T12:00:00Z";

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(NOW.parse().unwrap()))
}

fn started() -> (TestServer, Arc<ManualClock>) {
    let clock = clock();
    (TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {}), clock)
}

fn path_to(tenant: &Tenant, rest: &str) -> String {
    format!("/api/environments/{}/endpoints/{rest}", tenant.project)
}

fn capture(tenant: &Tenant, events: &[(&str, &str, &str)]) {
    let batch: Vec<Value> = events
        .iter()
        .map(|(event, day, plan)| {
            let timestamp = format!("{day}T10:00:00Z");
            json!({"event": event, "distinct_id": format!("user of {plan}"), "timestamp": timestamp, "properties": {"plan": plan}})
        })
        .collect();
    let body = json!({"api_key": tenant.api_token, "historical_migration": true, "batch": batch});
    tenant.client.post("/batch/", &body).expect(200);
}

fn some_events(tenant: &Tenant) {
    capture(tenant, &[("a", "2026-01-10", "pro"), ("a", "2026-01-11", "free"), ("b", "2026-01-11", "pro")]);
}

/// A query whose variable `e` is an event, `a` where nobody says otherwise.
fn of_event(text: &str) -> Value {
    let variable = json!({"variableId": "0190aa00-0000-7000-8000-000000000001", "code_name": "e", "value": "a"});
    json!({"kind": "HogQLQuery", "query": text, "variables": {"0190aa00-0000-7000-8000-000000000001": variable}})
}

fn sql(text: &str) -> Value {
    json!({"kind": "HogQLQuery", "query": text})
}

/// An endpoint whose result is computed every hour.
fn make(tenant: &Tenant, name: &str, query: &Value) -> Value {
    let body = json!({"name": name, "query": query, "is_materialized": true, "sync_frequency": "1hour"});
    tenant.client.post(&path_to(tenant, ""), &body).expect(201).json()
}

fn change(tenant: &Tenant, name: &str, body: &Value) -> Value {
    tenant.client.patch(&path_to(tenant, &format!("{name}/")), body).expect(200).json()
}

fn status(tenant: &Tenant, name: &str) -> Value {
    tenant.client.get(&path_to(tenant, &format!("{name}/materialization_status/"))).expect(200).json()
}

fn run(tenant: &Tenant, name: &str, body: &Value) -> Value {
    tenant.client.post(&path_to(tenant, &format!("{name}/run/")), body).expect(200).json()
}

/// The rows of a run, and how old the result is that they are from, in seconds; `None` where they were computed.
fn rows(tenant: &Tenant, name: &str) -> (Value, Option<i64>) {
    let answer = run(tenant, name, &json!({}));
    let age = answer.get("endpoint_materialized_age_seconds").map(|age| age.as_i64().unwrap());
    assert_eq!(answer.get("endpoint_materialized").is_some(), age.is_some());
    (answer["results"].clone(), age)
}

fn refreshed(n_due: usize, n_refreshed: usize, n_failed: usize) -> RefreshRound {
    RefreshRound { n_removed: 0, n_due, n_refreshed, n_failed }
}

/// The files of results below a folder.
fn n_results(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                n_results(&path)
            } else {
                usize::from(path.extension().is_some_and(|end| end == "parquet"))
            }
        })
        .sum()
}

fn n_objects(server: &TestServer) -> usize {
    n_results(&server.data_dir().join("objects"))
}

/// Asks until the result of the endpoint is there.
#[track_caller]
fn wait_for_result(tenant: &Tenant, name: &str) {
    let patience = Instant::now() + Duration::from_secs(60);
    while status(tenant, name)["status"] != "Completed" {
        assert!(Instant::now() < patience, "nobody computes {name}");
        std::thread::yield_now();
    }
}

#[test]
fn what_is_asked_for_is_computed_at_once() {
    let server = TestServer::start_with(|config| config.materialization.interval = Some(Duration::from_secs(86_400)));
    let own = server.first_tenant();
    // the first round, which begins with the server, may have this one still
    make(&own, "first", &sql("select 1"));
    wait_for_result(&own, "first");
    make(&own, "second", &sql("select 2"));
    wait_for_result(&own, "second");
    change(&own, "second", &json!({"query": sql("select 3")}));
    wait_for_result(&own, "second");
    assert_eq!(rows(&own, "second").0, json!([[3]]));
}

#[test]
fn a_result_is_computed_refreshed_and_taken_away() {
    let (server, clock) = started();
    let own = server.first_tenant();
    some_events(&own);
    let made = make(&own, "by_event", &sql("select event, count() from events group by event order by event"));
    assert_eq!(made["is_materialized"], true);
    let running = json!({"status": "Running", "can_materialize": true, "last_materialized_at": null, "error": null, "sync_frequency": "1hour"});
    assert_eq!(made["materialization"], running);
    let first = json!([["a", 2], ["b", 1]]);
    assert_eq!(rows(&own, "by_event"), (first.clone(), None));

    assert_eq!(server.refresh_endpoints(), refreshed(1, 1, 0));
    let completed = json!({"status": "Completed", "can_materialize": true, "last_materialized_at": NOW, "error": null, "sync_frequency": "1hour"});
    let shown = status(&own, "by_event");
    assert_eq!(shown["last_materialized_at"].as_str().unwrap().get(..19), NOW.get(..19));
    assert_eq!(
        json!({"last_materialized_at": NOW, "status": shown["status"], "can_materialize": shown["can_materialize"], "error": shown["error"], "sync_frequency": shown["sync_frequency"]}),
        completed
    );
    capture(&own, &[("a", "2026-01-12", "pro")]);
    clock.advance(TimeDelta::minutes(30));
    assert_eq!(rows(&own, "by_event"), (first, Some(1800)));
    assert_eq!(server.refresh_endpoints(), refreshed(0, 0, 0), "its time has not come");

    clock.advance(TimeDelta::minutes(30));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 1, 0));
    assert_eq!(rows(&own, "by_event"), (json!([["a", 3], ["b", 1]]), Some(0)));
    assert_eq!(n_objects(&server), 1, "the one before is gone");
    let metrics = server.anonymous().get("/metrics").expect(200).text();
    assert!(metrics.contains(r#"hindsight_endpoint_refreshes_total{outcome="completed"} 2"#), "{metrics}");

    let idle = change(&own, "by_event", &json!({"is_active": false}));
    assert_eq!((&idle["is_materialized"], n_objects(&server)), (&json!(false), 0));
    assert_eq!(idle["materialization"], json!({"can_materialize": true, "reason": null}));
    assert_eq!(server.refresh_endpoints(), refreshed(0, 0, 0));
}

#[test]
fn what_is_too_old_is_computed() {
    let (server, clock) = started();
    let own = server.first_tenant();
    some_events(&own);
    make(&own, "n", &sql("select count() from events"));
    server.refresh_endpoints();
    capture(&own, &[("a", "2026-01-12", "pro")]);
    clock.advance(TimeDelta::seconds(3599));
    assert_eq!(rows(&own, "n"), (json!([[3]]), Some(3599)));
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(rows(&own, "n"), (json!([[4]]), None));
    // and where the run says so
    server.refresh_endpoints();
    assert_eq!(rows(&own, "n").1, Some(0));
    for body in [json!({"refresh": "force_blocking"}), json!({"refresh": "direct"})] {
        assert_eq!(run(&own, "n", &body).get("endpoint_materialized"), None);
    }
    change(&own, "n", &json!({"query": sql("select count() + 0 from events")}));
    assert_eq!(run(&own, "n", &json!({"version": 1})).get("endpoint_materialized"), None);
}

#[test]
fn a_changed_query_is_computed_anew_and_a_deleted_endpoint_leaves_nothing() {
    let (server, _clock) = started();
    let own = server.first_tenant();
    some_events(&own);
    make(&own, "n", &sql("select count() from events"));
    server.refresh_endpoints();
    let changed = change(&own, "n", &json!({"query": sql("select count() * 10 from events")}));
    assert_eq!(
        (&changed["is_materialized"], &changed["materialization"]["sync_frequency"]),
        (&json!(true), &json!("1hour"))
    );
    assert_eq!(n_objects(&server), 0);
    assert_eq!(rows(&own, "n"), (json!([[30]]), None));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 1, 0));
    assert_eq!(rows(&own, "n"), (json!([[30]]), Some(0)));
    own.client.delete(&path_to(&own, "n/")).expect(204);
    assert_eq!(n_objects(&server), 0);
    own.client.get(&path_to(&own, "n/materialization_status/")).expect_error(404, "not_found", "Not found.");
}

#[test]
fn of_two_servers_one_computes() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let beside = server.beside(Arc::<ManualClock>::clone(&clock));
    let own = server.first_tenant();
    for number in 0..5 {
        make(&own, &format!("e{number}"), &sql("select 1"));
    }
    let at_once = || {
        std::thread::scope(|scope| {
            let rounds = [&server, &beside].map(|server| scope.spawn(|| server.refresh_endpoints().n_refreshed));
            rounds.into_iter().map(|round| round.join().unwrap()).sum::<usize>()
        })
    };
    assert_eq!(at_once(), 5);
    assert_eq!(at_once(), 0);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(at_once(), 5);
    assert_eq!(n_objects(&server), 5);
    // what one has computed, the other answers from
    let asked = beside.admin().post(&path_to(&own, "e0/run/"), &json!({})).expect(200).json();
    assert_eq!((&asked["results"], &asked["endpoint_materialized"]), (&json!([[1]]), &json!(true)));
}

#[test]
fn a_failure_keeps_the_last_result_and_is_told() {
    let (server, clock) = started();
    let own = server.first_tenant();
    capture(&own, &[("a", "2026-01-10", "pro")]);
    // a second event makes it fail
    make(&own, "only", &sql("select (select event from events) as only"));
    server.refresh_endpoints();
    assert_eq!(rows(&own, "only"), (json!([["a"]]), Some(0)));
    capture(&own, &[("b", "2026-01-10", "pro")]);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 0, 1));
    let failed = status(&own, "only");
    assert_eq!(failed["status"], "Failed");
    assert!(!failed["error"].as_str().unwrap().is_empty(), "{failed}");
    assert_eq!(rows(&own, "only"), (json!([["a"]]), Some(3600)));
    assert_eq!(n_objects(&server), 1);
    // it is tried again, later each time, and stands in until it is two intervals old
    assert_eq!(server.refresh_endpoints(), refreshed(0, 0, 0));
    clock.advance(TimeDelta::minutes(1));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 0, 1));
    clock.advance(TimeDelta::minutes(59));
    let refused = own.client.post(&path_to(&own, "only/run/"), &json!({}));
    assert!(refused.status >= 400, "{}", refused.text());
    change(&own, "only", &json!({"query": sql("select 'mended'")}));
    server.refresh_endpoints();
    assert_eq!(status(&own, "only")["error"], Value::Null);
    assert_eq!(rows(&own, "only"), (json!([["mended"]]), Some(0)));
}

/// Whatever the variable's value and the page, the answer is that of the query itself.
#[track_caller]
fn check_variables(tenant: &Tenant, name: &str, bodies: &[Value]) {
    for body in bodies {
        let kept = run(tenant, name, body);
        assert_eq!(kept["endpoint_materialized"], true, "{body}");
        let mut direct = body.clone();
        direct["refresh"] = json!("direct");
        let direct = run(tenant, name, &direct);
        assert_eq!(direct.get("endpoint_materialized"), None);
        for key in ["results", "columns", "types", "hasMore", "limit", "offset"] {
            assert_eq!(kept[key], direct[key], "{key} of {body}");
        }
    }
}

#[test]
fn variables_choose_among_the_rows_as_the_query_does() {
    let (server, _clock) = started();
    let own = server.first_tenant();
    some_events(&own);
    make(
        &own,
        "by_day",
        &of_event(
            "select toDate(timestamp) as day, count() as n, uniq(person_id) from events where event = {variables.e} group by day order by day",
        ),
    );
    make(&own, "how_many", &of_event("select count(), max(timestamp) from events where event = {variables.e}"));
    let least = json!({"variableId": "0190aa00-0000-7000-8000-000000000002", "code_name": "least", "value": 1});
    let often = json!({
        "kind": "HogQLQuery",
        "query": "select event, count() as n from events group by event having n >= {variables.least} order by event",
        "variables": {"0190aa00-0000-7000-8000-000000000002": least},
    });
    make(&own, "often", &often);
    assert_eq!(server.refresh_endpoints().n_refreshed, 3);
    let of = |event: &str| json!({"variables": {"e": event}});
    let bodies = [json!({}), of("a"), of("b"), of("none"), of("'; drop")];
    check_variables(&own, "by_day", &bodies);
    check_variables(&own, "how_many", &bodies);
    let pages = [json!({"limit": 1}), json!({"limit": 1, "offset": 1}), json!({"variables": {"e": "b"}, "offset": 5})];
    check_variables(&own, "by_day", &pages);
    let least = |n: i64| json!({"variables": {"least": n}});
    check_variables(&own, "often", &[least(0), least(2), least(3)]);
    // what is converted first is left to the query
    assert_eq!(run(&own, "by_day", &json!({"variables": {"e": 5}})).get("endpoint_materialized"), None);
    let unknown = own.client.post(&path_to(&own, "by_day/run/"), &json!({"variables": {"x": 1}})).expect(400).json();
    assert!(unknown["detail"].as_str().unwrap().contains("'x'"), "{unknown}");
}

#[test]
fn any_kind_of_query_has_a_result() {
    let (server, _clock) = started();
    let own = server.first_tenant();
    some_events(&own);
    let date_range = json!({"date_from": "2026-01-10", "date_to": "2026-01-12"});
    make(
        &own,
        "trend",
        &json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}], "dateRange": date_range}),
    );
    make(&own, "events", &json!({"kind": "EventsQuery", "select": ["event", "timestamp"], "orderBy": ["timestamp"]}));
    assert_eq!(server.refresh_endpoints().n_refreshed, 2);
    for name in ["trend", "events"] {
        check_variables(&own, name, &[json!({})]);
    }
    let overridden = json!({"query_override": {"interval": "week"}});
    assert_eq!(run(&own, "trend", &overridden).get("endpoint_materialized"), None);
}

#[test]
fn what_cannot_be_materialized_is_refused_with_the_reason() {
    let (server, _clock) = started();
    let own = server.first_tenant();
    let query = of_event("select {variables.e}, count() from events");
    let body = json!({"name": "a", "query": query, "is_materialized": true});
    let refused = own.client.post(&path_to(&own, ""), &body).expect(400).json();
    assert_eq!(refused["attr"], "is_materialized");
    assert!(
        refused["detail"].as_str().unwrap().starts_with("Queries with variables cannot be materialized."),
        "{refused}"
    );
    let made = own.client.post(&path_to(&own, ""), &json!({"name": "a", "query": query})).expect(201).json();
    assert_eq!(made["materialization"], status(&own, "a"));
    assert_eq!(
        (&made["materialization"]["can_materialize"], &made["materialization"]["reason"]),
        (&json!(false), &refused["detail"])
    );
    let patch = own.client.patch(&path_to(&own, "a/"), &json!({"is_materialized": true})).expect(400).json();
    assert_eq!(patch["detail"], refused["detail"]);
    // a query that can be, and then one that cannot
    make(&own, "b", &sql("select 1"));
    let changed = change(&own, "b", &json!({"query": query}));
    assert_eq!((&changed["is_materialized"], &changed["current_version"]), (&json!(false), &json!(2)));
    change(&own, "b", &json!({"is_active": false}));
    let inactive = own.client.patch(&path_to(&own, "b/"), &json!({"is_materialized": true})).expect(400).json();
    assert_eq!(inactive["detail"], "Cannot enable materialization on inactive endpoint.");
}

#[test]
fn results_lie_in_s3_as_well() {
    let s3 = TestS3::start();
    let clock = clock();
    let server = TestServer::start_with_s3(&s3, Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    some_events(&own);
    make(&own, "how_many", &of_event("select count() from events where event = {variables.e}"));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 1, 0));
    assert_eq!(n_results(&s3.bucket_folder()), 1);
    check_variables(
        &own,
        "how_many",
        &[json!({}), json!({"variables": {"e": "b"}}), json!({"variables": {"e": "none"}})],
    );
    clock.advance(TimeDelta::hours(1));
    assert_eq!(server.refresh_endpoints(), refreshed(1, 1, 0));
    assert_eq!(n_results(&s3.bucket_folder()), 1);
    own.client.delete(&path_to(&own, "how_many/")).expect(204);
    assert_eq!(n_results(&s3.bucket_folder()), 0);
}

#[test]
fn objects_that_nothing_is_known_of_are_removed() {
    let (server, clock) = started();
    let own = server.first_tenant();
    make(&own, "n", &sql("select 1"));
    server.refresh_endpoints();
    let folder = server.data_dir().join("objects/endpoints/1/lost");
    fs::create_dir_all(&folder).unwrap();
    let millis = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
    fs::write(folder.join(format!("{millis}-lost.parquet")), "x").unwrap();
    assert_eq!(server.sweep_results(), Some(0), "whoever wrote it may be about to tell");
    clock.advance(TimeDelta::hours(2));
    assert_eq!(server.sweep_results(), Some(1));
    assert_eq!(n_objects(&server), 1, "what is known stays");
}
