//! Logs for property tests: records, filters and questions out of few values, so that they meet.

use std::sync::Arc;

use hogql::ir::RowBounds;
use hogql::tables::LogsColumn;
use insights_core::ids::ProjectId;
use logs::filter::{Comparison, Condition, Field, LevelSet, LogFilter, Test};
use logs::query::{AttributeOwner, AttributesQuery, Order, RecordQuery, SparklineQuery, SparklineSplit, ValuesQuery};
use logs::record::{Attributes, Level, LogRecord, Position, Severity};
use logs::request::ALL_TIME;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use query_engine::logs::LogRequest;
use serde_json::{Map, Value, json};

/// When the records of [`records`] happened: from here on for three hours.
pub const FIRST_US: i64 = 1_768_000_000_000_000;
/// The first instant that is too late for them.
pub const END_US: i64 = FIRST_US + 3 * 3_600_000_000;

const SERVICES: [&str; 4] = ["web", "api", "Worker", ""];
const WORDS: [&str; 9] = ["GET", "get", "timeout", "Straße", "user", "42", "ERROR", "%_\\", "日本"];
const KEYS: [&str; 5] = ["http.method", "status", "user.id", "Status", "service.name"];

/// Up to `max` records.
pub fn records(max: usize) -> impl Strategy<Value = Vec<LogRecord>> {
    vec(record(), 0..=max)
}

/// One record. Instants are often the same, so that the order of arrival counts.
pub fn record() -> impl Strategy<Value = LogRecord> {
    let identity =
        (prop_oneof![Just(0_u128), 1..4_u128, any::<u128>()], prop_oneof![Just(0_u64), 1..4_u64], any::<u32>());
    let names = (select(vec!["", "lib@1.0", "other"]), select(vec!["", "checkout"]));
    (timestamps(), timestamps(), 1..=24_u8, bodies(), attributes(), resources(), names, identity).prop_map(
        |(
            timestamp_us,
            observed_us,
            severity,
            body,
            attributes,
            resource,
            (scope, event_name),
            (trace_id, span_id, flags),
        )| LogRecord {
            timestamp_us,
            observed_us,
            severity: Severity::from_number(severity).expect("a severity number"),
            body,
            attributes,
            resource: Arc::new(resource),
            scope: scope.into(),
            event_name: event_name.into(),
            trace_id,
            span_id,
            flags,
        },
    )
}

/// Instants of records.
pub fn timestamps() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => (0..8_i64).prop_map(|step| FIRST_US + step * 60_000_000),
        4 => FIRST_US..END_US,
        1 => select(vec![ALL_TIME.start, FIRST_US - 1, END_US, ALL_TIME.end - 1]),
    ]
}

fn bodies() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(select(WORDS.to_vec()), 0..5).prop_map(|words| words.join(" ")),
        1 => Just(String::new()),
        1 => any::<String>(),
    ]
}

/// Attributes of a record.
pub fn attributes() -> impl Strategy<Value = Attributes> {
    vec((select(KEYS.to_vec()), attribute_value()), 0..5)
        .prop_map(|pairs| Attributes::new(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

/// Attributes of a resource.
pub fn resources() -> impl Strategy<Value = Attributes> {
    (select(SERVICES.to_vec()), attributes()).prop_map(|(service, others)| {
        let mut pairs: Vec<(Arc<str>, Value)> =
            others.iter().map(|(key, value)| (Arc::clone(key), value.clone())).collect();
        if !service.is_empty() {
            pairs.push(("service.name".into(), Value::from(service)));
        }
        Attributes::new(pairs)
    })
}

fn attribute_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(WORDS.to_vec()).prop_map(Value::from),
        2 => (-3..600_i64).prop_map(Value::from),
        1 => select(vec![1.0, 2.5, 1e300, -0.0]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => select(vec![
            Value::Null,
            json!([1, "a"]),
            json!({"b": {"c": null}}),
            json!(""),
            json!("2026-01-10T00:10:00Z"),
            json!("2026-01-09"),
            json!(u64::MAX),
        ]),
    ]
}

/// Which records a question is about.
pub fn filters() -> impl Strategy<Value = LogFilter> {
    let ranges = prop_oneof![
        3 => Just(ALL_TIME),
        3 => (timestamps(), timestamps()).prop_map(|(one, other)| one.min(other)..one.max(other)),
    ];
    let levels = prop_oneof![
        2 => Just(LevelSet::ALL),
        1 => subsequence(Level::ALL.to_vec(), 0..=6).prop_map(|levels| LevelSet::of(&levels)),
    ];
    let services = subsequence(SERVICES.to_vec(), 0..=2);
    let searches = prop_oneof![
        3 => Just(String::new()),
        2 => select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => select(vec!["GET timeout", "tim", "T", " ", "日"]).prop_map(str::to_owned),
    ];
    (ranges, levels, services, searches, conditions()).prop_map(|(range, levels, services, search, group)| LogFilter {
        range,
        levels,
        services: services.into_iter().map(str::to_owned).collect(),
        search,
        group,
    })
}

/// Conditions in groups.
pub fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = (fields(), tests()).prop_map(|(field, test)| Condition::Field(field, test));
    let nested = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..3).prop_map(Condition::All), vec(inner, 0..3).prop_map(Condition::Any)]
    });
    prop_oneof![1 => Just(Condition::always()), 2 => nested]
}

