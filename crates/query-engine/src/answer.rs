//! The whole way of a query: parsed, planned, run, shaped.

mod canonical;
mod overrides;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use serde_json::Value;

use insights_core::time::Interval;

pub use self::rows::{MAX_PAGE_ROWS, RowsPage};
use crate::control::QueryControl;
use crate::definitions::{Definitions, References};
use crate::error::QueryError;
use crate::materialization::{Materializable, NotMaterializable, Serving};
use crate::nodes::reader::Reader;
use crate::nodes::{
    ActorsQuery, EventsQuery, FunnelVisual, FunnelsQuery, HogqlQuery, LifecycleQuery, PathsQuery, RetentionQuery,
    StickinessQuery, TrendsQuery,
};
use crate::source::EventSource;
use crate::{actors, funnels, hogql, legacy, lifecycle, paths, retention, stickiness, trends};

/// What an answer depends on besides the query and the events.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryContext {
    /// Whose events.
    pub project: ProjectId,
    /// The zone in which days begin.
    pub timezone: Tz,
    /// The day on which weeks begin.
    pub week_start: WeekStart,
    /// The instant that relative dates count from.
    pub now: DateTime<Utc>,
    /// What the query names by id ([`Query::references`]).
    pub definitions: Arc<Definitions>,
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
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The runnable node, as sent.
    node: Value,
    canonical: Value,
    parsed: Parsed,
}

#[derive(Clone, Debug, PartialEq)]
enum Parsed {
    Trends(Box<TrendsQuery>),
    Funnels(Box<FunnelsQuery>),
    Retention(Box<RetentionQuery>),
    Paths(Box<PathsQuery>),
    Stickiness(Box<StickinessQuery>),
    Lifecycle(Box<LifecycleQuery>),
    /// With its kind, of which there are several.
    Actors(&'static str, Box<ActorsQuery>),
    Hogql(Box<HogqlQuery>),
    Events(Box<EventsQuery>),
    /// A kind that only a later version answers.
    Later {
        kind: &'static str,
    },
}

/// What shape the results of a query have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultsShape {
    Trends,
    Stickiness,
    Lifecycle,
    ConversionRates,
    Steps,
    Durations,
    Retention,
    Paths,
    Rows,
}

/// Kinds of nodes that wrap the runnable one, in `source`.
const WRAPPERS: [&str; 3] = ["InsightVizNode", "DataVisualizationNode", "DataTableNode"];

/// How many of them may stand around one another.
const MAX_WRAPPERS: usize = 4;

/// Kinds that can be stored and are not answered yet.
const LATER_KINDS: [&str; 2] = ["GroupsQuery", "FunnelCorrelationQuery"];

impl Query {
    /// Reads a query node: a runnable one (`TrendsQuery`, …) or one that wraps it (`InsightVizNode`, `DataVisualizationNode`, `DataTableNode`).
    ///
    /// What is well-formed can be stored; kinds and features that this server knows of and doesn't answer are refused by [`answer`].
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value, [`QueryError::Unsupported`] for an unknown kind.
    pub fn parse(node: &Value) -> Result<Self, QueryError> {
        let mut node = Reader::root(node);
        for _ in 0..=MAX_WRAPPERS {
            let kind = node.object()?.require("kind", "the kind of the query, such as TrendsQuery")?;
            if !WRAPPERS.contains(&kind.text()?) {
                return Self::read(&node, &kind);
            }
            node = node.require("source", "the query that is shown")?;
        }
        Err(node.invalid(format!("more than {MAX_WRAPPERS} nodes are wrapped around one another")))
    }

    /// Upgrades the legacy `filters` of an insight (`{"insight": "TRENDS", "events": […]}`) to a query node, an `InsightVizNode`.
    ///
    /// # Errors
    /// As [`Self::parse`], with paths in the legacy filters.
    pub fn upgrade_filters(filters: &Value) -> Result<Value, QueryError> {
        legacy::upgrade(filters)
    }

    /// The query with a dashboard's filters (`{date_from, date_to, explicitDate, properties, breakdown_filter}`) laid over its own: its dates
    /// and its breakdown are replaced, its conditions added to.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where the filters are malformed.
    pub fn with_filters_override(&self, filters: &Value) -> Result<Self, QueryError> {
        Self::parse(&overrides::apply(&self.node, filters)?)
    }

    /// The query with `page` of its rows in place of those that it asks for itself.
    ///
    /// A HogQL query's rows are those that its text leaves, by its own `LIMIT` too; other kinds' own limit and offset are replaced.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] where the page is no page, [`QueryError::Unsupported`] for a kind whose results are no rows.
    pub fn with_rows(&self, page: RowsPage) -> Result<Self, QueryError> {
        rows::apply(self, page)
    }

