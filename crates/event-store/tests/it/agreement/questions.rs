//! Random questions of every kind.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Kinds of questions; a list of actors is one of another question's.
pub(super) const KINDS: [&str; 9] = [
    "TrendsQuery",
    "FunnelsQuery",
    "RetentionQuery",
    "PathsQuery",
    "StickinessQuery",
    "LifecycleQuery",
    "ActorsQuery",
    "HogQLQuery",
    "EventsQuery",
];

/// A field that is there as often as the number says.
type Field = (&'static str, f64, BoxedStrategy<Value>);

/// An object of some of `fields`.
fn object(fields: Vec<Field>) -> BoxedStrategy<Value> {
    let optional = |(name, weight, value): Field| {
        let value =
            if weight < 1.0 { prop::option::weighted(weight, value).boxed() } else { value.prop_map(Some).boxed() };
        (name, value)
    };
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().map(optional).unzip();
    values
        .prop_map(move |values| {
            let present = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
            present.collect::<Map<_, _>>().into()
        })
        .boxed()
}

/// One of the items of an array.
fn one_of(items: Value) -> BoxedStrategy<Value> {
    let Value::Array(items) = items else { panic!("an array of choices") };
    select(items).boxed()
}

fn always(value: impl Into<Value>) -> BoxedStrategy<Value> {
    Just(value.into()).boxed()
}

fn list(item: BoxedStrategy<Value>, n_items: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Value> {
    vec(item, n_items).prop_map(Value::from).boxed()
}

pub(super) fn question() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => trends(),
        3 => funnels(),
        2 => retention(),
        2 => paths(),
        1 => stickiness(),
        1 => lifecycle(),
        2 => actors(),
        2 => hogql(),
        1 => events(),
    ]
    .boxed()
}

fn filter() -> BoxedStrategy<Value> {
    one_of(json!([
        {"key": "p", "value": ["x", "10"], "operator": "exact", "type": "event"},
        {"key": "p", "value": "x", "operator": "is_not", "type": "event"},
        {"key": "n", "value": 1, "operator": "gt", "type": "event"},
        {"key": "n", "value": "is_set", "operator": "is_set", "type": "event"},
        {"key": "$current_url", "value": "/b", "operator": "icontains", "type": "event"},
        {"key": "tier", "value": "gold", "operator": "exact", "type": "person"},
        {"key": "age", "value": "is_not_set", "operator": "is_not_set", "type": "person"},
        {"key": "size", "value": 2, "operator": "gt", "type": "group", "group_type_index": 0},
        {"key": "properties.n > 1 or person.properties.tier = 'tin'", "type": "hogql"},
    ]))
}

fn filters() -> BoxedStrategy<Value> {
    list(filter(), 1..=2)
}

fn event_name() -> BoxedStrategy<Value> {
    one_of(json!(["a", "a", "b", "c", "$pageview", null]))
}

fn math() -> BoxedStrategy<Value> {
    let of_property = (
        one_of(json!(["sum", "avg", "min", "max", "median", "p75", "p90", "p95", "p99"])),
        one_of(json!([["math_property", "n"], ["math_property", "age"]])),
    );
    let of_property = of_property.prop_map(|(math, property)| match &property[1] {
        key if key == "age" => json!({"math": math, "math_property": key, "math_property_type": "person_properties"}),
        key => json!({"math": math, "math_property": key}),
    });
    let plain = one_of(json!([
        {}, {"math": "total"}, {"math": "dau"}, {"math": "weekly_active"}, {"math": "monthly_active"},
        {"math": "unique_session"}, {"math": "unique_group", "math_group_type_index": 0},
        {"math": "first_time_for_user"}, {"math": "first_matching_event_for_user"},
        {"math": "avg_count_per_actor"}, {"math": "max_count_per_actor"}, {"math": "median_count_per_actor"},
        {"math": "hogql", "math_hogql": "sum(toFloat(properties.n)) / count()"},
    ]));
    prop_oneof![3 => plain, 1 => of_property].boxed()
}

