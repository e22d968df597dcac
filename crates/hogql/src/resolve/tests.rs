//! Texts, what they are resolved to, and what is said of those that are wrong.

mod fuzz;
mod trees;

use std::collections::BTreeMap;

use chrono::{TimeZone as _, Utc};
use chrono_tz::Tz;

use super::{Environment, resolve_expression, resolve_query};
use crate::error::HogqlError;
use crate::ir::Query;
use crate::parse::{parse_expression, parse_query};

fn environment() -> Environment {
    Environment {
        timezone: Tz::UTC,
        weeks_start_monday: false,
        now: Utc.with_ymd_and_hms(2026, 1, 15, 12, 0, 0).unwrap(),
        cohorts: BTreeMap::from([(5, "buyers".to_owned())]),
        group_types: vec!["organization".to_owned(), "project".to_owned()],
    }
}

fn resolve(text: &str) -> Result<Query, HogqlError> {
    resolve_query(&parse_query(text)?, text, &environment())
}

/// The columns of an answer: `name: type, …`.
#[track_caller]
fn check(text: &str, expected: &str) {
    let query = resolve(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let columns: Vec<String> = query.columns.iter().map(|column| format!("{}: {}", column.name, column.ty)).collect();
    assert_eq!(columns.join(", "), expected);
}

/// The types alone.
#[track_caller]
fn check_types(text: &str, expected: &str) {
    let query = resolve(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let columns: Vec<String> = query.columns.iter().map(|column| column.ty.to_string()).collect();
    assert_eq!(columns.join(", "), expected);
}

#[track_caller]
fn check_error(text: &str, position: usize, message: &str) {
    match resolve(text) {
        Ok(query) => panic!("{text} was resolved: {query:?}"),
        Err(error) => assert_eq!((error.position, error.message.as_str()), (position, message), "{text}"),
    }
}

#[test]
fn columns_are_called_as_they_are_written() {
    check("select event as e, count() as c from events group by e", "e: String, c: UInt64");
    check("select count( ) from events", "count( ): UInt64");
    check("select properties.path, e.event from events e", "properties.path: Nullable(String), event: String");
    check("select properties['a b'] from events", "properties['a b']: Nullable(String)");
    check("select * from numbers(3)", "number: UInt64");
    check("select number + 1 from (select * from numbers(3))", "number + 1: UInt64");
    check("select x.path from (select properties.path from events) as x", "path: Nullable(String)");
    check(
        "select * except (id) from persons",
        "created_at: DateTime64(6, 'UTC'), properties: String, is_identified: Bool",
    );
    check("select columns('^dis') from events", "distinct_id: String");
}

#[test]
fn types_of_columns() {
    check_types(
        "select uuid, person_id, timestamp, elements_chain from events",
        "UUID, UUID, DateTime64(6, 'UTC'), String",
    );
    check_types(
        "select person.id, person.created_at, person.properties, person.properties.a.b from events",
        "UUID, DateTime64(6, 'UTC'), String, Nullable(String)",
    );
    check_types(
        "select $group_1, group_1.properties.x, organization.properties.x, organization.key from events",
        "String, Nullable(String), Nullable(String), String",
    );
    check_types(
        "select session.$session_duration, session.duration, $session_id from events",
        "Nullable(Int64), Nullable(Int64), Nullable(String)",
    );
    check_types("select pdi.person.id, pdi.person_id, poe.properties.x from events", "UUID, UUID, Nullable(String)");
    check_types(
        "select $start_timestamp, $is_bounce, $entry_pathname from sessions",
        "DateTime64(6, 'UTC'), Bool, Nullable(String)",
    );
    check_types("select person_id, cohort_id from cohort_people", "UUID, Int64");
    check_types("select properties.a.b from (select properties from events)", "Nullable(String)");
}

#[test]
fn types_of_operators() {
    check_types(
        "select 1 + 1, 1 - 2, 1 * 1.5, 1 / 2, -1, 7 % 0",
        "UInt64, Int64, Float64, Float64, Int64, Nullable(UInt64)",
    );
    check_types(
        "select 1 = null, null = null, 'a' like null, not null, 1 in (1, 2), null in (1)",
        "UInt64, UInt64, UInt64, Nullable(Bool), UInt64, UInt64",
    );
    check_types("select properties.n * 2, properties.n > 3 from events", "Nullable(Float64), UInt64");
    check_types(
        "select null, [1, null], (1, 'a'), [], map('a', 1)['a']",
        "Nullable(Nothing), Array(Nullable(UInt64)), Tuple(UInt64, String), Array(Nullable(Nothing)), UInt64",
    );
    check_types(
        "select timestamp + interval 1 day, today() - 1, now() - timestamp, toDate(timestamp) + interval 1 hour from events",
        "DateTime64(6, 'UTC'), Date, Int64, DateTime64(6, 'UTC')",
    );
    check_types(
        "select if(1 = 1, 1, null), case when 1 = 1 then 'a' end, multiIf(1 = 1, 1, 1 = 2, 2.5, -3)",
        "Nullable(UInt64), Nullable(String), Float64",
    );
    check_types(
        "select cast('1' as Int64), '1'::Float64, cast(1 as Nullable(String))",
        "Nullable(Int64), Nullable(Float64), Nullable(String)",
    );
    check_types("select (1, 'a').2, tuple(1 as x, 2 as y).y, [(1, 'a')].2", "String, UInt64, Array(String)");
}

#[test]
fn types_of_functions() {
    check_types(
        "select toInt('1'), toInt(1.5), toInt(true), toFloat('x'), toString(1), toDate('x'), toDateTime('2020-01-01')",
        "Nullable(Int64), Nullable(Int64), Int64, Nullable(Float64), String, Nullable(Date), DateTime64(6, 'UTC')",
    );
    check_types(
        "select lower(properties.a), length(properties.a), splitByChar(',', 'a,b') from events",
        "Nullable(String), Nullable(UInt64), Array(String)",
    );
    check_types(
        "select JSONExtract('{}', 'a', 'Array(String)'), JSONExtract('{}', 'Nullable(Float64)'), JSONHas('{}', 'a', 1)",
        "Array(String), Nullable(Float64), UInt64",
    );
    check_types(
        "select coalesce(properties.a, 'x'), ifNull(properties.a, properties.b), nullIf(1, 2), assumeNotNull(properties.a) from events",
        "String, Nullable(String), Nullable(UInt64), String",
    );
    check_types(
        "select toStartOfWeek(timestamp), toStartOfDay(timestamp), toStartOfInterval(timestamp, interval 1 week), dateTrunc('month', timestamp) from events",
        "Date, DateTime64(6, 'UTC'), Date, Date",
    );
    check_types(
        "select toTimeZone(timestamp, 'Europe/Berlin'), dateDiff('day', timestamp, now()), addDays(today(), 2), dateAdd('day', 1, now()) from events",
        "DateTime64(6, 'Europe/Berlin'), Int64, Date, DateTime64(6, 'UTC')",
    );
    check_types(
        "select arrayMap(x -> x + 1, [1]), arrayFilter(x -> x > 1, [1]), arrayExists(x -> x = 'a', ['a']), arrayFirst(x -> x > 1, [1]), arraySum(x -> x * 0.5, [1])",
        "Array(UInt64), Array(UInt64), UInt64, UInt64, Float64",
    );
    check_types(
        "select arrayMap((a, b) -> (a, b), [1], ['a']), arrayZip([1], ['a']), arraySort(x -> -x, [1])",
        "Array(Tuple(UInt64, String)), Array(Tuple(UInt64, String)), Array(UInt64)",
    );
    check_types(
        "select has([1, 2], 1), indexOf(['a'], 'a'), arrayConcat([1], [null]), arrayElement([1], 1), arrayStringConcat([1, 2], ',')",
        "UInt64, UInt64, Array(Nullable(UInt64)), UInt64, String",
    );
    check_types("select arrayJoin([1, 2]) as x, x * 2", "UInt64, UInt64");
    check_types(
        "select greatest(1, 2.5), round(1.5), floor(2), abs(-1), intDiv(7, 2), sqrt(4)",
        "Float64, Float64, UInt64, Int64, UInt64, Float64",
    );
}

#[test]
fn types_of_aggregates() {
    check_types(
        "select count(), count(*), count(event), uniq(person_id), count(distinct event), countIf(event = 'a') from events",
        "UInt64, UInt64, UInt64, UInt64, UInt64, UInt64",
    );
    check_types(
        "select sum(1), sum(properties.x), avg(1), min(event), max(properties.x), any(person_id) from events",
        "UInt64, Nullable(Float64), Float64, String, Nullable(String), UUID",
    );
    check_types(
        "select quantile(0.9)(1), median(properties.x), quantiles(0.1, 0.9)(1), groupArray(properties.x), topK(3)(event) from events",
        "Float64, Nullable(Float64), Array(Float64), Array(String), Array(String)",
    );
    check_types(
        "select argMax(event, timestamp), argMinIf(properties.a, timestamp, event = 'x'), sumOrNull(1), groupUniqArray(person_id) from events",
        "String, Nullable(String), Nullable(UInt64), Array(UUID)",
    );
    check_types(
        "select sumMap([1], [2.5]), windowFunnel(3600)(timestamp, event = 'a', event = 'b'), groupConcat(event) from events",
        "Tuple(Array(UInt64), Array(Float64)), UInt64, String",
    );
    check_types(
        "select row_number() over (), lag(event) over (order by timestamp), lagInFrame(event, 1, '') over (order by timestamp), sum(1) over w from events window w as (partition by event)",
        "UInt64, Nullable(String), String, UInt64",
    );
    check_types(
        "select event, round(100 * count() / sum(count()) over (), 2) from events group by event",
        "String, Float64",
    );
}

#[test]
fn names_mean_what_posthog_says() {
    // a name given before goes before a column, one given later does not
    check("select 1 as event, event from events", "event: UInt64, event: UInt64");
    check("select event, 1 as event from events", "event: String, event: UInt64");
    check("select lower(event) as event from events where event = 'a'", "event: String");
    check("select max(timestamp) as timestamp from events where timestamp > now()", "timestamp: DateTime64(6, 'UTC')");
    check("select b + 1 as a, 2 as b", "a: UInt64, b: UInt64");
    check("select e.event as e, e.uuid from events e", "e: String, uuid: UUID");
    check("with 5 as n select n + 1 as m", "m: UInt64");
    check("with e as (select event from events) select count() from e, e as f", "count(): UInt64");
    check("with events as (select 1 as x) select x from events", "x: UInt64");
    check("select event, count() from events group by 1 order by 2 desc", "event: String, count(): UInt64");
    check("select toDate(timestamp), count() from events group by all", "toDate(timestamp): Date, count(): UInt64");
    check(
        "select toStartOfDay(timestamp) as d, toHour(d) from events group by d",
        "d: DateTime64(6, 'UTC'), toHour(d): UInt64",
    );
    check(
        "select a.x, b.y from (select 1 as x) a left join (select 1 as x, 2 as y) b using (x)",
        "x: UInt64, y: UInt64",
    );
    check("select x from (select 1 as x) a join (select 1 as x) b using x", "x: UInt64");
    check("select n, l from (select 1 as n, ['a'] as ls) array join ls as l", "n: UInt64, l: String");
    check("select ls from (select ['a'] as ls) array join ls", "ls: String");
}

#[test]
fn many_forms_are_read() {
    for text in [
        "select event from events where person_id in cohort 5 and person_id not in cohort 'buyers'",
        "select 1 from sessions where person_id in cohort 5",
        "select event from events where person_id in (select id from persons where properties.a = 'b')",
        "select event from events where (event, distinct_id) in (select event, distinct_id from events)",
        "select event from events where person_id = '01234567-89AB-cdef-0123-456789abcdef'",
        "select event from events where timestamp between '2020-01-01' and today()",
        "select (select count() from events) as n, exists (select 1)",
        "select count() from events where event in ['a', 'b'] or event in ('c') or 'a' in tuple('a')",
        "select 1 union all select 2.5 union distinct select null",
        "select 1 as a intersect select 1 except select 2",
        "select distinct event from events order by lower(event) limit 3 offset 1",
        "select event, timestamp from events order by timestamp desc limit 1 by event",
        "select event, row_number() over (partition by event order by timestamp) as n from events qualify n = 1",
        "select count() from events having count() > 1",
        "select uniqIf(person_id, event = 'a') / uniq(person_id) from events",
        "select p.id from persons p inner join (select person_id from events group by person_id) e on e.person_id = p.id and e.person_id != p.id",
        "select e.event from events e left any join persons p on e.person_id = p.id",
        "select count() filter (where event = 'a') from events",
        "select event from events where match(properties.a, '^x') and properties.b is not null and not properties.c ilike '%x'",
        "select arrayJoin(splitByChar(',', assumeNotNull(properties.a))) as x, count() from events group by x",
        "select min(timestamp) from events group by person_id, properties.a order by min(timestamp)",
        "select formatDateTime(timestamp, '%Y-%m'), monthName(timestamp), toYYYYMM(timestamp) from events",
        "select extract(properties.$current_url, 'x=(.)'), domain(properties.$current_url), cutQueryString(properties.a) from events",
        "select tupleElement((1, 2), 1), mapKeys(map('a', 1)), arrayReverse([1]), range(3), toUUID('x')",
        "select sum(x) over (order by y rows between 2 preceding and current row) from (select 1 as x, 2 as y)",
    ] {
        if let Err(error) = resolve(text) {
            panic!("{text}: {error}");
        }
    }
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    check_error("select evnt from events", 8, "there is no column evnt; did you mean event?");
    check_error("select e.evnt from events e", 10, "there is no column evnt in the table e; did you mean event?");
    check_error(
        "select person from events",
        8,
        "person is no value; write which column of it is meant, such as person.properties",
    );
    check_error("select person.nope from events", 15, "person of the table events has no column nope");
    check_error("select event", 8, "there is no column event; there is no FROM");
    check_error("select 1 from event", 15, "there is no table event; did you mean events?");
    check_error(
        "select 1 from other.events",
        15,
        "there is no table other.events; there are events, persons, person_distinct_ids, groups, sessions, cohort_people, cohorts, logs",
    );
    check_error("select coutn() from events", 8, "there is no function coutn; did you mean count?");
    check_error("select lower() from events", 8, "lower takes 1 argument, not 0");
    check_error("select lower(1, 2)", 8, "lower takes 1 argument, not 2");
    check_error(
        "select 1 from events where count() > 1",
        28,
        "count is an aggregate function, which cannot stand in WHERE",
    );
    check_error(
        "select sum(count()) from events",
        12,
        "count is an aggregate function, which cannot stand in an aggregate function",
    );
    check_error("select event, count() from events", 8, "event is neither in GROUP BY nor in an aggregate function");
    check_error(
        "select lower(properties.a), count() from events group by event",
        8,
        "properties.a is neither in GROUP BY nor in an aggregate function",
    );
    check_error("select row_number() from events", 8, "row_number needs a window: row_number(…) OVER (…)");
    check_error(
        "select 1 from events where row_number() over () = 1",
        28,
        "row_number is a function of windows, which cannot stand in WHERE",
    );
    check_error(
        "select event from events e where exists (select 1 from persons where id = e.person_id)",
        75,
        "e is a table of the query around, whose rows cannot be asked in here; join it instead",
    );
    check_error(
        "select event from events a, events b",
        8,
        "event is in several tables; put the name of one before it: a, b",
    );
    check_error("select 1 from events, events", 23, "two tables are called events; give one another name with AS");
    check_error(
        "select timestamp > 'soon' from events",
        8,
        "'soon' is no date; write one as '2020-01-31' or '2020-01-31 12:00:00'",
    );
    check_error("select [1] = 'a'", 8, "Array(UInt64) and String cannot be compared; convert one of them");
    check_error("select arrayMap(x -> x, 1)", 8, "arrayMap wants an array after the lambda, not UInt64");
    check_error("select sum([1])", 8, "sum wants a number here, not Array(UInt64); convert it");
    check_error(
        "select 1 union all select 1, 2",
        20,
        "queries that are put together have as many columns as each other, not 1 and 2",
    );
    check_error("select number from numbers(1, 2, 3)", 20, "numbers takes 1 or 2 arguments, not 3");
    check_error("select event from events where person_id in cohort 6", 52, "the project has no such cohort");
    check_error("select 1 limit -1", 16, "LIMIT wants a whole number that is a constant, not below 0");
    check_error("select quantile(2)(1)", 8, "the level of a quantile is a number from 0 to 1");
    check_error(
        "select uniqState(event) from events",
        8,
        "there is no function uniqState: states of aggregates are not kept here",
    );
    check_error("select 1 from events sample 0.1", 29, "SAMPLE is not read: all events are counted, exactly");
    check_error(
        "select toTimeZone(now(), 'Nowhere')",
        8,
        "there is no time zone 'Nowhere'; write it as 'Europe/Berlin'",
    );
    check_error(
        "with a as (select * from a) select 1 from a",
        26,
        "there is no table a; there are events, persons, person_distinct_ids, groups, sessions, cohort_people, cohorts, logs",
    );
}

#[test]
fn queries_do_not_blow_up() {
    let mut values = "select 1 as a0".to_owned();
    for n in 1..40 {
        values.push_str(&format!(", a{} + a{} as a{n}", n - 1, n - 1));
    }
    let error = resolve(&values).unwrap_err();
    assert!(error.message.starts_with("the query is too large: it has more than 50000 values"), "{error}");
    let mut tables = "with t0 as (select 1 as x)".to_owned();
    for n in 1..30 {
        tables.push_str(&format!(", t{n} as (select a.x from t{} a join t{} b on a.x = b.x)", n - 1, n - 1));
    }
    let error = resolve(&format!("{tables} select * from t29")).unwrap_err();
    assert!(error.message.starts_with("the query is too large: it has more than 500 tables"), "{error}");
    let between = format!("select {}1{}", "(".repeat(40), " between 0 and 2)".repeat(40));
    let error = resolve(&between).unwrap_err();
    assert!(error.message.starts_with("the query is too large: it repeats too much"), "{error}");
    let sum = vec!["1"; 120].join(" + ");
    let mut values = format!("select {sum} as a0");
    for n in 1..12 {
        values.push_str(&format!(", a{} + {sum} as a{n}", n - 1));
    }
    let error = resolve(&values).unwrap_err();
    assert!(error.message.starts_with("the value is nested too deep"), "{error}");
    let list = vec!["'x'"; 10_000].join(", ");
    assert!(resolve(&format!("select event from events where event in ({list})")).is_ok());
    let sum = vec!["1"; 200].join(" + ");
    assert!(resolve(&format!("select {sum}")).is_ok());
    let any = vec!["event = 'a'"; 200].join(" or ");
    assert!(resolve(&format!("select 1 from events where {any}")).is_ok());
}

#[test]
fn expressions_of_one_event() {
    let expression = |text: &str| {
        let parsed = parse_expression(text).unwrap();
        resolve_expression(&parsed, text, &environment())
    };
    let found = expression("properties.a  =  concat('x', event)").unwrap();
    assert_eq!(found.text, "properties.a = concat('x', event)");
    assert_eq!(found.columns.len(), 2);
    assert_eq!(found.value.ty.to_string(), "Bool");
    assert_eq!(expression("person_id").unwrap().value.ty.to_string(), "UUID");
    assert_eq!(expression("events.properties.a as x").unwrap().value.ty.to_string(), "Nullable(String)");
    for (text, message) in [
        ("count()", "count is an aggregate function, which cannot stand in an expression of one event"),
        ("(select 1)", "a query cannot stand here, only a value of one event"),
        ("event in (select 1)", "a query cannot stand here, only a value of one event"),
        ("arrayJoin([1])", "arrayJoin cannot stand here, it makes several rows of one"),
    ] {
        assert_eq!(expression(text).unwrap_err().message, message);
    }
}
