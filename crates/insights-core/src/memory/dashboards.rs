//! Dashboards in memory.

use chrono::{DateTime, Utc};

use super::{InMemoryDatabase, State, next_number};
use crate::activity::NewActivity;
use crate::dashboard::repository::{
    DashboardDraft, DashboardFilter, DashboardRepository, NewTile, TileChange, TileEdit, TilePatch,
};
use crate::dashboard::{Dashboard, DashboardFields, TileContent};
use crate::error::{RepositoryError, RepositoryResult};
use crate::ids::{DashboardId, InsightId, ProjectId};
use crate::paging::{Page, Paged};
use crate::repositories::DeletedRows;
use crate::text::search_form;

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "dashboard" };

impl DashboardRepository for InMemoryDatabase {
    fn create(&self, draft: &DashboardDraft, activity: Option<&NewActivity>) -> RepositoryResult<Dashboard> {
        let mut state = self.state();
        state.require_contents(draft.project, &draft.tiles)?;
        let id = DashboardId(next_number(&state.dashboards, |id| id.0));
        let dashboard =
            Dashboard { id, project: draft.project, version: 1, fields: draft.fields.clone(), tiles: Vec::new() };
        state.dashboards.insert(id, dashboard);
        state.dashboard_folders.extend(draft.folder.clone().map(|folder| (id, folder)));
        for tile in &draft.tiles {
            state.add_tile(id, tile.content.clone(), tile.layouts.clone(), tile.color.clone());
        }
        if let Some(activity) = activity {
            state.log(&NewActivity { item_id: id.to_string(), ..activity.clone() });
        }
        Ok(state.dashboard(id).expect("it was inserted above"))
    }

    fn get(&self, project: ProjectId, id: DashboardId, rows: DeletedRows) -> RepositoryResult<Option<Dashboard>> {
        let found = self.state().dashboard(id).filter(|found| found.project == project);
        Ok(found.filter(|found| rows == DeletedRows::Included || !found.fields.deleted))
    }

