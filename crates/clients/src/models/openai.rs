//! Chat completions, as OpenAI and many other servers answer them.

use async_trait::async_trait;
use language_model::model::{Completion, CompletionRequest, LanguageModel, ModelError, ModelName, Provider, Usage};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ModelSettingsError;
use super::transport::Transport;

/// A model behind chat completions.
#[derive(Debug)]
pub(super) struct OpenAiModel {
    transport: Transport,
    model: String,
}

/// The headers that carry `key`.
pub(super) fn headers(key: Option<&str>) -> Result<HeaderMap, ModelSettingsError> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ModelSettingsError::BadKey)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Spent>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Spent {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

impl OpenAiModel {
    /// The model of that name behind `transport`.
    pub(super) fn new(transport: Transport, model: &str) -> Self {
        Self { transport, model: model.to_owned() }
    }

    fn body(&self, request: &CompletionRequest) -> Value {
        // OpenAI's newer models refuse the older name; other servers know that one alone.
        let limit = if self.transport.is_at("api.openai.com") { "max_completion_tokens" } else { "max_tokens" };
        let mut body = json!({
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            limit: request.max_tokens,
        });
        if request.is_json {
            body["response_format"] = json!({"type": "json_object"});
        }
        body
    }
}

#[async_trait]
impl LanguageModel for OpenAiModel {
    fn name(&self) -> ModelName {
        ModelName { provider: Provider::OpenAi, model: self.model.clone() }
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion, ModelError> {
        let answer: Answer = self.transport.post(&self.body(request)).await?;
        let choice = answer.choices.into_iter().next();
        let choice = choice.ok_or_else(|| ModelError::Malformed { reason: "there is no choice in it".to_owned() })?;
        if choice.message.refusal.is_some() || choice.finish_reason.as_deref() == Some("content_filter") {
            return Err(ModelError::Refused { reason: "the model does not want to answer".to_owned() });
        }
        let text = choice.message.content.filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| ModelError::Malformed { reason: "there is no text in it".to_owned() })?;
        let usage = answer.usage.map_or(Usage::default(), |spent| Usage {
            input_tokens: spent.prompt_tokens,
            output_tokens: spent.completion_tokens,
        });
        Ok(Completion { text, model: answer.model.unwrap_or_else(|| self.model.clone()), usage })
    }
}
