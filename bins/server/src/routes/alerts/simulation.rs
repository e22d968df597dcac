//! Dry runs of detectors.

use alerts::detector::Detector;
use alerts::simulation::{DEFAULT_INTERVALS, Simulation, simulate};
use alerts::trend::{WatchedTrend, interval_name};
use insights_core::problem::Problem;
use query_engine::results::Series;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A detector to try. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SimulateAlert)]
pub(super) struct SimulateRequest {
    /// Number of the insight: a trend over time.
    pub(super) insight: i64,
    /// As `detector_config` of an alert.
    #[schema(value_type = Object)]
    detector_config: Value,
    /// Position of the series, 0 where absent.
    series_index: Option<usize>,
    /// How far to look back, such as `-30d`; as far as the detector needs for thirty intervals where absent.
    date_from: Option<String>,
}

/// What a detector would have said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertSimulation)]
pub(super) struct SimulationResponse {
    #[serde(flatten)]
    first: SimulatedSeries,
    /// Length of the intervals.
    interval: &'static str,
    /// The series of a breakdown, where the insight has one.
    breakdown_results: Option<Vec<SimulatedSeries>>,
}

/// What a detector would have said of one series.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct SimulatedSeries {
    /// Name of the series.
    label: String,
    /// The numbers.
    data: Vec<f64>,
    /// Beginnings of their intervals.
    dates: Vec<String>,
    /// Scores from 0 to 1; null where too little came before.
    scores: Vec<Option<f64>>,
    /// Positions of the anomalies.
    triggered_indices: Vec<usize>,
    /// Beginnings of their intervals.
    triggered_dates: Vec<String>,
    total_points: usize,
    anomaly_count: usize,
}

impl SimulateRequest {
    /// The detector, which fits the trend.
    pub(super) fn detector(&self, trend: &WatchedTrend) -> Result<Detector, Problem> {
        let detector = Detector::read(&self.detector_config)?.ok_or_else(|| Problem::required("detector_config"))?;
        trend.require_series(self.series_index.unwrap_or(0), "series_index")?;
        trend.require_time_series()?;
        Ok(detector)
    }

    pub(super) fn window(&self, trend: &WatchedTrend, detector: Detector) -> Value {
        let n_intervals = detector.n_intervals(trend.interval) + DEFAULT_INTERVALS;
        let from = self.date_from.clone().unwrap_or_else(|| trend.back(n_intervals));
        json!({ "date_from": from })
    }

    pub(super) fn simulate(&self, trend: &WatchedTrend, detector: Detector, series: &[Series]) -> Vec<Simulation> {
        simulate(trend, detector, self.series_index.unwrap_or(0), series)
    }
}

impl SimulationResponse {
    pub(super) fn new(trend: &WatchedTrend, simulations: Vec<Simulation>) -> Self {
        let series: Vec<SimulatedSeries> = simulations.into_iter().map(SimulatedSeries::from).collect();
        Self {
            first: series.first().cloned().unwrap_or_default(),
            interval: interval_name(trend.interval),
            breakdown_results: trend.has_breakdown.then_some(series),
        }
    }
}

impl From<Simulation> for SimulatedSeries {
    fn from(simulation: Simulation) -> Self {
        let Simulation { label, dates, data, scores, triggered } = simulation;
        Self {
            label,
            triggered_dates: triggered.iter().filter_map(|at| dates.get(*at).cloned()).collect(),
            total_points: data.len(),
            anomaly_count: triggered.len(),
            triggered_indices: triggered,
            data,
            dates,
            scores,
        }
    }
}
