//! Every route, one module a resource.
//!
//! A module holds its handlers and wire types and ends in [`routes!`], which registers the handlers and puts them into the OpenAPI
//! document, so that neither can be forgotten. A new module is one line in [`resources!`].

mod actions;
mod activity;
mod alerts;
mod capture;
mod cohorts;
pub(crate) mod dashboards;
mod dataset_items;
mod datasets;
mod desktop_recordings;
mod endpoints;
mod file_system;
mod flags;
mod groups;
mod health;
mod insight_variables;
pub(crate) mod insights;
mod max_tools;
mod metrics;
mod organizations;
mod personal_api_keys;
mod projects;
mod prompts;
mod query;
mod recall;
mod recording_uploads;
mod recording_video;
mod reference;
mod shared;
mod sharing;
mod users;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use utoipa::openapi::OpenApi;

use self::endpoints::{
    document as endpoint_documents, materialization as endpoint_materializations, run as endpoint_runs,
};
use self::insights::language as insight_language;
use crate::error::ApiError;
use crate::openapi;

/// Registers a module's handlers and describes them. Earlier ones win where two paths match the same address.
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        /// Registers the routes of this module.
        pub(crate) fn configure(config: &mut actix_web::web::ServiceConfig) {
            $(config.service($handler);)+
        }

        /// The entries of this module's routes in the OpenAPI document.
        pub(crate) fn describe() -> utoipa::openapi::OpenApi {
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($handler),+))]
            struct Routes;
            <Routes as utoipa::OpenApi>::openapi()
        }
    };
}
use routes;

/// Registers and describes every module.
macro_rules! resources {
    ($($module:ident),+ $(,)?) => {
        /// Registers every route.
        pub(crate) fn configure(config: &mut actix_web::web::ServiceConfig) {
            $(config.configure($module::configure);)+
        }

        /// The entries of every route in the OpenAPI document.
        pub(crate) fn describe() -> Vec<OpenApi> {
            vec![$($module::describe()),+]
        }
    };
}

resources![
    actions,
    activity,
    alerts,
    capture,
    cohorts,
    dashboards,
    dataset_items,
    datasets,
    desktop_recordings,
    endpoint_documents,
    endpoint_materializations,
    endpoint_runs,
    endpoints,
    file_system,
    flags,
    groups,
    health,
    insight_variables,
    insight_language,
    insights,
    max_tools,
    metrics,
    organizations,
    personal_api_keys,
    projects,
    prompts,
    query,
    recall,
    recording_uploads,
    recording_video,
    reference,
    shared,
    sharing,
    users
];

/// Answers what no route takes: 405 with the methods that the path has, 404 where it has none.
pub(crate) async fn unmatched(request: HttpRequest) -> HttpResponse {
    let methods = openapi::methods_of(request.path());
    let error = if methods.is_empty() {
        ApiError::not_found()
    } else {
        let allowed: Vec<&str> = methods.iter().map(Method::as_str).collect();
        ApiError::method_not_allowed(request.method().as_str(), allowed.join(", "))
    };
    error.error_response()
}
