use std::sync::Arc;

use chrono::DateTime;
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::{Value, json};

use super::*;
use crate::value::PropertyValue;

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: Tz::UTC,
        week_start: WeekStart::Sunday,
        now: DateTime::parse_from_rfc3339("2021-04-10T12:00:00Z").unwrap().to_utc(),
        definitions: Arc::default(),
    }
}

fn predicate(filters: &Value) -> Result<Predicate, QueryError> {
    PropertyFilters::read(&Reader::root(filters))?.predicate(&context())
}

/// Whether an event of these fields passes.
fn holds(predicate: &Predicate, event: &Value) -> bool {
    match predicate {
        Predicate::Constant(constant) => *constant,
        Predicate::All(parts) => parts.iter().all(|part| holds(part, event)),
        Predicate::Any(parts) => parts.iter().any(|part| holds(part, event)),
        Predicate::Not(inner) => !holds(inner, event),
        Predicate::Test { field, test } => {
            let value = match field {
                Field::Event(EventColumn::Property(key)) => &event[key],
                Field::PersonProperty(key) => &event["person"][key],
                Field::GroupProperty { group_type, key } => &event[format!("group{group_type}")][key],
                Field::GroupKey(group_type) => &event[format!("$group_{group_type}")],
                Field::Event(EventColumn::DistinctId) => &event["distinct_id"],
                Field::Event(EventColumn::Uuid) => &event["uuid"],
                Field::EventName => &event["event"],
                field => panic!("no filter of these tests reads {field:?}"),
            };
            test.passes(&PropertyValue::from_json(value))
        }
    }
}

/// Which of `values`, as the property `x`, pass a filter of this operator and value.
#[track_caller]
fn check(operator: &str, value: Value, passing: &[Value], failing: &[Value]) {
    let filters = json!([{"key": "x", "type": "event", "operator": operator, "value": value}]);
    let predicate = predicate(&filters).unwrap_or_else(|error| panic!("{filters}: {error}"));
    for x in passing {
        assert!(holds(&predicate, &json!({"x": x})), "{x} should pass {filters}");
    }
    for x in failing {
        assert!(!holds(&predicate, &json!({"x": x})), "{x} should not pass {filters}");
    }
}

#[test]
fn equality() {
    let null = Value::Null;
    check("exact", json!("https://a.com"), &[json!("https://a.com")], &[json!(1), json!({"bla": "bla"}), null.clone()]);
    check("exact", json!(["a", "b"]), &[json!("a"), json!("b")], &[json!("c"), null.clone()]);
    check("exact", json!("5"), &[json!(5), json!("5")], &[json!("50"), json!("some")]);
    check("exact", json!([10, 100]), &[json!(10), json!(100)], &[json!(5), json!(-3), null.clone()]);
    check("exact", json!(true), &[json!(true), json!("true")], &[json!(false), null.clone()]);
    check("exact", json!(["true"]), &[json!(true)], &[json!(false), null.clone()]);
    check("exact", json!(""), &[json!("")], &[json!("v"), null.clone()]);
    check("exact", json!([null, "a"]), &[json!("a")], &[json!("b"), null.clone()]);
    check("is_not", json!("a"), &[json!("b"), null.clone()], &[json!("a")]);
    check("is_not", json!(["a", "b"]), &[json!("c"), null.clone()], &[json!("a"), json!("b")]);
    check("is_not", json!("true"), &[json!(false), null.clone()], &[json!(true)]);
    check("in", json!(["a", "b"]), &[json!("a")], &[json!("c"), null.clone()]);
    check("not_in", json!(["a", "b"]), &[json!("c"), null], &[json!("a")]);
}

#[test]
fn text() {
    let null = Value::Null;
    check("icontains", json!("Some_Val"), &[json!("some_value")], &[json!("some_other_val"), null.clone()]);
    check("icontains", json!(["CHROME", "safari"]), &[json!("Google Chrome"), json!("Safari")], &[json!("Firefox")]);
    check("icontains", json!("☕"), &[json!("naïve ☕")], &[json!("plain")]);
    check("not_icontains", json!("PR"), &[json!("free"), null.clone()], &[json!("pro")]);
    check("not_icontains", json!(["PR"]), &[json!("free"), null.clone()], &[json!("pro")]);
    // Several values are searched for at once, which a missing value does not survive.
    check("not_icontains", json!(["CHROME", "safari"]), &[json!("Firefox")], &[json!("Chrome"), null.clone()]);
    check("icontains_multi", json!(["a"]), &[json!("A")], &[json!("b"), null.clone()]);
    check("not_icontains_multi", json!(["a"]), &[json!("b")], &[json!("A"), null.clone()]);
    check("regex", json!("\\.com$"), &[json!("a.com")], &[json!("a.eee"), null.clone()]);
    check("not_regex", json!("\\.eee$"), &[json!("a.com"), null.clone()], &[json!("a.eee")]);
    check("not_regex", json!(["^Goo", "fox$"]), &[json!("Safari"), null], &[json!("Google"), json!("Firefox")]);
}

