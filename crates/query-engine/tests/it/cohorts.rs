//! Cohorts and actions from outside: what queries that name them answer.

mod criteria;
mod reference;

use std::sync::Arc;

use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use query_engine::answer::QueryContext;
use query_engine::control::QueryControl;
use query_engine::definitions::{ActionDefinition, CohortDefinition, Definitions};
use query_engine::memory::MemorySource;
use query_engine::plan::members::CohortMembers;
use query_engine::plan::{Operator, Output, Plan};
use query_engine::source::run_on_scan;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use self::criteria::{Case, case};
use crate::ask::ask;
use crate::world::World;

/// The distinct ids by which the persons of the case's cohort are listed, the first of each.
fn found(case: &Case, world: &World) -> Vec<String> {
    let context = case.context();
    let plan = CohortMembers { cohort: context.cohort(3, "").unwrap(), offset: 0, limit: 100 };
    let plan = Plan { project: context.project, operator: Operator::Members(plan) };
    let Output::Members(output) = run_on_scan(&plan, world, &QueryControl::unlimited()).unwrap() else {
        panic!("the operator gives members")
    };
    assert_eq!(output.n_members, output.members.len() as u64);
    output.members.into_iter().map(|member| member.distinct_ids[0].to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn criteria_agree_with_the_reference(case in case()) {
        prop_assert_eq!(found(&case, &case.world), reference::members(&case), "{:#}", case.json());
    }

    #[test]
    fn segments_do_not_matter(case in case()) {
        prop_assert_eq!(found(&case, &case.world), found(&case, &case.world.in_one_segment()));
    }
}

/// What `node` answers over: ann views on three days and buys on the second, bob views twice, cem views once.
fn results(node: Value) -> Value {
    let mut source = MemorySource::new(ProjectId(1));
    for (person, plan) in [("ann", "paid"), ("bob", "free"), ("cem", "free")] {
        let Value::Object(properties) = json!({"plan": plan}) else { unreachable!() };
        source.add_person(&[person], 0, properties);
    }
    let events = [
        ("view", "ann", "2024-03-01T09:00:00Z"),
        ("view", "ann", "2024-03-02T09:00:00Z"),
        ("view", "ann", "2024-03-03T09:00:00Z"),
        ("buy", "ann", "2024-03-02T10:00:00Z"),
        ("view", "bob", "2024-03-01T09:00:00Z"),
        ("view", "bob", "2024-03-02T09:00:00Z"),
        ("view", "cem", "2024-03-01T09:00:00Z"),
    ];
    for (number, (event, person, timestamp)) in events.into_iter().enumerate() {
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: event.to_owned(),
            distinct_id: person.to_owned(),
            timestamp: timestamp.parse().unwrap(),
            properties: "{}".to_owned(),
        });
    }
    let criteria = |values: Value| json!({"properties": {"type": "AND", "values": values}});
    let free = criteria(json!([{"type": "person", "key": "plan", "value": "free"}]));
    let often = criteria(json!([{
        "type": "behavioral", "value": "performed_event_multiple", "key": "view", "event_type": "events",
        "operator": "gte", "operator_value": 2, "time_value": 30, "time_interval": "day",
    }]));
    let often_and_free = criteria(json!([
        {"type": "cohort", "key": "id", "value": 1},
        {"type": "cohort", "key": "id", "value": 2},
        {"type": "cohort", "key": "id", "value": 4, "negation": true},
    ]));
    let cohort = |name: &str, filters: &Value| CohortDefinition::read_filters(name, filters).unwrap();
    let cohorts = [
        (1, cohort("Free", &free)),
        (2, cohort("Often", &often)),
        (3, cohort("Often and free", &often_and_free)),
        (4, CohortDefinition::listed("Listed", ["cem", "nobody"])),
    ];
    let action = ActionDefinition::read("Anything", &json!([{"event": "view"}, {"event": "buy"}])).unwrap();
    let context = QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::UTC,
        week_start: WeekStart::Monday,
        now: "2024-03-04T12:00:00Z".parse().unwrap(),
        definitions: Arc::new(Definitions {
            actions: [(7, action)].into(),
            cohorts: cohorts.into(),
            ..Definitions::default()
        }),
    };
    ask(&node, &context, &source).unwrap().results
}

