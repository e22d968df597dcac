//! Whether the process is up and whether it can serve, for supervisors and load balancers.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;

/// State of the server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// Answers as long as the process is up.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "The process is up", body = Health)))]
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// Answers whether the database and the event store can be used.
#[utoipa::path(tag = "Operations", responses(
    (status = 200, description = "The server can serve", body = Health),
    (status = 503, description = "It cannot now"),
))]
#[get("/readyz")]
async fn readyz(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    blocking(move || state.storage.check()).await?;
    Ok(HttpResponse::Ok().json(OK))
}

routes![healthz, readyz];
