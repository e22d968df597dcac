//! `RetentionQuery`.

use insights_core::time::Interval;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::nodes::reader::Reader;

/// A `RetentionQuery`.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionQuery {
    /// The length of the intervals.
    pub interval: Interval,
    /// Over which time.
    pub date_range: DateRange,
}

impl RetentionQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let date_range = node.get("dateRange").map(|range| DateRange::read(&range)).transpose()?.unwrap_or_default();
        Ok(Self { interval: Interval::Day, date_range })
    }
}
