//! Sends logs with OpenTelemetry's official SDK for Rust and its OTLP/HTTP exporter, and prints what it sent, as `send_logs.py` does.

use std::collections::HashMap;
use std::error::Error;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry_otlp::{Compression, LogExporter, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use serde_json::{Value, json};

const LOGS: u64 = 600;
const FIRST_US: u64 = 1_772_366_400_000_000;
const STEP_US: u64 = 17_000_001;
const LEVELS: [(&str, Severity); 5] = [
    ("trace", Severity::Trace),
    ("info", Severity::Info),
    ("warn", Severity::Warn),
    ("error", Severity::Error),
    ("fatal", Severity::Fatal),
];
const METHODS: [&str; 3] = ["GET", "POST", "PUT"];
const CODES: [u16; 3] = [200, 404, 500];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (url, token) = (arguments.next().ok_or("no URL")?, arguments.next().ok_or("no token")?);
    let providers = ["shop", "billing"].map(|service| (service, provider(&url, &token, service)));
    let mut logs = Vec::new();
    for number in 0..LOGS {
        let (service, provider) = &providers[usize::try_from(number % 2)?];
        let provider = provider.as_ref().map_err(ToString::to_string)?;
        let scope = InstrumentationScope::builder("checkout").with_version("1.4.0").build();
        logs.push(send(&provider.logger_with_scope(scope), service, number)?);
    }
    for (_, provider) in providers {
        let provider = provider?;
        provider.force_flush()?;
        provider.shutdown()?;
    }
    println!("{}", json!({ "logs": logs }));
    Ok(())
}

fn provider(url: &str, token: &str, service: &'static str) -> Result<SdkLoggerProvider, Box<dyn Error>> {
    let exporter = LogExporter::builder()
        .with_http()
        .with_endpoint(format!("{url}/v1/logs"))
        .with_protocol(Protocol::HttpBinary)
        .with_headers(HashMap::from([("x-api-key".to_owned(), token.to_owned())]));
    let exporter = if service == "shop" { exporter.with_compression(Compression::Gzip) } else { exporter };
    let resource = Resource::builder().with_service_name(service).build();
    Ok(SdkLoggerProvider::builder().with_batch_exporter(exporter.build()?).with_resource(resource).build())
}

fn send(logger: &impl Logger, service: &str, number: u64) -> Result<Value, Box<dyn Error>> {
    let (level, severity) = LEVELS[usize::try_from(number * 7 % 5)?];
    let method = METHODS[usize::try_from(number % 3)?];
    let code = CODES[usize::try_from(number * 5 % 3)?];
    let duration_ms = f64::from(u32::try_from(number)?) / 4.0;
    let time_us = FIRST_US + number * STEP_US;
    let mut record = logger.create_log_record();
    record.set_timestamp(UNIX_EPOCH + Duration::from_nanos(time_us * 1000 + 999));
    record.set_severity_number(severity);
    record.set_severity_text(severity.name());
    record.add_attribute("http.method", method);
    record.add_attribute("http.status_code", i64::from(code));
    record.add_attribute("duration_ms", duration_ms);
    record.add_attribute("cached", number % 4 == 0);
    let tag = format!("t{}", number % 5);
    record.add_attribute("tags", AnyValue::ListAny(Box::new(vec!["a".into(), tag.clone().into()])));
    let body = if number % 10 == 3 {
        let order = i64::try_from(number)?;
        let fields = HashMap::from([("order".into(), order.into()), ("paid".into(), false.into())]);
        record.set_body(AnyValue::Map(Box::new(fields)));
        json!({"order": order, "paid": false}).to_string()
    } else {
        let body = format!("{method} /order/{number} – done");
        record.set_body(body.clone().into());
        body
    };
    let (mut trace_id, mut span_id) = (String::new(), String::new());
    if number % 6 == 0 {
        let trace = TraceId::from(u128::from(number) + 1);
        let span = SpanId::from(number + 2);
        record.set_trace_context(trace, span, Some(TraceFlags::SAMPLED));
        (trace_id, span_id) = (trace.to_string(), span.to_string());
    }
    logger.emit(record);
    Ok(json!({
        "time_us": time_us, "level": level, "service": service, "scope": "checkout@1.4.0", "body": body,
        "attributes": {
            "http.method": method, "http.status_code": code, "duration_ms": duration_ms, "cached": number % 4 == 0, "tags": ["a", tag],
        },
        "trace_id": trace_id, "span_id": span_id,
    }))
}
