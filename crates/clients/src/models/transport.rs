//! One request and its answer: with the key, within the time, tried again where that may help, and never more than fits.

use std::fmt;
use std::time::Duration;

use language_model::model::ModelError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::{ModelSettings, ModelSettingsError};
use crate::tls;

/// Longest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// How long the first repetition waits; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Longest wait between two tries, where the endpoint does not ask for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// An endpoint with all that a request to it needs.
pub(super) struct Transport {
    http: Client,
    url: Url,
    /// With the key.
    headers: HeaderMap,
    timeout: Duration,
    retries: u32,
}

impl Transport {
    /// Requests to `url` with `headers`, as patient as `settings` say.
    pub(super) fn new(url: Url, headers: HeaderMap, settings: &ModelSettings) -> Result<Self, ModelSettingsError> {
        // A redirection would carry the key to whoever it names.
        let http = Client::builder().redirect(Policy::none()).tls_backend_preconfigured(tls::config());
        let http = http.build().map_err(ModelSettingsError::NoClient)?;
        Ok(Self { http, url, headers, timeout: settings.timeout, retries: settings.retries })
    }

    /// Whether the endpoint is on `host`.
    pub(super) fn is_at(&self, host: &str) -> bool {
        self.url.host_str() == Some(host)
    }

    /// The answer to `body`, of the form `T`.
    pub(super) async fn post<T: DeserializeOwned>(&self, body: &Value) -> Result<T, ModelError> {
        let deadline = Instant::now() + self.timeout;
        let mut pause = FIRST_PAUSE;
        for _ in 0..self.retries {
            let failure = match self.try_once(body, deadline).await {
                Err(failure) if failure.may_pass => failure,
                done => return read(done),
            };
            let wait = failure.retry_after().unwrap_or(pause);
            if Instant::now() + wait >= deadline {
                return Err(failure.error);
            }
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        read(self.try_once(body, deadline).await)
    }

    async fn try_once(&self, body: &Value, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let sent = async {
            let request = self.http.post(self.url.clone()).headers(self.headers.clone()).json(body);
            let response = request.send().await.map_err(Failure::unreachable)?;
            if response.status().is_success() { read_body(response).await } else { Err(Failure::of_status(&response)) }
        };
        timeout_at(deadline, sent).await.unwrap_or(Err(Failure { error: ModelError::Timeout, may_pass: false }))
    }
}

impl fmt::Debug for Transport {
    /// Without the headers, which hold the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("url", &self.url.as_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A try that failed.
#[derive(Debug)]
struct Failure {
    error: ModelError,
    /// Whether the same request may be answered later.
    may_pass: bool,
}

impl Failure {
    /// What an error of the client says; its text may hold the address, and is not passed on.
    fn unreachable(error: reqwest::Error) -> Self {
        let reason = if error.is_connect() { "cannot connect to it" } else { "the connection broke off" };
        Self { error: ModelError::Server { reason: reason.to_owned() }, may_pass: true }
    }

    /// What a status says; bodies of errors may repeat the request, and are not passed on.
    fn of_status(response: &Response) -> Self {
        let status = response.status();
        let error = match status {
            StatusCode::TOO_MANY_REQUESTS => ModelError::RateLimited { retry_after: retry_after(response.headers()) },
            status if status.is_server_error() => ModelError::Server { reason: format!("status {}", status.as_u16()) },
            status => ModelError::Refused { reason: format!("status {}", status.as_u16()) },
        };
        let may_pass =
            status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
        Self { error, may_pass }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self.error {
            ModelError::RateLimited { retry_after } => retry_after,
            _ => None,
        }
    }
}

fn read<T: DeserializeOwned>(answer: Result<Vec<u8>, Failure>) -> Result<T, ModelError> {
    let body = answer.map_err(|failure| failure.error)?;
    // The message of an error of JSON names fields and positions, not contents of other fields.
    serde_json::from_slice(&body).map_err(|error| ModelError::Malformed { reason: error.to_string() })
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(Failure::unreachable)? {
        if body.len() + part.len() > MAX_ANSWER_BYTES {
            let reason = format!("it is longer than {MAX_ANSWER_BYTES} bytes");
            return Err(Failure { error: ModelError::Malformed { reason }, may_pass: false });
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Seconds that the endpoint asks to wait. The other form of the header, a date, would need a clock that agrees with the endpoint's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
