//! The use cases of dashboards.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::repository::{DashboardDraft, DashboardFilter, DashboardRepository, NewTile, TileChange, TileEdit};
use super::{
    CreationMode, Dashboard, DashboardFields, MAX_TEXT_CHARACTERS, MAX_TEXT_TILE_CHARACTERS, MAX_TILES,
    RestrictionLevel, SCOPE, TileContent,
};
use crate::activity::diff::{Change, FieldPair, diff};
use crate::activity::repository::{ActivityFilter, ActivityRepository};
use crate::activity::{ActivityDetail, ActivityEntry, NewActivity, verb};
use crate::auth::Actor;
use crate::error::{RepositoryError, ServiceResult};
use crate::file_system::Folder;
use crate::ids::{DashboardId, ProjectId};
use crate::paging::{Page, Paged};
use crate::problem::Problem;
use crate::repositories::{DeletedRows, Repositories};
use crate::retry;
use crate::text::{check_length, normalise_tags};
use crate::time::Clock;

/// What a new dashboard is asked for with; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewDashboard {
    /// See [`DashboardFields::name`].
    pub name: Option<String>,
    /// See [`DashboardFields::description`].
    pub description: Option<String>,
    /// See [`DashboardFields::pinned`].
    pub pinned: bool,
    /// See [`DashboardFields::filters`].
    pub filters: Option<Value>,
    /// In any form.
    pub tags: Vec<String>,
    /// 21 or 37.
    pub restriction_level: Option<i64>,
    /// The dashboard that this one begins as a copy of.
    pub use_dashboard: Option<DashboardId>,
    /// Path of the folder to make it in; empty for none.
    pub folder: Option<String>,
}

/// What of a dashboard is to change. `None` leaves what there is; `Some(None)` takes a value away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DashboardPatch {
    /// See [`DashboardFields::name`].
    pub name: Option<Option<String>>,
    /// See [`DashboardFields::description`].
    pub description: Option<String>,
    /// See [`DashboardFields::pinned`].
    pub pinned: Option<bool>,
    /// See [`DashboardFields::filters`].
    pub filters: Option<Value>,
    /// See [`DashboardFields::variables`].
    pub variables: Option<Value>,
    /// See [`DashboardFields::breakdown_colors`].
    pub breakdown_colors: Option<Value>,
    /// The only tags, in any form.
    pub tags: Option<Vec<String>>,
    /// 21 or 37.
    pub restriction_level: Option<i64>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
    /// Along with `deleted: true`: also deletes the insights that are on no other dashboard.
    pub delete_insights: bool,
    /// Tiles to add, write and remove; ignored when deleting or bringing back. Insights are put on dashboards by changing the insight.
    pub tiles: Vec<TileEdit>,
}

/// The use cases of dashboards.
#[derive(Clone, Debug)]
pub struct DashboardService {
    dashboards: Arc<dyn DashboardRepository>,
    activity: Arc<dyn ActivityRepository>,
    clock: Arc<dyn Clock>,
}

impl DashboardService {
    /// A service over the repositories.
    pub fn new(repositories: &Repositories, clock: Arc<dyn Clock>) -> Self {
        Self { dashboards: Arc::clone(&repositories.dashboards), activity: Arc::clone(&repositories.activity), clock }
    }

