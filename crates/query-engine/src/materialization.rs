//! Answers that are computed once for many runs: what is computed, and which of the rows that are kept a run answers with.

mod rows;
#[cfg(test)]
mod tests;

use hogql::lifting::{LiftedFilter, NotLifted};
use serde_json::{Value, json};

use crate::answer::{MAX_PAGE_ROWS, RowsPage};
use crate::error::QueryError;
use crate::hogql::DEFAULT_LIMIT;

pub use self::rows::{KeptRows, ServedRows, UnservableRows};

/// The most rows that are kept for all values of the variables; a query with more cannot be materialized.
pub const MAX_ROWS_OF_ALL_VARIABLES: u64 = 500_000;

/// What is computed and kept of a query ([`Query::materializable`](crate::answer::Query::materializable)).
#[derive(Clone, Debug, PartialEq)]
pub struct Materializable {
    /// Gives what is kept. It is no query that anybody could ask: the text that it would have is that of the query itself.
    pub rows: crate::answer::Query,
    /// Gives the row that there is even where no event is counted, where there is one.
    pub without_rows: Option<crate::answer::Query>,
    /// What a run does with what is kept.
    pub serving: Serving,
}

/// What a run does with what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Serving {
    /// The answer is given as it is.
    Whole,
    /// Some of the rows are given.
    Rows(RowServing),
}

/// Which of the rows of a HogQL query are given.
#[derive(Clone, Debug, PartialEq)]
pub struct RowServing {
    /// How many values of a row are the query's; the rest are those that the filters hold against variables, in their order.
    pub n_columns: usize,
    /// Which rows stay, by the values of variables.
    pub filters: Vec<LiftedFilter>,
    /// `LIMIT` of the text.
    pub limit: Option<u64>,
    /// `OFFSET` of the text.
    pub offset: u64,
}

/// A part of the rows that passed the filters, and what is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedPage {
    /// Position of the first row.
    pub start: usize,
    /// Position after the last row.
    pub end: usize,
    /// Whether there are more rows; `None` where the text says how many are wanted.
    pub has_more: Option<bool>,
    /// The most rows that there could be, likewise.
    pub limit: Option<u64>,
    /// How many rows were left out first, likewise.
    pub offset: Option<u64>,
}

/// Why a query cannot be computed once for all runs: sentences for the one who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotMaterializable(String);

impl NotMaterializable {
    /// A query that cannot be answered at all.
    pub(crate) fn invalid(error: &QueryError) -> Self {
        Self(format!("Query is empty or invalid. {error}"))
    }

    /// A query whose variables decide more than which rows stay.
    pub(crate) fn variables(why: &str) -> Self {
        Self(format!("Queries with variables cannot be materialized. In this one, {why}."))
    }
}

impl From<NotLifted> for NotMaterializable {
    fn from(error: NotLifted) -> Self {
        Self::variables(&error.to_string())
    }
}

impl RowServing {
    /// Which of `n_rows` rows that passed the filters are given: those of the text's own `LIMIT`, and of these those of `page` where one is asked
    /// for. `is_whole` says whether there were no more rows than were kept; `None` where rows are asked for that were not.
    pub fn page(&self, n_rows: usize, is_whole: bool, page: Option<RowsPage>) -> Option<ServedPage> {
        let position = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        // what has no filters was limited when it was computed
        let (first, last) = if self.filters.is_empty() {
            (0, n_rows)
        } else {
            let first = position(self.offset).min(n_rows);
            (first, self.limit.map_or(n_rows, |limit| first.saturating_add(position(limit)).min(n_rows)))
        };
        let is_told = self.limit.is_none() || page.is_some();
        let (skipped, most) = match (page, self.limit) {
            (Some(page), _) => (page.offset, page.limit),
            (None, Some(_)) => (0, MAX_PAGE_ROWS),
            (None, None) => (0, DEFAULT_LIMIT),
        };
        let start = first.saturating_add(position(skipped)).min(last);
        let wanted = first.saturating_add(position(skipped)).saturating_add(position(most));
        let end = wanted.min(last);
        if !is_whole && wanted > last {
            return None;
        }
        Some(ServedPage {
            start,
            end,
            has_more: is_told.then_some(end < last || !is_whole),
            limit: is_told.then_some(most),
            offset: is_told.then(|| page.map_or(self.offset, |page| page.offset)),
        })
    }
}

impl Serving {
    /// For keeping beside the rows.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Whole => Value::Null,
            Self::Rows(rows) => json!({
                "columns": rows.n_columns,
                "filters": rows.filters.iter().map(LiftedFilter::to_json).collect::<Value>(),
                "limit": rows.limit,
                "offset": rows.offset,
            }),
        }
    }

    /// What [`Self::to_json`] gave; `None` where it is something else.
    pub fn from_json(value: &Value) -> Option<Self> {
        if value.is_null() {
            return Some(Self::Whole);
        }
        let filters = value["filters"].as_array()?.iter().map(LiftedFilter::from_json);
        Some(Self::Rows(RowServing {
            n_columns: usize::try_from(value["columns"].as_u64()?).ok()?,
            filters: filters.collect::<Option<_>>()?,
            limit: value["limit"].as_u64(),
            offset: value["offset"].as_u64()?,
        }))
    }
}
