//! Queries that nobody can answer: each is refused with a message that a person can act on, and none changes anything.

use insta::assert_snapshot;
use serde_json::{Value, json};
use std::fmt::Write as _;

use crate::support::{Tenant, TestServer};

/// An event of each name, in a list.
fn series(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"kind": "EventsNode", "event": name})).collect()
}

fn trend(more: &Value) -> Value {
    with(json!({"kind": "TrendsQuery", "series": series(&["$pageview"])}), more)
}

fn funnel(more: &Value) -> Value {
    with(json!({"kind": "FunnelsQuery", "series": series(&["view", "buy"])}), more)
}

fn retention(more: &Value) -> Value {
    json!({"kind": "RetentionQuery", "retentionFilter": with(json!({"period": "Day", "totalIntervals": 7}), more)})
}

fn paths(more: &Value) -> Value {
    json!({"kind": "PathsQuery", "pathsFilter": with(json!({"includeEventTypes": ["$pageview"]}), more)})
}

fn sql(text: &str) -> Value {
    json!({"kind": "HogQLQuery", "query": text})
}

fn with(mut node: Value, more: &Value) -> Value {
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    node
}

/// A list in a list in a list …
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!([]), |inner, _| json!([inner]))
}

/// Groups of filters in one another.
fn nested_filters(depth: usize) -> Value {
    let filter = json!({"type": "event", "key": "a", "operator": "exact", "value": "b"});
    (0..depth).fold(filter, |inner, _| json!({"type": "AND", "values": [inner]}))
}

fn structure() -> Vec<Value> {
    vec![
        json!(null),
        json!([]),
        json!("select 1"),
        json!({}),
        json!({"kind": null}),
        json!({"kind": 5}),
        json!({"kind": "TrendQuery", "series": []}),
        json!({"kind": "InsightVizNode"}),
        json!({"kind": "InsightVizNode", "source": "TrendsQuery"}),
        json!({"kind": "InsightVizNode", "source": {"kind": "EventsNode"}}),
        nested(100),
        json!({"kind": "TrendsQuery", "series": nested(100)}),
    ]
}

