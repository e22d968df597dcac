//! The OpenAPI document and a page that shows it, all from this binary: the page loads nothing from elsewhere.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::Config;

use super::routes;
use crate::error::ApiError;
use crate::openapi;

/// The page's scripts, styles and requests are this server's; the viewer writes style attributes and draws its icons from `data:`.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Gives this document.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "The OpenAPI 3.1 document", body = Object)))]
#[get("/api/schema")]
async fn retrieve_schema() -> HttpResponse {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| openapi::document().to_json().expect("the document has string keys only"));
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// Shows this document to people.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "The page", body = String, content_type = "text/html")))]
#[get("/docs")]
async fn retrieve_docs() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(include_str!("../../assets/docs.html"))
}

/// Gives a script, style or image of the page.
#[utoipa::path(tag = "Operations", params(("file" = String, Path)), responses((status = 200, description = "The file")))]
#[get("/docs/{file}")]
async fn retrieve_docs_file(file: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "public, max-age=3600"));
    if file.as_str() == "start.js" {
        return Ok(response.content_type("text/javascript").body(include_str!("../../assets/docs.js")));
    }
    let shown = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].contains(&file.as_str());
    let served = shown.then(|| utoipa_swagger_ui::serve(&file, Arc::new(Config::default())).ok().flatten()).flatten();
    let served = served.ok_or_else(ApiError::not_found)?;
    Ok(response.content_type(served.content_type).body(served.bytes.into_owned()))
}

routes![retrieve_schema, retrieve_docs, retrieve_docs_file];
