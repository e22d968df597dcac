//! The OpenAPI 3.1 document of a project's endpoints, so that clients can be generated for them: what a run of each takes, and what it gives.

mod results;
#[cfg(test)]
mod tests;

use ::variables::model::{MAX_VALUE_CHARACTERS, VariableKind};
use insights_core::ids::ProjectId;
use query_engine::answer::{MAX_PAGE_ROWS, Query};
use serde_json::{Map, Value, json};

use crate::model::Endpoint;
use crate::variables::OpenVariable;

/// An endpoint to be described.
#[derive(Clone, Debug)]
pub struct Described {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The variables that its query leaves open.
    pub variables: Vec<OpenVariable>,
}

/// The document of `endpoints`, which are run on the server at `base` (scheme and host, without a slash at the end).
pub fn document(project: ProjectId, base: &str, endpoints: &[Described]) -> Value {
    let title = match endpoints {
        [one] => one.endpoint.name.to_string(),
        _ => format!("Endpoints of project {project}"),
    };
    // The highest version of any of them grows with each change of a query.
    let version = endpoints.iter().map(|described| described.endpoint.latest.version).max().unwrap_or(1);
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for described in endpoints {
        let name = described.endpoint.name.as_str();
        let path = format!("/api/environments/{project}/endpoints/{name}/run");
        let query = Query::parse(&described.endpoint.latest.query).ok();
        schemas.insert(format!("{name}.Request"), request_schema(described, query.as_ref()));
        schemas.insert(format!("{name}.Response"), response_schema(query.as_ref()));
        paths.insert(path, path_item(described, query.as_ref()));
    }
    schemas.insert("Error".to_owned(), error_schema());
    json!({
        "openapi": "3.1.0",
        "info": {"title": title, "version": version.to_string()},
        "servers": [{"url": base}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {
                "type": "http",
                "scheme": "bearer",
                "description": "A personal API key with the scope endpoint:read.",
            }},
        },
    })
}

fn path_item(described: &Described, query: Option<&Query>) -> Value {
    let endpoint = &described.endpoint;
    let name = endpoint.name.as_str();
    let summary = format!("Runs {name}.");
    let responses = json!({
        "200": answer("The answer of the query.", &format!("{name}.Response")),
        "400": answer("The request is wrong.", "Error"),
        "401": answer("No key, or a wrong one.", "Error"),
        "403": answer("The key lacks the scope.", "Error"),
        "404": answer("No such endpoint or version.", "Error"),
        "429": answer("Too much is running or asked for.", "Error"),
    });
    json!({
        "get": {
            "operationId": format!("{name}.get"),
            "summary": summary,
            "description": endpoint.fields.description,
            "parameters": parameters(described, query),
            "responses": responses,
        },
        "post": {
            "operationId": format!("{name}.run"),
            "summary": summary,
            "description": endpoint.fields.description,
            "requestBody": {
                "required": requires_variables(described),
                "content": {"application/json": {"schema": reference(&format!("{name}.Request"))}},
            },
            "responses": responses,
        },
    })
}

/// The query string of a `GET`, which has the same parts as the body of a `POST`; objects are JSON.
fn parameters(described: &Described, query: Option<&Query>) -> Vec<Value> {
    let properties = run_properties(described, query);
    let parameter = |(name, schema): (String, Value)| {
        let is_object = schema["type"] == "object";
        let is_required = name == "variables" && requires_variables(described);
        let mut parameter = json!({"name": name, "in": "query", "required": is_required});
        if is_object {
            parameter["content"] = json!({"application/json": {"schema": schema}});
        } else {
            parameter["schema"] = schema;
        }
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

fn request_schema(described: &Described, query: Option<&Query>) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": run_properties(described, query),
        "additionalProperties": false,
    });
    if requires_variables(described) {
        schema["required"] = json!(["variables"]);
    }
    schema
}

