//! What clients send to run an endpoint: a body, parameters, or both.

use endpoints::run::{RunRefresh, RunRequest};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::extract::query::is_true;
use crate::routes::query::MAX_QUERY_ID_CHARACTERS;

/// How to run an endpoint. Objects are JSON.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RunEndpointParams {
    /// Number of the version; the latest where absent.
    version: Option<String>,
    /// `blocking` or `cache` (the default): from the cache where the answer there is fresh enough. `force_blocking`, `force` or `direct`: computed.
    refresh: Option<String>,
    /// Values of variables by their code names, as a JSON object: `{"country": "DE"}`.
    variables: Option<String>,
    /// Filters to lay over the query, as a JSON object: `{date_from, date_to, properties, breakdown_filter}`.
    filters_override: Option<String>,
    /// Keys of an insight's query to replace, as a JSON object.
    query_override: Option<String>,
    /// Name to watch and cancel the query by.
    client_query_id: Option<String>,
    /// Most rows to return, of queries whose results are rows.
    limit: Option<i64>,
    /// Rows to skip, likewise.
    offset: Option<i64>,
    /// Whether to tell how the answer came about.
    debug: Option<String>,
}

/// How to run an endpoint. Unknown fields are refused, as a misspelt option would change the answer silently.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = RunEndpoint)]
#[serde(deny_unknown_fields)]
pub(super) struct RunEndpointRequest {
    /// Number of the version; the latest where absent.
    #[schema(value_type = Option<i64>)]
    version: Option<Value>,
    /// `blocking` or `cache` (the default): from the cache where the answer there is fresh enough. `force_blocking`, `force` or `direct`: computed.
    refresh: Option<String>,
    /// Values of variables by their code names.
    #[schema(value_type = Option<Object>)]
    variables: Option<Map<String, Value>>,
    /// Filters to lay over the query: `{date_from, date_to, properties, breakdown_filter}`.
    #[schema(value_type = Option<Object>)]
    filters_override: Option<Value>,
    /// Keys of an insight's query to replace.
    #[schema(value_type = Option<Object>)]
    query_override: Option<Value>,
    /// Name to watch and cancel the query by.
    client_query_id: Option<String>,
    /// Most rows to return, of queries whose results are rows.
    limit: Option<i64>,
    /// Rows to skip, likewise.
    offset: Option<i64>,
    /// Whether to tell how the answer came about.
    debug: Option<bool>,
    /// A key, where none is sent in the header.
    #[serde(rename = "personal_api_key")]
    _personal_api_key: Option<String>,
}

/// A run that is well-formed but for what the endpoint has to say of it.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the service is asked.
    pub(super) run: RunRequest,
    /// Name that the client gives the query.
    pub(super) client_query_id: Option<String>,
    /// Whether to tell how the answer came about.
    pub(super) debug: bool,
}

impl RunEndpointParams {
    /// The parameters as a body says the same.
    pub(super) fn read(self) -> Result<RunEndpointRequest, Problem> {
        Ok(RunEndpointRequest {
            version: self.version.map(Value::String),
            refresh: self.refresh,
            variables: read_json("variables", self.variables.as_deref())?,
            filters_override: read_json("filters_override", self.filters_override.as_deref())?,
            query_override: read_json("query_override", self.query_override.as_deref())?,
            client_query_id: self.client_query_id,
            limit: self.limit,
            offset: self.offset,
            debug: self.debug.map(|text| is_true(Some(&text))),
            _personal_api_key: None,
        })
    }
}

impl RunEndpointRequest {
    /// The request with what `other` says where this one says nothing.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            version: self.version.or(other.version),
            refresh: self.refresh.or(other.refresh),
            variables: self.variables.or(other.variables),
            filters_override: self.filters_override.or(other.filters_override),
            query_override: self.query_override.or(other.query_override),
            client_query_id: self.client_query_id.or(other.client_query_id),
            limit: self.limit.or(other.limit),
            offset: self.offset.or(other.offset),
            debug: self.debug.or(other.debug),
            _personal_api_key: None,
        }
    }

    /// Refuses what is wrong whatever the endpoint is.
    pub(super) fn check(self) -> Result<Asked, Problem> {
        check_length("client_query_id", self.client_query_id.as_deref().unwrap_or_default(), MAX_QUERY_ID_CHARACTERS)?;
        let run = RunRequest {
            version: self.version.filter(|version| !version.is_null()).as_ref().map(read_version).transpose()?,
            refresh: self.refresh.as_deref().map(RunRefresh::read).transpose()?.unwrap_or_default(),
            filters_override: self.filters_override,
            query_override: self.query_override,
            variables: self.variables.unwrap_or_default(),
            limit: self.limit,
            offset: self.offset,
        };
        let client_query_id = self.client_query_id.filter(|id| !id.is_empty());
        Ok(Asked { run, client_query_id, debug: self.debug.unwrap_or_default() })
    }
}

/// A whole number, or the text of one.
fn read_version(version: &Value) -> Result<i64, Problem> {
    let number = match version {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or_else(|| {
        let shown: String =
            version.as_str().map_or_else(|| version.to_string(), str::to_owned).chars().take(100).collect();
        Problem::invalid("version", format!("Invalid version parameter: {shown}"))
    })
}

fn read_json<T: DeserializeOwned>(attr: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|_| Problem::invalid(attr, "Not a JSON object."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_version(version: Value, expected: Result<Option<i64>, &str>) {
        let asked = RunEndpointRequest { version: Some(version), ..RunEndpointRequest::default() }.check();
        let version = asked.map(|asked| asked.run.version).map_err(|problem| problem.detail);
        assert_eq!(version, expected.map_err(str::to_owned));
    }

    #[test]
    fn versions_are_whole_numbers() {
        check_version(json!(2), Ok(Some(2)));
        check_version(json!("2"), Ok(Some(2)));
        check_version(json!(null), Ok(None));
        check_version(json!("x"), Err("Invalid version parameter: x"));
        check_version(json!(1.5), Err("Invalid version parameter: 1.5"));
        check_version(json!([1]), Err("Invalid version parameter: [1]"));
    }

    #[test]
    fn the_body_comes_before_the_parameters() {
        let params = RunEndpointParams {
            version: Some("3".to_owned()),
            limit: Some(5),
            variables: Some(r#"{"a": 1}"#.to_owned()),
            debug: Some("true".to_owned()),
            ..RunEndpointParams::default()
        };
        let body = RunEndpointRequest { limit: Some(7), debug: Some(false), ..RunEndpointRequest::default() };
        let asked = body.or(params.read().unwrap()).check().unwrap();
        assert_eq!((asked.run.version, asked.run.limit, asked.debug), (Some(3), Some(7), false));
        assert_eq!(Value::from(asked.run.variables), json!({"a": 1}));
    }

    #[test]
    fn objects_in_parameters_are_json() {
        for text in ["{", "1", "\"a\""] {
            let params = RunEndpointParams { variables: Some(text.to_owned()), ..RunEndpointParams::default() };
            assert_eq!(params.read().unwrap_err().attr.as_deref(), Some("variables"));
        }
    }
}