/// What conditions look at.
pub fn fields() -> impl Strategy<Value = Field> {
    let key = || select([KEYS.as_slice(), &["missing"]].concat()).prop_map(str::to_owned);
    prop_oneof![
        4 => Just(Field::Body),
        1 => select(vec![
            Field::Level, Field::SeverityNumber, Field::TraceId, Field::SpanId, Field::EventName, Field::Scope,
        ]),
        4 => key().prop_map(Field::Attribute),
        2 => key().prop_map(Field::Resource),
    ]
}

/// What a field has to be like.
pub fn tests() -> impl Strategy<Value = Test> {
    let words = || vec(prop_oneof![select(WORDS.to_vec()), select(vec!["info", "17", "lib@1.0", "web", ""])], 1..3);
    let texts = move || words().prop_map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
    let lower = move || words().prop_map(|words| words.into_iter().map(str::to_lowercase).collect::<Vec<_>>());
    let pattern = || {
        let patterns = select(vec!["^GET", "(?i)get|user", "4.$", "", "^$", "[^a-z]"]);
        patterns.prop_map(|pattern| regex::Regex::new(pattern).expect("a pattern"))
    };
    let comparison = || {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        select(vec![Less, LessOrEqual, Equal, GreaterOrEqual, Greater])
    };
    prop_oneof![
        texts().prop_map(Test::Exact),
        texts().prop_map(Test::IsNot),
        lower().prop_map(Test::Contains),
        lower().prop_map(Test::NotContains),
        pattern().prop_map(Test::Regex),
        pattern().prop_map(Test::NotRegex),
        (comparison(), -5..600_i32).prop_map(|(comparison, number)| Test::Number(comparison, number.into())),
        (comparison(), timestamps(), 1..3_600_000_000_i64)
            .prop_map(|(comparison, from, length)| Test::Date(comparison, from..from + length)),
        Just(Test::IsSet),
        Just(Test::IsNotSet),
    ]
}

/// In which order pages come.
pub fn orders() -> impl Strategy<Value = Order> {
    select(vec![Order::Latest, Order::Earliest])
}

/// Questions for pages of records; those that follow another begin anywhere.
pub fn record_queries() -> impl Strategy<Value = RecordQuery> {
    let after = (timestamps(), 0..50_u64).prop_map(|(timestamp_us, arrival)| Position { timestamp_us, arrival });
    (filters(), orders(), 1..30_usize, option::of(after)).prop_map(|(filter, order, limit, after)| RecordQuery {
        filter,
        order,
        limit,
        after,
    })
}

/// Questions for sparklines.
pub fn sparkline_queries() -> impl Strategy<Value = SparklineQuery> {
    let splits = select(vec![SparklineSplit::Severity, SparklineSplit::Service]);
    (filters(), select(vec![1, 2, 5, 60, 1_440, 4_320_i64]), splits)
        .prop_map(|(filter, minutes, split)| SparklineQuery { filter, bucket_us: minutes * 60_000_000, split })
}

/// Questions for keys.
pub fn attributes_queries() -> impl Strategy<Value = AttributesQuery> {
    let owners = select(vec![AttributeOwner::Record, AttributeOwner::Resource]);
    (filters(), owners, select(vec!["", "st", "http", "none"]), 1..6_usize, 0..4_usize).prop_map(
        |(filter, owner, search, limit, offset)| AttributesQuery {
            filter,
            owner,
            search: search.to_owned(),
            limit,
            offset,
        },
    )
}

/// Questions for values.
pub fn values_queries() -> impl Strategy<Value = ValuesQuery> {
    (filters(), fields(), select(vec!["", "g", "4", "none"]), 1..6_usize)
        .prop_map(|(filter, field, search, limit)| ValuesQuery { filter, field, search: search.to_owned(), limit })
}

