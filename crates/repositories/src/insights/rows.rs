//! Insights between columns and the domain.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::dashboard::Tile;
use insights_core::file_system::Folder;
use insights_core::ids::{InsightId, ProjectId, UserId};
use insights_core::insight::repository::InsightDraft;
use insights_core::insight::{Insight, InsightFields, ShortId};
use insights_core::text::search_form;

use crate::connection::AnyConnection;
use crate::failure::Failure;
use crate::schema::{insight_tags, insights};
use crate::tiles::tiles_of_insights;
use crate::values::{from_json, instant, json_text, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = insights)]
pub(super) struct InsightRow {
    id: i64,
    project_id: i64,
    short_id: String,
    version: i64,
    name: Option<String>,
    derived_name: Option<String>,
    description: Option<String>,
    query: Option<String>,
    filters: String,
    sort_order: Option<i32>,
    deleted: bool,
    saved: bool,
    favorited: bool,
    is_sample: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    updated_at: NaiveDateTime,
    last_modified_at: NaiveDateTime,
    last_modified_by: Option<i64>,
}

impl InsightRow {
    fn into_insight(self, tags: Vec<String>, tiles: Vec<Tile>) -> Result<Insight, Failure> {
        let fields = InsightFields {
            name: self.name,
            derived_name: self.derived_name,
            description: self.description,
            query: self.query.map(|query| from_json("insight", &query)).transpose()?,
            filters: from_json("insight", &self.filters)?,
            order: self.sort_order,
            deleted: self.deleted,
            saved: self.saved,
            favorited: self.favorited,
            is_sample: self.is_sample,
            tags,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            updated_at: instant(self.updated_at),
            last_modified_at: instant(self.last_modified_at),
            last_modified_by: self.last_modified_by.map(UserId),
        };
        Ok(Insight {
            id: InsightId(self.id),
            project: ProjectId(self.project_id),
            short_id: ShortId(self.short_id),
            version: self.version,
            fields,
            tiles,
        })
    }
}

/// What an insight is made with and never changes.
#[derive(Insertable)]
#[diesel(table_name = insights, treat_none_as_default_value = false)]
pub(super) struct NewInsightRow {
    project_id: i64,
    short_id: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    folder: Option<String>,
    #[diesel(embed)]
    changeable: ChangedInsightRow,
}

impl NewInsightRow {
    pub(super) fn new(draft: &InsightDraft) -> Self {
        Self {
            project_id: draft.project.0,
            short_id: draft.short_id.0.clone(),
            created_at: stamp(draft.fields.created_at),
            created_by: draft.fields.created_by.map(|user| user.0),
            folder: draft.folder.as_ref().map(Folder::to_string),
            changeable: ChangedInsightRow::of_version(&draft.fields, 1),
        }
    }
}

/// What every change of an insight writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = insights, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedInsightRow {
    version: i64,
    name: Option<String>,
    derived_name: Option<String>,
    description: Option<String>,
    query: Option<String>,
    filters: String,
    kind: Option<String>,
    search_text: String,
    sort_order: Option<i32>,
    deleted: bool,
    saved: bool,
    favorited: bool,
    is_sample: bool,
    updated_at: NaiveDateTime,
    last_modified_at: NaiveDateTime,
    last_modified_by: Option<i64>,
}

impl ChangedInsightRow {
    pub(super) fn new(insight: &Insight) -> Self {
        Self::of_version(&insight.fields, insight.version + 1)
    }

    fn of_version(fields: &InsightFields, version: i64) -> Self {
        Self {
            version,
            name: fields.name.clone(),
            derived_name: fields.derived_name.clone(),
            description: fields.description.clone(),
            query: fields.query.as_ref().map(json_text),
            filters: json_text(&fields.filters),
            kind: fields.kind().map(|kind| kind.name().to_owned()),
            search_text: search_text(fields),
            sort_order: fields.order,
            deleted: fields.deleted,
            saved: fields.saved,
            favorited: fields.favorited,
            is_sample: fields.is_sample,
            updated_at: stamp(fields.updated_at),
            last_modified_at: stamp(fields.last_modified_at),
            last_modified_by: fields.last_modified_by.map(|user| user.0),
        }
    }
}

/// What a search looks through, apart from the tags: the texts in their search form, with a control character between them that nobody
/// searches for, so that no search matches across two.
fn search_text(fields: &InsightFields) -> String {
    let texts = [&fields.name, &fields.derived_name, &fields.description];
    let texts: Vec<_> = texts.into_iter().flatten().map(|text| search_form(text)).collect();
    texts.join("\u{1}")
}

/// The insights of the rows, in their order, with tags and live tiles.
pub(super) fn assemble(connection: &mut AnyConnection, rows: Vec<InsightRow>) -> Result<Vec<Insight>, Failure> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let pairs: Vec<(i64, String)> = insight_tags::table
        .filter(insight_tags::insight_id.eq_any(&ids))
        .order((insight_tags::insight_id, insight_tags::tag))
        .select((insight_tags::insight_id, insight_tags::tag))
        .load(connection)?;
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for (id, tag) in pairs {
        tags.entry(id).or_default().push(tag);
    }
    let mut tiles = tiles_of_insights(connection, &ids)?;
    let finish = |row: InsightRow| {
        let (tags, tiles) = (tags.remove(&row.id), tiles.remove(&row.id));
        row.into_insight(tags.unwrap_or_default(), tiles.unwrap_or_default())
    };
    rows.into_iter().map(finish).collect()
}
