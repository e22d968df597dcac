//! What an event changes about persons and groups.

use insights_core::event::Event;
use serde_json::{Map, Value};

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
pub fn identity_changes(event: &Event, properties: &Map<String, Value>) -> Vec<IdentityChange> {
    let _ = (event, properties);
    Vec::new()
}
