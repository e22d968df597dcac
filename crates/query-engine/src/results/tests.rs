use serde_json::json;

use super::*;

#[track_caller]
fn read(query: Value, results: Value, columns: Option<Value>) -> Results {
    Results::read(&Query::parse(&query).unwrap(), &results, columns.as_ref()).unwrap()
}

fn trends() -> Value {
    json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "view"}]})
}

fn funnel(viz: &str) -> Value {
    json!({"kind": "InsightVizNode", "source": {
        "kind": "FunnelsQuery",
        "series": [{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": "pay"}],
        "funnelsFilter": {"funnelVizType": viz},
    }})
}

#[test]
fn series_keep_their_numbers_labels_and_breakdowns() {
    let item = json!({
        "label": "view - Chrome::$$_posthog_breakdown_null_$$", "order": 1, "count": 3, "data": [1, null, 2.5],
        "days": ["2024-03-30", "2024-03-31", "2024-04-01"], "labels": ["30-Mar-2024", "31-Mar-2024", "1-Apr-2024"],
        "action": {"custom_name": "Views", "order": 1}, "breakdown_value": ["Chrome", "$$_posthog_breakdown_null_$$"],
        "compare": true, "compare_label": "previous",
    });
    let results = read(trends(), json!([item]), None);
    let [series] = results.series() else { panic!("one series") };
    assert_eq!(series.data, [Some(1.0), None, Some(2.5)]);
    assert_eq!((series.order, series.period), (1, Some(Period::Previous)));
    assert_eq!(series.custom_name.as_deref(), Some("Views"));
    assert_eq!(series.breakdown.as_ref().unwrap().to_string(), "Chrome · None");
    assert_eq!(series.days[2], "2024-04-01");
}

#[test]
fn totals_have_a_number_and_no_data() {
    let of_event =
        json!({"label": "view", "data": [], "days": [], "count": 0, "aggregated_value": 7, "action": {"order": 0}});
    let of_formula = json!({"label": "Formula (A)", "data": null, "days": [], "count": 0, "aggregated_value": 0.5, "action": null, "order": 0});
    let results = read(trends(), json!([of_event, of_formula]), None);
    let totals: Vec<_> =
        results.series().iter().map(|series| (series.aggregated_value, series.data.is_empty())).collect();
    assert_eq!(totals, [(Some(7.0), true), (Some(0.5), true)]);
}

#[test]
fn funnels_are_one_or_one_a_value() {
    let step = |count: u64, breakdown: Value| {
        json!({"name": "view", "custom_name": null, "count": count, "breakdown": breakdown,
            "average_conversion_time": null, "median_conversion_time": 60.5})
    };
    let one = read(funnel("steps"), json!([step(4, Value::Null), step(2, Value::Null)]), None);
    let Results::Steps(funnels) = one else { panic!("steps") };
    assert_eq!(funnels.len(), 1);
    assert_eq!(funnels[0].steps[1].count.to_bits(), 2_f64.to_bits());
    assert_eq!(funnels[0].steps[1].median_seconds, Some(60.5));

    let several = read(funnel("steps"), json!([[step(4, json!(["Chrome"]))], [step(1, json!(["Other"]))]]), None);
    let Results::Steps(funnels) = several else { panic!("steps") };
    let breakdowns: Vec<_> = funnels.into_iter().map(|funnel| funnel.breakdown.unwrap().0).collect();
    assert_eq!(breakdowns, [vec![BreakdownText::Value("Chrome".to_owned())], vec![BreakdownText::Other]]);

    assert_eq!(read(funnel("steps"), json!([]), None), Results::Steps(Vec::new()));
    let durations =
        read(funnel("time_to_convert"), json!({"bins": [[0, 2], [60, 1]], "average_conversion_time": null}), None);
    assert_eq!(durations, Results::Durations(Durations { bins: vec![(0.0, 2.0), (60.0, 1.0)], average_seconds: None }));
}

#[test]
fn cohorts_are_gathered_by_breakdown() {
    let row = |label: &str, breakdown: Value| {
        json!({"label": label, "date": "2024-03-11T00:00:00Z", "breakdown_value": breakdown,
            "values": [{"label": "Day 0", "count": 3}, {"label": "Day 1", "count": 1, "aggregation_value": 0.5}]})
    };
    let query = json!({"kind": "RetentionQuery", "retentionFilter": {
        "targetEntity": {"id": "view", "type": "events"}, "returningEntity": {"id": "view", "type": "events"},
    }});
    let rows = json!([row("Day 0", json!("a")), row("Day 1", json!("a")), row("Day 0", json!("b"))]);
    let Results::Retention(sheets) = read(query, rows, None) else { panic!("retention") };
    assert_eq!(sheets.iter().map(|sheet| sheet.cohorts.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(sheets[0].cohorts[0].cells[1].aggregation_value, Some(0.5));
}

#[test]
fn items_of_paths_may_have_underscores() {
    let query = json!({"kind": "PathsQuery", "pathsFilter": {"includeEventTypes": ["$pageview"]}});
    let link = json!({"source": "1_/a_b", "target": "2_c", "value": 4, "average_conversion_time": 1500.0});
    let Results::Paths(links) = read(query.clone(), json!([link]), None) else { panic!("paths") };
    assert_eq!(links[0].source, PathNode { step: 1, item: "/a_b".to_owned() });

    let query = Query::parse(&query).unwrap();
    let wrong = json!([{"source": "/a", "target": "2_c", "value": 4, "average_conversion_time": 0.0}]);
    let error = Results::read(&query, &wrong, None).unwrap_err();
    assert_eq!(error.to_string(), "these are not the results of a PathsQuery");
}

#[test]
fn rows_have_a_value_for_each_column() {
    let query = json!({"kind": "HogQLQuery", "query": "select 1"});
    let rows = read(query, json!([[1, "a"], [2]]), Some(json!(["n"])));
    assert_eq!(
        rows,
        Results::Rows(Rows {
            columns: vec!["n".to_owned(), "column_1".to_owned()],
            rows: vec![vec![json!(1), json!("a")], vec![json!(2), Value::Null]],
        })
    );
}
