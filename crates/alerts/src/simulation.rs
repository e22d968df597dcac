//! A dry run of a detector over an insight's past.

use query_engine::results::{Period, Series};

use crate::detector::Detector;
use crate::trend::WatchedTrend;

/// How many intervals are judged where nothing else is asked for.
pub const DEFAULT_INTERVALS: usize = 30;

/// What a detector would have said of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// The series' name.
    pub label: String,
    /// Beginnings of the intervals.
    pub dates: Vec<String>,
    /// The numbers.
    pub data: Vec<f64>,
    /// The score of each; `None` where too little came before.
    pub scores: Vec<Option<f64>>,
    /// Positions of the anomalies.
    pub triggered: Vec<usize>,
}

/// Runs `detector` over the series at `series_index`, or over all of them that a breakdown makes of it.
pub fn simulate(trend: &WatchedTrend, detector: Detector, series_index: usize, series: &[Series]) -> Vec<Simulation> {
    let is_asked_for = |series: &&Series| series.order == series_index && series.period != Some(Period::Previous);
    let simulate_one = |series: &Series| {
        let data: Vec<f64> = series.data.iter().map(|value| value.unwrap_or(0.0)).collect();
        let verdicts: Vec<_> =
            (0..data.len()).map(|at| detector.judge(trend.interval, &series.days, &data, at)).collect();
        let is_anomaly = |at: &usize| verdicts[*at].is_some_and(|verdict| verdict.is_anomaly);
        Simulation {
            label: series.label.clone(),
            dates: series.days.clone(),
            triggered: (0..data.len()).filter(is_anomaly).collect(),
            scores: verdicts.iter().map(|verdict| verdict.map(|verdict| verdict.score)).collect(),
            data,
        }
    };
    series.iter().filter(is_asked_for).map(simulate_one).collect()
}
