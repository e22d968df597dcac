//! What an answer says, read back out of its JSON body into numbers.
//!
//! Answers are shaped for clients and kept in that form. Whatever looks at an answer here — charts, alerts, analyses — goes by this
//! reading of it, so that none of them has its own idea of what the body means.

mod body;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use crate::answer::Query;

/// What an answer says, by the kind of the query that it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Results {
    /// A `TrendsQuery`: numbers of intervals, or one number each where the display is of the whole range.
    Trends(Vec<Series>),
    /// A `StickinessQuery`: how many were active in 1, 2, 3 … intervals.
    Stickiness(Vec<Series>),
    /// A `LifecycleQuery`: actors by their state, interval by interval. The dormant ones count below zero.
    Lifecycle(Vec<Series>),
    /// A `FunnelsQuery` over time: the percentage (0 to 100) that converted, by the interval of their entering.
    ConversionRates(Vec<Series>),
    /// A `FunnelsQuery` by steps: one funnel, or one for each value of the breakdown; none where it was asked for by a breakdown and nobody entered.
    Steps(Vec<Funnel>),
    /// A `FunnelsQuery` by the time that conversions took.
    Durations(Durations),
    /// A `RetentionQuery`: one sheet, or one for each value of the breakdown.
    Retention(Vec<RetentionSheet>),
    /// A `PathsQuery`.
    Paths(Vec<PathLink>),
    /// Whatever answers in rows: HogQL, events, actors.
    Rows(Rows),
}

/// Numbers under labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name with the value of the breakdown, as clients show it.
    pub label: String,
    /// The name that the user gave it.
    pub custom_name: Option<String>,
    /// Position of its event or formula in the query, from 0.
    pub order: usize,
    /// Beginnings of the intervals (`2026-01-31`, `2026-01-31 14:00:00`); for stickiness `1`, `2`, ….
    pub days: Vec<String>,
    /// What clients write under the numbers, as many as `data`.
    pub labels: Vec<String>,
    /// The numbers; none where there is one of the whole range. `None` for what is no number, as a division by nothing.
    pub data: Vec<Option<f64>>,
    /// Their sum, as the answer tells it: the last one where they are cumulated.
    pub count: f64,
    /// The number of the whole range, where that is what was asked for.
    pub aggregated_value: Option<f64>,
    /// What the breakdown says of it.
    pub breakdown: Option<Breakdown>,
    /// Which of two compared periods it is of.
    pub period: Option<Period>,
    /// Whom it counts, in a lifecycle.
    pub state: Option<LifecycleState>,
}

/// Which of two compared periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// The one that was asked for.
    Current,
    /// The one before, or whatever it is compared with.
    Previous,
}

/// Whom a series of a lifecycle counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifecycleState {
    /// Active for the first time.
    New,
    /// Active in the interval before as well.
    Returning,
    /// Active again after an interval without.
    Resurrecting,
    /// Active in the interval before, and no more. Counted below zero.
    Dormant,
}

/// The values of the properties that something is broken down by, one or several.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Breakdown(pub Vec<BreakdownText>);

/// One value of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BreakdownText {
    /// A value.
    Value(String),
    /// What has no value.
    Missing,
    /// All values beyond the limit.
    Other,
}

/// The steps of one funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct Funnel {
    /// What the breakdown says of it.
    pub breakdown: Option<Breakdown>,
    /// Its steps in order; at least one.
    pub steps: Vec<FunnelStep>,
}

/// A step of a funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelStep {
    /// Name of its event or action.
    pub name: String,
    /// The name that the user gave it.
    pub custom_name: Option<String>,
    /// How many reached it.
    pub count: f64,
    /// Seconds from the step before, in the mean; `None` for the first step and where nobody came this far.
    pub average_seconds: Option<f64>,
    /// Seconds from the step before, in the median; likewise.
    pub median_seconds: Option<f64>,
}

/// How long conversions took.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations {
    /// Seconds at which each bin begins, ascending, and how many are in it.
    pub bins: Vec<(f64, f64)>,
    /// Seconds in the mean; `None` where nobody converted.
    pub average_seconds: Option<f64>,
}

/// The cohorts of one value of a breakdown, or of all.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionSheet {
    /// What the breakdown says of them.
    pub breakdown: Option<Breakdown>,
    /// In order of time.
    pub cohorts: Vec<RetentionCohort>,
}

/// Those that began in one interval.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionCohort {
    /// `Day 0`, `Week 3`.
    pub label: String,
    /// Beginning of the interval (RFC 3339).
    pub date: String,
    /// How many came back, column by column; the first column is the cohort's size.
    pub cells: Vec<RetentionCell>,
}

/// One number of a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionCell {
    /// `Day 0`, `Week 2-3`.
    pub label: String,
    /// How many came back.
    pub count: f64,
    /// The sum or the mean that was asked for beside it.
    pub aggregation_value: Option<f64>,
}

/// A way that paths take from one item to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct PathLink {
    /// Where it leads from.
    pub source: PathNode,
    /// Where it leads to.
    pub target: PathNode,
    /// How many went it.
    pub count: f64,
    /// Milliseconds that it took, in the mean.
    pub average_ms: f64,
}

/// An item at a step of paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathNode {
    /// From 1.
    pub step: usize,
    /// Event, page or screen.
    pub item: String,
}

/// Rows under the names of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of as many values as there are columns.
    pub rows: Vec<Vec<Value>>,
}

/// A body that is not that of an answer to the query.
#[derive(Debug, thiserror::Error)]
#[error("these are not the results of a {kind}")]
pub struct UnexpectedResults {
    /// The query's kind.
    pub kind: String,
    /// What does not fit.
    #[source]
    pub source: serde_json::Error,
}

impl Results {
    /// Reads `results` and `columns` of an answer to `query`.
    ///
    /// # Errors
    /// [`UnexpectedResults`] where they are of another query's shape.
    pub fn read(query: &Query, results: &Value, columns: Option<&Value>) -> Result<Self, UnexpectedResults> {
        body::read(query.results_shape(), results, columns)
            .map_err(|source| UnexpectedResults { kind: query.kind().to_owned(), source })
    }

    /// The series, for the kinds that have series; otherwise none.
    pub fn series(&self) -> &[Series] {
        match self {
            Self::Trends(series)
            | Self::Stickiness(series)
            | Self::Lifecycle(series)
            | Self::ConversionRates(series) => series,
            Self::Steps(_) | Self::Durations(_) | Self::Retention(_) | Self::Paths(_) | Self::Rows(_) => &[],
        }
    }
}

impl fmt::Display for Breakdown {
    /// The values joined by ` · `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, value) in self.0.iter().enumerate() {
            let between = if position == 0 { "" } else { " · " };
            write!(f, "{between}{value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BreakdownText {
    /// The value; `None` for what has no value, `Other` for all beyond the limit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(text) => text,
            Self::Missing => "None",
            Self::Other => "Other",
        })
    }
}