/// What a run takes.
fn run_properties(described: &Described, query: Option<&Query>) -> Map<String, Value> {
    let mut properties = Map::new();
    if !described.variables.is_empty() {
        properties.insert("variables".to_owned(), variables_schema(&described.variables));
    }
    let is_hogql = query.is_some_and(|query| query.kind() == "HogQLQuery");
    let takes_filters = query.is_some_and(|query| {
        !is_hogql || query.placeholders().iter().any(|name| name == "filters" || name.starts_with("filters."))
    });
    if takes_filters {
        properties.insert("filters_override".to_owned(), filters_schema());
    }
    if !is_hogql {
        let description = "Keys of the query that are replaced; its kind stays.";
        properties.insert("query_override".to_owned(), json!({"type": "object", "description": description}));
    }
    if results::are_rows(query) {
        properties.insert(
            "limit".to_owned(),
            json!({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS, "description": "Most rows to return."}),
        );
        let description = "Rows to skip.";
        properties.insert(
            "offset".to_owned(),
            json!({"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": description}),
        );
    }
    let description = "blocking or cache: from the cache where the answer there is fresh enough. The others: computed.";
    properties.insert(
        "refresh".to_owned(),
        json!({
            "type": "string",
            "enum": ["blocking", "cache", "force", "force_blocking", "direct"],
            "default": "blocking",
            "description": description,
        }),
    );
    let description = "Number of the version to run; the latest where absent.";
    properties.insert("version".to_owned(), json!({"type": "integer", "minimum": 1, "description": description}));
    let description = "Name to watch and cancel the query by.";
    properties
        .insert("client_query_id".to_owned(), json!({"type": "string", "maxLength": 128, "description": description}));
    let description = "Whether to tell how the answer came about.";
    properties.insert("debug".to_owned(), json!({"type": "boolean", "default": false, "description": description}));
    properties
}

fn variables_schema(variables: &[OpenVariable]) -> Value {
    let properties: Map<String, Value> =
        variables.iter().map(|variable| (variable.code_name.clone(), variable_schema(variable))).collect();
    let required: Vec<&str> = variables
        .iter()
        .filter(|variable| variable.is_required())
        .map(|variable| variable.code_name.as_str())
        .collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn variable_schema(variable: &OpenVariable) -> Value {
    let mut schema = match variable.kind() {
        Some(VariableKind::String) => json!({"type": "string", "maxLength": MAX_VALUE_CHARACTERS}),
        Some(VariableKind::Number) => json!({"type": "number"}),
        Some(VariableKind::Boolean) => json!({"type": "boolean"}),
        Some(VariableKind::List) => {
            let offered = variable.known.as_ref().map(|known| known.values.clone());
            match offered.filter(|offered| offered.as_array().is_some_and(|offered| !offered.is_empty())) {
                Some(offered) => json!({"type": "string", "enum": offered}),
                None => json!({"type": "string"}),
            }
        }
        Some(VariableKind::Date) => {
            json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}], "description": "A date or an instant."})
        }
        None => {
            json!({"type": ["string", "number", "boolean", "array"], "items": {"type": ["string", "number", "boolean"]}})
        }
    };
    if let Some(known) = &variable.known {
        schema["title"] = json!(known.name);
    }
    if let Some(default) = variable.default.as_ref().filter(|default| !default.is_null()) {
        schema["default"] = default.clone();
    }
    schema
}

fn filters_schema() -> Value {
    json!({
        "type": "object",
        "description": "Filters that are laid over the query.",
        "properties": {
            "date_from": {"type": ["string", "null"], "description": "Such as -7d or 2026-01-31."},
            "date_to": {"type": ["string", "null"]},
            "explicitDate": {"type": ["boolean", "null"]},
            "properties": {"type": ["array", "object", "null"], "description": "Property filters, or a group of them."},
            "breakdown_filter": {"type": ["object", "null"]},
        },
        "additionalProperties": false,
    })
}

fn response_schema(query: Option<&Query>) -> Value {
    let mut properties = Map::new();
    properties.insert("results".to_owned(), results::schema(query));
    if results::are_rows(query) {
        let names =
            json!({"type": ["array", "null"], "items": {"type": "string"}, "description": "Names of the columns."});
        properties.insert("columns".to_owned(), names);
        let types = json!({"type": ["array", "null"], "description": "Types of the columns."});
        properties.insert("types".to_owned(), types);
        let description = "Whether there is more than the limit let through.";
        properties.insert("hasMore".to_owned(), json!({"type": ["boolean", "null"], "description": description}));
    }
    let instant = json!({"type": "string", "format": "date-time"});
    properties.insert("is_cached".to_owned(), json!({"type": "boolean"}));
    for name in ["last_refresh", "cache_target_age", "next_allowed_client_refresh", "endpoint_version_created_at"] {
        properties.insert(name.to_owned(), instant.clone());
    }
    properties.insert("timezone".to_owned(), json!({"type": "string"}));
    let version = json!({"type": "integer", "minimum": 1});
    properties.insert("endpoint_version".to_owned(), version);
    json!({
        "type": "object",
        "properties": properties,
        "required": ["results", "is_cached", "last_refresh", "endpoint_version", "endpoint_version_created_at"],
    })
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "code": {"type": "string", "description": "For programs."},
            "detail": {"type": "string", "description": "For people."},
            "attr": {"type": ["string", "null"], "description": "The field at fault, nested names joined by __."},
        },
        "required": ["type", "code", "detail", "attr"],
    })
}

fn requires_variables(described: &Described) -> bool {
    described.variables.iter().any(OpenVariable::is_required)
}

fn answer(description: &str, schema: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": reference(schema)}}})
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}
