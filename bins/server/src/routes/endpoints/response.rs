//! Endpoints as clients see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use endpoints::model::{CacheAge, Endpoint, EndpointName, EndpointVersion};
use insights_core::ids::ProjectId;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::materialization::MaterializationResponse;
use crate::authors::Authors;
use crate::queries::{DateRangeBody, QueryResponse, QueryStatusBody};
use crate::wire::{Timestamp, UserBasic};

/// Endpoints, all on one page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointList)]
pub(super) struct EndpointListResponse {
    /// The newest first.
    pub(super) results: Vec<EndpointResponse>,
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub(super) struct EndpointResponse {
    id: Uuid,
    /// Name in addresses.
    name: String,
    description: String,
    /// The query of the current version, as it was sent.
    #[schema(value_type = Object)]
    query: Value,
    /// Always empty; `/openapi.json` tells what a run takes.
    parameters: BTreeMap<String, Value>,
    /// Whether it can be run.
    is_active: bool,
    /// How old an answer may be; null for six hours.
    cache_age_seconds: Option<u32>,
    /// Where it is run.
    endpoint_path: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    created_by: Option<UserBasic>,
    /// Whether its result is computed ahead of time.
    is_materialized: bool,
    /// Number of the latest version.
    current_version: u32,
    /// How many versions there are.
    versions_count: u32,
    /// Short id of the insight that the query was taken from.
    derived_from_insight: Option<String>,
    /// What is known of its result, where that is computed ahead of time; else whether it could be.
    materialization: MaterializationResponse,
}

/// A version of an endpoint's query.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointVersion)]
pub(super) struct EndpointVersionResponse {
    id: Uuid,
    /// Number within the endpoint.
    version: u32,
    /// The query, as it was sent.
    #[schema(value_type = Object)]
    query: Value,
    created_at: Timestamp,
    created_by: Option<UserBasic>,
}

/// The answer of a run: that of its query, without what says how it came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointRun)]
pub(super) struct RunEndpointResponse {
    /// The series, steps or rows.
    #[schema(value_type = Value)]
    results: Arc<RawValue>,
    /// Names of the columns, for kinds whose results are rows.
    #[schema(value_type = Option<Value>)]
    columns: Option<Arc<RawValue>>,
    /// Types of the columns, likewise.
    #[schema(value_type = Option<Value>)]
    types: Option<Arc<RawValue>>,
    /// Whether there is more than the limit let through.
    #[serde(rename = "hasMore")]
    has_more: Option<bool>,
    /// The most rows that there could be; `null` where the text of the query itself says.
    limit: Option<u64>,
    /// How many rows were left out first, likewise.
    offset: Option<u64>,
    /// Whether the answer was computed for an earlier request.
    is_cached: bool,
    /// The instant that the answer tells of.
    last_refresh: Timestamp,
    /// When asking again may give a newer answer.
    next_allowed_client_refresh: Timestamp,
    /// When the answer becomes stale.
    cache_target_age: Timestamp,
    /// Zone in which days begin.
    timezone: String,
    /// The instant from which to ask for the next rows, where they are in order of time and there are more.
    #[serde(rename = "nextCursor")]
    next_cursor: Option<String>,
    /// What the query touches; nothing is told.
    #[schema(value_type = Option<Value>)]
    query_metadata: Option<BTreeMap<String, Value>>,
    /// `null`: a run waits for its answer.
    query_status: Option<QueryStatusBody>,
    /// `null`: an error has a body of its own.
    error: Option<String>,
    /// The version that was run.
    endpoint_version: u32,
    /// When that version was made.
    endpoint_version_created_at: Timestamp,
    /// What the answer was taken from, where it was computed ahead of time.
    #[serde(flatten)]
    materialized: Option<RunMaterialized>,
    /// How the answer came about, where that was asked for.
    #[serde(flatten)]
    debug: Option<RunDebug>,
}

/// The result that an answer was taken from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointRunMaterialized)]
pub(super) struct RunMaterialized {
    /// True.
    endpoint_materialized: bool,
    /// The instant that the result tells of.
    endpoint_materialized_at: Timestamp,
    /// How long ago that was, in seconds.
    endpoint_materialized_age_seconds: i64,
}

/// How an answer came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointRunDebug)]
struct RunDebug {
    /// Name of the answer in the cache.
    cache_key: String,
    /// The query as HogQL, for kinds that are.
    hogql: Option<String>,
    /// The steps in which it was computed, where the query asks for them.
    #[schema(value_type = Option<Value>)]
    explain: Option<Arc<RawValue>>,
    /// Durations of parts of the work; none are told.
    timings: Option<Vec<Value>>,
    /// Settings that the answer depends on; there are none.
    modifiers: BTreeMap<String, Value>,
    /// The range that was looked at.
    resolved_date_range: Option<DateRangeBody>,
    /// What made the server compute the answer, apart from a request.
    calculation_trigger: Option<String>,
}

/// When endpoints were last run, in the form of an answered query.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LastExecutionTimesAnswer)]
pub(super) struct LastExecutionTimesResponse {
    query_status: LastExecutionTimesStatus,
}

/// The answered query.
#[derive(Debug, Serialize, ToSchema)]
struct LastExecutionTimesStatus {
    /// Always empty.
    id: String,
    /// Number of the project.
    team_id: i64,
    /// Always true.
    complete: bool,
    /// Name and instant of each endpoint that was run; null where none was asked for.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    results: Option<Vec<(String, Timestamp)>>,
}

impl EndpointResponse {
    pub(super) fn new(endpoint: Endpoint, materialization: MaterializationResponse, authors: &Authors) -> Self {
        let Endpoint { id, project, name, fields, latest, .. } = endpoint;
        Self {
            id: id.0,
            endpoint_path: format!("/api/environments/{project}/endpoints/{name}/run"),
            name: name.to_string(),
            description: fields.description,
            query: latest.query,
            parameters: BTreeMap::new(),
            is_active: fields.is_active,
            cache_age_seconds: fields.cache_age.map(CacheAge::seconds),
            created_at: Timestamp(fields.created_at),
            updated_at: Timestamp(fields.updated_at),
            created_by: authors.get(fields.created_by),
            is_materialized: fields.materialized.is_some(),
            current_version: latest.version,
            // numbered from 1, and none is ever taken away
            versions_count: latest.version,
            derived_from_insight: fields.derived_from_insight,
            materialization,
        }
    }
}

impl RunMaterialized {
    pub(super) fn new(materialized_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            endpoint_materialized: true,
            endpoint_materialized_at: Timestamp(materialized_at),
            endpoint_materialized_age_seconds: (now - materialized_at).num_seconds().max(0),
        }
    }
}

