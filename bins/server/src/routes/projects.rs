//! Projects, which are also their own environments.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use insights_core::project::Project;
use insights_core::project::service::ProjectPatch;
use insights_core::project::settings::{ProjectSettings, SettingsPatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::{Authorized, ProjectAccess};
use crate::extract::json::{JsonBody, present};
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
    #[serde(flatten)]
    settings: ProjectSettingsResponse,
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
            settings: project.settings.into(),
            created_at: Timestamp(project.created_at),
        }
    }
}

/// What a project's queries go by besides.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectSettings)]
pub(crate) struct ProjectSettingsResponse {
    /// Property filters that `filterTestAccounts` stands for.
    test_account_filters: Value,
    /// Whether clients begin new insights with `filterTestAccounts`.
    test_account_filters_default_checked: Option<bool>,
    /// `[{regex, alias, order}]` that `pathReplacements` stands for.
    path_cleaning_filters: Value,
    /// Properties of persons by whose first set one clients name a person; null for the usual ones.
    person_display_name_properties: Option<Vec<String>>,
    /// What clients send along with queries of their own accord.
    modifiers: Value,
}

impl From<ProjectSettings> for ProjectSettingsResponse {
    fn from(settings: ProjectSettings) -> Self {
        Self {
            test_account_filters: settings.test_account_filters,
            test_account_filters_default_checked: settings.test_account_filters_default_checked,
            path_cleaning_filters: settings.path_cleaning_filters,
            person_display_name_properties: settings.person_display_name_properties,
            modifiers: settings.modifiers,
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
    /// Property filters that `filterTestAccounts` is to stand for.
    #[serde(default, deserialize_with = "present")]
    test_account_filters: Option<Value>,
    /// Whether clients begin new insights with `filterTestAccounts`.
    #[serde(default, deserialize_with = "present")]
    test_account_filters_default_checked: Option<Option<bool>>,
    /// `[{regex, alias, order}]` that `pathReplacements` is to stand for.
    #[serde(default, deserialize_with = "present")]
    path_cleaning_filters: Option<Value>,
    /// Properties of persons by whose first set one clients name a person; null for the usual ones.
    #[serde(default, deserialize_with = "present")]
    person_display_name_properties: Option<Option<Vec<String>>>,
    /// What clients send along with queries of their own accord.
    #[serde(default, deserialize_with = "present")]
    modifiers: Option<Value>,
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
    /// Property filters that `filterTestAccounts` is to stand for.
    #[serde(default, deserialize_with = "present")]
    test_account_filters: Option<Value>,
    /// Whether clients begin new insights with `filterTestAccounts`.
    #[serde(default, deserialize_with = "present")]
    test_account_filters_default_checked: Option<Option<bool>>,
    /// `[{regex, alias, order}]` that `pathReplacements` is to stand for.
    #[serde(default, deserialize_with = "present")]
    path_cleaning_filters: Option<Value>,
    /// Properties of persons by whose first set one clients name a person; null for the usual ones.
    #[serde(default, deserialize_with = "present")]
    person_display_name_properties: Option<Option<Vec<String>>>,
    /// What clients send along with queries of their own accord.
    #[serde(default, deserialize_with = "present")]
    modifiers: Option<Value>,
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
    let body = body.0;
    let settings = SettingsPatch {
        test_account_filters: body.test_account_filters,
        test_account_filters_default_checked: body.test_account_filters_default_checked,
        path_cleaning_filters: body.path_cleaning_filters,
        person_display_name_properties: body.person_display_name_properties,
        modifiers: body.modifiers,
    };
    let (timezone, week_start_day, organization) = (body.timezone, body.week_start_day, body.organization);
    let choices = ProjectPatch { name: Some(body.name), timezone, week_start_day, settings };
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
    let body = body.0;
    let settings = SettingsPatch {
        test_account_filters: body.test_account_filters,
        test_account_filters_default_checked: body.test_account_filters_default_checked,
        path_cleaning_filters: body.path_cleaning_filters,
        person_display_name_properties: body.person_display_name_properties,
        modifiers: body.modifiers,
    };
    let (name, timezone, week_start_day) = (body.name, body.timezone, body.week_start_day);
    let choices = ProjectPatch { name, timezone, week_start_day, settings };
    let project = blocking(move || state.projects.update(access.project, &choices)).await?;
    Ok(HttpResponse::Ok().json(ProjectResponse::from(project)))
}

routes![list_projects, create_project, retrieve_project, update_project];
