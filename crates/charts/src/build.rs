//! From an answer to the picture that fits it.

mod behaviour;
mod rows;
pub(crate) mod series;

use query_engine::results::Results;
use serde_json::Value;

use crate::format::ValueFormat;
use crate::model::{Chart, Picture};
use crate::table::DataTable;

/// How many nodes may stand around the one that is asked.
const MAX_WRAPPERS: usize = 4;

impl Chart {
    /// The picture of `results`, the answer to the query node `node`: an insight's `query`, wrapped (`InsightVizNode`, …) or not. The node
    /// says how it is to be shown; what it does not say is as clients have it by default, and what is no way to show such results is
    /// ignored.
    pub fn new(node: &Value, results: &Results) -> Self {
        let (wrapper, query) = unwrapped(node);
        match results {
            Results::Trends(series) => series::trends(query, series),
            Results::Stickiness(series) => series::stickiness(query, series),
            Results::Lifecycle(series) => series::lifecycle(query, series),
            Results::ConversionRates(series) => series::conversion_rates(query, series),
            Results::Steps(funnels) => behaviour::funnel(funnels),
            Results::Durations(durations) => behaviour::durations(durations),
            Results::Retention(sheets) => behaviour::retention(query, sheets),
            Results::Paths(links) => behaviour::paths(links),
            Results::Rows(found) => rows::rows(wrapper, found),
        }
    }

    fn made(picture: Picture, format: ValueFormat, table: DataTable) -> Self {
        Self { picture, format, table, note: None, always_has_legend: false }
    }

    fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }
}

/// The outermost node and the innermost one.
fn unwrapped(node: &Value) -> (&Value, &Value) {
    let mut inner = node;
    for _ in 0..=MAX_WRAPPERS {
        match inner.get("source").filter(|source| source.is_object()) {
            Some(source) => inner = source,
            None => break,
        }
    }
    (node, inner)
}

/// What is said where so many of something are not drawn.
fn more(n_left_out: usize) -> Option<String> {
    (n_left_out > 0).then(|| format!("and {} more in the table", crate::format::exact(n_left_out as f64)))
}
