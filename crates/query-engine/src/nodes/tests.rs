use std::sync::Arc;

use chrono::{TimeZone as _, Utc};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::{Value, json};

use super::*;
use crate::answer::QueryContext;
use crate::field::Field;
use crate::scan::EventColumn;

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: Tz::UTC,
        week_start: WeekStart::Sunday,
        now: Utc.with_ymd_and_hms(2024, 3, 20, 13, 25, 0).unwrap(),
        definitions: Arc::default(),
    }
}

fn trends(node: Value) -> Result<TrendsQuery, QueryError> {
    TrendsQuery::read(&Reader::root(&node))
}

fn funnels(filter: Value) -> Result<FunnelsQuery, QueryError> {
    let node = json!({"series": [{"event": "a"}, {"event": "b"}], "funnelsFilter": filter});
    FunnelsQuery::read(&Reader::root(&node))
}

/// A trend of one series with `keys` laid over it.
fn trend_with(keys: Value) -> Value {
    let mut node = json!({"series": [{"kind": "EventsNode", "event": "$pageview"}]});
    for (key, value) in keys.as_object().unwrap() {
        node[key] = value.clone();
    }
    node
}

#[track_caller]
fn check_refused(node: Value, message: &str) {
    assert_eq!(trends(node).unwrap_err().to_string(), message);
}

#[test]
fn a_plain_trend_has_defaults() {
    let query =
        trends(json!({"series": [{"kind": "EventsNode", "event": "$pageview"}], "unknown": {"key": 1}})).unwrap();
    assert_eq!(query.series[0].kind, EntityKind::Events(Some("$pageview".to_owned())));
    assert_eq!((query.interval, query.series[0].math.clone()), (Interval::Day, None));
    assert_eq!((query.breakdown, query.compare, query.sampling_factor), (None, None, None));
    assert_eq!((query.trends.display, query.trends.smoothing_intervals), (Display::Series, 1));
}

#[test]
fn every_math_is_known() {
    let math = |keys: Value| {
        let mut series = json!({"event": "e"});
        for (key, value) in keys.as_object().unwrap() {
            series[key] = value.clone();
        }
        trends(json!({"series": [series]})).map(|query| query.series[0].math.clone().unwrap())
    };
    let event = |key: &str| Field::Event(EventColumn::Property(key.to_owned()));
    for (keys, expected) in [
        (json!({"math": "total"}), Math::Total),
        (json!({"math": "dau"}), Math::Dau),
        (json!({"math": "dau", "math_group_type_index": 2}), Math::UniqueGroup(2)),
        (json!({"math": "weekly_active"}), Math::WeeklyActive(None)),
        (json!({"math": "monthly_active", "math_group_type_index": 1}), Math::MonthlyActive(Some(1))),
        (json!({"math": "unique_session"}), Math::UniqueSession),
        (json!({"math": "unique_group", "math_group_type_index": 0}), Math::UniqueGroup(0)),
        (json!({"math": "first_time_for_user"}), Math::FirstTimeForUser),
        (json!({"math": "first_time_for_user_with_filters"}), Math::FirstMatchingEventForUser),
        (json!({"math": "sum", "math_property": "x"}), Math::Property(Aggregate::Sum, event("x"))),
        (
            json!({"math": "p90", "math_property": "x", "math_property_type": "person_properties"}),
            Math::Property(Aggregate::P90, Field::PersonProperty("x".to_owned())),
        ),
        (json!({"math": "median_count_per_actor"}), Math::CountPerActor(Aggregate::Median)),
    ] {
        assert_eq!(math(keys.clone()).unwrap(), expected, "{keys}");
    }
    for (keys, message) in [
        (json!({"math": "avg"}), "series[0].math_property: is missing; give the property that avg is computed of"),
        (
            json!({"math": "unique_group"}),
            "series[0].math_group_type_index: is missing; give the index of the group type to count",
        ),
        (
            json!({"math": "unique_group", "math_group_type_index": 7}),
            "series[0].math_group_type_index: 7 is not right here; give a whole number from 0 to 4",
        ),
        (
            json!({"math": "sum", "math_property": "x", "math_property_type": "z"}),
            "series[0].math_property_type: \"z\" is not right here; give one of event_properties, person_properties, session_properties",
        ),
    ] {
        assert_eq!(math(keys).unwrap_err().to_string(), message);
    }
    let unknown = math(json!({"math": "sum_count_per_actor"})).unwrap_err().to_string();
    assert!(unknown.starts_with("series[0].math: \"sum_count_per_actor\" is not right here; give one of total, dau,"));
}

