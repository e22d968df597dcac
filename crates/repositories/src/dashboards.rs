//! Dashboards and their tags.

mod rows;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::dsl::IntoBoxed;
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::dashboard::repository::{
    DashboardDraft, DashboardFilter, DashboardRepository, NewTile, TileChange, TileEdit,
};
use insights_core::dashboard::{Dashboard, DashboardFields, TileContent};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{DashboardId, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;
use insights_core::text::search_form;

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::insights::{mark_insights, n_live_insights};
use crate::schema::{dashboard_tags, dashboards};
use crate::tiles::{edit_tiles, insert_tile, mark_tiles, tiles_of_insights};
use crate::values::{containing, signed, stamp, unsigned};
use rows::{ChangedDashboardRow, DashboardRow, NewDashboardRow, assemble};

impl DashboardRepository for DieselDatabase {
    fn create(&self, draft: &DashboardDraft, activity: Option<&NewActivity>) -> RepositoryResult<Dashboard> {
        self.write("dashboard", |connection| {
            require_contents(connection, draft.project, &draft.tiles)?;
            let row = NewDashboardRow::new(draft);
            let id =
                diesel::insert_into(dashboards::table).values(row).returning(dashboards::id).get_result(connection)?;
            let id = DashboardId(id);
            insert_tags(connection, id, &draft.fields)?;
            for tile in &draft.tiles {
                insert_tile(connection, id, tile)?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &id.to_string())?;
            }
            load_one(connection, id)
        })
    }

    fn get(&self, project: ProjectId, id: DashboardId, rows: DeletedRows) -> RepositoryResult<Option<Dashboard>> {
        self.read("dashboard", |connection| {
            let mut query = dashboards::table
                .filter(dashboards::project_id.eq(project.0))
                .filter(dashboards::id.eq(id.0))
                .into_boxed::<MultiBackend>();
            if rows == DeletedRows::Hidden {
                query = query.filter(dashboards::deleted.eq(false));
            }
            let rows: Vec<DashboardRow> = query.select(DashboardRow::as_select()).load(connection)?;
            Ok(assemble(connection, rows)?.pop())
        })
    }

    fn get_batch(&self, project: ProjectId, ids: &[DashboardId]) -> RepositoryResult<Vec<Dashboard>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        self.read("dashboard", |connection| {
            let rows: Vec<DashboardRow> = dashboards::table
                .filter(dashboards::project_id.eq(project.0))
                .filter(dashboards::id.eq_any(ids))
                .filter(dashboards::deleted.eq(false))
                .order(dashboards::id)
                .select(DashboardRow::as_select())
                .load(connection)?;
            assemble(connection, rows)
        })
    }

    fn list(&self, project: ProjectId, filter: &DashboardFilter, page: Page) -> RepositoryResult<Paged<Dashboard>> {
        self.read("dashboard", |connection| {
            let count: i64 = passing(project, filter).count().get_result(connection)?;
            let rows: Vec<DashboardRow> = passing(project, filter)
                .order((
                    dashboards::pinned.desc(),
                    dashboards::name.is_not_null().asc(),
                    dashboards::name.asc(),
                    dashboards::id.asc(),
                ))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(DashboardRow::as_select())
                .load(connection)?;
            Ok(Paged { count: unsigned(count), items: assemble(connection, rows)? })
        })
    }

    fn update(
        &self,
        dashboard: &Dashboard,
        tiles: &TileChange,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Dashboard> {
        self.write("dashboard", |connection| {
            write_fields(connection, dashboard)?;
            change_tiles(connection, dashboard, tiles)?;
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, dashboard.id)
        })
    }

    fn touch(&self, project: ProjectId, id: DashboardId, at: DateTime<Utc>) -> RepositoryResult<()> {
        self.write("dashboard", |connection| {
            let stored = dashboards::table.filter(dashboards::project_id.eq(project.0)).filter(dashboards::id.eq(id.0));
            diesel::update(stored).set(dashboards::last_accessed_at.eq(Some(stamp(at)))).execute(connection)?;
            Ok(())
        })
    }
}

