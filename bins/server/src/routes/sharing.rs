//! Sharing: public links to insights and dashboards.

mod wire;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use insights_core::error::{ServiceError, ServiceResult};
use insights_core::ids::{DashboardId, ProjectId};
use serde::Deserialize;
use sharing::model::SharePasswordId;
use sharing::service::{FoundSharing, NewSharePassword, SharingPatch, Subject};

use self::wire::{CreateSharePasswordRequest, PatchSharingRequest, SharePasswordIssued, SharingResponse};
use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::scope::{SharingConfigurationRead, SharingConfigurationWrite};

/// The insight of a path.
#[derive(Debug, Deserialize)]
struct InsightPath {
    insight_id: String,
}

/// The dashboard of a path.
#[derive(Debug, Deserialize)]
struct DashboardPath {
    dashboard_id: i64,
}

/// A password of an insight's share.
#[derive(Debug, Deserialize)]
struct InsightPasswordPath {
    insight_id: String,
    password_id: i64,
}

/// A password of a dashboard's share.
#[derive(Debug, Deserialize)]
struct DashboardPasswordPath {
    dashboard_id: i64,
    password_id: i64,
}

/// What a path names.
#[derive(Debug)]
enum Named {
    Insight(String),
    Dashboard(i64),
}

impl Named {
    fn find(&self, state: &AppState, project: ProjectId) -> ServiceResult<Subject> {
        match self {
            Self::Insight(selector) => state.sharing.insight(project, selector),
            Self::Dashboard(number) => state.sharing.dashboard(project, DashboardId(*number)),
        }
    }
}

/// How an insight is shared. Where nobody has shared it yet, the access token is made up and opens nothing.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:read"])), responses((status = 200, body = SharingResponse)))]
#[get("/api/environments/{environment_id}/insights/{insight_id}/sharing")]
async fn retrieve_insight_sharing(
    access: ProjectAccess<SharingConfigurationRead>,
    path: PathParams<InsightPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    retrieve(access, Named::Insight(path.0.insight_id), state).await
}

/// Shares an insight, stops sharing it, or changes how it is shown.
#[utoipa::path(
    tag = "Sharing", request_body = PatchSharingRequest, security(("key" = ["sharing_configuration:write"])),
    responses((status = 200, body = SharingResponse))
)]
#[patch("/api/environments/{environment_id}/insights/{insight_id}/sharing")]
async fn update_insight_sharing(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<InsightPath>,
    body: JsonBody<PatchSharingRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    update(access, Named::Insight(path.0.insight_id), body.0, state).await
}

/// Replaces the access token of an insight's public link. The old one works for five minutes more.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:write"])), responses((status = 200, body = SharingResponse)))]
#[post("/api/environments/{environment_id}/insights/{insight_id}/sharing/refresh")]
async fn refresh_insight_sharing(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<InsightPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    refresh(access, Named::Insight(path.0.insight_id), state).await
}

/// Makes a password that opens an insight's public link. It is shown this once.
#[utoipa::path(
    tag = "Sharing", request_body = CreateSharePasswordRequest, security(("key" = ["sharing_configuration:write"])),
    responses((status = 201, body = SharePasswordIssued))
)]
#[post("/api/environments/{environment_id}/insights/{insight_id}/sharing/passwords")]
async fn create_insight_share_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<InsightPath>,
    body: JsonBody<CreateSharePasswordRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    create_password(access, Named::Insight(path.0.insight_id), body.0, state).await
}

/// Makes a password of an insight's public link open it no more.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/insights/{insight_id}/sharing/passwords/{password_id}")]
async fn delete_insight_share_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<InsightPasswordPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let InsightPasswordPath { insight_id, password_id } = path.0;
    delete_password(access, Named::Insight(insight_id), password_id, state).await
}

/// How a dashboard is shared. Where nobody has shared it yet, the access token is made up and opens nothing.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:read"])), responses((status = 200, body = SharingResponse)))]
#[get("/api/environments/{environment_id}/dashboards/{dashboard_id}/sharing")]
async fn retrieve_dashboard_sharing(
    access: ProjectAccess<SharingConfigurationRead>,
    path: PathParams<DashboardPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    retrieve(access, Named::Dashboard(path.0.dashboard_id), state).await
}

