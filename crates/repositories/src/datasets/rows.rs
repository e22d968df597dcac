//! Rows of datasets and their items.

use ::datasets::model::{Dataset, DatasetFields, DatasetId, Item, ItemContent, ItemFields, ItemId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::ids::{ProjectId, UserId};
use insights_core::text::search_form;
use serde_json::Value;

use super::WHAT;
use super::items::ITEM;
use crate::failure::Failure;
use crate::schema::{dataset_items, datasets};
use crate::values::{from_json, from_uuid, instant, json_text, lookup, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = datasets)]
pub(super) struct DatasetRow {
    id: String,
    project_id: i64,
    revision: i64,
    name: String,
    description: Option<String>,
    metadata: String,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl TryFrom<DatasetRow> for Dataset {
    type Error = Failure;

    fn try_from(row: DatasetRow) -> Result<Self, Failure> {
        let fields = DatasetFields {
            name: row.name,
            description: row.description,
            metadata: from_json(WHAT, &row.metadata)?,
            deleted: row.deleted,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
            updated_at: instant(row.updated_at),
        };
        let id = DatasetId(from_uuid(WHAT, &row.id)?);
        Ok(Self { id, project: ProjectId(row.project_id), revision: row.revision, fields })
    }
}

/// What a dataset is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = datasets, treat_none_as_default_value = false)]
pub(super) struct NewDatasetRow {
    id: String,
    project_id: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedDatasetRow,
}

impl NewDatasetRow {
    pub(super) fn new(dataset: &Dataset) -> Self {
        Self {
            id: dataset.id.to_string(),
            project_id: dataset.project.0,
            created_at: stamp(dataset.fields.created_at),
            created_by: dataset.fields.created_by.map(|user| user.0),
            changeable: ChangedDatasetRow::of_revision(&dataset.fields, dataset.revision),
        }
    }
}

/// What every change of a dataset writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = datasets, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedDatasetRow {
    revision: i64,
    name: String,
    description: Option<String>,
    metadata: String,
    search_text: String,
    deleted: bool,
    updated_at: NaiveDateTime,
}

impl ChangedDatasetRow {
    pub(super) fn of_revision(fields: &DatasetFields, revision: i64) -> Self {
        let metadata = json_text(&fields.metadata);
        // Nobody searches for the control character between them, so that no search matches across two.
        let texts = [
            fields.name.as_str(),
            fields.description.as_deref().unwrap_or_default(),
            if fields.metadata == Value::Null { "" } else { &metadata },
        ];
        Self {
            revision,
            name: fields.name.clone(),
            description: fields.description.clone(),
            search_text: search_form(&lookup(&texts.join("\u{1}"))),
            metadata,
            deleted: fields.deleted,
            updated_at: stamp(fields.updated_at),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dataset_items)]
pub(super) struct ItemRow {
    id: String,
    project_id: i64,
    revision: i64,
    dataset_id: String,
    import_key: Option<String>,
    input: String,
    output: String,
    metadata: String,
    ref_trace_id: Option<String>,
    ref_timestamp: Option<NaiveDateTime>,
    ref_source_id: Option<String>,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
}

impl TryFrom<ItemRow> for Item {
    type Error = Failure;

    fn try_from(row: ItemRow) -> Result<Self, Failure> {
        let content = ItemContent {
            input: from_json(ITEM, &row.input)?,
            output: from_json(ITEM, &row.output)?,
            metadata: from_json(ITEM, &row.metadata)?,
            ref_trace_id: row.ref_trace_id,
            ref_timestamp: row.ref_timestamp.map(instant),
            ref_source_id: row.ref_source_id,
        };
        let fields = ItemFields {
            dataset: DatasetId(from_uuid(ITEM, &row.dataset_id)?),
            content,
            deleted: row.deleted,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
            updated_at: instant(row.updated_at),
        };
        Ok(Self {
            id: ItemId(from_uuid(ITEM, &row.id)?),
            project: ProjectId(row.project_id),
            revision: row.revision,
            key: row.import_key,
            fields,
        })
    }
}

/// What an item is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = dataset_items, treat_none_as_default_value = false)]
pub(super) struct NewItemRow {
    id: String,
    project_id: i64,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedItemRow,
}

impl NewItemRow {
    pub(super) fn new(item: &Item) -> Self {
        Self {
            id: item.id.to_string(),
            project_id: item.project.0,
            created_at: stamp(item.fields.created_at),
            created_by: item.fields.created_by.map(|user| user.0),
            changeable: ChangedItemRow::of_revision(item, item.revision),
        }
    }
}

/// What every change of an item writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dataset_items, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedItemRow {
    revision: i64,
    dataset_id: String,
    import_key: Option<String>,
    input: String,
    output: String,
    metadata: String,
    ref_trace_id: Option<String>,
    ref_timestamp: Option<NaiveDateTime>,
    ref_source_id: Option<String>,
    deleted: bool,
    updated_at: NaiveDateTime,
}

impl ChangedItemRow {
    pub(super) fn of_revision(item: &Item, revision: i64) -> Self {
        let content = &item.fields.content;
        Self {
            revision,
            dataset_id: item.fields.dataset.to_string(),
            import_key: item.key.clone(),
            input: json_text(&content.input),
            output: json_text(&content.output),
            metadata: json_text(&content.metadata),
            ref_trace_id: content.ref_trace_id.clone(),
            ref_timestamp: content.ref_timestamp.map(stamp),
            ref_source_id: content.ref_source_id.clone(),
            deleted: item.fields.deleted,
            updated_at: stamp(item.fields.updated_at),
        }
    }
}
