//! A running Hindsight server, as its own command line uses it.

use std::time::Duration;

use insights_core::event::Event;
use insights_core::ids::ProjectId;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::tls;

/// Longest wait for an answer: a batch is answered when it is on disk.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Most of an error's body that is shown.
const SHOWN_CHARS: usize = 300;

/// Why a server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is none of a server.
    #[error("`{url}` is no address of a server; one looks like http://127.0.0.1:8000")]
    BadUrl {
        /// What was given.
        url: String,
    },
    /// The server cannot be reached, or its answer broke off.
    #[error("cannot reach the server")]
    Unreachable(#[source] reqwest::Error),
    /// The server refused.
    #[error("the server answered {status}: {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Why, in the server's words.
        detail: String,
    },
    /// The answer has another form than this version knows.
    #[error("the server's answer is not understood")]
    Unexpected(#[source] serde_json::Error),
    /// An event's properties are no JSON, so that it cannot be sent.
    #[error("event {uuid} has properties that are no JSON")]
    BadEvent {
        /// The event.
        uuid: Uuid,
        /// What is wrong with them.
        #[source]
        source: serde_json::Error,
    },
}

/// A project of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RemoteProject {
    /// Number.
    pub id: i64,
    /// Identity that stays the same wherever the project is moved.
    pub uuid: Uuid,
    /// Name for people.
    pub name: String,
    /// Public token that events are sent with.
    pub api_token: String,
}

/// What the server did with a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SentBatch {
    /// Events that are new.
    pub accepted: u64,
    /// Events that the project had already.
    pub duplicates: u64,
    /// Events that the server refused.
    pub rejected: Vec<RejectedEvent>,
}

/// An event that the server refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RejectedEvent {
    /// Its position in the batch, from 0.
    pub index: usize,
    /// Why.
    pub reason: String,
}

/// A running server, asked with one personal API key.
#[derive(Clone, Debug)]
pub struct HindsightClient {
    http: reqwest::Client,
    base: Url,
    key: String,
}

#[derive(Serialize)]
struct BatchBody<'a> {
    api_key: &'a str,
    /// The timestamps are right as they are.
    historical_migration: bool,
    batch: Vec<EventBody<'a>>,
}

#[derive(Serialize)]
struct EventBody<'a> {
    uuid: Uuid,
    event: &'a str,
    distinct_id: &'a str,
    timestamp: chrono::DateTime<chrono::Utc>,
    properties: &'a RawValue,
}

/// The bodies of errors that are JSON.
#[derive(Deserialize)]
struct ErrorBody {
    detail: String,
}

impl HindsightClient {
    /// A client of the server at `url`, such as `http://127.0.0.1:8000`, that asks with the personal API key `key`.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn new(url: &str, key: impl Into<String>) -> Result<Self, ClientError> {
        let mut base = Url::parse(url).map_err(|_| ClientError::BadUrl { url: url.to_owned() })?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(ClientError::BadUrl { url: url.to_owned() });
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let http = reqwest::Client::builder().timeout(TIMEOUT).tls_backend_preconfigured(tls::config());
        let http = http.build().map_err(ClientError::Unreachable)?;
        Ok(Self { http, base, key: key.into() })
    }

    /// The project of that number.
    ///
    /// # Errors
    /// [`ClientError::Refused`] where the key is wrong or the project is not among those that it may touch.
    pub async fn project(&self, id: ProjectId) -> Result<RemoteProject, ClientError> {
        let url = self.url(&format!("api/projects/{id}/"));
        let answer = answer(self.http.get(url).bearer_auth(&self.key)).await?;
        serde_json::from_str(&answer).map_err(ClientError::Unexpected)
    }

    /// Stores `events` in the project with the token `api_token`. When it returns, they are on the server's disk; sending them again changes
    /// nothing.
    ///
    /// # Errors
    /// Where nothing of them is known to be stored.
    pub async fn send_batch(&self, api_token: &str, events: &[Event]) -> Result<SentBatch, ClientError> {
        let batch: Result<Vec<EventBody<'_>>, ClientError> = events.iter().map(EventBody::of).collect();
        let body = BatchBody { api_key: api_token, historical_migration: true, batch: batch? };
        let answer = answer(self.http.post(self.url("batch/?verbose=1")).json(&body)).await?;
        serde_json::from_str(&answer).map_err(ClientError::Unexpected)
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a relative path joins to any http address")
    }
}

impl<'a> EventBody<'a> {
    fn of(event: &'a Event) -> Result<Self, ClientError> {
        let properties = serde_json::from_str(&event.properties)
            .map_err(|source| ClientError::BadEvent { uuid: event.uuid, source })?;
        Ok(Self {
            uuid: event.uuid,
            event: &event.event,
            distinct_id: &event.distinct_id,
            timestamp: event.timestamp,
            properties,
        })
    }
}

/// The body of the answer to `request`, which must be a success.
async fn answer(request: RequestBuilder) -> Result<String, ClientError> {
    let response = request.send().await.map_err(ClientError::Unreachable)?;
    let status = response.status();
    let body = response.text().await.map_err(ClientError::Unreachable)?;
    if status.is_success() { Ok(body) } else { Err(refused(status, &body)) }
}

fn refused(status: StatusCode, body: &str) -> ClientError {
    let detail = match serde_json::from_str(body) {
        Ok(ErrorBody { detail }) => detail,
        Err(_) => body.chars().take(SHOWN_CHARS).collect(),
    };
    ClientError::Refused { status: status.as_u16(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_url(url: &str, expected: Result<&str, &str>) {
        let client = HindsightClient::new(url, "phx_key");
        let found = client.map(|client| client.url("batch/?verbose=1").to_string()).map_err(|error| error.to_string());
        match expected {
            Ok(expected) => assert_eq!(found.as_deref(), Ok(expected)),
            Err(beginning) => assert!(found.as_ref().is_err_and(|error| error.starts_with(beginning)), "{found:?}"),
        }
    }

    #[test]
    fn addresses_are_those_of_servers() {
        check_url("http://127.0.0.1:8000", Ok("http://127.0.0.1:8000/batch/?verbose=1"));
        check_url("http://host/under/a/path", Ok("http://host/under/a/path/batch/?verbose=1"));
        check_url("https://host", Ok("https://host/batch/?verbose=1"));
        check_url("ftp://host", Err("`ftp://host` is no address"));
        check_url("127.0.0.1:8000", Err("`127.0.0.1:8000` is no address"));
    }

    #[test]
    fn refusals_are_told_in_the_servers_words() {
        let json = refused(
            StatusCode::NOT_FOUND,
            r#"{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}"#,
        );
        assert_eq!(json.to_string(), "the server answered 404: Not found.");
        let text = refused(StatusCode::UNAUTHORIZED, "API key is not valid: unknown");
        assert_eq!(text.to_string(), "the server answered 401: API key is not valid: unknown");
    }
}
