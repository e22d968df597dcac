//! Trends from the query to the answer, where the conformance cases say nothing: whole items, limits, and what is refused.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use query_engine::answer::{Answer, QueryContext};
use query_engine::city_hash::city_hash_64;
use query_engine::definitions::Definitions;
use query_engine::error::QueryError;
use query_engine::filters::PropertyFilters;
use query_engine::memory::MemorySource;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ask::ask;

/// `(event, distinct id, instant, properties)`
type Row = (&'static str, &'static str, &'static str, Value);

fn source(events: &[Row]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    for (number, (event, distinct_id, timestamp, properties)) in events.iter().enumerate() {
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: (*event).to_owned(),
            distinct_id: (*distinct_id).to_owned(),
            timestamp: instant(timestamp),
            properties: properties.to_string(),
        });
    }
    source
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// In Berlin, where clocks change in the night to the 31st.
fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::Europe::Berlin,
        week_start: WeekStart::Monday,
        now: instant("2024-04-02T12:00:00Z"),
        definitions: Arc::default(),
    }
}

fn answer(events: &[Row], query: Value) -> Result<Answer, QueryError> {
    let mut node = json!({"kind": "TrendsQuery", "dateRange": {"date_from": "2024-03-30", "date_to": "2024-04-01"}});
    node.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    ask(&node, &context(), &source(events))
}

fn views() -> Vec<Row> {
    vec![
        ("view", "ann", "2024-03-30T09:00:00Z", json!({"browser": "Chrome", "ms": 10, "$session_id": "s1"})),
        ("view", "ann", "2024-03-30T10:00:00Z", json!({"browser": "Chrome", "ms": 30, "$session_id": "s1"})),
        ("view", "bob", "2024-03-30T23:30:00Z", json!({"browser": "Safari", "ms": 5})),
        ("view", "cat", "2024-04-01T09:00:00Z", json!({"browser": "Edge", "ms": "20"})),
        ("view", "ann", "2024-04-01T21:59:59Z", json!({})),
        ("view", "ann", "2024-04-01T22:00:00Z", json!({"browser": "too late"})),
        ("sign up", "bob", "2024-03-31T05:00:00Z", json!({})),
    ]
}

/// One series with `extra` keys.
fn series(extra: Value) -> Value {
    let mut node = json!({"kind": "EventsNode", "event": "view"});
    node.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!([node])
}

/// What `key` is in each item.
fn each(answer: &Answer, key: &str) -> Vec<Value> {
    answer.results.as_array().unwrap().iter().map(|item| item.get(key).cloned().unwrap_or(Value::Null)).collect()
}

#[track_caller]
fn check_data(query: Value, expected: Value) {
    let answer = answer(&views(), query).unwrap();
    assert_eq!(Value::Array(each(&answer, "data")), expected);
}

#[test]
fn an_item_has_all_that_clients_read() {
    let answer = answer(&views(), json!({"series": series(json!({"custom_name": "Views", "math": "dau"}))})).unwrap();
    insta::assert_snapshot!("trends_item", serde_json::to_string_pretty(&answer.results[0]).unwrap());
    assert_eq!(answer.has_more, Some(false));
}

#[test]
fn a_total_value_item_has_one_number() {
    let query = json!({"series": series(json!({})), "trendsFilter": {"display": "BoldNumber"}});
    let item = answer(&views(), query).unwrap().results[0].clone();
    let keys: Vec<&String> = item.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["action", "aggregated_value", "count", "data", "days", "filter", "label", "order"]);
    assert_eq!((&item["aggregated_value"], &item["data"], &item["count"]), (&json!(5), &json!([]), &json!(0)));
}

#[test]
fn days_are_those_of_the_projects_zone() {
    // Clocks change in the night to the 31st: bob's view of 23:30 UTC is of the 31st, ann's last but one of the 1st.
    check_data(json!({"series": series(json!({}))}), json!([[2, 1, 2]]));
    let hours = answer(
        &views(),
        json!({"series": series(json!({})), "interval": "hour", "dateRange": {"date_from": "2024-03-31T00:00:00", "date_to": "2024-03-31T04:00:00"}}),
    );
    let days = each(&hours.unwrap(), "days");
    assert_eq!(
        days[0],
        json!(["2024-03-31 00:00:00", "2024-03-31 01:00:00", "2024-03-31 03:00:00", "2024-03-31 04:00:00"])
    );
}

