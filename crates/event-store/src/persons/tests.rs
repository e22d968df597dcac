use serde_json::{Map, Value, json};

use super::*;

fn see(persons: &mut Persons, distinct_id: &str, timestamp_us: i64, changes: &[IdentityChange]) -> u32 {
    let sighting = Sighting { distinct_id, timestamp_us, has_profile: true, group_types: &[], changes };
    persons.see(&sighting).person
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn set(value: Value) -> IdentityChange {
    IdentityChange::UpdatePerson { set: object(value), set_once: Map::new(), unset: Vec::new() }
}

fn merge(other: &str) -> IdentityChange {
    IdentityChange::Merge { other_distinct_id: other.to_owned(), even_if_identified: false }
}

fn merge_dangerously(other: &str) -> IdentityChange {
    IdentityChange::Merge { other_distinct_id: other.to_owned(), even_if_identified: true }
}

#[test]
fn identify_merges_the_anonymous_person_into_the_named_one() {
    let mut persons = Persons::default();
    let anonymous = see(&mut persons, "anon", 5, &[set(json!({"a": 1, "b": 1}))]);
    let named = see(&mut persons, "user", 9, &[set(json!({"b": 2}))]);
    assert_ne!(anonymous, named);
    assert_eq!(see(&mut persons, "user", 10, &[merge("anon"), IdentityChange::MarkIdentified]), named);
    assert_eq!(see(&mut persons, "anon", 11, &[]), named);
    assert_eq!(persons.roots(), Some(vec![named, named]));
    assert_eq!(persons.created_at_us(), [i64::MAX, 5]);
    assert_eq!(persons.properties.get(named, "a"), Some("1"));
    assert_eq!(persons.properties.get(named, "b"), Some("2"), "the target's own value wins");
}

#[test]
fn an_identified_person_is_merged_only_dangerously() {
    let mut persons = Persons::default();
    let first = see(&mut persons, "first", 1, &[IdentityChange::MarkIdentified]);
    let second = see(&mut persons, "second", 2, &[]);
    assert_eq!(see(&mut persons, "second", 3, &[merge("first")]), second);
    assert_eq!(persons.person("first"), Some(first));
    assert_eq!(see(&mut persons, "second", 4, &[merge_dangerously("first")]), second);
    assert_eq!(persons.person("first"), Some(second));
    assert_eq!(see(&mut persons, "second", 5, &[merge("first")]), second, "they are one already");
}

#[test]
fn a_distinct_id_without_a_person_joins() {
    let mut persons = Persons::default();
    let known = see(&mut persons, "known", 1, &[]);
    assert_eq!(see(&mut persons, "new", 2, &[merge("known")]), known, "the event's own id is new");
    assert_eq!(see(&mut persons, "new", 3, &[merge("other")]), known, "the other id is new");
    assert_eq!(persons.person("other"), Some(known));
    let both = see(&mut persons, "x", 4, &[merge("y")]);
    assert_eq!((persons.person("x"), persons.person("y")), (Some(both), Some(both)));
    let alone = see(&mut persons, "z", 4, &[merge("z")]);
    assert_eq!(persons.person("z"), Some(alone));
    assert_eq!(persons.n_numbers(), 3);
}

#[test]
fn chains_of_merges_lead_to_the_last_target() {
    let mut persons = Persons::default();
    for (index, id) in ["a", "b", "c", "d"].iter().enumerate() {
        see(&mut persons, id, i64::try_from(index).unwrap(), &[]);
    }
    see(&mut persons, "b", 9, &[merge("a")]);
    see(&mut persons, "c", 9, &[merge("a")]);
    see(&mut persons, "d", 9, &[merge("b")]);
    assert_eq!(persons.roots(), Some(vec![3, 3, 3, 3]));
    assert_eq!(persons.created_at_us(), [i64::MAX, i64::MAX, i64::MAX, 0]);
}

#[test]
fn events_without_profile_make_persons_that_do_not_count() {
    let mut persons = Persons::default();
    let sighting = Sighting { distinct_id: "a", timestamp_us: 1, has_profile: false, group_types: &[], changes: &[] };
    persons.see(&sighting);
    assert_eq!(persons.n_profiles(), 0);
    persons.see(&Sighting { has_profile: true, ..sighting });
    assert_eq!(persons.n_profiles(), 1);
}

#[test]
fn group_types_are_numbered_in_order_of_first_sight_up_to_five() {
    let mut persons = Persons::default();
    let names: Vec<String> = ["company", "team", "company", "a", "b", "c", "d"].map(str::to_owned).to_vec();
    let change = IdentityChange::UpdateGroup {
        group_type: "team".to_owned(),
        group_key: "7".to_owned(),
        set: object(json!({"seats": 3})),
    };
    let sighting =
        Sighting { distinct_id: "a", timestamp_us: 1, has_profile: true, group_types: &names, changes: &[change] };
    persons.see(&sighting);
    let types: Vec<String> = persons.group_types().iter().map(ToString::to_string).collect();
    assert_eq!(types, ["company", "team", "a", "b", "c"]);
    let (keys, values) = persons.group_column(1, "seats");
    assert_eq!(keys, ["7".into()]);
    assert_eq!(values.into_values().value(0), &query_engine::value::PropertyValue::Int(3));
}

#[test]
fn the_chain_of_saved_changes_adds_up_to_the_persons() {
    let mut persons = Persons::default();
    let mut copy = Persons::default();
    for round in 0..4_i64 {
        for number in 0..20_i64 {
            let id = format!("user-{}", number * (round + 1));
            see(
                &mut persons,
                &id,
                100 - number,
                &[set(json!({"n": number, "r": round})), merge(&format!("m-{number}"))],
            );
        }
        see(&mut persons, "user-0", 1, &[merge_dangerously(&format!("user-{}", round + 1))]);
        copy.decode(&persons.encode_unsaved()).unwrap();
    }
    let mut whole = Persons::default();
    persons.mark_all_unsaved();
    whole.decode(&persons.encode_unsaved()).unwrap();
    for copy in [&copy, &whole] {
        assert_eq!(copy.roots(), persons.roots());
        assert_eq!(copy.created_at_us(), persons.created_at_us());
        assert_eq!(copy.flags, persons.flags);
        assert_eq!(copy.person("user-0"), persons.person("user-0"));
        for person in 0..u32::try_from(persons.n_numbers()).unwrap() {
            assert_eq!(copy.properties.get(person, "n"), persons.properties.get(person, "n"));
        }
    }
}

#[test]
fn malformed_records_are_errors() {
    let mut persons = Persons::default();
    see(&mut persons, "a", 1, &[set(json!({"k": "v"}))]);
    let bytes = persons.encode_unsaved();
    for cut in 0..bytes.len() {
        Persons::default().decode(&bytes[..cut]).unwrap_err();
    }
}