fn merged(parts: impl Strategy<Value = (Value, Value)> + 'static) -> BoxedStrategy<Value> {
    let merge = |(mut one, other): (Value, Value)| {
        one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        one
    };
    parts.prop_map(merge).boxed()
}

fn entity() -> BoxedStrategy<Value> {
    object(vec![("kind", 1.0, always("EventsNode")), ("event", 1.0, event_name()), ("properties", 0.3, filters())])
}

fn breakdown() -> BoxedStrategy<Value> {
    let breakdowns = one_of(json!([
        {"breakdown": "p", "breakdown_type": "event"},
        {"breakdown": "tier", "breakdown_type": "person"},
        {"breakdown": "city", "breakdown_type": "group", "breakdown_group_type_index": 0},
        {"breakdown": "n", "breakdown_type": "event", "breakdown_histogram_bin_count": 3},
        {"breakdown": "concat(properties.p, '-', event)", "breakdown_type": "hogql"},
        {"breakdowns": [{"property": "p", "type": "event"}, {"property": "tier", "type": "person"}]},
    ]));
    merged((breakdowns, object(vec![("breakdown_limit", 0.5, one_of(json!([1, 2, 3])))])))
}

fn dates() -> BoxedStrategy<Value> {
    one_of(json!([
        {"date_from": "-7d"}, {"date_from": "-14d"}, {"date_from": "all"}, {"date_from": "mStart"},
        {"date_from": "2024-03-27", "date_to": "2024-04-01"},
        {"date_from": "2024-03-30T10:20:00", "date_to": "2024-03-31T05:00:00", "explicitDate": true},
    ]))
}

/// What every insight has, and `fields`.
fn insight(kind: &'static str, fields: Vec<Field>) -> BoxedStrategy<Value> {
    let mut all = vec![
        ("kind", 1.0, always(kind)),
        ("dateRange", 1.0, dates()),
        ("properties", 0.2, filters()),
        ("samplingFactor", 0.1, always(0.5)),
    ];
    all.extend(fields);
    object(all)
}

fn compare() -> BoxedStrategy<Value> {
    one_of(json!([{"compare": true}, {"compare": true, "compare_to": "-1w"}]))
}

fn trends() -> BoxedStrategy<Value> {
    let display = one_of(json!([
        "ActionsLineGraph",
        "ActionsLineGraph",
        "ActionsLineGraphCumulative",
        "BoldNumber",
        "ActionsPie",
        "WorldMap",
    ]));
    let filter = object(vec![
        ("display", 0.6, display),
        ("formula", 0.2, one_of(json!(["A * 2", "A / (A + 1)"]))),
        ("smoothingIntervals", 0.2, one_of(json!([2, 3]))),
    ]);
    insight(
        "TrendsQuery",
        vec![
            ("series", 1.0, list(merged((entity(), math())), 1..=3)),
            ("interval", 0.7, one_of(json!(["hour", "day", "week", "month"]))),
            ("trendsFilter", 0.7, filter),
            ("breakdownFilter", 0.4, breakdown()),
            ("compareFilter", 0.3, compare()),
        ],
    )
}

fn funnels() -> BoxedStrategy<Value> {
    let exclusion = json!({"kind": "EventsNode", "event": "c", "funnelFromStep": 0, "funnelToStep": 1});
    let filter = object(vec![
        ("funnelVizType", 0.5, one_of(json!(["steps", "trends", "time_to_convert"]))),
        ("funnelOrderType", 0.6, one_of(json!(["ordered", "strict", "unordered"]))),
        ("funnelWindowInterval", 0.5, one_of(json!([1, 2, 30]))),
        ("funnelWindowIntervalUnit", 0.5, one_of(json!(["hour", "day", "week"]))),
        ("breakdownAttributionType", 0.5, one_of(json!(["first_touch", "last_touch", "all_events"]))),
        ("exclusions", 0.2, always(vec![exclusion])),
        ("funnelAggregateByHogQL", 0.1, always("properties.$session_id")),
    ]);
    let by_group = always(0);
    insight(
        "FunnelsQuery",
        vec![
            ("series", 1.0, list(entity(), 2..=4)),
            ("interval", 0.4, one_of(json!(["hour", "day", "week"]))),
            ("funnelsFilter", 0.9, filter),
            (
                "breakdownFilter",
                0.4,
                breakdown().prop_filter("of one value", |it| it.get("breakdowns").is_none()).boxed(),
            ),
            ("aggregation_group_type_index", 0.1, by_group),
        ],
    )
}

