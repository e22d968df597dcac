use chrono::DateTime;
use chrono_tz::Tz;
use insights_core::event::Event;
use insights_core::ids::ProjectId;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::control::QueryControl;
use crate::memory::MemorySource;
use crate::scan::{EventColumn, EventSet, Run, Scan, ScanSource};
use crate::value::PropertyValue;

fn value(json: &str) -> PropertyValue {
    PropertyValue::from_json(&serde_json::from_str(json).unwrap())
}

#[track_caller]
fn check(test: &Test, passing: &[&str], failing: &[&str]) {
    for json in passing {
        assert!(test.passes(&value(json)), "{json} should pass {test:?}");
    }
    for json in failing {
        assert!(!test.passes(&value(json)), "{json} should not pass {test:?}");
    }
}

#[test]
fn a_missing_value_is_not_set_and_the_empty_text_is() {
    check(&Test::IsSet, &["\"\"", "0", "false", "[]"], &["null"]);
}

#[test]
fn wanted_values_compare_as_text_and_json_numbers_also_as_numbers() {
    let one_of = |texts: &[&str]| Test::OneOf(OneOf::new(texts.iter().copied()));
    check(&one_of(&["5"]), &["5", "\"5\"", "5.0"], &["50", "\"50\"", "\"5.0\"", "null", "true"]);
    check(&one_of(&["5.0"]), &["5", "\"5.0\""], &["\"5\""]);
    check(&one_of(&["true"]), &["true", "\"true\""], &["false", "1", "\"True\""]);
    check(&one_of(&["a", "b"]), &["\"a\"", "\"b\""], &["\"c\"", "\"A\"", "\"\""]);
    check(&one_of(&["[1,2]"]), &["[1, 2]"], &["[1]"]);
    check(&one_of(&[]), &[], &["null", "\"\""]);
    // Neighbours beyond 2^53 are the same as floats, but not as text.
    check(&one_of(&["9007199254740993"]), &["9007199254740993"], &["9007199254740992"]);
}

#[test]
fn contained_text_ignores_case_beyond_ascii() {
    check(&Test::Contains(vec!["some_val".into()]), &["\"Some_VALUE\""], &["\"some_other_val\"", "null"]);
    check(&Test::Contains(vec!["größe".into(), "☕".into()]), &["\"GRÖSSE, GRÖẞE\"", "\"naïve ☕\""], &["\"grosse\""]);
    check(&Test::Contains(vec!["5".into()]), &["1.5", "{\"a\":5}"], &["1"]);
}

#[test]
fn patterns_are_found_anywhere_and_refused_where_they_are_none() {
    check(&Test::Matches(Pattern::new("^Goo|fox$").unwrap()), &["\"Google\"", "\"Firefox\""], &["\"goo\"", "null"]);
    assert_eq!(Pattern::new("a(").unwrap_err(), "unclosed group");
    assert!(Pattern::new("((a{100}){100}){100}").unwrap_err().contains("compiles to more than"));
}

#[test]
fn numbers_compare_as_numbers_whatever_they_were_sent_as() {
    let number = |relation, than| Test::Number { relation, than };
    check(&number(Relation::Greater, 9.0), &["10", "\"10\"", "9.5"], &["9", "-3", "\"x\"", "true", "null"]);
    check(&number(Relation::AtLeast, 10.0), &["10"], &["9.99"]);
    check(&number(Relation::Less, 10.0), &["-3", "\"5\""], &["10", "null"]);
    check(&number(Relation::AtMost, 10.0), &["10"], &["10.5", "\"\""]);
}

#[test]
fn instants_are_read_from_text_and_from_seconds() {
    let half_past_six = DateTime::parse_from_rfc3339("2021-04-01T18:30:00Z").unwrap().timestamp_micros();
    let than = |relation| Test::Instant { relation, than_us: half_past_six, zone: Tz::UTC };
    check(
        &than(Relation::Less),
        &["\"2021-04-01 18:00:00\"", "1617300000", "\"1617300000\"", "\"2021-04-01\"", "1617300000000"],
        &["\"2021-04-01 19:00:00\"", "1617303600", "null", "\"soon\"", "true"],
    );
    check(&than(Relation::Equal), &["\"2021-04-01T20:30:00+02:00\""], &["\"2021-04-01T20:30:00\""]);
}

