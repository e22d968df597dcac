//! Stickiness: the operator against a slow and obvious one over random events, and whole queries where the conformance cases say nothing.

mod reference;

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::answer::{Answer, QueryContext};
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::error::QueryError;
use query_engine::field::Field;
use query_engine::memory::MemorySource;
use query_engine::plan::sequence::Actor;
use query_engine::plan::stickiness::{ActiveIntervals, ActivitySeries};
use query_engine::plan::{Operator, Output, Plan};
use query_engine::predicate::Predicate;
use query_engine::scan::{EventColumn, EventSet};
use query_engine::source::run_on_scan;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use crate::ask::ask;
use crate::world::World;
use crate::world::generate::{HOUR_US, actor, day, events, midnight_us, predicate, world, zone};

fn run(plan: &ActiveIntervals, world: &World, control: &QueryControl) -> Result<Output, QueryError> {
    let plan = Plan { project: ProjectId(1), operator: Operator::Stickiness(plan.clone()) };
    run_on_scan(&plan, world, control)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn the_kernel_agrees_with_the_reference((world, plan) in case()) {
        let found = run(&plan, &world, &QueryControl::unlimited()).unwrap();
        prop_assert_eq!(found, Output::Stickiness(reference::evaluate(&plan, &world)));
    }

    #[test]
    fn segments_do_not_matter((world, plan) in case()) {
        let control = QueryControl::unlimited();
        prop_assert_eq!(run(&plan, &world, &control).unwrap(), run(&plan, &world.in_one_segment(), &control).unwrap());
    }
}

fn case() -> impl Strategy<Value = (World, ActiveIntervals)> {
    day().prop_flat_map(|day| (world(day), plan(day)))
}

fn plan(day: NaiveDate) -> impl Strategy<Value = ActiveIntervals> {
    let n_events = select(vec![1..=u32::MAX, 0..=u32::MAX, 2..=u32::MAX, 1..=1, 1..=2, 2..=2]);
    (zone(), 0..4_u64, 1..8_u64, 1..4_usize, (-30..30_i64, -30..30_i64), vec(series(), 1..4), n_events).prop_map(
        move |(zone, n_before, n_days, n_days_each, (cut, more), series, n_events)| {
            let days = (0..=n_days).map(|n| midnight_us(day - Days::new(n_before) + Days::new(n), zone));
            let mut edges_us: Vec<i64> = days.step_by(n_days_each).collect();
            if edges_us.len() < 2 {
                edges_us.push(edges_us[0] + HOUR_US);
            }
            let from_us = edges_us[0] + cut * HOUR_US;
            let until_us = from_us.max(edges_us[edges_us.len() - 1] + more * HOUR_US);
            ActiveIntervals { series, from_us, until_us, edges_us, n_events }
        },
    )
}

fn series() -> impl Strategy<Value = ActivitySeries> {
    (events(), predicate(), actor()).prop_map(|(events, predicate, actor)| ActivitySeries { events, predicate, actor })
}

fn wide_plan(actor: Actor) -> ActiveIntervals {
    ActiveIntervals {
        series: vec![ActivitySeries { events: EventSet::All, predicate: Predicate::ALWAYS, actor }],
        from_us: 0,
        until_us: 1_000_000,
        edges_us: vec![0, 1_000_000],
        n_events: 1..=u32::MAX,
    }
}

#[test]
fn a_plan_that_needs_too_much_memory_is_refused() {
    let world = World::of_one_person((0..10_000).map(|n| (n, "x".to_owned())));
    let plan = wide_plan(Actor::Value(vec![Field::Event(EventColumn::Property("p".to_owned()))]));
    let limits = |max_memory_bytes| QueryLimits {
        max_time: std::time::Duration::from_secs(3_600),
        max_memory_bytes,
        max_result_rows: usize::MAX,
    };
    let refused = run(&plan, &world, &QueryControl::start(limits(1 << 12)));
    assert!(matches!(refused, Err(QueryError::MemoryLimit { .. })), "{refused:?}");
    assert!(run(&plan, &world, &QueryControl::start(limits(1 << 20))).is_ok());
}

