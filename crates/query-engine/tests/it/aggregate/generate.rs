//! Random events and plans, small enough to collide often: ties in time, shared persons, missing properties, days with daylight saving.

use chrono::{Days, NaiveDate, TimeZone as _};
use chrono_tz::Tz;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::field::Field;
use query_engine::plan::aggregate::{
    AggregateSeries, Breakdown, BreakdownDimension, BreakdownTransform, BucketedAggregate, Buckets, FirstOf, Math,
    NumberFunction, Uniqueness,
};
use query_engine::predicate::{OneOf, Predicate, Relation, Test};
use query_engine::scan::{EventColumn, EventSet};
use query_engine::value::PropertyValue;

use super::world::{Fact, Properties, World};

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;
/// Around the days on which clocks change in Europe, America and Lord Howe (by half an hour).
const DST_DAYS: [(i32, u32, u32); 4] = [(2024, 3, 31), (2024, 3, 10), (2024, 4, 7), (2024, 11, 3)];
const N_PERSONS: u32 = 5;

/// A world and a plan around the same day.
pub(super) fn case() -> impl Strategy<Value = (World, BucketedAggregate)> {
    day().prop_flat_map(|day| (world(day), plan(day)))
}

fn world(day: NaiveDate) -> impl Strategy<Value = World> {
    let persons = vec(properties(&["tier", "p"]), N_PERSONS as usize);
    let groups = btree_map(select(vec!["g1".to_owned(), "g2".to_owned()]), properties(&["size"]), 0..3);
    (vec(fact(), 0..40), persons, groups).prop_map(move |(mut facts, persons, groups)| {
        facts.iter_mut().for_each(|fact| fact.timestamp_us += midnight_us(day, Tz::UTC));
        World { facts, persons, groups }
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    let keys = ["p", "q", "$session_id", "$group_0"];
    let group = option::of(select(vec![
        r#"{"company":"g1"}"#,
        r#"{"company":"g2"}"#,
        r#"{"other":"g1"}"#,
        r#"{"company":""}"#,
    ]));
    // Multiples of twenty minutes make ties and instants that lie on an edge.
    let timestamp = (-6 * 72_i64..6 * 72).prop_map(|n| n * 20 * MINUTE_US);
    (select(vec!["a", "b", "c"]), 0..N_PERSONS, timestamp, 0..8_u8, properties(&keys), group).prop_map(
        |(event, person, timestamp_us, segment, mut properties, group)| {
            if let Some(group) = group {
                properties.insert("$groups".to_owned(), PropertyValue::Json(group.into()));
            }
            Fact { event: event.to_owned(), person, timestamp_us, segment, properties }
        },
    )
}

fn properties(keys: &[&str]) -> impl Strategy<Value = Properties> + use<> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let n_keys = keys.len();
    btree_map(select(keys), value(), 0..=n_keys)
}

fn value() -> impl Strategy<Value = PropertyValue> {
    use PropertyValue::{Bool, Float, Int, Json, Null, String};
    // Numbers are multiples of a quarter, so that their sums are exact in any order.
    select(vec![
        Null,
        Bool(true),
        Int(1),
        Int(10),
        Int(-3),
        Float(2.5),
        Float(0.25),
        String("".into()),
        String("x".into()),
        String("10".into()),
        String("https://a.b/?".into()),
        String("https://a.b".into()),
        String("/".into()),
        String("NaN".into()),
        Json("[1]".into()),
    ])
}

fn day() -> impl Strategy<Value = NaiveDate> {
    select(DST_DAYS.to_vec()).prop_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap())
}

fn midnight_us(day: NaiveDate, zone: Tz) -> i64 {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap();
    zone.from_local_datetime(&midnight).earliest().unwrap().timestamp_micros()
}

