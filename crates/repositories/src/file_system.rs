//! What is in which folder.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::error::RepositoryResult;
use insights_core::file_system::repository::FileSystemRepository;
use insights_core::file_system::{FileKind, Filed, Folder};
use insights_core::ids::{ProjectId, UserId};

use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{dashboards, insights};
use crate::values::instant;

const WHAT: &str = "folder";

impl FileSystemRepository for DieselDatabase {
    fn filed(&self, project: ProjectId, limit: u32) -> RepositoryResult<Vec<Filed>> {
        self.read(WHAT, |connection| {
            let insights: Vec<InsightRow> = insights::table
                .filter(insights::project_id.eq(project.0))
                .filter(insights::deleted.eq(false))
                .order(insights::id)
                .limit(i64::from(limit))
                .select(InsightRow::as_select())
                .load(connection)?;
            let dashboards: Vec<DashboardRow> = dashboards::table
                .filter(dashboards::project_id.eq(project.0))
                .filter(dashboards::deleted.eq(false))
                .order(dashboards::id)
                .limit(i64::from(limit))
                .select(DashboardRow::as_select())
                .load(connection)?;
            let insights = insights.into_iter().map(Filed::try_from);
            insights.chain(dashboards.into_iter().map(Filed::try_from)).collect()
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = insights)]
struct InsightRow {
    short_id: String,
    name: Option<String>,
    derived_name: Option<String>,
    folder: Option<String>,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dashboards)]
struct DashboardRow {
    id: i64,
    name: Option<String>,
    folder: Option<String>,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
}

impl TryFrom<InsightRow> for Filed {
    type Error = Failure;

    fn try_from(row: InsightRow) -> Result<Self, Failure> {
        Ok(Self {
            kind: FileKind::Insight,
            reference: row.short_id,
            name: row.name.filter(|name| !name.is_empty()).or(row.derived_name),
            folder: folder(row.folder)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        })
    }
}

impl TryFrom<DashboardRow> for Filed {
    type Error = Failure;

    fn try_from(row: DashboardRow) -> Result<Self, Failure> {
        Ok(Self {
            kind: FileKind::Dashboard,
            reference: row.id.to_string(),
            name: row.name,
            folder: folder(row.folder)?,
            created_at: instant(row.created_at),
            created_by: row.created_by.map(UserId),
        })
    }
}

fn folder(path: Option<String>) -> Result<Option<Folder>, Failure> {
    let read = path.map(|path| Folder::parse(WHAT, &path)).transpose();
    Ok(read.map_err(|problem| unreadable(WHAT, problem.to_string()))?.flatten())
}