#[test]
fn a_cancelled_query_stops() {
    let control = QueryControl::unlimited();
    control.cancel();
    let stopped = run(&wide_plan(Actor::Person), &World::of_one_person([(1, String::new())]), &control);
    assert!(matches!(stopped, Err(QueryError::Cancelled)), "{stopped:?}");
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The answer over events `(event, distinct id, instant, properties)` in Berlin, where clocks change in the night to the 31st.
fn answer(events: &[(&str, &str, &str, Value)], query: Value) -> Result<Answer, QueryError> {
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
    let context = QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::Europe::Berlin,
        week_start: WeekStart::Monday,
        now: instant("2024-04-02T12:00:00Z"),
        definitions: Arc::default(),
    };
    let mut node = json!({
        "kind": "StickinessQuery",
        "series": [{"kind": "EventsNode", "event": "view"}],
        "dateRange": {"date_from": "2024-03-30", "date_to": "2024-04-01"},
    });
    node.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    ask(&node, &context, &source)
}

fn views() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("view", "ann", "2024-03-30T09:00:00Z", json!({"$group_0": "g1"})),
        ("view", "ann", "2024-03-30T22:59:59Z", json!({"$group_0": "g2"})),
        ("view", "ann", "2024-04-01T21:59:59Z", json!({"$group_0": "g2"})),
        ("view", "ann", "2024-04-01T22:00:00Z", json!({"$group_0": "too late"})),
        ("view", "bob", "2024-03-30T23:00:00Z", json!({})),
        ("view", "bob", "2024-03-31T21:59:59Z", json!({"$group_0": ""})),
        ("view", "cat", "2024-03-26T09:00:00Z", json!({})),
        ("view", "cat", "2024-03-28T09:00:00Z", json!({})),
        ("sign up", "bob", "2024-03-30T09:00:00Z", json!({})),
    ]
}

#[track_caller]
fn check(query: Value, expected: Value) {
    let answer = answer(&views(), query).unwrap();
    let items = answer.results.as_array().unwrap();
    assert_eq!(items.iter().map(|item| item["data"].clone()).collect::<Value>(), expected);
}

#[test]
fn an_item_has_all_that_clients_read() {
    let series = json!([{"kind": "EventsNode", "event": "view", "custom_name": "Views", "math": "dau"}]);
    let query =
        json!({"series": series, "compareFilter": {"compare": true}, "stickinessFilter": {"computedAs": "cumulative"}});
    let answer = answer(&views(), query).unwrap();
    insta::assert_snapshot!("stickiness_items", serde_json::to_string_pretty(&answer.results).unwrap());
}

#[test]
fn days_are_those_of_the_projects_zone() {
    // bob's two views are both of the day on which clocks change, which has 23 hours
    check(json!({}), json!([[1, 1, 0]]));
    check(json!({"interval": "week"}), json!([[1, 1]]));
    check(json!({"interval": "month"}), json!([[2, 1]]));
}

#[test]
fn stretches_of_intervals_are_counted_back_from_the_end() {
    // the 1st and the 31st, then the 30th
    check(json!({"intervalCount": 2}), json!([[1, 1]]));
    check(json!({"intervalCount": 365}), json!([[2]]));
    // weeks that end with Mondays: until the 1st, until the 25th
    check(
        json!({"interval": "week", "intervalCount": 1, "dateRange": {"date_from": "2024-03-19", "date_to": "2024-04-01"}}),
        json!([[3, 0, 0]]),
    );
    // months that end with first days: April's is its own stretch with most of March
    check(json!({"interval": "month", "intervalCount": 1}), json!([[3, 0]]));
}

#[test]
fn stretches_of_a_compared_period_are_counted_back_from_the_end_of_the_current_one() {
    // from the 1st back: …, the 28th and the 27th, the 26th and the 25th; the period before has the 27th to the 29th
    let compared =
        |compare_to: Value| json!({"intervalCount": 2, "compareFilter": {"compare": true, "compare_to": compare_to}});
    check(compared(Value::Null), json!([[1, 1], [1, 0]]));
    // the 25th to the 27th
    check(compared(json!("-5d")), json!([[1, 1], [1, 0]]));
    // the 26th to the 28th are parts of two stretches
    check(compared(json!("-4d")), json!([[1, 1], [0, 1]]));
}

