//! Runs of endpoints: what is asked for, and the query that answers it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ::variables::model::Variable;
use chrono::TimeDelta;
use insights_core::problem::Problem;
use query_engine::answer::{Query, RowsPage};
use serde_json::{Map, Value};

use crate::model::{Endpoint, EndpointVersion, MAX_QUERY_BYTES};
use crate::query::query_problem;
use crate::variables;

/// How many rows a page has where a run gives an offset alone.
const DEFAULT_PAGE_ROWS: i64 = 100;

/// The filters that may be laid over a query.
const FILTERS: [&str; 5] = ["date_from", "date_to", "explicitDate", "properties", "breakdown_filter"];

/// What a run may take instead of computing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunRefresh {
    /// Whatever is fresh enough.
    #[default]
    Cache,
    /// Nothing from the cache; what was computed ahead of time will do.
    Force,
    /// Nothing.
    Direct,
}

impl RunRefresh {
    /// Reads `refresh`: `blocking` and `force_blocking`, or `cache`, `force` and `direct`.
    ///
    /// # Errors
    /// A [`Problem`] that names `refresh`.
    pub fn read(name: &str) -> Result<Self, Problem> {
        match name {
            "blocking" | "cache" => Ok(Self::Cache),
            "force" => Ok(Self::Force),
            "force_blocking" | "direct" => Ok(Self::Direct),
            "async" | "async_except_on_cache_miss" | "lazy_async" | "force_async" | "force_cache" => {
                Err(Problem::invalid("refresh", "Only sync modes are supported (refresh param)"))
            }
            other => Err(Problem::invalid_choice("refresh", other)),
        }
    }
}

/// What a run is asked for with; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunRequest {
    /// Number of the version; the latest where absent.
    pub version: Option<i64>,
    /// What may be taken instead of computing.
    pub refresh: RunRefresh,
    /// Filters that are laid over the query.
    pub filters_override: Option<Value>,
    /// Keys of the query that are replaced.
    pub query_override: Option<Value>,
    /// Values of variables, by code name.
    pub variables: Map<String, Value>,
    /// The most rows.
    pub limit: Option<i64>,
    /// How many rows are left out first.
    pub offset: Option<i64>,
}

/// A run that can be carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlan {
    /// What is run.
    pub endpoint: Endpoint,
    /// Which version of it.
    pub version: EndpointVersion,
    /// The runnable node with everything in it that the run asks for but the page.
    pub node: Value,
    /// Which rows are wanted, where the run says so.
    pub page: Option<RowsPage>,
    /// The value of each of its variables, by code name.
    pub variables: BTreeMap<String, Value>,
    /// What may be taken instead of computing.
    pub refresh: RunRefresh,
    /// How old what is taken from the cache may be.
    pub max_age: TimeDelta,
    /// Whether the query or its filters are other than the version's.
    pub is_overridden: bool,
    /// Whether the run names the version.
    pub is_version_explicit: bool,
}

impl RunPlan {
    /// Whether a result that was computed ahead of time answers it: the latest query as it stands, and nothing is asked to be computed.
    pub fn may_be_materialized(&self) -> bool {
        let is_latest = self.version.version == self.endpoint.latest.version;
        self.refresh != RunRefresh::Direct && !self.is_overridden && is_latest
    }
}

