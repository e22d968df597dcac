//! The server's counters for Prometheus.

use actix_web::{HttpResponse, get, web};

use super::routes;
use crate::app::AppState;

/// Counters in Prometheus's text format.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "The counters", body = String, content_type = "text/plain")))]
#[get("/metrics")]
async fn metrics(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(state.metrics.render())
}

routes![metrics];
