//! What the crate logs reads and writes, for the reference.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A question about logs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogsQuery {
    /// The last hour where absent.
    date_range: Option<LogsDateRange>,
    /// `trace`, `debug`, `info`, `warn`, `error`, `fatal`; none for all.
    severity_levels: Option<Vec<String>>,
    /// None for all.
    service_names: Option<Vec<String>>,
    /// What the body contains, in this very case.
    search_term: Option<String>,
    /// Conditions: `{"type": "AND" or "OR", "values": […]}`, nested, with conditions
    /// `{"key", "type": "log", "log_attribute" or "log_resource_attribute", "operator", "value"}` in it; or a list of these.
    #[schema(value_type = Option<Object>)]
    filter_group: Option<Value>,
    /// `latest` (the default) or `earliest`: which first.
    order_by: Option<String>,
    /// Most logs of the page, 1,000 where absent, at most 2,000.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    after: Option<String>,
    /// `severity` (the default) or `service`, for sparklines.
    sparkline_breakdown_by: Option<String>,
}

/// Instants: dates with or without a time, or relative ones such as `-1h`.
#[derive(Serialize, ToSchema)]
pub(super) struct LogsDateRange {
    /// An hour before the end where absent; `all` for the beginning.
    date_from: Option<String>,
    /// Now where absent.
    date_to: Option<String>,
}

/// A page of logs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogsResponse {
    /// The question as it was sent.
    #[schema(value_type = Object)]
    query: Value,
    results: Vec<Log>,
    /// Whether there are more behind them.
    has_more: bool,
    /// Where the next page begins; null where there is none.
    next_cursor: Option<String>,
    /// Most logs of a file.
    max_exportable_logs: u32,
}

/// A log.
#[derive(Serialize, ToSchema)]
pub(super) struct Log {
    uuid: uuid::Uuid,
    /// 32 hexadecimal digits, or empty.
    trace_id: String,
    /// 16 hexadecimal digits, or empty.
    span_id: String,
    body: String,
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
    /// When it happened.
    timestamp: String,
    /// When it was first seen.
    observed_timestamp: String,
    /// The same as `level`.
    severity_text: String,
    /// 1 to 24.
    severity_number: u8,
    /// `trace`, `debug`, `info`, `warn`, `error` or `fatal`.
    level: String,
    /// What produced it.
    #[schema(value_type = Object)]
    resource_attributes: Map<String, Value>,
    /// `name@version`, or empty.
    instrumentation_scope: String,
    /// Name of the event that it is, or empty.
    event_name: String,
}

/// How many logs of one kind a bucket has.
#[derive(Serialize, ToSchema)]
pub(super) struct LogSparklineRow {
    /// When the bucket begins.
    time: String,
    /// The level; absent where services are told apart.
    level: Option<String>,
    /// The service; absent where levels are told apart.
    service: Option<String>,
    count: u64,
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
pub(super) struct LogAttributesResponse {
    results: Vec<LogAttribute>,
    /// Keys on all pages.
    count: u64,
}

/// A key of attributes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogAttribute {
    name: String,
    /// `log_attribute` or `log_resource_attribute`, for conditions.
    property_filter_type: String,
    /// Logs that have it.
    count: u64,
    /// How many of these values are of which JSON type.
    types: BTreeMap<String, u64>,
}

/// Values of a key.
#[derive(Serialize, ToSchema)]
pub(super) struct LogValuesResponse {
    results: Vec<LogValue>,
    /// Always false.
    refreshing: bool,
}

/// A value of a key.
#[derive(Serialize, ToSchema)]
pub(super) struct LogValue {
    id: String,
    name: String,
    /// Logs that have it.
    count: u64,
}
