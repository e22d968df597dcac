//! The caller.

use actix_web::{HttpResponse, get, web};
use insights_core::auth::Principal;
use insights_core::error::ServiceError;
use insights_core::organization::Organization;
use insights_core::paging::Page;
use insights_core::project::Project;
use serde::Serialize;
use utoipa::ToSchema;

use super::organizations::OrganizationResponse;
use super::projects::ProjectResponse;
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::Authorized;
use crate::extract::scope::UserRead;
use crate::wire::{Timestamp, UserBasic};

/// The caller, with the organization and the project that `@current` stands for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserResponse {
    #[serde(flatten)]
    user: UserBasic,
    date_joined: Timestamp,
    /// What `@current` stands for where an organization is named; null where the caller has none.
    organization: Option<OrganizationResponse>,
    /// What `@current` stands for where a project is named; null where the caller has none.
    team: Option<ProjectResponse>,
    /// All that the key may touch.
    organizations: Vec<OrganizationResponse>,
}

impl UserResponse {
    fn new(principal: &Principal, organizations: Vec<Organization>, current_project: Option<Project>) -> Self {
        let current = principal.organizations().first().copied();
        let organization = organizations.iter().find(|organization| Some(organization.id) == current).cloned();
        Self {
            user: UserBasic::from(&principal.user),
            date_joined: Timestamp(principal.user.profile.created_at),
            organization: organization.map(OrganizationResponse::from),
            team: current_project.map(ProjectResponse::from),
            organizations: organizations.into_iter().map(OrganizationResponse::from).collect(),
        }
    }
}

/// Gives the user that the key stands for.
#[utoipa::path(tag = "Users", security(("key" = ["user:read"])), responses((status = 200, body = UserResponse)))]
#[get("/api/users/@me")]
async fn retrieve_me(access: Authorized<UserRead>, state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let user = blocking(move || {
        let organizations = state.auth.organizations(&access.principal)?;
        let project = state.auth.projects(&access.principal, Page::new(Some(1), None))?.items.pop();
        Ok::<_, ServiceError>(UserResponse::new(&access.principal, organizations, project))
    })
    .await?;
    Ok(HttpResponse::Ok().json(user))
}

routes![retrieve_me];
