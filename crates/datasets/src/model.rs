//! What datasets and their items are.

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use insights_core::ids::{ProjectId, UserId};
use insights_core::json::{check_depth, size_bytes};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde_json::Value;
use uuid::Uuid;

/// Kind of a dataset in the activity log.
pub const DATASET_SCOPE: &str = "Dataset";

/// Kind of an item in the activity log.
pub const ITEM_SCOPE: &str = "DatasetItem";

/// Longest name of a dataset, in characters.
pub const MAX_NAME_CHARACTERS: usize = 400;

/// Longest description of a dataset, in characters.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 10_000;

/// Longest metadata of a dataset, in bytes of JSON.
pub const MAX_METADATA_BYTES: usize = 100_000;

/// Longest item, in bytes of the JSON of its input, output and metadata.
pub const MAX_ITEM_BYTES: usize = 1_000_000;

/// Longest reference to a trace or a source, and longest key of a file's row, in characters.
pub const MAX_REFERENCE_CHARACTERS: usize = 255;

/// Most items of a dataset, deleted ones among them.
pub const MAX_ITEMS: usize = 100_000;

/// Identity of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatasetId(pub Uuid);

impl fmt::Display for DatasetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub Uuid);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Identity in routes.
    pub id: DatasetId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older revision is refused.
    pub revision: i64,
    /// Everything else.
    pub fields: DatasetFields,
}

/// All of a dataset but its identity.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetFields {
    /// Name for people.
    pub name: String,
    /// More words for people.
    pub description: Option<String>,
    /// An object for programs, or null.
    pub metadata: Value,
    /// Whether it is soft-deleted, and its items are hidden with it.
    pub deleted: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed; changes of its items are not its own.
    pub updated_at: DateTime<Utc>,
}

impl DatasetFields {
    /// Refuses what no dataset may be.
    ///
    /// # Errors
    /// A [`Problem`] that names the field.
    pub fn check(&self) -> Result<(), Problem> {
        if self.name.trim().is_empty() {
            return Err(Problem::blank("name"));
        }
        check_length("name", &self.name, MAX_NAME_CHARACTERS)?;
        check_length("description", self.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION_CHARACTERS)?;
        check_metadata(&self.metadata)?;
        if size_bytes(&self.metadata) > MAX_METADATA_BYTES {
            return Err(too_large("metadata", "The metadata of a dataset", MAX_METADATA_BYTES));
        }
        Ok(())
    }
}

/// An item of a dataset: one case of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Identity in routes.
    pub id: ItemId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Grows with each change; a change of an older revision is refused.
    pub revision: i64,
    /// What the row of a file is called that it came from, unique in the dataset: the row changes this item when it comes again.
    pub key: Option<String>,
    /// Everything else.
    pub fields: ItemFields,
}

/// All of an item but its identity.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemFields {
    /// The dataset, of the same project.
    pub dataset: DatasetId,
    /// What it is about.
    pub content: ItemContent,
    /// Whether it is soft-deleted.
    pub deleted: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What an item is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemContent {
    /// What the application is given; null for nothing.
    pub input: Value,
    /// What it is to answer; null where nobody knows.
    pub output: Value,
    /// An object for programs, or null.
    pub metadata: Value,
    /// The trace that it was taken from.
    pub ref_trace_id: Option<String>,
    /// When that was, to the microsecond.
    pub ref_timestamp: Option<DateTime<Utc>>,
    /// The generation or span of the trace.
    pub ref_source_id: Option<String>,
}

impl ItemContent {
    /// Refuses what no item may be.
    ///
    /// # Errors
    /// A [`Problem`] that names the field.
    pub fn check(&self) -> Result<(), Problem> {
        check_depth("input", &self.input)?;
        check_depth("output", &self.output)?;
        check_metadata(&self.metadata)?;
        let mut bytes = 0;
        for (attr, value) in [("input", &self.input), ("output", &self.output), ("metadata", &self.metadata)] {
            bytes += size_bytes(value);
            if bytes > MAX_ITEM_BYTES {
                return Err(too_large(attr, "An item", MAX_ITEM_BYTES));
            }
        }
        for (attr, text) in [("ref_trace_id", &self.ref_trace_id), ("ref_source_id", &self.ref_source_id)] {
            check_length(attr, text.as_deref().unwrap_or_default(), MAX_REFERENCE_CHARACTERS)?;
        }
        if self.ref_timestamp.is_some_and(|at| !(1..=9999).contains(&at.year())) {
            return Err(Problem::invalid("ref_timestamp", "Years go from 1 to 9999."));
        }
        Ok(())
    }
}

impl Item {
    /// The item as the row of a file makes it that has come again; `None` where it is that already. A deleted item comes back.
    #[must_use]
    pub fn changed_to(&self, row: &Self) -> Option<Self> {
        if self.fields.content == row.fields.content && !self.fields.deleted {
            return None;
        }
        let fields = ItemFields {
            content: row.fields.content.clone(),
            deleted: false,
            updated_at: row.fields.updated_at,
            ..self.fields.clone()
        };
        Some(Self { fields, ..self.clone() })
    }
}

fn check_metadata(metadata: &Value) -> Result<(), Problem> {
    if !metadata.is_null() && !metadata.is_object() {
        return Err(Problem::invalid("metadata", "Metadata must be a JSON object or null."));
    }
    check_depth("metadata", metadata)
}

fn too_large(attr: &str, what: &str, max_bytes: usize) -> Problem {
    let detail = format!("{what} must be {max_bytes} bytes of JSON or fewer.");
    Problem { code: "max_size", ..Problem::invalid(attr, detail) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(content: ItemContent, expected: Option<(&str, &str)>) {
        let refused = content.check().err();
        let refused = refused.as_ref().map(|problem| (problem.attr.as_deref().unwrap(), problem.code));
        assert_eq!(refused, expected);
    }

    #[test]
    fn items_are_bounded() {
        let default = ItemContent::default;
        check(default(), None);
        check(ItemContent { metadata: json!({"a": [1]}), input: json!(1), ..default() }, None);
        check(ItemContent { metadata: json!([1]), ..default() }, Some(("metadata", "invalid_input")));
        let half = json!("x".repeat(MAX_ITEM_BYTES / 2));
        check(ItemContent { input: half.clone(), ..default() }, None);
        check(ItemContent { input: half.clone(), output: half, ..default() }, Some(("output", "max_size")));
        let deep = (0..101).fold(json!(1), |inner, _| json!([inner]));
        check(ItemContent { output: deep, ..default() }, Some(("output", "max_depth")));
        let long = Some("x".repeat(MAX_REFERENCE_CHARACTERS + 1));
        check(ItemContent { ref_trace_id: long.clone(), ..default() }, Some(("ref_trace_id", "max_length")));
        check(ItemContent { ref_source_id: long, ..default() }, Some(("ref_source_id", "max_length")));
        let far = DateTime::<Utc>::MAX_UTC;
        check(ItemContent { ref_timestamp: Some(far), ..default() }, Some(("ref_timestamp", "invalid_input")));
    }
}