#[test]
fn versions_compare_number_by_number() {
    let than = |relation, text| Test::Version { relation, than: Version::find(text).unwrap() };
    check(&than(Relation::Less, "1.10"), &["\"1.9.5\"", "\"v1.2-beta\"", "1.9"], &["\"1.10.0\"", "\"none\"", "null"]);
    check(&than(Relation::Equal, "1.2"), &["\"1.2.0\"", "\"1.2.0-rc.1\""], &["\"1.2.0.1\""]);
}

#[test]
fn conjunctions_and_disjunctions_are_folded() {
    let test = || Predicate::test(Field::EventName, Test::IsSet);
    assert_eq!(Predicate::all([]), Predicate::Constant(true));
    assert_eq!(Predicate::any([]), Predicate::Constant(false));
    assert_eq!(Predicate::all([Predicate::ALWAYS, test()]), test());
    assert_eq!(Predicate::all([test(), Predicate::Constant(false)]), Predicate::Constant(false));
    assert_eq!(Predicate::any([test(), Predicate::ALWAYS]), Predicate::ALWAYS);
    let nested = Predicate::all([Predicate::all([test(), test()]), test()]);
    assert_eq!(nested, Predicate::All(vec![test(), test(), test()]));
    assert_eq!(test().negated().negated(), test());
}

/// Events of two names by three persons, with a property of each and of their group.
fn source(rows: &[(u8, u8, Option<u8>)]) -> MemorySource {
    let mut source = MemorySource::new(ProjectId(1));
    for person in 0..3 {
        let properties = json!({"plan": (person > 0).then(|| format!("plan{person}"))});
        let Value::Object(properties) = properties else { unreachable!() };
        source.add_person(&[&format!("p{person}")], 0, properties);
    }
    for group in 0..2 {
        let Value::Object(properties) = json!({"size": group}) else { unreachable!() };
        source.add_group("team", &format!("t{group}"), properties);
    }
    for (index, (event, person, number)) in rows.iter().enumerate() {
        let properties = json!({"n": number, "$groups": {"team": format!("t{}", person % 2)}});
        source.add_event(&Event {
            uuid: Uuid::from_u128(index as u128),
            event: format!("e{}", event % 2),
            distinct_id: format!("p{}", person % 3),
            timestamp: DateTime::from_timestamp_micros(i64::try_from(index).unwrap()).unwrap(),
            properties: properties.to_string(),
        });
    }
    source
}

fn any_leaf() -> impl Strategy<Value = Predicate> {
    let field = prop_oneof![
        Just(Field::EventName),
        Just(Field::Event(EventColumn::Property("n".into()))),
        Just(Field::Event(EventColumn::DistinctId)),
        Just(Field::PersonProperty("plan".into())),
        Just(Field::GroupKey(0)),
        Just(Field::GroupProperty { group_type: 0, key: "size".into() }),
    ];
    let test = prop_oneof![
        Just(Test::IsSet),
        Just(Test::OneOf(OneOf::new(["1", "e1", "plan2", "t0", "p1"]))),
        Just(Test::Contains(vec!["1".into()])),
        (0..4_u8).prop_map(|than| Test::Number { relation: Relation::AtLeast, than: f64::from(than) }),
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(Predicate::Constant),
        6 => (field, test).prop_map(|(field, test)| Predicate::test(field, test)),
    ]
}

fn any_predicate() -> impl Strategy<Value = Predicate> {
    any_leaf().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Predicate::Any),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

