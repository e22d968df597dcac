//! Bodies of dashboards. Unknown fields of requests are ignored.

use std::collections::HashMap;

use insights_core::dashboard::repository::TilePatch;
use insights_core::dashboard::service::{DashboardPatch, NewDashboard};
use insights_core::dashboard::{Dashboard, Tile};
use insights_core::ids::{DashboardId, InsightId, TileId};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::authors::Authors;
use crate::extract::json::present;
use crate::routes::insights::InsightResponse;
use crate::wire::{Timestamp, UserBasic};

/// The level of whoever may edit.
const EDIT_PRIVILEGE: i16 = 37;

/// A dashboard without its tiles, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DashboardBasic {
    id: i64,
    name: Option<String>,
    description: String,
    pinned: bool,
    created_at: Timestamp,
    created_by: Option<UserBasic>,
    last_accessed_at: Option<Timestamp>,
    last_viewed_at: Option<Timestamp>,
    is_shared: bool,
    deleted: bool,
    /// `default`, `template` or `duplicate`.
    creation_mode: &'static str,
    tags: Vec<String>,
    /// 21: everyone may edit it, 37: collaborators only.
    restriction_level: i16,
    effective_restriction_level: i16,
    effective_privilege_level: i16,
    user_access_level: &'static str,
    access_control_version: &'static str,
    last_refresh: Option<Timestamp>,
    /// Number of the project.
    team_id: i64,
}

/// A dashboard with its tiles.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub(crate) struct DashboardResponse {
    #[serde(flatten)]
    basic: DashboardBasic,
    filters: Value,
    variables: Value,
    breakdown_colors: Value,
    data_color_theme_id: Option<i64>,
    /// The filters that are stored; null where there are none.
    persisted_filters: Option<Value>,
    /// The variables that are stored; null where there are none.
    persisted_variables: Option<Value>,
    quick_filter_ids: Vec<String>,
    tiles: Vec<TileResponse>,
}

/// The place of an insight on a dashboard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DashboardTile)]
pub(crate) struct TileResponse {
    id: i64,
    insight: Option<InsightResponse>,
    text: Option<Value>,
    button_tile: Option<Value>,
    layouts: Value,
    color: Option<String>,
    filters_overrides: Option<Value>,
    show_description: Option<bool>,
    transparent_background: Option<bool>,
    order: usize,
    last_refresh: Option<Timestamp>,
    is_cached: bool,
}

/// A dashboard to make.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateDashboard)]
pub(crate) struct CreateDashboardRequest {
    name: Option<String>,
    description: Option<String>,
    #[serde(default)]
    pinned: bool,
    filters: Option<Value>,
    #[serde(default)]
    tags: Vec<String>,
    restriction_level: Option<i64>,
    /// Number of the dashboard to begin as a copy of.
    use_dashboard: Option<i64>,
    /// Name of a template. This server has none, so anything but an empty text is refused.
    use_template: Option<String>,
}

/// What to change of a dashboard.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchDashboard)]
pub(crate) struct PatchDashboardRequest {
    #[serde(default, deserialize_with = "present")]
    name: Option<Option<String>>,
    description: Option<String>,
    pinned: Option<bool>,
    filters: Option<Value>,
    variables: Option<Value>,
    breakdown_colors: Option<Value>,
    tags: Option<Vec<String>>,
    restriction_level: Option<i64>,
    deleted: Option<bool>,
    /// Along with `deleted: true`: also delete the insights that are on no other dashboard.
    #[serde(default)]
    delete_insights: bool,
    #[serde(default)]
    tiles: Vec<PatchTileRequest>,
}

/// What to change of a tile.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchDashboardTile)]
pub(crate) struct PatchTileRequest {
    id: i64,
    layouts: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    color: Option<Option<String>>,
}