fn trends() -> Vec<Value> {
    vec![
        json!({"kind": "TrendsQuery"}),
        json!({"kind": "TrendsQuery", "series": []}),
        json!({"kind": "TrendsQuery", "series": {"event": "$pageview"}}),
        json!({"kind": "TrendsQuery", "series": ["$pageview"]}),
        json!({"kind": "TrendsQuery", "series": [{"kind": "PageNode", "event": "$pageview"}]}),
        json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": 5}]}),
        json!({"kind": "TrendsQuery", "series": vec![json!({"event": "a"}); 1000]}),
        json!({"kind": "TrendsQuery", "series": [{"event": "a", "math": "summe"}]}),
        json!({"kind": "TrendsQuery", "series": [{"event": "a", "math": "sum"}]}),
        json!({"kind": "TrendsQuery", "series": [{"event": "a", "math": "unique_group", "math_group_type_index": 9}]}),
        json!({"kind": "TrendsQuery", "series": [{"event": "a", "math": "hogql", "math_hogql": "sum("}]}),
        json!({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": 987_654}]}),
        json!({"kind": "TrendsQuery", "series": [{"kind": "ActionsNode", "id": "mine"}]}),
        trend(&json!({"interval": "fortnight"})),
        trend(&json!({"interval": 7})),
        trend(&json!({"dateRange": "last week"})),
        trend(&json!({"dateRange": {"date_from": "soon"}})),
        trend(&json!({"dateRange": {"date_from": "2026-02-30"}})),
        trend(&json!({"dateRange": {"date_from": "2026-02-10", "date_to": "later"}})),
        trend(&json!({"interval": "second", "dateRange": {"date_from": "2015-01-01", "date_to": "2026-01-01"}})),
        trend(&json!({"properties": [{"type": "event", "key": "a", "operator": "similar", "value": 1}]})),
        trend(&json!({"properties": [{"type": "event", "key": "a", "operator": "regex", "value": "("}]})),
        trend(&json!({"properties": [{"type": "event", "key": "a", "operator": "between", "value": [9, 1]}]})),
        trend(&json!({"properties": [{"type": "event", "operator": "exact", "value": 1}]})),
        trend(&json!({"properties": [{"type": "planet", "key": "a", "value": 1}]})),
        trend(&json!({"properties": [{"type": "cohort", "key": "id", "value": 987_654}]})),
        trend(&json!({"properties": [{"type": "hogql", "key": "event = "}]})),
        trend(&json!({"properties": [{"type": "hogql", "key": "nothing_of_that_name = 1"}]})),
        trend(&json!({"properties": nested_filters(60)})),
        trend(&json!({"breakdownFilter": {"breakdown_type": "moon", "breakdown": "a"}})),
        trend(
            &json!({"breakdownFilter": {"breakdown_type": "event", "breakdown": "a", "breakdown_limit": 10_000_000}}),
        ),
        trend(&json!({"breakdownFilter": {"breakdown_type": "hogql", "breakdown": "lower(event"}})),
        trend(&json!({"trendsFilter": {"formula": "A +"}})),
        trend(&json!({"trendsFilter": {"formula": "A + Z"}})),
        trend(&json!({"trendsFilter": {"formula": "(".repeat(5000)}})),
        trend(&json!({"trendsFilter": {"display": "Hologram"}})),
        trend(&json!({"trendsFilter": {"smoothingIntervals": 1_000_000_000_000_u64}})),
        trend(&json!({"samplingFactor": 2})),
        trend(&json!({"compareFilter": {"compare": true, "compare_to": "a while"}})),
    ]
}

fn funnels() -> Vec<Value> {
    let exclusion = |from: i64, to: i64| json!({"event": "no", "funnelFromStep": from, "funnelToStep": to});
    vec![
        json!({"kind": "FunnelsQuery", "series": series(&["only"])}),
        json!({"kind": "FunnelsQuery", "series": series(&["step"; 31])}),
        funnel(&json!({"funnelsFilter": {"funnelWindowInterval": -3}})),
        funnel(&json!({"funnelsFilter": {"funnelWindowInterval": 1e300}})),
        funnel(&json!({"funnelsFilter": {"funnelWindowIntervalUnit": "aeon"}})),
        funnel(&json!({"funnelsFilter": {"funnelOrderType": "sideways"}})),
        funnel(&json!({"funnelsFilter": {"funnelVizType": "steps", "exclusions": [exclusion(1, 0)]}})),
        funnel(&json!({"funnelsFilter": {"exclusions": [exclusion(0, 7)]}})),
        funnel(&json!({"funnelsFilter": {"funnelFromStep": 1, "funnelToStep": 0, "funnelVizType": "trends"}})),
        funnel(&json!({"funnelsFilter": {"breakdownAttributionType": "step", "breakdownAttributionValue": 9},
            "breakdownFilter": {"breakdown": "a"}})),
        funnel(&json!({"funnelsFilter": {"funnelAggregateByHogQL": "select"}})),
    ]
}

fn others() -> Vec<Value> {
    vec![
        retention(&json!({"period": "Century"})),
        retention(&json!({"totalIntervals": -1})),
        retention(&json!({"totalIntervals": 100_000_000})),
        retention(&json!({"retentionType": "retention_always"})),
        retention(&json!({"targetEntity": "signup"})),
        retention(&json!({"timeWindowMode": "24_hour_windows", "cumulative": true})),
        paths(&json!({"includeEventTypes": ["$clicks"]})),
        paths(&json!({"edgeLimit": "many"})),
        paths(&json!({"localPathCleaningFilters": [{"regex": "(", "alias": "a"}]})),
        json!({"kind": "StickinessQuery"}),
        json!({"kind": "StickinessQuery", "series": series(&["a"]), "intervalCount": 0}),
        json!({"kind": "LifecycleQuery", "series": []}),
        json!({"kind": "LifecycleQuery", "series": series(&["a", "b"])}),
        json!({"kind": "EventsQuery", "select": "event"}),
        json!({"kind": "EventsQuery", "select": ["event", "colour of the event"]}),
        json!({"kind": "EventsQuery", "select": ["event"], "limit": -5}),
        json!({"kind": "EventsQuery", "select": ["event"], "orderBy": ["event SIDEWAYS"]}),
        json!({"kind": "EventsQuery", "select": ["event"], "where": ["1 = "]}),
        json!({"kind": "EventsQuery", "select": ["event"], "after": "the day before"}),
        json!({"kind": "ActorsQuery", "source": {"kind": "TrendsQuery"}}),
    ]
}

fn statements() -> Vec<Value> {
    vec![
        json!({"kind": "HogQLQuery"}),
        json!({"kind": "HogQLQuery", "query": ["select 1"]}),
        sql(""),
        sql("selec 1"),
        sql("select"),
        sql("select 1 from"),
        sql("select 1; select 2"),
        sql("select 'abc"),
        sql("select event from events where"),
        sql("select event from events group by"),
        sql("select evnt from events"),
        sql("select e.event from events"),
        sql("select not_a_function(event) from events"),
        sql("select lower() from events"),
        sql("select lower(event, event, event) from events"),
        sql("select count() from events where count() > 1"),
        sql("select event from events union all select event, timestamp from events"),
        sql("select 1 limit -1"),
        sql("select 1 limit 'ten'"),
        sql("select toDateTime('2020-01-01') + 'x'"),
        sql("select match(event, '(') from events"),
        sql("insert into events values (1)"),
        sql("delete from events"),
        sql("drop table events"),
        sql("update events set event = 'x'"),
        sql("truncate events"),
        sql("create table x (a Int64)"),
        sql("grant all on *.* to me"),
        sql("set max_threads = 100"),
        sql("select * from system.tables"),
        sql("select * from information_schema.tables"),
        sql("select * from project_2.events"),
        sql("select * from file('/etc/passwd')"),
        sql("select * from url('http://localhost/')"),
        sql("select * from remote('localhost', default.events)"),
        sql("select * from postgresql('localhost:5432', 'db', 'table', 'user', 'password')"),
        sql("select * from events into outfile 'x'"),
        sql("select sleep(10)"),
        sql("select {variables.nothing}"),
        sql("select {nothing}"),
        sql("select 1 from numbers(3) where {filters}"),
        sql(&"(".repeat(20_000)),
        sql(&format!("select {}1{}", "(".repeat(5000), ")".repeat(5000))),
        sql(&format!("select {} 1", "not ".repeat(5000))),
        sql(&format!("select {}1{}", "[".repeat(5000), "]".repeat(5000))),
        sql(&format!("select 1 from {}events{}", "(select * from ".repeat(500), ")".repeat(500))),
        sql(&format!("with a as (select 1 as x) select * from a {}", ", a".repeat(2000))),
    ]
}

fn path(tenant: &Tenant) -> String {
    format!("/api/environments/{}/query/", tenant.project)
}

/// Everything that a query could have changed.
fn state(own: &Tenant) -> Value {
    let count = json!({"query": sql("select count(), uniq(person_id), max(timestamp) from events"), "refresh": "force_blocking"});
    let rows = own.client.post(&path(own), &count).expect(200).json()["results"].clone();
    let insights = own.client.get(&format!("/api/environments/{}/insights/", own.project)).expect(200).json();
    json!([rows, insights["count"]])
}

#[test]
fn a_query_that_cannot_be_answered_says_why_and_changes_nothing() {
    let server = TestServer::start();
    let own = server.first_tenant();
    let event = json!({"event": "$pageview", "distinct_id": "ann", "timestamp": "2026-01-10T10:00:00Z"});
    own.client.post("/batch/", &json!({"api_key": own.api_token, "batch": [event]})).expect(200);
    let before = state(&own);
    let (mut report, mut answered) = (String::new(), String::new());
    let queries = [structure(), trends(), funnels(), others(), statements()].concat();
    assert!(queries.len() >= 60);
    for query in queries {
        let shown: String = query.to_string().chars().take(150).collect();
        let answer = own.client.post(&path(&own), &json!({"query": query, "refresh": "force_blocking"}));
        let body = answer.json();
        let detail = body["detail"].as_str().unwrap_or_default();
        if answer.status != 400 || detail.chars().count() > 500 {
            writeln!(
                answered,
                "{shown}\n    {}: {}",
                answer.status,
                body.to_string().chars().take(300).collect::<String>()
            )
            .unwrap();
        }
        writeln!(report, "{shown}\n    {} {}: {detail}", body["code"], body["attr"]).unwrap();
    }
    assert!(answered.is_empty(), "not refused as they should be:\n{answered}");
    assert_snapshot!("malformed_queries", report);
    assert_eq!(state(&own), before);
}
