//! Projects, which are also their own environments.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use insights_core::project::Project;
use insights_core::project::service::ProjectPatch;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::{Authorized, ProjectAccess};
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::{ProjectRead, ProjectWrite};
use crate::paging::{Envelope, PageParams};
use crate::wire::Timestamp;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub(crate) struct ProjectResponse {
    /// Number in routes; the id of the project's environment is the same.
    id: i64,
    uuid: Uuid,
    organization: Uuid,
    name: String,
    /// Public token that clients send events with.
    api_token: String,
    /// Name in the IANA time zone database.
    timezone: String,
    /// 0 for Sunday, 1 for Monday.
    week_start_day: i16,
    created_at: Timestamp,
}

impl From<Project> for ProjectResponse {
    fn from(project: Project) -> Self {
        Self {
            id: project.id.0,
            uuid: project.uuid,
            organization: project.organization.0,
            name: project.name,
            api_token: project.api_token,
            timezone: project.timezone.name().to_owned(),
            week_start_day: project.week_start.number(),
            created_at: Timestamp(project.created_at),
        }
    }
}

/// A project to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateProject)]
pub(crate) struct CreateProjectRequest {
    name: String,
    /// Name in the IANA time zone database, `UTC` where absent.
    timezone: Option<String>,
    /// 0 for Sunday, which is the default, 1 for Monday.
    week_start_day: Option<i64>,
    /// Organization that gets the project: the caller's own where absent.
    organization: Option<Uuid>,
}

/// What to change of a project. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchProject)]
pub(crate) struct PatchProjectRequest {
    name: Option<String>,
    /// Name in the IANA time zone database.
    timezone: Option<String>,
    /// 0 for Sunday, 1 for Monday.
    week_start_day: Option<i64>,
}

/// Lists the projects that the key may touch.
#[utoipa::path(tag = "Projects", params(PageParams), security(("key" = ["project:read"])), responses((status = 200, body = Envelope<ProjectResponse>)))]
#[get("/api/projects")]
async fn list_projects(
    access: Authorized<ProjectRead>,
    query: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = query.0.page();
    let projects = blocking(move || state.auth.projects(&access.principal, page)).await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, projects.map(ProjectResponse::from))))
}

/// Makes a project.
#[utoipa::path(tag = "Projects", request_body = CreateProjectRequest, security(("key" = ["project:write"])), responses((status = 201, body = ProjectResponse)))]
#[post("/api/projects")]
async fn create_project(
    access: Authorized<ProjectWrite>,
    body: JsonBody<CreateProjectRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let CreateProjectRequest { name, timezone, week_start_day, organization } = body.0;
    let choices = ProjectPatch { name: Some(name), timezone, week_start_day };
    let selector = organization.map_or_else(|| "@current".to_owned(), |id| id.to_string());
    let project = blocking(move || {
        let organization = state.auth.organization(&access.principal, &selector)?;
        state.projects.create(organization.id, &choices)
    })
    .await?;
    Ok(HttpResponse::Created().json(ProjectResponse::from(project)))
}

/// Gives a project.
#[utoipa::path(tag = "Projects", security(("key" = ["project:read"])), responses((status = 200, body = ProjectResponse)))]
#[get("/api/projects/{project_id}")]
async fn retrieve_project(access: ProjectAccess<ProjectRead>) -> HttpResponse {
    HttpResponse::Ok().json(ProjectResponse::from(access.project))
}

/// Changes a project.
#[utoipa::path(tag = "Projects", request_body = PatchProjectRequest, security(("key" = ["project:write"])), responses((status = 200, body = ProjectResponse)))]
#[patch("/api/projects/{project_id}")]
async fn update_project(
    access: ProjectAccess<ProjectWrite>,
    body: JsonBody<PatchProjectRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let PatchProjectRequest { name, timezone, week_start_day } = body.0;
    let choices = ProjectPatch { name, timezone, week_start_day };
    let project = blocking(move || state.projects.update(access.project, &choices)).await?;
    Ok(HttpResponse::Ok().json(ProjectResponse::from(project)))
}

routes![list_projects, create_project, retrieve_project, update_project];