impl DashboardBasic {
    /// The basic form of `dashboard`, whose maker is among `authors`.
    pub(super) fn new(dashboard: &Dashboard, authors: &Authors) -> Self {
        let fields = &dashboard.fields;
        let restriction_level = fields.restriction_level.number();
        Self {
            id: dashboard.id.0,
            name: fields.name.clone(),
            description: fields.description.clone(),
            pinned: fields.pinned,
            created_at: Timestamp(fields.created_at),
            created_by: authors.get(fields.created_by),
            last_accessed_at: fields.last_accessed_at.map(Timestamp),
            last_viewed_at: fields.last_accessed_at.map(Timestamp),
            is_shared: false,
            deleted: fields.deleted,
            creation_mode: fields.creation_mode.name(),
            tags: fields.tags.clone(),
            restriction_level,
            effective_restriction_level: restriction_level,
            effective_privilege_level: EDIT_PRIVILEGE,
            user_access_level: "editor",
            access_control_version: "v1",
            last_refresh: None,
            team_id: dashboard.project.0,
        }
    }
}

impl DashboardResponse {
    /// The full form of `dashboard`, with `insights` on its tiles. A tile whose insight is not among them is left out: it was deleted
    /// meanwhile.
    pub(super) fn new(
        dashboard: &Dashboard,
        authors: &Authors,
        mut insights: HashMap<InsightId, InsightResponse>,
    ) -> Self {
        let fields = &dashboard.fields;
        let stored = |value: &Value| value.as_object().filter(|object| !object.is_empty()).map(|_| value.clone());
        let with_insights = dashboard.tiles.iter().filter_map(|tile| Some((tile, insights.remove(&tile.insight)?)));
        let tiles = with_insights.enumerate().map(|(order, (tile, insight))| TileResponse::new(order, tile, insight));
        let tiles: Vec<TileResponse> = tiles.collect();
        let last_refresh = tiles.iter().filter_map(|tile| tile.last_refresh).max_by_key(|refresh| refresh.0);
        Self {
            basic: DashboardBasic { last_refresh, ..DashboardBasic::new(dashboard, authors) },
            filters: fields.filters.clone(),
            variables: fields.variables.clone(),
            breakdown_colors: fields.breakdown_colors.clone(),
            data_color_theme_id: None,
            persisted_filters: stored(&fields.filters),
            persisted_variables: stored(&fields.variables),
            quick_filter_ids: Vec::new(),
            tiles,
        }
    }
}

impl TileResponse {
    fn new(order: usize, tile: &Tile, insight: InsightResponse) -> Self {
        Self {
            id: tile.id.0,
            layouts: tile.layouts.clone(),
            color: tile.color.clone(),
            order,
            last_refresh: insight.last_refresh(),
            is_cached: insight.is_cached(),
            insight: Some(insight),
            text: None,
            button_tile: None,
            filters_overrides: None,
            show_description: None,
            transparent_background: None,
        }
    }
}

impl TryFrom<CreateDashboardRequest> for NewDashboard {
    type Error = Problem;

    fn try_from(request: CreateDashboardRequest) -> Result<Self, Problem> {
        if let Some(template) = request.use_template.filter(|template| !template.is_empty()) {
            return Err(Problem::invalid("use_template", format!("Invalid template provided: {template}")));
        }
        Ok(Self {
            name: request.name,
            description: request.description,
            pinned: request.pinned,
            filters: request.filters,
            tags: request.tags,
            restriction_level: request.restriction_level,
            use_dashboard: request.use_dashboard.map(DashboardId),
        })
    }
}

impl From<PatchDashboardRequest> for DashboardPatch {
    fn from(request: PatchDashboardRequest) -> Self {
        let tiles = request.tiles.into_iter();
        let tiles = tiles.map(|tile| TilePatch { id: TileId(tile.id), layouts: tile.layouts, color: tile.color });
        Self {
            name: request.name,
            description: request.description,
            pinned: request.pinned,
            filters: request.filters,
            variables: request.variables,
            breakdown_colors: request.breakdown_colors,
            tags: request.tags,
            restriction_level: request.restriction_level,
            deleted: request.deleted,
            delete_insights: request.delete_insights,
            tiles: tiles.collect(),
        }
    }
}
