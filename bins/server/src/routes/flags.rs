//! What SDKs ask for at their start: feature flags and remote configuration. There are none; they are told so in the form that they know.

use actix_web::{HttpResponse, get, route, web};
use capture::flags::{decide_body, flags_body, remote_config, remote_config_script};
use serde::Deserialize;

use super::capture::open_to_all_pages;
use super::routes;
use crate::app::AppState;

/// Longest token that a remote configuration is made for.
const MAX_TOKEN_BYTES: usize = 64;

#[derive(Debug, Deserialize)]
struct VersionParams {
    v: Option<String>,
    config: Option<String>,
}

impl VersionParams {
    /// The version of the form; 1 where it is absent or no number, as PostHog takes it.
    fn version(&self) -> u32 {
        self.v.as_deref().and_then(|version| version.parse().ok()).unwrap_or(1)
    }
}

/// Answers that there are no feature flags.
#[utoipa::path(
    post,
    path = "/flags",
    tag = "Capture",
    params(
        ("v" = Option<String>, Query, description = "Version of the answer's form: 1 or 2"),
        ("config" = Option<String>, Query, description = "`true`: with the remote configuration"),
    ),
    responses((status = 200, description = "No flags", body = serde_json::Value))
)]
#[route("/flags", method = "POST", method = "GET", method = "OPTIONS", wrap = "open_to_all_pages()")]
async fn flags(params: web::Query<VersionParams>, state: web::Data<AppState>) -> HttpResponse {
    let with_config = matches!(params.config.as_deref(), Some("true" | "1"));
    HttpResponse::Ok().json(flags_body(params.version(), with_config, state.ids.uuid()))
}

/// Answers that there are no feature flags, to older SDKs.
#[utoipa::path(
    post,
    path = "/decide",
    tag = "Capture",
    params(("v" = Option<String>, Query, description = "Version of the answer's form: 1 to 4")),
    responses((status = 200, description = "No flags", body = serde_json::Value))
)]
#[route("/decide", method = "POST", method = "GET", method = "OPTIONS", wrap = "open_to_all_pages()")]
async fn decide(params: web::Query<VersionParams>, state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok().json(decide_body(params.version(), state.ids.uuid()))
}

/// Gives a browser's remote configuration: everything beside events is off.
#[utoipa::path(tag = "Capture", params(("token" = String, Path, description = "The project's public token")), responses(
    (status = 200, description = "The configuration", body = serde_json::Value),
))]
#[get("/array/{token}/config", wrap = "open_to_all_pages()")]
async fn array_config(token: web::Path<String>) -> HttpResponse {
    if token.len() > MAX_TOKEN_BYTES {
        return HttpResponse::BadRequest()
            .content_type("text/plain; charset=utf-8")
            .body("API key is not valid: too_long");
    }
    HttpResponse::Ok().json(remote_config(&token))
}

/// Gives a browser's remote configuration as a script.
#[utoipa::path(tag = "Capture", params(("token" = String, Path, description = "The project's public token")), responses(
    (status = 200, description = "The script", body = String, content_type = "application/javascript"),
))]
#[get("/array/{token}/config.js", wrap = "open_to_all_pages()")]
async fn array_config_script(token: web::Path<String>) -> HttpResponse {
    if token.len() > MAX_TOKEN_BYTES {
        return HttpResponse::BadRequest()
            .content_type("text/plain; charset=utf-8")
            .body("API key is not valid: too_long");
    }
    HttpResponse::Ok().content_type("application/javascript; charset=utf-8").body(remote_config_script(&token))
}

routes![flags, decide, array_config, array_config_script];
