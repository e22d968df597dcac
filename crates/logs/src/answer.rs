//! Answers as clients read them.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{SerializeMap, Serializer};
use serde::{Serialize, ser};
use serde_json::Value;

use crate::query::{AttributeKey, AttributeOwner, AttributePage, Series, SparklineCount, TypeCounts, ValueCount};
use crate::record::{Attributes, StoredLog};
use crate::request::{Cursor, RecordsRequest};
use crate::store::RecordPage;

/// Answer of a page of records.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordsAnswer<'a> {
    query: &'a Value,
    results: Vec<RecordBody<'a>>,
    has_more: bool,
    next_cursor: Option<String>,
    max_exportable_logs: usize,
}

/// One record.
#[derive(Clone, Debug, Serialize)]
pub struct RecordBody<'a> {
    uuid: uuid::Uuid,
    /// 32 hex digits, or empty.
    trace_id: String,
    /// 16 hex digits, or empty.
    span_id: String,
    body: &'a str,
    attributes: AttributesBody<'a>,
    timestamp: String,
    observed_timestamp: String,
    severity_text: &'static str,
    severity_number: u8,
    level: &'static str,
    resource_attributes: AttributesBody<'a>,
    instrumentation_scope: &'a str,
    event_name: &'a str,
}

/// Attributes as a JSON object.
#[derive(Clone, Copy, Debug)]
pub struct AttributesBody<'a>(pub &'a Attributes);

/// A row of a sparkline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SparklineRow {
    time: String,
    #[serde(flatten)]
    series: SeriesBody,
    count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum SeriesBody {
    Level(&'static str),
    Service(String),
}

/// Answer of a page of keys.
#[derive(Clone, Debug, Serialize)]
pub struct AttributesAnswer<'a> {
    results: Vec<AttributeBody<'a>>,
    /// Keys on all pages.
    count: usize,
}

/// One key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeBody<'a> {
    name: &'a str,
    property_filter_type: &'static str,
    count: u64,
    types: TypesBody,
}

/// How many values have which type; types that none has are left out.
#[derive(Clone, Copy, Debug)]
struct TypesBody(TypeCounts);

/// Answer of the values of a key.
#[derive(Clone, Debug, Serialize)]
pub struct ValuesAnswer<'a> {
    results: Vec<ValueBody<'a>>,
    /// Whether there will soon be newer ones: never, since these are the newest.
    refreshing: bool,
}

#[derive(Clone, Debug, Serialize)]
struct ValueBody<'a> {
    id: &'a str,
    name: &'a str,
    count: u64,
}

/// The instant of so many microseconds since 1970 UTC; the first or the last one that can be written where it cannot.
pub(crate) fn instant(us: i64) -> DateTime<Utc> {
    let beyond = if us < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_micros(us).unwrap_or(beyond)
}

fn instant_text(us: i64, format: SecondsFormat) -> String {
    instant(us).to_rfc3339_opts(format, true)
}

impl<'a> RecordsAnswer<'a> {
    /// The page as the answer to its request.
    pub fn new(request: &'a RecordsRequest, page: &'a RecordPage) -> Self {
        let last = page.records.last().filter(|_| page.has_more);
        Self {
            query: &request.asked,
            results: page.records.iter().map(RecordBody::new).collect(),
            has_more: page.has_more,
            next_cursor: last.map(|log| Cursor { position: log.position(), now: Some(request.now) }.to_text()),
            max_exportable_logs: crate::export::MAX_RECORDS,
        }
    }
}

impl<'a> RecordBody<'a> {
    /// The record as clients read it.
    pub fn new(log: &'a StoredLog) -> Self {
        let record = &log.record;
        let level = record.severity.level().name();
        Self {
            uuid: log.uuid(),
            trace_id: trace_id_text(record.trace_id),
            span_id: span_id_text(record.span_id),
            body: &record.body,
            attributes: AttributesBody(&record.attributes),
            timestamp: instant_text(record.timestamp_us, SecondsFormat::Micros),
            observed_timestamp: instant_text(record.observed_us, SecondsFormat::Micros),
            severity_text: level,
            severity_number: record.severity.number(),
            level,
            resource_attributes: AttributesBody(&record.resource),
            instrumentation_scope: &record.scope,
            event_name: &record.event_name,
        }
    }

    /// The values in the order of [`crate::export`]'s columns.
    pub(crate) fn cells(&self) -> [String; 13] {
        let json = |attributes: &AttributesBody<'_>| {
            serde_json::to_string(attributes).expect("attributes have texts as keys and JSON as values")
        };
        let service = self.resource_attributes.0.get("service.name").and_then(Value::as_str).unwrap_or_default();
        [
            self.timestamp.clone(),
            self.observed_timestamp.clone(),
            self.level.to_owned(),
            self.severity_number.to_string(),
            service.to_owned(),
            self.body.to_owned(),
            json(&self.attributes),
            json(&self.resource_attributes),
            self.trace_id.clone(),
            self.span_id.clone(),
            self.event_name.to_owned(),
            self.instrumentation_scope.to_owned(),
            self.uuid.to_string(),
        ]
    }
}

/// 32 hex digits, or nothing for 0.
pub fn trace_id_text(id: u128) -> String {
    if id == 0 { String::new() } else { format!("{id:032x}") }
}

/// 16 hex digits, or nothing for 0.
pub fn span_id_text(id: u64) -> String {
    if id == 0 { String::new() } else { format!("{id:016x}") }
}

impl Serialize for AttributesBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value): (&Arc<str>, _)| (key.as_ref(), value)))
    }
}

impl SparklineRow {
    /// The rows of counts, in the same order.
    pub fn of(counts: Vec<SparklineCount>) -> Vec<Self> {
        let row = |count: SparklineCount| Self {
            time: instant_text(count.bucket_start_us, SecondsFormat::Secs),
            series: match count.series {
                Series::Level(level) => SeriesBody::Level(level.name()),
                Series::Service(name) => SeriesBody::Service(name),
            },
            count: count.count,
        };
        counts.into_iter().map(row).collect()
    }
}

impl<'a> AttributesAnswer<'a> {
    /// The page of keys of `owner`.
    pub fn new(owner: AttributeOwner, page: &'a AttributePage) -> Self {
        let property_filter_type = match owner {
            AttributeOwner::Record => "log_attribute",
            AttributeOwner::Resource => "log_resource_attribute",
        };
        let body = |key: &'a AttributeKey| AttributeBody {
            name: &key.name,
            property_filter_type,
            count: key.count,
            types: TypesBody(key.types),
        };
        Self { results: page.keys.iter().map(body).collect(), count: page.total }
    }
}

impl Serialize for TypesBody {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TypeCounts { string, number, boolean, array, object } = self.0;
        let counts =
            [("string", string), ("number", number), ("boolean", boolean), ("array", array), ("object", object)];
        let mut map = serializer.serialize_map(None)?;
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            map.serialize_entry(name, &count)?;
        }
        map.end()
    }
}

impl<'a> ValuesAnswer<'a> {
    /// The values as they come.
    pub fn new(values: &'a [ValueCount]) -> Self {
        let body = |value: &'a ValueCount| ValueBody { id: &value.value, name: &value.value, count: value.count };
        Self { results: values.iter().map(body).collect(), refreshing: false }
    }
}

#[cfg(test)]
pub(crate) mod tests;
