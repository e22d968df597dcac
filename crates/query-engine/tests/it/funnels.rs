//! Funnels from the query to the answer, where the conformance cases say nothing: whole items, what is refused, and events in many runs.

pub(crate) mod scattered;

use std::sync::Arc;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::answer::{Answer, QueryContext};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::plan::{Output, Plan};
use query_engine::scan::{Scan, ScanRequest, ScanSource};
use query_engine::source::{EventSource, run_on_scan};
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use self::scattered::Scattered;
use crate::ask::ask;

/// `(event, person, seconds after the first midnight, browser)`
type Row = (&'static str, u8, i64, Option<&'static str>);

const NAMES: [&str; 3] = ["view", "cart", "pay"];

fn source(rows: &[Row]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    for (number, (event, person, seconds, browser)) in rows.iter().enumerate() {
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: (*event).to_owned(),
            distinct_id: format!("person {person}"),
            timestamp: midnight() + TimeDelta::seconds(*seconds),
            properties: json!({"browser": browser, "$groups": {"company": format!("company {}", person % 2)}})
                .to_string(),
        });
    }
    source.add_group("company", "company 0", json!({"size": "small"}).as_object().unwrap().clone());
    source
}

fn midnight() -> DateTime<Utc> {
    "2024-03-01T00:00:00Z".parse().unwrap()
}

fn answer(source: &dyn EventSource, query: Value) -> Result<Answer, QueryError> {
    let context = QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::UTC,
        week_start: WeekStart::Sunday,
        now: midnight() + TimeDelta::days(30),
        definitions: Arc::default(),
    };
    let mut node = json!({"kind": "FunnelsQuery", "dateRange": {"date_from": "2024-03-01", "date_to": "2024-03-02"}});
    node.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    ask(&node, &context, source)
}

fn series(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"kind": "EventsNode", "event": name})).collect()
}

fn visits() -> MemorySource {
    source(&[
        ("view", 1, 0, Some("Chrome")),
        ("cart", 1, 60, Some("Chrome")),
        ("pay", 1, 90, Some("Chrome")),
        ("view", 2, 0, Some("Safari")),
        ("cart", 2, 30, None),
        ("view", 3, 86_400, None),
    ])
}

