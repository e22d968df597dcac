//! `StickinessQuery`.

use insights_core::time::Interval;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::nodes::read_interval;
use crate::nodes::reader::Reader;

/// A `StickinessQuery`.
#[derive(Clone, Debug, PartialEq)]
pub struct StickinessQuery {
    /// The length of the intervals.
    pub interval: Interval,
    /// Over which time.
    pub date_range: DateRange,
}

impl StickinessQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let date_range = node.get("dateRange").map(|range| DateRange::read(&range)).transpose()?.unwrap_or_default();
        Ok(Self { interval: read_interval(node)?, date_range })
    }
}