#[test]
fn somebody_may_be_active_in_one_stretch_more_than_a_compared_period_has() {
    let events: Vec<_> = ["2024-03-23", "2024-03-24", "2024-03-26"]
        .map(|day| ("view", "ann", format!("{day}T12:00:00Z"), json!({})))
        .to_vec();
    let events: Vec<_> = events.iter().map(|(name, who, at, more)| (*name, *who, at.as_str(), more.clone())).collect();
    // of the 30th to the 2nd two stretches; the 23rd to the 26th are parts of three of them
    let query = json!({
        "dateRange": {"date_from": "2024-03-30", "date_to": "2024-04-02"},
        "intervalCount": 2,
        "compareFilter": {"compare": true, "compare_to": "-7d"},
    });
    let answer = answer(&events, query).unwrap();
    assert_eq!(answer.results[1]["data"], json!([0, 0, 1]));
    assert_eq!(answer.results[1]["days"], json!([1, 2, 3]));
}

#[test]
fn a_range_that_ends_before_it_begins_has_no_days() {
    check(json!({"dateRange": {"date_from": "2024-04-01", "date_to": "2024-03-01"}}), json!([[]]));
    check(json!({"dateRange": {"date_from": "2024-04-01", "date_to": "2024-03-01"}, "intervalCount": 2}), json!([[]]));
}

#[test]
fn one_event_in_an_interval_may_be_too_few_or_too_many() {
    let criteria = |operator: &str, value: u32| json!({"stickinessFilter": {"stickinessCriteria": {"operator": operator, "value": value}}});
    check(criteria("gte", 2), json!([[2, 0, 0]]));
    check(criteria("lte", 1), json!([[1, 0, 0]]));
    check(criteria("exact", 2), json!([[2, 0, 0]]));
    check(criteria("gte", 0), json!([[1, 1, 0]]));
    check(criteria("exact", 3), json!([[0, 0, 0]]));
}

#[test]
fn groups_are_counted_where_the_series_says_so() {
    let series = json!([{"kind": "EventsNode", "event": "view", "math": "unique_group", "math_group_type_index": 0}]);
    check(json!({"series": series}), json!([[1, 1, 0]]));
}

#[test]
fn series_stand_with_their_own_past() {
    let series = json!([{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": null}]);
    let answer =
        answer(&views(), json!({"series": series, "compareFilter": {"compare": true, "compare_to": "-3d"}})).unwrap();
    let items = answer.results.as_array().unwrap();
    let each = |key: &str| items.iter().map(|item| item[key].clone()).collect::<Value>();
    assert_eq!(each("label"), json!(["view", "view", "All events", "All events"]));
    assert_eq!(each("compare_label"), json!(["current", "previous", "current", "previous"]));
    assert_eq!(each("data"), json!([[1, 1, 0], [1, 0, 0], [0, 2, 0], [1, 0, 0]]));
}

#[track_caller]
fn check_refused(query: Value, message: &str) {
    assert_eq!(answer(&[], query).unwrap_err().to_string(), message);
}

#[test]
fn what_cannot_be_answered_is_refused_by_name() {
    let event = json!({"kind": "EventsNode", "event": "a"});
    check_refused(json!({"series": []}), "series: has 0 series; at least 1 are needed");
    check_refused(
        json!({"interval": "fortnight"}),
        "interval: \"fortnight\" is not right here; give one of second, minute, hour, day, week, month",
    );
    for count in [json!(0), json!(366), json!(-1), json!("2")] {
        check_refused(
            json!({"intervalCount": count}),
            &format!("intervalCount: {count} is not right here; give a whole number from 1 to 365"),
        );
    }
    check_refused(
        json!({"stickinessFilter": {"computedAs": "both"}}),
        "stickinessFilter.computedAs: \"both\" is not right here; give one of non_cumulative, cumulative",
    );
    let criteria = |criteria: Value| json!({"stickinessFilter": {"stickinessCriteria": criteria}});
    check_refused(
        criteria(json!({"operator": "lt", "value": 1})),
        "stickinessFilter.stickinessCriteria.operator: \"lt\" is not right here; give one of gte, lte, exact",
    );
    check_refused(
        criteria(json!({"operator": "lte", "value": 0})),
        "stickinessFilter.stickinessCriteria.value: 0 is not right here; give a whole number from 1 to 4294967295",
    );
    check_refused(
        criteria(json!({"operator": "gte"})),
        "stickinessFilter.stickinessCriteria.value: is missing; give the number of events",
    );
    check_refused(
        json!({"series": [event, {"kind": "EventsNode", "event": "a", "math": "sum", "math_property": "x", "math_property_type": "session_properties"}]}),
        "series[1].math_property: a property of sessions as math is not supported",
    );
    check_refused(
        json!({"series": [{"kind": "ActionsNode", "id": 5}]}),
        "series[0].id: there is no action 5 in this project; it may have been deleted",
    );
}
