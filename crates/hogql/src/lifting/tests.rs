use std::collections::BTreeMap;

use chrono::{TimeZone as _, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::*;
use crate::parse::parse_query;
use crate::print;
use crate::resolve::{Environment, resolve_query};

fn environment() -> Environment {
    Environment {
        timezone: Tz::Europe__Berlin,
        weeks_start_monday: false,
        now: Utc.with_ymd_and_hms(2026, 1, 15, 12, 0, 0).unwrap(),
        cohorts: BTreeMap::new(),
        group_types: Vec::new(),
    }
}

fn lifted(text: &str) -> Result<(String, LiftedRows), String> {
    let lifting = lift(&parse_query(text).unwrap()).map_err(|error| error.to_string())?;
    let resolve = |query| resolve_query(query, text, &environment()).map_err(|error| error.to_string());
    let rows = lifting.resolved(&resolve(&lifting.probe)?, &resolve(&lifting.rows)?);
    Ok((print::query(&lifting.rows), rows.map_err(|error| error.to_string())?))
}

/// The rows that are kept, and the filters as `variable comparison type`.
#[track_caller]
fn check(text: &str, rows: &str, filters: &[&str]) {
    let (found, LiftedRows { filters: lifted, .. }) = lifted(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let shown: Vec<String> = lifted
        .iter()
        .map(|filter| format!("{} {} {}", filter.variable, filter.comparison.symbol(), filter.type_name()))
        .collect();
    assert_eq!((found.as_str(), shown), (rows, filters.iter().map(|&filter| filter.to_owned()).collect()), "{text}");
    for filter in lifted {
        assert_eq!(LiftedFilter::from_json(&filter.to_json()).map(|read| read.to_json()), Some(filter.to_json()));
    }
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    assert_eq!(lifted(text).unwrap_err(), expected, "{text}");
}

#[test]
fn comparisons_become_columns() {
    check(
        "select uuid from events where event = {variables.e} and timestamp >= {variables.from} and true limit 5 offset 2",
        "SELECT uuid, event, timestamp FROM events WHERE true",
        &["e = String", "from >= DateTime64(6, 'Europe/Berlin')"],
    );
    check(
        "select 1 from events where {variables.n} < length(event) order by timestamp",
        "SELECT 1, length(event) FROM events ORDER BY timestamp ASC",
        &["n > UInt64"],
    );
    check(
        "select event from events where person_id = {variables.p} and properties.plan != {variables.plan}",
        "SELECT event, person_id, properties.plan FROM events",
        &["p = UUID", "plan != String"],
    );
    check("select event from events limit 7", "SELECT event FROM events LIMIT 7", &[]);
}

#[test]
fn groups_are_made_of_what_must_be_equal() {
    check(
        "select toDate(timestamp) as day, count() from events where event = {variables.e} group by day order by day",
        "SELECT toDate(timestamp) AS day, count(), event FROM events GROUP BY day, event ORDER BY day ASC",
        &["e = String"],
    );
    check(
        "select toDate(timestamp) as day, count() from events where toDate(timestamp) > {variables.d} group by day",
        "SELECT toDate(timestamp) AS day, count(), toDate(timestamp) FROM events GROUP BY day",
        &["d > Date"],
    );
    check(
        "select event, count() from events where distinct_id = {variables.u} group by all",
        "SELECT event, count(), distinct_id FROM events GROUP BY ALL",
        &["u = String"],
    );
    check(
        "select event, count() as n from events group by 1 having n >= {variables.least}",
        "SELECT event, count() AS n, n FROM events GROUP BY 1",
        &["least >= UInt64"],
    );
}

#[test]
fn queries_of_one_row_are_known() {
    let single = |text: &str| lifted(text).unwrap().1.is_single;
    assert!(single("select count() from events where event = {variables.e}"));
    assert!(single("select count() from events where event = {variables.e} group by all having count() > 0"));
    assert!(!single("select count() from events where event = {variables.e} group by event"));
    // a constant is a key too
    assert!(!single("select count() from events where event = {variables.e} group by tuple()"));
    assert!(!single("select event from events where event = {variables.e}"));
    assert!(!single("select c from (select count() as c from events) where c = {variables.e}"));
    // nothing is filtered out
    assert!(!single("select count() from events"));
}

#[test]
fn limits_of_the_text_are_told() {
    let (_, rows) = lifted("select event from events where event = {variables.e} limit 5 offset 2").unwrap();
    assert_eq!((rows.limit, rows.offset, rows.n_columns), (Some(5), 2, 1));
}

#[test]
fn what_would_give_other_rows_is_left() {
    let misplaced = |variable: &str| {
        format!(
            "variable '{variable}' stands elsewhere than in a comparison that must hold, such as WHERE event = {{variables.{variable}}}"
        )
    };
    for text in [
        "select {variables.x} from events",
        "select event from events where event = {variables.x} or event = 'a'",
        "select event from events where not (event = {variables.x})",
        "select event from events where event in ({variables.x})",
        "select event from events where event like {variables.x}",
        "select event from events where event = lower({variables.x})",
        "select event from events where event = concat(event, {variables.x})",
        "select event from events prewhere event = {variables.x}",
        "select event from events limit {variables.x}",
        "select event from (select event from events where event = {variables.x})",
        "with a as (select event from events where event = {variables.x}) select * from a",
        "select event from events sample {variables.x}",
        "select event from {variables.x}",
    ] {
        check_error(text, &misplaced("x"));
    }
    check_error(
        "select event from events where event = {variables.a} union all select event from events",
        "variable 'a' stands in a query that is put together of several",
    );
    check_error("select distinct event from events where event = {variables.x}", "the query has DISTINCT");
    check_error("select event from events where event = {variables.x} limit 1 by event", "the query has LIMIT BY");
    for text in [
        "select row_number() over () from events where event = {variables.x}",
        "select event from events where event = {variables.x} order by count() over ()",
        "with row_number() over () as r select r from events where event = {variables.x}",
        "select event from events where event = {variables.x} qualify 1",
    ] {
        check_error(text, "the query has window functions");
    }
}

#[test]
fn what_is_compared_is_a_value_of_a_row() {
    for text in [
        "select event from events where 1 = {variables.x}",
        "select event from events where (lower(event) as e) = {variables.x}",
        "select event from events where (select max(event) from events) = {variables.x}",
        "select event from events where arrayJoin([event]) = {variables.x}",
        "select count() as event from events where event = {variables.x}",
    ] {
        check_error(text, "variable 'x' is compared with what is no plain value of a row");
    }
    check_error(
        "select event, count() from events where distinct_id > {variables.x} group by event",
        "distinct_id is neither in GROUP BY nor in an aggregate function (at character 41)",
    );
    check_error(
        "select event, count() from events where event > {variables.x} group by all",
        "variable 'x' is compared by > in a query with GROUP BY ALL",
    );
    check_error(
        "select event, count() as n from events where n > {variables.x} group by event",
        "variable 'x' is compared with what is no plain value of a row",
    );
    check_error(
        "select event from events where toFloat(event) > {variables.x}",
        "variable 'x' is compared by > with Float64; that can be done later with texts, whole numbers, booleans, days and instants alone",
    );
    check_error(
        "select event from events where event = {variables.x} order by 2",
        "ORDER BY 2 stands for a column of the list, which has 1 (at character 63)",
    );
}

fn filter(of: &str) -> LiftedFilter {
    let (_, rows) = lifted(&format!("select 1 from events where {of} = {{variables.x}}")).unwrap();
    rows.filters[0].clone()
}

/// Whether a row with that value stays for that value of the variable; `None` where only the query can tell.
#[track_caller]
fn check_equals(of: &str, row: Value, variable: Value, expected: Option<bool>) {
    let filter = filter(of);
    let key = filter.key(&row).unwrap();
    let found = filter.wanted(&variable).map(|wanted| filter.holds(key.as_ref(), &wanted));
    assert_eq!(found, expected, "{row} of {of} = {variable}");
}

#[test]
fn values_compare_as_the_query_compares_them() {
    check_equals("event", json!("a"), json!("a"), Some(true));
    check_equals("event", json!("a"), json!("A"), Some(false));
    check_equals("properties.plan", json!(null), json!("a"), Some(false));
    check_equals("length(event)", json!(5), json!(5), Some(true));
    check_equals("toDate(timestamp)", json!("2024-01-31"), json!(" 2024-01-31"), Some(true));
    check_equals("toDate(timestamp)", json!("2024-01-31"), json!("2024/01/31"), Some(true));
    check_equals("toDate(timestamp)", json!("2024-01-31"), json!("20240131"), Some(true));
    check_equals("timestamp", json!("2024-01-31T01:00:00.000000+01:00"), json!("2024-01-31 01:00"), Some(true));
    check_equals("timestamp", json!("2024-01-31T01:00:00.000000+01:00"), json!("2024-01-31T00:00:00Z"), Some(true));
    check_equals("timestamp", json!("2024-01-31T00:00:00.000000+01:00"), json!("2024-01-31"), Some(true));
    check_equals(
        "uuid",
        json!("0190aa00-0000-7000-8000-00000000000a"),
        json!("0190AA00-0000-7000-8000-00000000000A"),
        Some(true),
    );
    // what is converted first is the query's to convert
    check_equals("event", json!("5"), json!(5), None);
    check_equals("event", json!("true"), json!(true), None);
    check_equals("length(event)", json!(5), json!(5.0), None);
    check_equals("length(event)", json!(5), json!("5"), None);
    check_equals("length(event)", json!(5), json!(u64::MAX), None);
    check_equals("event", json!("a"), json!(null), None);
    check_equals("event", json!("a"), json!(["a"]), None);
    check_equals("toDate(timestamp)", json!("2024-01-31"), json!("2024-01-31 00:00:00"), None);
    check_equals("toDate(timestamp)", json!("2024-01-31"), json!("yesterday"), None);
    check_equals("timestamp", json!(null), json!("yesterday"), None);
}

#[test]
fn rows_without_a_value_are_unlike_all() {
    use Comparison::{Equals, Greater, GreaterOrEquals, Less, LessOrEquals, NotEquals};
    let wanted = Key::Whole(2);
    let holds = |row: Option<i64>| {
        [Equals, NotEquals, Less, LessOrEquals, Greater, GreaterOrEquals]
            .map(|comparison| comparison.holds(row.map(Key::Whole).as_ref(), &wanted))
    };
    assert_eq!(holds(None), [false, true, false, false, false, false]);
    assert_eq!(holds(Some(1)), [false, true, true, true, false, false]);
    assert_eq!(holds(Some(2)), [true, false, false, true, false, true]);
    assert_eq!(holds(Some(3)), [false, true, false, false, true, true]);
}

#[test]
fn values_that_are_not_written_down_whole_are_no_keys() {
    let error = filter("timestamp").key(&json!("1890-01-01T00:00:00.000000+00:53")).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""1890-01-01T00:00:00.000000+00:53" cannot be compared as a DateTime64(6, 'Europe/Berlin')"#
    );
    assert!(filter("length(event)").key(&json!(0.5)).is_err());
    assert!(filter("toDate(timestamp)").key(&json!("2024-1-31")).is_err());
}
