//! Asking the first project of a server about its logs.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::KEY;
use crate::logs;
use crate::process::Outcome;
use crate::server::http_client;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Asks, and sends records.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    client: Client,
    url: String,
    /// The project's token.
    token: String,
}

impl Asker {
    pub(super) fn new(url: &str) -> Outcome<Self> {
        let client = http_client(TIMEOUT)?;
        let project = answer(client.get(format!("{url}/api/projects/1/")))?;
        let token = project["api_token"].as_str().ok_or("the project does not tell its token")?;
        Ok(Self { client, url: url.to_owned(), token: token.to_owned() })
    }

    /// The same, over connections of its own.
    pub(super) fn apart(&self) -> Outcome<Self> {
        Ok(Self { client: http_client(TIMEOUT)?, ..self.clone() })
    }

    /// Sends a request of OTLP.
    pub(super) fn send(&self, request: Vec<u8>) -> Outcome {
        logs::post(&self.client, &format!("{}/i/v1/logs", self.url), &self.token, request)
    }

    /// The answer of a route to `{"query": …}`.
    pub(super) fn post(&self, route: &str, query: &Value) -> Outcome<Value> {
        answer(self.client.post(self.route(route)).json(&json!({"query": query})))
    }

    /// The answer of a route to parameters.
    pub(super) fn get(&self, route: &str, params: &[(&str, &str)]) -> Outcome<Value> {
        let mut query = String::new();
        for (name, value) in params {
            let separator = if query.is_empty() { '?' } else { '&' };
            query.push(separator);
            query.push_str(name);
            query.push('=');
            query.extend(value.bytes().map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            }));
        }
        answer(self.client.get(format!("{}{query}", self.route(route))))
    }

    fn route(&self, route: &str) -> String {
        format!("{}/api/environments/1/logs/{route}/", self.url)
    }
}

fn answer(request: RequestBuilder) -> Outcome<Value> {
    let response = request.bearer_auth(KEY).send().map_err(|error| format!("no answer: {error}"))?;
    let status = response.status();
    let answer: Value = response.json().map_err(|error| format!("{status}: {error}"))?;
    if status.is_success() { Ok(answer) } else { Err(format!("{status}: {answer}")) }
}

/// The `dateRange` from the first instant to the one before the last, in microseconds since 1970 UTC.
pub(super) fn range(us: Range<i64>) -> Value {
    let text = |us| {
        let instant = DateTime::from_timestamp_micros(us).expect("a day of this century");
        instant.to_rfc3339_opts(SecondsFormat::Micros, true)
    };
    json!({"date_from": text(us.start), "date_to": text(us.end - 1)})
}

/// Rows of a sparkline, and records that they count.
pub(super) fn sum(rows: &Value) -> (usize, usize) {
    let counts: Vec<u64> = rows.as_array().into_iter().flatten().filter_map(|row| row["count"].as_u64()).collect();
    let sum = usize::try_from(counts.iter().sum::<u64>()).expect("as many records as were sent");
    (counts.len(), sum)
}
