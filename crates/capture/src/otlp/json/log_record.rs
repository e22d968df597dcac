//! Log records in JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::numbers::Number;
use super::object;
use super::text::Text;
use super::values::{AnyValue, PairJson, pairs};
use crate::otlp::error::RecordError;
use crate::otlp::log_request::RawRecord;
use crate::otlp::source::Intake;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecordJson<'a> {
    #[serde(default)]
    time_unix_nano: Number<u64>,
    #[serde(default)]
    observed_time_unix_nano: Number<u64>,
    #[serde(default)]
    severity_number: Number<i64>,
    #[serde(borrow, default)]
    severity_text: Text<'a>,
    #[serde(default)]
    body: AnyValue,
    #[serde(borrow, default)]
    attributes: Option<Vec<PairJson<'a>>>,
    #[serde(default)]
    flags: Number<u32>,
    #[serde(borrow, default)]
    trace_id: Text<'a>,
    #[serde(borrow, default)]
    span_id: Text<'a>,
    #[serde(borrow, default)]
    event_name: Text<'a>,
}

/// The record in `json`.
pub(in crate::otlp) fn log_record<'a>(
    json: &'a RawValue,
    intake: &mut Intake<'_>,
) -> Result<RawRecord<'a>, RecordError> {
    intake.check_size(json.get().len())?;
    let record: LogRecordJson<'a> = object(json.get())?;
    let trace_id = id(&record.trace_id.0, "traceId", 16)?;
    let span_id = id(&record.span_id.0, "spanId", 8)?;
    Ok(RawRecord {
        time_nanos: record.time_unix_nano.0,
        observed_nanos: record.observed_time_unix_nano.0,
        severity_number: record.severity_number.0,
        severity_text: record.severity_text.0,
        body: record.body.0,
        attributes: pairs(record.attributes, intake),
        flags: record.flags.0,
        trace_id,
        span_id: u64::try_from(span_id).expect("8 bytes are 64 bits"),
        event_name: record.event_name.0,
    })
}

/// An id of so many bytes in hexadecimal digits; 0 where it is empty.
fn id(text: &str, field: &'static str, expected: usize) -> Result<u128, RecordError> {
    if text.is_empty() {
        return Ok(0);
    }
    // A sign would be read as part of a number.
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(RecordError::malformed(format_args!("{field} is not written in hexadecimal digits")));
    }
    let wrong = || RecordError::WrongIdLength { field, n_bytes: text.len().div_ceil(2), expected };
    if text.len() != 2 * expected {
        return Err(wrong());
    }
    u128::from_str_radix(text, 16).map_err(|_| wrong())
}
