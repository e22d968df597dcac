//! Lifecycle: the operator against a slow and obvious one over random events, and whole queries where the conformance cases say nothing.

mod reference;

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use query_engine::answer::{Answer, QueryContext};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::plan::lifecycle::LifecycleStates;
use query_engine::plan::sequence::Actor;
use query_engine::plan::{Operator, Output, Plan};
use query_engine::predicate::Predicate;
use query_engine::scan::EventSet;
use query_engine::source::run_on_scan;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use crate::ask::ask;
use crate::world::World;
use crate::world::generate::{HOUR_US, actor, day, events, midnight_us, predicate, world, zone};

fn run(plan: &LifecycleStates, world: &World, control: &QueryControl) -> Result<Output, QueryError> {
    let plan = Plan { project: ProjectId(1), operator: Operator::Lifecycle(plan.clone()) };
    run_on_scan(&plan, world, control)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn the_kernel_agrees_with_the_reference((world, plan) in case()) {
        let found = run(&plan, &world, &QueryControl::unlimited()).unwrap();
        prop_assert_eq!(found, Output::Lifecycle(reference::evaluate(&plan, &world)));
    }

    #[test]
    fn segments_do_not_matter((world, plan) in case()) {
        let control = QueryControl::unlimited();
        prop_assert_eq!(run(&plan, &world, &control).unwrap(), run(&plan, &world.in_one_segment(), &control).unwrap());
    }
}

fn case() -> impl Strategy<Value = (World, LifecycleStates)> {
    day().prop_flat_map(|day| (world(day), plan(day)))
}

fn plan(day: NaiveDate) -> impl Strategy<Value = LifecycleStates> {
    (zone(), 0..4_u64, 2..9_u64, any::<bool>(), events(), predicate(), actor()).prop_map(
        move |(zone, n_before, n_days, by_days, events, predicate, actor)| {
            let start = day - Days::new(n_before);
            let edges_us: Vec<i64> = if by_days {
                (0..=n_days).map(|n| midnight_us(start + Days::new(n), zone)).collect()
            } else {
                (0..=n_days as i64 * 4).map(|n| midnight_us(start, zone) + n * 3 * HOUR_US).collect()
            };
            LifecycleStates { events, predicate, edges_us, actor }
        },
    )
}

#[test]
fn a_cancelled_query_stops() {
    let control = QueryControl::unlimited();
    control.cancel();
    let (events, predicate, actor) = (EventSet::All, Predicate::ALWAYS, Actor::Person);
    let plan = LifecycleStates { events, predicate, edges_us: vec![0, 1, 2], actor };
    let stopped = run(&plan, &World::of_one_person([(1, String::new())]), &control);
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
        "kind": "LifecycleQuery",
        "series": [{"kind": "EventsNode", "event": "view"}],
        "dateRange": {"date_from": "2024-03-30", "date_to": "2024-04-01"},
    });
    node.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    ask(&node, &context, &source)
}

fn views() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        // first seen before the range, by something else
        ("sign up", "ann", "2024-03-01T09:00:00Z", json!({})),
        ("view", "ann", "2024-03-30T22:59:59Z", json!({})),
        ("view", "ann", "2024-03-30T23:00:00Z", json!({})),
        // new on the day on which clocks change, which has 23 hours
        ("view", "bob", "2024-03-31T21:59:59Z", json!({})),
        ("view", "bob", "2024-03-31T22:00:00Z", json!({})),
        ("view", "bob", "2024-04-01T22:00:00Z", json!({})),
        ("view", "cat", "2024-03-29T09:00:00Z", json!({})),
        ("view", "nobody", "2024-03-31T09:00:00Z", json!({"$process_person_profile": false})),
        ("view", "nobody", "2024-03-31T09:00:00Z", json!({"$process_person_profile": "false"})),
    ]
}

/// The numbers of new, returning, resurrecting and dormant persons.
#[track_caller]
fn check(query: Value, expected: Value) {
    let answer = answer(&views(), query).unwrap();
    let items = answer.results.as_array().unwrap();
    let statuses: Vec<&Value> = items.iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["new", "returning", "resurrecting", "dormant"]);
    assert_eq!(items.iter().map(|item| item["data"].clone()).collect::<Value>(), expected);
}

#[test]
fn an_item_has_all_that_clients_read() {
    let series = json!([{"kind": "EventsNode", "event": "view", "custom_name": "Views"}]);
    let answer =
        answer(&views(), json!({"series": series, "lifecycleFilter": {"toggledLifecycles": ["new"]}})).unwrap();
    insta::assert_snapshot!("lifecycle_items", serde_json::to_string_pretty(&answer.results).unwrap());
}

