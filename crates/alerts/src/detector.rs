//! Anomaly detection: how far a number is from what those before it let expect.
//!
//! Every detector gives a score from 0 to 1: how unlikely it is that a number is this far off, were the numbers spread as the normal
//! distribution has it. 0.6827 is one standard deviation, 0.9545 two, 0.9973 three. A number is an anomaly where its score is above the
//! detector's `threshold`.
//!
//! ```json
//! {"type": "zscore",   "threshold": 0.95, "window": 30}
//! {"type": "mad",      "threshold": 0.95, "window": 30}
//! {"type": "seasonal", "threshold": 0.95, "periods": 4}
//! ```
//!
//! `zscore` measures from the mean of the `window` intervals before, in their standard deviations; `mad` from their median, in their median
//! absolute deviations, which single outliers before do not disturb. `seasonal` measures, like `zscore`, from the numbers at the same place of the
//! `periods` before: the same weekday and hour of the weeks before, or the same week or month of the years before.

mod score;

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use insights_core::problem::Problem;
use insights_core::time::Interval;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::read_optional;
use score::{Center, score};

/// Fewest numbers that anything can be expected from.
const MIN_BASELINE: usize = 3;

const DEFAULT_THRESHOLD: f64 = 0.95;
const DEFAULT_WINDOW: usize = 30;
const MAX_WINDOW: usize = 1000;
const DEFAULT_PERIODS: usize = 4;
const MAX_PERIODS: usize = 12;

/// Finds numbers that are not as those before them let expect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Detector {
    /// By the mean and the standard deviation of the intervals before.
    Zscore {
        /// Above which score a number is an anomaly.
        threshold: f64,
        /// How many intervals are looked back.
        window: usize,
    },
    /// By their median and median absolute deviation.
    Mad {
        /// Above which score a number is an anomaly.
        threshold: f64,
        /// How many intervals are looked back.
        window: usize,
    },
    /// By what was at the same place of the periods before.
    Seasonal {
        /// Above which score a number is an anomaly.
        threshold: f64,
        /// How many periods are looked back.
        periods: usize,
    },
}

/// What a detector says of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// From 0 to 1.
    pub score: f64,
    /// What was to be expected.
    pub expected: f64,
    /// Whether it is an anomaly.
    pub is_anomaly: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetectorBody {
    r#type: String,
    threshold: Option<f64>,
    window: Option<usize>,
    periods: Option<usize>,
}

