//! The questions, as clients ask them.

use serde_json::{Value, json};

use super::answers::{self, Rows};
use crate::process::Outcome;

/// The first and the last day of the set; sessions may run into the day after its ninety days.
const FROM: &str = "2026-01-01";
pub(super) const TO: &str = "2026-04-02";

/// A question.
pub(super) struct Question {
    /// Its name, the same for the peers.
    pub(super) name: &'static str,
    /// The query node.
    pub(super) query: Value,
    /// What its results say, in rows that the peers give too.
    pub(super) rows: fn(&Value) -> Outcome<Rows>,
}

/// All of them.
pub(super) fn questions() -> Vec<Question> {
    let mut questions = trends();
    questions.extend(funnels());
    questions.extend(behaviour());
    questions.push(Question {
        name: "sql_group_by",
        query: json!({
            "kind": "HogQLQuery",
            "query": "SELECT properties.$browser, properties.$os, count(), uniqExact(person_id), avg(toFloat(properties.revenue)) \
                FROM events GROUP BY 1, 2",
        }),
        rows: answers::table,
    });
    questions
}

fn trends() -> Vec<Question> {
    let views = |math: &str| json!([{"kind": "EventsNode", "event": "$pageview", "math": math}]);
    let trend = |more: Value| node("TrendsQuery", more);
    vec![
        Question { name: "trends_total", query: trend(json!({"series": views("total")})), rows: answers::series },
        Question { name: "trends_dau", query: trend(json!({"series": views("dau")})), rows: answers::series },
        Question {
            name: "trends_dau_breakdown",
            query: trend(json!({"series": views("dau"), "breakdownFilter": breakdown("$browser")})),
            rows: answers::series_of_values,
        },
        Question {
            name: "trends_weekly_active",
            query: trend(json!({"series": views("weekly_active")})),
            rows: answers::series,
        },
        Question {
            name: "trends_sum_breakdown",
            query: trend(json!({
                "series": [{"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "revenue"}],
                "breakdownFilter": breakdown("$geoip_country_code"),
            })),
            rows: answers::series_of_values,
        },
        Question {
            name: "trends_filtered",
            query: trend(json!({"series": views("dau"), "properties": [
                filter("$browser", &json!("Chrome")), filter("plan", &json!("pro")),
                filter("$geoip_country_code", &json!(["US", "DE", "GB"])),
            ]})),
            rows: answers::series,
        },
        Question {
            name: "trends_high_cardinality",
            query: trend(json!({
                "series": views("total"),
                "trendsFilter": {"display": "ActionsBarValue"},
                "breakdownFilter": {"breakdown_type": "event_metadata", "breakdown": "distinct_id"},
            })),
            rows: answers::totals,
        },
        Question {
            name: "trends_url_breakdown",
            query: trend(json!({
                "series": [
                    {"kind": "EventsNode", "event": "$pageview", "math": "total"},
                    {"kind": "EventsNode", "event": "$pageview", "math": "dau"},
                ],
                "trendsFilter": {"display": "ActionsBarValue"},
                "breakdownFilter": breakdown("$current_url"),
            })),
            rows: answers::totals,
        },
        Question {
            name: "unique_all_events",
            query: trend(json!({
                "series": [{"kind": "EventsNode", "event": null, "math": "dau"}],
                "trendsFilter": {"display": "BoldNumber"},
            })),
            rows: answers::one_number,
        },
    ]
}

fn funnels() -> Vec<Question> {
    let funnel = |steps: [&str; 3], breakdown: Value| {
        let series = steps.map(|step| json!({"kind": "EventsNode", "event": step}));
        node("FunnelsQuery", json!({"series": series, "breakdownFilter": breakdown}))
    };
    let rare = ["signup_started", "signup_completed", "purchase"];
    let heavy = ["$pageview", "add_to_cart", "purchase"];
    vec![
        Question { name: "funnel_rare", query: funnel(rare, Value::Null), rows: answers::funnel },
        Question { name: "funnel_heavy", query: funnel(heavy, Value::Null), rows: answers::funnel },
        Question {
            name: "funnel_breakdown",
            query: funnel(heavy, breakdown("$browser")),
            rows: answers::funnel_of_values,
        },
    ]
}

fn behaviour() -> Vec<Question> {
    let view = json!({"id": "$pageview", "type": "events"});
    let views = json!([{"kind": "EventsNode", "event": "$pageview"}]);
    let retention = |kind: &str, period: &str, intervals: u32, from: &str| {
        json!({
            "kind": "RetentionQuery",
            "dateRange": {"date_from": from, "date_to": TO},
            "retentionFilter": {
                "retentionType": kind, "period": period, "totalIntervals": intervals,
                "targetEntity": view, "returningEntity": view,
            },
        })
    };
    vec![
        Question {
            name: "retention_weekly",
            // from the Sunday on or before the first day
            query: retention("retention_recurring", "Week", 15, "2025-12-28"),
            rows: answers::cohorts,
        },
        Question {
            name: "retention_daily_first_time",
            query: retention("retention_first_time", "Day", 31, FROM),
            rows: answers::cohorts,
        },
        Question {
            name: "stickiness",
            query: node("StickinessQuery", json!({"series": views})),
            rows: answers::stickiness,
        },
        Question {
            name: "lifecycle",
            query: node("LifecycleQuery", json!({"series": views})),
            rows: answers::lifecycle,
        },
        Question {
            name: "paths",
            query: node(
                "PathsQuery",
                json!({
                    "pathsFilter": {"includeEventTypes": ["$pageview"], "stepLimit": 5, "edgeLimit": 50},
                }),
            ),
            rows: answers::edges,
        },
    ]
}

/// A query over the whole set.
fn node(kind: &str, mut more: Value) -> Value {
    more["kind"] = json!(kind);
    more["dateRange"] = json!({"date_from": FROM, "date_to": TO});
    more
}

fn breakdown(property: &str) -> Value {
    json!({"breakdown_type": "event", "breakdown": property})
}

fn filter(key: &str, value: &Value) -> Value {
    json!({"type": "event", "key": key, "operator": "exact", "value": value})
}