fn trend(mut node: Value) -> Value {
    node["kind"] = "TrendsQuery".into();
    node["dateRange"] = json!({"date_from": "2024-03-01", "date_to": "2024-03-03"});
    if node.get("series").is_none() {
        node["series"] = json!([{"kind": "EventsNode", "event": "view"}]);
    }
    results(node)
}

/// Label, value and count of each item.
fn shown(items: &Value) -> Vec<(String, Value, Value)> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| {
            (item["label"].as_str().unwrap().to_owned(), item["breakdown_value"].clone(), item["count"].clone())
        })
        .collect()
}

#[test]
fn filters_by_cohort_keep_the_events_of_its_persons() {
    let n_views = |filter: Value| trend(json!({"properties": [filter]}))[0]["count"].clone();
    assert_eq!(n_views(json!({"type": "cohort", "key": "id", "value": 1})), 3);
    assert_eq!(n_views(json!({"type": "cohort", "key": "id", "value": 1, "operator": "not_in"})), 3);
    assert_eq!(n_views(json!({"type": "cohort", "key": "id", "value": 2})), 5);
    assert_eq!(n_views(json!({"type": "precalculated-cohort", "key": "id", "value": 3})), 2);
    assert_eq!(n_views(json!({"type": "static-cohort", "key": "id", "value": "4", "negation": true})), 5);
}

#[test]
fn trends_have_a_row_for_each_cohort() {
    let several = trend(json!({"breakdownFilter": {"breakdown_type": "cohort", "breakdown": [1, 2]}}));
    assert_eq!(shown(&several), [("Often".into(), json!(2), json!(5)), ("Free".into(), json!(1), json!(3))]);
    let alone = trend(json!({"breakdownFilter": {"breakdown_type": "cohort", "breakdown": 4}}));
    assert_eq!(shown(&alone), [("Listed".into(), json!(4), json!(1))]);
    let with_all = trend(json!({"breakdownFilter": {"breakdown_type": "cohort", "breakdown": ["all", 4]}}));
    assert_eq!(
        shown(&with_all),
        [("view - all users".into(), json!("all"), json!(6)), ("view - Listed".into(), json!(4), json!(1))]
    );
}

#[test]
fn an_action_is_a_series_of_its_name() {
    let answer = trend(json!({"series": [{"kind": "ActionsNode", "id": 7}]}));
    assert_eq!((&answer[0]["label"], &answer[0]["count"]), (&json!("Anything"), &json!(7)));
    assert_eq!(answer[0]["action"]["id"], "Anything");
}

#[test]
fn funnels_have_steps_for_each_cohort() {
    let answer = results(json!({
        "kind": "FunnelsQuery",
        "series": [{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": "buy"}],
        "dateRange": {"date_from": "2024-03-01", "date_to": "2024-03-03"},
        "breakdownFilter": {"breakdown_type": "cohort", "breakdown": ["all", 1, 2]},
    }));
    let shown: Vec<_> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|steps| {
            (
                steps[0]["breakdown"].clone(),
                steps[0]["breakdown_value"].clone(),
                steps[0]["count"].clone(),
                steps[1]["count"].clone(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (json!("all users"), json!(0), json!(3), json!(1)),
            (json!("Often"), json!(2), json!(2), json!(1)),
            (json!("Free"), json!(1), json!(2), json!(0)),
        ]
    );
}

#[test]
fn steps_of_a_funnel_may_be_actions() {
    let answer = results(json!({
        "kind": "FunnelsQuery",
        "series": [{"kind": "ActionsNode", "id": 7}, {"kind": "EventsNode", "event": "buy"}],
        "dateRange": {"date_from": "2024-03-01", "date_to": "2024-03-03"},
    }));
    assert_eq!((&answer[0]["name"], &answer[0]["action_id"]), (&json!("Anything"), &json!(7)));
    assert_eq!(
        (&answer[0]["type"], &answer[0]["count"], &answer[1]["count"]),
        (&json!("actions"), &json!(3), &json!(1))
    );
}

#[test]
fn retention_has_rows_for_each_cohort() {
    let view = json!({"id": "view", "type": "events"});
    let answer = results(json!({
        "kind": "RetentionQuery",
        "dateRange": {"date_to": "2024-03-03"},
        "retentionFilter": {"totalIntervals": 3, "period": "Day", "targetEntity": view, "returningEntity": view},
        "breakdownFilter": {"breakdown_type": "cohort", "breakdown": [1]},
    }));
    assert_eq!((&answer[0]["breakdown_value"], &answer[0]["values"][0]["count"]), (&json!(1), &json!(2)));
}
