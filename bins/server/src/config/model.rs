//! Settings of the language model.

use std::fmt;
use std::time::Duration;

use clap::{Args, ValueEnum};
use clients::models::ModelSettings;
use language_model::model::Provider;
use serde::Deserialize;

use super::ConfigError;

/// How long an answer may take where nothing is set.
const DEFAULT_TIMEOUT_S: u32 = 30;
/// How often a request is sent again where nothing is set.
const DEFAULT_RETRIES: u32 = 2;
/// Most repetitions.
const MAX_RETRIES: u32 = 10;

/// The language model that writes texts; without one, they are written by rules.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct ModelArguments {
    /// Protocol of the language model that writes texts [default: none; texts are written by rules]
    #[arg(long, env = "HINDSIGHT_MODEL_PROVIDER", value_name = "PROVIDER")]
    pub model_provider: Option<ProviderName>,
    /// Address of the model's endpoint, such as `https://api.openai.com/v1` [default: the provider's own]
    #[arg(long, env = "HINDSIGHT_MODEL_BASE_URL", value_name = "URL")]
    pub model_base_url: Option<String>,
    /// Key for the model's endpoint. Visible to others on the machine: prefer the variable
    #[arg(long, env = "HINDSIGHT_MODEL_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub model_api_key: Option<Secret>,
    /// Name of the model
    #[arg(long = "model", env = "HINDSIGHT_MODEL", value_name = "NAME")]
    pub model: Option<String>,
    /// Seconds that one text of the model may take [default: 30]
    #[arg(long, env = "HINDSIGHT_MODEL_TIMEOUT", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub model_timeout: Option<u32>,
    /// How often a failed request to the model is sent again [default: 2]
    #[arg(long, env = "HINDSIGHT_MODEL_RETRIES", value_name = "N")]
    pub model_retries: Option<u32>,
}

/// A protocol of language models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// Chat completions, as OpenAI and many other servers answer them.
    #[value(name = "openai")]
    OpenAi,
    /// Messages, as Anthropic answers them.
    Anthropic,
}

/// A setting that is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for those who use it.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<ProviderName> for Provider {
    fn from(name: ProviderName) -> Self {
        match name {
            ProviderName::OpenAi => Self::OpenAi,
            ProviderName::Anthropic => Self::Anthropic,
        }
    }
}

impl ModelArguments {
    /// Fills in what `file` sets, then the defaults. `None` where no model is asked for.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where a part is missing or cannot be used.
    pub(super) fn resolve(self, file: Self) -> Result<Option<ModelSettings>, ConfigError> {
        let provider = self.model_provider.or(file.model_provider);
        let base_url = self.model_base_url.or(file.model_base_url);
        let api_key = self.model_api_key.or(file.model_api_key);
        let model = self.model.or(file.model);
        let Some(provider) = provider else {
            return match (base_url, api_key, model) {
                (None, None, None) => Ok(None),
                _ => Err(invalid("model_provider", "openai or anthropic is needed where a model is set")),
            };
        };
        // The name is told in a header of answers.
        let is_name =
            |name: &String| !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_graphic());
        let model = model.filter(is_name).ok_or_else(|| {
            invalid("model", "the name of a model is needed: at most 200 printable characters of ASCII, without spaces")
        })?;
        let timeout_s = self.model_timeout.or(file.model_timeout).unwrap_or(DEFAULT_TIMEOUT_S);
        if !(1..=600).contains(&timeout_s) {
            return Err(invalid("model_timeout", "1 to 600 seconds are possible"));
        }
        let retries = self.model_retries.or(file.model_retries).unwrap_or(DEFAULT_RETRIES);
        if retries > MAX_RETRIES {
            return Err(invalid("model_retries", "at most 10 are possible"));
        }
        let timeout = Duration::from_secs(u64::from(timeout_s));
        let api_key = api_key.map(|Secret(key)| key);
        Ok(Some(ModelSettings { provider: provider.into(), base_url, api_key, model, timeout, retries }))
    }
}

fn invalid(setting: &'static str, message: &str) -> ConfigError {
    ConfigError::Invalid { setting, message: message.to_owned() }
}