#[test]
fn wrong_values_of_trends_are_refused_with_their_path() {
    check_refused(
        json!({}),
        "series: is missing; give a list of series, such as [{\"kind\": \"EventsNode\", \"event\": \"$pageview\"}]",
    );
    check_refused(json!({"series": []}), "series: has 0 series; at least 1 are needed");
    check_refused(json!({"series": {}}), "series: {} is not right here; give a list");
    check_refused(json!({"series": [5]}), "series[0]: 5 is not right here; give an object");
    let many: Vec<_> = (0..51).map(|_| json!({"event": "e"})).collect();
    check_refused(json!({"series": many}), "series: has 51 items; at most 50 are allowed");
    check_refused(
        json!({"series": [{"kind": "PlanetNode"}]}),
        "series[0].kind: \"PlanetNode\" is not right here; give EventsNode, ActionsNode, GroupNode or DataWarehouseNode",
    );
    check_refused(json!({"series": [{"event": 5}]}), "series[0].event: 5 is not right here; give text");
    check_refused(
        trend_with(json!({"interval": "fortnight"})),
        "interval: \"fortnight\" is not right here; give one of second, minute, hour, day, week, month",
    );
    check_refused(
        trend_with(json!({"samplingFactor": 1.5})),
        "samplingFactor: 1.5 is not right here; give a number above 0 and at most 1",
    );
    check_refused(
        trend_with(json!({"trendsFilter": {"formula": "A+B"}})),
        "trendsFilter.formula: the formula names series B at character 3, but the query has 1 series (A is the first)",
    );
    check_refused(
        trend_with(json!({"trendsFilter": {"formulaNodes": [{"custom_name": "x"}]}})),
        "trendsFilter.formulaNodes[0].formula: is missing; give a formula such as A / B",
    );
    check_refused(
        trend_with(json!({"compareFilter": {"compare": true, "compare_to": "dStart"}})),
        "compareFilter.compare_to: \"dStart\" is not right here; give how long before, such as -7d, -1w, -1m or -1y",
    );
    check_refused(
        trend_with(json!({"filterTestAccounts": "yes"})),
        "filterTestAccounts: \"yes\" is not right here; give true or false",
    );
    check_refused(
        trend_with(json!({"conversionGoal": {"actionId": 1}})),
        "conversionGoal: a conversion goal is not supported",
    );
    let long = "x".repeat(100);
    let error = trends(trend_with(json!({"interval": long}))).unwrap_err().to_string();
    assert!(error.starts_with(&format!("interval: \"{}… is not right here", "x".repeat(59))), "{error}");
    let display = trends(trend_with(json!({"trendsFilter": {"display": "Hologram"}}))).unwrap_err().to_string();
    assert!(
        display.starts_with("trendsFilter.display: \"Hologram\" is not right here; give one of Auto, ActionsLineGraph")
    );
}

#[test]
fn formulas_are_taken_from_their_newest_form() {
    let formulas = |filter: Value| -> Vec<(String, Option<String>)> {
        let query = trends(trend_with(json!({"trendsFilter": filter}))).unwrap();
        query.trends.formulas.into_iter().map(|f| (f.formula.text().to_owned(), f.custom_name)).collect()
    };
    let plain = |text: &str| (text.to_owned(), None);
    assert_eq!(formulas(json!({"formula": "A"})), [plain("A")]);
    assert_eq!(formulas(json!({"formula": "A", "formulas": ["A*2", "", "A*3"]})), [plain("A*2"), plain("A*3")]);
    let named =
        json!({"formula": "A", "formulas": ["A*2"], "formulaNodes": [{"formula": "A*4", "custom_name": "four"}]});
    assert_eq!(formulas(named), [("A*4".to_owned(), Some("four".to_owned()))]);
    assert_eq!(formulas(json!({"formula": "", "formulas": [], "formulaNodes": []})), []);
}