#[test]
fn a_step_as_clients_expect_it() {
    let answer = answer(&visits(), json!({"series": series(&["view", "cart"])})).unwrap();
    insta::assert_json_snapshot!(answer.results[1], @r#"
    {
      "action_id": "cart",
      "average_conversion_time": 45.0,
      "converted_people_url": null,
      "count": 2,
      "custom_name": null,
      "dropped_people_url": null,
      "median_conversion_time": 45.0,
      "name": "cart",
      "order": 1,
      "people": [],
      "type": "events"
    }
    "#);
    assert_eq!(answer.resolved_date_range.unwrap().from, midnight());
}

#[test]
fn rates_as_clients_expect_them() {
    let query = json!({
        "series": series(&["view", "cart"]),
        "funnelsFilter": {"funnelVizType": "trends"},
        "breakdownFilter": {"breakdown": "browser"},
    });
    insta::assert_json_snapshot!(answer(&visits(), query).unwrap().results[0], @r#"
    {
      "breakdown_value": [
        "Safari"
      ],
      "count": 2,
      "data": [
        100.0,
        0.0
      ],
      "days": [
        "2024-03-01",
        "2024-03-02"
      ],
      "labels": [
        "1-Mar-2024",
        "2-Mar-2024"
      ]
    }
    "#);
}

#[test]
fn nobody_converts_in_no_time() {
    let query = json!({"series": series(&["pay", "view"]), "funnelsFilter": {"funnelVizType": "time_to_convert"}});
    assert_eq!(answer(&visits(), query).unwrap().results, json!({"bins": [], "average_conversion_time": null}));
}

#[test]
fn urls_are_the_same_whatever_is_at_their_end() {
    let pages = source(&[
        ("view", 1, 0, Some("https://a.b/c/")),
        ("cart", 1, 60, Some("https://a.b/c")),
        ("view", 2, 0, Some("https://a.b/c?#")),
        ("view", 3, 0, Some("/")),
        ("view", 4, 0, None),
    ]);
    let query = json!({
        "series": series(&["view", "cart"]),
        "breakdownFilter": {"breakdown": ["browser"], "breakdown_normalize_url": true},
    });
    let answer = answer(&pages, query).unwrap();
    let of_value = |steps: &Value| json!([steps[0]["breakdown_value"], steps[0]["count"], steps[1]["count"]]);
    let found: Value = answer.results.as_array().unwrap().iter().map(of_value).collect();
    assert_eq!(found, json!([[["https://a.b/c"], 2, 1], [["/"], 2, 0]]));
}

#[test]
fn rates_of_the_most_who_began_come_first_and_of_as_many_those_of_the_greater_value() {
    let visits = source(&[
        ("view", 1, 0, Some("Chrome")),
        ("cart", 1, 60, Some("Chrome")),
        ("view", 2, 0, Some("Edge")),
        ("view", 3, 0, Some("Safari")),
        ("view", 4, 0, Some("Safari")),
    ]);
    let query = json!({
        "series": series(&["view", "cart"]),
        "funnelsFilter": {"funnelVizType": "trends"},
        "breakdownFilter": {"breakdown": "browser", "breakdown_type": "event"},
    });
    let answer = answer(&visits, query).unwrap();
    let values: Value = answer.results.as_array().unwrap().iter().map(|item| item["breakdown_value"].clone()).collect();
    assert_eq!(values, json!([["Safari"], ["Edge"], ["Chrome"]]));
}

#[test]
fn a_group_property_is_shown_as_plain_text() {
    let query = json!({
        "series": series(&["view", "cart"]),
        "breakdownFilter": {"breakdown": "size", "breakdown_type": "group", "breakdown_group_type_index": 0},
    });
    let results = answer(&visits(), query).unwrap().results;
    let shown: Vec<_> =
        results.as_array().unwrap().iter().map(|steps| (&steps[0]["breakdown"], &steps[0]["count"])).collect();
    assert_eq!(shown, [(&json!(""), &json!(2)), (&json!("small"), &json!(1))]);
}

#[test]
fn global_filters_hide_events_from_strict_funnels() {
    let filters = json!([{"key": "browser", "value": "is_set", "operator": "is_set", "type": "event"}]);
    let query = |properties: Value| json!({"series": series(&["view", "pay"]), "properties": properties, "funnelsFilter": {"funnelOrderType": "strict"}});
    let source = source(&[("view", 1, 0, Some("Chrome")), ("cart", 1, 1, None), ("pay", 1, 2, Some("Chrome"))]);
    let count = |properties| answer(&source, query(properties)).unwrap().results[1]["count"].clone();
    assert_eq!((count(json!([])), count(filters)), (json!(0), json!(1)));
}

#[track_caller]
fn check_refused(query: Value, path: &str) {
    match answer(&visits(), query) {
        Err(QueryError::Invalid { path: found, .. } | QueryError::Unsupported { path: found, .. }) => {
            assert_eq!(found, path);
        }
        other => panic!("wanted a refusal at {path}, got {other:?}"),
    }
}

#[test]
fn what_is_no_funnel_is_refused_with_its_path() {
    let steps = || series(&["view", "cart", "pay"]);
    let with = |filter: Value| json!({"series": steps(), "funnelsFilter": filter});
    let exclusion = |event: &str, from: u8, to: u8| {
        with(
            json!({"exclusions": [{"kind": "EventsNode", "event": event, "funnelFromStep": from, "funnelToStep": to}]}),
        )
    };
    check_refused(json!({"series": series(&["view"])}), "series");
    check_refused(json!({"series": series(&["view"; 31])}), "series");
    check_refused(exclusion("x", 1, 1), "funnelsFilter.exclusions[0].funnelToStep");
    check_refused(exclusion("x", 1, 3), "funnelsFilter.exclusions[0].funnelToStep");
    check_refused(exclusion("cart", 0, 2), "funnelsFilter.exclusions[0]");
    let cart = |filters: Value| json!({"kind": "EventsNode", "event": "cart", "properties": filters});
    let in_chrome = json!({"key": "browser", "value": "Chrome", "operator": "exact", "type": "event"});
    let excluded = |step: Value, exclusion: Value| {
        let mut exclusion = exclusion;
        exclusion["funnelFromStep"] = json!(0);
        exclusion["funnelToStep"] = json!(1);
        json!({"series": [{"kind": "EventsNode", "event": "view"}, step], "funnelsFilter": {"exclusions": [exclusion]}})
    };
    // an exclusion that is a part of a step, but not one that has it as a part
    check_refused(excluded(cart(json!([])), cart(json!([in_chrome]))), "funnelsFilter.exclusions[0]");
    check_refused(excluded(cart(json!([in_chrome])), cart(json!([in_chrome]))), "funnelsFilter.exclusions[0]");
    assert!(answer(&visits(), excluded(cart(json!([in_chrome])), cart(json!([])))).is_ok());
    let optional = |next: &str, filter: Value| {
        let step = json!({"kind": "EventsNode", "event": "cart", "optionalInFunnel": true});
        json!({"series": [{"event": "view"}, step, {"event": next}], "funnelsFilter": filter})
    };
    check_refused(optional("cart", json!({})), "series[1].optionalInFunnel");
    check_refused(optional("pay", json!({"funnelVizType": "trends"})), "series[1].optionalInFunnel");
    check_refused(optional("pay", json!({"funnelOrderType": "unordered"})), "series[1].optionalInFunnel");
    assert!(answer(&visits(), optional("pay", json!({"funnelVizType": "flow", "funnelOrderType": "strict"}))).is_ok());
    check_refused(with(json!({"funnelFromStep": 2})), "funnelsFilter.funnelFromStep");
    check_refused(with(json!({"funnelVizType": "trends", "funnelFromStep": 2})), "funnelsFilter.funnelFromStep");
    check_refused(with(json!({"funnelVizType": "time_to_convert", "funnelToStep": 3})), "funnelsFilter.funnelToStep");
    check_refused(with(json!({"funnelAggregateByHogQL": "lower("})), "funnelsFilter.funnelAggregateByHogQL");
    check_refused(with(json!({"funnelAggregateByHogQL": "count()"})), "funnelsFilter.funnelAggregateByHogQL");
    let mut attributed = with(json!({"breakdownAttributionType": "step", "breakdownAttributionValue": 3}));
    attributed["breakdownFilter"] = json!({"breakdown": "browser"});
    check_refused(attributed, "funnelsFilter.breakdownAttributionValue");
    check_refused(json!({"series": [{"event": "view"}, {"kind": "ActionsNode", "id": 7}]}), "series[1].id");
}

/// Cancels the query as soon as it has lent its events.
struct CancelsAfterScan(MemorySource);

impl ScanSource for CancelsAfterScan {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        let scans = self.0.scan(requests, control);
        control.cancel();
        scans
    }
}

#[async_trait]
impl EventSource for CancelsAfterScan {
    async fn run(&self, plan: &Plan, control: &QueryControl) -> Result<Output, QueryError> {
        run_on_scan(plan, self, control)
    }
}

#[test]
fn a_cancelled_query_stops() {
    let found = answer(&CancelsAfterScan(visits()), json!({"series": series(&["view", "cart"])}));
    assert!(matches!(found, Err(QueryError::Cancelled)), "{found:?}");
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let browser = select(vec![None, Some("Chrome"), Some("Safari"), Some("Edge")]);
    let row = (select(NAMES.to_vec()), 0_u8..5, 0_i64..4, browser);
    prop::collection::vec(row, 0..40).prop_map(|mut rows| {
        // the seconds between an event and the one before it
        let mut now = 0;
        for row in &mut rows {
            now += row.2;
            row.2 = now;
        }
        rows
    })
}

fn queries() -> impl Strategy<Value = Value> {
    let step = (
        select(NAMES.to_vec()),
        option_of(select(vec!["Chrome", "Safari"])),
        select(vec!["total", "first_time_for_user"]),
    );
    let visual = select(vec!["steps", "trends", "time_to_convert"]);
    let order = select(vec!["ordered", "strict", "unordered"]);
    let attribution = select(vec!["first_touch", "last_touch", "all_events", "step"]);
    (prop::collection::vec(step, 2..5), visual, order, attribution, 1_i64..20, any::<[bool; 3]>()).prop_map(
        |(steps, visual, order, attribution, window, [is_broken_down, is_by_group, has_exclusion])| {
            let last = steps.len() - 1;
            let series = steps.iter().map(|(event, browser, math)| {
                let filter = browser.map(|browser| json!({"key": "browser", "value": browser, "operator": "exact", "type": "event"}));
                json!({"kind": "EventsNode", "event": event, "math": math, "properties": filter.into_iter().collect::<Vec<_>>()})
            });
            let exclusion = json!({
                "kind": "EventsNode", "event": "pay", "funnelFromStep": 0, "funnelToStep": last,
                "properties": [{"key": "browser", "value": "Edge", "operator": "exact", "type": "event"}],
            });
            let mut query = json!({
                "series": series.collect::<Vec<_>>(),
                "funnelsFilter": {
                    "funnelVizType": visual,
                    "funnelOrderType": order,
                    "funnelWindowInterval": window,
                    "funnelWindowIntervalUnit": "second",
                    "breakdownAttributionType": attribution,
                    "exclusions": if has_exclusion { vec![exclusion] } else { vec![] },
                },
            });
            if is_broken_down {
                query["breakdownFilter"] = json!({"breakdown": ["browser"], "breakdown_limit": 2});
            }
            if is_by_group {
                query["aggregation_group_type_index"] = json!(0);
            }
            query
        },
    )
}

fn option_of<T: Clone + std::fmt::Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.3, values)
}