    /// Makes a dashboard, empty or as a copy of another.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewDashboard) -> ServiceResult<Dashboard> {
        let now = self.clock.now();
        let template = match new.use_dashboard {
            Some(id) => {
                let found = self.dashboards.get(actor.project, id, DeletedRows::Hidden)?;
                Some(found.ok_or_else(|| Problem::invalid("use_dashboard", "Dashboard not found"))?)
            }
            None => None,
        };
        let folder = new.folder.as_deref().map(|path| Folder::parse("_create_in_folder", path)).transpose()?.flatten();
        let fields = new_fields(new, template.as_ref(), actor, now)?;
        let tiles = template.map(|template| template.tiles).unwrap_or_default();
        let tiles = tiles
            .into_iter()
            .map(|tile| NewTile { content: tile.content, layouts: tile.layouts, color: tile.color })
            .collect();
        let activity = log_row(actor, verb::CREATED, String::new(), &fields, None, now);
        let draft = DashboardDraft { project: actor.project, fields, tiles, folder };
        Ok(self.dashboards.create(&draft, Some(&activity))?)
    }

    /// The project's live dashboard of that number.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: DashboardId) -> ServiceResult<Dashboard> {
        let found = self.dashboards.get(project, id, DeletedRows::Hidden)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// As [`Self::require`], and notes that someone looked at it.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub fn open(&self, project: ProjectId, id: DashboardId) -> ServiceResult<Dashboard> {
        let mut dashboard = self.require(project, id)?;
        let now = self.clock.now();
        self.dashboards.touch(project, id, now)?;
        dashboard.fields.last_accessed_at = Some(now);
        Ok(dashboard)
    }

    /// The project's live dashboards of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// The repository's.
    pub fn get_batch(&self, project: ProjectId, ids: &[DashboardId]) -> ServiceResult<Vec<Dashboard>> {
        Ok(self.dashboards.get_batch(project, ids)?)
    }

    /// A page of the project's live dashboards: pinned ones first, then by name, then by number.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &DashboardFilter, page: Page) -> ServiceResult<Paged<Dashboard>> {
        Ok(self.dashboards.list(project, filter, page)?)
    }

    /// Changes a dashboard. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is no live one (`deleted: false` finds deleted ones too), a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: DashboardId, patch: &DashboardPatch) -> ServiceResult<Dashboard> {
        let rows = if patch.deleted == Some(false) { DeletedRows::Included } else { DeletedRows::Hidden };
        retry::on_conflict(|| {
            let old = self.dashboards.get(actor.project, id, rows)?.ok_or_else(Problem::not_found)?;
            let now = self.clock.now();
            let fields = apply(patch, &old.fields)?;
            let (verb, tiles) = match (old.fields.deleted, fields.deleted, patch.delete_insights) {
                (false, true, false) => (verb::DELETED, TileChange::DeleteAll),
                (false, true, true) => (verb::DELETED, TileChange::DeleteAllWithInsights),
                (true, false, _) => (verb::RESTORED, TileChange::RestoreAll),
                _ if patch.tiles.is_empty() => (verb::UPDATED, TileChange::None),
                _ => {
                    check_tiles(&old, &patch.tiles)?;
                    (verb::UPDATED, TileChange::Edit(patch.tiles.clone()))
                }
            };
            let changes = changes(&old.fields, &fields);
            let activity = (verb != verb::UPDATED || !changes.is_empty())
                .then(|| log_row(actor, verb, id.to_string(), &fields, Some(changes), now));
            match self.dashboards.update(&Dashboard { fields, ..old }, &tiles, activity.as_ref()) {
                Err(RepositoryError::NotFound { what: "tile" }) => {
                    Err(Problem::invalid("tiles", "Tile not found").into())
                }
                result => Ok(result?),
            }
        })
    }

    /// A page of the log of one dashboard, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn activity(&self, project: ProjectId, id: DashboardId, page: Page) -> ServiceResult<Paged<ActivityEntry>> {
        let filter = ActivityFilter { project, scope: SCOPE.to_owned(), item_id: Some(id.to_string()) };
        Ok(self.activity.list(&filter, page)?)
    }
}

