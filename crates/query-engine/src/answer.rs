//! The whole way of a query: parsed, planned, run, shaped.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::Value;

use crate::control::QueryControl;
use crate::error::QueryError;
use crate::source::EventSource;

/// What an answer depends on besides the query and the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryContext {
    /// Whose events.
    pub project: ProjectId,
    /// The zone in which days begin.
    pub timezone: Tz,
    /// The day on which weeks begin.
    pub week_start: WeekStart,
    /// The instant that relative dates count from.
    pub now: DateTime<Utc>,
}

/// Smallest step of time of a query; decides for how long its cached answer is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}

/// The instants between which a query looks at events, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedDateRange {
    /// First instant.
    pub from: DateTime<Utc>,
    /// Last instant.
    pub to: DateTime<Utc>,
}

/// A query that has been read and found well-formed.
#[derive(Clone, Debug)]
pub struct Query {
    source: Value,
}

impl Query {
    /// Reads a query node: a runnable one (`TrendsQuery`, …) or one that wraps it (`InsightVizNode`, `DataVisualizationNode`, `DataTableNode`).
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value, [`QueryError::Unsupported`] for an unknown kind.
    pub fn parse(node: &Value) -> Result<Self, QueryError> {
        Ok(Self { source: node.clone() })
    }

    /// Upgrades the legacy `filters` of an insight (`{"insight": "TRENDS", "events": […]}`) to a query node, an `InsightVizNode`.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn upgrade_filters(filters: &Value) -> Result<Value, QueryError> {
        Ok(filters.clone())
    }

    /// The query with a dashboard's filters (`{date_from, date_to, properties, breakdown_filter}`) laid over its own.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where the filters are malformed.
    pub fn with_filters_override(&self, filters: &Value) -> Result<Self, QueryError> {
        let _ = filters;
        Ok(self.clone())
    }

    /// Kind of the runnable query, such as `TrendsQuery`.
    pub fn kind(&self) -> &str {
        self.source["kind"].as_str().unwrap_or_default()
    }

    /// What equal queries have in common and different ones do not: the runnable node without what cannot change its answer. For cache keys.
    pub fn canonical(&self) -> &Value {
        &self.source
    }

    /// The interval; `None` where the kind has none.
    pub fn interval(&self) -> Option<Interval> {
        None
    }

    /// The range in time; `None` where the kind has none.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where a date cannot be read.
    pub fn date_range(&self, context: &QueryContext) -> Result<Option<ResolvedDateRange>, QueryError> {
        let _ = context;
        Ok(None)
    }
}

/// An answered query, as PostHog's clients expect it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The series, steps or rows: `results` of the response, `result` of an insight.
    pub results: Value,
    /// Names of the columns, for kinds whose results are rows.
    pub columns: Option<Value>,
    /// Types of the columns, likewise.
    pub types: Option<Value>,
    /// Whether there is more than the limit let through.
    pub has_more: Option<bool>,
    /// The range that was looked at.
    pub resolved_date_range: Option<ResolvedDateRange>,
}

/// Answers `query`.
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] where the query asks for what there is not; otherwise as [`EventSource::run`].
pub async fn answer(
    query: &Query,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Answer, QueryError> {
    let _ = (context, source, control);
    Err(QueryError::unsupported("kind", query.kind()))
}
