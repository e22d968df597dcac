//! Log records in protobuf.

use super::{Fields, Wire, values};
use crate::otlp::error::RecordError;
use crate::otlp::log_request::RawRecord;
use crate::otlp::source::Intake;

/// The record in `message`.
pub(in crate::otlp) fn log_record<'a>(
    message: &'a [u8],
    intake: &mut Intake<'_>,
) -> Result<RawRecord<'a>, RecordError> {
    intake.check_size(message.len())?;
    let mut record = RawRecord::default();
    for field in Fields(message) {
        match field? {
            (1, value) => record.time_nanos = value.fixed64("timeUnixNano")?,
            (2, value) => record.severity_number = value.varint("severityNumber")?.cast_signed(),
            (3, value) => record.severity_text = value.text("severityText")?.into(),
            (5, value) => record.body = values::any_value(value, intake.limits.depth)?,
            (6, value) => record.attributes.push(values::attribute(value, intake)?),
            (8, value) => record.flags = value.fixed32("flags")?,
            (9, value) => record.trace_id = id(value, "traceId")?.map_or(0, u128::from_be_bytes),
            (10, value) => record.span_id = id(value, "spanId")?.map_or(0, u64::from_be_bytes),
            (11, value) => record.observed_nanos = value.fixed64("observedTimeUnixNano")?,
            (12, value) => record.event_name = value.text("eventName")?.into(),
            _ => {}
        }
    }
    Ok(record)
}

/// An id of so many bytes; none where it is empty.
fn id<const N: usize>(value: Wire<'_>, field: &'static str) -> Result<Option<[u8; N]>, RecordError> {
    let bytes = value.bytes(field)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let wrong = |_| RecordError::WrongIdLength { field, n_bytes: bytes.len(), expected: N };
    bytes.try_into().map(Some).map_err(wrong)
}