/// Refuses numbers that are no live dashboards of the project.
pub(crate) fn require_live_dashboards(
    connection: &mut AnyConnection,
    project: ProjectId,
    ids: &[DashboardId],
) -> Result<(), Failure> {
    let ids: BTreeSet<_> = ids.iter().map(|id| id.0).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let n_live: i64 = dashboards::table
        .filter(dashboards::project_id.eq(project.0))
        .filter(dashboards::id.eq_any(&ids))
        .filter(dashboards::deleted.eq(false))
        .count()
        .get_result(connection)?;
    if unsigned(n_live) < ids.len() as u64 {
        return Err(RepositoryError::NotFound { what: "dashboard" }.into());
    }
    Ok(())
}

fn passing(project: ProjectId, filter: &DashboardFilter) -> IntoBoxed<'static, dashboards::table, MultiBackend> {
    let mut query = dashboards::table.into_boxed::<MultiBackend>();
    query = query.filter(dashboards::project_id.eq(project.0)).filter(dashboards::deleted.eq(false));
    if let Some(pinned) = filter.pinned {
        query = query.filter(dashboards::pinned.eq(pinned));
    }
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        query = query.filter(dashboards::search_text.like(pattern).escape('\\'));
    }
    query
}

fn write_fields(connection: &mut AnyConnection, dashboard: &Dashboard) -> Result<(), Failure> {
    let stored = dashboards::table
        .filter(dashboards::id.eq(dashboard.id.0))
        .filter(dashboards::project_id.eq(dashboard.project.0));
    let unchanged = stored.filter(dashboards::version.eq(dashboard.version));
    let row = ChangedDashboardRow::new(dashboard);
    if diesel::update(unchanged).set(row).execute(connection)? == 0 {
        let n_stored: i64 = stored.count().get_result(connection)?;
        return Err(match n_stored {
            0 => RepositoryError::NotFound { what: "dashboard" }.into(),
            _ => RepositoryError::Conflict { what: "dashboard" }.into(),
        });
    }
    diesel::delete(dashboard_tags::table.filter(dashboard_tags::dashboard_id.eq(dashboard.id.0)))
        .execute(connection)?;
    insert_tags(connection, dashboard.id, &dashboard.fields)
}

/// Refuses tiles whose insights are no live ones of the project.
fn require_contents<'a>(
    connection: &mut AnyConnection,
    project: ProjectId,
    tiles: impl IntoIterator<Item = &'a NewTile>,
) -> Result<(), Failure> {
    let insights = tiles.into_iter().filter_map(|tile| match tile.content {
        TileContent::Insight(insight) => Some(insight.0),
        TileContent::Text(_) => None,
    });
    let insights: Vec<i64> = insights.collect::<BTreeSet<_>>().into_iter().collect();
    if unsigned(n_live_insights(connection, project, &insights)?) < insights.len() as u64 {
        return Err(RepositoryError::NotFound { what: "insight" }.into());
    }
    Ok(())
}

fn change_tiles(connection: &mut AnyConnection, dashboard: &Dashboard, change: &TileChange) -> Result<(), Failure> {
    let id = dashboard.id;
    match change {
        TileChange::None => Ok(()),
        TileChange::Edit(edits) => {
            let added = edits.iter().filter_map(|edit| match edit {
                TileEdit::Add(tile) => Some(tile),
                TileEdit::Write(_) | TileEdit::Remove(_) => None,
            });
            require_contents(connection, dashboard.project, added)?;
            edit_tiles(connection, id, edits)
        }
        TileChange::DeleteAll => mark_tiles(connection, id, true).map(drop),
        TileChange::DeleteAllWithInsights => {
            let mut insights = mark_tiles(connection, id, true)?;
            let elsewhere = tiles_of_insights(connection, &insights)?;
            insights.retain(|insight| !elsewhere.contains_key(insight));
            mark_insights(connection, &insights, true)
        }
        TileChange::RestoreAll => {
            let insights = mark_tiles(connection, id, false)?;
            mark_insights(connection, &insights, false)
        }
    }
}

fn insert_tags(connection: &mut AnyConnection, id: DashboardId, fields: &DashboardFields) -> Result<(), Failure> {
    for tag in &fields.tags {
        let row = (dashboard_tags::dashboard_id.eq(id.0), dashboard_tags::tag.eq(tag));
        diesel::insert_into(dashboard_tags::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn load_one(connection: &mut AnyConnection, id: DashboardId) -> Result<Dashboard, Failure> {
    let row: DashboardRow =
        dashboards::table.filter(dashboards::id.eq(id.0)).select(DashboardRow::as_select()).first(connection)?;
    assemble(connection, vec![row])?.pop().ok_or_else(|| RepositoryError::NotFound { what: "dashboard" }.into())
}
