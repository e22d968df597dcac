//! Endpoints: saved queries that are asked by name.

pub(crate) mod document;
pub(crate) mod materialization;
mod request;
mod response;
pub(crate) mod run;

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use endpoints::model::{Endpoint, EndpointVersion};
use insights_core::error::{ServiceError, ServiceResult};
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{MAX_LIMIT, Page};
use serde::Deserialize;

use self::materialization::MaterializationResponse;
use self::request::{CreateEndpointRequest, EndpointListParams, LastExecutionTimesRequest, PatchEndpointRequest};
use self::response::{EndpointListResponse, EndpointResponse, EndpointVersionResponse, LastExecutionTimesResponse};
use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{EndpointRead, EndpointWrite};
use crate::paging::PageParams;
use crate::queries::QueryRights;

/// The endpoint of a path.
#[derive(Debug, Deserialize)]
struct EndpointPath {
    name: String,
}

/// The version of a path.
#[derive(Debug, Deserialize)]
struct VersionPath {
    name: String,
    version_number: String,
}

/// Lists the project's endpoints, the newest first.
#[utoipa::path(tag = "Endpoints", params(EndpointListParams), security(("key" = ["endpoint:read"])), responses((status = 200, body = EndpointListResponse)))]
#[get("/api/environments/{environment_id}/endpoints")]
async fn list_endpoints(
    access: ProjectAccess<EndpointRead>,
    params: QueryParams<EndpointListParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let filter = params.0.filter();
    let results = blocking(move || {
        let project = access.project.id;
        show_all(&state, project, state.endpoints.list(project, &filter)?)
    });
    Ok(HttpResponse::Ok().json(EndpointListResponse { results: results.await? }))
}

/// Makes an endpoint.
#[utoipa::path(tag = "Endpoints", request_body = CreateEndpointRequest, security(("key" = ["endpoint:write"])), responses((status = 201, body = EndpointResponse)))]
#[post("/api/environments/{environment_id}/endpoints")]
async fn create_endpoint(
    access: ProjectAccess<EndpointWrite>,
    body: JsonBody<CreateEndpointRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, new) = (access.actor(), body.0.check()?);
    QueryRights::of(&access.principal).check_kept([new.query.as_ref()])?;
    let services = state.clone();
    let made = blocking(move || services.endpoints.create(&actor, new)).await?;
    state.materializer.changed(made.id, Some(&made)).await;
    let endpoint = blocking(move || show(&state, made)).await?;
    Ok(HttpResponse::Created().json(endpoint))
}

/// Tells when endpoints were last run, of those that were within six months. What is told may be ten seconds old.
#[utoipa::path(tag = "Endpoints", request_body = LastExecutionTimesRequest, security(("key" = ["endpoint:read"])), responses((status = 200, body = LastExecutionTimesResponse)))]
#[post("/api/environments/{environment_id}/endpoints/last_execution_times")]
async fn last_execution_times(
    access: ProjectAccess<EndpointRead>,
    body: JsonBody<LastExecutionTimesRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, names) = (access.project.id, body.0.names);
    let times = blocking(move || {
        let is_asked = !names.is_empty();
        let executions = state.endpoints.last_executions(project, &names)?;
        Ok::<_, ServiceError>(is_asked.then_some(executions))
    });
    Ok(HttpResponse::Ok().json(LastExecutionTimesResponse::new(project, times.await?)))
}

/// Gives an endpoint.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:read"])), responses((status = 200, body = EndpointResponse)))]
#[get("/api/environments/{environment_id}/endpoints/{name}")]
async fn retrieve_endpoint(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let endpoint = blocking(move || {
        let endpoint = state.endpoints.require(access.project.id, &path.0.name)?;
        show(&state, endpoint)
    });
    Ok(HttpResponse::Ok().json(endpoint.await?))
}

/// Changes an endpoint; what is left out stays. Another query becomes the next version.
#[utoipa::path(tag = "Endpoints", request_body = PatchEndpointRequest, security(("key" = ["endpoint:write"])), responses((status = 200, body = EndpointResponse)))]
#[put("/api/environments/{environment_id}/endpoints/{name}")]
async fn replace_endpoint(
    access: ProjectAccess<EndpointWrite>,
    path: PathParams<EndpointPath>,
    body: JsonBody<PatchEndpointRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.name, body.0, state).await
}

