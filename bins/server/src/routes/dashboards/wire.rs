//! Bodies of dashboards. Unknown fields of requests are ignored.

use std::collections::HashMap;

use insights_core::dashboard::repository::{NewTile, TileEdit, TilePatch};
use insights_core::dashboard::service::{DashboardPatch, NewDashboard};
use insights_core::dashboard::{Dashboard, Tile, TileContent};
use insights_core::ids::{DashboardId, InsightId, TileId};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::authors::Authors;
use crate::extract::json::present;
use crate::routes::insights::{Asked, InsightResponse};
use crate::wire::{Timestamp, UserBasic};

/// The level of whoever may edit.
const EDIT_PRIVILEGE: i16 = 37;

/// What dashboards show of other things.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Their makers.
    pub(super) authors: Authors,
    /// Those whose public link works.
    pub(super) shared: Vec<DashboardId>,
}

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
    /// The filters that count here: the stored ones with those of the request over them.
    filters: Value,
    /// The variables that count here, likewise.
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

/// The place of an insight or a text on a dashboard: one of both is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DashboardTile)]
pub(crate) struct TileResponse {
    id: i64,
    insight: Option<InsightResponse>,
    text: Option<TextResponse>,
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

/// A text on a tile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DashboardText)]
struct TextResponse {
    /// Number of the tile.
    id: i64,
    /// Words in Markdown.
    body: String,
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
    /// Path of the folder to make it in, such as `Marketing/Weekly`.
    #[serde(rename = "_create_in_folder")]
    folder: Option<String>,
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
    /// Number of the tile; absent to add one with a `text`.
    id: Option<i64>,
    /// The words of a tile that holds words.
    text: Option<TextRequest>,
    /// `true` takes the tile away.
    #[serde(default)]
    deleted: bool,
    layouts: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    color: Option<Option<String>>,
}

/// Words for a tile. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DashboardTextBody)]
struct TextRequest {
    /// In Markdown, at most 4000 characters.
    body: String,
}

impl DashboardBasic {
    /// The basic form of `dashboard`.
    pub(super) fn new(dashboard: &Dashboard, around: &Surroundings) -> Self {
        let fields = &dashboard.fields;
        let restriction_level = fields.restriction_level.number();
        Self {
            id: dashboard.id.0,
            name: fields.name.clone(),
            description: fields.description.clone(),
            pinned: fields.pinned,
            created_at: Timestamp(fields.created_at),
            created_by: around.authors.get(fields.created_by),
            last_accessed_at: fields.last_accessed_at.map(Timestamp),
            last_viewed_at: fields.last_accessed_at.map(Timestamp),
            is_shared: around.shared.contains(&dashboard.id),
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
    /// The full form of `dashboard`, with `insights` on its tiles as they were `asked` for. A tile whose insight is not among them is left out: it was deleted
    /// meanwhile.
    pub(super) fn new(
        dashboard: &Dashboard,
        around: &Surroundings,
        mut insights: HashMap<InsightId, InsightResponse>,
        asked: &Asked,
    ) -> Self {
        let fields = &dashboard.fields;
        let stored = |value: &Value| value.as_object().filter(|object| !object.is_empty()).map(|_| value.clone());
        let filled = dashboard.tiles.iter().filter_map(|tile| match &tile.content {
            TileContent::Insight(insight) => Some((tile, Some(insights.remove(insight)?))),
            TileContent::Text(_) => Some((tile, None)),
        });
        let tiles = filled.enumerate().map(|(order, (tile, insight))| TileResponse::new(order, tile, insight));
        let tiles: Vec<TileResponse> = tiles.collect();
        let last_refresh = tiles.iter().filter_map(|tile| tile.last_refresh).max_by_key(|refresh| refresh.0);
        Self {
            basic: DashboardBasic { last_refresh, ..DashboardBasic::new(dashboard, around) },
            filters: asked.filters.clone().unwrap_or_else(|| fields.filters.clone()),
            variables: asked.variables.clone().unwrap_or_else(|| fields.variables.clone()),
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
    fn new(order: usize, tile: &Tile, insight: Option<InsightResponse>) -> Self {
        let text = match &tile.content {
            TileContent::Insight(_) => None,
            TileContent::Text(body) => Some(TextResponse { id: tile.id.0, body: body.clone() }),
        };
        Self {
            id: tile.id.0,
            layouts: tile.layouts.clone(),
            color: tile.color.clone(),
            order,
            last_refresh: insight.as_ref().and_then(InsightResponse::last_refresh),
            is_cached: insight.as_ref().is_some_and(InsightResponse::is_cached),
            insight,
            text,
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
            folder: request.folder,
        })
    }
}

impl TryFrom<PatchTileRequest> for TileEdit {
    type Error = Problem;

    fn try_from(request: PatchTileRequest) -> Result<Self, Problem> {
        let text = request.text.map(|text| text.body);
        match (request.id.map(TileId), text) {
            (Some(id), _) if request.deleted => Ok(Self::Remove(id)),
            (Some(id), text) => Ok(Self::Write(TilePatch { id, text, layouts: request.layouts, color: request.color })),
            (None, Some(text)) if !request.deleted => Ok(Self::Add(NewTile {
                content: TileContent::Text(text),
                layouts: request.layouts.unwrap_or_else(|| Value::Object(Map::new())),
                color: request.color.flatten(),
            })),
            (None, _) => Err(Problem::invalid("tiles", "A tile without an id is a new one, which needs a text.")),
        }
    }
}

impl TryFrom<PatchDashboardRequest> for DashboardPatch {
    type Error = Problem;

    fn try_from(request: PatchDashboardRequest) -> Result<Self, Problem> {
        let tiles: Result<Vec<TileEdit>, Problem> = request.tiles.into_iter().map(TileEdit::try_from).collect();
        Ok(Self {
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
            tiles: tiles?,
        })
    }
}
