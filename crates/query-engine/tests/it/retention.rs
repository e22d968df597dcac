//! Retention from the query to the answer, where the conformance cases say nothing: against a slow reference, whole rows, what is
//! refused, and events in many runs.

mod question;
mod reference;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use proptest::prelude::*;
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

use self::question::{Fact, Question};
use crate::ask::ask;
use crate::funnels::scattered::Scattered;

fn source(midnight: DateTime<Utc>, facts: &[Fact]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    for person in 0..4 {
        let properties = json!({"tier": reference::tier(person)});
        source.add_person(&[&format!("person {person}")], 0, properties.as_object().unwrap().clone());
    }
    source.add_group("company", "x", serde_json::Map::new());
    for (number, fact) in facts.iter().enumerate() {
        let mut properties = json!({"browser": fact.browser, "revenue": fact.revenue});
        if let Some(company) = fact.company {
            properties["$groups"] = json!({"company": company});
        }
        source.add_event(&Event {
            uuid: Uuid::from_u128(number as u128),
            event: fact.event.to_owned(),
            distinct_id: format!("person {}", fact.person),
            timestamp: midnight + TimeDelta::minutes(fact.minute),
            properties: properties.to_string(),
        });
    }
    source
}

fn answer(question: &Question, source: &dyn EventSource) -> Result<Answer, QueryError> {
    let context = QueryContext {
        project: ProjectId(1),
        timezone: question.zone,
        week_start: if question.week_starts_on_monday { WeekStart::Monday } else { WeekStart::Sunday },
        now: "2025-01-01T00:00:00Z".parse().unwrap(),
        definitions: Arc::default(),
    };
    ask(&question.query(), &context, source)
}

/// Value of the breakdown, actors and what is added up.
type Row = (Option<String>, Vec<(u64, f64)>);

fn rows(results: &Value) -> Vec<Row> {
    let number = |value: &Value| value["aggregation_value"].as_f64().unwrap_or(0.0);
    let values = |row: &Value| -> Vec<_> {
        let values = row["values"].as_array().unwrap().iter();
        values.map(|value| (value["count"].as_u64().unwrap(), number(value))).collect()
    };
    let rows = results.as_array().unwrap().iter();
    rows.map(|row| (row["breakdown_value"].as_str().map(str::to_owned), values(row))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn answers_are_those_of_a_search_through_all_events((question, facts) in question::case(), n_runs in 1_usize..4) {
        let source = source(question.day.and_time(NaiveTime::MIN).and_utc(), &facts);
        let found = answer(&question, &Scattered { source: &source, n_runs }).unwrap().results;
        let expected = reference::evaluate(&question, &facts).into_iter();
        let expected: Vec<_> =
            expected.flat_map(|(value, matrix)| matrix.into_iter().map(move |row| (value.clone(), row))).collect();
        prop_assert_eq!(rows(&found), expected);
    }
}

/// What is asked of [`visits`] where `keys` say nothing else.
fn ask_visits(source: &dyn EventSource, keys: Value) -> Result<Answer, QueryError> {
    let context = QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::US::Pacific,
        week_start: WeekStart::Sunday,
        now: "2024-03-12T20:00:00Z".parse().unwrap(),
        definitions: Arc::default(),
    };
    let mut node = json!({"kind": "RetentionQuery", "retentionFilter": {"totalIntervals": 2}});
    node.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    ask(&node, &context, source)
}

/// Page views on the two days up to the present of [`ask_visits`].
fn visits() -> MemorySource {
    let visit = |person, hour: i64, browser, revenue| Fact {
        event: "$pageview",
        person,
        minute: 60 * hour,
        browser,
        revenue: Some(revenue),
        company: None,
    };
    let midnight = "2024-03-11T08:00:00Z".parse().unwrap();
    source(midnight, &[visit(0, 10, Some("Chrome"), 3), visit(0, 34, Some("Chrome"), 5), visit(1, 12, None, 4)])
}

#[test]
fn rows_as_clients_expect_them() {
    let keys = json!({
        "retentionFilter": {"totalIntervals": 2, "aggregationType": "avg", "aggregationProperty": "revenue"},
        "breakdownFilter": {"breakdown": "browser", "breakdown_limit": 1},
    });
    let answer = ask_visits(&visits(), keys).unwrap();
    insta::assert_json_snapshot!("retention_rows", answer.results);
    let range = answer.resolved_date_range.unwrap();
    assert_eq!(range.from.to_rfc3339(), "2024-03-11T07:00:00+00:00");
    assert_eq!(range.to.to_rfc3339(), "2024-03-13T06:59:59.999999+00:00");
}

#[test]
fn a_value_that_is_missing_is_the_empty_text_and_no_breakdown_is_null() {
    let values = |keys: Value| -> Vec<_> { rows(&ask_visits(&visits(), keys).unwrap().results) };
    let missing = values(json!({"breakdownFilter": {"breakdown": "browser"}}));
    assert_eq!(missing[2], (Some(String::new()), vec![(1, 0.0), (0, 0.0)]));
    assert_eq!(values(json!({}))[0], (None, vec![(2, 0.0), (1, 0.0)]));
}

