//! What Claude Code says of itself, told apart from what others send.

use logs::record::LogRecord;

use super::metric_request::MetricPoint;

/// The instrumentation of its events.
const EVENT_SCOPE: &str = "com.anthropic.claude_code.events";
/// How the names of its events and metrics begin.
const PREFIX: &str = "claude_code.";

/// Whether the record is an event of Claude Code.
pub fn is_event(record: &LogRecord) -> bool {
    let scope = record.scope.split('@').next().unwrap_or_default();
    scope == EVENT_SCOPE || record.event_name.starts_with(PREFIX) || record.body.starts_with(PREFIX)
}

/// Whether the data point is of a metric of Claude Code.
pub fn is_metric(point: &MetricPoint) -> bool {
    point.name.starts_with(PREFIX)
}
