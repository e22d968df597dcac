//! Insights, their tiles and views in memory.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{InMemoryDatabase, State, TileRow, next_number};
use crate::activity::NewActivity;
use crate::dashboard::{Tile, TileContent};
use crate::error::{RepositoryError, RepositoryResult};
use crate::ids::{DashboardId, InsightId, ProjectId, TileId, UserId};
use crate::insight::filter::{Direction, InsightFilter, InsightOrder, InsightOrderField};
use crate::insight::repository::{InsightDraft, InsightKey, InsightRepository};
use crate::insight::{Insight, InsightFields};
use crate::paging::{Page, Paged};
use crate::repositories::DeletedRows;
use crate::text::search_form;

impl InsightRepository for InMemoryDatabase {
    fn create(&self, draft: &InsightDraft, activity: Option<&NewActivity>) -> RepositoryResult<Insight> {
        let mut state = self.state();
        let is_taken = |other: &Insight| other.project == draft.project && other.short_id == draft.short_id;
        if state.insights.values().any(is_taken) {
            return Err(RepositoryError::Conflict { what: "insight" });
        }
        state.require_dashboards(draft.project, &draft.dashboards)?;
        let id = InsightId(next_number(&state.insights, |id| id.0));
        let insight = Insight {
            id,
            project: draft.project,
            short_id: draft.short_id.clone(),
            version: 1,
            fields: draft.fields.clone(),
            tiles: Vec::new(),
        };
        state.insights.insert(id, insight);
        state.insight_folders.extend(draft.folder.clone().map(|folder| (id, folder)));
        state.put_on(id, &draft.dashboards);
        if let Some(activity) = activity {
            state.log(&NewActivity { item_id: id.to_string(), ..activity.clone() });
        }
        Ok(state.insight(id).expect("it was inserted above"))
    }

    fn get(&self, project: ProjectId, key: &InsightKey, rows: DeletedRows) -> RepositoryResult<Option<Insight>> {
        let state = self.state();
        let is_asked_for = |insight: &&Insight| {
            insight.project == project
                && (rows == DeletedRows::Included || !insight.fields.deleted)
                && match key {
                    InsightKey::Id(id) => insight.id == *id,
                    InsightKey::ShortId(short_id) => insight.short_id == *short_id,
                }
        };
        let id = state.insights.values().find(is_asked_for).map(|insight| insight.id);
        Ok(id.and_then(|id| state.insight(id)))
    }

    fn get_batch(&self, project: ProjectId, ids: &[InsightId]) -> RepositoryResult<Vec<Insight>> {
        let state = self.state();
        let found = state.live_insights(project).filter(|insight| ids.contains(&insight.id));
        Ok(found.filter_map(|insight| state.insight(insight.id)).collect())
    }

    fn list(
        &self,
        project: ProjectId,
        caller: UserId,
        filter: &InsightFilter,
        page: Page,
    ) -> RepositoryResult<Paged<Insight>> {
        let state = self.state();
        let viewed = |insight: &Insight| state.views.get(&(caller, insight.id)).copied();
        let all = state.live_insights(project).filter_map(|insight| state.insight(insight.id));
        let mut passing: Vec<_> = all.filter(|insight| passes(insight, filter, caller, viewed(insight))).collect();
        passing.sort_by(|a, b| {
            let ascending = compare(filter.order, a, b, [viewed(a), viewed(b)]).then(a.id.cmp(&b.id));
            match filter.order.direction {
                Direction::Ascending => ascending,
                Direction::Descending => ascending.reverse(),
            }
        });
        Ok(Paged::cut(passing, page))
    }

