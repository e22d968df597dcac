//! Tiles: the places of insights and texts on dashboards.

use std::collections::HashMap;

use diesel::prelude::*;
use insights_core::dashboard::repository::{NewTile, TileEdit, TilePatch};
use insights_core::dashboard::{Tile, TileContent};
use insights_core::error::RepositoryError;
use insights_core::ids::{DashboardId, InsightId, TileId};
use serde_json::Value;

use crate::connection::AnyConnection;
use crate::failure::{Failure, unreadable};
use crate::schema::tiles;
use crate::values::{from_json, json_text};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tiles)]
struct TileRow {
    id: i64,
    dashboard_id: i64,
    insight_id: Option<i64>,
    body: Option<String>,
    layouts: String,
    color: Option<String>,
}

impl TryFrom<TileRow> for Tile {
    type Error = Failure;

    fn try_from(row: TileRow) -> Result<Self, Failure> {
        let content = match (row.insight_id, row.body) {
            (Some(insight), None) => TileContent::Insight(InsightId(insight)),
            (None, Some(body)) => TileContent::Text(body),
            _ => return Err(unreadable("tile", format!("tile {} holds not one thing", row.id))),
        };
        Ok(Self {
            id: TileId(row.id),
            dashboard: DashboardId(row.dashboard_id),
            content,
            layouts: from_json("tile", &row.layouts)?,
            color: row.color,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = tiles, treat_none_as_default_value = false)]
struct NewTileRow<'a> {
    dashboard_id: i64,
    insight_id: Option<i64>,
    body: Option<&'a str>,
    layouts: String,
    color: Option<&'a str>,
    deleted: bool,
}

/// The live tiles of each of the insights.
pub(crate) fn tiles_of_insights(
    connection: &mut AnyConnection,
    ids: &[i64],
) -> Result<HashMap<i64, Vec<Tile>>, Failure> {
    let rows: Vec<TileRow> = tiles::table
        .filter(tiles::insight_id.eq_any(ids))
        .filter(tiles::deleted.eq(false))
        .order(tiles::id)
        .select(TileRow::as_select())
        .load(connection)?;
    grouped(rows, |tile| tile.insight().expect("the rows were found by their insights").0)
}

/// The live tiles of each of the dashboards.
pub(crate) fn tiles_of_dashboards(
    connection: &mut AnyConnection,
    ids: &[i64],
) -> Result<HashMap<i64, Vec<Tile>>, Failure> {
    let rows: Vec<TileRow> = tiles::table
        .filter(tiles::dashboard_id.eq_any(ids))
        .filter(tiles::deleted.eq(false))
        .order(tiles::id)
        .select(TileRow::as_select())
        .load(connection)?;
    grouped(rows, |tile| tile.dashboard.0)
}

/// The tile of an insight that nobody has arranged yet.
pub(crate) fn tile_of(insight: InsightId) -> NewTile {
    NewTile { content: TileContent::Insight(insight), layouts: Value::Object(serde_json::Map::new()), color: None }
}

/// Adds a live tile.
pub(crate) fn insert_tile(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    tile: &NewTile,
) -> Result<(), Failure> {
    let (insight_id, body) = match &tile.content {
        TileContent::Insight(insight) => (Some(insight.0), None),
        TileContent::Text(body) => (None, Some(body.as_str())),
    };
    let row = NewTileRow {
        dashboard_id: dashboard.0,
        insight_id,
        body,
        layouts: json_text(&tile.layouts),
        color: tile.color.as_deref(),
        deleted: false,
    };
    diesel::insert_into(tiles::table).values(row).execute(connection)?;
    Ok(())
}

/// Puts the insight on these dashboards alone.
pub(crate) fn put_on_only(
    connection: &mut AnyConnection,
    insight: InsightId,
    dashboards: &[DashboardId],
) -> Result<(), Failure> {
    let wanted: Vec<_> = dashboards.iter().map(|dashboard| dashboard.0).collect();
    let of_insight = tiles::table.filter(tiles::insight_id.eq(insight.0));
    diesel::update(of_insight.filter(tiles::dashboard_id.ne_all(&wanted)))
        .set(tiles::deleted.eq(true))
        .execute(connection)?;
    diesel::update(of_insight.filter(tiles::dashboard_id.eq_any(&wanted)))
        .set(tiles::deleted.eq(false))
        .execute(connection)?;
    let there: Vec<i64> = of_insight.select(tiles::dashboard_id).load(connection)?;
    for dashboard in dashboards.iter().filter(|dashboard| !there.contains(&dashboard.0)) {
        insert_tile(connection, *dashboard, &tile_of(insight))?;
    }
    Ok(())
}

/// Adds, writes and removes tiles of the dashboard.
pub(crate) fn edit_tiles(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    edits: &[TileEdit],
) -> Result<(), Failure> {
    for edit in edits {
        match edit {
            TileEdit::Add(tile) => insert_tile(connection, dashboard, tile)?,
            TileEdit::Write(patch) => write_tile(connection, dashboard, patch)?,
            TileEdit::Remove(id) => {
                require_live_tile(connection, dashboard, *id)?;
                diesel::update(tiles::table.find(id.0)).set(tiles::deleted.eq(true)).execute(connection)?;
            }
        }
    }
    Ok(())
}

fn write_tile(connection: &mut AnyConnection, dashboard: DashboardId, patch: &TilePatch) -> Result<(), Failure> {
    let found = require_live_tile(connection, dashboard, patch.id)?;
    let layouts = patch.layouts.as_ref().map_or(found.layouts, json_text);
    let color = patch.color.clone().unwrap_or(found.color);
    // a tile that holds an insight has no body, and gets none
    let body = found.body.map(|body| patch.text.clone().unwrap_or(body));
    diesel::update(tiles::table.find(patch.id.0))
        .set((tiles::layouts.eq(layouts), tiles::color.eq(color), tiles::body.eq(body)))
        .execute(connection)?;
    Ok(())
}

fn require_live_tile(connection: &mut AnyConnection, dashboard: DashboardId, id: TileId) -> Result<TileRow, Failure> {
    let tile = tiles::table
        .filter(tiles::id.eq(id.0))
        .filter(tiles::dashboard_id.eq(dashboard.0))
        .filter(tiles::deleted.eq(false));
    let found: Option<TileRow> = tile.select(TileRow::as_select()).first(connection).optional()?;
    found.ok_or_else(|| RepositoryError::NotFound { what: "tile" }.into())
}

/// Deletes the dashboard's tiles or brings them back; the insights on the ones that this concerned.
pub(crate) fn mark_tiles(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    deleted: bool,
) -> Result<Vec<i64>, Failure> {
    let concerned = tiles::table.filter(tiles::dashboard_id.eq(dashboard.0)).filter(tiles::deleted.eq(!deleted));
    let insights: Vec<Option<i64>> = concerned.select(tiles::insight_id).load(connection)?;
    diesel::update(concerned).set(tiles::deleted.eq(deleted)).execute(connection)?;
    Ok(insights.into_iter().flatten().collect())
}

fn grouped(rows: Vec<TileRow>, owner: impl Fn(&Tile) -> i64) -> Result<HashMap<i64, Vec<Tile>>, Failure> {
    let mut groups: HashMap<i64, Vec<Tile>> = HashMap::new();
    for row in rows {
        let tile = Tile::try_from(row)?;
        groups.entry(owner(&tile)).or_default().push(tile);
    }
    Ok(groups)
}