fn new_fields(
    new: NewDashboard,
    template: Option<&Dashboard>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<DashboardFields, Problem> {
    let template = template.map(|template| &template.fields);
    let object = || Value::Object(Map::new());
    let mut tags = normalise_tags(&new.tags)?;
    if let (true, Some(template)) = (tags.is_empty(), template) {
        tags.clone_from(&template.tags);
    }
    let fields = DashboardFields {
        name: new.name,
        description: new
            .description
            .or_else(|| template.map(|template| template.description.clone()))
            .unwrap_or_default(),
        pinned: new.pinned,
        filters: new.filters.or_else(|| template.map(|template| template.filters.clone())).unwrap_or_else(object),
        variables: template.map_or_else(object, |template| template.variables.clone()),
        breakdown_colors: template
            .map_or_else(|| Value::Array(Vec::new()), |template| template.breakdown_colors.clone()),
        tags,
        restriction_level: new.restriction_level.map_or(Ok(RestrictionLevel::default()), parse_restriction_level)?,
        creation_mode: if template.is_some() { CreationMode::Duplicate } else { CreationMode::Default },
        deleted: false,
        created_at: now,
        created_by: Some(actor.user),
        last_accessed_at: None,
    };
    check(&fields)?;
    Ok(fields)
}

fn apply(patch: &DashboardPatch, old: &DashboardFields) -> Result<DashboardFields, Problem> {
    let patch = patch.clone();
    let mut fields = old.clone();
    fields.name = patch.name.unwrap_or(fields.name);
    fields.description = patch.description.unwrap_or(fields.description);
    fields.pinned = patch.pinned.unwrap_or(fields.pinned);
    fields.filters = patch.filters.unwrap_or(fields.filters);
    fields.variables = patch.variables.unwrap_or(fields.variables);
    fields.breakdown_colors = patch.breakdown_colors.unwrap_or(fields.breakdown_colors);
    fields.deleted = patch.deleted.unwrap_or(fields.deleted);
    if let Some(tags) = &patch.tags {
        fields.tags = normalise_tags(tags)?;
    }
    if let Some(level) = patch.restriction_level {
        fields.restriction_level = parse_restriction_level(level)?;
    }
    check(&fields)?;
    Ok(fields)
}

fn check(fields: &DashboardFields) -> Result<(), Problem> {
    check_length("name", fields.name.as_deref().unwrap_or_default(), MAX_TEXT_CHARACTERS)?;
    check_length("description", &fields.description, MAX_TEXT_CHARACTERS)?;
    for (attr, value) in [("filters", &fields.filters), ("variables", &fields.variables)] {
        if !value.is_object() {
            return Err(Problem::invalid(attr, format!("{attr} must be a JSON object")));
        }
    }
    if !fields.breakdown_colors.is_array() {
        return Err(Problem::invalid("breakdown_colors", "breakdown_colors must be a JSON array"));
    }
    Ok(())
}

/// That texts go where there are texts, and are not too many or too long.
fn check_tiles(dashboard: &Dashboard, edits: &[TileEdit]) -> Result<(), Problem> {
    let mut n_tiles = dashboard.tiles.len();
    for edit in edits {
        match edit {
            TileEdit::Add(tile) => {
                if let TileContent::Text(text) = &tile.content {
                    check_length("tiles", text, MAX_TEXT_TILE_CHARACTERS)?;
                }
                n_tiles += 1;
                if n_tiles > MAX_TILES {
                    return Err(Problem::invalid("tiles", format!("A dashboard has at most {MAX_TILES} tiles.")));
                }
            }
            TileEdit::Write(patch) => {
                let Some(text) = &patch.text else { continue };
                check_length("tiles", text, MAX_TEXT_TILE_CHARACTERS)?;
                let tile = dashboard.tiles.iter().find(|tile| tile.id == patch.id);
                if tile.is_some_and(|tile| tile.insight().is_some()) {
                    return Err(Problem::invalid("tiles", format!("Tile {} holds an insight, not a text.", patch.id)));
                }
            }
            TileEdit::Remove(_) => n_tiles = n_tiles.saturating_sub(1),
        }
    }
    Ok(())
}

fn parse_restriction_level(number: i64) -> Result<RestrictionLevel, Problem> {
    RestrictionLevel::from_number(number)
        .ok_or_else(|| Problem::invalid_choice("restriction_level", &number.to_string()))
}

fn changes(old: &DashboardFields, new: &DashboardFields) -> Vec<Change> {
    let fields = vec![
        FieldPair::relation("tags", old.tags.clone(), new.tags.clone()),
        FieldPair::column("name", old.name.clone(), new.name.clone()),
        FieldPair::column("description", old.description.clone(), new.description.clone()),
        FieldPair::column("pinned", old.pinned, new.pinned),
        FieldPair::column("deleted", old.deleted, new.deleted),
        FieldPair::column("filters", old.filters.clone(), new.filters.clone()),
        FieldPair::column("variables", old.variables.clone(), new.variables.clone()),
        FieldPair::column("breakdown_colors", old.breakdown_colors.clone(), new.breakdown_colors.clone()),
        FieldPair::column("restriction_level", old.restriction_level.number(), new.restriction_level.number()),
    ];
    diff(SCOPE, fields)
}

fn log_row(
    actor: &Actor,
    verb: &str,
    item_id: String,
    fields: &DashboardFields,
    changes: Option<Vec<Change>>,
    now: DateTime<Utc>,
) -> NewActivity {
    let detail = ActivityDetail { changes, name: fields.name.clone(), ..ActivityDetail::default() };
    NewActivity::by(actor, verb, SCOPE, item_id, detail, now)
}