    fn get_batch(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<Dashboard>> {
        let state = self.state();
        let found = state.live_dashboards(project).filter(|found| ids.contains(&found.id));
        Ok(found.filter_map(|found| state.dashboard(found.id)).collect())
    }

    fn list(&self, project: ProjectId, filter: &DashboardFilter, page: Page) -> RepositoryResult<Paged<Dashboard>> {
        let state = self.state();
        let search = filter.search.as_deref().map(search_form);
        let matches = |fields: &DashboardFields| {
            search.as_ref().is_none_or(|search| {
                let texts = [fields.name.as_deref().unwrap_or_default(), &fields.description];
                texts.into_iter().any(|text| search_form(text).contains(search))
            })
        };
        let passing = state
            .live_dashboards(project)
            .filter(|found| matches(&found.fields) && filter.pinned.is_none_or(|pinned| found.fields.pinned == pinned));
        let mut passing: Vec<_> = passing.filter_map(|found| state.dashboard(found.id)).collect();
        passing.sort_by(|a, b| {
            let key = |found: &Dashboard| (!found.fields.pinned, found.fields.name.clone(), found.id);
            key(a).cmp(&key(b))
        });
        Ok(Paged::cut(passing, page))
    }

    fn update(
        &self,
        dashboard: &Dashboard,
        tiles: &TileChange,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Dashboard> {
        let mut state = self.state();
        let stored = state.dashboards.get(&dashboard.id).filter(|stored| stored.project == dashboard.project);
        if stored.ok_or(NOT_FOUND)?.version != dashboard.version {
            return Err(RepositoryError::Conflict { what: "dashboard" });
        }
        match tiles {
            TileChange::None => {}
            TileChange::Edit(edits) => state.edit_tiles(dashboard, edits)?,
            TileChange::DeleteAll => _ = state.mark_tiles(dashboard.id, true),
            TileChange::DeleteAllWithInsights => {
                let insights = state.mark_tiles(dashboard.id, true);
                for id in insights {
                    if state.live_tiles(|tile| tile.insight() == Some(id)).is_empty() {
                        state.mark_insight(id, true);
                    }
                }
            }
            TileChange::RestoreAll => {
                for id in state.mark_tiles(dashboard.id, false) {
                    state.mark_insight(id, false);
                }
            }
        }
        let stored = state.dashboards.get_mut(&dashboard.id).ok_or(NOT_FOUND)?;
        stored.version += 1;
        stored.fields = DashboardFields {
            created_at: stored.fields.created_at,
            created_by: stored.fields.created_by,
            creation_mode: stored.fields.creation_mode,
            last_accessed_at: stored.fields.last_accessed_at,
            ..dashboard.fields.clone()
        };
        if let Some(activity) = activity {
            state.log(activity);
        }
        Ok(state.dashboard(dashboard.id).expect("it was found above"))
    }

    fn touch(&self, project: ProjectId, id: DashboardId, at: DateTime<Utc>) -> RepositoryResult<()> {
        let mut state = self.state();
        if let Some(stored) = state.dashboards.get_mut(&id).filter(|stored| stored.project == project) {
            stored.fields.last_accessed_at = Some(at);
        }
        Ok(())
    }
}

impl State {
    fn live_dashboards(&self, project: ProjectId) -> impl Iterator<Item = &Dashboard> {
        self.dashboards.values().filter(move |found| found.project == project && !found.fields.deleted)
    }

    fn dashboard(&self, id: DashboardId) -> Option<Dashboard> {
        let dashboard = self.dashboards.get(&id)?;
        Some(Dashboard { tiles: self.live_tiles(|tile| tile.dashboard == id), ..dashboard.clone() })
    }

    /// Refuses tiles whose insights are no live ones of the project.
    fn require_contents<'a>(
        &self,
        project: ProjectId,
        tiles: impl IntoIterator<Item = &'a NewTile>,
    ) -> RepositoryResult<()> {
        let is_there = |tile: &NewTile| match tile.content {
            TileContent::Text(_) => true,
            TileContent::Insight(id) => {
                self.insights.get(&id).is_some_and(|insight| insight.project == project && !insight.fields.deleted)
            }
        };
        if tiles.into_iter().all(is_there) { Ok(()) } else { Err(RepositoryError::NotFound { what: "insight" }) }
    }

    /// All edits or none.
    fn edit_tiles(&mut self, dashboard: &Dashboard, edits: &[TileEdit]) -> RepositoryResult<()> {
        let added = edits.iter().filter_map(|edit| match edit {
            TileEdit::Add(tile) => Some(tile),
            TileEdit::Write(_) | TileEdit::Remove(_) => None,
        });
        self.require_contents(dashboard.project, added)?;
        let mut named = edits.iter().filter_map(|edit| match edit {
            TileEdit::Add(_) => None,
            TileEdit::Write(TilePatch { id, .. }) | TileEdit::Remove(id) => Some(id),
        });
        let is_there = |id| self.tiles.get(id).is_some_and(|row| row.tile.dashboard == dashboard.id && !row.deleted);
        if !named.all(is_there) {
            return Err(RepositoryError::NotFound { what: "tile" });
        }
        for edit in edits {
            match edit {
                TileEdit::Add(tile) => {
                    self.add_tile(dashboard.id, tile.content.clone(), tile.layouts.clone(), tile.color.clone());
                }
                TileEdit::Write(patch) => self.write_tile(patch),
                TileEdit::Remove(id) => self.tiles.get_mut(id).expect("it was found above").deleted = true,
            }
        }
        Ok(())
    }

    fn write_tile(&mut self, patch: &TilePatch) {
        let tile = &mut self.tiles.get_mut(&patch.id).expect("the caller has found it").tile;
        if let (Some(text), TileContent::Text(body)) = (&patch.text, &mut tile.content) {
            body.clone_from(text);
        }
        if let Some(layouts) = &patch.layouts {
            tile.layouts.clone_from(layouts);
        }
        if let Some(color) = &patch.color {
            tile.color.clone_from(color);
        }
    }

    /// Deletes the dashboard's tiles or brings them back; the insights on the ones that this concerned.
    fn mark_tiles(&mut self, dashboard: DashboardId, deleted: bool) -> Vec<InsightId> {
        let rows = self.tiles.values_mut().filter(|row| row.tile.dashboard == dashboard && row.deleted != deleted);
        rows.filter_map(|row| {
            row.deleted = deleted;
            row.tile.insight()
        })
        .collect()
    }

    fn mark_insight(&mut self, id: InsightId, deleted: bool) {
        if let Some(insight) = self.insights.get_mut(&id).filter(|insight| insight.fields.deleted != deleted) {
            insight.fields.deleted = deleted;
            insight.version += 1;
        }
    }
}
