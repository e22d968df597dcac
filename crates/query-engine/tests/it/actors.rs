//! Actors: who is behind the numbers of insights.

pub(crate) mod agreement;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::answer::{Answer, QueryContext};
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use self::agreement::Numbers;
use crate::ask::ask;

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::Europe::Berlin,
        week_start: WeekStart::Monday,
        now: instant("2024-04-02T12:00:00Z"),
        definitions: Arc::default(),
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn add(source: &mut MemorySource, number: usize, (event, distinct_id, at): (&str, &str, DateTime<Utc>), of: &Value) {
    source.add_event(&Event {
        uuid: Uuid::from_u128(number as u128),
        event: event.to_owned(),
        distinct_id: distinct_id.to_owned(),
        timestamp: at,
        properties: of.to_string(),
    });
}

/// Ann, who is known by two ids, Bob and Cat.
fn visits() -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    let object = |value: Value| value.as_object().unwrap().clone();
    let at = |text: &str| instant(text).timestamp_micros();
    let ann = json!({"email": "ann@example.com", "age": 30});
    source.add_person(&["ann", "ann's phone"], at("2024-03-30T09:00:00Z"), object(ann));
    source.add_person(&["bob"], at("2024-03-30T10:00:00.5Z"), object(json!({"name": "Bob", "age": 4})));
    source.add_person(&["cat"], at("2024-03-31T10:00:00Z"), object(json!({"email": "cat@example.org"})));
    source.add_group("company", "acme", object(json!({"name": "Acme", "size": 3})));
    let events = [
        ("view", "ann", "2024-03-30T09:00:00Z", json!({"browser": "Chrome", "$groups": {"company": "acme"}})),
        ("view", "ann's phone", "2024-03-30T10:00:00Z", json!({"browser": "Safari", "$groups": {"company": "tiny"}})),
        ("view", "bob", "2024-03-30T11:00:00Z", json!({"browser": "Chrome"})),
        ("buy", "bob", "2024-03-30T12:00:00Z", json!({})),
        ("view", "cat", "2024-03-31T10:00:00Z", json!({})),
    ];
    for (number, (event, distinct_id, at, properties)) in events.iter().enumerate() {
        add(&mut source, number, (event, distinct_id, instant(at)), properties);
    }
    source
}

fn range() -> Value {
    json!({"date_from": "2024-03-30", "date_to": "2024-04-01"})
}

fn trend(keys: Value) -> Value {
    let mut insight =
        json!({"kind": "TrendsQuery", "dateRange": range(), "series": [{"kind": "EventsNode", "event": "view"}]});
    insight.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    insight
}

fn funnel() -> Value {
    json!({"kind": "FunnelsQuery", "dateRange": range(), "series": [{"event": "view"}, {"event": "buy"}]})
}

/// The part of an insight with `keys`.
fn behind(kind: &str, insight: &Value, keys: Value) -> Value {
    let mut source = json!({"kind": kind, "source": insight});
    source.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    source
}

fn on_first_day(insight: &Value) -> Value {
    behind("InsightActorsQuery", insight, json!({"day": "2024-03-30"}))
}

fn actors(source: Value, keys: Value) -> Result<Answer, QueryError> {
    let mut node = json!({"kind": "ActorsQuery", "source": source});
    node.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    ask(&node, &context(), &visits())
}

