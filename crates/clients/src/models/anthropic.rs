//! Messages, as Anthropic answers them.

use async_trait::async_trait;
use language_model::model::{Completion, CompletionRequest, LanguageModel, ModelError, ModelName, Provider, Usage};
use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ModelSettingsError;
use super::transport::Transport;

/// The version of the protocol.
const VERSION: &str = "2023-06-01";

/// A model behind messages.
#[derive(Debug)]
pub(super) struct AnthropicModel {
    transport: Transport,
    model: String,
}

/// The headers that carry `key`.
pub(super) fn headers(key: Option<&str>) -> Result<HeaderMap, ModelSettingsError> {
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
    if let Some(key) = key {
        let mut value = HeaderValue::from_str(key).map_err(|_| ModelSettingsError::BadKey)?;
        value.set_sensitive(true);
        headers.insert("x-api-key", value);
    }
    Ok(headers)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    model: Option<String>,
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Option<Spent>,
}

#[derive(Deserialize)]
struct Block {
    r#type: String,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Spent {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
}

impl AnthropicModel {
    /// The model of that name behind `transport`.
    pub(super) fn new(transport: Transport, model: &str) -> Self {
        Self { transport, model: model.to_owned() }
    }

    fn body(&self, request: &CompletionRequest) -> Value {
        // The protocol has no form of answer to ask for: the task itself asks for JSON.
        let system = match request.is_json {
            true => format!("{}\n\nAnswer with one JSON object and nothing else.", request.system),
            false => request.system.clone(),
        };
        json!({
            "model": self.model,
            "max_tokens": request.max_tokens,
            "system": system,
            "messages": [{"role": "user", "content": request.user}],
        })
    }
}

#[async_trait]
impl LanguageModel for AnthropicModel {
    fn name(&self) -> ModelName {
        ModelName { provider: Provider::Anthropic, model: self.model.clone() }
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion, ModelError> {
        let answer: Answer = self.transport.post(&self.body(request)).await?;
        if answer.stop_reason.as_deref() == Some("refusal") {
            return Err(ModelError::Refused { reason: "the model does not want to answer".to_owned() });
        }
        let text: String =
            answer.content.into_iter().filter(|block| block.r#type == "text").map(|block| block.text).collect();
        if text.is_empty() {
            return Err(ModelError::Malformed { reason: "there is no text in it".to_owned() });
        }
        let usage = answer.usage.map_or(Usage::default(), |spent| Usage {
            input_tokens: spent.input_tokens,
            output_tokens: spent.output_tokens,
        });
        Ok(Completion { text, model: answer.model.unwrap_or_else(|| self.model.clone()), usage })
    }
}
