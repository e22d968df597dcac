//! What changed between two states of a thing, field by field.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeAction {
    /// It was empty and is not any more.
    Created,
    /// It was one value and is another.
    Changed,
    /// It was a value and is empty now.
    Deleted,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Kind of the thing, such as `Insight`.
    pub r#type: String,
    /// What became of the field.
    pub action: ChangeAction,
    /// Its name.
    pub field: String,
    /// The old value; `None` where it was created.
    pub before: Option<Value>,
    /// The new value; `None` where it was deleted.
    pub after: Option<Value>,
}

/// Which values of a field count as empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Null, `""`, `[]` and `{}`.
    Column,
    /// Null alone: of a relation, the empty list is a value.
    Relation,
}

impl FieldKind {
    fn is_empty(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::String(text) => self == Self::Column && text.is_empty(),
            Value::Array(items) => self == Self::Column && items.is_empty(),
            Value::Object(fields) => self == Self::Column && fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// A field in both states.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPair {
    /// Name in the log.
    pub name: &'static str,
    /// What counts as empty.
    pub kind: FieldKind,
    /// In the old state.
    pub before: Value,
    /// In the new state.
    pub after: Value,
}

impl FieldPair {
    /// An ordinary field.
    pub fn column(name: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { name, kind: FieldKind::Column, before: before.into(), after: after.into() }
    }

    /// A list of related things.
    pub fn relation(name: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { name, kind: FieldKind::Relation, before: before.into(), after: after.into() }
    }
}

/// The changes of a thing of kind `scope`, in the order of its fields. Fields that stay the same, and ones that stay empty, give none.
pub fn diff(scope: &str, fields: Vec<FieldPair>) -> Vec<Change> {
    fields.into_iter().filter_map(|field| change(scope, field)).collect()
}

fn change(scope: &str, field: FieldPair) -> Option<Change> {
    let FieldPair { name, kind, before, after } = field;
    let (action, before, after) = match (kind.is_empty(&before), kind.is_empty(&after)) {
        (true, true) => return None,
        (true, false) => (ChangeAction::Created, None, Some(after)),
        (false, true) => (ChangeAction::Deleted, Some(before), None),
        (false, false) if before == after => return None,
        (false, false) => (ChangeAction::Changed, Some(before), Some(after)),
    };
    Some(Change { r#type: scope.to_owned(), action, field: name.to_owned(), before, after })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(field: FieldPair, expected: Value) {
        let changes = diff("Insight", vec![field]);
        assert_eq!(serde_json::to_value(changes.first()).unwrap(), expected);
    }

    #[test]
    fn columns_are_created_changed_and_deleted() {
        check(
            FieldPair::column("name", Value::Null, "new"),
            json!({"type": "Insight", "action": "created", "field": "name", "before": null, "after": "new"}),
        );
        check(
            FieldPair::column("name", "old", "new"),
            json!({"type": "Insight", "action": "changed", "field": "name", "before": "old", "after": "new"}),
        );
        check(
            FieldPair::column("filters", json!({"a": 1}), json!({})),
            json!({"type": "Insight", "action": "deleted", "field": "filters", "before": {"a": 1}, "after": null}),
        );
        check(
            FieldPair::column("favorited", false, true),
            json!({"type": "Insight", "action": "changed", "field": "favorited", "before": false, "after": true}),
        );
    }

    #[test]
    fn the_first_tags_are_a_change_from_the_empty_list() {
        check(
            FieldPair::relation("tags", json!([]), json!(["a"])),
            json!({"type": "Insight", "action": "changed", "field": "tags", "before": [], "after": ["a"]}),
        );
    }

    #[test]
    fn what_stays_the_same_or_empty_is_not_told() {
        check(FieldPair::column("name", "same", "same"), Value::Null);
        check(FieldPair::column("name", Value::Null, ""), Value::Null);
        check(FieldPair::column("filters", json!({}), json!([])), Value::Null);
        check(FieldPair::relation("tags", json!([]), json!([])), Value::Null);
    }
}