#[test]
fn presence() {
    check("is_set", json!("is_set"), &[json!(""), json!(false)], &[Value::Null]);
    check("is_not_set", json!("is_not_set"), &[Value::Null], &[json!(""), json!(0)]);
    check("is_set", Value::Null, &[json!(1)], &[Value::Null]);
}

#[test]
fn numbers() {
    let null = Value::Null;
    check("gt", json!(9), &[json!(10), json!("100")], &[json!(9), json!(-3), null.clone()]);
    check("gt", json!("9"), &[json!(10)], &[json!(5), null.clone()]);
    check("gte", json!(10), &[json!(10)], &[json!(9.9)]);
    check("min", json!(10), &[json!(10)], &[json!(9.9)]);
    check("lt", json!("20"), &[json!(5), json!(-3)], &[json!(20), null.clone()]);
    check("lte", json!(10), &[json!(10)], &[json!(10.1)]);
    check("max", json!([10]), &[json!(10)], &[json!(10.1)]);
    check("gt", json!([5, 9]), &[json!(6)], &[json!(5)]);
    check("between", json!([5, 10]), &[json!(5), json!(10)], &[json!(11), json!(-3), null.clone()]);
    check("between", json!(["5", "10"]), &[json!(5), json!("7")], &[json!(11)]);
    check("not_between", json!([5, 10]), &[json!(100), json!(-3)], &[json!(5), json!(10), null]);
}

#[test]
fn dates() {
    let missing = Value::Null;
    let (six, seven) = (json!("2021-04-01 18:00:00"), json!("2021-04-01 19:00:00"));
    check(
        "is_date_before",
        json!("2021-04-01 18:30:00"),
        &[six.clone(), json!(1_617_300_000)],
        &[seven.clone(), missing],
    );
    check("is_date_before", json!("2021-04-02"), &[six.clone(), seven.clone()], &[json!("2021-04-02")]);
    check("is_date_after", json!("2021-04-01 18:30:00"), &[seven, json!(1_617_303_600)], &[six]);
    check(
        "is_date_exact",
        json!("2021-04-06"),
        &[json!("2021-04-06")],
        &[json!("2021-04-04"), json!("2021-04-06 01:00")],
    );
    check("is_date_after", json!("-3d"), &[json!("2021-04-07 12:00:01")], &[json!("2021-04-07 11:59:59")]);
}

#[test]
fn versions() {
    let missing = Value::Null;
    check("semver_eq", json!("1.2"), &[json!("1.2.0")], &[json!("1.2.1"), missing.clone()]);
    check("semver_neq", json!("1.2"), &[json!("1.2.1"), missing.clone()], &[json!("1.2.0")]);
    check("semver_gt", json!("1.9.0"), &[json!("1.10.0")], &[json!("1.9.0"), missing.clone()]);
    check("semver_gte", json!("1.9.0"), &[json!("1.9.0")], &[json!("1.8.9")]);
    check("semver_lt", json!("1.9.0"), &[json!("1.8.9")], &[json!("1.9.0"), missing]);
    check("semver_lte", json!("1.9.0"), &[json!("1.9.0-beta")], &[json!("1.9.1")]);
    check("semver_tilde", json!("1.2.3"), &[json!("1.2.3"), json!("1.2.9")], &[json!("1.3.0"), json!("1.2.2")]);
    check("semver_tilde", json!("1"), &[json!("1.9.0")], &[json!("2.0.0")]);
    check("semver_caret", json!("1.2.3"), &[json!("1.9.0")], &[json!("2.0.0"), json!("1.2.2")]);
    check("semver_caret", json!("0.2.3"), &[json!("0.2.9")], &[json!("0.3.0")]);
    check("semver_caret", json!("0.0.3"), &[json!("0.0.3")], &[json!("0.0.4")]);
    check("semver_wildcard", json!("1.2.*"), &[json!("1.2.0"), json!("1.2.9")], &[json!("1.3.0")]);
    check("semver_wildcard", json!("1.2.3.*"), &[json!("1.2.3.7")], &[json!("1.2.4")]);
}

#[test]
fn a_filter_without_value_is_ignored() {
    for filter in [
        json!({"key": "x", "operator": "exact", "value": []}),
        json!({"key": "x", "operator": "icontains"}),
        json!({"key": "x", "value": null}),
        json!({"key": "x", "operator": "gt", "value": [null]}),
        json!({"type": "empty"}),
        json!({}),
    ] {
        assert_eq!(predicate(&json!([filter])).unwrap(), Predicate::ALWAYS, "{filter}");
    }
    for all in [json!([]), json!({}), json!({"type": "AND", "values": []}), json!({"type": "OR", "values": []})] {
        assert_eq!(predicate(&all).unwrap(), Predicate::ALWAYS, "{all}");
    }
}

