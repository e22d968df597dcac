//! The event as it is stored: the one record that capture makes, the store keeps and exports give back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing that one person did at one instant.
///
/// Whatever a client sent has been normalised by then: the token is gone, the timestamp is corrected for clock skew, and
/// top-level `$set`, `$set_once` and `$unset` stand in [`Event::properties`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identity of the event: a second event of the same project with the same uuid is a retry and is dropped.
    pub uuid: Uuid,
    /// Name, such as `$pageview`; never empty, at most 200 characters.
    pub event: String,
    /// The client's name for the person; never empty, at most 200 characters.
    pub distinct_id: String,
    /// When it happened, to the microsecond.
    pub timestamp: DateTime<Utc>,
    /// A JSON object as text, exactly as sent apart from the normalisation above.
    pub properties: String,
}

/// Whether an event of that name, whose properties have those keys, carries nothing but instructions about who is who.
///
/// Such an event changes persons and groups and is stored, so that it is exported and a retry of it is known; but it is nothing that
/// somebody did, and so it is in no query's answer. Events of the same names that say more (SDKs add `$lib` and others) are.
pub fn is_identity_only<'a>(name: &str, mut keys: impl Iterator<Item = &'a str>) -> bool {
    const NAMES: [&str; 5] = ["$set", "$identify", "$create_alias", "$merge_dangerously", "$groupidentify"];
    const KEYS: [&str; 9] = [
        "$set",
        "$set_once",
        "$unset",
        "$anon_distinct_id",
        "alias",
        "distinct_id",
        "$group_type",
        "$group_key",
        "$group_set",
    ];
    NAMES.contains(&name) && keys.all(|key| KEYS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, keys: &[&str], expected: bool) {
        assert_eq!(is_identity_only(name, keys.iter().copied()), expected, "{name} with {keys:?}");
    }

    #[test]
    fn only_instructions_without_anything_else_are_no_activity() {
        check("$set", &["$set"], true);
        check("$set", &["$set", "$set_once", "$unset"], true);
        check("$identify", &["$anon_distinct_id", "$set"], true);
        check("$create_alias", &["distinct_id", "alias"], true);
        check("$merge_dangerously", &["alias"], true);
        check("$groupidentify", &["$group_type", "$group_key", "$group_set"], true);
        check("$identify", &["$anon_distinct_id", "$lib"], false);
        check("$set", &["$set", "reason"], false);
        check("$pageview", &["$set"], false);
        check("signed_up", &[], false);
    }
}
