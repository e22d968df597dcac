//! Records as an OTLP request in protobuf, written field by field.

use std::sync::Arc;

use logs::record::{Attributes, LogRecord};
use serde_json::Value;

/// Wire types of protobuf.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// A scope, with the `ScopeLogs` that it has so far.
type ScopeLogs<'a> = (&'a Arc<str>, Vec<u8>);

/// An `ExportLogsServiceRequest` with the records, grouped by resource and then by scope, in their order within each.
pub(crate) fn encode(records: &[LogRecord]) -> Vec<u8> {
    let mut resources: Vec<(&Arc<Attributes>, Vec<ScopeLogs<'_>>)> = Vec::new();
    for record in records {
        let at = resources.iter().position(|(resource, _)| Arc::ptr_eq(resource, &record.resource));
        let at = at.unwrap_or_else(|| {
            resources.push((&record.resource, Vec::new()));
            resources.len() - 1
        });
        let scopes = &mut resources[at].1;
        let at = scopes.iter().position(|(scope, _)| **scope == record.scope);
        let at = at.unwrap_or_else(|| {
            scopes.push((&record.scope, scope_head(&record.scope)));
            scopes.len() - 1
        });
        message(&mut scopes[at].1, 2, |out| log_record(out, record));
    }
    let mut request = Vec::new();
    for (resource, scopes) in resources {
        message(&mut request, 1, |out| {
            message(out, 1, |out| attributes(out, 1, resource));
            for (_, scope_logs) in scopes {
                bytes(out, 2, &scope_logs);
            }
        });
    }
    request
}

/// `name@version` as the first field of `ScopeLogs`.
fn scope_head(scope: &str) -> Vec<u8> {
    let (name, version) = scope.split_once('@').unwrap_or((scope, ""));
    let mut out = Vec::new();
    message(&mut out, 1, |out| {
        bytes(out, 1, name.as_bytes());
        bytes(out, 2, version.as_bytes());
    });
    out
}

fn log_record(out: &mut Vec<u8>, record: &LogRecord) {
    fixed64(out, 1, nanos(record.timestamp_us));
    tag(out, 2, VARINT);
    varint(out, record.severity.number().into());
    bytes(out, 3, record.severity.level().name().to_uppercase().as_bytes());
    message(out, 5, |out| bytes(out, 1, record.body.as_bytes()));
    attributes(out, 6, &record.attributes);
    if record.flags != 0 {
        tag(out, 8, FIXED32);
        out.extend_from_slice(&record.flags.to_le_bytes());
    }
    if record.trace_id != 0 {
        bytes(out, 9, &record.trace_id.to_be_bytes());
    }
    if record.span_id != 0 {
        bytes(out, 10, &record.span_id.to_be_bytes());
    }
    fixed64(out, 11, nanos(record.observed_us));
    if !record.event_name.is_empty() {
        bytes(out, 12, record.event_name.as_bytes());
    }
}

fn nanos(us: i64) -> u64 {
    u64::try_from(us).unwrap_or_default() * 1_000
}

fn attributes(out: &mut Vec<u8>, field: u64, attributes: &Attributes) {
    for (key, value) in attributes.iter() {
        message(out, field, |out| {
            bytes(out, 1, key.as_bytes());
            message(out, 2, |out| any_value(out, value));
        });
    }
}

/// An `AnyValue`; null is one without a value.
fn any_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => bytes(out, 1, text.as_bytes()),
        Value::Bool(flag) => {
            tag(out, 2, VARINT);
            varint(out, u64::from(*flag));
        }
        Value::Number(number) => match number.as_i64() {
            Some(number) => {
                tag(out, 3, VARINT);
                // Negative numbers take ten bytes: their bits as they are.
                varint(out, number.cast_unsigned());
            }
            None => fixed64(out, 4, number.as_f64().unwrap_or_default().to_bits()),
        },
        Value::Array(items) => message(out, 5, |out| {
            for item in items {
                message(out, 1, |out| any_value(out, item));
            }
        }),
        Value::Object(fields) => message(out, 6, |out| {
            for (key, value) in fields {
                message(out, 1, |out| {
                    bytes(out, 1, key.as_bytes());
                    message(out, 2, |out| any_value(out, value));
                });
            }
        }),
    }
}

fn tag(out: &mut Vec<u8>, field: u64, wire_type: u64) {
    varint(out, field << 3 | wire_type);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits");
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn fixed64(out: &mut Vec<u8>, field: u64, value: u64) {
    tag(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    tag(out, field, BYTES);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn message(out: &mut Vec<u8>, field: u64, write: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    write(&mut content);
    bytes(out, field, &content);
}
