//! What is behind a public link: the thing with its answers.

use actix_web::web;
use charts::Chart;
use insights_core::query_cache::policy::RefreshMode;
use public_pages::{Tile, TileContent};
use query_engine::answer::Query;
use query_engine::results::Results;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sharing::settings::Theme;
use sharing::visit::{Content, Shared};

use super::address::Family;
use crate::app::AppState;
use crate::csv::Table;
use crate::error::{ApiError, Chain};
use crate::queries::Answered;
use crate::routes::dashboards::dashboard_for_visitors;
use crate::routes::insights::{Asked, ShownInsight, insight_table, insights_for_visitors};

/// What tells who made and changed a thing, and when.
const EXTRA_DETAILS: [&str; 4] = ["created_by", "last_modified_by", "created_at", "last_modified_at"];

/// A shared thing with its answers.
#[derive(Debug)]
pub(crate) struct Contents {
    /// The share.
    pub(crate) shared: Shared,
    /// Name of the thing; may be empty.
    pub(crate) title: String,
    /// What people wrote about it; may be empty.
    pub(crate) description: String,
    /// The insight, or what is on the dashboard.
    pub(crate) parts: Vec<Part>,
    /// The thing as programs read it.
    thing: Value,
}

/// A part of what is shown.
#[derive(Debug)]
pub(crate) enum Part {
    /// An insight.
    Insight(Box<ShownInsight>),
    /// Words on a dashboard.
    Text(String),
}

impl Contents {
    /// Computes what is behind `shared`, or takes it from the cache where that is fresh: a page is never empty.
    ///
    /// # Errors
    /// What the stores fail with. An insight that cannot be computed is no error: its part says so.
    pub(crate) async fn load(state: &web::Data<AppState>, shared: Shared) -> Result<Self, ApiError> {
        let mode = RefreshMode::Blocking;
        let contents = match &shared.content {
            Content::Insight(insight) => {
                let asked = Asked::default();
                let shown = insights_for_visitors(state, &shared.project, vec![insight.clone()], mode, &asked).await?;
                let thing = shown.first().map(|shown| body_for_visitors(&shared, &shown.response));
                let thing = thing.transpose()?.unwrap_or_default();
                let title = insight.fields.display_name().unwrap_or_default().to_owned();
                let description = insight.fields.description.clone().unwrap_or_default();
                let parts = shown.into_iter().map(|shown| Part::Insight(Box::new(shown))).collect();
                Self { title, description, parts, thing, shared }
            }
            Content::Dashboard(dashboard) => {
                let (response, parts) = dashboard_for_visitors(state, &shared.project, dashboard, mode).await?;
                let thing = body_for_visitors(&shared, &response)?;
                let title = dashboard.fields.name.clone().unwrap_or_default();
                let description = dashboard.fields.description.clone();
                Self { title, description, parts, thing, shared }
            }
        };
        Ok(contents)
    }

    /// Whether it is a dashboard.
    pub(crate) fn is_dashboard(&self) -> bool {
        matches!(self.shared.content, Content::Dashboard(_))
    }

    /// What programs read: the thing, and how it is to be shown.
    pub(crate) fn document(&self, family: Family) -> Value {
        let kind = if family.is_embedded() { "embed" } else { "scene" };
        let mut document = Map::new();
        document.insert("type".to_owned(), json!(kind));
        document.insert("accessToken".to_owned(), json!(self.shared.link.reveal()));
        let name = if self.is_dashboard() { "dashboard" } else { "insight" };
        document.insert(name.to_owned(), self.thing.clone());
        document.insert("themes".to_owned(), json!([]));
        if let Some(settings) = self.shared.sharing.fields.settings {
            document.extend(settings.flags().map(|flag| (flag.to_owned(), Value::Bool(true))));
            let theme = settings.theme.map(|theme| match theme {
                Theme::Light => "light",
                Theme::Dark => "dark",
                Theme::System => "system",
            });
            document.extend(theme.map(|theme| ("theme".to_owned(), json!(theme))));
        }
        Value::Object(document)
    }

    /// The parts as a page shows them.
    pub(crate) fn tiles(&self) -> Vec<Tile> {
        self.parts.iter().map(Part::tile).collect()
    }

    /// The pictures with their names, of those parts that have one.
    pub(crate) fn charts(&self) -> Vec<(String, Chart)> {
        let shown = self.parts.iter().filter_map(Part::insight);
        shown.filter_map(|shown| Some((shown.title.clone(), chart_of(shown)?))).collect()
    }

    /// The numbers as tables with their names, of those parts that have some.
    ///
    /// # Errors
    /// A 500 where an answer cannot be read.
    pub(crate) fn tables(&self) -> Result<Vec<(String, Table)>, ApiError> {
        let shown = self.parts.iter().filter_map(Part::insight);
        shown.map(|shown| Ok((shown.title.clone(), insight_table(shown.answered.as_ref())?))).collect()
    }

    /// Why there is nothing to draw, fit for strangers.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.parts.iter().filter_map(Part::insight).find_map(|shown| shown.failure.as_deref())
    }
}

impl Part {
    fn insight(&self) -> Option<&ShownInsight> {
        match self {
            Self::Insight(shown) => Some(shown),
            Self::Text(_) => None,
        }
    }

    fn tile(&self) -> Tile {
        let shown = match self {
            Self::Insight(shown) => shown,
            Self::Text(body) => return Tile::text(body.clone()),
        };
        let content = match chart_of(shown) {
            Some(chart) => TileContent::Insight {
                chart: Box::new(chart),
                range: shown.answered.as_ref().and_then(|answered| answered.answer.range).map(|r| (r.from, r.to)),
                computed_at: shown.answered.as_ref().map(|answered| answered.last_refresh),
            },
            None => TileContent::Failed(shown.failure.clone()),
        };
        Tile { title: shown.title.clone(), description: shown.description.clone(), content }
    }
}

/// The picture of an insight's answer; `None` without one.
fn chart_of(shown: &ShownInsight) -> Option<Chart> {
    let (node, answered) = (shown.node.as_ref()?, shown.answered.as_ref()?);
    match read(node, answered) {
        Ok(results) => Some(Chart::new(node, &results)),
        Err(error) => {
            tracing::error!(error = %Chain(&*error), "an answer cannot be drawn");
            None
        }
    }
}

fn read(node: &Value, answered: &Answered) -> Result<Results, Box<dyn std::error::Error>> {
    let results: Value = serde_json::from_str(answered.answer.results.get())?;
    let columns = answered.answer.columns.as_ref().map(|columns| serde_json::from_str(columns.get())).transpose()?;
    Ok(Results::read(&Query::parse(node)?, &results, columns.as_ref())?)
}

/// A body as visitors of the link see it: where the share says so, without who made and changed things, and when.
///
/// # Errors
/// A 500 where it cannot be written as JSON.
pub(crate) fn body_for_visitors(shared: &Shared, body: &impl Serialize) -> Result<Value, ApiError> {
    let mut body = serde_json::to_value(body).map_err(|error| ApiError::internal(&error))?;
    if shared.hides_extra_details() {
        hide_extra_details(&mut body);
    }
    Ok(body)
}

/// Takes away who made and changed the thing and the insights on it, and when.
fn hide_extra_details(thing: &mut Value) {
    let Value::Object(fields) = thing else { return };
    fields.retain(|name, _| !EXTRA_DETAILS.contains(&name.as_str()));
    for tile in fields.get_mut("tiles").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(insight) = tile.get_mut("insight") {
            hide_extra_details(insight);
        }
    }
}
