use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::memory::MemorySource;

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: Tz::UTC,
        week_start: WeekStart::Sunday,
        now: DateTime::parse_from_rfc3339("2024-03-20T13:25:00Z").unwrap().to_utc(),
        definitions: Arc::default(),
    }
}

fn trend() -> Value {
    json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}], "dateRange": {"date_from": "-1d"}})
}

#[track_caller]
fn check_refused(node: Value, message: &str) {
    assert_eq!(Query::parse(&node).unwrap_err().to_string(), message);
}

#[test]
fn wrapped_queries_are_unwrapped() {
    for node in [
        trend(),
        json!({"kind": "InsightVizNode", "source": trend(), "full": true}),
        json!({"kind": "DataTableNode", "source": {"kind": "DataVisualizationNode", "source": trend()}}),
    ] {
        let query = Query::parse(&node).unwrap();
        assert_eq!((query.kind(), query.interval()), ("TrendsQuery", Some(Interval::Day)));
        assert_eq!(query.canonical(), &trend());
    }
}

#[test]
fn what_is_no_query_is_refused() {
    check_refused(json!({}), "kind: is missing; give the kind of the query, such as TrendsQuery");
    check_refused(json!([]), "[] is not right here; give an object");
    check_refused(json!({"kind": "PlanetQuery"}), "kind: PlanetQuery is not supported");
    check_refused(json!({"kind": "InsightVizNode"}), "source: is missing; give the query that is shown");
    let error =
        Query::parse(&json!({"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"math": 1}]}}));
    assert_eq!(error.unwrap_err().to_string(), "source.series[0].math: 1 is not right here; give text");
    let mut deep = trend();
    for _ in 0..6 {
        deep = json!({"kind": "DataTableNode", "source": deep});
    }
    assert!(Query::parse(&deep).unwrap_err().to_string().contains("more than 4 nodes are wrapped around one another"));
}

#[test]
fn kinds_of_later_versions_can_be_stored_but_not_answered() {
    let query = Query::parse(&json!({"kind": "GroupsQuery"})).unwrap();
    assert_eq!(query.kind(), "GroupsQuery");
    assert_eq!(query.interval(), None);
    assert_eq!(query.date_range(&context()), None);
    let source = MemorySource::new(ProjectId(1));
    let answered = now_or_never(answer(&query, &context(), &source, &QueryControl::unlimited()));
    assert_eq!(answered.unwrap_err().to_string(), "kind: GroupsQuery is not supported");
}

#[test]
fn hogql_has_the_dates_of_its_filters() {
    for (node, has_range) in [
        (json!({"kind": "HogQLQuery", "query": "select 1"}), false),
        (json!({"kind": "HogQLQuery", "query": "select 1", "filters": {"dateRange": {"date_from": "-7d"}}}), true),
        (json!({"kind": "EventsQuery", "select": ["*"]}), false),
    ] {
        let query = Query::parse(&node).unwrap();
        assert_eq!((query.kind(), query.interval()), (node["kind"].as_str().unwrap(), None));
        assert_eq!(query.date_range(&context()).is_some(), has_range, "{node}");
    }
    check_refused(json!({"kind": "HogQLQuery"}), "query: is missing; give the SQL text");
    check_refused(
        json!({"kind": "HogQLQuery", "query": "delete from events"}),
        "query: only SELECT is answered: expected SELECT or WITH at the beginning of the query, found `delete` (at character 1)",
    );
}

/// The value of a future that a memory source never lets wait.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a memory source answers at once"),
    }
}

#[test]
fn the_date_range_is_resolved_in_the_projects_zone() {
    let range = Query::parse(&trend()).unwrap().date_range(&context()).unwrap();
    assert_eq!(range.from.to_rfc3339(), "2024-03-19T00:00:00+00:00");
    assert_eq!(range.to.to_rfc3339(), "2024-03-20T23:59:59.999999+00:00");
}

#[test]
fn equal_queries_have_one_canonical_form() {
    let canonical = |node: &Value| Query::parse(node).unwrap().canonical().clone();
    let mut decorated = trend();
    decorated["tags"] = json!({"productKey": "x"});
    decorated["version"] = json!(2);
    decorated["response"] = json!({"results": []});
    decorated["modifiers"] = json!({"a": 1});
    decorated["interval"] = Value::Null;
    decorated["trendsFilter"] = json!({"showLegend": true, "display": null});
    assert_eq!(canonical(&trend()), canonical(&json!({"kind": "InsightVizNode", "source": decorated})));
    assert_eq!(
        canonical(&trend()).to_string(),
        r#"{"dateRange":{"date_from":"-1d"},"kind":"TrendsQuery","series":[{"event":"$pageview","kind":"EventsNode"}]}"#
    );
    let mut other = trend();
    other["trendsFilter"] = json!({"display": "BoldNumber"});
    assert_ne!(canonical(&trend()), canonical(&other));
    let lifecycle = |filter: Value| json!({"kind": "LifecycleQuery", "series": [{"kind": "EventsNode", "event": "a"}], "lifecycleFilter": filter});
    // Which states a chart shows is the client's business.
    assert_eq!(canonical(&lifecycle(json!({"toggledLifecycles": ["new"]}))), canonical(&lifecycle(Value::Null)));
    let paths = |filter: Value| canonical(&json!({"kind": "PathsQuery", "pathsFilter": filter}));
    assert_eq!(paths(json!({"showFullUrls": true, "pathStartKey": "1_/", "pathEndKey": "2_/a"})), paths(json!({})));
    assert_ne!(paths(json!({"stepLimit": 4})), paths(json!({})));
}

#[track_caller]
fn check_override(node: Value, filters: Value, expected: Value) {
    let query = Query::parse(&node).unwrap().with_filters_override(&filters).unwrap();
    assert_eq!(query.canonical(), &expected, "{filters}");
}

#[test]
fn a_dashboards_filters_are_laid_over() {
    let series = json!([{"kind": "EventsNode", "event": "$pageview"}]);
    let a = json!({"key": "a", "type": "event", "value": 1});
    let b = json!({"key": "b", "type": "event", "value": 2});
    check_override(trend(), json!({}), trend());
    check_override(trend(), Value::Null, trend());
    check_override(
        trend(),
        json!({"date_from": "-30d", "properties": [a], "breakdown_filter": {"breakdown": "x"}}),
        json!({"kind": "TrendsQuery", "series": series, "dateRange": {"date_from": "-30d"}, "properties": [a], "breakdownFilter": {"breakdown": "x"}}),
    );
    let mut own = trend();
    own["properties"] = json!([b]);
    check_override(
        own,
        json!({"date_from": null, "date_to": null, "properties": {"type": "OR", "values": [a]}}),
        json!({"kind": "TrendsQuery", "series": series, "dateRange": {"date_from": "-1d"}, "properties": {"type": "AND", "values": [
            {"type": "AND", "values": [b]}, {"type": "OR", "values": [a]},
        ]}}),
    );
    check_override(
        json!({"kind": "HogQLQuery", "query": "select 1"}),
        json!({"date_from": "-1d", "properties": [a], "breakdown_filter": {"breakdown": "x"}}),
        json!({"kind": "HogQLQuery", "query": "select 1", "filters": {"dateRange": {"date_from": "-1d"}, "properties": [a]}}),
    );
}

#[test]
fn a_malformed_override_is_refused_with_its_own_path() {
    for (filters, path) in [
        (json!({"date_from": "soon"}), "date_from"),
        (json!({"properties": [{"key": "a", "operator": "gt", "value": "x"}]}), "properties[0].value"),
        (json!({"breakdown_filter": {"breakdown": "x", "breakdown_limit": -1}}), "breakdown_filter.breakdown_limit"),
        (json!([]), ""),
    ] {
        let error = Query::parse(&trend()).unwrap().with_filters_override(&filters).unwrap_err();
        assert!(matches!(&error, QueryError::Invalid { path: found, .. } if found == path), "{error}");
    }
}

/// JSON of keys and values that queries have, at places where they may not belong.
fn any_node() -> impl Strategy<Value = Value> {
    let texts = [
        "TrendsQuery",
        "FunnelsQuery",
        "InsightVizNode",
        "EventsNode",
        "ActionsNode",
        "AND",
        "OR",
        "event",
        "person",
        "group",
        "cohort",
        "exact",
        "between",
        "regex",
        "semver_caret",
        "is_date_after",
        "sum",
        "unique_group",
        "hogql",
        "-7d",
        "all",
        "2024-02-30",
        "A/B",
        "day",
        "step",
        "auto",
        "",
        "FUNNELS",
        "PATHS",
        "{",
        "1.2.*",
        "is_not",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3_i64..8).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let keys = [
        "kind",
        "source",
        "series",
        "event",
        "id",
        "type",
        "key",
        "value",
        "values",
        "operator",
        "properties",
        "math",
        "math_property",
        "math_group_type_index",
        "group_type_index",
        "dateRange",
        "date_from",
        "date_to",
        "interval",
        "breakdownFilter",
        "breakdown",
        "breakdowns",
        "property",
        "breakdown_type",
        "breakdown_limit",
        "compareFilter",
        "compare",
        "compare_to",
        "trendsFilter",
        "formula",
        "formulas",
        "formulaNodes",
        "display",
        "funnelsFilter",
        "exclusions",
        "funnelFromStep",
        "funnelToStep",
        "funnelWindowInterval",
        "binCount",
        "breakdownAttributionType",
        "insight",
        "events",
        "actions",
        "order",
        "funnel_filter",
        "hidden_legend_keys",
        "samplingFactor",
        "breakdown_filter",
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((prop::sample::select(keys.to_vec()), inner), 0..8)
                .prop_map(|keys| Value::Object(keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_json_makes_reading_panic(mut node in any_node(), filters in any_node(), kind in prop::sample::select(vec!["TrendsQuery", "FunnelsQuery"])) {
        let _ = Query::upgrade_filters(&node);
        let _ = Query::parse(&trend()).map(|query| query.with_filters_override(&filters));
        if node.is_object() {
            node["kind"] = kind.into();
            if !node["series"].is_array() {
                node["series"] = json!([{"event": "a"}, {"event": "b"}]);
            }
            if let Ok(query) = Query::parse(&node) {
                let _ = query.date_range(&context());
                let source = MemorySource::new(ProjectId(1));
                let _ = now_or_never(answer(&query, &context(), &source, &QueryControl::unlimited()));
                // What is canonical is itself a query, of the same canonical form.
                let again = Query::parse(query.canonical()).unwrap();
                prop_assert_eq!(again.canonical(), query.canonical());
            }
        }
    }
}