#[test]
fn everybody_is_a_cohort_of_the_text_zero() {
    let keys = json!({"breakdownFilter": {"breakdown": ["all"], "breakdown_type": "cohort"}});
    let everybody = ask_visits(&visits(), keys).unwrap().results;
    assert_eq!(everybody[0]["breakdown_value"], json!("0"));
    assert_eq!(rows(&everybody)[0].1, vec![(2, 0.0), (1, 0.0)]);
}

#[test]
fn a_breakdown_of_nobody_has_no_rows() {
    let nobody = json!({"retentionFilter": {"targetEntity": {"id": "x"}}, "breakdownFilter": {"breakdown": "browser"}});
    assert_eq!(ask_visits(&visits(), nobody).unwrap().results, json!([]));
}

#[test]
fn of_several_properties_the_first_counts() {
    let by = |breakdowns: Value| {
        ask_visits(&visits(), json!({"breakdownFilter": {"breakdowns": breakdowns}})).unwrap().results
    };
    let browser = json!({"property": "browser", "type": "event"});
    let everybody = json!({"property": "all", "type": "cohort"});
    assert_eq!(by(json!([browser, {"property": "tier", "type": "person"}])), by(json!([browser])));
    assert_eq!(by(json!([browser, everybody, everybody])), by(json!([everybody])));
}

#[test]
fn a_range_that_ends_before_it_begins_has_no_rows() {
    for mode in ["strict_calendar_dates", "24_hour_windows"] {
        for kind in ["retention_recurring", "retention_first_time"] {
            let filter = json!({"timeWindowMode": mode, "retentionType": kind});
            let keys =
                json!({"dateRange": {"date_from": "2024-03-12", "date_to": "2024-03-01"}, "retentionFilter": filter});
            assert_eq!(ask_visits(&visits(), keys).unwrap().results, json!([]), "{mode} {kind}");
        }
    }
}

#[track_caller]
fn check_refused(keys: Value, path: &str) {
    match ask_visits(&visits(), keys.clone()) {
        Err(QueryError::Invalid { path: found, .. } | QueryError::Unsupported { path: found, .. }) => {
            assert_eq!(found, path, "{keys}");
        }
        other => panic!("wanted a refusal at {path}, got {other:?}"),
    }
}

#[test]
fn what_is_no_retention_is_refused_with_its_path() {
    let filter = |filter: Value| json!({"retentionFilter": filter});
    check_refused(filter(json!([])), "retentionFilter");
    check_refused(filter(json!({"period": "Year"})), "retentionFilter.period");
    check_refused(filter(json!({"retentionType": "x"})), "retentionFilter.retentionType");
    check_refused(filter(json!({"totalIntervals": -1})), "retentionFilter.totalIntervals");
    check_refused(filter(json!({"totalIntervals": 2000})), "retentionFilter.totalIntervals");
    check_refused(filter(json!({"minimumOccurrences": "2"})), "retentionFilter.minimumOccurrences");
    check_refused(filter(json!({"retentionCustomBrackets": [1, 0]})), "retentionFilter.retentionCustomBrackets[1]");
    check_refused(filter(json!({"timeWindowMode": "x"})), "retentionFilter.timeWindowMode");
    check_refused(filter(json!({"targetEntity": "$pageview"})), "retentionFilter.targetEntity");
    check_refused(filter(json!({"targetEntity": {"type": "x"}})), "retentionFilter.targetEntity.type");
    check_refused(filter(json!({"targetEntity": {"type": "data_warehouse"}})), "retentionFilter.targetEntity");
    check_refused(
        filter(json!({"returningEntity": {"type": "actions", "id": "7"}})),
        "retentionFilter.returningEntity.id",
    );
    check_refused(
        filter(json!({"returningEntity": {"type": "actions", "id": "x"}})),
        "retentionFilter.returningEntity.id",
    );
    check_refused(
        filter(json!({"returningEntity": {"properties": [{"key": "a", "operator": "x", "value": 1}]}})),
        "retentionFilter.returningEntity.properties[0].operator",
    );
    check_refused(
        filter(json!({"timeWindowMode": "24_hour_windows", "cumulative": true})),
        "retentionFilter.cumulative",
    );
    let sums = json!({"aggregationType": "sum", "aggregationProperty": "revenue", "timeWindowMode": "24_hour_windows"});
    check_refused(filter(sums), "retentionFilter.aggregationType");
    let sums = json!({"aggregationType": "sum", "aggregationProperty": "revenue", "cumulative": true});
    check_refused(filter(sums), "retentionFilter.aggregationType");
    let sums =
        json!({"aggregationType": "avg", "aggregationProperty": "a", "aggregationPropertyType": "data_warehouse"});
    check_refused(filter(sums), "retentionFilter.aggregationProperty");
    check_refused(
        json!({"breakdownFilter": {"breakdown": ["x"], "breakdown_type": "cohort"}}),
        "breakdownFilter.breakdown[0]",
    );
    check_refused(
        json!({"breakdownFilter": {"breakdown": [9], "breakdown_type": "cohort"}}),
        "breakdownFilter.breakdown[0]",
    );
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
    let found = ask_visits(&CancelsAfterScan(visits()), json!({}));
    assert!(matches!(found, Err(QueryError::Cancelled)), "{found:?}");
}
