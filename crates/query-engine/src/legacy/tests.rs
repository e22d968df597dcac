use serde_json::{Value, json};

use crate::answer::Query;

/// The runnable node that `filters` become.
fn source(filters: &Value) -> Value {
    Query::upgrade_filters(filters).unwrap_or_else(|error| panic!("{filters}: {error}"))["source"].clone()
}

#[track_caller]
fn check(filters: Value, expected: Value) {
    let upgraded = Query::upgrade_filters(&filters).unwrap();
    assert_eq!(upgraded["kind"], "InsightVizNode");
    assert_eq!(upgraded["source"], expected, "{filters}");
    Query::parse(&upgraded).unwrap_or_else(|error| panic!("{upgraded}: {error}"));
}

#[test]
fn a_trend_with_all_keys() {
    check(
        json!({
            "insight": "TRENDS",
            "events": [{"id": "$pageview", "name": "Views", "order": 1, "math": "sum", "math_property": "x", "properties": {"a__icontains": "b"}}],
            "actions": [{"id": "7", "order": 0, "math": "dau"}, {"id": null}],
            "interval": "minute", "date_from": "-14d", "date_to": "", "explicit_date": "true", "sampling_factor": "0.1",
            "filter_test_accounts": true, "display": "ActionsBar", "smoothing_intervals": "3", "compare": "true",
            "formula": "A+B", "show_legend": true, "decimal_places": 2, "hidden_legend_keys": {"1": true, "2": false},
            "breakdown": "$browser", "breakdown_type": "events", "breakdown_limit": "5", "breakdown_histogram_bin_count": 4,
            "properties": [{"key": "k", "value": ["v", null], "type": "events"}],
            "aggregation_group_type_index": 0,
        }),
        json!({
            "kind": "TrendsQuery",
            "series": [
                {"kind": "ActionsNode", "id": 7, "math": "dau"},
                {
                    "kind": "EventsNode", "event": "$pageview", "name": "Views", "math": "sum", "math_property": "x",
                    "properties": [{"key": "a", "operator": "icontains", "value": "b", "type": "event"}],
                },
            ],
            "interval": "hour", "dateRange": {"date_from": "-14d", "date_to": "", "explicitDate": true}, "samplingFactor": 0.1,
            "filterTestAccounts": true, "compareFilter": {"compare": true},
            "trendsFilter": {
                "display": "ActionsBar", "smoothingIntervals": 3, "formula": "A+B", "showLegend": true, "decimalPlaces": 2,
                "hiddenLegendIndexes": [1],
            },
            "breakdownFilter": {
                "breakdown": "$browser", "breakdown_type": "event", "breakdown_limit": 5, "breakdown_histogram_bin_count": 4,
            },
            "properties": {"type": "AND", "values": [
                {"type": "AND", "values": [{"key": "k", "value": ["v"], "type": "event", "operator": "exact"}]},
            ]},
            "aggregation_group_type_index": 0,
        }),
    );
}

#[test]
fn a_funnel_with_all_keys() {
    check(
        json!({
            "insight": "FUNNELS",
            "events": [{"id": "b", "order": 2, "math": "dau"}, {"id": "a", "order": 1}, "{{ template }}"],
            "funnel_viz_type": "steps", "funnel_order_type": "strict", "funnel_window_interval": "14", "funnel_window_interval_unit": "day",
            "funnel_from_step": 0, "funnel_to_step": 1, "funnel_step_reference": "total", "layout": "horizontal", "bin_count": "auto",
            "breakdown_attribution_type": "step", "breakdown_attribution_value": "1", "funnel_aggregate_by_hogql": "person_id",
            "exclusions": [{"id": "x", "type": "events", "funnel_from_step": 0, "funnel_to_step": "1", "math": "dau"}],
            "hidden_legend_keys": {"Chrome": true}, "breakdowns": [{"property": "$os", "type": "person"}],
        }),
        json!({
            "kind": "FunnelsQuery",
            "series": [{"kind": "EventsNode", "event": "a"}, {"kind": "EventsNode", "event": "b"}],
            "funnelsFilter": {
                "funnelVizType": "steps", "funnelOrderType": "strict", "funnelWindowInterval": 14, "funnelWindowIntervalUnit": "day",
                "funnelFromStep": 0, "funnelToStep": 1, "funnelStepReference": "total", "layout": "horizontal", "binCount": "auto",
                "breakdownAttributionType": "step", "breakdownAttributionValue": 1, "funnelAggregateByHogQL": "person_id",
                "exclusions": [{"kind": "EventsNode", "event": "x", "funnelFromStep": 0, "funnelToStep": 1}],
                "hiddenLegendBreakdowns": ["Chrome"],
            },
            "breakdownFilter": {"breakdown": "$os", "breakdown_type": "person"},
        }),
    );
}

