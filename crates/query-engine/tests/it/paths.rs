//! Paths from the query to the answer: against a slow and obvious program, what links look like, and what is refused.

mod question;
mod reference;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
use query_engine::answer::{Answer, QueryContext};
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::definitions::Definitions;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use query_engine::source::EventSource;
use serde_json::{Value, json};
use test_support::cases::n_property_cases;
use uuid::Uuid;

use self::question::Row;
use crate::ask::{ask, ask_within};

use crate::funnels::scattered::Scattered;

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;

/// A day of 23 hours, in Berlin.
fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 3, 31).unwrap()
}

/// When the day begins and when the next one does, in seconds since 1970 UTC.
fn bounds() -> (i64, i64) {
    let midnight = |day: NaiveDate| ZONE.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().timestamp();
    (midnight(day()), midnight(day().succ_opt().unwrap()))
}

fn range() -> Value {
    json!({"date_from": "2024-03-31", "date_to": "2024-03-31"})
}

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: ZONE,
        week_start: WeekStart::Sunday,
        now: "2024-05-01T00:00:00Z".parse().unwrap(),
        definitions: Arc::default(),
    }
}

fn source(rows: &[Row]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    source.add_group("company", "company 0", serde_json::Map::new());
    for (number, row) in rows.iter().enumerate() {
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: row.event.to_owned(),
            distinct_id: format!("person {}", row.person),
            timestamp: DateTime::<Utc>::from_timestamp(row.at, 0).unwrap(),
            properties: json!({
                "$current_url": row.place,
                "$screen_name": row.place,
                "browser": row.browser,
                "$groups": {"company": row.company()},
            })
            .to_string(),
        });
    }
    source
}

fn answer(source: &dyn EventSource, more: Value) -> Result<Answer, QueryError> {
    answer_with(source, more, &context())
}

fn answer_with(source: &dyn EventSource, more: Value, context: &QueryContext) -> Result<Answer, QueryError> {
    let mut node = json!({"kind": "PathsQuery", "dateRange": range()});
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(&node, context, source)
}

