//! Requests that bring logs.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use logs::record::LogRecord;
use logs::request::ALL_TIME;
use serde_json::Value;

use super::answer::Encoding;
use super::attempts::{Form, read};
use super::error::{OtlpError, RecordError, Rejected};
use super::limits::OtlpLimits;
use super::request::Declared;
use super::severity::severity;
use super::source::{Intake, Pairs, Source, instant_us};
use super::{json, protobuf};
use crate::timestamp::parse_instant;

/// The attribute that names the event that a record is.
const EVENT_NAME: &str = "event.name";
/// The attribute that tells when it happened, where the record does not.
const EVENT_TIMESTAMP: &str = "event.timestamp";

/// The logs of a request.
#[derive(Debug)]
pub struct LogRequest {
    /// The good records, in their order.
    pub records: Vec<LogRecord>,
    /// The bad ones.
    pub rejected: Rejected,
    /// How the request was encoded, and so its answer is to be.
    pub encoding: Encoding,
}

/// A record as its encoding has it.
#[derive(Debug, Default)]
pub(super) struct RawRecord<'a> {
    pub(super) time_nanos: u64,
    pub(super) observed_nanos: u64,
    pub(super) severity_number: i64,
    pub(super) severity_text: Cow<'a, str>,
    pub(super) body: Value,
    pub(super) attributes: Pairs,
    pub(super) flags: u32,
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    pub(super) event_name: Cow<'a, str>,
}

/// Reads the logs in `body`, which is not compressed (see [`super::request::decompress`]), as what it is declared to be, else as whatever it is.
///
/// # Errors
/// Where no record could be read, or there are too many.
pub fn read_logs(
    body: &[u8],
    declared: Declared,
    limits: &OtlpLimits,
    now: DateTime<Utc>,
) -> Result<LogRequest, OtlpError> {
    let now_us = now.timestamp_micros();
    read(body, declared, |form| {
        let mut intake = Intake::new(limits, now_us);
        let mut records = Vec::new();
        let is_one = match form {
            Form::Protobuf => protobuf::walk(body, &mut intake, |intake, source, item| {
                take(intake, source, &mut records, |intake| protobuf::log_record::log_record(item, intake))
            })?,
            Form::Json | Form::Lines => json::walk_logs(body, form, &mut intake, |intake, source, item| {
                take(intake, source, &mut records, |intake| json::log_record::log_record(item, intake))
            })?,
        };
        Ok((LogRequest { records, rejected: intake.rejected, encoding: form.encoding() }, is_one))
    })
}

/// Adds the record that `read` gives, or counts it as refused.
fn take<'a>(
    intake: &mut Intake<'_>,
    source: &Source,
    records: &mut Vec<LogRecord>,
    read: impl FnOnce(&mut Intake<'_>) -> Result<RawRecord<'a>, RecordError>,
) -> Result<(), OtlpError> {
    let index = intake.begin(1)?;
    match read(intake).and_then(|raw| finish(raw, source, intake)) {
        Ok(record) => records.push(record),
        Err(error) => intake.rejected.add(index, error),
    }
    Ok(())
}

fn finish(raw: RawRecord<'_>, source: &Source, intake: &mut Intake<'_>) -> Result<LogRecord, RecordError> {
    let (resource, scope) = source.parts()?;
    intake.check_value(&raw.body)?;
    let attributes = intake.attributes(raw.attributes)?;
    let event_name: Arc<str> = match attributes.get(EVENT_NAME).and_then(Value::as_str) {
        Some(name) => intake.texts.shared(name),
        None => intake.texts.shared(&raw.event_name),
    };
    let observed_us = instant_us(raw.observed_nanos);
    let told_us = || told_us(attributes.get(EVENT_TIMESTAMP)?.as_str()?);
    Ok(LogRecord {
        timestamp_us: instant_us(raw.time_nanos).or_else(told_us).or(observed_us).unwrap_or(intake.now_us),
        observed_us: observed_us.unwrap_or(intake.now_us),
        severity: severity(raw.severity_number, &raw.severity_text, &raw.body),
        body: match raw.body {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        },
        attributes,
        resource,
        scope,
        event_name,
        trace_id: raw.trace_id,
        span_id: raw.span_id,
        flags: raw.flags,
    })
}

/// The instant in a text, as far as OpenTelemetry could tell it too.
fn told_us(text: &str) -> Option<i64> {
    Some(parse_instant(text)?.timestamp_micros()).filter(|instant| ALL_TIME.contains(instant))
}

#[cfg(test)]
mod tests;