fn retention() -> BoxedStrategy<Value> {
    let target =
        || object(vec![("id", 1.0, event_name()), ("type", 1.0, always("events")), ("properties", 0.2, filters())]);
    let filter = object(vec![
        ("period", 1.0, one_of(json!(["Hour", "Day", "Week", "Month"]))),
        ("totalIntervals", 1.0, one_of(json!([2, 5, 8]))),
        (
            "retentionType",
            1.0,
            one_of(json!(["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"])),
        ),
        ("targetEntity", 1.0, target()),
        ("returningEntity", 1.0, target()),
        ("cumulative", 0.2, always(true)),
        ("minimumOccurrences", 0.2, always(2)),
    ]);
    let breakdown = one_of(json!([
        {"breakdowns": [{"property": "p", "type": "event"}]},
        {"breakdowns": [{"property": "tier", "type": "person"}], "breakdown_limit": 1},
    ]));
    insight(
        "RetentionQuery",
        vec![
            ("retentionFilter", 1.0, filter),
            ("breakdownFilter", 0.4, breakdown),
            ("aggregation_group_type_index", 0.1, always(0)),
        ],
    )
}

fn paths() -> BoxedStrategy<Value> {
    let place = || one_of(json!(["/", "/a", "/b/1", "a"]));
    let filter = object(vec![
        (
            "includeEventTypes",
            0.8,
            one_of(json!([["$pageview"], ["$pageview", "custom_event"], ["$screen"], ["custom_event"]])),
        ),
        ("startPoint", 0.2, place()),
        ("endPoint", 0.2, place()),
        ("excludeEvents", 0.2, always(vec!["/a"])),
        ("pathGroupings", 0.2, always(vec!["/b/*"])),
        ("stepLimit", 0.4, one_of(json!([2, 3, 6]))),
        ("edgeLimit", 0.3, one_of(json!([2, 5]))),
        ("minEdgeWeight", 0.2, always(2)),
    ]);
    insight("PathsQuery", vec![("pathsFilter", 1.0, filter), ("aggregation_group_type_index", 0.1, always(0))])
}

fn stickiness() -> BoxedStrategy<Value> {
    let criteria = json!({"operator": "gte", "value": 2});
    let filter = object(vec![
        ("computedAs", 0.3, one_of(json!(["cumulative", "non_cumulative"]))),
        ("stickinessCriteria", 0.3, always(criteria)),
    ]);
    insight(
        "StickinessQuery",
        vec![
            ("series", 1.0, list(entity(), 1..=2)),
            ("interval", 0.7, one_of(json!(["hour", "day", "week", "month"]))),
            ("intervalCount", 0.3, one_of(json!([2, 3]))),
            ("stickinessFilter", 0.5, filter),
            ("compareFilter", 0.3, compare()),
        ],
    )
}

fn lifecycle() -> BoxedStrategy<Value> {
    insight(
        "LifecycleQuery",
        vec![
            ("series", 1.0, list(entity(), 1..=1)),
            ("interval", 0.7, one_of(json!(["hour", "day", "week", "month"]))),
        ],
    )
}

