//! Bodies that are sent to the query routes.

use insights_core::problem::Problem;
use insights_core::project::Project;
use insights_core::query_cache::policy::{CacheRoute, RefreshMode};
use insights_core::text::check_length;
use query_engine::answer::Query;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::queries::{QueryFailure, QueryRequest, QueryRights};

/// Longest `name`, in characters.
const MAX_NAME_CHARACTERS: usize = 128;

/// Longest `client_query_id`, in characters.
pub(crate) const MAX_QUERY_ID_CHARACTERS: usize = 128;

/// A query to answer. Unknown fields are refused, as a misspelt option would change the answer silently.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateQuery)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateQueryRequest {
    /// The query node, such as `{"kind": "TrendsQuery", …}`.
    #[schema(value_type = Object)]
    query: Value,
    /// `blocking` (the default), `async`, `lazy_async`, `async_except_on_cache_miss`, `force_blocking`, `force_async` or `force_cache`.
    #[schema(value_type = Option<String>)]
    refresh: Option<Value>,
    /// Name to watch and cancel the query by.
    client_query_id: Option<String>,
    /// Deprecated: `refresh: async`.
    r#async: Option<bool>,
    /// A dashboard's filters to lay over the query's own: `{date_from, date_to, properties, breakdown_filter}`.
    #[schema(value_type = Option<Object>)]
    filters_override: Option<Value>,
    /// Values of the query's variables, by their ids.
    #[schema(value_type = Option<Object>)]
    variables_override: Option<Value>,
    /// What the query is for, for the log.
    name: Option<String>,
    /// A key, where none is sent in the header.
    #[serde(rename = "personal_api_key")]
    _personal_api_key: Option<String>,
}

/// A query node, before and after it is brought into its current form.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = UpgradeQuery)]
pub(super) struct UpgradeQueryBody {
    /// The node, or the legacy filters of an insight.
    #[schema(value_type = Object)]
    query: Value,
}

/// A query that is well-formed but for the node itself.
#[derive(Debug)]
pub(super) struct AskedQuery {
    node: Value,
    mode: RefreshMode,
    id: Option<String>,
    filters_override: Option<Value>,
    variables_override: Option<Value>,
}

impl CreateQueryRequest {
    /// Refuses what is wrong around the node.
    pub(super) fn check(self) -> Result<AskedQuery, Problem> {
        check_length("name", self.name.as_deref().unwrap_or_default(), MAX_NAME_CHARACTERS)?;
        check_length("client_query_id", self.client_query_id.as_deref().unwrap_or_default(), MAX_QUERY_ID_CHARACTERS)?;
        tracing::debug!(name = self.name, "query asked");
        Ok(AskedQuery {
            mode: mode(self.refresh.as_ref(), self.r#async.unwrap_or(false))?,
            node: self.query,
            id: self.client_query_id.filter(|id| !id.is_empty()),
            filters_override: self.filters_override,
            variables_override: self.variables_override,
        })
    }
}

impl AskedQuery {
    /// The request to the query service.
    pub(super) fn request<'a>(&'a self, project: &'a Project, rights: QueryRights) -> QueryRequest<'a> {
        QueryRequest {
            id: self.id.clone(),
            filters_override: self.filters_override.as_ref(),
            variables_override: self.variables_override.as_ref(),
            ..QueryRequest::new(project, rights, &self.node, self.mode)
        }
    }
}

impl UpgradeQueryBody {
    /// The node in its current form.
    pub(super) fn upgraded(self) -> Result<Self, QueryFailure> {
        let is_node = self.query.get("kind").is_some();
        let query = if is_node { Ok(self.query) } else { Query::upgrade_filters(&self.query) };
        let query = query.map_err(QueryFailure::malformed)?;
        Query::parse(&query).map_err(QueryFailure::malformed)?;
        Ok(Self { query })
    }
}

fn mode(refresh: Option<&Value>, is_async: bool) -> Result<RefreshMode, Problem> {
    let text = match refresh {
        None | Some(Value::Null | Value::Bool(false)) if is_async => Some("async"),
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some("true"),
        Some(Value::String(name)) if RefreshMode::from_name(name).is_some() => Some(name.as_str()),
        Some(Value::String(name)) => return Err(Problem::invalid_choice("refresh", name)),
        Some(_) => return Err(Problem::invalid("refresh", "Not a valid string.")),
    };
    Ok(RefreshMode::parse(text, CacheRoute::Query))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(refresh: Value, is_async: bool, expected: Option<RefreshMode>) {
        assert_eq!(mode(Some(&refresh), is_async).ok(), expected);
    }

    #[test]
    fn every_mode_has_its_name_and_nothing_else_is_taken() {
        for mode in RefreshMode::ALL.into_iter().filter(|mode| *mode != RefreshMode::ForceCache) {
            check(json!(mode.name()), false, Some(mode));
        }
        check(json!("force_cache"), false, Some(RefreshMode::Blocking));
        check(json!(null), false, Some(RefreshMode::Blocking));
        check(json!(null), true, Some(RefreshMode::Async));
        check(json!(true), false, Some(RefreshMode::ForceBlocking));
        check(json!("force_blocking"), true, Some(RefreshMode::ForceBlocking));
        check(json!("sometimes"), false, None);
        check(json!(1), false, None);
    }
}
