//! Functions of HogQL on constants: what ClickHouse answers.

mod aggregates;
mod arrays;
mod convert;
mod dates;
mod json;
mod numbers;
mod strings;
mod windows;

use std::fmt::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::{TimeZone as _, Utc};
use hogql_datafusion::DataFusionEngine;
use insights_core::ids::ProjectId;
use query_engine::answer::{Query, QueryContext, answer};
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::memory::MemorySource;
use serde_json::{Value, json};

/// Each expression, in a project of that zone, has the value that stands beside it as JSON.
#[track_caller]
fn check(timezone: &str, rows: &[(&str, &str)]) {
    let context = QueryContext {
        project: ProjectId(1),
        timezone: timezone.parse().unwrap(),
        week_start: Default::default(),
        now: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
        definitions: Default::default(),
    };
    let source = MemorySource::new(ProjectId(1)).with_hogql(Arc::new(DataFusionEngine));
    let mut report = String::new();
    for (expression, expected) in rows {
        let expected: Value = serde_json::from_str(expected).unwrap();
        match value(expression, &context, &source) {
            Ok(found) if are_close(&found, &expected) => {}
            Ok(found) => writeln!(report, "{expression}: want {expected}, got {found}").unwrap(),
            Err(error) => writeln!(report, "{expression}: want {expected}, got {error}").unwrap(),
        }
    }
    assert!(report.is_empty(), "of {} expressions these differ:\n{report}", rows.len());
}

fn value(expression: &str, context: &QueryContext, source: &MemorySource) -> Result<Value, QueryError> {
    let query = Query::parse(&json!({"kind": "HogQLQuery", "query": format!("select {expression}")}))?;
    let control = QueryControl::unlimited();
    let answered = pin!(answer(&query, context, source, &control));
    let Poll::Ready(answer) = answered.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a source in memory never waits")
    };
    Ok(answer?.results[0][0].clone())
}

/// Whether two values are the same, numbers within the last digits.
fn are_close(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| are_close(a, b)),
        _ => one == other,
    }
}