    /// The runnable node, as sent, without the nodes that wrap it.
    pub fn node(&self) -> &Value {
        &self.node
    }

    /// Whether the kind is one that this server answers; others are only kept.
    pub fn is_answered(&self) -> bool {
        !matches!(self.parsed, Parsed::Later { .. })
    }

    /// What a HogQL query leaves open, each with its parts joined by dots: `filters`, `variables.country`. None for other kinds.
    pub fn placeholders(&self) -> BTreeSet<String> {
        match &self.parsed {
            Parsed::Hogql(query) => ::hogql::placeholders::names(&query.syntax),
            _ => BTreeSet::new(),
        }
    }

    /// What is computed once for many runs of the query, and what a run then does with it.
    ///
    /// # Errors
    /// [`NotMaterializable`] where a run would get another answer so than from the query itself.
    pub fn materializable(&self, context: &QueryContext) -> Result<Materializable, NotMaterializable> {
        let with = |query| Self { parsed: Parsed::Hogql(Box::new(query)), ..self.clone() };
        match &self.parsed {
            Parsed::Hogql(query) => {
                let hogql::LiftedQuery { rows, without_rows, serving } = hogql::lift(query, context)?;
                let serving = Serving::Rows(serving);
                Ok(Materializable { rows: with(rows), without_rows: without_rows.map(with), serving })
            }
            Parsed::Later { kind } => Err(NotMaterializable::invalid(&QueryError::unsupported("kind", *kind))),
            _ => Ok(Materializable { rows: self.clone(), without_rows: None, serving: Serving::Whole }),
        }
    }

    /// Kind of the runnable query, such as `TrendsQuery`.
    pub fn kind(&self) -> &str {
        match &self.parsed {
            Parsed::Trends(_) => "TrendsQuery",
            Parsed::Funnels(_) => "FunnelsQuery",
            Parsed::Retention(_) => "RetentionQuery",
            Parsed::Paths(_) => "PathsQuery",
            Parsed::Stickiness(_) => "StickinessQuery",
            Parsed::Lifecycle(_) => "LifecycleQuery",
            Parsed::Hogql(_) => "HogQLQuery",
            Parsed::Events(_) => "EventsQuery",
            Parsed::Actors(kind, _) | Parsed::Later { kind } => kind,
        }
    }

    /// The query where it is a `TrendsQuery`.
    pub fn trends(&self) -> Option<&TrendsQuery> {
        match &self.parsed {
            Parsed::Trends(query) => Some(query),
            _ => None,
        }
    }

    /// What equal queries have in common and different ones do not: the runnable node without what cannot change its answer, keys in
    /// alphabetical order. For cache keys.
    pub fn canonical(&self) -> &Value {
        &self.canonical
    }

    /// What it names by id, to be loaded into [`QueryContext::definitions`] before it is answered. Cohorts and actions may name others:
    /// those are to be loaded as well.
    pub fn references(&self) -> References {
        References::of(&self.node)
    }

    /// What shape its results have.
    pub(crate) fn results_shape(&self) -> ResultsShape {
        match &self.parsed {
            Parsed::Trends(_) => ResultsShape::Trends,
            Parsed::Funnels(query) => match query.funnels.visual {
                FunnelVisual::Steps => ResultsShape::Steps,
                FunnelVisual::TimeToConvert => ResultsShape::Durations,
                FunnelVisual::Trends => ResultsShape::ConversionRates,
            },
            Parsed::Retention(_) => ResultsShape::Retention,
            Parsed::Paths(_) => ResultsShape::Paths,
            Parsed::Stickiness(_) => ResultsShape::Stickiness,
            Parsed::Lifecycle(_) => ResultsShape::Lifecycle,
            Parsed::Actors(..) | Parsed::Hogql(_) | Parsed::Events(_) | Parsed::Later { .. } => ResultsShape::Rows,
        }
    }

    /// The interval; `None` where the kind has none.
    pub fn interval(&self) -> Option<Interval> {
        match &self.parsed {
            Parsed::Trends(query) => Some(query.interval),
            Parsed::Funnels(query) => Some(query.interval),
            Parsed::Retention(query) => Some(query.interval),
            Parsed::Paths(_) | Parsed::Actors(..) | Parsed::Hogql(_) | Parsed::Events(_) | Parsed::Later { .. } => None,
            Parsed::Stickiness(query) => Some(query.interval),
            Parsed::Lifecycle(query) => Some(query.interval),
        }
    }