impl EndpointVersionResponse {
    pub(super) fn new(version: EndpointVersion, authors: &Authors) -> Self {
        Self {
            id: version.id,
            version: version.version,
            query: version.query,
            created_at: Timestamp(version.created_at),
            created_by: authors.get(version.created_by),
        }
    }
}

impl RunEndpointResponse {
    /// The body for the answer of `version`, with how it came about where `debug` asks for that.
    pub(super) fn new(
        answer: QueryResponse,
        materialized: Option<RunMaterialized>,
        version: &EndpointVersion,
        debug: bool,
    ) -> Self {
        let how = || RunDebug {
            cache_key: answer.cache_key,
            hogql: answer.hogql,
            explain: answer.explain,
            timings: answer.timings,
            modifiers: answer.modifiers,
            resolved_date_range: answer.resolved_date_range,
            calculation_trigger: answer.calculation_trigger,
        };
        Self {
            results: answer.results,
            columns: answer.columns,
            types: answer.types,
            has_more: answer.has_more,
            limit: answer.limit,
            offset: answer.offset,
            is_cached: answer.is_cached,
            last_refresh: answer.last_refresh,
            next_allowed_client_refresh: answer.next_allowed_client_refresh,
            cache_target_age: answer.cache_target_age,
            timezone: answer.timezone,
            next_cursor: answer.next_cursor,
            query_metadata: answer.query_metadata,
            query_status: answer.query_status,
            error: answer.error,
            endpoint_version: version.version,
            endpoint_version_created_at: Timestamp(version.created_at),
            materialized,
            debug: debug.then(how),
        }
    }
}

impl LastExecutionTimesResponse {
    pub(super) fn new(project: ProjectId, executions: Option<Vec<(EndpointName, DateTime<Utc>)>>) -> Self {
        let shown = |executions: Vec<(EndpointName, DateTime<Utc>)>| {
            executions.into_iter().map(|(name, at)| (name.to_string(), Timestamp(at))).collect()
        };
        let results = executions.map(shown);
        Self {
            query_status: LastExecutionTimesStatus { id: String::new(), team_id: project.0, complete: true, results },
        }
    }
}
