use chrono::DateTime;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn event(name: &str, distinct_id: &str) -> Event {
    Event {
        uuid: Uuid::nil(),
        event: name.to_owned(),
        distinct_id: distinct_id.to_owned(),
        timestamp: DateTime::UNIX_EPOCH,
        properties: String::new(),
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

#[track_caller]
fn check(name: &str, distinct_id: &str, properties: Value, expected: &[IdentityChange]) {
    let changes = identity_changes(&event(name, distinct_id), &map(properties.clone()));
    assert_eq!(changes, expected, "{name} by {distinct_id} with {properties}");
}

fn merge_of(other: &str, even_if_identified: bool) -> IdentityChange {
    IdentityChange::Merge { other_distinct_id: other.to_owned(), even_if_identified }
}

fn update(set: Value, set_once: Value, unset: &[&str]) -> IdentityChange {
    IdentityChange::UpdatePerson {
        set: map(set),
        set_once: map(set_once),
        unset: unset.iter().map(|&key| key.to_owned()).collect(),
    }
}

#[test]
fn an_ordinary_event_changes_nothing() {
    check("$pageview", "u", json!({"$current_url": "/"}), &[]);
    check(
        "$pageview",
        "u",
        json!({"alias": "a", "$anon_distinct_id": "b", "$group_type": "c", "$group_key": "d"}),
        &[],
    );
}

#[test]
fn identify_merges_the_anonymous_person_and_marks() {
    check(
        "$identify",
        "u",
        json!({"$anon_distinct_id": "anon-1", "$set": {"plan": "pro"}}),
        &[merge_of("anon-1", false), IdentityChange::MarkIdentified, update(json!({"plan": "pro"}), json!({}), &[])],
    );
    check("$identify", "u", json!({"$anon_distinct_id": 7}), &[merge_of("7", false), IdentityChange::MarkIdentified]);
    check("$identify", "u", json!({}), &[IdentityChange::MarkIdentified]);
    check("$identify", "u", json!({"$anon_distinct_id": "u"}), &[IdentityChange::MarkIdentified]);
    check("$identify", "u", json!({"$anon_distinct_id": null}), &[IdentityChange::MarkIdentified]);
}

#[test]
fn alias_and_merge_dangerously_merge() {
    check("$create_alias", "u", json!({"alias": "old"}), &[merge_of("old", false)]);
    check("$create_alias", "u", json!({}), &[]);
    check("$create_alias", "u", json!({"alias": "u"}), &[]);
    check("$merge_dangerously", "u", json!({"alias": "old"}), &[merge_of("old", true)]);
}

#[test]
fn illegal_ids_never_merge() {
    for id in [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "guest",
        "distinct_id",
        "id",
        "undefined",
        "null",
        "None",
        "none",
        "0",
        "NaN",
        "[object Object]",
        "true",
        "FALSE",
        "\"undefined\"",
        "''",
        "email",
        "not_authenticated",
    ] {
        assert!(is_illegal_distinct_id(id), "{id:?}");
        check("$identify", "u", json!({"$anon_distinct_id": id}), &[IdentityChange::MarkIdentified]);
        check("$identify", id, json!({"$anon_distinct_id": "anon"}), &[]);
        check("$create_alias", "u", json!({"alias": id}), &[]);
        check("$merge_dangerously", id, json!({"alias": "old"}), &[]);
    }
    for id in ["u", "00", "1", "anonymous-1", "guest@example.com", "trueman"] {
        assert!(!is_illegal_distinct_id(id), "{id:?}");
    }
}

#[test]
fn person_properties_come_from_any_event() {
    check(
        "$pageview",
        "u",
        json!({"$set": {"a": 1}, "$set_once": {"b": null}, "$unset": ["c", 4, "d"]}),
        &[update(json!({"a": 1}), json!({"b": null}), &["c", "d"])],
    );
    check("x", "u", json!({"$unset": {"c": ""}}), &[update(json!({}), json!({}), &["c"])]);
    check("x", "u", json!({"$set": "no object", "$set_once": [], "$unset": "c"}), &[]);
    check("x", "u", json!({"$set": {}, "$set_once": {}, "$unset": []}), &[]);
}

#[test]
fn an_event_without_person_processing_changes_nothing() {
    check("x", "u", json!({"$process_person_profile": false, "$set": {"a": 1}}), &[]);
    check("$identify", "u", json!({"$process_person_profile": false, "$anon_distinct_id": "anon"}), &[]);
    check(
        "x",
        "u",
        json!({"$process_person_profile": true, "$set": {"a": 1}}),
        &[update(json!({"a": 1}), json!({}), &[])],
    );
}

#[test]
fn groupidentify_updates_the_group() {
    let update_group = |group_key: &str, set: Value| IdentityChange::UpdateGroup {
        group_type: "organization".to_owned(),
        group_key: group_key.to_owned(),
        set: map(set),
    };
    check(
        "$groupidentify",
        "u",
        json!({"$group_type": "organization", "$group_key": "acme", "$group_set": {"size": 3}}),
        &[update_group("acme", json!({"size": 3}))],
    );
    check(
        "$groupidentify",
        "u",
        json!({"$group_type": "organization", "$group_key": 12}),
        &[update_group("12", json!({}))],
    );
    check("$groupidentify", "u", json!({"$group_type": "organization"}), &[]);
    check("$groupidentify", "u", json!({"$group_type": "organization", "$group_key": ""}), &[]);
    check("$groupidentify", "u", json!({"$group_type": "organization", "$group_key": "k".repeat(401)}), &[]);
}