#[test]
fn each_type_reads_its_own_field() {
    let event = json!({
        "x": "event", "person": {"x": "person"}, "group2": {"x": "group"},
        "event": "$pageview", "distinct_id": "p3", "uuid": "u", "$group_1": "key",
    });
    for (kind, key, value, index) in [
        ("event", "x", "event", None),
        ("person", "x", "person", None),
        ("person", "distinct_id", "p3", None),
        ("group", "x", "group", Some(2)),
        ("event_metadata", "event", "$pageview", None),
        ("event_metadata", "distinct_id", "p3", None),
        ("event_metadata", "uuid", "u", None),
        ("event_metadata", "$group_1", "key", None),
    ] {
        let filters = json!([{"type": kind, "key": key, "value": value, "group_type_index": index}]);
        assert!(holds(&predicate(&filters).unwrap(), &event), "{filters}");
    }
}

#[test]
fn groups_nest() {
    let a = |value: &str| json!({"key": "a", "type": "event", "value": value});
    let b = |value: &str| json!({"key": "b", "type": "event", "value": value});
    let filters = json!({"type": "OR", "values": [
        {"type": "AND", "values": [a("1"), b("y")]},
        {"type": "AND", "values": [a("3"), {"type": "OR", "values": [b("z"), b("w")]}]},
    ]});
    let predicate = predicate(&filters).unwrap();
    let passes = |a: &str, b: &str| holds(&predicate, &json!({"a": a, "b": b}));
    assert!(passes("1", "y") && passes("3", "z") && passes("3", "w"));
    assert!(!passes("1", "z") && !passes("3", "y") && !passes("2", "x"));
}

#[track_caller]
fn check_refused(filters: Value, message: &str) {
    assert_eq!(predicate(&filters).unwrap_err().to_string(), message);
}

#[test]
fn wrong_filters_are_refused_with_their_path() {
    let filter = |operator: &str, value: Value| json!([{"key": "x", "operator": operator, "value": value}]);
    check_refused(
        filter("gt", json!("many")),
        "[0].value: \"many\" is not right here; give a number (to compare dates, use is_date_before or is_date_after)",
    );
    check_refused(
        filter("between", json!([9, 5])),
        "[0].value: between needs its smaller number first, but 9 is above 5",
    );
    check_refused(filter("between", json!([9])), "[0].value: between needs a list of two numbers, [min, max]");
    check_refused(filter("between", json!(null)), "[0].value: between needs a list of two numbers, [min, max]");
    check_refused(filter("regex", json!("a(")), "[0].value: \"a(\" is not a regular expression: unclosed group");
    check_refused(
        filter("exact", json!([{"a": 1}])),
        "[0].value[0]: {\"a\":1} is not right here; give text, a number or a boolean",
    );
    check_refused(
        filter("is_date_before", json!("soon")),
        "[0].value: \"soon\" is not right here; give a date such as 2024-02-29, 2024-02-29 13:05:00 or -7d",
    );
    check_refused(
        filter("semver_caret", json!("one")),
        "[0].value: \"one\" is not right here; give a version such as 1.2.3",
    );
    check_refused(json!([{"type": "event", "value": 1}]), "[0].key: is missing; give the name of the property");
    check_refused(
        json!([{"type": "group", "key": "x", "value": 1}]),
        "[0].group_type_index: is missing; give the index of the group type, from 0 to 4",
    );
    check_refused(
        json!([{"type": "planet", "key": "x"}]),
        "[0].type: \"planet\" is not right here; give one of event, person, group, event_metadata, session, cohort, hogql, element",
    );
    check_refused(json!("x"), "\"x\" is not right here; give an object");
    check_refused(json!([7]), "[0]: 7 is not right here; give an object");
    let mut deep = json!([]);
    for _ in 0..12 {
        deep = json!([{"type": "AND", "values": deep}]);
    }
    assert!(
        predicate(&deep)
            .unwrap_err()
            .to_string()
            .ends_with("groups of filters are nested deeper than 8 levels; flatten them")
    );
    let many: Vec<_> = (0..201).map(|_| json!({"key": "x", "value": 1})).collect();
    check_refused(json!(many), "has 201 items; at most 200 are allowed");
    let unknown = predicate(&filter("almost", json!(1))).unwrap_err().to_string();
    assert!(
        unknown.starts_with("[0].operator: \"almost\" is not right here; give one of is_set, is_not_set, exact"),
        "{unknown}"
    );
}

#[test]
fn filters_of_later_versions_are_read_and_then_refused_by_name() {
    for (filter, what) in [
        (
            json!({"type": "session", "key": "$session_duration", "operator": "gt", "value": 5}),
            "a filter by a property of sessions",
        ),
        (json!({"type": "event_metadata", "key": "elements", "value": 5}), "a filter by event metadata \"elements\""),
        (json!({"key": "x", "operator": "is_cleaned_path_exact", "value": "/"}), "the operator is_cleaned_path_exact"),
    ] {
        let filters = json!({"type": "AND", "values": [filter]});
        assert!(PropertyFilters::read(&Reader::root(&filters)).is_ok(), "{filters}");
        check_refused(filters, &format!("values[0]: {what} is not supported"));
    }
}
