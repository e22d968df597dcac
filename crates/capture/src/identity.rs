//! What an event changes about persons and groups.

use insights_core::event::Event;
use serde_json::{Map, Value};

/// Longest group type and group key, in characters; longer ones change nothing.
const MAX_GROUP_NAME_CHARS: usize = 400;

/// One change that an event makes to the person of its distinct id, or to a group. Applied in order.
#[derive(Clone, Debug, PartialEq)]
pub enum IdentityChange {
    /// `$set`, `$set_once` and `$unset` of the person's properties.
    UpdatePerson {
        /// Values that replace what is there.
        set: Map<String, Value>,
        /// Values for keys that have none yet.
        set_once: Map<String, Value>,
        /// Keys to remove.
        unset: Vec<String>,
    },
    /// The person of `other_distinct_id` is the same as the event's: they become one, the event's person's properties winning.
    Merge {
        /// A distinct id of the other person.
        other_distinct_id: String,
        /// Whether to merge even where the other person has been identified before (`$merge_dangerously`).
        even_if_identified: bool,
    },
    /// The event's person has been identified: no `$identify` or `$create_alias` may merge it into another person from now on.
    MarkIdentified,
    /// `$groupidentify`: values that replace those of the group.
    UpdateGroup {
        /// Name of the group's type, such as `organization`.
        group_type: String,
        /// Key of the group.
        group_key: String,
        /// Values that replace what is there.
        set: Map<String, Value>,
    },
}

/// What `event`, whose parsed properties are `properties`, changes.
///
/// Merges come before the person's new properties, so that these win over what either person had. An event with
/// `$process_person_profile: false` changes nothing at all: its sender asked for it to stay anonymous.
pub fn identity_changes(event: &Event, properties: &Map<String, Value>) -> Vec<IdentityChange> {
    if properties.get("$process_person_profile") == Some(&Value::Bool(false)) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    match event.event.as_str() {
        "$identify" => {
            changes.extend(merge(event, properties.get("$anon_distinct_id"), false));
            if !is_illegal_distinct_id(&event.distinct_id) {
                changes.push(IdentityChange::MarkIdentified);
            }
        }
        "$create_alias" => changes.extend(merge(event, properties.get("alias"), false)),
        "$merge_dangerously" => changes.extend(merge(event, properties.get("alias"), true)),
        "$groupidentify" => changes.extend(update_group(properties)),
        _ => {}
    }
    changes.extend(update_person(properties));
    changes
}

/// Whether `id` is one that broken or half-configured clients send for everybody, so that merging by it would make one
/// person of strangers.
///
/// Such an id still names a person of its own; it only never takes part in a merge.
pub fn is_illegal_distinct_id(id: &str) -> bool {
    const IN_ANY_CASE: [&str; 15] = [
        "anonymous",
        "guest",
        "distinct_id",
        "distinctid",
        "id",
        "email",
        "not_authenticated",
        "undefined",
        "null",
        "nil",
        "none",
        "nan",
        "true",
        "false",
        "[object object]",
    ];
    // Clients that build the id by hand also send it in quotes: `"undefined"`, `''`.
    let bare = id.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    bare.is_empty() || bare == "0" || IN_ANY_CASE.iter().any(|illegal| bare.eq_ignore_ascii_case(illegal))
}

fn merge(event: &Event, other: Option<&Value>, even_if_identified: bool) -> Option<IdentityChange> {
    let other_distinct_id = crate::distinct_id::normalize_value(other?)?;
    let mergeable = other_distinct_id != event.distinct_id
        && !is_illegal_distinct_id(&other_distinct_id)
        && !is_illegal_distinct_id(&event.distinct_id);
    mergeable.then_some(IdentityChange::Merge { other_distinct_id, even_if_identified })
}

fn update_person(properties: &Map<String, Value>) -> Option<IdentityChange> {
    let set = object(properties.get("$set"));
    let set_once = object(properties.get("$set_once"));
    let unset = match properties.get("$unset") {
        Some(Value::Array(keys)) => keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        // Some clients send an object whose values mean nothing.
        Some(Value::Object(keys)) => keys.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let changes_something = !(set.is_empty() && set_once.is_empty() && unset.is_empty());
    changes_something.then_some(IdentityChange::UpdatePerson { set, set_once, unset })
}

fn update_group(properties: &Map<String, Value>) -> Option<IdentityChange> {
    let group_type = group_name(properties.get("$group_type"))?;
    let group_key = group_name(properties.get("$group_key"))?;
    Some(IdentityChange::UpdateGroup { group_type, group_key, set: object(properties.get("$group_set")) })
}

/// A group's type or key: text, or a number as text.
fn group_name(value: Option<&Value>) -> Option<String> {
    let name = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!name.is_empty() && name.chars().nth(MAX_GROUP_NAME_CHARS).is_none()).then_some(name)
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
