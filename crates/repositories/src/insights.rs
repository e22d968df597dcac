//! Insights, their tags and views.

mod list;
mod rows;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{DashboardId, InsightId, ProjectId, UserId};
use insights_core::insight::filter::InsightFilter;
use insights_core::insight::repository::{InsightDraft, InsightKey, InsightRepository};
use insights_core::insight::{Insight, InsightFields};
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;

use crate::activity::insert_activity;
use crate::alerts::{delete_of_insights, delete_unwatchable};
use crate::connection::{AnyConnection, MultiBackend};
use crate::dashboards::require_live_dashboards;
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{insight_tags, insight_views, insights};
use crate::tiles::{insert_tile, put_on_only, tile_of};
use crate::values::{instant, lookup, stamp};
use rows::{ChangedInsightRow, InsightRow, NewInsightRow, assemble};

impl InsightRepository for DieselDatabase {
    fn create(&self, draft: &InsightDraft, activity: Option<&NewActivity>) -> RepositoryResult<Insight> {
        self.write("insight", |connection| {
            require_live_dashboards(connection, draft.project, &draft.dashboards)?;
            let row = NewInsightRow::new(draft);
            let id = diesel::insert_into(insights::table).values(row).returning(insights::id).get_result(connection)?;
            let id = InsightId(id);
            insert_tags(connection, id, &draft.fields)?;
            for dashboard in &draft.dashboards {
                insert_tile(connection, *dashboard, &tile_of(id))?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &id.to_string())?;
            }
            load_one(connection, id)
        })
    }

    fn get(&self, project: ProjectId, key: &InsightKey, rows: DeletedRows) -> RepositoryResult<Option<Insight>> {
        self.read("insight", |connection| {
            let mut query = insights::table.filter(insights::project_id.eq(project.0)).into_boxed::<MultiBackend>();
            query = match key {
                InsightKey::Id(id) => query.filter(insights::id.eq(id.0)),
                InsightKey::ShortId(short_id) => query.filter(insights::short_id.eq(lookup(&short_id.0))),
            };
            if rows == DeletedRows::Hidden {
                query = query.filter(insights::deleted.eq(false));
            }
            let rows: Vec<InsightRow> = query.select(InsightRow::as_select()).load(connection)?;
            Ok(assemble(connection, rows)?.pop())
        })
    }

    fn get_batch(&self, project: ProjectId, ids: &[InsightId]) -> RepositoryResult<Vec<Insight>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        self.read("insight", |connection| load_live(connection, project, &ids))
    }

    fn list(
        &self,
        project: ProjectId,
        caller: UserId,
        filter: &InsightFilter,
        page: Page,
    ) -> RepositoryResult<Paged<Insight>> {
        self.read("insight", |connection| list::list(connection, project, caller, filter, page))
    }

    fn update(
        &self,
        insight: &Insight,
        dashboards: Option<&[DashboardId]>,
        activity: Option<&NewActivity>,
    ) -> RepositoryResult<Insight> {
        self.write("insight", |connection| {
            write_fields(connection, insight)?;
            delete_unwatchable(connection, insight.id, &insight.fields)?;
            if let Some(dashboards) = dashboards {
                require_live_dashboards(connection, insight.project, dashboards)?;
                put_on_only(connection, insight.id, dashboards)?;
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, insight.id)
        })
    }

    fn mark_viewed(
        &self,
        project: ProjectId,
        user: UserId,
        ids: &[InsightId],
        at: DateTime<Utc>,
    ) -> RepositoryResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        // Numbers need no binding. One statement for both databases: Diesel offers no upsert over several. In one order, so that two
        // such statements do not wait for each other's rows.
        let ids: Vec<_> = ids.iter().map(InsightId::to_string).collect();
        let upsert = format!(
            "INSERT INTO insight_views (user_id, insight_id, viewed_at) \
             SELECT $1, id, $2 FROM insights WHERE project_id = $3 AND NOT deleted AND id IN ({}) ORDER BY id \
             ON CONFLICT (user_id, insight_id) DO UPDATE SET viewed_at = excluded.viewed_at",
            ids.join(", ")
        );
        self.write("user", |connection| {
            diesel::sql_query(upsert)
                .bind::<BigInt, _>(user.0)
                .bind::<Timestamp, _>(stamp(at))
                .bind::<BigInt, _>(project.0)
                .execute(connection)?;
            Ok(())
        })
    }

    fn last_viewed(&self, user: UserId, ids: &[InsightId]) -> RepositoryResult<Vec<(InsightId, DateTime<Utc>)>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        self.read("insight view", |connection| {
            let rows: Vec<(i64, NaiveDateTime)> = insight_views::table
                .filter(insight_views::user_id.eq(user.0))
                .filter(insight_views::insight_id.eq_any(ids))
                .order(insight_views::insight_id)
                .select((insight_views::insight_id, insight_views::viewed_at))
                .load(connection)?;
            Ok(rows.into_iter().map(|(id, viewed_at)| (InsightId(id), instant(viewed_at))).collect())
        })
    }

    fn trending(&self, project: ProjectId, since: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<Insight>> {
        #[derive(QueryableByName)]
        struct Ranked {
            #[diesel(sql_type = BigInt)]
            insight_id: i64,
        }

        let ranking = "SELECT insight_views.insight_id AS insight_id FROM insight_views \
                       JOIN insights ON insights.id = insight_views.insight_id \
                       WHERE insights.project_id = $1 AND NOT insights.deleted AND insight_views.viewed_at >= $2 \
                       GROUP BY insight_views.insight_id ORDER BY COUNT(*) DESC, insight_views.insight_id LIMIT $3";
        self.read("insight", |connection| {
            let ranked: Vec<Ranked> = diesel::sql_query(ranking)
                .bind::<BigInt, _>(project.0)
                .bind::<Timestamp, _>(stamp(since))
                .bind::<BigInt, _>(i64::from(limit))
                .load(connection)?;
            let ids: Vec<_> = ranked.into_iter().map(|ranked| ranked.insight_id).collect();
            let mut found = load_live(connection, project, &ids)?;
            found.sort_by_key(|insight| ids.iter().position(|id| *id == insight.id.0));
            Ok(found)
        })
    }
}

