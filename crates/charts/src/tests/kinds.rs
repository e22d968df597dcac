//! An answer of each kind.

use serde_json::{Value, json};

type Kind = fn() -> (Value, Value, Option<Value>);

/// Query node, results, columns.
pub(super) const KINDS: [(&str, Kind); 17] = [
    ("line", || plain("ActionsLineGraph")),
    ("area", || plain("ActionsAreaGraph")),
    ("stacked_bars", || plain("ActionsBar")),
    ("grouped_bars", || plain("ActionsUnstackedBar")),
    ("compared_bars", compared_bars),
    ("ranking", || totals("ActionsBarValue")),
    ("pie", || totals("ActionsPie")),
    ("number", number),
    ("world_map", world_map),
    ("lifecycle", lifecycle),
    ("stickiness", stickiness),
    ("funnel", || funnel(false)),
    ("funnel_broken_down", || funnel(true)),
    ("time_to_convert", time_to_convert),
    ("retention", retention),
    ("paths", paths),
    ("table", table),
];

/// The first days of 2026.
pub(super) fn days(n: usize) -> Vec<String> {
    (1..=n).map(|day| format!("2026-01-{day:02}")).collect()
}

/// A trend with series of that name, value of a breakdown, and numbers; of no numbers, totals of 100 and less.
pub(super) fn trend(display: &str, series: &[(&str, Option<&str>, &[f64])]) -> (Value, Value) {
    let node = json!({
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "seen"}],
        "trendsFilter": {"display": display},
    });
    let item = |(order, (label, breakdown, data)): (usize, &(&str, Option<&str>, &[f64]))| {
        let days = days(data.len());
        let mut item =
            json!({"label": label, "data": data, "days": days, "labels": days, "count": data.iter().sum::<f64>()});
        item["order"] = if breakdown.is_some() { 0 } else { order }.into();
        if let Some(value) = breakdown {
            item["breakdown_value"] = json!(value);
        }
        if data.is_empty() {
            item["aggregated_value"] = json!(100.0 / (order as f64 + 1.0));
        }
        item
    };
    (node, series.iter().enumerate().map(item).collect())
}

fn plain(display: &str) -> (Value, Value, Option<Value>) {
    let (node, results) = trend(
        display,
        &[
            ("Signed up", None, &[3.0, 5.0, 4.0, 8.0, 12.0, 9.0, 14.0]),
            ("Left <us>", None, &[1.0, 0.0, 2.0, 1.0, 3.0, 2.0, 2.0]),
        ],
    );
    (json!({"kind": "InsightVizNode", "source": node}), results, None)
}

fn compared_bars() -> (Value, Value, Option<Value>) {
    let (node, mut results) =
        trend("ActionsBar", &[("Seen", None, &[3.0, 5.0, 4.0]), ("Seen", None, &[2.0, 6.0, 1.0])]);
    results[0]["compare_label"] = "current".into();
    results[1]["compare_label"] = "previous".into();
    results[1]["order"] = 0.into();
    (node, results, None)
}

fn totals(display: &str) -> (Value, Value, Option<Value>) {
    let (node, results) = trend(
        display,
        &[("e", Some("Firefox"), &[]), ("e", Some("Chrome"), &[]), ("e", Some("$$_posthog_breakdown_null_$$"), &[])],
    );
    (node, results, None)
}

fn number() -> (Value, Value, Option<Value>) {
    let (node, mut results) = trend("BoldNumber", &[("Revenue", None, &[]), ("Revenue", None, &[])]);
    results[0]["compare_label"] = "current".into();
    results[1]["compare_label"] = "previous".into();
    results[1]["order"] = 0.into();
    (node, results, None)
}

fn world_map() -> (Value, Value, Option<Value>) {
    let (node, results) = trend("WorldMap", &[("e", Some("NZ"), &[]), ("e", Some("DE"), &[]), ("e", Some("??"), &[])]);
    (node, results, None)
}

