//! Query nodes: what clients send, read from JSON into types that hold no invalid value.
//!
//! Unknown keys are ignored, `null` is the same as a missing key, and a wrong value is refused with its path. What is well-formed but not
//! answered by this server (a filter by feature flag, a table as a series) is read too and remembers its path: the query can be stored, and
//! planning it gives [`crate::error::QueryError::Unsupported`].

mod actors;
mod breakdown;
mod entity;
mod events;
mod funnels;
mod hogql;
mod lifecycle;
mod math;
mod paths;
pub mod reader;
mod retention;
mod stickiness;
#[cfg(test)]
mod tests;
mod trends;

use insights_core::time::Interval;

use crate::error::QueryError;
use crate::nodes::reader::Reader;

pub use self::hogql::{HogqlFilters, HogqlQuery};
pub use actors::{
    ActorColumn, ActorContent, ActorsQuery, BehindNode, CountRelation, Day, FunnelActors, FunnelsPart, RetentionPart,
    StickinessPart, TrendsPart,
};
pub use breakdown::{Breakdown, BreakdownCohort, BreakdownFilter, BreakdownForm};
pub use entity::{Entity, EntityKind, EventSelection};
pub use events::{EventsQuery, EventsSelect};
pub use funnels::{
    Attribution, FunnelExclusion, FunnelOrder, FunnelVisual, FunnelWindow, FunnelsFilter, FunnelsQuery, StepReference,
};
pub use lifecycle::LifecycleQuery;
pub use math::{Aggregate, Math};
pub use paths::{FunnelPathPart, FunnelPathsFilter, PathCleaningRule, PathEventType, PathsFilter, PathsQuery};
pub use retention::{RetentionAggregate, RetentionAggregation, RetentionFilter, RetentionKind, RetentionQuery};
pub use stickiness::{StickinessFilter, StickinessQuery};
pub use trends::{CompareFilter, Display, NamedFormula, TrendsFilter, TrendsQuery};

/// The most series that a query may have.
pub const MAX_SERIES: usize = 50;

/// `interval` of a query, by default a day.
pub(crate) fn read_interval(node: &Reader<'_>) -> Result<Interval, QueryError> {
    let intervals = [
        ("second", Interval::Second),
        ("minute", Interval::Minute),
        ("hour", Interval::Hour),
        ("day", Interval::Day),
        ("week", Interval::Week),
        ("month", Interval::Month),
    ];
    Ok(node.get("interval").map(|interval| interval.choice(&intervals)).transpose()?.unwrap_or(Interval::Day))
}

/// `samplingFactor` of a query: a part of the persons, above 0 and at most 1; `None` for all of them.
pub(crate) fn read_sampling_factor(node: &Reader<'_>) -> Result<Option<f64>, QueryError> {
    let Some(factor) = node.get("samplingFactor") else { return Ok(None) };
    let number = factor.number()?;
    if number > 0.0 && number <= 1.0 {
        Ok((number < 1.0).then_some(number))
    } else {
        Err(factor.wrong("a number above 0 and at most 1"))
    }
}

/// An id: a whole number, or text that reads as one.
pub(crate) fn read_id(node: &Reader<'_>, what: &str) -> Result<i64, QueryError> {
    let id = node.value().as_str().and_then(|text| text.trim().parse().ok());
    id.filter(|id| *id >= 0).map_or_else(|| node.whole(0, i64::MAX).map_err(|_| node.wrong(what)), Ok)
}

/// The index of a group type at `key`.
pub(crate) fn read_group_type(node: &Reader<'_>, key: &str) -> Result<Option<u8>, QueryError> {
    let index = node.get(key).map(|index| index.whole(0, 4)).transpose()?;
    Ok(index.map(|index| u8::try_from(index).expect("at most 4")))
}

/// A flag at `key`, by default off.
pub(crate) fn read_flag(node: &Reader<'_>, key: &str) -> Result<bool, QueryError> {
    Ok(node.get(key).map(|flag| flag.bool()).transpose()?.unwrap_or(false))
}

/// Text at `key`.
pub(crate) fn read_text(node: &Reader<'_>, key: &str) -> Result<Option<String>, QueryError> {
    node.get(key).map(|text| text.text().map(str::to_owned)).transpose()
}