/// Deletes the insight or brings it back, as part of a change of a dashboard.
pub(crate) fn mark_insights(connection: &mut AnyConnection, ids: &[i64], deleted: bool) -> Result<(), Failure> {
    let concerned = insights::table.filter(insights::id.eq_any(ids)).filter(insights::deleted.eq(!deleted));
    diesel::update(concerned)
        .set((insights::deleted.eq(deleted), insights::version.eq(insights::version + 1)))
        .execute(connection)?;
    if deleted {
        delete_of_insights(connection, ids)?;
    }
    Ok(())
}

/// How many of the numbers are live insights of the project.
pub(crate) fn n_live_insights(connection: &mut AnyConnection, project: ProjectId, ids: &[i64]) -> Result<i64, Failure> {
    Ok(insights::table
        .filter(insights::project_id.eq(project.0))
        .filter(insights::id.eq_any(ids))
        .filter(insights::deleted.eq(false))
        .count()
        .get_result(connection)?)
}

fn write_fields(connection: &mut AnyConnection, insight: &Insight) -> Result<(), Failure> {
    let stored =
        insights::table.filter(insights::id.eq(insight.id.0)).filter(insights::project_id.eq(insight.project.0));
    let unchanged = stored.filter(insights::version.eq(insight.version));
    let row = ChangedInsightRow::new(insight);
    if diesel::update(unchanged).set(row).execute(connection)? == 0 {
        let n_stored: i64 = stored.count().get_result(connection)?;
        return Err(match n_stored {
            0 => RepositoryError::NotFound { what: "insight" }.into(),
            _ => RepositoryError::Conflict { what: "insight" }.into(),
        });
    }
    diesel::delete(insight_tags::table.filter(insight_tags::insight_id.eq(insight.id.0))).execute(connection)?;
    insert_tags(connection, insight.id, &insight.fields)
}

fn insert_tags(connection: &mut AnyConnection, id: InsightId, fields: &InsightFields) -> Result<(), Failure> {
    for tag in &fields.tags {
        let row = (insight_tags::insight_id.eq(id.0), insight_tags::tag.eq(tag));
        diesel::insert_into(insight_tags::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn load_one(connection: &mut AnyConnection, id: InsightId) -> Result<Insight, Failure> {
    let row: InsightRow =
        insights::table.filter(insights::id.eq(id.0)).select(InsightRow::as_select()).first(connection)?;
    assemble(connection, vec![row])?.pop().ok_or_else(|| RepositoryError::NotFound { what: "insight" }.into())
}

fn load_live(connection: &mut AnyConnection, project: ProjectId, ids: &[i64]) -> Result<Vec<Insight>, Failure> {
    let rows: Vec<InsightRow> = insights::table
        .filter(insights::project_id.eq(project.0))
        .filter(insights::id.eq_any(ids))
        .filter(insights::deleted.eq(false))
        .order(insights::id)
        .select(InsightRow::as_select())
        .load(connection)?;
    assemble(connection, rows)
}
