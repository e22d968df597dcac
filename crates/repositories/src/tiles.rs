//! Tiles: the places of insights on dashboards.

use std::collections::HashMap;

use diesel::prelude::*;
use insights_core::dashboard::Tile;
use insights_core::dashboard::repository::TilePatch;
use insights_core::error::RepositoryError;
use insights_core::ids::{DashboardId, InsightId, TileId};
use serde_json::Value;

use crate::connection::AnyConnection;
use crate::failure::Failure;
use crate::schema::tiles;
use crate::values::{from_json, json_text};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tiles)]
struct TileRow {
    id: i64,
    dashboard_id: i64,
    insight_id: i64,
    layouts: String,
    color: Option<String>,
}

impl TryFrom<TileRow> for Tile {
    type Error = Failure;

    fn try_from(row: TileRow) -> Result<Self, Failure> {
        Ok(Self {
            id: TileId(row.id),
            dashboard: DashboardId(row.dashboard_id),
            insight: InsightId(row.insight_id),
            layouts: from_json("tile", &row.layouts)?,
            color: row.color,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = tiles, treat_none_as_default_value = false)]
struct NewTileRow<'a> {
    dashboard_id: i64,
    insight_id: i64,
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
    grouped(rows, |tile| tile.insight.0)
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

/// Adds a live tile.
pub(crate) fn insert_tile(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    insight: InsightId,
    layouts: &Value,
    color: Option<&str>,
) -> Result<(), Failure> {
    let row = NewTileRow {
        dashboard_id: dashboard.0,
        insight_id: insight.0,
        layouts: json_text(layouts),
        color,
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
    let no_layouts = Value::Object(serde_json::Map::new());
    for dashboard in dashboards.iter().filter(|dashboard| !there.contains(&dashboard.0)) {
        insert_tile(connection, *dashboard, insight, &no_layouts, None)?;
    }
    Ok(())
}

/// Writes live tiles of the dashboard.
pub(crate) fn patch_tiles(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    patches: &[TilePatch],
) -> Result<(), Failure> {
    for patch in patches {
        let tile = tiles::table
            .filter(tiles::id.eq(patch.id.0))
            .filter(tiles::dashboard_id.eq(dashboard.0))
            .filter(tiles::deleted.eq(false));
        let found: Option<TileRow> = tile.select(TileRow::as_select()).first(connection).optional()?;
        let found = found.ok_or(RepositoryError::NotFound { what: "tile" })?;
        let layouts = patch.layouts.as_ref().map_or(found.layouts, json_text);
        let color = patch.color.clone().unwrap_or(found.color);
        diesel::update(tiles::table.filter(tiles::id.eq(patch.id.0)))
            .set((tiles::layouts.eq(layouts), tiles::color.eq(color)))
            .execute(connection)?;
    }
    Ok(())
}

/// Deletes the dashboard's tiles or brings them back; the insights on the ones that this concerned.
pub(crate) fn mark_tiles(
    connection: &mut AnyConnection,
    dashboard: DashboardId,
    deleted: bool,
) -> Result<Vec<i64>, Failure> {
    let concerned = tiles::table.filter(tiles::dashboard_id.eq(dashboard.0)).filter(tiles::deleted.eq(!deleted));
    let insights = concerned.select(tiles::insight_id).load(connection)?;
    diesel::update(concerned).set(tiles::deleted.eq(deleted)).execute(connection)?;
    Ok(insights)
}

fn grouped(rows: Vec<TileRow>, owner: impl Fn(&Tile) -> i64) -> Result<HashMap<i64, Vec<Tile>>, Failure> {
    let mut groups: HashMap<i64, Vec<Tile>> = HashMap::new();
    for row in rows {
        let tile = Tile::try_from(row)?;
        groups.entry(owner(&tile)).or_default().push(tile);
    }
    Ok(groups)
}