#[test]
fn math_of_properties() {
    for (math, expected) in [
        ("sum", json!([[40, 5, 20]])),
        ("avg", json!([[20, 5, 20]])),
        ("min", json!([[10, 5, 20]])),
        ("max", json!([[30, 5, 20]])),
        ("median", json!([[20, 5, 20]])),
        ("p75", json!([[25, 5, 20]])),
        ("p90", json!([[28, 5, 20]])),
        ("p95", json!([[29, 5, 20]])),
    ] {
        check_data(json!({"series": series(json!({"math": math, "math_property": "ms"}))}), expected);
    }
}

#[test]
fn math_of_persons_and_sessions() {
    for (math, expected) in [
        ("dau", json!([[1, 1, 2]])),
        ("weekly_active", json!([[1, 2, 3]])),
        ("monthly_active", json!([[1, 2, 3]])),
        ("unique_session", json!([[1, 1, 1]])),
        ("first_time_for_user", json!([[1, 1, 1]])),
        ("max_count_per_actor", json!([[2, 1, 1]])),
    ] {
        check_data(json!({"series": series(json!({"math": math}))}), expected);
    }
}

#[test]
fn the_active_of_an_interval_as_long_as_their_window_are_its_persons() {
    for math in ["dau", "weekly_active", "monthly_active"] {
        let series = series(json!({"math": math}));
        check_data(json!({"series": series, "interval": "month"}), json!([[2, 2]]));
        let query = json!({"series": series, "interval": "month", "trendsFilter": {"display": "BoldNumber"}});
        assert_eq!(answer(&views(), query).unwrap().results[0]["aggregated_value"], json!(3), "{math}");
    }
}

#[test]
fn series_of_all_events_are_labelled_so() {
    let query = json!({"series": [{"kind": "EventsNode", "event": null}]});
    let answer = answer(&views(), query).unwrap();
    assert_eq!(each(&answer, "label"), ["All events"]);
    assert_eq!(each(&answer, "data"), [json!([2, 2, 2])]);
}

#[test]
fn cumulative_numbers_count_each_person_once() {
    let display = json!({"display": "ActionsLineGraphCumulative"});
    let query = json!({"series": series(json!({"math": "dau"})), "trendsFilter": display});
    let item = answer(&views(), query).unwrap().results[0].clone();
    assert_eq!((&item["data"], &item["count"]), (&json!([1, 2, 3]), &json!(3)));
    check_data(json!({"series": series(json!({})), "trendsFilter": display}), json!([[2, 3, 5]]));
}

#[test]
fn smoothing_is_a_moving_mean_rounded_down() {
    check_data(json!({"series": series(json!({})), "trendsFilter": {"smoothingIntervals": 2}}), json!([[2, 1, 1]]));
}

#[test]
fn values_beyond_the_limit_are_one_row_and_more_is_told() {
    let query = |extra: Value| {
        let mut filter = json!({"breakdown": "browser", "breakdown_limit": 2});
        filter.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"series": series(json!({})), "breakdownFilter": filter})
    };
    let limited = answer(&views(), query(json!({}))).unwrap();
    assert_eq!(each(&limited, "label"), ["Chrome", "Edge", "$$_posthog_breakdown_other_$$"]);
    assert_eq!(each(&limited, "count"), [2, 1, 2]);
    assert_eq!(limited.has_more, Some(true));

    let hidden = answer(&views(), query(json!({"breakdown_hide_other_aggregation": true}))).unwrap();
    assert_eq!(each(&hidden, "label"), ["Chrome", "Edge"]);
    assert_eq!(hidden.has_more, Some(true));

    let all = answer(&views(), query(json!({"breakdown_limit": 4}))).unwrap();
    assert_eq!(each(&all, "label"), ["Chrome", "Edge", "Safari", "$$_posthog_breakdown_null_$$"]);
    assert_eq!(all.has_more, Some(false));
}

#[test]
fn several_breakdowns_fold_into_one_row_of_others() {
    let breakdowns = json!([{"property": "browser"}, {"property": "$session_id"}]);
    let query =
        json!({"series": series(json!({})), "breakdownFilter": {"breakdowns": breakdowns, "breakdown_limit": 1}});
    let answer = answer(&views(), query).unwrap();
    let other = "$$_posthog_breakdown_other_$$";
    assert_eq!(each(&answer, "breakdown_value"), [json!(["Chrome", "s1"]), json!([other, other])]);
    assert_eq!(each(&answer, "label"), [json!("Chrome::s1"), json!(format!("{other}::{other}"))]);
    assert_eq!(each(&answer, "count"), [2, 3]);
}