    fn update(
        &self,
        insight: &Insight,
        dashboards: Option<&[DashboardId]>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Insight> {
        let mut state = self.state();
        let stored = state.insights.get(&insight.id).filter(|stored| stored.project == insight.project);
        let stored = stored.ok_or(RepositoryError::NotFound { what: "insight" })?;
        if stored.version != insight.version {
            return Err(RepositoryError::Conflict { what: "insight" });
        }
        state.require_dashboards(insight.project, dashboards.unwrap_or_default())?;
        let stored = state.insights.get_mut(&insight.id).expect("it was found above");
        stored.version += 1;
        stored.fields = InsightFields {
            created_at: stored.fields.created_at,
            created_by: stored.fields.created_by,
            ..insight.fields.clone()
        };
        if let Some(dashboards) = dashboards {
            for row in state.tiles.values_mut().filter(|row| row.tile.insight() == Some(insight.id)) {
                row.deleted = !dashboards.contains(&row.tile.dashboard);
            }
            state.put_on(insight.id, dashboards);
        }
        if let Some(activity) = activity {
            state.log(activity);
        }
        Ok(state.insight(insight.id).expect("it was found above"))
    }

    fn mark_viewed(
        &self,
        project: ProjectId,
        user: UserId,
        ids: &[InsightId],
        at: DateTime<Utc>,
    ) -> RepositoryResult<()> {
        let mut state = self.state();
        let live: Vec<_> = state.live_insights(project).map(|insight| insight.id).collect();
        for id in ids.iter().filter(|id| live.contains(id)) {
            state.views.insert((user, *id), at);
        }
        Ok(())
    }

    fn last_viewed(&self, user: UserId, ids: &[InsightId]) -> RepositoryResult<Vec<(InsightId, DateTime<Utc>)>> {
        let state = self.state();
        let ids: std::collections::BTreeSet<_> = ids.iter().copied().collect();
        Ok(ids.into_iter().filter_map(|id| Some((id, *state.views.get(&(user, id))?))).collect())
    }

    fn trending(&self, project: ProjectId, since: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Insight>> {
        let state = self.state();
        let n_viewers =
            |id: InsightId| state.views.iter().filter(|((_, seen), at)| *seen == id && **at >= since).count();
        let mut ranked: Vec<_> =
            state.live_insights(project).map(|insight| (n_viewers(insight.id), insight.id)).collect();
        ranked.retain(|(n_viewers, _)| *n_viewers > 0);
        ranked.sort_by_key(|(n_viewers, id)| (std::cmp::Reverse(*n_viewers), *id));
        Ok(ranked.into_iter().take(limit as usize).filter_map(|(_, id)| state.insight(id)).collect())
    }
}

impl State {
    fn live_insights(&self, project: ProjectId) -> impl Iterator<Item = &Insight> {
        self.insights.values().filter(move |insight| insight.project == project && !insight.fields.deleted)
    }

    pub(super) fn insight(&self, id: InsightId) -> Option<Insight> {
        let insight = self.insights.get(&id)?;
        Some(Insight { tiles: self.live_tiles(|tile| tile.insight() == Some(id)), ..insight.clone() })
    }

    fn require_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<()> {
        let is_live = |id: &DashboardId| {
            self.dashboards.get(id).is_some_and(|found| found.project == project && !found.fields.deleted)
        };
        if ids.iter().all(is_live) { Ok(()) } else { Err(RepositoryError::NotFound { what: "dashboard" }) }
    }

    /// Adds tiles on the dashboards where the insight has none, deleted or not.
    fn put_on(&mut self, insight: InsightId, dashboards: &[DashboardId]) {
        for dashboard in dashboards {
            let is_there = |row: &TileRow| row.tile.insight() == Some(insight) && row.tile.dashboard == *dashboard;
            if !self.tiles.values().any(is_there) {
                let layouts = serde_json::Value::Object(serde_json::Map::new());
                self.add_tile(*dashboard, TileContent::Insight(insight), layouts, None);
            }
        }
    }

    pub(super) fn add_tile(
        &mut self,
        dashboard: DashboardId,
        content: TileContent,
        layouts: serde_json::Value,
        color: Option<String>,
    ) {
        let id = TileId(next_number(&self.tiles, |id| id.0));
        self.tiles.insert(id, TileRow { tile: Tile { id, dashboard, content, layouts, color }, deleted: false });
    }
}

fn passes(insight: &Insight, filter: &InsightFilter, caller: UserId, viewed: Option<DateTime<Utc>>) -> bool {
    let fields = &insight.fields;
    let tags: Vec<_> = filter.tags.iter().map(|tag| search_form(tag.trim())).collect();
    filter.saved.is_none_or(|saved| fields.saved == saved)
        && filter.favorited.is_none_or(|favorited| fields.favorited == favorited)
        && (!filter.created_by_caller || fields.created_by == Some(caller))
        && filter.created_by.as_ref().is_none_or(|users| fields.created_by.is_some_and(|user| users.contains(&user)))
        && filter.dashboards.iter().all(|dashboard| insight.tile_on(*dashboard).is_some())
        && (tags.is_empty() || fields.tags.iter().any(|tag| tags.contains(tag)))
        && filter.kind.is_none_or(|kind| fields.kind() == Some(kind))
        && filter.short_id.as_ref().is_none_or(|short_id| insight.short_id.0 == *short_id)
        && filter.search.as_ref().is_none_or(|search| matches_search(fields, &search_form(search)))
        && filter.last_modified.contains(fields.last_modified_at)
        && filter.created.contains(fields.created_at)
        && (filter.last_viewed.is_open() || viewed.is_some_and(|viewed| filter.last_viewed.contains(viewed)))
}

fn matches_search(fields: &InsightFields, search: &str) -> bool {
    let texts = [&fields.name, &fields.derived_name, &fields.description];
    let mut texts = texts.into_iter().flatten().chain(&fields.tags);
    search.is_empty() || texts.any(|text| search_form(text).contains(search))
}

fn compare(order: InsightOrder, a: &Insight, b: &Insight, viewed: [Option<DateTime<Utc>>; 2]) -> Ordering {
    let (x, y) = (&a.fields, &b.fields);
    match order.field {
        InsightOrderField::Order => x.order.cmp(&y.order),
        InsightOrderField::Id => Ordering::Equal,
        InsightOrderField::ShortId => a.short_id.cmp(&b.short_id),
        InsightOrderField::Name => x.name.cmp(&y.name),
        InsightOrderField::DerivedName => x.derived_name.cmp(&y.derived_name),
        InsightOrderField::CreatedAt => x.created_at.cmp(&y.created_at),
        InsightOrderField::CreatedBy => x.created_by.cmp(&y.created_by),
        InsightOrderField::UpdatedAt => x.updated_at.cmp(&y.updated_at),
        InsightOrderField::LastModifiedAt => x.last_modified_at.cmp(&y.last_modified_at),
        InsightOrderField::LastViewedAt => viewed[0].cmp(&viewed[1]),
        InsightOrderField::Favorited => x.favorited.cmp(&y.favorited),
        InsightOrderField::Saved => x.saved.cmp(&y.saved),
    }
}