    /// The range in time; `None` where the kind has none. Where it begins with the first event, which only a source can tell, its beginning
    /// is that of a query without one.
    pub fn date_range(&self, context: &QueryContext) -> Option<ResolvedDateRange> {
        let range = match &self.parsed {
            // Without a beginning it looks back as many intervals as it says.
            Parsed::Retention(query) => return Some(retention::range(query, context, None)),
            Parsed::Trends(query) => Some(&query.date_range),
            Parsed::Funnels(query) => Some(&query.date_range),
            Parsed::Paths(query) => Some(&query.date_range),
            Parsed::Stickiness(query) => Some(&query.date_range),
            Parsed::Lifecycle(query) => Some(&query.date_range),
            Parsed::Hogql(query) => query.filters.date_range.as_ref(),
            Parsed::Actors(..) | Parsed::Events(_) | Parsed::Later { .. } => None,
        };
        let interval = self.interval().unwrap_or(Interval::Day);
        range.map(|range| range.resolve(interval, context, None).range)
    }

    fn read(node: &Reader<'_>, kind: &Reader<'_>) -> Result<Self, QueryError> {
        let parsed = match kind.text()? {
            "TrendsQuery" => Parsed::Trends(Box::new(TrendsQuery::read(node)?)),
            "FunnelsQuery" => Parsed::Funnels(Box::new(FunnelsQuery::read(node)?)),
            "RetentionQuery" => Parsed::Retention(Box::new(RetentionQuery::read(node)?)),
            "PathsQuery" => Parsed::Paths(Box::new(PathsQuery::read(node)?)),
            "StickinessQuery" => Parsed::Stickiness(Box::new(StickinessQuery::read(node)?)),
            "LifecycleQuery" => Parsed::Lifecycle(Box::new(LifecycleQuery::read(node)?)),
            "ActorsQuery" => Parsed::Actors("ActorsQuery", Box::new(ActorsQuery::read(node)?)),
            "PersonsNode" => Parsed::Actors("PersonsNode", Box::new(ActorsQuery::read(node)?)),
            "InsightActorsQuery" => Parsed::Actors("InsightActorsQuery", Box::new(ActorsQuery::read_bare(node)?)),
            "FunnelsActorsQuery" => Parsed::Actors("FunnelsActorsQuery", Box::new(ActorsQuery::read_bare(node)?)),
            "StickinessActorsQuery" => Parsed::Actors("StickinessActorsQuery", Box::new(ActorsQuery::read_bare(node)?)),
            "HogQLQuery" => Parsed::Hogql(Box::new(HogqlQuery::read(node)?)),
            "EventsQuery" => Parsed::Events(Box::new(EventsQuery::read(node)?)),
            name => {
                let known = LATER_KINDS.into_iter().find(|known| *known == name);
                let kind = known.ok_or_else(|| QueryError::unsupported(kind.path(), name))?;
                Parsed::Later { kind }
            }
        };
        Ok(Self { node: node.value().clone(), canonical: canonical::of(node.value()), parsed })
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
    /// What else is told of a query that is HogQL.
    pub hogql: Option<HogqlAnswer>,
}

/// What is told of a HogQL query besides its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HogqlAnswer {
    /// The query, as it was understood.
    pub text: String,
    /// The most rows that there could be; `None` where the text itself says.
    pub limit: Option<u64>,
    /// How many rows were left out first, likewise.
    pub offset: Option<u64>,
    /// The instant from which the next rows are to be asked for.
    pub next_cursor: Option<String>,
    /// The steps in which it was computed, where that was asked for.
    pub explain: Option<Value>,
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
    match &query.parsed {
        Parsed::Trends(query) => trends::answer(query, context, source, control).await,
        Parsed::Funnels(query) => funnels::answer(query, context, source, control).await,
        Parsed::Retention(query) => retention::answer(query, context, source, control).await,
        Parsed::Paths(query) => paths::answer(query, context, source, control).await,
        Parsed::Stickiness(query) => stickiness::answer(query, context, source, control).await,
        Parsed::Lifecycle(query) => lifecycle::answer(query, context, source, control).await,
        Parsed::Actors(_, query) => actors::answer(query, context, source, control).await,
        Parsed::Hogql(query) => hogql::answer(query, context, source, control).await,
        Parsed::Events(query) => hogql::answer_events(query, context, source, control).await,
        Parsed::Later { kind } => Err(QueryError::unsupported("kind", *kind)),
    }
}