fn actors() -> BoxedStrategy<Value> {
    let behind = |kind: &'static str, source: BoxedStrategy<Value>, part: BoxedStrategy<Value>| {
        merged((object(vec![("kind", 1.0, always(kind)), ("source", 1.0, source)]), part))
    };
    let day = || one_of(json!(["2024-03-30", "2024-03-31", "2024-04-01"]));
    let of_day = object(vec![("day", 0.7, day()), ("series", 0.5, always(0))]);
    let of_state = object(vec![
        ("day", 0.9, day()),
        ("status", 0.9, one_of(json!(["new", "returning", "resurrecting", "dormant"]))),
    ]);
    let of_step = object(vec![("funnelStep", 1.0, one_of(json!([1, 2, -2])))]);
    let source = prop_oneof![
        3 => behind("InsightActorsQuery", trends(), of_day),
        2 => behind("FunnelsActorsQuery", funnels(), of_step),
        1 => behind("InsightActorsQuery", lifecycle(), of_state),
        1 => behind("InsightActorsQuery", retention(), object(vec![("interval", 0.7, one_of(json!([0, 1])))])),
        1 => behind("StickinessActorsQuery", stickiness(), object(vec![("day", 0.7, one_of(json!([1, 2])))])),
    ];
    object(vec![
        ("kind", 1.0, always("ActorsQuery")),
        ("source", 0.9, source.boxed()),
        (
            "select",
            1.0,
            one_of(json!([["id", "created_at", "properties"], ["actor", "properties.tier"], ["id", "event_count"],])),
        ),
        ("orderBy", 0.3, one_of(json!([["created_at DESC"], ["id"]]))),
        ("limit", 0.3, always(3)),
    ])
}

fn hogql() -> BoxedStrategy<Value> {
    let keys = [
        "event",
        "properties.p",
        "person.properties.tier",
        "toStartOfDay(timestamp)",
        "toHour(timestamp)",
        "person_id",
        "distinct_id",
        "toFloat(properties.n)",
        "properties.n > 1",
    ];
    let aggregates = [
        "count()",
        "uniq(person_id)",
        "countIf(properties.p = 'x')",
        "sum(toFloat(properties.n))",
        "min(timestamp)",
        "max(toFloat(properties.n))",
        "quantile(0.5)(toFloat(properties.n))",
        "argMax(uuid, (timestamp, uuid))",
        "arraySort(groupArray(event))",
        "avg(toFloat(properties.n))",
    ];
    let conditions = [
        "1 = 1",
        "event = 'a'",
        "timestamp >= '2024-03-30'",
        "properties.p is not null",
        "person.properties.age > 10",
        "person_id in (select person_id from events where event = 'b')",
    ];
    let grouped = (select(keys.to_vec()), vec(select(aggregates.to_vec()), 1..4), select(conditions.to_vec()))
        .prop_map(|(key, aggregates, condition)| {
            let aggregates: Vec<String> =
                aggregates.iter().enumerate().map(|(n, aggregate)| format!("{aggregate} as c{n}")).collect();
            let columns = aggregates.join(", ");
            format!("select {key} as k, {columns} from events where {condition} group by k order by k")
        });
    let others = select(vec![
        "select id, created_at, properties.tier from persons order by id",
        "select p.properties.tier as tier, count() from events e join persons p on p.id = e.person_id group by tier order by tier",
        "select uuid, event, row_number() over (partition by distinct_id order by timestamp, uuid) as n from events order by uuid",
        "select distinct_id, person_id from person_distinct_ids order by distinct_id",
        "select key, properties.city from groups order by key",
    ]);
    let text = prop_oneof![3 => grouped, 1 => others.prop_map(str::to_owned)];
    text.prop_map(|text| json!({"kind": "HogQLQuery", "query": text})).boxed()
}

fn events() -> BoxedStrategy<Value> {
    object(vec![
        ("kind", 1.0, always("EventsQuery")),
        (
            "select",
            1.0,
            one_of(json!([
                ["uuid", "event", "timestamp", "properties.n"],
                ["uuid", "person.properties.tier", "distinct_id"],
                ["event", "count()"],
            ])),
        ),
        ("event", 0.3, event_name()),
        ("properties", 0.3, filters()),
        ("after", 1.0, one_of(json!(["2024-03-20", "2024-03-31"]))),
        ("orderBy", 1.0, always(vec!["1"])),
    ])
}
