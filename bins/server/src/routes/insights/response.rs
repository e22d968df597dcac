//! Insights as clients see them.

use insights_core::dashboard::Tile;
use insights_core::insight::Insight;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

use super::results::Results;
use super::view::Surroundings;
use crate::queries::{Answered, DateRangeBody, QueryStatusBody};
use crate::routes::alerts::AlertResponse;
use crate::wire::{Timestamp, UserBasic};

/// Everyone in the project may edit it.
const EVERYONE_MAY_EDIT: i16 = 21;

/// The caller may edit it.
const MAY_EDIT: i16 = 37;

/// An insight with its result, as far as there is one.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Insight)]
pub(crate) struct InsightResponse {
    id: i64,
    /// Name in addresses.
    short_id: String,
    name: Option<String>,
    /// Name that a client made of the query.
    derived_name: Option<String>,
    /// The query in its legacy form; `{}` where there is a `query`.
    #[schema(value_type = Object)]
    filters: Value,
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    order: Option<i32>,
    deleted: bool,
    /// Numbers of the dashboards that it is on.
    dashboards: Vec<i64>,
    dashboard_tiles: Vec<DashboardTileBasic>,
    /// The instant that the result tells of.
    last_refresh: Option<Timestamp>,
    /// When the result becomes stale.
    cache_target_age: Option<Timestamp>,
    /// When asking for a new result makes sense.
    next_allowed_client_refresh: Option<Timestamp>,
    /// The series, steps or rows; null where they were not computed.
    #[schema(value_type = Option<Value>)]
    result: Option<Arc<RawValue>>,
    #[serde(rename = "hasMore")]
    has_more: Option<bool>,
    #[schema(value_type = Option<Value>)]
    columns: Option<Arc<RawValue>>,
    created_at: Timestamp,
    created_by: Option<UserBasic>,
    description: Option<String>,
    updated_at: Timestamp,
    tags: Vec<String>,
    favorited: bool,
    saved: bool,
    last_modified_at: Timestamp,
    last_modified_by: Option<UserBasic>,
    is_sample: bool,
    effective_restriction_level: i16,
    effective_privilege_level: i16,
    user_access_level: &'static str,
    /// Zone in which the days of the result begin.
    timezone: Option<String>,
    /// Whether the result was computed for an earlier request.
    is_cached: Option<bool>,
    /// The run that will give a new result, or how the last one failed.
    query_status: Option<QueryStatusBody>,
    /// The query as HogQL, for kinds that are; null for others, since the engine runs them without.
    hogql: Option<String>,
    #[schema(value_type = Option<Value>)]
    types: Option<Arc<RawValue>>,
    resolved_date_range: Option<DateRangeBody>,
    /// Alerts on it, the newest first.
    alerts: Vec<AlertResponse>,
    /// When the caller last looked at it.
    last_viewed_at: Option<Timestamp>,
    /// Name of the result in the cache.
    filters_hash: Option<String>,
    /// Colour of its tile, where it is shown on a dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<Option<String>>,
    /// Place of its tile, where it is shown on a dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    layouts: Option<Value>,
}

/// An insight without its result.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InsightBasic {
    pub(super) id: i64,
    pub(super) short_id: String,
    pub(super) name: Option<String>,
    pub(super) derived_name: Option<String>,
    #[schema(value_type = Object)]
    filters: Value,
    #[schema(value_type = Option<Object>)]
    query: Option<Value>,
    dashboards: Vec<i64>,
    dashboard_tiles: Vec<DashboardTileBasic>,
    pub(super) description: Option<String>,
    /// The instant that the cached result tells of.
    last_refresh: Option<Timestamp>,
    /// Whether a new result is being computed.
    refreshing: bool,
    pub(super) saved: bool,
    pub(super) tags: Vec<String>,
    updated_at: Timestamp,
    pub(super) created_by: Option<UserBasic>,
    pub(super) created_at: Timestamp,
    pub(super) last_modified_at: Timestamp,
    pub(super) favorited: bool,
    user_access_level: &'static str,
    last_viewed_at: Option<Timestamp>,
}

/// The place of an insight on a dashboard.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct DashboardTileBasic {
    id: i64,
    dashboard_id: i64,
    deleted: Option<bool>,
}

