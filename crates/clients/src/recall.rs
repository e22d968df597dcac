//! Recall.ai: takes the videos of desktop recordings, and gives the tokens that they are uploaded with.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use recordings::model::{Platform, RecordingId};
use recordings::uploads::{UploadError, UploadGrant, VideoUploads};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::tls;

/// How long Recall.ai may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Longest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// How Recall.ai is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct RecallSettings {
    /// Where its API is, such as `https://us-west-2.recall.ai`.
    pub base_url: String,
    /// The key that is sent.
    pub api_key: String,
}

impl fmt::Debug for RecallSettings {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecallSettings").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Why Recall.ai cannot be reached with some settings.
#[derive(Debug, thiserror::Error)]
pub enum RecallSettingsError {
    /// The address is none.
    #[error("the address of Recall.ai's API looks like https://us-west-2.recall.ai")]
    BadUrl,
    /// The key has characters that no key has.
    #[error("the key has characters that cannot be sent")]
    BadKey,
    /// There is no HTTP client.
    #[error("cannot make an HTTP client")]
    NoClient(#[source] reqwest::Error),
}

/// Asks Recall.ai for the right to upload.
pub struct RecallUploads {
    http: Client,
    url: Url,
    /// With the key.
    headers: HeaderMap,
}

impl fmt::Debug for RecallUploads {
    /// Without the headers, which hold the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecallUploads").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// What Recall.ai answers.
#[derive(Deserialize)]
struct Upload {
    id: String,
    upload_token: String,
}

impl RecallUploads {
    /// Of the API that `settings` name. Nothing is sent before it is asked.
    ///
    /// # Errors
    /// [`RecallSettingsError`], without the key.
    pub fn new(settings: &RecallSettings) -> Result<Self, RecallSettingsError> {
        let base = Url::parse(&settings.base_url).map_err(|_| RecallSettingsError::BadUrl)?;
        let is_plain = base.username().is_empty() && base.password().is_none() && base.query().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !is_plain {
            return Err(RecallSettingsError::BadUrl);
        }
        let mut url = base;
        url.set_path("/api/v1/sdk_upload/");
        let mut key =
            HeaderValue::from_str(&format!("Token {}", settings.api_key)).map_err(|_| RecallSettingsError::BadKey)?;
        key.set_sensitive(true);
        let headers =
            HeaderMap::from_iter([(AUTHORIZATION, key), (ACCEPT, HeaderValue::from_static("application/json"))]);
        // A redirection would carry the key to whoever it names.
        let http = Client::builder()
            .redirect(Policy::none())
            .tls_backend_preconfigured(tls::config())
            .timeout(TIMEOUT)
            .build()
            .map_err(RecallSettingsError::NoClient)?;
        Ok(Self { http, url, headers })
    }

    async fn ask(&self, body: &Value) -> Result<Upload, String> {
        let request = self.http.post(self.url.clone()).headers(self.headers.clone()).json(body);
        let response = request.send().await.map_err(|error| broken(&error))?;
        if !response.status().is_success() {
            return Err(refused(response.status()));
        }
        let body = read_body(response).await?;
        let upload: Upload = serde_json::from_slice(&body).map_err(|_| "it answered no upload".to_owned())?;
        let is_usable = |text: &str| !text.is_empty() && !text.contains('\0');
        if !is_usable(&upload.id) || upload.id.len() > 255 || !is_usable(&upload.upload_token) {
            return Err("it answered no upload".to_owned());
        }
        Ok(upload)
    }
}

#[async_trait]
impl VideoUploads for RecallUploads {
    async fn begin(&self, recording: RecordingId, platform: Platform) -> Result<UploadGrant, UploadError> {
        let body = json!({
            "metadata": {"hindsight_recording": recording.to_string(), "platform": platform.name()},
            "recording_config": {
                "transcript": {"provider": {"recallai_streaming": {}}},
                "realtime_endpoints": [{
                    "type": "desktop_sdk_callback",
                    "events": ["transcript.data", "transcript.partial_data"],
                }],
            },
        });
        let Upload { id, upload_token } = self.ask(&body).await.map_err(|reason| UploadError::Recall { reason })?;
        Ok(UploadGrant { sdk_upload_id: id, upload_token })
    }
}

/// What a status says; bodies of errors may repeat the request, and are not passed on.
fn refused(status: StatusCode) -> String {
    let hint = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; the key is not good in this region",
        StatusCode::TOO_MANY_REQUESTS => "; it is asked too often",
        status if status.is_redirection() => "; the address of its API is another one",
        _ => "",
    };
    format!("it answered status {}{hint}", status.as_u16())
}

/// What an error of the client says; its own text holds the address, and is not passed on.
fn broken(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        format!("it did not answer within {} s", TIMEOUT.as_secs())
    } else if error.is_connect() {
        "it cannot be reached".to_owned()
    } else {
        "the connection to it broke off".to_owned()
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + part.len() > MAX_ANSWER_BYTES {
            return Err(format!("its answer is longer than {MAX_ANSWER_BYTES} bytes"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str, api_key: &str) -> RecallSettings {
        RecallSettings { base_url: base_url.to_owned(), api_key: api_key.to_owned() }
    }

    #[test]
    fn the_key_is_never_shown() {
        let settings = settings("https://us-west-2.recall.ai/", "sk-secret");
        let uploads = RecallUploads::new(&settings).unwrap();
        assert_eq!(uploads.url.as_str(), "https://us-west-2.recall.ai/api/v1/sdk_upload/");
        let shown = format!("{settings:?} {uploads:?}");
        assert!(!shown.contains("sk-secret"), "{shown}");
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused() {
        for wrong in ["", "us-west-2", "ftp://recall.ai", "https://u:p@recall.ai", "https://recall.ai?x=1"] {
            assert!(matches!(RecallUploads::new(&settings(wrong, "k")), Err(RecallSettingsError::BadUrl)), "{wrong}");
        }
        let bad_key = RecallUploads::new(&settings("https://recall.ai", "a\nb"));
        assert!(matches!(bad_key, Err(RecallSettingsError::BadKey)));
    }
}