#[test]
fn the_other_kinds() {
    let entity = json!({"id": "$pageview", "type": "events"});
    check(
        json!({"insight": "RETENTION", "period": "Week", "total_intervals": "8", "retention_type": "retention_first_time",
               "target_entity": entity, "returning_entity": entity.to_string(), "interval": "day", "cumulative": "true"}),
        json!({"kind": "RetentionQuery", "retentionFilter": {
            "period": "Week", "totalIntervals": 8, "retentionType": "retention_first_time", "cumulative": true,
            "targetEntity": entity, "returningEntity": entity,
        }}),
    );
    check(
        json!({"insight": "PATHS", "include_event_types": ["$pageview"], "start_point": "/", "step_limit": "5", "edge_limit": 50,
               "path_groupings": ["/a*"], "funnel_paths": "funnel_path_after_step",
               "funnel_filter": {"insight": "TRENDS", "events": [{"id": "a"}], "funnel_step": 1}}),
        json!({"kind": "PathsQuery",
            "pathsFilter": {"includeEventTypes": ["$pageview"], "startPoint": "/", "stepLimit": 5, "edgeLimit": 50, "pathGroupings": ["/a*"]},
            "funnelPathsFilter": {"funnelPathType": "funnel_path_after_step", "funnelStep": 1,
                "funnelSource": {"kind": "FunnelsQuery", "series": [{"kind": "EventsNode", "event": "a"}]}}}),
    );
    check(
        json!({"insight": "PATHS", "exclude_events": "[\"/a\"]", "local_path_cleaning_filters": [{"regex": "x", "alias": "y"}],
               "path_replacements": "true", "show_full_urls": "false", "min_edge_weight": "2", "max_edge_weight": 9, "end_point": "/b",
               "paths_hogql_expression": "event", "funnel_filter": {"events": [{"id": "a"}], "funnel_step": 1}}),
        json!({"kind": "PathsQuery", "pathsFilter": {
            "excludeEvents": ["/a"], "localPathCleaningFilters": [{"regex": "x", "alias": "y"}], "pathReplacements": true,
            "showFullUrls": false, "minEdgeWeight": 2, "maxEdgeWeight": 9, "endPoint": "/b", "pathsHogQLExpression": "event"}}),
    );
    check(
        json!({"insight": "STICKINESS", "events": [{"id": "a", "math": "sum", "math_property": "x"}, {"id": "b", "math": "unique_group", "math_group_type_index": 0}],
               "compare": true, "show_legend": false, "aggregation_group_type_index": 1}),
        json!({"kind": "StickinessQuery", "compareFilter": {"compare": true}, "stickinessFilter": {"showLegend": false},
            "series": [{"kind": "EventsNode", "event": "a", "math": "dau"},
                       {"kind": "EventsNode", "event": "b", "math": "unique_group", "math_group_type_index": 0}]}),
    );
    check(
        json!({"insight": "LIFECYCLE", "events": [{"id": null, "math": "total"}], "toggledLifecycles": ["new"]}),
        json!({"kind": "LifecycleQuery", "series": [{"kind": "EventsNode", "event": null}], "lifecycleFilter": {"toggledLifecycles": ["new"]}}),
    );
}

#[test]
fn older_spellings() {
    let kind = |filters: Value| source(&filters)["kind"].clone();
    assert_eq!(kind(json!({"events": [{"id": "a"}]})), "TrendsQuery");
    assert_eq!(kind(json!({"insight": "SESSIONS", "events": [{"id": "a"}]})), "TrendsQuery");
    assert_eq!(kind(json!({"insight": "TRENDS", "shown_as": "Stickiness"})), "StickinessQuery");
    assert_eq!(kind(json!("[{\"insight\": \"FUNNELS\"}]")), "FunnelsQuery");
    let lines = source(&json!({"insight": "FUNNELS", "display": "ActionsLineGraph", "funnel_window_days": 7}));
    assert_eq!(lines["funnelsFilter"], json!({"funnelVizType": "trends", "funnelWindowInterval": 7}));
    let no_display = source(&json!({"display": "FunnelViz", "events": "[{\"id\": \"a\"}]"}));
    assert_eq!(no_display["trendsFilter"], Value::Null);
    assert_eq!(no_display["series"][0]["event"], "a");
    let unset = source(&json!({"breakdown_type": "undefined", "breakdown": null}));
    assert_eq!(unset["breakdownFilter"], Value::Null);
}

#[test]
fn properties_in_every_form_they_have_had() {
    let properties = |properties: Value| source(&json!({"properties": properties}))["properties"].clone();
    let cleaned = json!({"key": "a", "operator": "exact", "type": "event", "value": 1});
    let grouped = json!({"type": "AND", "values": [{"type": "AND", "values": [cleaned]}]});
    assert_eq!(properties(json!({"a": 1})), grouped);
    assert_eq!(properties(json!([{"key": "a", "value": 1}])), grouped);
    assert_eq!(properties(json!({"type": "AND", "values": [{"key": "a", "value": 1, "type": "events"}]})), grouped);
    assert_eq!(properties(grouped.clone()), grouped);
    assert_eq!(properties(json!("[{\"key\": \"a\", \"values\": 1}]")), grouped);
    assert_eq!(properties(json!([])), Value::Null);
    let cohort = properties(json!([{"key": "x", "type": "static-cohort", "value": 3, "operator": "in"}]));
    assert_eq!(cohort["values"][0]["values"][0], json!({"key": "id", "type": "cohort", "value": 3}));
    let any =
        source(&json!({"events": [{"id": "a", "properties": {"type": "OR", "values": [{"key": "a", "value": 1}]}}]}));
    assert_eq!(any["series"][0]["properties"], json!({"type": "OR", "values": [cleaned]}));
}

#[track_caller]
fn check_refused(filters: Value, message: &str) {
    assert_eq!(Query::upgrade_filters(&filters).unwrap_err().to_string(), message);
}

#[test]
fn what_is_no_legacy_filter_is_refused() {
    check_refused(
        json!({"insight": "SQL"}),
        "insight: \"SQL\" is not right here; give one of TRENDS, SESSIONS, FUNNELS, RETENTION, PATHS, STICKINESS, LIFECYCLE",
    );
    check_refused(json!({"events": {"id": "a"}}), "events: {\"id\":\"a\"} is not right here; give a list");
    check_refused(json!({"events": [5]}), "events[0]: 5 is not right here; give an object");
    check_refused(
        json!({"properties": 5}),
        "properties: 5 is not right here; give a list of property filters or a group of them",
    );
    check_refused(
        json!({"properties": "{"}),
        "properties: the text is not JSON: EOF while parsing an object at line 1 column 1",
    );
    check_refused(json!(5), "5 is not right here; give an object");
}