#[test]
fn formulas_are_compared_period_by_period() {
    let query = json!({
        "series": [{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": "sign up"}],
        "trendsFilter": {"formulaNodes": [{"formula": "A+B", "custom_name": "Both"}, {"formula": "B/A"}]},
        "compareFilter": {"compare": true},
        "dateRange": {"date_from": "2024-03-31", "date_to": "2024-03-31"},
    });
    let answer = answer(&views(), query).unwrap();
    assert_eq!(each(&answer, "label"), ["Both", "Both", "Formula (B/A)", "Formula (B/A)"]);
    assert_eq!(each(&answer, "compare_label"), ["current", "previous", "current", "previous"]);
    assert_eq!(each(&answer, "order"), [0, 0, 1, 1]);
    assert_eq!(each(&answer, "data"), [json!([2]), json!([2]), json!([1]), json!([0])]);
}

#[test]
fn all_time_begins_with_the_first_event() {
    let query = json!({"series": series(json!({})), "dateRange": {"date_from": "all", "date_to": "2024-03-31"}});
    check_data(query, json!([[2, 1]]));
}

#[test]
fn a_project_without_events_has_a_line_of_zeros_or_no_value() {
    let empty = answer(&[], json!({"series": series(json!({}))})).unwrap();
    assert_eq!(each(&empty, "data"), [json!([0, 0, 0])]);
    let broken_down = json!({"series": series(json!({})), "breakdownFilter": {"breakdown": "browser"}});
    assert_eq!(answer(&[], broken_down).unwrap().results, json!([]));
    let total = json!({"series": series(json!({"math": "p99", "math_property": "ms"})), "trendsFilter": {"display": "BoldNumber"}});
    assert_eq!(each(&answer(&[], total).unwrap(), "aggregated_value"), [0]);
}

#[test]
fn events_that_are_grouped_are_one_series() {
    let chrome = json!([{"key": "browser", "value": "Chrome", "operator": "exact", "type": "event"}]);
    let group = |extra: Value| {
        let mut node = json!({"kind": "GroupNode", "operator": "OR", "nodes": [
            {"kind": "EventsNode", "event": "view", "properties": chrome},
            {"kind": "EventsNode", "event": "sign up", "math": "dau"},
        ]});
        node.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"series": [node]})
    };
    check_data(group(json!({})), json!([[2, 1, 0]]));
    check_data(group(json!({"math": "dau"})), json!([[1, 1, 0]]));
    check_data(group(json!({"properties": chrome})), json!([[2, 0, 0]]));
    // a view of either node counts once
    check_data(
        group(json!({"nodes": [{"event": "view"}, {"event": "view", "properties": chrome}]})),
        json!([[2, 1, 2]]),
    );
    check_data(
        group(json!({"nodes": [{"event": "sign up"}, {"event": null, "properties": chrome}]})),
        json!([[2, 1, 0]]),
    );
    let labels = |extra| each(&answer(&views(), group(extra)).unwrap(), "label");
    assert_eq!(labels(json!({})), ["view, sign up"]);
    assert_eq!(labels(json!({"name": "Either"})), ["Either"]);
}

#[test]
fn the_projects_own_staff_is_left_out_where_the_query_says_so() {
    let staff = json!([{"key": "browser", "value": "Chrome", "operator": "is_not", "type": "event"}]);
    let definitions = Definitions {
        test_account_filters: PropertyFilters::parse(&staff, "test_account_filters").unwrap(),
        ..Definitions::default()
    };
    let context = QueryContext { definitions: Arc::new(definitions), ..context() };
    for (kind, pointer, all, others) in [
        ("TrendsQuery", "/0/count", 5, 3),
        ("FunnelsQuery", "/0/count", 3, 3),
        ("StickinessQuery", "/0/data/1", 1, 0),
        ("LifecycleQuery", "/0/data/0", 1, 0),
    ] {
        let view = json!({"kind": "EventsNode", "event": "view"});
        let series = if kind == "FunnelsQuery" { json!([view, view]) } else { json!([view]) };
        let range = json!({"date_from": "2024-03-30", "date_to": "2024-04-01"});
        let mut node = json!({"kind": kind, "series": series, "dateRange": range});
        let found = ask(&node, &context, &source(&views())).unwrap().results.pointer(pointer).cloned();
        assert_eq!(found, Some(json!(all)), "{kind}");
        node["filterTestAccounts"] = true.into();
        let found = ask(&node, &context, &source(&views())).unwrap().results.pointer(pointer).cloned();
        assert_eq!(found, Some(json!(others)), "{kind}");
    }
}

