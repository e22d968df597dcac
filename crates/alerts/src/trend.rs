//! What an alert has to know of its insight's query, and what it asks.

use insights_core::insight::InsightFields;
use insights_core::problem::Problem;
use insights_core::time::Interval;
use query_engine::answer::Query;
use query_engine::nodes::Display;
use serde_json::{Value, json};

use crate::model::{AlertSettings, Condition};

/// A trend that can be watched.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedTrend {
    /// The insight's query node, upgraded where it was in the legacy form.
    pub node: Value,
    /// The query.
    pub query: Query,
    /// How long its intervals are.
    pub interval: Interval,
    /// How many series or formulas it has.
    pub n_series: usize,
    /// Whether it has a number for each interval, and not one for the whole range.
    pub is_time_series: bool,
    /// Whether its series are split by properties.
    pub has_breakdown: bool,
}

impl WatchedTrend {
    /// The trend that the insight asks for.
    ///
    /// # Errors
    /// A refusal where it has no query, or one of another kind.
    pub fn of(insight: &InsightFields) -> Result<Self, Problem> {
        let node = match &insight.query {
            Some(query) => query.clone(),
            None => Query::upgrade_filters(&insight.filters).map_err(|_| no_query())?,
        };
        let query = Query::parse(&node).map_err(|_| no_query())?;
        let Some(trends) = query.trends() else { return Err(not_supported()) };
        let is_time_series = match trends.trends.display {
            Display::Series | Display::Cumulative => true,
            Display::TotalValue | Display::WorldMap => false,
            Display::CalendarHeatmap => return Err(not_supported()),
        };
        let n_formulas = trends.trends.formulas.len();
        Ok(Self {
            interval: trends.interval,
            n_series: if n_formulas > 0 { n_formulas } else { trends.series.len() },
            is_time_series,
            has_breakdown: trends.breakdown.is_some(),
            node,
            query,
        })
    }

    /// Refuses, by the name `attr`, a position at which the trend has no series or formula.
    ///
    /// # Errors
    /// That refusal.
    pub fn require_series(&self, series_index: usize, attr: &str) -> Result<(), Problem> {
        if series_index < self.n_series {
            return Ok(());
        }
        let n_series = self.n_series;
        let detail =
            format!("series_index {series_index} is out of range: the insight has {n_series} series or formulas");
        Err(Problem::invalid(attr, detail))
    }

    /// Refuses a trend without numbers over time, for detectors.
    ///
    /// # Errors
    /// That refusal.
    pub fn require_time_series(&self) -> Result<(), Problem> {
        if self.is_time_series {
            return Ok(());
        }
        let detail = "Anomaly detection needs numbers over time, and this insight shows one number for its whole range";
        Err(Problem::invalid("detector_config", detail))
    }

    /// What is laid over the query for a check: the last intervals alone, as many as the condition needs. `None` for one number of the whole
    /// range, which is checked as the insight has it.
    pub fn window(&self, settings: &AlertSettings) -> Option<Value> {
        if !self.is_time_series {
            return None;
        }
        let n_intervals = match (&settings.detector, settings.effective_condition()) {
            (Some(detector), _) => detector.n_intervals(self.interval),
            (None, Condition::AbsoluteValue) => 2,
            (None, Condition::RelativeIncrease | Condition::RelativeDecrease) => 3,
        };
        Some(json!({ "date_from": self.back(n_intervals) }))
    }

    /// The relative date so many intervals ago.
    pub fn back(&self, n_intervals: usize) -> String {
        let unit = match self.interval {
            Interval::Second => "s",
            Interval::Minute => "M",
            Interval::Hour => "h",
            Interval::Day => "d",
            Interval::Week => "w",
            Interval::Month => "m",
        };
        format!("-{n_intervals}{unit}")
    }
}

/// What people call an interval.
pub fn interval_name(interval: Interval) -> &'static str {
    match interval {
        Interval::Second => "second",
        Interval::Minute => "minute",
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
    }
}

fn no_query() -> Problem {
    Problem::invalid("insight", "Insight has no valid query.")
}

fn not_supported() -> Problem {
    Problem { attr: None, ..Problem::invalid("insight", "Alerts are not supported for this insight.") }
}