/// How many persons can be led to each of the steps by some choice of their events.
fn slow_counts(rows: &[Row], names: &[&str], window: i64) -> Vec<u64> {
    fn reaches(events: &[(&str, i64)], names: &[&str], until: i64) -> usize {
        let Some((name, rest)) = names.split_first() else { return 0 };
        let choices = events.iter().enumerate().filter(|(_, (event, at))| event == name && *at <= until);
        choices.map(|(index, _)| 1 + reaches(&events[index + 1..], rest, until)).max().unwrap_or(0)
    }
    let mut events_of: BTreeMap<u8, Vec<(&str, i64)>> = BTreeMap::new();
    for (event, person, at, _) in rows {
        events_of.entry(*person).or_default().push((event, *at));
    }
    let mut counts = vec![0; names.len()];
    for events in events_of.values() {
        let starts = events.iter().enumerate().filter(|(_, (event, _))| *event == names[0]);
        let depth = starts.map(|(index, (_, at))| 1 + reaches(&events[index + 1..], &names[1..], at + window)).max();
        counts[..depth.unwrap_or(0)].iter_mut().for_each(|count| *count += 1);
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn counts_are_those_of_a_search_through_all_choices(
        mut rows in rows(),
        names in prop::collection::vec(select(NAMES.to_vec()), 2..5),
        window in 1_i64..30,
        n_runs in 1_usize..4,
    ) {
        // one event an instant
        rows.iter_mut().enumerate().for_each(|(index, row)| row.2 += index as i64);
        let query = json!({
            "series": series(&names),
            "funnelsFilter": {"funnelWindowInterval": window, "funnelWindowIntervalUnit": "second"},
        });
        let source = source(&rows);
        let results = answer(&Scattered { source: &source, n_runs }, query).unwrap().results;
        let counts: Vec<u64> = results.as_array().unwrap().iter().map(|step| step["count"].as_u64().unwrap()).collect();
        prop_assert_eq!(counts, slow_counts(&rows, &names, window));
    }

    #[test]
    fn it_does_not_matter_in_which_runs_events_lie(mut rows in rows(), query in queries(), n_runs in 2_usize..4) {
        // one event an instant: which of several is first is up to the store
        rows.iter_mut().enumerate().for_each(|(index, row)| row.2 += index as i64);
        let source = source(&rows);
        let scattered = Scattered { source: &source, n_runs };
        match (answer(&source, query.clone()), answer(&scattered, query)) {
            (Ok(whole), Ok(scattered)) => prop_assert_eq!(whole, scattered),
            (Err(whole), Err(scattered)) => prop_assert_eq!(whole.to_string(), scattered.to_string()),
            (whole, scattered) => prop_assert!(false, "{whole:?} but {scattered:?}"),
        }
    }
}
