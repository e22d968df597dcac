//! Language models over HTTP: OpenAI's chat completions, which many other servers answer too, and Anthropic's messages.

mod anthropic;
mod openai;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use language_model::model::{LanguageModel, Provider};
use reqwest::Url;

use self::anthropic::AnthropicModel;
use self::openai::OpenAiModel;
use self::transport::Transport;

/// How a model is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// The protocol that it speaks.
    pub provider: Provider,
    /// Where its endpoint is, such as `https://api.openai.com/v1`; the provider's own where absent.
    pub base_url: Option<String>,
    /// The key that is sent; endpoints on the own machine may need none.
    pub api_key: Option<String>,
    /// The model, as the provider names it.
    pub model: String,
    /// How long one answer may take, with everything that is tried for it.
    pub timeout: Duration,
    /// How often a request that failed by no fault of its own is sent again.
    pub retries: u32,
}

/// Why a model cannot be reached with some settings.
#[derive(Debug, thiserror::Error)]
pub enum ModelSettingsError {
    /// The address is none.
    #[error("`{url}` is no address of an endpoint; one looks like https://api.openai.com/v1")]
    BadUrl {
        /// What was given.
        url: String,
    },
    /// The key has characters that no key has.
    #[error("the key has characters that cannot be sent")]
    BadKey,
    /// There is no HTTP client.
    #[error("cannot make an HTTP client")]
    NoClient(#[source] reqwest::Error),
}

/// The model of `settings`. Nothing is sent before it is asked.
///
/// # Errors
/// [`ModelSettingsError`], without the key.
pub fn open(settings: &ModelSettings) -> Result<Arc<dyn LanguageModel>, ModelSettingsError> {
    let key = settings.api_key.as_deref();
    Ok(match settings.provider {
        Provider::OpenAi => {
            let url = endpoint(settings, "https://api.openai.com/v1", "chat/completions")?;
            Arc::new(OpenAiModel::new(Transport::new(url, openai::headers(key)?, settings)?, &settings.model))
        }
        Provider::Anthropic => {
            let url = endpoint(settings, "https://api.anthropic.com/v1", "messages")?;
            Arc::new(AnthropicModel::new(Transport::new(url, anthropic::headers(key)?, settings)?, &settings.model))
        }
    })
}

/// The endpoint's address: `path` under the configured address, or under `own`, the provider's. An address without a path is that of a server whose
/// endpoints are under `/v1`.
fn endpoint(settings: &ModelSettings, own: &str, path: &str) -> Result<Url, ModelSettingsError> {
    let base = settings.base_url.as_deref().unwrap_or(own);
    let bad = || ModelSettingsError::BadUrl { url: base.to_owned() };
    let mut url = Url::parse(base).map_err(|_| bad())?;
    let is_plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
        // An address with a password in it is not repeated.
        return Err(if url.password().is_some() {
            ModelSettingsError::BadUrl { url: "…".to_owned() }
        } else {
            bad()
        });
    }
    let folder = url.path().trim_end_matches('/').to_owned();
    let folder = if folder.is_empty() { "/v1".to_owned() } else { folder };
    url.set_path(&format!("{folder}/{path}"));
    Ok(url)
}

impl fmt::Debug for ModelSettings {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelSettings")
            .field("provider", &self.provider)
            .field("base_url", &self.base_url)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .field("model", &self.model)
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .finish()
    }
}

#[cfg(test)]
mod tests;
