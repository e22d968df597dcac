//! A request made ready: read, its overrides applied, its answer's name in the cache known.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::{DashboardId, InsightId, ProjectId};
use insights_core::query_cache::key::cache_key;
use insights_core::query_cache::policy::{CacheState, Decision, Freshness, RefreshMode, decide};
use query_engine::answer::{Query, QueryContext, ResolvedDateRange};
use serde_json::json;

use super::answer::KeptRange;
use super::definitions::{DefinitionLoader, Loaded};
use super::error::QueryFailure;
use super::{Answered, Computed, QueryRequest, variables};

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
    max_age: Option<TimeDelta>,
}

impl Prepared {
    /// Reads `request` as of `now`, with the definitions that `loader` has for what its query names.
    pub(crate) async fn new(
        request: &QueryRequest<'_>,
        now: DateTime<Utc>,
        loader: &DefinitionLoader,
    ) -> Result<Self, QueryFailure> {
        let query = read(request, loader).await?;
        let references = query.references();
        // Before anything of an answer is looked for: one that is kept may have been computed for somebody else.
        request.rights.check(&references).map_err(QueryFailure::Forbidden)?;
        let Loaded { definitions, versions } = loader.load(request.project, references).await?;
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
        Ok(Self { query, context, key, id, mode, insight, dashboard, range, max_age: request.max_age })
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
        Freshness { interval: self.query.interval(), range_end, max_age: self.max_age }
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

async fn read(request: &QueryRequest<'_>, loader: &DefinitionLoader) -> Result<Query, QueryFailure> {
    let overridden = request.variables_override.map(|overrides| variables::overridden(request.node, overrides));
    let node = match overridden {
        Some(node) => Cow::Owned(node.map_err(QueryFailure::malformed)?),
        None => Cow::Borrowed(request.node),
    };
    let unset = variables::unset(&node);
    let node = match &unset[..] {
        [] => node,
        unset => Cow::Owned(variables::with_defaults(&node, &loader.variables(request.project.id, unset).await?)),
    };
    let query = Query::parse(&node).map_err(QueryFailure::malformed)?;
    let query = match request.filters_override {
        Some(filters) => query.with_filters_override(filters).map_err(QueryFailure::malformed)?,
        None => query,
    };
    match request.page {
        Some(page) => query.with_rows(page).map_err(QueryFailure::malformed),
        None => Ok(query),
    }
}