#[test]
fn a_sample_stands_for_all_persons() {
    let ids: Vec<String> = (0..40).map(|n| format!("somebody {n}")).collect();
    let n_sampled = ids.iter().filter(|id| city_hash_64(id.as_bytes()) < 1 << 63).count();
    assert!((10..30).contains(&n_sampled), "{n_sampled} of 40");
    let mut source = MemorySource::new(ProjectId(1));
    for (number, id) in ids.iter().enumerate() {
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: "view".to_owned(),
            distinct_id: id.clone(),
            timestamp: instant("2024-03-31T12:00:00Z"),
            properties: r#"{"ms": 5}"#.to_owned(),
        });
    }
    let view = json!({"kind": "EventsNode", "event": "view"});
    let of = |math: &str| json!({"kind": "EventsNode", "event": "view", "math": math, "math_property": "ms"});
    let all = |n_each: usize| json!(2 * n_each * n_sampled);
    for (kind, series, pointer, expected) in [
        ("TrendsQuery", json!([view]), "/0/data/0", all(1)),
        ("TrendsQuery", json!([view]), "/0/count", all(1)),
        ("TrendsQuery", json!([of("dau")]), "/0/data/0", all(1)),
        ("TrendsQuery", json!([of("sum")]), "/0/data/0", all(5)),
        ("TrendsQuery", json!([of("avg")]), "/0/data/0", json!(5)),
        ("TrendsQuery", json!([of("avg_count_per_actor")]), "/0/data/0", json!(1)),
        ("FunnelsQuery", json!([view, view]), "/0/count", all(1)),
        ("LifecycleQuery", json!([view]), "/0/data/0", all(1)),
        ("RetentionQuery", json!(null), "/0/values/0/count", all(1)),
        // which PostHog leaves as it is
        ("StickinessQuery", json!([view]), "/0/data/0", json!(n_sampled)),
    ] {
        let range = json!({"date_from": "2024-03-31", "date_to": "2024-03-31"});
        let node = json!({"kind": kind, "series": series, "dateRange": range, "samplingFactor": 0.5,
            "retentionFilter": {"targetEntity": {"id": "view", "type": "events"}}});
        let results = ask(&node, &context(), &source).unwrap().results;
        assert_eq!(results.pointer(pointer), Some(&expected), "{kind} of {series}");
    }
}

#[track_caller]
fn check_refused(query: Value, expected: &str) {
    let refused = answer(&views(), query).unwrap_err();
    assert!(refused.is_users_fault());
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn what_is_not_answered_is_refused_by_name() {
    let plain = || series(json!({}));
    check_refused(
        json!({"series": plain(), "breakdownFilter": {"breakdown": [1], "breakdown_type": "cohort"}}),
        "breakdownFilter.breakdown[0]: there is no cohort 1 in this project; it may have been deleted",
    );
    check_refused(
        json!({"series": plain(), "trendsFilter": {"display": "CalendarHeatmap"}}),
        "trendsFilter.display: a calendar heatmap is not supported",
    );
    check_refused(
        json!({"series": [{"kind": "ActionsNode", "id": 3}]}),
        "series[0].id: there is no action 3 in this project; it may have been deleted",
    );
    let group = |extra: Value| {
        let mut node = json!({"kind": "GroupNode", "operator": "OR", "nodes": [{"kind": "EventsNode", "event": "a"}]});
        node.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"series": [node]})
    };
    check_refused(
        group(json!({"operator": "AND"})),
        "series[0].operator: \"AND\" is not right here; give OR: an event is never two at once",
    );
    check_refused(
        group(json!({"nodes": []})),
        "series[0].nodes: [] is not right here; give at least one event or action",
    );
    check_refused(
        group(json!({"nodes": [{"kind": "DataWarehouseNode"}]})),
        "series[0].nodes[0]: a GroupNode has nodes of the kinds EventsNode and ActionsNode",
    );
}