#[test]
fn breakdowns_in_each_form() {
    let breakdown = |filter: Value| trends(trend_with(json!({"breakdownFilter": filter}))).map(|query| query.breakdown);
    let single =
        breakdown(json!({"breakdown": "$browser", "breakdown_type": "person", "breakdown_limit": 5})).unwrap().unwrap();
    assert_eq!((single.form, single.limit, single.hides_other), (BreakdownForm::Single, Some(5), false));
    assert_eq!(single.breakdowns[0].field(&context()).unwrap(), Field::PersonProperty("$browser".to_owned()));
    let list = breakdown(json!({"breakdown": ["$browser", null]})).unwrap().unwrap();
    assert_eq!((list.form, list.breakdowns.len()), (BreakdownForm::List, 1));
    let several = json!({"breakdowns": [
        {"property": "$url", "normalize_url": true},
        {"property": "n", "type": "group", "group_type_index": 1, "histogram_bin_count": 5},
    ]});
    let several = breakdown(several).unwrap().unwrap();
    assert!(several.breakdowns[0].normalizes_url);
    assert_eq!(several.breakdowns[1].histogram_bins, Some(5));
    for none in [json!({}), json!({"breakdown": ""}), json!({"breakdowns": []}), json!({"breakdown": [null]})] {
        assert_eq!(breakdown(none).unwrap(), None);
    }
    let four: Vec<_> = (0..4).map(|_| json!({"property": "p"})).collect();
    for (filter, message) in [
        (json!({"breakdowns": four}), "breakdownFilter.breakdowns: has 4 items; at most 3 are allowed"),
        (
            json!({"breakdowns": [{}]}),
            "breakdownFilter.breakdowns[0].property: is missing; give the property to break down by",
        ),
        (
            json!({"breakdown": "x", "breakdown_limit": 0}),
            "breakdownFilter.breakdown_limit: 0 is not right here; give a whole number from 1 to 1000",
        ),
        (
            json!({"breakdown": "x", "breakdown_type": "planet"}),
            "breakdownFilter.breakdown_type: \"planet\" is not right here; give one of event, person, group, event_metadata, session, cohort, hogql",
        ),
    ] {
        assert_eq!(breakdown(filter).unwrap_err().to_string(), message);
    }
    let cohort = breakdown(json!({"breakdown": 7, "breakdown_type": "cohort"})).unwrap().unwrap();
    assert_eq!(cohort.cohorts(), Some(vec![BreakdownCohort::Id(7)]));
}

#[test]
fn funnels_have_defaults_and_every_key() {
    let defaults = funnels(json!({})).unwrap().funnels;
    assert_eq!(defaults, FunnelsFilter::default());
    assert_eq!(defaults.window.seconds, 14 * 86_400);
    assert_eq!(funnels(json!({"funnelWindowInterval": 0})).unwrap().funnels.window.seconds, 14 * 86_400);
    let every = funnels(json!({
        "funnelVizType": "time_to_convert", "funnelOrderType": "strict", "funnelWindowInterval": 2,
        "funnelWindowIntervalUnit": "month", "breakdownAttributionType": "step", "breakdownAttributionValue": 1,
        "funnelStepReference": "previous", "funnelFromStep": 0, "funnelToStep": 1, "binCount": "7", "layout": "vertical",
        "exclusions": [{"kind": "EventsNode", "event": "x", "funnelFromStep": 0, "funnelToStep": 1}],
        "funnelAggregateByHogQL": "properties.$session_id",
    }))
    .unwrap()
    .funnels;
    assert_eq!(
        (every.visual, every.order, every.step_reference),
        (FunnelVisual::TimeToConvert, FunnelOrder::Strict, StepReference::Previous)
    );
    assert_eq!(
        (every.window.seconds, every.attribution, every.bin_count),
        (62 * 86_400, Attribution::Step(1), Some(7))
    );
    assert_eq!((every.from_step, every.to_step), (Some(0), Some(1)));
    assert_eq!((every.exclusions[0].from_step, every.exclusions[0].to_step), (0, 1));
    assert_eq!(every.aggregate_by_hogql.map(|text| text.text().to_owned()).as_deref(), Some("properties.$session_id"));
    assert_eq!(funnels(json!({"binCount": "auto"})).unwrap().funnels.bin_count, None);
}

#[test]
fn wrong_values_of_funnels_are_refused_with_their_path() {
    for (filter, message) in [
        (
            json!({"funnelVizType": "pie"}),
            "funnelsFilter.funnelVizType: \"pie\" is not right here; give one of steps, flow, time_to_convert, trends",
        ),
        (
            json!({"funnelWindowInterval": -1}),
            "funnelsFilter.funnelWindowInterval: -1 is not right here; give a whole number from 0 to 100000000",
        ),
        (
            json!({"funnelFromStep": 0.5}),
            "funnelsFilter.funnelFromStep: 0.5 is not right here; give a whole number from 0 to 50",
        ),
        (
            json!({"exclusions": [{"event": "x", "funnelToStep": 1}]}),
            "funnelsFilter.exclusions[0].funnelFromStep: is missing; give the step, from 0, after which the event excludes",
        ),
        (
            json!({"binCount": "some"}),
            "funnelsFilter.binCount: \"some\" is not right here; give auto, or a number of bins",
        ),
    ] {
        assert_eq!(funnels(filter).unwrap_err().to_string(), message);
    }
}
