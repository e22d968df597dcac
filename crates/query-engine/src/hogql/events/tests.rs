use chrono::TimeZone;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::*;
use crate::definitions::ActionDefinition;
use crate::nodes::reader::Reader;

fn context() -> QueryContext {
    let mut definitions = crate::definitions::Definitions::default();
    let steps = json!([{"event": "signed up", "properties": [{"key": "plan", "type": "event", "value": "free"}]}]);
    definitions.actions.insert(7, ActionDefinition::read("sign-ups", &steps).unwrap());
    QueryContext {
        project: insights_core::ids::ProjectId(1),
        timezone: Tz::UTC,
        week_start: insights_core::project::WeekStart::Sunday,
        now: Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap(),
        definitions: Arc::new(definitions),
    }
}

fn composed(node: &Value) -> Composed {
    let query = EventsQuery::read(&Reader::root(node)).unwrap();
    compose(&query, &context()).unwrap()
}

#[track_caller]
fn check(node: Value, expected: &str) {
    assert_eq!(print::query(&composed(&node).syntax), expected, "{node}");
}

#[track_caller]
fn check_refused(node: Value, expected: &str) {
    let error = EventsQuery::read(&Reader::root(&node)).unwrap_err();
    assert_eq!(error.to_string(), expected, "{node}");
}

const PAST_DAY: &str = "timestamp < toDateTime64('2024-01-10 12:00:05.000000', 6, 'UTC') AND timestamp > toDateTime64('2024-01-09 12:00:00.000000', 6, 'UTC')";

#[test]
fn a_day_is_looked_back_and_a_little_ahead() {
    check(json!({"select": ["event"]}), &format!("SELECT event FROM events WHERE {PAST_DAY} ORDER BY event ASC"));
    check(
        json!({"select": ["event"], "after": "all", "before": "2024-01-02"}),
        "SELECT event FROM events WHERE timestamp < toDateTime64('2024-01-02 00:00:00.000000', 6, 'UTC') ORDER BY event ASC",
    );
    check(
        json!({"select": ["event"], "after": "-1h", "before": "2024-01-10T12:00:00.5Z"}),
        "SELECT event FROM events WHERE timestamp < toDateTime64('2024-01-10 12:00:00.500000', 6, 'UTC') \
         AND timestamp > toDateTime64('2024-01-10 11:00:00.000000', 6, 'UTC') ORDER BY event ASC",
    );
}

#[test]
fn the_order_shows_most_first() {
    let ordered = |select: Value, order: &str| {
        let text = print::query(&composed(&json!({"select": select, "after": "all"})).syntax);
        assert!(text.ends_with(&format!(" ORDER BY {order}")), "{text}");
    };
    ordered(json!(["sum(a)", "count()"]), "count() DESC");
    ordered(json!(["event", "max(a) as b", "sum(c)"]), "max(a) DESC");
    ordered(json!(["event", "timestamp"]), "timestamp DESC");
    ordered(json!(["event", "distinct_id"]), "event ASC");
    ordered(json!([]), "uuid ASC");
    ordered(json!(["person -- Person"]), "distinct_id ASC");
    let given = json!({"select": ["event"], "orderBy": ["timestamp ASC", "event desc"], "after": "all"});
    assert!(print::query(&composed(&given).syntax).ends_with(" ORDER BY timestamp ASC, event DESC"));
}

#[test]
fn aggregates_group_and_make_conditions_on_groups() {
    check(
        json!({"select": ["properties.key as k", "countIf(a)"], "where": ["count() > 1", "event = 'x'"], "after": "all", "before": "2024-01-02"}),
        "SELECT properties.key AS k, countIf(a) FROM events WHERE event = 'x' AND timestamp < toDateTime64('2024-01-02 00:00:00.000000', 6, 'UTC') \
         GROUP BY properties.key HAVING count() > 1 ORDER BY countIf(a) DESC",
    );
    // of a window, or of a query of its own, it is none
    let none = composed(&json!({"select": ["count() over ()", "(select count() from events)"]}));
    assert!(!print::query(&none.syntax).contains("GROUP BY"));
}

#[test]
fn events_actions_and_filters_are_conditions() {
    let node = json!({"select": ["uuid"], "event": "a", "events": ["b"], "actionId": 7, "personId": "018F",
        "properties": [{"key": "plan", "type": "event", "value": "free"}]});
    check(
        node.clone(),
        &format!(
            "SELECT uuid FROM events WHERE event IN ('b', 'a') AND toString(person_id) = '018f' AND {PAST_DAY} AND event IN ('signed up') \
             AND {{condition_0}} ORDER BY uuid ASC"
        ),
    );
    assert_ne!(composed(&node).condition, Predicate::ALWAYS);
}

#[test]
fn the_next_page_begins_with_a_timestamp_where_rows_are_in_its_order() {
    let is_by_time = |node: Value| composed(&node).is_by_time;
    assert!(is_by_time(json!({"select": ["*"], "orderBy": ["timestamp desc"]})));
    assert!(is_by_time(json!({"select": ["event", "timestamp"]})));
    assert!(!is_by_time(json!({"select": ["event"]})));
    assert!(!is_by_time(json!({"select": ["count()", "timestamp"], "orderBy": ["timestamp"]})));
}

#[test]
fn errors_name_the_text_and_the_place_in_it() {
    let composed = composed(&json!({"select": ["event", "é + b"], "where": ["c = 1"], "orderBy": ["d"]}));
    let text = composed.pieces.text();
    let place = |word: &str| {
        let at = text.find(word).unwrap();
        composed.pieces.refusal(&HogqlError::at(text, at, "no")).to_string()
    };
    assert_eq!(place("event"), "select[0]: no (at character 1)");
    assert_eq!(place("b"), "select[1]: no (at character 5)");
    assert_eq!(place("c"), "where[0]: no (at character 1)");
    assert_eq!(place("d"), "orderBy[0]: no (at character 1)");
}

#[test]
fn wrong_values_are_refused_where_they_stand() {
    check_refused(
        json!({"select": ["a +"]}),
        "select[0]: expected a value, found the end of the text (at character 4)",
    );
    check_refused(
        json!({"select": ["a"], "orderBy": ["a b"]}),
        "orderBy[0]: expected an operator, ASC, DESC or the end of the expression, found `b` (at character 3)",
    );
    check_refused(json!({"select": "a"}), "select: \"a\" is not right here; give a list");
    check_refused(
        json!({"select": ["a"], "limit": 50_001}),
        "limit: 50001 is not right here; give a whole number from 1 to 50000",
    );
    check_refused(json!({}), "an EventsQuery wants select, a list of columns");
    check_refused(
        json!({"select": ["a"], "source": {"kind": "InsightActorsQuery"}}),
        "source: the events behind another query is not supported",
    );
}

#[test]
fn events_and_persons_are_shown_as_objects() {
    let node = json!({"select": ["*", "person", "person_display_name -- Person"]});
    let query = EventsQuery::read(&Reader::root(&node)).unwrap();
    let mut row = vec![
        json!([
            "u",
            "e",
            "{\"a\": 1, \"$process_person_profile\": false}",
            "2024-01-10T00:00:00.000000Z",
            "d",
            "",
            "c"
        ]),
        json!(["d", "p", "c", "{\"name\": \"Tom\"}"]),
        json!(["Tom", "p", "d"]),
    ];
    let cursor = shape::last_timestamp(&query.select, std::slice::from_ref(&row));
    assert_eq!(cursor.as_deref(), Some("2024-01-10T00:00:00.000000Z"));
    shape::row(&query.select, &mut row, &context());
    insta::assert_json_snapshot!("events_row", row);
}