/// Page views of one person, given by seconds after midnight.
fn views(places: &[(i64, &'static str)]) -> Vec<Row> {
    let row = |&(at, place): &(i64, &'static str)| Row {
        event: "$pageview",
        person: 1,
        at: bounds().0 + at,
        place: Some(place),
        browser: Some("Chrome"),
    };
    places.iter().map(row).collect()
}

/// The links as `source > target`.
fn shown(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let links = answer.results.as_array().unwrap().iter();
    links.map(|link| format!("{} > {}", text(&link["source"]), text(&link["target"]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn links_are_those_of_the_reference(mut rows in question::rows(bounds().0), question in question::questions(), n_runs in 1_usize..4) {
        if question.around.is_some() {
            // which of a funnel's events at one instant is which step is tested where funnels are
            rows.iter_mut().enumerate().for_each(|(index, row)| row.at += index as i64);
        }
        let expected = reference::links(&question, &rows, (bounds().0, bounds().1 - 1));
        let source = source(&rows);
        let found = ask(&question.node(&range()), &context(), &Scattered { source: &source, n_runs }).unwrap();
        prop_assert_eq!(found.results, expected);
    }
}

#[test]
fn a_link_as_clients_expect_it() {
    let answer = answer(&source(&views(&[(0, "/"), (90, "/about/"), (91, "/")])), json!({})).unwrap();
    insta::assert_json_snapshot!(answer.results[0], @r#"
    {
      "average_conversion_time": 90000.0,
      "source": "1_/",
      "target": "2_/about",
      "value": 1
    }
    "#);
    assert_eq!(answer.resolved_date_range.unwrap().from.timestamp(), bounds().0);
    assert_eq!((answer.columns, answer.types, answer.has_more), (None, None, None));
}

#[test]
fn no_events_have_no_paths() {
    assert_eq!(answer(&source(&[]), json!({})).unwrap().results, json!([]));
}

#[test]
fn steps_of_two_digits_come_before_the_first() {
    let names = ["/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/10", "/11"];
    let places: Vec<(i64, &'static str)> = (0..).zip(names).collect();
    let answer = answer(&source(&views(&places)), json!({"pathsFilter": {"stepLimit": 12}})).unwrap();
    let shown = shown(&answer);
    assert_eq!(shown[..3], ["10_/9 > 11_/10", "11_/10 > 12_/11", "1_/0 > 2_/1"]);
}

#[test]
fn excluded_events_are_left_out_where_types_are_asked_for() {
    let views = source(&views(&[(0, "/a"), (1, "/b"), (2, "/c")]));
    let of = |filter: Value| shown(&answer(&views, json!({"pathsFilter": filter})).unwrap());
    assert_eq!(of(json!({"excludeEvents": ["/b"], "includeEventTypes": ["$pageview"]})), ["1_/a > 2_/c"]);
    assert_eq!(of(json!({"excludeEvents": ["/b"]})), ["1_/a > 2_/b", "2_/b > 3_/c"]);
}

#[test]
fn a_range_that_ends_before_it_begins_has_no_paths() {
    let range = json!({"dateRange": {"date_from": "2024-04-03", "date_to": "2024-03-20"}});
    assert_eq!(answer(&source(&views(&[(0, "/a"), (1, "/b")])), range).unwrap().results, json!([]));
}

#[test]
fn the_projects_own_rules_clean_before_those_of_the_query() {
    let rule = |regex: &str, alias: &str| json!({"regex": regex, "alias": alias});
    let cleaning = query_engine::nodes::PathCleaningRule {
        pattern: query_engine::predicate::Pattern::new(r"\d+").unwrap(),
        alias: "<n>".to_owned(),
    };
    let definitions = Definitions { path_cleaning: vec![cleaning], ..Definitions::default() };
    let context = QueryContext { definitions: Arc::new(definitions), ..context() };
    let source = source(&views(&[(0, "/a/1"), (1, "/b/22")]));
    let of = |replaces: bool| {
        let filter = json!({
            "pathReplacements": replaces,
            "localPathCleaningFilters": [rule("<n>", "id"), {"alias": "unfinished"}, rule("", "unfinished")],
        });
        shown(&answer_with(&source, json!({"pathsFilter": filter}), &context).unwrap())
    };
    assert_eq!(of(true), ["1_/a/id > 2_/b/id"]);
    assert_eq!(of(false), ["1_/a/1 > 2_/b/22"]);
}

fn funnel_paths(part: &str, step: Value) -> Value {
    json!({"funnelPathsFilter": {
        "funnelPathType": part,
        "funnelStep": step,
        "funnelSource": {
            "kind": "FunnelsQuery",
            "dateRange": range(),
            "series": [{"kind": "EventsNode", "event": "buy"}, {"kind": "EventsNode", "event": "quit"}],
        },
    }})
}

#[track_caller]
fn check_refused(query: Value, path: &str) {
    match answer(&source(&views(&[(0, "/a"), (1, "/b")])), query) {
        Err(QueryError::Invalid { path: found, message }) => assert_eq!(found, path, "{message}"),
        Err(QueryError::Unsupported { path: found, what }) => assert_eq!(found, path, "{what}"),
        other => panic!("wanted a refusal at {path}, got {other:?}"),
    }
}

#[test]
fn what_cannot_be_a_path_is_refused_with_its_path() {
    let with = |filter: Value| json!({"pathsFilter": filter});
    check_refused(json!({"pathsFilter": []}), "pathsFilter");
    check_refused(with(json!({"includeEventTypes": ["$autocapture"]})), "pathsFilter.includeEventTypes[0]");
    check_refused(with(json!({"includeEventTypes": "$pageview"})), "pathsFilter.includeEventTypes");
    check_refused(with(json!({"excludeEvents": [5]})), "pathsFilter.excludeEvents[0]");
    check_refused(with(json!({"pathGroupings": {"a": 1}})), "pathsFilter.pathGroupings");
    check_refused(with(json!({"startPoint": 5})), "pathsFilter.startPoint");
    check_refused(with(json!({"stepLimit": 101})), "pathsFilter.stepLimit");
    check_refused(with(json!({"stepLimit": -1})), "pathsFilter.stepLimit");
    check_refused(with(json!({"stepLimit": 2.5})), "pathsFilter.stepLimit");
    check_refused(with(json!({"edgeLimit": "50"})), "pathsFilter.edgeLimit");
    check_refused(with(json!({"edgeLimit": 1_000_000})), "pathsFilter.edgeLimit");
    check_refused(
        with(json!({"localPathCleaningFilters": [{"regex": "(", "alias": "x"}]})),
        "pathsFilter.localPathCleaningFilters[0].regex",
    );
    check_refused(with(json!({"localPathCleaningFilters": ["x"]})), "pathsFilter.localPathCleaningFilters[0]");
    check_refused(json!({"samplingFactor": 2}), "samplingFactor");
    check_refused(json!({"aggregation_group_type_index": 5}), "aggregation_group_type_index");
}

#[test]
fn what_cannot_be_a_step_is_refused_with_its_path() {
    let changed = |pointer: &str, value: Value| {
        let mut query = funnel_paths("funnel_path_after_step", json!(1));
        *query.pointer_mut(&format!("/funnelPathsFilter/{pointer}")).unwrap() = value;
        query
    };
    check_refused(changed("funnelPathType", json!("after")), "funnelPathsFilter.funnelPathType");
    check_refused(changed("funnelPathType", Value::Null), "funnelPathsFilter.funnelPathType");
    check_refused(changed("funnelStep", Value::Null), "funnelPathsFilter.funnelStep");
    for step in [0, 3, -1, -3] {
        check_refused(changed("funnelStep", json!(step)), "funnelPathsFilter.funnelStep");
    }
    for step in [1, -2] {
        let between = funnel_paths("funnel_path_between_steps", json!(step));
        check_refused(between, "funnelPathsFilter.funnelStep");
    }
    check_refused(changed("funnelSource", Value::Null), "funnelPathsFilter.funnelSource");
    check_refused(changed("funnelSource/kind", json!("TrendsQuery")), "funnelPathsFilter.funnelSource.kind");
    check_refused(changed("funnelSource/series", json!([{"event": "buy"}])), "funnelPathsFilter.funnelSource.series");
}

#[test]
fn a_question_that_needs_too_much_memory_is_refused() {
    let names: Vec<&'static str> = (0..2_000).map(|n| &*format!("/{n}").leak()).collect();
    let places: Vec<(i64, &'static str)> = (0..).zip(names).collect();
    let source = source(&views(&places));
    let ask_with = |max_memory_bytes| {
        let limits = QueryLimits {
            max_time: std::time::Duration::from_secs(3_600),
            max_memory_bytes,
            max_result_rows: usize::MAX,
        };
        let node = json!({"kind": "PathsQuery", "dateRange": range(), "pathsFilter": {"stepLimit": 100}});
        ask_within(&node, &context(), &source, &QueryControl::start(limits))
    };
    let refused = ask_with(1 << 14);
    assert!(matches!(refused, Err(QueryError::MemoryLimit { .. })), "{refused:?}");
    assert!(ask_with(1 << 26).is_ok());
}

#[test]
fn a_cancelled_question_stops() {
    let control = QueryControl::unlimited();
    control.cancel();
    let node = json!({"kind": "PathsQuery", "dateRange": range()});
    let stopped = ask_within(&node, &context(), &source(&views(&[(0, "/a")])), &control);
    assert!(matches!(stopped, Err(QueryError::Cancelled)), "{stopped:?}");
}
