//! The records of the fixture as they stand in the files, and what they add up to, without any of the crate's own code.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A log record.
pub(crate) struct Record {
    pub(crate) time: DateTime<Utc>,
    pub(crate) body: String,
    pub(crate) attributes: Map<String, Value>,
}

/// A point of a metric.
pub(crate) struct Point {
    pub(crate) metric: String,
    pub(crate) temporality: i64,
    pub(crate) start: DateTime<Utc>,
    pub(crate) time: DateTime<Utc>,
    pub(crate) value: f64,
    pub(crate) attributes: Map<String, Value>,
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn text(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/agent-telemetry");
    std::fs::read_to_string(format!("{folder}/{file}")).unwrap()
}

/// The requests of a file.
pub(crate) fn fixture(file: &str) -> Vec<Value> {
    text(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn nanos(value: &Value) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(value.as_str().unwrap().parse().unwrap())
}

fn items<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

fn attributes(value: &Value) -> Map<String, Value> {
    let plain = |value: &Value| {
        let (kind, inner) = value.as_object().unwrap().iter().next().unwrap();
        match (kind.as_str(), inner) {
            ("intValue", Value::String(text)) => Value::from(text.parse::<i64>().unwrap()),
            (_, inner) => inner.clone(),
        }
    };
    items(value, "attributes")
        .iter()
        .map(|one| (one["key"].as_str().unwrap().to_owned(), plain(&one["value"])))
        .collect()
}

pub(crate) fn records(request: &Value) -> Vec<Record> {
    let scopes = items(request, "resourceLogs").iter().flat_map(|resource| items(resource, "scopeLogs"));
    let record = |record: &Value| Record {
        time: nanos(&record["timeUnixNano"]),
        body: record["body"]["stringValue"].as_str().unwrap().to_owned(),
        attributes: attributes(record),
    };
    scopes.flat_map(|scope| items(scope, "logRecords")).map(record).collect()
}

pub(crate) fn points(request: &Value) -> Vec<Point> {
    let scopes = items(request, "resourceMetrics").iter().flat_map(|resource| items(resource, "scopeMetrics"));
    let mut all = Vec::new();
    for metric in scopes.flat_map(|scope| items(scope, "metrics")) {
        for point in items(&metric["sum"], "dataPoints") {
            all.push(Point {
                metric: metric["name"].as_str().unwrap().to_owned(),
                temporality: metric["sum"]["aggregationTemporality"].as_i64().unwrap(),
                start: nanos(&point["startTimeUnixNano"]),
                time: nanos(&point["timeUnixNano"]),
                value: point["asDouble"].as_f64().unwrap_or_else(|| point["asInt"].as_str().unwrap().parse().unwrap()),
                attributes: attributes(point),
            });
        }
    }
    all
}

/// What one session adds up to.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) tokens: [u64; 4],
    pub(crate) cost_micros: u64,
    pub(crate) requests: u64,
    pub(crate) prompts: u64,
    pub(crate) resets: u64,
    pub(crate) tool_calls: u64,
    pub(crate) tool_failures: u64,
    pub(crate) tool_ms: u64,
    pub(crate) rejected: u64,
    pub(crate) api_errors: u64,
    pub(crate) exhausted: u64,
    pub(crate) events: u64,
    pub(crate) first: DateTime<Utc>,
    pub(crate) last: DateTime<Utc>,
    pub(crate) lines_added: u64,
    pub(crate) lines_removed: u64,
    pub(crate) active_seconds: f64,
    pub(crate) accepted: u64,
    pub(crate) turned_down: u64,
    /// Of cumulative series the last value.
    cumulative: BTreeMap<String, f64>,
}

fn number(attributes: &Map<String, Value>, key: &str) -> u64 {
    match attributes.get(key) {
        None => 0,
        Some(Value::String(text)) => text.parse().unwrap(),
        Some(value) => value.as_u64().unwrap(),
    }
}

impl Raw {
    /// The sessions of a developer, by id.
    pub(crate) fn of(name: &str) -> BTreeMap<String, Self> {
        let mut sessions: BTreeMap<String, Self> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for record in fixture(&format!("{name}-logs.ndjson")).iter().flat_map(records) {
            let text = |key: &str| record.attributes.get(key).and_then(Value::as_str).unwrap_or_default();
            let identity = (text("session.id").to_owned(), number(&record.attributes, "event.sequence"), record.time);
            if seen.insert(identity) {
                sessions.entry(text("session.id").to_owned()).or_default().count(&record);
            }
        }
        for point in fixture(&format!("{name}-metrics.ndjson")).iter().flat_map(points) {
            let id = point.attributes["session.id"].as_str().unwrap();
            sessions.get_mut(id).unwrap().measure(&point);
        }
        for session in sessions.values_mut() {
            for (series, value) in std::mem::take(&mut session.cumulative) {
                session.add(&series, value);
            }
        }
        sessions
    }

    fn count(&mut self, record: &Record) {
        let of = |key: &str| number(&record.attributes, key);
        let is = |key: &str, value: &str| record.attributes.get(key).and_then(Value::as_str) == Some(value);
        self.events += 1;
        if self.events == 1 {
            self.first = record.time;
        }
        self.last = record.time;
        match record.body.strip_prefix("claude_code.").unwrap() {
            "user_prompt" => {
                self.prompts += 1;
                self.resets += u64::from(is("command_name", "clear"));
            }
            // Each of the fixture is the same as the command before it.
            "compaction" => self.resets += u64::from(is("trigger", "manual")),
            "api_request" => {
                self.requests += 1;
                self.cost_micros += of("cost_usd_micros");
                let keys = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"];
                for (sum, key) in self.tokens.iter_mut().zip(keys) {
                    *sum += of(key);
                }
            }
            "tool_result" => {
                self.tool_calls += 1;
                self.tool_failures += u64::from(is("success", "false") || record.attributes["success"] == false);
                self.tool_ms += of("duration_ms");
            }
            "tool_decision" => self.rejected += u64::from(is("decision", "reject")),
            "api_error" => self.api_errors += 1,
            "api_retries_exhausted" => self.exhausted += 1,
            _ => {}
        }
    }

    fn measure(&mut self, point: &Point) {
        let text = |key: &str| point.attributes.get(key).and_then(Value::as_str).unwrap_or_default();
        let series = format!("{}/{}{}", point.metric, text("type"), text("decision"));
        if point.temporality == 1 {
            self.add(&series, point.value);
        } else {
            let last = self.cumulative.entry(series).or_default();
            *last = last.max(point.value);
        }
        self.first = self.first.min(point.time);
        self.last = self.last.max(point.time);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the file has small whole numbers here"
    )]
    fn add(&mut self, series: &str, value: f64) {
        match series {
            "claude_code.lines_of_code.count/added" => self.lines_added += value as u64,
            "claude_code.lines_of_code.count/removed" => self.lines_removed += value as u64,
            "claude_code.active_time.total/cli" => self.active_seconds += value,
            "claude_code.code_edit_tool.decision/accept" => self.accepted += value as u64,
            "claude_code.code_edit_tool.decision/reject" => self.turned_down += value as u64,
            _ => {}
        }
    }
}
