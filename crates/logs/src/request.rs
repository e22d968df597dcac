//! Requests as clients send them, read into questions.
//!
//! Bodies have the question in `query`; parameters of a query string have the same names, lists and objects among them as JSON text. Unknown
//! keys are passed over, and null is the same as a missing key. Dates without a zone are the project's.

mod cursor;
mod filters;
mod parameters;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use query_engine::answer::QueryContext;
use query_engine::error::QueryError;
use query_engine::nodes::reader::Reader;
use serde_json::Value;

pub(crate) use self::cursor::Cursor;
use crate::buckets;
use crate::export::Format;
use crate::filter::{Field, LogFilter};
use crate::query::{AttributeOwner, AttributesQuery, Order, RecordQuery, SparklineQuery, SparklineSplit, ValuesQuery};

pub use self::filters::ALL_TIME;

/// Records of a page where the request names no limit.
pub const DEFAULT_PAGE_RECORDS: usize = 1_000;
/// Most records of a page. A larger limit is served as this one.
pub const MAX_PAGE_RECORDS: usize = 2_000;
/// Keys or values of an answer where the request names no limit: of keys a page, of values all.
pub const DEFAULT_KEYS: usize = 100;
/// Most keys of a page. A larger limit is served as this one.
pub const MAX_KEYS: usize = 1_000;
/// Values of a key where the request names no limit.
pub const DEFAULT_VALUES: usize = 50;
/// Most values of a key. A larger limit is served as this one.
pub const MAX_VALUES: usize = 1_000;
/// Most keys before a page.
const MAX_OFFSET: i64 = 1_000_000;

/// A request for a page of records.
#[derive(Clone, Debug)]
pub struct RecordsRequest {
    /// The request's `query` as it was sent: answers repeat it.
    pub asked: Value,
    /// The question.
    pub query: RecordQuery,
    /// The instant that relative dates count from, which is the first page's for those that follow it.
    pub now: DateTime<Utc>,
}

/// A request for a file of records.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// How they are written.
    pub format: Format,
    /// Which. The limit counts the records of the whole file.
    pub query: RecordQuery,
}

/// A request for numbers of records over time; [`crate::service::sparkline`] answers it.
#[derive(Clone, Debug)]
pub struct SparklineRequest {
    /// The question.
    pub query: SparklineQuery,
    /// Whether the range begins with the first record that there is.
    pub begins_with_first: bool,
}

impl RecordsRequest {
    /// Reads `{"query": {dateRange, severityLevels, serviceNames, searchTerm, filterGroup, orderBy, limit, after}}`.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn read(body: &Value, context: &QueryContext) -> Result<Self, QueryError> {
        let query = query_of(body)?;
        let after = query.get("after").filter(Reader::is_not_blank).map(|after| Cursor::read(&after)).transpose()?;
        let now = after.and_then(|cursor| cursor.now).unwrap_or(context.now);
        let context = QueryContext { now, ..context.clone() };
        let read = RecordQuery {
            filter: filters::read(&query, &context)?,
            order: read_order(&query)?,
            limit: read_limit(&query, DEFAULT_PAGE_RECORDS, MAX_PAGE_RECORDS)?,
            after: after.map(|cursor| cursor.position),
        };
        Ok(Self { asked: query.value().clone(), query: read, now })
    }
}

impl ExportRequest {
    /// Reads what [`RecordsRequest::read`] does, and beside `query` the `format`, `csv` (by default) or `ndjson`. The limit is of the file, at most and by default
    /// [`crate::export::MAX_RECORDS`].
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn read(body: &Value, context: &QueryContext) -> Result<Self, QueryError> {
        let format = Reader::root(body).get("format").map(|format| format.choice(&Format::NAMES)).transpose()?;
        let query = RecordsRequest::read(body, context)?.query;
        let limit = read_limit(&query_of(body)?, crate::export::MAX_RECORDS, crate::export::MAX_RECORDS)?;
        Ok(Self { format: format.unwrap_or_default(), query: RecordQuery { limit, ..query } })
    }
}

impl SparklineRequest {
    /// Reads `{"query": {…, sparklineBreakdownBy}}`, which is `severity` (by default) or `service`; the rest is that of [`RecordsRequest::read`].
    ///
    /// # Errors
    /// [`QueryError::Invalid`] with the path of the first wrong value.
    pub fn read(body: &Value, context: &QueryContext) -> Result<Self, QueryError> {
        let query = query_of(body)?;
        let filter = filters::read(&query, context)?;
        let splits = [("severity", SparklineSplit::Severity), ("service", SparklineSplit::Service)];
        let split = query.get("sparklineBreakdownBy").map(|split| split.choice(&splits)).transpose()?;
        let bucket_us = buckets::length_us(&filter.range);
        let begins_with_first = filter.range.start == ALL_TIME.start;
        Ok(Self { query: SparklineQuery { filter, bucket_us, split: split.unwrap_or_default() }, begins_with_first })
    }
}

