//! OpenAPI documents of endpoints.

use actix_web::{HttpRequest, HttpResponse, get, web};
use endpoints::openapi::document;
use endpoints::repository::EndpointFilter;
use insights_core::error::ServiceError;

use super::EndpointPath;
use crate::address::public_base;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::path::PathParams;
use crate::extract::scope::EndpointRead;
use crate::routes::routes;

/// Gives an OpenAPI 3.1 document of all active endpoints of the project, to generate a client from.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:read"])), responses((status = 200, body = serde_json::Value)))]
#[get("/api/environments/{environment_id}/endpoints/openapi.json")]
async fn describe_endpoints(
    access: ProjectAccess<EndpointRead>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, base) = (access.project.id, public_base(&request));
    let document = blocking(move || {
        let active = EndpointFilter { is_active: Some(true), created_by: None };
        let described = state.endpoints.describe(state.endpoints.list(project, &active)?)?;
        Ok::<_, ServiceError>(document(project, &base, &described))
    });
    Ok(HttpResponse::Ok().json(document.await?))
}

/// Gives an OpenAPI 3.1 document of an endpoint, to generate a client from.
#[utoipa::path(tag = "Endpoints", security(("key" = ["endpoint:read"])), responses((status = 200, body = serde_json::Value)))]
#[get("/api/environments/{environment_id}/endpoints/{name}/openapi.json")]
async fn describe_endpoint(
    access: ProjectAccess<EndpointRead>,
    path: PathParams<EndpointPath>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (project, base) = (access.project.id, public_base(&request));
    let document = blocking(move || {
        let endpoint = state.endpoints.require(project, &path.0.name)?;
        let described = state.endpoints.describe(vec![endpoint])?;
        Ok::<_, ServiceError>(document(project, &base, &described))
    });
    Ok(HttpResponse::Ok().json(document.await?))
}

routes![describe_endpoints, describe_endpoint];
