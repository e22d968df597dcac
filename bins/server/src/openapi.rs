//! The OpenAPI document, made from the handlers.
//!
//! A handler says what is its own: parameters, body, success, scope. What is the same everywhere is added here: the slash at the end of
//! `/api` paths, parameters that stand in the path, and the errors that follow from having a key, a body or a parameter.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use utoipa::PartialSchema;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    ResponseBuilder,
};

use crate::extract::agent::{AgentErrorBody, is_of_family};
use crate::routes;

/// Name of the schema of every error.
const ERROR: &str = "Error";

/// Name of the schema of errors about sessions of coding agents.
const AGENT_ERROR: &str = "AgentError";

/// The document: every route under its canonical path, which for `/api` ends in a slash as PostHog's documents print it.
pub fn document() -> OpenApi {
    let mut document = described();
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        for operation in operations_mut(&mut item) {
            complete(&path, operation);
        }
        document.paths.paths.insert(printed_path(&path), item);
    }
    document
}

/// The methods of the routes whose path matches `path`, which has its canonical form; by name.
pub(crate) fn methods_of(path: &str) -> Vec<Method> {
    static ROUTES: LazyLock<Vec<(ResourceDef, Vec<Method>)>> = LazyLock::new(|| {
        let paths = described().paths.paths;
        paths.iter().map(|(pattern, item)| (ResourceDef::new(pattern.as_str()), methods(item))).collect()
    });
    let matching = ROUTES.iter().filter(|(pattern, _)| pattern.is_match(path));
    let mut found: Vec<Method> = matching.flat_map(|(_, methods)| methods.iter().cloned()).collect();
    found.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    found.dedup();
    found
}

/// What the handlers say.
fn described() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Hindsight")
        .description(Some(
            "Self-hosted product analytics that answers PostHog's REST API. Every path answers with and without the slash at its end, \
             and `/api/projects/{id}/…` is the same as `/api/environments/{id}/…`.",
        ))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A personal API key, `phx_…`. Each route names the scopes that the key needs."))
        .build();
    let link =
        "The token of a public link that wants no password: what the link shows is read with it in place of a key.";
    let link = ApiKey::Query(ApiKeyValue::with_description("sharing_access_token", link));
    let upload_token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of one upload, `upl_…`: what the creation of its recording has answered."))
        .build();
    let agent_key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An agent's key, `gck_…`, or a personal one, `phx_…`; also taken in the header `X-API-Key`. Each route names the scopes that the key needs.",
        ))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("agent_key", SecurityScheme::Http(agent_key))
        .schema(AGENT_ERROR, AgentErrorBody::schema())
        .security_scheme("key", SecurityScheme::Http(key))
        .security_scheme("link", SecurityScheme::ApiKey(link))
        .security_scheme("upload_token", SecurityScheme::Http(upload_token))
        .schema(ERROR, error_schema())
        .build();
    let mut document = OpenApiBuilder::new().info(info).components(Some(components)).build();
    for routes in routes::describe() {
        document.merge(routes);
    }
    document
}

fn error_schema() -> ObjectBuilder {
    let text = |description: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    let attr = text("The field at fault, nested names joined by `__`; null where no field is.")
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]));
    ObjectBuilder::new()
        .description(Some("Why a request failed."))
        .property(
            "type",
            text("Whose fault it is.").enum_values(Some([
                "validation_error",
                "authentication_error",
                "invalid_request",
                "server_error",
                "throttled_error",
            ])),
        )
        .property("code", text("For programs, such as `required`."))
        .property("detail", text("For people."))
        .property("attr", attr)
        .required("type")
        .required("code")
        .required("detail")
        .required("attr")
}

/// Adds what follows from an operation's path, body and security.
fn complete(path: &str, operation: &mut Operation) {
    for name in path.split(['{', '}']).skip(1).step_by(2) {
        let parameters = operation.parameters.get_or_insert_default();
        if parameters.iter().any(|known| matches!(known, RefOr::T(known) if known.name == name)) {
            continue;
        }
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        parameters.push(RefOr::T(parameter.build()));
    }
    let secured = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let has_path_parameter = path.contains('{');
    let has_input = operation.request_body.is_some() || operation.parameters.is_some();
    let errors = [
        ("400", secured && has_input, "The request is wrong"),
        ("401", secured, "No key, or a wrong one"),
        ("403", secured, "The key lacks a scope, or is limited to other projects or organizations"),
        ("404", has_path_parameter, "No such thing in reach of the key"),
    ];
    let schema = if is_of_family(path) { AGENT_ERROR } else { ERROR };
    let responses = &mut operation.responses.responses;
    for (status, applies, description) in errors {
        if applies && !responses.contains_key(status) {
            let response = ResponseBuilder::new().description(description).build();
            responses.insert(status.to_owned(), RefOr::T(response));
        }
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
            response.content.insert("application/json".to_owned(), RefOr::T(content));
        }
    }
}

fn printed_path(path: &str) -> String {
    if path.starts_with("/api/") { format!("{path}/") } else { path.to_owned() }
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.options, &mut item.patch]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn methods(item: &PathItem) -> Vec<Method> {
    let operations = [
        (&item.get, Method::GET),
        (&item.put, Method::PUT),
        (&item.post, Method::POST),
        (&item.delete, Method::DELETE),
        (&item.options, Method::OPTIONS),
        (&item.patch, Method::PATCH),
    ];
    operations.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_in_the_repository_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let stored = std::fs::read_to_string(path).unwrap();
        // not compared by `assert_eq`, which would print both
        assert!(
            stored.trim_end() == document().to_pretty_json().unwrap().trim_end(),
            "docs/openapi.json is not what the code says: run cargo xtask openapi"
        );
    }
}
