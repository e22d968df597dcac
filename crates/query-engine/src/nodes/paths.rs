//! `PathsQuery`.

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::nodes::reader::Reader;

/// A `PathsQuery`.
#[derive(Clone, Debug, PartialEq)]
pub struct PathsQuery {
    /// Over which time.
    pub date_range: DateRange,
}

impl PathsQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let date_range = node.get("dateRange").map(|range| DateRange::read(&range)).transpose()?.unwrap_or_default();
        Ok(Self { date_range })
    }
}
