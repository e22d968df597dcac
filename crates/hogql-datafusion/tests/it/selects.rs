//! Random statements over random events: the engine gives the rows that a reference gives, which knows nothing of it and computes one row
//! after another; and the same rows, however the events are spread.

mod aggregates;
mod choices;
mod lifting;
mod neighbours;
mod relations;
mod statement;
mod terms;
mod values;
mod windows;
mod world;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{TimeZone as _, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use query_engine::answer::{Answer, Query, QueryContext, answer};
use query_engine::control::QueryControl;
use serde_json::{Value, json};
use test_support::cases::{DEFAULT_CASES, n_property_cases};

use relations::Row;
use statement::{groups, statement};
use world::{PROJECT, Segments, World, world};

/// The seed of statements where no long run was asked for. A statement out of some thousands may find a fault that was there before: a run
/// of the tests is to fail by what was changed, and so asks the same each time.
const SEED: u64 = 20_260_121;

fn config(cases: u32) -> ProptestConfig {
    let rng_seed = if n_property_cases() > DEFAULT_CASES { RngSeed::Random } else { RngSeed::Fixed(SEED) };
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

fn context() -> QueryContext {
    QueryContext {
        project: PROJECT,
        timezone: chrono_tz::UTC,
        week_start: Default::default(),
        now: Utc.with_ymd_and_hms(2026, 1, 4, 0, 0, 0).unwrap(),
        definitions: Default::default(),
    }
}

/// The engine's answer.
fn ready(query: &Query, source: &Segments) -> Result<Answer, String> {
    let (context, control) = (context(), QueryControl::unlimited());
    let answered = pin!(answer(query, &context, source, &control));
    let Poll::Ready(answer) = answered.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a source in memory never waits")
    };
    answer.map_err(|error| format!("{error:?}"))
}

/// The rows that the engine answers with, each as a list.
fn rows(text: &str, source: &Segments) -> Result<Vec<Value>, String> {
    let query = Query::parse(&json!({"kind": "HogQLQuery", "query": text})).map_err(|error| error.to_string())?;
    match ready(&query, source)?.results {
        Value::Array(rows) => Ok(rows),
        other => Err(format!("{other} are no rows")),
    }
}

/// Rows in an order of their own.
fn sorted(rows: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    texts.sort();
    texts
}

/// Of each row what it is ordered by.
fn ordered_by(rows: &[Value], order: &[relations::Order]) -> Vec<Vec<Value>> {
    rows.iter().map(|row| order.iter().map(|order| row[order.column].clone()).collect()).collect()
}

fn numbers() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 0..120)
}

proptest! {
#![proptest_config(config(n_property_cases()))]

#[test]
fn statements_have_the_rows_of_the_reference(world in world(), numbers in numbers()) {
    let statement = statement(&numbers);
    let to_json = |row: &Row| row.iter().map(|value| value.to_json(PROJECT)).collect::<Value>();
    let expected: Vec<Value> = statement.relation.rows(&world).iter().map(to_json).collect();
    match rows(&statement.text, &world.in_segments()) {
        Err(error) => prop_assert!(false, "{}: {error}", statement.text),
        Ok(found) => {
            prop_assert_eq!(sorted(&found), sorted(&expected), "{}", statement.text);
            let order = &statement.order;
            prop_assert_eq!(ordered_by(&found, order), ordered_by(&expected, order), "{}", statement.text);
        }
    }
}}

proptest! {
    // each asks four times
    #![proptest_config(config(n_property_cases() / 4))]

    #[test]
    fn groups_are_the_same_however_their_rows_are_spread(world in world(), numbers in numbers()) {
        let text = groups(&numbers).text;
        let of_segments = rows(&text, &world.in_segments());
        let of_one = rows(&text, &world.in_one_segment());
        prop_assert_eq!(of_segments.map(|rows| sorted(&rows)), of_one.map(|rows| sorted(&rows)), "{}", text);
        // one after the other as they came, and down to the last digit
        let uneven = world.with_uneven_numbers();
        prop_assert_eq!(rows(&text, &uneven.in_segments()), rows(&text, &uneven.in_segments()), "{}", text);
    }
}

/// The statement gives those rows, in an order of their own, of two events `a` and one `b`.
#[track_caller]
fn check(text: &str, expected: Value) {
    let world = World::of_events(&["a", "b", "a"]);
    let found = rows(text, &world.in_segments()).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(sorted(&found), sorted(expected.as_array().unwrap()), "{text}");
}