/// Plans a run of `version`, where `known` are the project's variables that its query names.
///
/// # Errors
/// A [`Problem`] that names the field at fault.
pub fn plan(
    endpoint: Endpoint,
    version: EndpointVersion,
    asked: &RunRequest,
    known: &[Variable],
) -> Result<RunPlan, Problem> {
    let mut query = Query::parse(&version.query).map_err(|error| query_problem("query", &error))?;
    let is_hogql = query.kind() == "HogQLQuery";
    let overrides = asked.query_override.as_ref().filter(|overrides| !is_nothing(overrides));
    let filters = asked.filters_override.as_ref().filter(|filters| !is_nothing(filters));
    if is_hogql && overrides.is_some() {
        let detail = "Only variables and filters_override are allowed when executing a HogQL query";
        return Err(Problem::invalid("query_override", detail));
    }
    if !is_hogql && !asked.variables.is_empty() {
        let detail = "Only query_override and filters_override are allowed when executing an Insight query";
        return Err(Problem::invalid("variables", detail));
    }
    let mut values = BTreeMap::new();
    if is_hogql {
        values = variables::resolve(&variables::open(query.node(), known), &asked.variables)?;
        query = reread("variables", &variables::put_in(query.node(), &values))?;
    }
    if let Some(overrides) = overrides {
        query = overridden(&query, overrides)?;
    }
    if let Some(filters) = filters {
        query = filtered(&query, filters)?;
    }
    let page = page(asked)?;
    if let Some(page) = page {
        query.with_rows(page).map_err(|error| Problem::invalid(error.field(), error.to_string()))?;
    }
    Ok(RunPlan {
        node: query.node().clone(),
        page,
        variables: values,
        refresh: asked.refresh,
        max_age: endpoint.fields.max_age(),
        is_overridden: overrides.is_some() || filters.is_some(),
        is_version_explicit: asked.version.is_some(),
        endpoint,
        version,
    })
}

/// The query with the keys of `overrides` in place of its own. It stays of its kind.
fn overridden(query: &Query, overrides: &Value) -> Result<Query, Problem> {
    let Value::Object(overrides) = overrides else {
        return Err(Problem::invalid("query_override", "Give an object with keys of the query."));
    };
    if Value::Object(overrides.clone()).to_string().len() > MAX_QUERY_BYTES {
        return Err(Problem::invalid("query_override", format!("It is larger than {MAX_QUERY_BYTES} bytes.")));
    }
    let mut node = query.node().clone();
    if overrides.get("kind").is_some_and(|kind| node.get("kind") != Some(kind)) {
        let detail = format!("The kind of the query is {} and cannot be overridden.", query.kind());
        return Err(Problem::invalid("query_override__kind", detail));
    }
    if let Value::Object(keys) = &mut node {
        keys.extend(overrides.clone());
    }
    reread("query_override", &node)
}

/// The query with `filters` laid over it.
fn filtered(query: &Query, filters: &Value) -> Result<Query, Problem> {
    let Value::Object(keys) = filters else {
        return Err(Problem::invalid("filters_override", "Give an object of filters."));
    };
    if let Some(unknown) = keys.keys().find(|key| !FILTERS.contains(&key.as_str())) {
        let unknown: String = unknown.chars().take(100).collect();
        let detail = format!("There is no such filter. Give one of {}.", FILTERS.join(", "));
        return Err(Problem::invalid(format!("filters_override__{unknown}"), detail));
    }
    let takes_filters = |name: &String| name == "filters" || name.starts_with("filters.");
    if query.kind() == "HogQLQuery" && !query.placeholders().iter().any(takes_filters) {
        let detail = "The query does not say where filters go, so that they would change nothing: it needs {filters} in its WHERE.";
        return Err(Problem::invalid("filters_override", detail));
    }
    query.with_filters_override(filters).map_err(|error| query_problem("filters_override", &error))
}

fn page(asked: &RunRequest) -> Result<Option<RowsPage>, Problem> {
    if asked.limit.is_none() && asked.offset.is_none() {
        return Ok(None);
    }
    let read = |attr: &'static str, number: i64, min: i64| {
        let detail = || format!("Ensure this value is greater than or equal to {min}.");
        let too_small = || Problem { code: "min_value", ..Problem::invalid(attr, detail()) };
        u64::try_from(number).ok().filter(|_| number >= min).ok_or_else(too_small)
    };
    let limit = read("limit", asked.limit.unwrap_or(DEFAULT_PAGE_ROWS), 1)?;
    let offset = read("offset", asked.offset.unwrap_or(0), 0)?;
    Ok(Some(RowsPage { limit, offset }))
}

fn reread(field: &str, node: &Value) -> Result<Query, Problem> {
    Query::parse(node).map_err(|error| query_problem(field, &error))
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}