fn lifecycle() -> (Value, Value, Option<Value>) {
    let node = json!({"kind": "LifecycleQuery", "series": [{"kind": "EventsNode", "event": "seen"}]});
    let states = [("new", [5, 2, 3]), ("returning", [0, 4, 4]), ("resurrecting", [0, 0, 1]), ("dormant", [0, -1, -2])];
    let item = |(state, data): (&str, [i64; 3])| json!({"label": format!("seen - {state}"), "status": state, "data": data, "days": days(3), "labels": days(3), "count": 0});
    (node, states.into_iter().map(item).collect(), None)
}

fn stickiness() -> (Value, Value, Option<Value>) {
    let node = json!({"kind": "StickinessQuery", "series": [{"kind": "EventsNode", "event": "seen"}]});
    let labels = ["1 day", "2 days", "3 days"];
    (node, json!([{"label": "seen", "data": [9, 4, 1], "days": [1, 2, 3], "labels": labels, "count": 14}]), None)
}

fn funnel(is_broken_down: bool) -> (Value, Value, Option<Value>) {
    let step = |name: &str, order: usize, count: u64, value: &str| {
        let seconds = (order > 0).then_some(125.0);
        let mut step = json!({"name": name, "order": order, "count": count, "average_conversion_time": seconds, "median_conversion_time": seconds});
        if is_broken_down {
            step["breakdown"] = json!([value]);
        }
        step
    };
    let steps = |value: &str, counts: [u64; 3]| -> Value {
        let names = ["Visited", "Signed up", "Paid"];
        (0..3).map(|order| step(names[order], order, counts[order], value)).collect()
    };
    let mut node = json!({"kind": "FunnelsQuery", "series": [
        {"kind": "EventsNode", "event": "a"}, {"kind": "EventsNode", "event": "b"}, {"kind": "EventsNode", "event": "c"},
    ]});
    if !is_broken_down {
        return (node, steps("", [1200, 480, 96]), None);
    }
    node["breakdownFilter"] = json!({"breakdown": "browser"});
    (node, json!([steps("Firefox", [700, 300, 60]), steps("Chrome", [500, 180, 36])]), None)
}

fn time_to_convert() -> (Value, Value, Option<Value>) {
    let node = json!({
        "kind": "FunnelsQuery",
        "series": [{"kind": "EventsNode", "event": "a"}, {"kind": "EventsNode", "event": "b"}],
        "funnelsFilter": {"funnelVizType": "time_to_convert"},
    });
    (node, json!({"bins": [[10, 3], [3610, 7], [7210, 1]], "average_conversion_time": 4000}), None)
}

fn retention() -> (Value, Value, Option<Value>) {
    let node = json!({"kind": "RetentionQuery", "retentionFilter": {"period": "Day", "totalIntervals": 3}});
    let cohort = |index: usize, counts: &[u64]| {
        let values: Vec<Value> = counts
            .iter()
            .enumerate()
            .map(|(day, count)| json!({"count": count, "label": format!("Day {day}")}))
            .collect();
        json!({"label": format!("Day {index}"), "date": format!("2026-01-0{}T00:00:00Z", index + 1), "values": values})
    };
    (node, json!([cohort(0, &[10, 6, 1]), cohort(1, &[8, 2]), cohort(2, &[5])]), None)
}

fn paths() -> (Value, Value, Option<Value>) {
    let node = json!({"kind": "PathsQuery", "pathsFilter": {}});
    let link = |source: &str, target: &str, value: u64| json!({"source": source, "target": target, "value": value, "average_conversion_time": 2500.0});
    (
        node,
        json!([link("1_/home", "2_/pricing", 30), link("1_/home", "2_/docs", 12), link("2_/pricing", "3_/signup", 20)]),
        None,
    )
}

fn table() -> (Value, Value, Option<Value>) {
    let node = json!({"kind": "HogQLQuery", "query": "select 1"});
    (node, json!([["Firefox", 12, 0.5], ["Chrome", 7, null]]), Some(json!(["browser", "n", "part"])))
}