impl InsightResponse {
    /// `insight` with `results`; `tile` is the place that it is shown in, if any.
    pub(super) fn new(insight: &Insight, around: &Surroundings, results: &Results, tile: Option<&Tile>) -> Self {
        let fields = &insight.fields;
        let answered = results.answered();
        let kept = answered.map(|answered| &answered.answer);
        Self {
            id: insight.id.0,
            short_id: insight.short_id.0.clone(),
            name: fields.name.clone(),
            derived_name: fields.derived_name.clone(),
            filters: fields.filters.clone(),
            query: fields.query.clone(),
            order: fields.order,
            deleted: fields.deleted,
            dashboards: insight.dashboards().into_iter().map(|id| id.0).collect(),
            dashboard_tiles: insight.tiles.iter().map(DashboardTileBasic::from).collect(),
            last_refresh: answered.map(|answered| Timestamp(answered.last_refresh)),
            cache_target_age: answered.map(|answered| Timestamp(answered.cache_target_age)),
            next_allowed_client_refresh: answered.map(Answered::next_allowed_client_refresh).map(Timestamp),
            result: kept.map(|kept| Arc::clone(&kept.results)),
            has_more: kept.and_then(|kept| kept.has_more),
            columns: kept.and_then(|kept| kept.columns.clone()),
            created_at: Timestamp(fields.created_at),
            created_by: around.authors.get(fields.created_by),
            description: fields.description.clone(),
            updated_at: Timestamp(fields.updated_at),
            tags: fields.tags.clone(),
            favorited: fields.favorited,
            saved: fields.saved,
            last_modified_at: Timestamp(fields.last_modified_at),
            last_modified_by: around.authors.get(fields.last_modified_by),
            is_sample: fields.is_sample,
            effective_restriction_level: EVERYONE_MAY_EDIT,
            effective_privilege_level: MAY_EDIT,
            user_access_level: "editor",
            timezone: answered.map(|answered| answered.timezone.name().to_owned()),
            is_cached: answered.map(|answered| answered.is_cached),
            query_status: results.status().map(QueryStatusBody::from),
            hogql: kept.and_then(|kept| kept.hogql.as_ref()).map(|hogql| hogql.text.clone()),
            types: kept.and_then(|kept| kept.types.clone()),
            resolved_date_range: kept.and_then(|kept| kept.range).map(DateRangeBody::from),
            alerts: around.alerts(insight.id),
            last_viewed_at: around.last_viewed(insight.id),
            filters_hash: results.cache_key().map(str::to_owned),
            color: tile.map(|tile| tile.color.clone()),
            layouts: tile.map(|tile| tile.layouts.clone()),
        }
    }

    /// The instant that the result tells of; `None` without a result.
    pub(crate) fn last_refresh(&self) -> Option<Timestamp> {
        self.last_refresh
    }

    /// Whether there is a result that was computed for an earlier request.
    pub(crate) fn is_cached(&self) -> bool {
        self.is_cached.unwrap_or(false)
    }
}

impl InsightBasic {
    /// `insight`, of whose `results` only the age is shown.
    pub(super) fn new(insight: &Insight, around: &Surroundings, results: &Results) -> Self {
        let fields = &insight.fields;
        Self {
            id: insight.id.0,
            short_id: insight.short_id.0.clone(),
            name: fields.name.clone(),
            derived_name: fields.derived_name.clone(),
            filters: fields.filters.clone(),
            query: fields.query.clone(),
            dashboards: insight.dashboards().into_iter().map(|id| id.0).collect(),
            dashboard_tiles: insight.tiles.iter().map(DashboardTileBasic::from).collect(),
            description: fields.description.clone(),
            last_refresh: results.answered().map(|answered| Timestamp(answered.last_refresh)),
            refreshing: results.status().is_some_and(|status| !status.is_complete()),
            saved: fields.saved,
            tags: fields.tags.clone(),
            updated_at: Timestamp(fields.updated_at),
            created_by: around.authors.get(fields.created_by),
            created_at: Timestamp(fields.created_at),
            last_modified_at: Timestamp(fields.last_modified_at),
            favorited: fields.favorited,
            user_access_level: "editor",
            last_viewed_at: around.last_viewed(insight.id),
        }
    }
}

impl From<&Tile> for DashboardTileBasic {
    fn from(tile: &Tile) -> Self {
        Self { id: tile.id.0, dashboard_id: tile.dashboard.0, deleted: None }
    }
}
