//! A request made ready: read, its overrides applied, its answer's name in the cache known.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::ids::{DashboardId, InsightId, ProjectId};
use insights_core::query_cache::key::cache_key;
use insights_core::query_cache::policy::{CacheState, Decision, Freshness, RefreshMode, decide};
use query_engine::answer::{Query, QueryContext, ResolvedDateRange};
use query_engine::error::QueryError;
use serde_json::{Map, Value, json};

use super::answer::KeptRange;
use super::definitions::{DefinitionLoader, Loaded};
use super::error::QueryFailure;
use super::{Answered, Computed, QueryRequest};

/// Raised whenever the engine answers an old query differently or the stored form of an answer changes: old entries are then never read again.
const ANSWER_VERSION: u8 = 3;

/// A request that can be answered.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The query with its overrides.
    pub(crate) query: Query,
    /// What the answer depends on besides.
    pub(crate) context: QueryContext,
    /// Name of the answer in the cache.
    pub(crate) key: String,
    /// Name that the query is watched and cancelled by: the client's, or the key.
    pub(crate) id: String,
    /// When to compute and when to wait.
    pub(crate) mode: RefreshMode,
    /// The insight that is asked for, if any.
    pub(crate) insight: Option<InsightId>,
    /// The dashboard that the insight is shown on, if any.
    pub(crate) dashboard: Option<DashboardId>,
    range: Option<ResolvedDateRange>,
}

impl Prepared {
    /// Reads `request` as of `now`, with the definitions that `loader` has for what its query names.
    pub(crate) async fn new(
        request: &QueryRequest<'_>,
        now: DateTime<Utc>,
        loader: &DefinitionLoader,
    ) -> Result<Self, QueryFailure> {
        let query = read(request).map_err(QueryFailure::malformed)?;
        let Loaded { definitions, versions } = loader.load(request.project, query.references()).await?;
        let context = QueryContext {
            project: request.project.id,
            timezone: request.project.timezone,
            week_start: request.project.week_start,
            now,
            definitions: Arc::new(definitions),
        };
        let range = query.date_range(&context);
        let mut named = json!({ "version": ANSWER_VERSION, "query": query.canonical() });
        if !versions.is_empty() {
            named["definitions"] = versions.into();
        }
        let key = cache_key(context.project, &named, context.timezone, context.week_start);
        let id = request.id.clone().unwrap_or_else(|| key.clone());
        let (mode, insight, dashboard) = (request.mode, request.insight, request.dashboard);
        Ok(Self { query, context, key, id, mode, insight, dashboard, range })
    }

    /// Whose events.
    pub(crate) fn project(&self) -> ProjectId {
        self.context.project
    }

    /// Whether a kept answer is passed over, however fresh.
    pub(crate) fn is_forced(&self) -> bool {
        matches!(self.mode, RefreshMode::ForceBlocking | RefreshMode::ForceAsync)
    }

    /// What to do by the refresh mode and what the cache has.
    pub(crate) fn decide(&self, cached: Option<&Computed>) -> Decision {
        let state = cached.map_or(CacheState::Missing, |cached| self.state(cached));
        decide(self.mode, state)
    }

    /// `computed` as the answer to this request.
    pub(crate) fn answered(&self, computed: &Computed, is_cached: bool) -> Answered {
        Answered {
            answer: computed.answer.clone(),
            cache_key: self.key.clone(),
            is_cached,
            last_refresh: computed.last_refresh,
            cache_target_age: self.freshness().target_age(computed.last_refresh),
            timezone: self.context.timezone,
            status: None,
        }
    }

    fn freshness(&self) -> Freshness {
        let range_end = self.range.map(|range| range.to);
        Freshness { interval: self.query.interval(), range_end, max_age: None }
    }

    fn state(&self, cached: &Computed) -> CacheState {
        let mut freshness = self.freshness();
        // What ended in the past cannot have changed since, but only as long as it is the same range: `14 days ago to 7 days ago` moves.
        if self.range.is_some() && cached.answer.range != self.range.map(KeptRange::from) {
            freshness.range_end = Some(self.context.now);
        }
        freshness.state(Some(cached.last_refresh), self.context.now)
    }
}

fn read(request: &QueryRequest<'_>) -> Result<Query, QueryError> {
    let query = match request.variables_override {
        Some(overrides) => Query::parse(&with_variables(request.node, overrides)?)?,
        None => Query::parse(request.node)?,
    };
    match request.filters_override {
        Some(filters) => query.with_filters_override(filters),
        None => Ok(query),
    }
}

/// The node with the values of `overrides`, variables by id, in place of those that its query has for the same ids. Others are passed over.
fn with_variables(node: &Value, overrides: &Value) -> Result<Value, QueryError> {
    let Value::Object(overrides) = overrides else {
        return Err(QueryError::invalid("variables_override", "must be an object of variables by id"));
    };
    let mut node = node.clone();
    override_variables(&mut node, overrides);
    Ok(node)
}

fn override_variables(node: &mut Value, overrides: &Map<String, Value>) {
    if let Some(Value::Object(variables)) = node.get_mut("variables") {
        for (id, variable) in variables {
            let (Value::Object(variable), Some(Value::Object(by))) = (variable, overrides.get(id)) else { continue };
            variable.extend(by.clone());
        }
    }
    if let Some(source) = node.get_mut("source") {
        override_variables(source, overrides);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overrides_reach_only_the_variables_that_the_query_has() {
        let node = json!({"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "variables": {
            "a": {"variableId": "a", "code_name": "country", "value": "DE"},
            "b": {"variableId": "b", "code_name": "plan"},
        }}});
        let overrides = json!({"a": {"value": "FR"}, "c": {"value": 1}});
        let expected = json!({"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "variables": {
            "a": {"variableId": "a", "code_name": "country", "value": "FR"},
            "b": {"variableId": "b", "code_name": "plan"},
        }}});
        assert_eq!(with_variables(&node, &overrides).unwrap(), expected);
        assert!(with_variables(&node, &json!([1])).is_err());
    }
}