/// Reads the parameters of a request for keys of attributes: `search`, `attribute_type` (`log` or `resource`), `limit`, `offset`, and those
/// that say which records: `dateRange`, `severityLevels`, `serviceNames`, `searchTerm`, `filterGroup`.
///
/// # Errors
/// [`QueryError::Invalid`] with the path of the first wrong value.
pub fn attributes(params: &BTreeMap<String, String>, context: &QueryContext) -> Result<AttributesQuery, QueryError> {
    let object = parameters::object(params)?;
    let node = Reader::root(&object);
    Ok(AttributesQuery {
        filter: filters::read(&node, context)?,
        owner: read_owner(&node)?,
        search: read_search(&node, "search")?,
        limit: read_limit(&node, DEFAULT_KEYS, MAX_KEYS)?,
        offset: node.get("offset").map(|offset| whole(&offset, 0, MAX_OFFSET)).transpose()?.unwrap_or(0),
    })
}

/// Reads the parameters of a request for the values of an attribute: `key`, `value` (what they contain), and besides those of [`attributes`].
///
/// # Errors
/// [`QueryError::Invalid`] with the path of the first wrong value.
pub fn values(params: &BTreeMap<String, String>, context: &QueryContext) -> Result<ValuesQuery, QueryError> {
    let object = parameters::object(params)?;
    let node = Reader::root(&object);
    let key = filters::bounded_text(&node.require("key", "the key of an attribute")?, filters::MAX_KEY_CHARACTERS)?;
    Ok(ValuesQuery {
        filter: filters::read(&node, context)?,
        field: match read_owner(&node)? {
            AttributeOwner::Record => Field::Attribute(key),
            AttributeOwner::Resource => Field::Resource(key),
        },
        search: read_search(&node, "value")?,
        limit: read_limit(&node, DEFAULT_VALUES, MAX_VALUES)?,
    })
}

/// Reads the parameters of a request for records as they come in: those that say which, as for [`attributes`], but records of any time where
/// there is no `dateRange`.
///
/// # Errors
/// [`QueryError::Invalid`] with the path of the first wrong value.
pub fn tail(params: &BTreeMap<String, String>, context: &QueryContext) -> Result<LogFilter, QueryError> {
    let object = parameters::object(params)?;
    let node = Reader::root(&object);
    let filter = filters::read(&node, context)?;
    let range = if node.get("dateRange").is_none() { ALL_TIME } else { filter.range };
    Ok(LogFilter { range, ..filter })
}

fn query_of(body: &Value) -> Result<Reader<'_>, QueryError> {
    let query = Reader::root(body).require("query", "an object that says which records")?;
    query.object()?;
    Ok(query)
}

fn read_order(query: &Reader<'_>) -> Result<Order, QueryError> {
    let orders = [("latest", Order::Latest), ("earliest", Order::Earliest)];
    Ok(query.get("orderBy").map(|order| order.choice(&orders)).transpose()?.unwrap_or_default())
}

fn read_owner(node: &Reader<'_>) -> Result<AttributeOwner, QueryError> {
    let owners = [
        ("log", AttributeOwner::Record),
        ("resource", AttributeOwner::Resource),
        ("log_attribute", AttributeOwner::Record),
        ("log_resource_attribute", AttributeOwner::Resource),
    ];
    let owner = node.get("attribute_type").filter(Reader::is_not_blank);
    Ok(owner.map(|owner| owner.choice(&owners)).transpose()?.unwrap_or(AttributeOwner::Record))
}

fn read_search(node: &Reader<'_>, key: &str) -> Result<String, QueryError> {
    let search =
        node.get(key).map(|search| filters::bounded_text(&search, filters::MAX_VALUE_CHARACTERS)).transpose()?;
    Ok(search.unwrap_or_default().to_lowercase())
}

/// `limit`: a larger one than `max` is as good as that.
fn read_limit(node: &Reader<'_>, default: usize, max: usize) -> Result<usize, QueryError> {
    let limit = node.get("limit").map(|limit| whole(&limit, 1, i64::from(i32::MAX))).transpose()?;
    Ok(limit.map_or(default, |limit| limit.min(max)))
}

fn whole(node: &Reader<'_>, min: i64, max: i64) -> Result<usize, QueryError> {
    node.whole(min, max).map(|number| usize::try_from(number).expect("the bounds are not negative"))
}