/// Shares a dashboard, stops sharing it, or changes how it is shown.
#[utoipa::path(
    tag = "Sharing", request_body = PatchSharingRequest, security(("key" = ["sharing_configuration:write"])),
    responses((status = 200, body = SharingResponse))
)]
#[patch("/api/environments/{environment_id}/dashboards/{dashboard_id}/sharing")]
async fn update_dashboard_sharing(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<DashboardPath>,
    body: JsonBody<PatchSharingRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    update(access, Named::Dashboard(path.0.dashboard_id), body.0, state).await
}

/// Replaces the access token of a dashboard's public link. The old one works for five minutes more.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:write"])), responses((status = 200, body = SharingResponse)))]
#[post("/api/environments/{environment_id}/dashboards/{dashboard_id}/sharing/refresh")]
async fn refresh_dashboard_sharing(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<DashboardPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    refresh(access, Named::Dashboard(path.0.dashboard_id), state).await
}

/// Makes a password that opens a dashboard's public link. It is shown this once.
#[utoipa::path(
    tag = "Sharing", request_body = CreateSharePasswordRequest, security(("key" = ["sharing_configuration:write"])),
    responses((status = 201, body = SharePasswordIssued))
)]
#[post("/api/environments/{environment_id}/dashboards/{dashboard_id}/sharing/passwords")]
async fn create_dashboard_share_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<DashboardPath>,
    body: JsonBody<CreateSharePasswordRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    create_password(access, Named::Dashboard(path.0.dashboard_id), body.0, state).await
}

/// Makes a password of a dashboard's public link open it no more.
#[utoipa::path(tag = "Sharing", security(("key" = ["sharing_configuration:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/dashboards/{dashboard_id}/sharing/passwords/{password_id}")]
async fn delete_dashboard_share_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    path: PathParams<DashboardPasswordPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let DashboardPasswordPath { dashboard_id, password_id } = path.0;
    delete_password(access, Named::Dashboard(dashboard_id), password_id, state).await
}

async fn retrieve(
    access: ProjectAccess<SharingConfigurationRead>,
    named: Named,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let shown = blocking(move || {
        let subject = named.find(&state, access.project.id)?;
        let found = state.sharing.get(access.project.id, &subject)?;
        SharingResponse::load(&state, &found)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

async fn update(
    access: ProjectAccess<SharingConfigurationWrite>,
    named: Named,
    body: PatchSharingRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let patch = SharingPatch::from(body);
    let shown = blocking(move || {
        let subject = named.find(&state, access.project.id)?;
        let sharing = state.sharing.update(&access.actor(), &subject, &patch)?;
        SharingResponse::load(&state, &FoundSharing::Stored(sharing))
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

async fn refresh(
    access: ProjectAccess<SharingConfigurationWrite>,
    named: Named,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let shown = blocking(move || {
        let subject = named.find(&state, access.project.id)?;
        let sharing = state.sharing.refresh(&access.actor(), &subject)?;
        SharingResponse::load(&state, &FoundSharing::Stored(sharing))
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

async fn create_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    named: Named,
    body: CreateSharePasswordRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (new, services) = (NewSharePassword::from(body), state.clone());
    let issued = state.password_work.run(move || {
        let subject = named.find(&services, access.project.id)?;
        let issued = services.sharing.add_password(&access.actor(), &subject, &new)?;
        Ok::<_, ServiceError>(SharePasswordIssued::new(&issued, access.principal.user.profile.email.clone()))
    });
    Ok(HttpResponse::Created().json(issued.await?))
}

async fn delete_password(
    access: ProjectAccess<SharingConfigurationWrite>,
    named: Named,
    password: i64,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let removed = blocking(move || {
        let subject = named.find(&state, access.project.id)?;
        state.sharing.remove_password(access.project.id, &subject, SharePasswordId(password))
    });
    removed.await?;
    Ok(HttpResponse::NoContent().finish())
}

routes![
    retrieve_insight_sharing,
    update_insight_sharing,
    refresh_insight_sharing,
    create_insight_share_password,
    delete_insight_share_password,
    retrieve_dashboard_sharing,
    update_dashboard_sharing,
    refresh_dashboard_sharing,
    create_dashboard_share_password,
    delete_dashboard_share_password,
];
