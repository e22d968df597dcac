//! Every route, one module a resource.
//!
//! A module holds its handlers and wire types and ends in [`routes!`], which registers the handlers and puts them into the OpenAPI
//! document, so that neither can be forgotten. A new module is one line in [`resources!`].

mod actions;
mod activity;
mod agent_captures;
mod agent_scores;
mod agent_sessions;
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
mod insight_reports;
mod insight_variables;
pub(crate) mod insights;
mod logs;
mod max_tools;
mod metrics;
mod organizations;
mod otlp;
mod personal_api_keys;
mod projects;
mod prompts;
mod query;
mod recall;
mod recording_uploads;
mod recording_video;
mod reference;
mod score_reports;
mod shared;
mod sharing;
mod users;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError, guard};
use utoipa::openapi::OpenApi;

use self::endpoints::{
    document as endpoint_documents, materialization as endpoint_materializations, run as endpoint_runs,
};
use self::insights::language as insight_language;
use self::logs::{export as log_files, tail as log_tails};
use crate::error::ApiError;
use crate::extract::agent::{AgentError, is_of_family};
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

/// One module of this folder.
#[derive(Debug)]
struct Module {
    configure: fn(&mut ServiceConfig),
    describe: fn() -> OpenApi,
}

/// Names every module.
macro_rules! resources {
    ($($module:ident),+ $(,)?) => {
        const MODULES: &[Module] =
            &[$(Module { configure: $module::configure, describe: $module::describe }),+];
    };
}

resources![
    actions,
    activity,
    agent_captures,
    agent_scores,
    agent_sessions,
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
    insight_reports,
    insight_variables,
    insight_language,
    insights,
    log_files,
    log_tails,
    logs,
    max_tools,
    metrics,
    organizations,
    otlp,
    personal_api_keys,
    projects,
    prompts,
    query,
    recall,
    recording_uploads,
    recording_video,
    reference,
    score_reports,
    shared,
    sharing,
    users
];

/// Modules that have an area in common, and so may have routes for the same address.
#[derive(Debug)]
struct Group {
    areas: BTreeSet<String>,
    modules: Vec<&'static Module>,
}

/// All modules. Each address is of one group.
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let mut groups: Vec<Group> = Vec::new();
    for module in MODULES {
        let described = (module.describe)();
        let areas: BTreeSet<String> = described.paths.paths.keys().map(|pattern| area(pattern).to_owned()).collect();
        let (sharing, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| !group.areas.is_disjoint(&areas));
        let mut group = Group { areas, modules: Vec::new() };
        for earlier in sharing {
            group.areas.extend(earlier.areas);
            group.modules.extend(earlier.modules);
        }
        group.modules.push(module);
        groups = others;
        groups.push(group);
    }
    groups
});

/// The part of a path, or of a route's pattern, that tells what it is about: `insights` of `/api/environments/1/insights/7`, `/api/users` of
/// `/api/users/@me`, `/batch` of `/batch`.
fn area(path: &str) -> &str {
    let in_project = path.strip_prefix("/api/environments/").and_then(|rest| rest.split_once('/'));
    if let Some((_, rest)) = in_project {
        return rest.split('/').next().unwrap_or_default();
    }
    let first = if path.starts_with("/api/") { "/api/".len() } else { 1 };
    let end = path.get(first..).and_then(|rest| rest.find('/')).map_or(path.len(), |at| first + at);
    &path[..end]
}

/// Registers every route. The framework tries one pattern after the other, so that a request is first brought to the few that are of its area.
pub(crate) fn configure(config: &mut ServiceConfig) {
    for group in GROUPS.iter() {
        let is_of_group = guard::fn_guard(|context| group.areas.contains(area(context.head().uri.path())));
        let modules = |config: &mut ServiceConfig| group.modules.iter().for_each(|module| (module.configure)(config));
        config.service(web::scope("").guard(is_of_group).configure(modules));
    }
}

/// The entries of every route in the OpenAPI document.
pub(crate) fn describe() -> Vec<OpenApi> {
    MODULES.iter().map(|module| (module.describe)()).collect()
}

/// Answers what no route takes: 405 with the methods that the path has, 404 where it has none.
pub(crate) async fn unmatched(request: HttpRequest) -> HttpResponse {
    let methods = openapi::methods_of(request.path());
    let error = if methods.is_empty() {
        ApiError::not_found()
    } else {
        let allowed: Vec<&str> = methods.iter().map(Method::as_str).collect();
        ApiError::method_not_allowed(request.method().as_str(), allowed.join(", "))
    };
    if is_of_family(request.path()) { AgentError::from(error).error_response() } else { error.error_response() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_tell_what_a_path_is_about() {
        for (path, expected) in [
            ("/api/environments/1/insights", "insights"),
            ("/api/environments/@current/insights/7/activity", "insights"),
            ("/api/environments/{environment_id}/llm_prompts/name/{prompt_name}", "llm_prompts"),
            ("/api/projects/1", "/api/projects"),
            ("/api/users/@me", "/api/users"),
            ("/api/", "/api/"),
            ("/api", "/api"),
            ("/i/v0/e", "/i"),
            ("/batch", "/batch"),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(area(path), expected, "{path}");
        }
    }

    #[test]
    fn every_area_is_of_one_group_and_the_same_for_all_its_addresses() {
        let areas: Vec<&String> = GROUPS.iter().flat_map(|group| &group.areas).collect();
        assert_eq!(areas.iter().collect::<BTreeSet<_>>().len(), areas.len(), "{areas:?}");
        assert_eq!(GROUPS.iter().map(|group| group.modules.len()).sum::<usize>(), MODULES.len());
        assert!(areas.iter().all(|area| !area.contains(['{', '}'])), "{areas:?}");
        assert!(GROUPS.len() > 20, "few patterns are tried for a request");
    }
}
