//! Dashboards between columns and the domain.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::dashboard::repository::DashboardDraft;
use insights_core::dashboard::{CreationMode, Dashboard, DashboardFields, RestrictionLevel, Tile};
use insights_core::file_system::Folder;
use insights_core::ids::{DashboardId, ProjectId, UserId};
use insights_core::text::search_form;

use crate::connection::AnyConnection;
use crate::failure::{Failure, unreadable};
use crate::schema::{dashboard_tags, dashboards};
use crate::tiles::tiles_of_dashboards;
use crate::values::{from_json, instant, json_text, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = dashboards)]
pub(super) struct DashboardRow {
    id: i64,
    project_id: i64,
    version: i64,
    name: Option<String>,
    description: String,
    pinned: bool,
    filters: String,
    variables: String,
    breakdown_colors: String,
    restriction_level: i16,
    creation_mode: String,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    last_accessed_at: Option<NaiveDateTime>,
}

impl DashboardRow {
    fn into_dashboard(self, tags: Vec<String>, tiles: Vec<Tile>) -> Result<Dashboard, Failure> {
        let what = "dashboard";
        let level = self.restriction_level;
        let fields = DashboardFields {
            name: self.name,
            description: self.description,
            pinned: self.pinned,
            filters: from_json(what, &self.filters)?,
            variables: from_json(what, &self.variables)?,
            breakdown_colors: from_json(what, &self.breakdown_colors)?,
            tags,
            restriction_level: RestrictionLevel::from_number(i64::from(level))
                .ok_or_else(|| unreadable(what, format!("restriction level {level}")))?,
            creation_mode: CreationMode::from_name(&self.creation_mode)
                .ok_or_else(|| unreadable(what, format!("creation mode {}", self.creation_mode)))?,
            deleted: self.deleted,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
            last_accessed_at: self.last_accessed_at.map(instant),
        };
        let (id, project) = (DashboardId(self.id), ProjectId(self.project_id));
        Ok(Dashboard { id, project, version: self.version, fields, tiles })
    }
}

/// What a dashboard is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = dashboards, treat_none_as_default_value = false)]
pub(super) struct NewDashboardRow {
    project_id: i64,
    creation_mode: String,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    last_accessed_at: Option<NaiveDateTime>,
    folder: Option<String>,
    #[diesel(embed)]
    changeable: ChangedDashboardRow,
}

impl NewDashboardRow {
    pub(super) fn new(draft: &DashboardDraft) -> Self {
        let fields = &draft.fields;
        Self {
            project_id: draft.project.0,
            creation_mode: fields.creation_mode.name().to_owned(),
            created_at: stamp(fields.created_at),
            created_by: fields.created_by.map(|user| user.0),
            last_accessed_at: fields.last_accessed_at.map(stamp),
            folder: draft.folder.as_ref().map(Folder::to_string),
            changeable: ChangedDashboardRow::of_version(fields, 1),
        }
    }
}

/// What every change of a dashboard writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dashboards, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChangedDashboardRow {
    version: i64,
    name: Option<String>,
    description: String,
    search_text: String,
    pinned: bool,
    filters: String,
    variables: String,
    breakdown_colors: String,
    restriction_level: i16,
    deleted: bool,
}

impl ChangedDashboardRow {
    pub(super) fn new(dashboard: &Dashboard) -> Self {
        Self::of_version(&dashboard.fields, dashboard.version + 1)
    }

    fn of_version(fields: &DashboardFields, version: i64) -> Self {
        let name = fields.name.as_deref().unwrap_or_default();
        Self {
            version,
            name: fields.name.clone(),
            description: fields.description.clone(),
            // Nobody searches for the control character between them, so that no search matches across both.
            search_text: search_form(&format!("{name}\u{1}{}", fields.description)),
            pinned: fields.pinned,
            filters: json_text(&fields.filters),
            variables: json_text(&fields.variables),
            breakdown_colors: json_text(&fields.breakdown_colors),
            restriction_level: fields.restriction_level.number(),
            deleted: fields.deleted,
        }
    }
}

/// The dashboards of the rows, in their order, with tags and live tiles.
pub(super) fn assemble(connection: &mut AnyConnection, rows: Vec<DashboardRow>) -> Result<Vec<Dashboard>, Failure> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let pairs: Vec<(i64, String)> = dashboard_tags::table
        .filter(dashboard_tags::dashboard_id.eq_any(&ids))
        .order((dashboard_tags::dashboard_id, dashboard_tags::tag))
        .select((dashboard_tags::dashboard_id, dashboard_tags::tag))
        .load(connection)?;
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for (id, tag) in pairs {
        tags.entry(id).or_default().push(tag);
    }
    let mut tiles = tiles_of_dashboards(connection, &ids)?;
    let finish = |row: DashboardRow| {
        let (tags, tiles) = (tags.remove(&row.id), tiles.remove(&row.id));
        row.into_dashboard(tags.unwrap_or_default(), tiles.unwrap_or_default())
    };
    rows.into_iter().map(finish).collect()
}