/// What HogQL may ask a store to lend: every column, and conditions that leave rows out.
pub fn log_requests(project: ProjectId) -> impl Strategy<Value = LogRequest> {
    let key = || select([KEYS.as_slice(), &["missing"]].concat()).prop_map(str::to_owned);
    let columns = (key(), key()).prop_map(|(own, of_resource)| {
        use LogsColumn::{
            Attribute, Attributes, Body, EventName, InstrumentationScope, Level, ObservedTimestamp, ResourceAttribute,
            ResourceAttributes, ServiceName, SeverityNumber, SpanId, Timestamp, TraceId, Uuid,
        };
        vec![
            Uuid,
            Timestamp,
            ObservedTimestamp,
            SeverityNumber,
            Level,
            Body,
            ServiceName,
            TraceId,
            SpanId,
            EventName,
            InstrumentationScope,
            Attributes,
            Attribute(own),
            ResourceAttributes,
            ResourceAttribute(of_resource),
        ]
    });
    let names = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        option::of(subsequence(names, 0..=2))
    };
    let bounds = (
        (option::of(timestamps()), option::of(timestamps())),
        names(&["info", "error", "fatal", "loud"]),
        names(&SERVICES),
        vec(select(WORDS.to_vec()).prop_map(str::to_owned), 0..2),
    );
    let bounds = bounds.prop_map(|((from_us, until_us), levels, services, contained)| RowBounds {
        names: None,
        from_us,
        until_us,
        levels,
        services,
        contained,
    });
    (columns, bounds).prop_map(move |(columns, bounds)| LogRequest { project, columns, bounds })
}

/// Any JSON.
pub fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(WORDS.to_vec()).prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((any::<String>(), inner), 0..4).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// What may stand in the `query` of a request: often right, often nearly so.
pub fn any_request() -> impl Strategy<Value = Value> {
    let dates = || {
        let texts = select(vec![
            "-1h",
            "-30M",
            "2026-01-10",
            "2026-01-10T01:00:00",
            "-7d",
            "all",
            "dStart",
            "-99999999y",
            "soon",
            "9999-12-31",
            "0000-01-01",
        ]);
        prop_oneof![texts.prop_map(Value::from), Just(Value::Null), any::<String>().prop_map(Value::from)]
    };
    let range = (dates(), dates()).prop_map(|(from, to)| json!({"date_from": from, "date_to": to}));
    let operators = select(vec![
        "exact",
        "is_not",
        "icontains",
        "not_icontains",
        "regex",
        "not_regex",
        "gt",
        "gte",
        "lt",
        "lte",
        "is_date_exact",
        "is_date_before",
        "is_date_after",
        "is_set",
        "is_not_set",
        "between",
    ]);
    let values = prop_oneof![
        2 => attribute_value(),
        1 => vec(attribute_value(), 0..3).prop_map(Value::from),
        1 => dates(),
        1 => select(vec!["^a(b|c)*$", "(", "[", "\\d+"]).prop_map(Value::from),
    ];
    let kinds = prop_oneof![4 => Just("log_attribute"), 2 => Just("log_resource_attribute"), 2 => Just("log"), 1 => Just("person")];
    let keys = select([KEYS.as_slice(), &["message", "level", "trace_id"]].concat());
    let leaf = (kinds, keys, operators, values).prop_map(
        |(kind, key, operator, value)| json!({"type": kind, "key": key, "operator": operator, "value": value}),
    );
    let group = leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|values| json!({"type": "AND", "values": values})),
            vec(inner, 0..3).prop_map(|values| json!({"type": "OR", "values": values})),
        ]
    });
    let groups = prop_oneof![group.clone(), vec(group, 0..3).prop_map(Value::from)];
    let fields = (
        option::of(prop_oneof![4 => range, 1 => any_value()]),
        option::of(prop_oneof![2 => Just(json!(["info", "error"])), 1 => any_value()]),
        option::of(prop_oneof![2 => Just(json!(["web"])), 1 => any_value()]),
        option::of(prop_oneof![2 => select(WORDS.to_vec()).prop_map(Value::from), 1 => any_value()]),
        option::of(prop_oneof![4 => groups, 1 => any_value()]),
        option::of(prop_oneof![2 => Just(json!("earliest")), 1 => any_value()]),
        option::of(prop_oneof![2 => (0..3_000_i32).prop_map(Value::from), 1 => any_value()]),
    );
    fields.prop_map(|(range, levels, services, search, group, order, limit)| {
        let names = ["dateRange", "severityLevels", "serviceNames", "searchTerm", "filterGroup", "orderBy", "limit"];
        let values = [range, levels, services, search, group, order, limit];
        let given = names.into_iter().zip(values).filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect())
    })
}