#[test]
fn the_offset_of_a_text_counts_once() {
    check("select event from events order by event limit 7 offset 1", json!([["a"], ["b"]]));
    check("select event from events order by event offset 2", json!([["b"]]));
}

#[test]
fn groups_that_are_keys_alone_take_no_more_room_than_they_need() {
    check(
        "select event from events where event in (select event from events group by event)",
        json!([["a"], ["a"], ["b"]]),
    );
    check("select event from events group by event", json!([["a"], ["b"]]));
    check(
        "select c from (select event, max(timestamp) as c from events group by event order by c limit 999999999999) where event = 'z'",
        json!([]),
    );
}

#[test]
fn limits_by_constants_keep_as_many_rows_in_all() {
    check("select 0 as c from events order by c limit 1 by c", json!([[0]]));
    check("select 0 as c, event from events order by c, event limit 2 by c", json!([[0, "a"], [0, "a"]]));
}

#[test]
fn windows_see_all_rows_in_one_order() {
    check(
        "select 0 as c, event as e, sum(c) over (partition by c) as s, row_number() over (order by e, c) from events",
        json!([[0, "a", 0, 1], [0, "a", 0, 2], [0, "b", 0, 3]]),
    );
    check(
        "select distinct event as e, rank() over (partition by e order by distinct_id) as r from events limit 10",
        json!([["a", 1], ["b", 1]]),
    );
}

#[test]
fn windows_may_be_ordered_by_what_a_condition_holds_constant() {
    check(
        "select r from (select e, row_number() over (partition by e order by nullIf(0.5, 0.5), e) as r from \
         (select max(event) as m, max(properties.p) as e from events group by event having m like 'a%') qualify e in ('x'))",
        json!([]),
    );
    check(
        "select r from (select d as e, nullIf(0.5, 0.5) as c, row_number() over (partition by e order by c, e) as r from \
         (select max(event) as m, max(timestamp) as d from events group by nullIf(0, 1) having m like 'x') \
         qualify e in (toDateTime('2026-01-02 00:00:00')))",
        json!([]),
    );
}

#[test]
fn what_is_asked_of_all_rows_together_is_not_asked_of_each() {
    check("select max(event) as m from events having m = 'a' and m in ('b')", json!([]));
    check("select m from (select max(event) as m from events) where m = 'a' and m in ('b')", json!([]));
    check("select 1 from events having 1 = 2 and count() > 0", json!([]));
}

#[test]
fn a_comparison_of_a_column_with_itself_is_an_argument_like_others() {
    check(
        "select countIf(properties.p < properties.p and event = 'a'), \
         maxIf(properties.p, properties.p < properties.p and properties.p = 'x') from events",
        json!([[0, null]]),
    );
}

#[test]
fn a_query_that_is_named_twice_is_one_value() {
    check(
        "select distinct (select count() from events) as n, rank() over (order by n) as r from events order by n, r",
        json!([[3, 1]]),
    );
    check(
        "select distinct event in (select max(event) from events) as c from events order by event in (select max(event) from events)",
        json!([[0], [1]]),
    );
}

#[test]
fn tests_are_numbers_in_branches_too() {
    check("select distinct if(event = 'a', event = 'a', event = 'b') from events", json!([[1]]));
    check("select distinct [event = 'b'] from events", json!([[[0]], [[1]]]));
}

#[test]
fn what_is_said_of_one_side_of_a_join_may_hold_for_the_other() {
    check(
        "select s.c from (select toInt(0) as c from events group by c) as s left semi join \
         (select countIf(event = 'z') as n from events) as t on s.c = t.n where s.c in (select 0 from events)",
        json!([[0]]),
    );
    check(
        "select s.c from (select event as c from events group by c) as s \
         join (select max(event) as n from events group by timestamp) as t on s.c = t.n \
         where length(arrayMap(x -> concat(x, s.c), [s.c])) = 1 and s.c = 'b'",
        json!([["b"]]),
    );
}

#[test]
fn an_empty_array_has_no_null() {
    check("select c from events left array join if(event = 'b', [7], []) as c", json!([[0], [0], [7]]));
    check(
        "select if(event = 'b', [7], [])[5], if(event = 'b', [7], [null])[5] from events limit 1",
        json!([[0, null]]),
    );
}