#[test]
fn a_row_has_all_that_clients_read() {
    let answer = actors(on_first_day(&trend(json!({}))), json!({"search": "ANN", "limit": 5})).unwrap();
    let shown = json!({
        "columns": answer.columns, "types": answer.types, "results": answer.results, "has_more": answer.has_more,
    });
    insta::assert_snapshot!("actors_of_a_trend", serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn groups_are_listed_as_groups() {
    let by_group = trend(json!({"series": [{"event": "view", "math": "unique_group", "math_group_type_index": 0}]}));
    let answer = actors(on_first_day(&by_group), json!({})).unwrap();
    let group = |key: &str, properties: Value| {
        json!({
            "id": key, "type": "group", "group_key": key, "group_type_index": 0, "group_properties": properties,
            "properties": properties,
        })
    };
    let acme = group("acme", json!({"name": "Acme", "size": 3}));
    assert_eq!(answer.results, json!([[acme], [group("tiny", json!({}))]]));
    assert_eq!(answer.columns, Some(json!(["group"])));
    let answer = actors(on_first_day(&by_group), json!({"select": ["group_key", "properties.size"], "search": "acm"}));
    assert_eq!(answer.unwrap().results, json!([["acme", 3]]));
}

#[track_caller]
fn check(source: Value, keys: Value, expected: Value) {
    let answer = actors(source, keys.clone()).unwrap();
    assert_eq!(answer.results, expected, "{keys}");
}

#[test]
fn columns_order_and_pages_are_as_asked_for() {
    let source = || on_first_day(&trend(json!({})));
    let of_event = json!({"select": ["event_count", "properties.age"], "orderBy": ["event_count DESC"]});
    check(source(), of_event, json!([[2, 30], [1, 4]]));
    let by_email = json!({"select": ["properties.email", "person.$delete"], "orderBy": ["person"]});
    check(source(), by_email, json!([["ann@example.com", 1], [null, 1]]));
    let by_age = |order: &str| json!({"select": ["properties.age"], "orderBy": [order]});
    check(source(), by_age("properties.age"), json!([[4], [30]]));
    check(source(), by_age("event_count DESC, id DESC"), json!([[30], [4]]));
    let created = json!({"select": ["created_at"]});
    check(source(), created, json!([["2024-03-30T11:00:00.500000+01:00"], ["2024-03-30T10:00:00+01:00"]]));
    let paged = json!({"select": ["properties.age"], "orderBy": ["properties.age"], "limit": 1});
    let answer = actors(source(), paged).unwrap();
    assert_eq!((answer.results, answer.has_more), (json!([[4]]), Some(true)));
    let paged = json!({"select": ["properties.age"], "orderBy": ["properties.age"], "limit": 1, "offset": 1});
    let answer = actors(source(), paged).unwrap();
    assert_eq!((answer.results, answer.has_more), (json!([[30]]), Some(false)));
}

#[test]
fn persons_are_found_by_their_properties_and_ids() {
    let everybody = |keys: Value| {
        let mut node = json!({"kind": "ActorsQuery", "select": ["properties.age"], "orderBy": ["properties.age"]});
        node.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        ask(&node, &context(), &visits()).unwrap().results
    };
    assert_eq!(everybody(json!({})), json!([[4], [30], [null]]));
    let over_ten = |kind: Option<&str>| json!([{"key": "age", "type": kind, "operator": "gt", "value": 10}]);
    assert_eq!(everybody(json!({"properties": over_ten(Some("person"))})), json!([[30]]));
    assert_eq!(everybody(json!({"fixedProperties": over_ten(None)})), json!([[30]]));
    assert_eq!(everybody(json!({"search": "phone"})), json!([[30]]));
    assert_eq!(everybody(json!({"search": "bob"})), json!([[4]]));
    assert_eq!(everybody(json!({"search": "example."})), json!([[30], [null]]));
}

#[test]
fn a_funnel_tells_who_went_on_and_who_dropped_off() {
    let select = || json!({"select": ["properties.age"], "orderBy": ["properties.age"]});
    let part = |keys| behind("FunnelsActorsQuery", &funnel(), keys);
    check(part(json!({"funnelStep": 1})), select(), json!([[4], [30], [null]]));
    check(part(json!({"funnelStep": 2})), select(), json!([[4]]));
    check(part(json!({"funnelStep": -2})), select(), json!([[30], [null]]));
    check(part(json!({"funnelCustomSteps": [1, 2]})), select(), json!([[4], [30], [null]]));
    let mut over_time = funnel();
    over_time["funnelsFilter"] = json!({"funnelVizType": "trends"});
    let began = |dropped_off: bool| {
        let keys =
            json!({"funnelTrendsEntrancePeriodStart": "2024-03-30 00:00:00", "funnelTrendsDropOff": dropped_off});
        behind("FunnelsActorsQuery", &over_time, keys)
    };
    check(began(false), select(), json!([[4]]));
    check(began(true), select(), json!([[30]]));
}

#[test]
fn an_insights_actors_by_themselves_are_ids() {
    let node = on_first_day(&trend(json!({})));
    let answer = ask(&node, &context(), &visits()).unwrap();
    assert_eq!(answer.columns, Some(json!(["actor_id"])));
    assert_eq!(answer.results.as_array().unwrap().len(), 2);
}

#[track_caller]
fn check_refused(source: Value, keys: Value, expected: &str) {
    let refused = actors(source, keys).unwrap_err();
    assert!(refused.is_users_fault());
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn parts_that_there_are_not_are_refused_with_their_path() {
    let of = |insight: &Value, keys| behind("InsightActorsQuery", insight, keys);
    let line = trend(json!({}));
    check_refused(
        of(&line, json!({})),
        json!({}),
        "source.day: is missing; give a date within the interval, such as 2024-02-29",
    );
    check_refused(
        of(&line, json!({"day": "2024-05-01"})),
        json!({}),
        "source.day: \"2024-05-01\" is outside the range of the insight",
    );
    check_refused(
        of(&line, json!({"day": "soon"})),
        json!({}),
        "source.day: \"soon\" is no date; give one such as 2024-02-29",
    );
    check_refused(
        of(&line, json!({"day": "2024-03-30", "series": 1})),
        json!({}),
        "source.series: 1 is not right here; give a whole number from 0 to 0",
    );
    check_refused(
        of(&line, json!({"day": "2024-03-30", "compare": "previous"})),
        json!({}),
        "source.compare: the insight compares no periods",
    );
    let number = trend(json!({"trendsFilter": {"display": "BoldNumber"}}));
    check_refused(
        of(&number, json!({"day": "2024-03-30"})),
        json!({}),
        "source.day: the numbers of the insight are not by day; leave it out",
    );
    let step = |keys| behind("FunnelsActorsQuery", &funnel(), keys);
    check_refused(step(json!({"funnelStep": 3})), json!({}), "source.funnelStep: the funnel has 2 steps");
    check_refused(
        step(json!({"funnelStep": 0})),
        json!({}),
        "source.funnelStep: 0 is not right here; give the number of a step, from 1, or of one that was dropped off before, from -2",
    );
    check_refused(
        step(json!({"funnelTrendsEntrancePeriodStart": "2024-03-30"})),
        json!({}),
        "source.funnelTrendsEntrancePeriodStart: the funnel is not one over time; ask for a funnelStep",
    );
    check_refused(
        json!({"kind": "TrendsQuery"}),
        json!({}),
        "source.kind: \"TrendsQuery\" is not right here; give InsightActorsQuery, FunnelsActorsQuery or StickinessActorsQuery",
    );
}

/// `(event, person, hours after the first midnight, browser, company)`
type Row = (&'static str, u8, i64, Option<&'static str>, Option<u8>);

const NAMES: [&str; 3] = ["view", "cart", "buy"];

fn random_source(rows: &[Row]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    for (number, (event, person, hours, browser, company)) in rows.iter().enumerate() {
        let groups = company.map(|company| json!({"company": format!("company {company}")}));
        let at = instant("2024-03-29T23:00:00Z") + TimeDelta::hours(*hours);
        let properties = json!({"browser": browser, "$groups": groups});
        add(&mut source, number, (event, &format!("person {person}"), at), &properties);
    }
    source.add_group("company", "company 0", Default::default());
    source
}

/// Events over four days, on one of which clocks change.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let browser = select(vec![None, Some(""), Some("a"), Some("b"), Some("c")]);
    let company = select(vec![None, Some(0), Some(1)]);
    let row = (select(NAMES.to_vec()), 0_u8..5, 0_i64..96, browser, company);
    prop::collection::vec(row, 0..30)
}

fn insight() -> impl Strategy<Value = Value> {
    let breakdown = prop_oneof![
        Just(Value::Null),
        Just(json!({"breakdown": "browser", "breakdown_limit": 2})),
        Just(json!({"breakdowns": [{"property": "browser"}, {"property": "$current"}], "breakdown_limit": 1})),
    ];
    let maths = select(vec![
        "total",
        "dau",
        "weekly_active",
        "monthly_active",
        "unique_group",
        "first_time_for_user",
        "first_matching_event_for_user",
    ]);
    let display = select(vec!["ActionsLineGraph", "ActionsLineGraphCumulative", "BoldNumber"]);
    let trends = (maths, display, breakdown.clone(), any::<bool>(), select(vec!["day", "hour", "week"])).prop_map(
        |(math, display, breakdown, compares, interval)| {
            trend(json!({
                "series": [
                    {"event": "cart"},
                    {"event": "view", "math": math, "math_group_type_index": 0,
                     "properties": [{"key": "browser", "operator": "is_not", "value": "c"}]},
                ],
                "interval": interval,
                "breakdownFilter": breakdown,
                "compareFilter": {"compare": compares},
                "trendsFilter": {"display": display},
                "dateRange": {"date_from": "2024-03-31", "date_to": "2024-04-01"},
            }))
        },
    );
    let orders = select(vec!["ordered", "strict", "unordered"]);
    let attributions = select(vec!["first_touch", "last_touch", "all_events", "step"]);
    let funnels = (orders, attributions, breakdown, any::<bool>(), 1_u8..60).prop_map(
        |(order, attribution, breakdown, is_of_groups, hours)| {
            let mut insight = funnel();
            insight["series"] = json!([{"event": "view"}, {"event": "cart"}, {"event": "buy"}]);
            insight["breakdownFilter"] = breakdown;
            insight["funnelsFilter"] = json!({
                "funnelOrderType": order, "breakdownAttributionType": attribution,
                "funnelWindowInterval": hours, "funnelWindowIntervalUnit": "hour",
            });
            if is_of_groups {
                insight["aggregation_group_type_index"] = json!(0);
            }
            insight
        },
    );
    let lifecycle = select(vec!["day", "week"]).prop_map(
        |interval| json!({"kind": "LifecycleQuery", "interval": interval, "dateRange": range(), "series": [{"event": "view"}]}),
    );
    let stickiness =
        (select(vec!["dau", "unique_group"]), any::<bool>(), any::<bool>()).prop_map(|(math, all, compares)| {
            json!({
                "kind": "StickinessQuery",
                "dateRange": range(),
                "series": [{"event": "cart"}, {"event": "view", "math": math, "math_group_type_index": 0}],
                "stickinessFilter": {"computedAs": if all { "cumulative" } else { "non_cumulative" }},
                "compareFilter": {"compare": compares},
            })
        });
    let kinds = select(vec!["retention_recurring", "retention_first_time"]);
    let retention = (kinds, any::<bool>(), any::<bool>()).prop_map(|(kind, is_cumulative, is_broken_down)| {
        json!({
            "kind": "RetentionQuery",
            "dateRange": range(),
            "retentionFilter": {
                "targetEntity": {"id": "view", "type": "events"}, "returningEntity": {"id": "cart", "type": "events"},
                "retentionType": kind, "cumulative": is_cumulative, "totalIntervals": 4, "period": "Day",
            },
            "breakdownFilter":
                if is_broken_down { json!({"breakdowns": [{"property": "browser"}], "breakdown_limit": 1}) } else { Value::Null },
        })
    });
    prop_oneof![4 => trends, 3 => funnels, 2 => retention, 1 => lifecycle, 1 => stickiness]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn as_many_actors_are_listed_as_were_counted(rows in rows(), insight in insight()) {
        let (context, source) = (context(), random_source(&rows));
        let numbers = Numbers::check(&insight, &context, &source);
        prop_assert!(numbers.differences.is_empty(), "{:#?}", numbers.differences);
    }
}
