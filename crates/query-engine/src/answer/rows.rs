//! Pages of the rows of a query.

use serde_json::{Value, json};

use super::{Parsed, Query};
use crate::error::QueryError;

/// The most rows of a page.
pub const MAX_PAGE_ROWS: u64 = 50_000;

/// Which rows of an answer are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsPage {
    /// The most rows, from 1 to [`MAX_PAGE_ROWS`].
    pub limit: u64,
    /// How many rows are left out first.
    pub offset: u64,
}

/// `query` with `page` in place of its own limit and offset.
pub(super) fn apply(query: &Query, page: RowsPage) -> Result<Query, QueryError> {
    if !(1..=MAX_PAGE_ROWS).contains(&page.limit) {
        let message = format!("{} is not right here; give a whole number from 1 to {MAX_PAGE_ROWS}", page.limit);
        return Err(QueryError::invalid("limit", message));
    }
    if page.offset > u64::from(u32::MAX) {
        let message = format!("{} is not right here; give a whole number from 0 to {}", page.offset, u32::MAX);
        return Err(QueryError::invalid("offset", message));
    }
    match &query.parsed {
        Parsed::Hogql(hogql) => {
            let mut paged = query.clone();
            let mut hogql = hogql.clone();
            hogql.rows = Some(page);
            paged.parsed = Parsed::Hogql(hogql);
            // beside what was sent, where no key of a query stands
            paged.canonical = json!({"query": paged.canonical, "limit": page.limit, "offset": page.offset});
            Ok(paged)
        }
        Parsed::Events(_) | Parsed::Actors("ActorsQuery" | "PersonsNode", _) => {
            let mut node = query.node.clone();
            if let Value::Object(keys) = &mut node {
                keys.insert("limit".to_owned(), page.limit.into());
                keys.insert("offset".to_owned(), page.offset.into());
            }
            Query::parse(&node)
        }
        _ => Err(QueryError::unsupported("limit", format!("a page of the results of a {}", query.kind()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(node: Value, page: RowsPage, expected: Result<Value, &str>) {
        let paged = Query::parse(&node).unwrap().with_rows(page);
        let result = paged.map(|query| query.canonical().clone()).map_err(|error| error.to_string());
        assert_eq!(result, expected.map_err(str::to_owned));
    }

    #[test]
    fn kinds_with_rows_have_pages() {
        let page = RowsPage { limit: 10, offset: 20 };
        let hogql = json!({"kind": "HogQLQuery", "query": "select 1"});
        check(hogql.clone(), page, Ok(json!({"query": hogql, "limit": 10, "offset": 20})));
        check(
            json!({"kind": "EventsQuery", "select": ["*"], "limit": 5}),
            page,
            Ok(json!({"kind": "EventsQuery", "select": ["*"], "limit": 10, "offset": 20})),
        );
        let trends = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "a"}]});
        check(trends, page, Err("limit: a page of the results of a TrendsQuery is not supported"));
    }

    #[test]
    fn pages_have_bounds() {
        let hogql = json!({"kind": "HogQLQuery", "query": "select 1"});
        let check = |limit, offset, message| check(hogql.clone(), RowsPage { limit, offset }, Err(message));
        check(0, 0, "limit: 0 is not right here; give a whole number from 1 to 50000");
        check(50_001, 0, "limit: 50001 is not right here; give a whole number from 1 to 50000");
        check(1, 1 << 32, "offset: 4294967296 is not right here; give a whole number from 0 to 4294967295");
    }
}
