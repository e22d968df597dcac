//! Projects.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{OrganizationId, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::project::{NewProject, Project, WeekStart};

use crate::connection::AnyConnection;
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::projects;
use crate::values::{from_json, from_uuid, instant, json_text, lookup, signed, stamp, unsigned};

#[derive(Queryable, Selectable)]
#[diesel(table_name = projects)]
struct ProjectRow {
    id: i64,
    uuid: String,
    organization_id: String,
    name: String,
    api_token: String,
    timezone: String,
    week_start_day: i16,
    settings: String,
    created_at: NaiveDateTime,
}

impl TryFrom<ProjectRow> for Project {
    type Error = Failure;

    fn try_from(row: ProjectRow) -> Result<Self, Failure> {
        let day = row.week_start_day;
        Ok(Self {
            id: ProjectId(row.id),
            uuid: from_uuid("project", &row.uuid)?,
            organization: OrganizationId(from_uuid("project", &row.organization_id)?),
            name: row.name,
            api_token: row.api_token,
            timezone: row.timezone.parse().map_err(|_| unreadable("project", format!("time zone {}", row.timezone)))?,
            week_start: WeekStart::from_number(i64::from(day))
                .ok_or_else(|| unreadable("project", format!("week start {day}")))?,
            settings: from_json("project", &row.settings)?,
            created_at: instant(row.created_at),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = projects)]
struct NewProjectRow<'a> {
    uuid: String,
    organization_id: String,
    name: &'a str,
    api_token: &'a str,
    timezone: &'a str,
    week_start_day: i16,
    settings: String,
    created_at: NaiveDateTime,
}

impl ProjectRepository for DieselDatabase {
    fn create(&self, project: &NewProject) -> RepositoryResult<Project> {
        self.write("project", |connection| insert_project(connection, project))
    }

    fn get(&self, id: ProjectId) -> RepositoryResult<Option<Project>> {
        Ok(ProjectRepository::get_batch(self, &[id])?.pop())
    }

    fn find_by_api_token(&self, api_token: &str) -> RepositoryResult<Option<Project>> {
        self.read("project", |connection| {
            let row: Option<ProjectRow> = projects::table
                .filter(projects::api_token.eq(lookup(api_token)))
                .select(ProjectRow::as_select())
                .first(connection)
                .optional()?;
            row.map(TryInto::try_into).transpose()
        })
    }

    fn list(&self, organizations: &[OrganizationId], page: Page) -> RepositoryResult<Paged<Project>> {
        let organizations: Vec<_> = organizations.iter().map(OrganizationId::to_string).collect();
        self.read("project", |connection| {
            let asked_for = projects::table.filter(projects::organization_id.eq_any(&organizations));
            let count: i64 = asked_for.count().get_result(connection)?;
            let asked_for = projects::table.filter(projects::organization_id.eq_any(&organizations));
            let rows: Vec<ProjectRow> = asked_for
                .order(projects::id)
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(ProjectRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn get_batch(&self, ids: &[ProjectId]) -> RepositoryResult<Vec<Project>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        self.read("project", |connection| {
            let rows: Vec<ProjectRow> = projects::table
                .filter(projects::id.eq_any(ids))
                .order(projects::id)
                .select(ProjectRow::as_select())
                .load(connection)?;
            rows.into_iter().map(TryInto::try_into).collect()
        })
    }

    fn update(&self, project: &Project) -> RepositoryResult<()> {
        self.write("project", |connection| {
            let stored = projects::table.filter(projects::id.eq(project.id.0));
            let changes = (
                projects::name.eq(&project.name),
                projects::timezone.eq(project.timezone.name()),
                projects::week_start_day.eq(project.week_start.number()),
                projects::settings.eq(json_text(&project.settings)),
            );
            match diesel::update(stored).set(changes).execute(connection)? {
                0 => Err(RepositoryError::NotFound { what: "project" }.into()),
                _ => Ok(()),
            }
        })
    }
}

pub(crate) fn insert_project(connection: &mut AnyConnection, project: &NewProject) -> Result<Project, Failure> {
    let row = NewProjectRow {
        uuid: project.uuid.to_string(),
        organization_id: project.organization.to_string(),
        name: &project.name,
        api_token: &project.api_token,
        timezone: project.timezone.name(),
        week_start_day: project.week_start.number(),
        settings: json_text(&project.settings),
        created_at: stamp(project.created_at),
    };
    let id = diesel::insert_into(projects::table).values(row).returning(projects::id).get_result(connection)?;
    Ok(project.clone().with_id(ProjectId(id)))
}
