//! Holding an insight's numbers against an alert: pure, from series to what is to be told.

#[cfg(test)]
mod tests;

use query_engine::results::{Period, Series};
use serde::{Deserialize, Serialize};

use crate::detector::Detector;
use crate::model::{AlertSettings, Condition};
use crate::threshold::{Threshold, ThresholdType};
use crate::trend::{WatchedTrend, interval_name};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// The number that was held against the bounds: of the first series that breaks them, otherwise of the only one. `None` for several series, of
    /// which none breaks them.
    pub value: Option<f64>,
    /// A sentence for each series that breaks the bounds or is an anomaly.
    pub breaches: Vec<String>,
    /// What the detector said, where there is one.
    pub anomaly: Option<Anomaly>,
}

/// What a detector said of the numbers of a check: of the first anomaly, otherwise of the first series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// The score of the number that was checked; `None` where too little came before.
    pub score: Option<f64>,
    /// Its position in the series that was looked at.
    pub position: usize,
    /// Beginning of its interval.
    pub date: String,
    /// Length of the intervals.
    pub interval: String,
    /// Whether it is an anomaly.
    pub is_triggered: bool,
}

/// The values of the series that an alert watches, with nothing where a value is no number.
struct Watched<'a> {
    label: &'a str,
    days: &'a [String],
    values: Vec<f64>,
}

/// Holds the series of the answer to the trend's query, over the window that [`WatchedTrend::window`] asks for, against the alert.
pub fn evaluate(settings: &AlertSettings, trend: &WatchedTrend, series: &[Series]) -> Evaluation {
    let config = settings.effective_config();
    let is_watched = |series: &&Series| series.order == config.series_index && series.period != Some(Period::Previous);
    let watched: Vec<Watched<'_>> = series.iter().filter(is_watched).map(|series| watch(trend, series)).collect();
    let mut evaluation = Evaluation::default();
    for series in &watched {
        let value = match (&settings.detector, &settings.threshold) {
            (Some(detector), _) => detect(*detector, settings, trend, series, &mut evaluation),
            (None, Some(threshold)) => compare(threshold, settings, trend, series, &mut evaluation.breaches),
            (None, None) => Some(series.back(0)),
        };
        let breaks_first = evaluation.breaches.len() == 1 && evaluation.value.is_none();
        if breaks_first || !trend.has_breakdown {
            evaluation.value = value;
        }
    }
    if watched.is_empty() && !trend.has_breakdown {
        // No data is none of it.
        let nothing = Watched { label: "", days: &[], values: Vec::new() };
        if let (None, Some(threshold)) = (&settings.detector, &settings.threshold) {
            evaluation.value = compare(threshold, settings, trend, &nothing, &mut evaluation.breaches);
        }
    }
    evaluation
}

fn watch<'a>(trend: &WatchedTrend, series: &'a Series) -> Watched<'a> {
    let label = series.custom_name.as_deref().filter(|_| series.breakdown.is_none()).unwrap_or(&series.label);
    let values = match trend.is_time_series {
        true => series.data.iter().map(|value| value.unwrap_or(0.0)).collect(),
        false => vec![series.aggregated_value.unwrap_or(0.0)],
    };
    Watched { label, days: &series.days, values }
}

impl Watched<'_> {
    /// The number so many intervals before the running one; 0 where there is none.
    fn back(&self, n_intervals: usize) -> f64 {
        let position = self.values.len().checked_sub(n_intervals + 1);
        position.map_or(0.0, |position| self.values[position])
    }
}

/// Holds one series against the bounds, and gives the number that was held against them.
fn compare(
    threshold: &Threshold,
    settings: &AlertSettings,
    trend: &WatchedTrend,
    series: &Watched<'_>,
    breaches: &mut Vec<String>,
) -> Option<f64> {
    let is_ongoing = settings.effective_config().check_ongoing_interval || !trend.is_time_series;
    let last = usize::from(!is_ongoing);
    let (value, before) = (series.back(last), series.back(last + 1));
    let is_fraction = threshold.configuration.r#type == ThresholdType::Percentage;
    let compared = match settings.effective_condition() {
        Condition::AbsoluteValue => value,
        Condition::RelativeIncrease if is_fraction => fraction(value - before, before),
        Condition::RelativeIncrease => value - before,
        Condition::RelativeDecrease if is_fraction => fraction(before - value, before),
        Condition::RelativeDecrease => before - value,
    };
    let bounds = threshold.configuration.bounds;
    let broken = match (bounds.lower, bounds.upper) {
        (Some(lower), _) if compared < lower => Some(("less than lower", lower)),
        (_, Some(upper)) if compared > upper => Some(("more than upper", upper)),
        _ => None,
    };
    if let Some((how, bound)) = broken {
        let verb = match settings.effective_condition() {
            Condition::AbsoluteValue => "is",
            Condition::RelativeIncrease => "increased",
            Condition::RelativeDecrease => "decreased",
        };
        let place = place(trend, series.label, is_ongoing);
        let [shown, bound] = [compared, bound].map(|number| number_text(number, is_fraction));
        breaches.push(format!("{place} ({shown}) {verb} {how} threshold ({bound})"));
    }
    Some(compared)
}

/// Lets the detector judge one series, and gives the number that it judged.
fn detect(
    detector: Detector,
    settings: &AlertSettings,
    trend: &WatchedTrend,
    series: &Watched<'_>,
    evaluation: &mut Evaluation,
) -> Option<f64> {
    let is_ongoing = settings.effective_config().check_ongoing_interval;
    let position = series.values.len().checked_sub(if is_ongoing { 1 } else { 2 })?;
    let value = series.values[position];
    let verdict = detector.judge(trend.interval, series.days, &series.values, position);
    let is_triggered = verdict.is_some_and(|verdict| verdict.is_anomaly);
    if evaluation.anomaly.is_none() || (is_triggered && evaluation.breaches.is_empty()) {
        evaluation.anomaly = Some(Anomaly {
            score: verdict.map(|verdict| verdict.score),
            position,
            date: series.days.get(position).cloned().unwrap_or_default(),
            interval: interval_name(trend.interval).to_owned(),
            is_triggered,
        });
    }
    if let Some(verdict) = verdict.filter(|verdict| verdict.is_anomaly) {
        let place = place(trend, series.label, is_ongoing);
        let expected = number_text((verdict.expected * 100.0).round() / 100.0, false);
        evaluation.breaches.push(format!(
            "{place} ({}) is an anomaly: about {expected} was expected (score {:.4}, threshold {})",
            number_text(value, false),
            verdict.score,
            detector.threshold()
        ));
    }
    Some(value)
}

fn place(trend: &WatchedTrend, label: &str, is_ongoing: bool) -> String {
    let which = if is_ongoing { "current" } else { "previous" };
    let interval = if trend.is_time_series { interval_name(trend.interval) } else { "interval" };
    format!("The insight value ({label}) for {which} {interval}")
}

/// `part` of `whole`, where nothing of nothing is no change, and something of nothing is beyond all bounds.
fn fraction(part: f64, whole: f64) -> f64 {
    if whole != 0.0 {
        part / whole
    } else if part == 0.0 {
        0.0
    } else {
        f64::INFINITY.copysign(part)
    }
}

fn number_text(number: f64, is_fraction: bool) -> String {
    match (number.is_infinite(), is_fraction) {
        (true, _) => if number > 0.0 { "infinity" } else { "-infinity" }.to_owned(),
        (false, true) => format!("{:.2}%", number * 100.0),
        (false, false) => number.to_string(),
    }
}