/// Changes an endpoint; what is left out stays. Another query becomes the next version.
#[utoipa::path(tag = "Endpoints", request_body = PatchEndpointRequest, security(("key" = ["endpoint:write"])), responses((status = 200, body = EndpointResponse)))]
#[patch("/api/environments/{environment_id}/endpoints/{name}")]
async fn update_endpoint(
    access: ProjectAccess<EndpointWrite>,
    path: PathParams<EndpointPath>,
    body: JsonBody<PatchEndpointRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    change(&access, path.0.name, body.0, state).await
}

/// Deletes an endpoint with all its versions.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/endpoints/{name}")]
async fn delete_endpoint(
    access: ProjectAccess<EndpointWrite>,
    path: PathParams<EndpointPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let actor = access.actor();
    let services = state.clone();
    let deleted = blocking(move || services.endpoints.delete(&actor, &path.0.name)).await?;
    state.materializer.changed(deleted.id, None).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists the versions of an endpoint, the newest first; 1000 where `limit` is absent.
#[utoipa::path(tag = "Endpoints", params(PageParams), security(("key" = ["endpoint:read"])), responses((status = 200, body = Vec<EndpointVersionResponse>)))]
#[get("/api/environments/{environment_id}/endpoints/{name}/versions")]
async fn list_endpoint_versions(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    params: QueryParams<PageParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = Page::new(params.0.limit.or(Some(i64::from(MAX_LIMIT))), params.0.offset);
    let versions = blocking(move || {
        let versions = state.endpoints.versions(access.project.id, &path.0.name, page)?;
        show_versions(&state, versions)
    });
    Ok(HttpResponse::Ok().json(versions.await?))
}

/// Gives a version of an endpoint by its number.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:read"])), responses((status = 200, body = EndpointVersionResponse)))]
#[get("/api/environments/{environment_id}/endpoints/{name}/versions/{version_number}")]
async fn retrieve_endpoint_version(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<VersionPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let number: i64 = path.0.version_number.parse().map_err(|_| ApiError::not_found())?;
    let services = state.clone();
    let (_, version) =
        blocking(move || services.endpoints.version(access.project.id, &path.0.name, Some(number))).await?;
    let shown = blocking(move || show_versions(&state, vec![version])).await?.pop();
    Ok(HttpResponse::Ok().json(shown.expect("one version gives one form of it")))
}

async fn change(
    access: &ProjectAccess<EndpointWrite>,
    name: String,
    body: PatchEndpointRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, patch) = (access.actor(), body.check()?);
    QueryRights::of(&access.principal).check_kept([patch.query.as_ref()])?;
    let services = state.clone();
    let changed = blocking(move || services.endpoints.update(&actor, &name, &patch)).await?;
    state.materializer.changed(changed.id, Some(&changed)).await;
    let endpoint = blocking(move || show(&state, changed)).await?;
    Ok(HttpResponse::Ok().json(endpoint))
}

fn show(state: &AppState, endpoint: Endpoint) -> ServiceResult<EndpointResponse> {
    Ok(show_all(state, endpoint.project, vec![endpoint])?.pop().expect("one endpoint gives one form of it"))
}

/// The project's endpoints as clients see them.
fn show_all(state: &AppState, project: ProjectId, endpoints: Vec<Endpoint>) -> ServiceResult<Vec<EndpointResponse>> {
    let authors = authors(state, endpoints.iter().map(|endpoint| endpoint.fields.created_by))?;
    let materializations = MaterializationResponse::load(state, project, &endpoints)?;
    let shown = endpoints.into_iter().zip(materializations);
    Ok(shown.map(|(endpoint, known)| EndpointResponse::new(endpoint, known, &authors)).collect())
}

fn show_versions(state: &AppState, versions: Vec<EndpointVersion>) -> ServiceResult<Vec<EndpointVersionResponse>> {
    let authors = authors(state, versions.iter().map(|version| version.created_by))?;
    Ok(versions.into_iter().map(|version| EndpointVersionResponse::new(version, &authors)).collect())
}

fn authors(state: &AppState, ids: impl IntoIterator<Item = Option<UserId>>) -> ServiceResult<Authors> {
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

routes![
    list_endpoints,
    create_endpoint,
    last_execution_times,
    retrieve_endpoint,
    replace_endpoint,
    update_endpoint,
    delete_endpoint,
    list_endpoint_versions,
    retrieve_endpoint_version,
];