fn plan(day: NaiveDate) -> impl Strategy<Value = BucketedAggregate> {
    let zones = [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu];
    let shape = (select(zones.to_vec()), 0..4_u64, 1..8_u64, select(vec![1_i64, 3, 24]), -10..10_i64, -10..10_i64);
    (shape, any::<bool>(), vec(series(), 1..4), option::of(breakdown())).prop_map(
        move |((zone, n_before, n_days, step, cut, more), is_total, series, breakdown)| {
            let start = day - Days::new(n_before);
            let days = (0..=n_days).map(|n| midnight_us(start + Days::new(n), zone));
            let days: Vec<i64> = days.collect();
            let edges: Vec<i64> = match step {
                24 => days,
                hours => (days[0]..=days[days.len() - 1]).step_by((hours * HOUR_US) as usize).collect(),
            };
            let (from_us, until_us) = (edges[0] + cut * HOUR_US, edges[edges.len() - 1] + more * HOUR_US);
            let until_us = until_us.max(from_us);
            let buckets = if is_total { Buckets::Total } else { Buckets::Edges(edges.clone()) };
            let mut plan = BucketedAggregate { series, from_us, until_us, buckets, breakdown };
            for series in &mut plan.series {
                if let Math::ActivePersons { windows_us } = &mut series.math {
                    let length_us = windows_us[0].1;
                    let ends = if is_total { &[until_us] } else { &edges[1..] };
                    *windows_us = ends.iter().map(|&end| (end - length_us, end)).collect();
                }
            }
            plan
        },
    )
}

fn series() -> impl Strategy<Value = AggregateSeries> {
    let names = ["a", "b", "c"].map(str::to_owned);
    let events = prop_oneof![
        Just(EventSet::All),
        proptest::sample::subsequence(names.to_vec(), 1..=2)
            .prop_map(|names| EventSet::Named(names.into_iter().collect())),
    ];
    (events, predicate(), math()).prop_map(|(events, predicate, math)| AggregateSeries { events, predicate, math })
}

fn math() -> impl Strategy<Value = Math> {
    let uniqueness = || select(vec![Uniqueness::PerBucket, Uniqueness::PerRange]);
    prop_oneof![
        Just(Math::Count),
        uniqueness().prop_map(Math::UniquePersons),
        // The length of the windows; the plan puts them where its buckets are.
        select(vec![HOUR_US, DAY_US, 3 * DAY_US])
            .prop_map(|length_us| Math::ActivePersons { windows_us: vec![(0, length_us)] }),
        Just(Math::UniqueSessions),
        uniqueness().prop_map(|uniqueness| Math::UniqueGroups { group_type: 0, uniqueness }),
        select(vec![FirstOf::Events, FirstOf::MatchingEvents]).prop_map(Math::FirstTimePersons),
        (field(), function()).prop_map(|(field, function)| Math::Numbers { field, function }),
        function().prop_map(Math::CountPerPerson),
    ]
}

fn function() -> impl Strategy<Value = NumberFunction> {
    use NumberFunction::{Average, Maximum, Minimum, Quantile, Sum};
    select(vec![Sum, Average, Minimum, Maximum, Quantile(0.5), Quantile(0.75), Quantile(0.9), Quantile(0.99)])
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let test = select(vec![
        Test::IsSet,
        Test::OneOf(OneOf::new(["10", "x"])),
        Test::Contains(vec!["a".to_owned()]),
        Test::Number { relation: Relation::Greater, than: 1.0 },
    ]);
    let leaf =
        prop_oneof![Just(Predicate::ALWAYS), (field(), test).prop_map(|(field, test)| Predicate::test(field, test)),];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Predicate::all),
            vec(inner.clone(), 1..3).prop_map(Predicate::any),
            inner.prop_map(Predicate::negated),
        ]
    })
}

fn breakdown() -> impl Strategy<Value = Breakdown> {
    let transform = select(vec![
        BreakdownTransform::Text,
        BreakdownTransform::Text,
        BreakdownTransform::NormalizedUrl,
        BreakdownTransform::Histogram { n_bins: 1 },
        BreakdownTransform::Histogram { n_bins: 3 },
    ]);
    let dimension = (field(), transform).prop_map(|(field, transform)| BreakdownDimension { field, transform });
    (vec(dimension, 1..4), 1..8_usize).prop_map(|(dimensions, limit)| Breakdown { dimensions, limit })
}

fn field() -> impl Strategy<Value = Field> {
    let property = |key: &str| Field::Event(EventColumn::Property(key.to_owned()));
    select(vec![
        property("p"),
        property("q"),
        property("nowhere"),
        Field::EventName,
        Field::PersonProperty("tier".to_owned()),
        Field::PersonProperty("p".to_owned()),
        Field::GroupKey(0),
        Field::GroupProperty { group_type: 0, key: "size".to_owned() },
    ])
}
