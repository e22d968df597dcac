//! Organizations: the tenants that own projects.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use insights_core::organization::Organization;
use insights_core::paging::Paged;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::Authorized;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{OrganizationRead, OrganizationWrite};
use crate::paging::{Envelope, PageParams};
use crate::wire::Timestamp;

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationResponse {
    id: Uuid,
    name: String,
    created_at: Timestamp,
}

impl From<Organization> for OrganizationResponse {
    fn from(organization: Organization) -> Self {
        Self { id: organization.id.0, name: organization.name, created_at: Timestamp(organization.created_at) }
    }
}

/// An organization to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateOrganization)]
pub(crate) struct CreateOrganizationRequest {
    name: String,
}

/// Lists the organizations that the caller belongs to and the key may touch.
#[utoipa::path(tag = "Organizations", params(PageParams), security(("key" = ["organization:read"])), responses((status = 200, body = Envelope<OrganizationResponse>)))]
#[get("/api/organizations")]
async fn list_organizations(
    access: Authorized<OrganizationRead>,
    query: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = query.0.page();
    let organizations = blocking(move || state.auth.organizations(&access.principal)).await?;
    let organizations = Paged::cut(organizations, page).map(OrganizationResponse::from);
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, organizations)))
}

/// Makes an organization that the caller owns.
#[utoipa::path(tag = "Organizations", request_body = CreateOrganizationRequest, security(("key" = ["organization:write"])), responses((status = 201, body = OrganizationResponse)))]
#[post("/api/organizations")]
async fn create_organization(
    access: Authorized<OrganizationWrite>,
    body: JsonBody<CreateOrganizationRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let organization = blocking(move || state.organizations.create(access.principal.user.id, &body.0.name)).await?;
    Ok(HttpResponse::Created().json(OrganizationResponse::from(organization)))
}

/// Gives an organization.
#[utoipa::path(tag = "Organizations", security(("key" = ["organization:read"])), responses((status = 200, body = OrganizationResponse)))]
#[get("/api/organizations/{organization_id}")]
async fn retrieve_organization(
    access: Authorized<OrganizationRead>,
    path: PathParams<String>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let organization = blocking(move || state.auth.organization(&access.principal, &path.0)).await?;
    Ok(HttpResponse::Ok().json(OrganizationResponse::from(organization)))
}

routes![list_organizations, create_organization, retrieve_organization];
