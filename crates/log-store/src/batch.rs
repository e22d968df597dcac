//! Records as bytes of the write-ahead log.
//!
//! A part of the log's record is a length, the project, the arrival of the first of its records, then the records. Resources and scopes stand
//! before the records, each once.

use std::sync::Arc;

use insights_core::ids::ProjectId;
use journal::codec::{DecodeError, Decoder, Encoder};
use logs::record::{Attributes, LogRecord, Severity};
use rustc_hash::FxHashMap;
use serde_json::{Number, Value};

use crate::error::StoreError;

/// Most bytes of records that are appended at once.
pub(crate) const MAX_BATCH_BYTES: usize = 128 << 20;
/// Length, project, first arrival.
pub(crate) const HEAD_BYTES: usize = 4 + 8 + 8;

/// Records on their way into the log.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) project: ProjectId,
    pub(crate) records: Vec<LogRecord>,
    /// The records as they stand in the log.
    pub(crate) bytes: Vec<u8>,
}

/// Records read back from the log.
#[derive(Debug)]
pub(crate) struct LoggedBatch {
    pub(crate) project: ProjectId,
    pub(crate) first_arrival: u64,
    pub(crate) records: Vec<LogRecord>,
}

impl Batch {
    /// Encodes the records.
    pub(crate) fn prepare(project: ProjectId, records: Vec<LogRecord>) -> Result<Self, StoreError> {
        let bytes = encode(&records);
        if bytes.len() > MAX_BATCH_BYTES {
            return Err(StoreError::BatchTooLarge { n_bytes: bytes.len(), limit_bytes: MAX_BATCH_BYTES });
        }
        Ok(Self { project, records, bytes })
    }

    /// What stands before the records in the log.
    pub(crate) fn head(&self, first_arrival: u64) -> [u8; HEAD_BYTES] {
        let length = u32::try_from(self.bytes.len() + HEAD_BYTES - 4).expect("a batch is smaller than 4 GiB");
        let mut head = [0; HEAD_BYTES];
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..12].copy_from_slice(&self.project.0.to_le_bytes());
        head[12..].copy_from_slice(&first_arrival.to_le_bytes());
        head
    }
}

/// The batches of one record of the log.
pub(crate) fn batches(mut content: &[u8]) -> Result<Vec<LoggedBatch>, String> {
    let mut batches = Vec::new();
    while !content.is_empty() {
        let (length, rest) = content.split_first_chunk::<4>().ok_or("a batch without its length")?;
        let length = u32::from_le_bytes(*length) as usize;
        let (batch, rest) = rest.split_at_checked(length).ok_or("a batch that is cut off")?;
        batches.push(decode(batch).map_err(|error| error.to_string())?);
        content = rest;
    }
    Ok(batches)
}

/// Texts and resources that many records share, numbered as they come.
#[derive(Debug, Default)]
struct Shared<'a> {
    resources: Vec<&'a Arc<Attributes>>,
    numbers: FxHashMap<*const Attributes, usize>,
    texts: Vec<&'a str>,
    text_numbers: FxHashMap<&'a str, usize>,
}

impl<'a> Shared<'a> {
    fn resource(&mut self, resource: &'a Arc<Attributes>) -> usize {
        *self.numbers.entry(Arc::as_ptr(resource)).or_insert_with(|| {
            self.resources.push(resource);
            self.resources.len() - 1
        })
    }

    fn text(&mut self, text: &'a str) -> usize {
        *self.text_numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}

fn encode(records: &[LogRecord]) -> Vec<u8> {
    let mut shared = Shared::default();
    let mut rows = Encoder::with_capacity(512 * records.len());
    for record in records {
        rows.i64(record.timestamp_us);
        rows.i64(record.observed_us);
        rows.u8(record.severity.number());
        rows.length(shared.resource(&record.resource));
        rows.length(shared.text(&record.scope));
        rows.length(shared.text(&record.event_name));
        rows.u128(record.trace_id);
        rows.u64(record.span_id);
        rows.u32(record.flags);
        rows.text(&record.body);
        rows.length(record.attributes.len());
        for (key, value) in record.attributes.iter() {
            rows.length(shared.text(key));
            encode_value(&mut rows, value);
        }
    }
    let rows = rows.finish();
    let mut encoder = Encoder::with_capacity(rows.len() + 4096);
    for resource in &shared.resources {
        for (key, _) in resource.iter() {
            shared.text_numbers.entry(key).or_insert_with(|| {
                shared.texts.push(key);
                shared.texts.len() - 1
            });
        }
    }
    encoder.length(shared.texts.len());
    shared.texts.iter().for_each(|text| encoder.text(text));
    encoder.length(shared.resources.len());
    for resource in &shared.resources {
        encoder.length(resource.len());
        for (key, value) in resource.iter() {
            encoder.length(shared.text_numbers[key.as_ref()]);
            encode_value(&mut encoder, value);
        }
    }
    encoder.length(records.len());
    let mut bytes = encoder.finish();
    bytes.extend_from_slice(&rows);
    bytes
}

fn decode(bytes: &[u8]) -> Result<LoggedBatch, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let project = ProjectId(decoder.i64()?);
    let first_arrival = decoder.u64()?;
    let texts: Vec<Arc<str>> = list(&mut decoder, |decoder| Ok(decoder.text()?.into()))?;
    let resources = list(&mut decoder, |decoder| Ok(Arc::new(decode_attributes(decoder, &texts)?)))?;
    let records = list(&mut decoder, |decoder| decode_record(decoder, &texts, &resources))?;
    if !decoder.is_at_end() {
        return Err(decoder.error("the end of the batch"));
    }
    Ok(LoggedBatch { project, first_arrival, records })
}

