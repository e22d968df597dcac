use std::sync::Arc;

use chrono::TimeZone;
use chrono_tz::Tz;
use hogql::print;
use serde_json::{Value, json};

use super::*;
use crate::nodes::HogqlQuery;
use crate::nodes::reader::Reader;

fn put(node: &Value) -> Result<(String, Predicate), String> {
    let query = HogqlQuery::read(&Reader::root(node)).map_err(|error| error.to_string())?;
    let context = QueryContext {
        project: insights_core::ids::ProjectId(1),
        timezone: Tz::Europe__Berlin,
        week_start: insights_core::project::WeekStart::Sunday,
        now: Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap(),
        definitions: Arc::default(),
    };
    let filled = crate::hogql::fill(&query).map_err(|error| error.to_string())?;
    let (syntax, condition) =
        put_in(filled, &query.filters, &query.text, &context).map_err(|error| error.to_string())?;
    Ok((print::query(&syntax), condition))
}

#[track_caller]
fn check(node: Value, expected: Result<&str, &str>) {
    let text = put(&node).map(|(text, _)| text);
    assert_eq!(text.as_deref().map_err(String::as_str), expected, "{node}");
}

fn property() -> Value {
    json!([{"key": "plan", "type": "event", "value": "free"}])
}

#[test]
fn filters_are_dates_and_a_condition() {
    let query = "select 1 from events where {filters}";
    check(json!({"query": query}), Ok("SELECT 1 FROM events WHERE true"));
    check(json!({"query": query, "filters": {"properties": []}}), Ok("SELECT 1 FROM events WHERE true"));
    check(
        json!({"query": query, "filters": {"dateRange": {"date_from": "2024-01-01", "date_to": "-1d"}, "properties": property()}}),
        Ok("SELECT 1 FROM events WHERE events.timestamp >= toDateTime64('2023-12-31 23:00:00.000000', 6, 'UTC') \
            AND events.timestamp < toDateTime64('2024-01-09 12:00:00.000000', 6, 'UTC') AND {condition_0}"),
    );
    let (_, condition) = put(&json!({"query": query, "filters": {"properties": property()}})).unwrap();
    assert_ne!(condition, Predicate::ALWAYS);
}

#[test]
fn filters_stand_where_events_are_read() {
    let filters = json!({"properties": property(), "dateRange": {"date_from": "all"}});
    let with = |query: &str| json!({"query": query, "filters": filters});
    check(
        with("with a as (select 1 from persons p join events as e on true where {filters}) select 2 from a"),
        Ok("WITH a AS (SELECT 1 FROM persons AS p JOIN events AS e ON true WHERE {condition_0}) SELECT 2 FROM a"),
    );
    let refusal = |position| {
        format!("query: {{filters}} can only stand in a SELECT that reads the events table (at character {position})")
    };
    check(json!({"query": "select 1 from numbers(3) where {filters}"}), Err(&refusal(32)));
    check(with("select 1 from (select 1 from events) where {filters}"), Err(&refusal(44)));
}

#[test]
fn bounds_that_are_not_given_hold() {
    let query =
        "select 1 from events where timestamp >= {filters.dateRange.from} and {filters.dateRange.to} > timestamp";
    check(json!({"query": query}), Ok("SELECT 1 FROM events WHERE true AND true"));
    check(
        json!({"query": query, "filters": {"dateRange": {"date_to": "2024-01-10T00:00:15Z"}}}),
        Ok("SELECT 1 FROM events WHERE true AND toDateTime64('2024-01-10 00:00:15.000000', 6, 'UTC') > timestamp"),
    );
    check(
        json!({"query": "select toDate({filters.dateRange.to})"}),
        Err(
            "query: the filters have no such date: compare it with something directly, such as timestamp >= {filters.dateRange.from}, \
             which then holds (at character 15)",
        ),
    );
    check(
        json!({"query": "select {filters.properties}"}),
        Err(
            "query: there is no {filters.properties}: the parts of filters are {filters}, {filters.dateRange.from} and {filters.dateRange.to} (at character 8)",
        ),
    );
}

#[test]
fn values_and_variables_are_filled_in() {
    let query = json!({"query": "select {a}, {b.c}, {variables.day}, {variables.none}", "values": {"a": "it's", "b": {"c": [1, 2]}},
        "variables": {"id-1": {"code_name": "day", "value": 5, "variableId": "id-1"}, "id-2": {"code_name": "none", "value": 6, "isNull": true}}});
    check(query, Ok("SELECT 'it\\'s', [1, 2], 5, NULL"));
    for name in ["nope", "variables.two", "variables"] {
        let expected = format!(
            "query: there is nothing to put in the place of {{{name}}}: give it a value of that name (at character 8)"
        );
        check(json!({"query": format!("select {{{name}}}")}), Err(&expected));
    }
}