#[test]
fn a_cancelled_query_gets_no_mask() {
    let predicate = Predicate::test(Field::Event(EventColumn::DistinctId), Test::OneOf(OneOf::new(["p1"])));
    let mut layout = ScanLayout::new(ProjectId(1), EventSet::All, None, None);
    predicate.need(&mut layout);
    let control = QueryControl::unlimited();
    let scan =
        source(&[(0, 0, None), (0, 1, None)]).scan(std::slice::from_ref(layout.request()), &control).unwrap().remove(0);
    control.cancel();
    let masked = RowFilter::new(&predicate, &layout, &scan).mask(&scan.runs[0], &control);
    assert!(matches!(masked, Err(crate::error::QueryError::Cancelled)));
}

/// Whether `row` passes, found by reading its own values.
fn passes(predicate: &Predicate, layout: &ScanLayout, scan: &Scan, run: &Run, row: usize) -> bool {
    match predicate {
        Predicate::Constant(constant) => *constant,
        Predicate::All(parts) => parts.iter().all(|part| passes(part, layout, scan, run, row)),
        Predicate::Any(parts) => parts.iter().any(|part| passes(part, layout, scan, run, row)),
        Predicate::Not(inner) => !passes(inner, layout, scan, run, row),
        Predicate::Test { field, test } => test.passes(layout.read(field, scan, run).value(row, run.persons[row])),
    }
}

proptest! {
    #[test]
    fn a_mask_says_what_each_row_says(
        predicate in any_predicate(),
        rows in prop::collection::vec((0..2_u8, 0..3_u8, prop::option::of(0..4_u8)), 0..30),
    ) {
        let mut layout = ScanLayout::new(ProjectId(1), EventSet::All, None, None);
        predicate.need(&mut layout);
        let scan = source(&rows).scan(std::slice::from_ref(layout.request()), &QueryControl::unlimited()).unwrap().remove(0);
        let mut filter = RowFilter::new(&predicate, &layout, &scan);
        for run in &scan.runs {
            // Twice, as the second time reads what the first remembered.
            for _ in 0..2 {
                let mask = filter.mask(run, &QueryControl::unlimited()).unwrap();
                for row in 0..run.len() {
                    prop_assert_eq!(mask.contains(row), passes(&predicate, &layout, &scan, run, row));
                }
            }
        }
    }

    #[test]
    fn folding_changes_no_row(
        parts in prop::collection::vec(any_predicate(), 0..4),
        rows in prop::collection::vec((0..2_u8, 0..3_u8, prop::option::of(0..4_u8)), 1..10),
    ) {
        let mut layout = ScanLayout::new(ProjectId(1), EventSet::All, None, None);
        parts.iter().for_each(|part| part.need(&mut layout));
        let scan = source(&rows).scan(std::slice::from_ref(layout.request()), &QueryControl::unlimited()).unwrap().remove(0);
        for (plain, folded) in [
            (Predicate::All(parts.clone()), Predicate::all(parts.clone())),
            (Predicate::Any(parts.clone()), Predicate::any(parts)),
        ] {
            for run in &scan.runs {
                for row in 0..run.len() {
                    let row_passes = |predicate: &Predicate| passes(predicate, &layout, &scan, run, row);
                    prop_assert_eq!(row_passes(&plain), row_passes(&folded));
                }
            }
        }
    }
}

#[track_caller]
fn check_replaced(pattern: &str, replacement: &str, text: &str, expected: &str) {
    assert_eq!(Pattern::new(pattern).unwrap().replace_all(text, replacement), expected);
}

#[test]
fn replacements_name_groups_by_number() {
    check_replaced(r"\?(.*)", "?<param>", "/a?key=1", "/a?<param>");
    check_replaced(r"(\w)/(\w)", r"\2/\1", "a/b c/d", "b/a d/c");
    check_replaced("b", r"[\0]", "abc", "a[b]c");
    check_replaced("b", r"\\1", "abc", r"a\1c");
    check_replaced("b(x)?", r"\1\7\z\", "abc", r"a\z\c");
    check_replaced("b", "$0${x}", "abc", "a$0${x}c");
}