fn list<'a, T>(
    decoder: &mut Decoder<'a>,
    mut read: impl FnMut(&mut Decoder<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let n = decoder.length()?;
    // a wrong number must not reserve memory before the bytes have shown that it is wrong
    let mut all = Vec::with_capacity(n.min(4096));
    for _ in 0..n {
        all.push(read(decoder)?);
    }
    Ok(all)
}

fn decode_record(
    decoder: &mut Decoder<'_>,
    texts: &[Arc<str>],
    resources: &[Arc<Attributes>],
) -> Result<LogRecord, DecodeError> {
    let (timestamp_us, observed_us) = (decoder.i64()?, decoder.i64()?);
    let severity = Severity::from_number(decoder.u8()?).ok_or_else(|| decoder.error("a severity"))?;
    let resource = decoder.length()?;
    let resource = resources.get(resource).ok_or_else(|| decoder.error("the number of a resource"))?;
    let (scope, event_name) = (shared_text(decoder, texts)?, shared_text(decoder, texts)?);
    let (trace_id, span_id, flags) = (decoder.u128()?, decoder.u64()?, decoder.u32()?);
    let body = decoder.text()?.to_owned();
    let attributes = decode_attributes(decoder, texts)?;
    let resource = Arc::clone(resource);
    Ok(LogRecord {
        timestamp_us,
        observed_us,
        severity,
        body,
        attributes,
        resource,
        scope,
        event_name,
        trace_id,
        span_id,
        flags,
    })
}

fn shared_text(decoder: &mut Decoder<'_>, texts: &[Arc<str>]) -> Result<Arc<str>, DecodeError> {
    let number = decoder.length()?;
    texts.get(number).cloned().ok_or_else(|| decoder.error("the number of a text"))
}

fn decode_attributes(decoder: &mut Decoder<'_>, texts: &[Arc<str>]) -> Result<Attributes, DecodeError> {
    let pairs = list(decoder, |decoder| Ok((shared_text(decoder, texts)?, decode_value(decoder)?)))?;
    Ok(Attributes::new(pairs))
}

const TEXT: u8 = 0;
const INTEGER: u8 = 1;
const DOUBLE: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;
const JSON: u8 = 5;

fn encode_value(encoder: &mut Encoder, value: &Value) {
    match value {
        Value::String(text) => {
            encoder.u8(TEXT);
            encoder.text(text);
        }
        Value::Bool(value) => encoder.u8(if *value { TRUE } else { FALSE }),
        Value::Number(number) => match (number.as_i64(), number.as_f64().filter(|_| number.is_f64())) {
            (Some(integer), _) => {
                encoder.u8(INTEGER);
                encoder.i64(integer);
            }
            (None, Some(double)) => {
                encoder.u8(DOUBLE);
                encoder.u64(double.to_bits());
            }
            (None, None) => encode_json(encoder, value),
        },
        other => encode_json(encoder, other),
    }
}

fn encode_json(encoder: &mut Encoder, value: &Value) {
    encoder.u8(JSON);
    encoder.text(&value.to_string());
}

fn decode_value(decoder: &mut Decoder<'_>) -> Result<Value, DecodeError> {
    Ok(match decoder.u8()? {
        TEXT => Value::String(decoder.text()?.to_owned()),
        INTEGER => decoder.i64()?.into(),
        DOUBLE => {
            let number = Number::from_f64(f64::from_bits(decoder.u64()?));
            Value::Number(number.ok_or_else(|| decoder.error("a finite number"))?)
        }
        FALSE => false.into(),
        TRUE => true.into(),
        JSON => serde_json::from_str(decoder.text()?).map_err(|_| decoder.error("a JSON value"))?,
        _ => return Err(decoder.error("the type of a value")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn record(body: &str, value: Value) -> LogRecord {
        let resource = Arc::new(Attributes::new(vec![("service.name".into(), "web".into())]));
        LogRecord {
            timestamp_us: -5,
            observed_us: 1_700_000_000_000_000,
            severity: Severity::from_number(17).unwrap(),
            body: body.to_owned(),
            attributes: Attributes::new(vec![("a".into(), value), ("b".into(), "x".into())]),
            resource,
            scope: "lib@1".into(),
            event_name: "".into(),
            trace_id: u128::MAX,
            span_id: 3,
            flags: 1,
        }
    }

    #[test]
    fn records_come_back_and_a_cut_log_is_an_error() {
        let values = [json!(null), json!({"a": [1]}), json!(1.0), json!(u64::MAX), json!(-3), json!(true), json!("é")];
        let records: Vec<LogRecord> = values.into_iter().map(|value| record("body", value)).collect();
        let batch = Batch::prepare(ProjectId(7), records.clone()).unwrap();
        let content = [&batch.head(12)[..], &batch.bytes].concat();
        let read = batches(&content).unwrap();
        assert_eq!((read[0].project, read[0].first_arrival), (ProjectId(7), 12));
        assert_eq!(read[0].records, records);
        for cut in 1..content.len() {
            batches(&content[..cut]).unwrap_err();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(test_support::cases::n_property_cases()))]
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = batches(&bytes);
        }
    }
}
