//! The built-in writer of analyses: real statistics over an insight's result, in plain sentences.
//!
//! It claims what chance does not explain, says so where there is too little to tell, and takes no interval for a drop that is still running.

mod funnels;
mod lifecycle;
mod paths;
mod retention;
mod rows;
mod series;
mod statistics;
mod stickiness;
#[cfg(test)]
mod tests;
mod trends;
mod wording;

use std::fmt;

use chrono::{Days, Months, NaiveDateTime, TimeDelta};
use insights_core::time::Interval;
use query_engine::results::Results;
use serde_json::Value;

/// People or events below which a share or a difference says nothing.
const FEW: f64 = 30.0;

/// What an analysis is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The runnable query node, such as a `TrendsQuery`.
    pub query: &'a Value,
    /// The interval of the query; a day where the kind has none.
    pub interval: Interval,
    /// The instant that the results tell of, in the project's time zone.
    pub now: NaiveDateTime,
}

/// An analysis: one headline, some lines with numbers, one takeaway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The one thing to know.
    pub headline: String,
    /// What stands behind it, with numbers; two or three.
    pub points: Vec<String>,
    /// What to do with it.
    pub takeaway: String,
}

/// Most points of an analysis.
const MAX_POINTS: usize = 3;

impl Analysis {
    fn new(headline: impl Into<String>, points: Vec<String>, takeaway: impl Into<String>) -> Self {
        let points = points.into_iter().take(MAX_POINTS).collect();
        Self { headline: headline.into(), points, takeaway: takeaway.into() }
    }
}

impl fmt::Display for Analysis {
    /// The headline, a line beginning with `-` for each point, the takeaway.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline)?;
        for point in &self.points {
            writeln!(f, "- {point}")?;
        }
        write!(f, "{}", self.takeaway)
    }
}

/// What `results`, the answer to the subject's query, show.
pub fn analyze(subject: &Subject<'_>, results: &Results) -> Analysis {
    match results {
        Results::Trends(series) => trends::analyze(subject, series),
        Results::ConversionRates(series) => trends::analyze_rates(subject, series),
        Results::Stickiness(series) => stickiness::analyze(subject, series),
        Results::Lifecycle(series) => lifecycle::analyze(subject, series),
        Results::Steps(steps) => funnels::analyze(subject, steps),
        Results::Durations(durations) => funnels::analyze_durations(durations),
        Results::Retention(sheets) => retention::analyze(subject, sheets),
        Results::Paths(links) => paths::analyze(links),
        Results::Rows(rows) => rows::analyze(rows),
    }
}

/// The end of the interval that begins at `start`.
fn end_of(start: NaiveDateTime, interval: Interval) -> NaiveDateTime {
    let end = match interval {
        Interval::Second => start.checked_add_signed(TimeDelta::seconds(1)),
        Interval::Minute => start.checked_add_signed(TimeDelta::minutes(1)),
        Interval::Hour => start.checked_add_signed(TimeDelta::hours(1)),
        Interval::Day => start.checked_add_days(Days::new(1)),
        Interval::Week => start.checked_add_days(Days::new(7)),
        Interval::Month => start.checked_add_months(Months::new(1)),
    };
    end.unwrap_or(NaiveDateTime::MAX)
}
