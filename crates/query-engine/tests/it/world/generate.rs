//! Random worlds, small enough to collide often: ties in time, shared persons, missing properties, days with daylight saving.

use chrono::{NaiveDate, TimeZone as _};
use chrono_tz::Tz;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::field::Field;
use query_engine::plan::sequence::Actor;
use query_engine::predicate::{OneOf, Predicate, Relation, Test};
use query_engine::scan::{EventColumn, EventSet};
use query_engine::value::PropertyValue;

use super::{Fact, Properties, World};

const MINUTE_US: i64 = 60_000_000;
pub(crate) const HOUR_US: i64 = 60 * MINUTE_US;
pub(crate) const DAY_US: i64 = 24 * HOUR_US;
/// Around the days on which clocks change in Europe, America and Lord Howe (by half an hour).
const DST_DAYS: [(i32, u32, u32); 4] = [(2024, 3, 31), (2024, 3, 10), (2024, 4, 7), (2024, 11, 3)];
const N_PERSONS: u32 = 5;

/// Up to forty events in the three days before and after `day`, of few persons, one of whom may have been first seen at any of them.
pub(crate) fn world(day: NaiveDate) -> impl Strategy<Value = World> {
    let persons = vec(properties(&["tier", "p"]), N_PERSONS as usize);
    let first_seen = vec(
        (-6 * 72_i64..6 * 72).prop_map(move |n| midnight_us(day, Tz::UTC) + n * 20 * MINUTE_US),
        N_PERSONS as usize,
    );
    let groups = btree_map(select(vec!["g1".to_owned(), "g2".to_owned()]), properties(&["size"]), 0..3);
    (vec(fact(), 0..40), persons, first_seen, groups).prop_map(move |(mut facts, persons, first_seen_us, groups)| {
        facts.iter_mut().for_each(|fact| fact.timestamp_us += midnight_us(day, Tz::UTC));
        World { facts, persons, first_seen_us, groups }
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

/// A day around which clocks change.
pub(crate) fn day() -> impl Strategy<Value = NaiveDate> {
    select(DST_DAYS.to_vec()).prop_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap())
}

/// The first instant of `day` in `zone`.
pub(crate) fn midnight_us(day: NaiveDate, zone: Tz) -> i64 {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap();
    zone.from_local_datetime(&midnight).earliest().unwrap().timestamp_micros()
}

/// A zone; in most of them, clocks change on one of the days.
pub(crate) fn zone() -> impl Strategy<Value = Tz> {
    select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu])
}

/// Some of the events that there are.
pub(crate) fn events() -> impl Strategy<Value = EventSet> {
    let names = ["a", "b", "c"].map(str::to_owned);
    prop_oneof![
        Just(EventSet::All),
        proptest::sample::subsequence(names.to_vec(), 1..=2)
            .prop_map(|names| EventSet::Named(names.into_iter().collect())),
    ]
}

/// Who is counted.
pub(crate) fn actor() -> impl Strategy<Value = Actor> {
    let property = |key: &str| Field::Event(EventColumn::Property(key.to_owned()));
    select(vec![
        Actor::Person,
        Actor::Person,
        Actor::Value(vec![property("$group_0"), Field::GroupKey(0)]),
        Actor::Value(vec![property("p")]),
    ])
}

/// A condition on fields that the events have.
pub(crate) fn predicate() -> impl Strategy<Value = Predicate> {
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

/// A field, mostly one that some events have.
pub(crate) fn field() -> impl Strategy<Value = Field> {
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