#[test]
fn days_are_those_of_the_projects_zone() {
    check(json!({}), json!([[0, 1, 0], [0, 1, 1], [1, 0, 0], [-1, 0, -1]]));
}

#[test]
fn hours_follow_one_another_across_a_change_of_clocks() {
    let query = json!({"interval": "hour", "dateRange": {"date_from": "2024-03-30T23:00:00", "date_to": "2024-03-31T01:00:00"}});
    check(query, json!([[0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, -1]]));
}

#[test]
fn weeks_and_months_are_counted_whole() {
    // the week of the 25th and that of the 1st
    check(json!({"interval": "week"}), json!([[2, 0], [0, 1], [1, 0], [0, -2]]));
    // ann was first seen in March
    check(json!({"interval": "month"}), json!([[3, 0], [0, 1], [0, 0], [0, -2]]));
}

#[test]
fn an_interval_before_an_exact_range_is_not_shown() {
    let range = json!({"date_from": "2024-03-30T12:00:00", "date_to": "2024-04-01T12:00:00", "explicitDate": true});
    check(json!({"dateRange": range}), json!([[1, 0], [1, 1], [0, 0], [0, -1]]));
}

#[test]
fn groups_are_new_with_their_first_event() {
    let of = |company: &str| json!({"$group_0": company});
    let events = [
        // not new, for all that it views for the first time
        ("sign up", "ann", "2024-03-29T12:00:00Z", of("a")),
        ("view", "ann", "2024-03-30T12:00:00Z", of("a")),
        ("view", "bob", "2024-03-31T12:00:00Z", of("a")),
        ("view", "ann", "2024-03-31T12:00:00Z", of("b")),
        ("view", "ann", "2024-04-01T12:00:00Z", of("")),
        ("view", "ann", "2024-04-01T12:00:00Z", json!({})),
    ];
    let answer = answer(&events, json!({"aggregation_group_type_index": 0})).unwrap();
    let data: Vec<&Value> = answer.results.as_array().unwrap().iter().map(|item| &item["data"]).collect();
    assert_eq!(json!(data), json!([[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, -2]]));
}

#[test]
fn all_time_begins_with_the_first_event_of_the_series() {
    // ann signed up on the 1st, cat viewed on the 29th
    check(
        json!({"dateRange": {"date_from": "all", "date_to": "2024-03-30"}}),
        json!([[1, 0], [0, 0], [0, 1], [0, -1]]),
    );
    let any = json!([{"kind": "EventsNode", "event": null}]);
    let answer = answer(&views(), json!({"series": any, "dateRange": {"date_from": "all"}})).unwrap();
    assert_eq!(answer.results[0]["days"][0], "2024-03-01");
}

#[test]
fn a_range_that_ends_before_it_begins_has_no_days() {
    for explicit in [false, true] {
        let range = json!({"date_from": "2024-04-01T12:00:00", "date_to": "2024-03-30", "explicitDate": explicit});
        check(json!({"dateRange": range}), json!([[], [], [], []]));
    }
}

#[test]
fn nobody_is_in_any_state_without_events() {
    let answer = answer(&[], json!({})).unwrap();
    let items = answer.results.as_array().unwrap();
    assert!(items.iter().all(|item| item["data"] == json!([0, 0, 0]) && item["count"] == 0), "{items:?}");
}

#[track_caller]
fn check_refused(query: Value, message: &str) {
    assert_eq!(answer(&[], query).unwrap_err().to_string(), message);
}

#[test]
fn what_cannot_be_answered_is_refused_by_name() {
    let event = json!({"kind": "EventsNode", "event": "a"});
    check_refused(json!({"series": []}), "series: has 0 series; at least 1 are needed");
    check_refused(json!({"series": [event, event]}), "series[1]: a lifecycle is of one series; ask for each by itself");
    check_refused(
        json!({"series": [{"kind": "ActionsNode", "id": 5}]}),
        "series[0].id: there is no action 5 in this project; it may have been deleted",
    );
    check_refused(
        json!({"lifecycleFilter": {"toggledLifecycles": ["gone"]}}),
        "lifecycleFilter.toggledLifecycles[0]: \"gone\" is not right here; give one of new, returning, resurrecting, dormant",
    );
    check_refused(
        json!({"aggregation_group_type_index": 7}),
        "aggregation_group_type_index: 7 is not right here; give a whole number from 0 to 4",
    );
}