impl Detector {
    /// Reads `detector_config`; null for none.
    ///
    /// # Errors
    /// A refusal that names `detector_config`.
    pub fn read(value: &Value) -> Result<Option<Self>, Problem> {
        let refuse = |detail: String| Problem::invalid("detector_config", format!("Invalid detector config: {detail}"));
        let body = read_optional::<DetectorBody>("detector_config", "Invalid detector config", value)?;
        let Some(DetectorBody { r#type, threshold, window, periods }) = body else { return Ok(None) };
        let threshold = threshold.unwrap_or(DEFAULT_THRESHOLD);
        if !(threshold > 0.0 && threshold < 1.0) {
            return Err(refuse(format!("the threshold is a probability between 0 and 1, not {threshold}")));
        }
        let misplaced = |name: &str| refuse(format!("a {} detector has no `{name}`", r#type));
        let detector = match r#type.as_str() {
            "zscore" | "mad" if periods.is_some() => return Err(misplaced("periods")),
            "zscore" => Self::Zscore { threshold, window: window.unwrap_or(DEFAULT_WINDOW) },
            "mad" => Self::Mad { threshold, window: window.unwrap_or(DEFAULT_WINDOW) },
            "seasonal" if window.is_some() => return Err(misplaced("window")),
            "seasonal" => Self::Seasonal { threshold, periods: periods.unwrap_or(DEFAULT_PERIODS) },
            other => return Err(refuse(format!("`{other}` is not supported, zscore, mad and seasonal are"))),
        };
        let (name, count, max) = match detector {
            Self::Zscore { window, .. } | Self::Mad { window, .. } => ("window", window, MAX_WINDOW),
            Self::Seasonal { periods, .. } => ("periods", periods, MAX_PERIODS),
        };
        if !(MIN_BASELINE..=max).contains(&count) {
            return Err(refuse(format!("`{name}` is {MIN_BASELINE} to {max}")));
        }
        Ok(Some(detector))
    }

    /// Above which score a number is an anomaly.
    pub fn threshold(self) -> f64 {
        match self {
            Self::Zscore { threshold, .. } | Self::Mad { threshold, .. } | Self::Seasonal { threshold, .. } => {
                threshold
            }
        }
    }

    /// How many intervals it needs to judge the last one, and the one before.
    pub fn n_intervals(self, interval: Interval) -> usize {
        let n_before = match self {
            Self::Zscore { window, .. } | Self::Mad { window, .. } => window,
            Self::Seasonal { periods, .. } => periods * season(interval).n_intervals,
        };
        n_before + 2
    }

    /// What it says of the number at `at`; `None` where too little came before. `days` are the beginnings of the intervals, as answers have them.
    pub fn judge(self, interval: Interval, days: &[String], values: &[f64], at: usize) -> Option<Verdict> {
        let value = *values.get(at)?;
        let (baseline, center) = match self {
            Self::Zscore { window, .. } => (values[at.saturating_sub(window)..at].to_vec(), Center::Mean),
            Self::Mad { window, .. } => (values[at.saturating_sub(window)..at].to_vec(), Center::Median),
            Self::Seasonal { periods, .. } => (same_places(interval, days, values, at, periods), Center::Mean),
        };
        if baseline.len() < MIN_BASELINE {
            return None;
        }
        let (score, expected) = score(center, &baseline, value);
        Some(Verdict { score, expected, is_anomaly: score > self.threshold() })
    }
}

/// After what time things repeat.
struct Season {
    length: TimeDelta,
    n_intervals: usize,
}

fn season(interval: Interval) -> Season {
    let week = TimeDelta::weeks(1);
    match interval {
        Interval::Second => Season { length: TimeDelta::minutes(1), n_intervals: 60 },
        Interval::Minute => Season { length: TimeDelta::hours(1), n_intervals: 60 },
        Interval::Hour => Season { length: week, n_intervals: 7 * 24 },
        Interval::Day => Season { length: week, n_intervals: 7 },
        Interval::Week => Season { length: week * 52, n_intervals: 52 },
        // months are told by their names below
        Interval::Month => Season { length: TimeDelta::days(365), n_intervals: 12 },
    }
}

/// The numbers at the same place of the periods before. By the clocks' time, so that a change of them moves nothing; where clocks skipped an hour,
/// that week has none.
fn same_places(interval: Interval, days: &[String], values: &[f64], at: usize, periods: usize) -> Vec<f64> {
    let starts: HashMap<NaiveDateTime, f64> =
        days.iter().zip(values).rev().filter_map(|(day, value)| Some((local(day)?, *value))).collect();
    let Some(start) = days.get(at).and_then(|day| local(day)) else { return Vec::new() };
    let back = |n: usize| {
        let n = u32::try_from(n).ok()?;
        match interval {
            Interval::Month => start.checked_sub_months(chrono::Months::new(12 * n)),
            _ => start.checked_sub_signed(season(interval).length * i32::try_from(n).ok()?),
        }
    };
    (1..=periods).filter_map(|n| starts.get(&back(n)?).copied()).collect()
}

fn local(day: &str) -> Option<NaiveDateTime> {
    let with_time = NaiveDateTime::parse_from_str(day, "%Y-%m-%d %H:%M:%S").ok();
    with_time.or_else(|| Some(NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))
}

#[cfg(test)]
mod tests;
