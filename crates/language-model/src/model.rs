//! Language models, as this server asks them.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// A language model behind some endpoint.
#[async_trait]
pub trait LanguageModel: Send + Sync + fmt::Debug {
    /// What it is, for answers that say who wrote them.
    fn name(&self) -> ModelName;

    /// Lets it answer `request`. A caller that no longer waits drops the future, which ends the request.
    ///
    /// # Errors
    /// [`ModelError`]; what may go better at once has been tried again already.
    async fn complete(&self, request: &CompletionRequest) -> Result<Completion, ModelError>;
}

/// The protocols that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Chat completions, as OpenAI and many other servers answer them.
    OpenAi,
    /// Messages, as Anthropic answers them.
    Anthropic,
}

impl Provider {
    /// Name in settings and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }
}

/// Which model, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// The protocol.
    pub provider: Provider,
    /// The model, as the provider names it.
    pub model: String,
}

/// Who made a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// This program, out of statistics and rules.
    Builtin,
    /// A language model.
    Model(ModelName),
}

impl Writer {
    /// `builtin`, or provider and model with a slash between.
    pub fn name(&self) -> String {
        match self {
            Self::Builtin => "builtin".to_owned(),
            Self::Model(ModelName { provider, model }) => format!("{}/{model}", provider.name()),
        }
    }
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionRequest {
    /// What it is to do, in our words alone.
    pub system: String,
    /// What it is to do it with: data and people's words.
    pub user: String,
    /// Longest answer, in the model's tokens.
    pub max_tokens: u32,
    /// Whether the answer is to be a JSON object.
    pub is_json: bool,
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text, as it came.
    pub text: String,
    /// The model that answered, as the endpoint tells it.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
}

/// What an answer cost, in the model's tokens; 0 where the endpoint does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What was read.
    pub input_tokens: u64,
    /// What was written.
    pub output_tokens: u64,
}

/// Why a model gave no answer. Holds nothing of the request, and so no key and no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It took too long.
    #[error("the model did not answer in time")]
    Timeout,
    /// It is asked too often.
    #[error("the model is asked too often")]
    RateLimited {
        /// How long the endpoint asks to wait.
        retry_after: Option<Duration>,
    },
    /// The endpoint does not take the request (a wrong key, an unknown model), or the model does not want to answer.
    #[error("the model's endpoint refuses: {reason}")]
    Refused {
        /// The status, or the model's reason to stop.
        reason: String,
    },
    /// The endpoint fails or cannot be reached.
    #[error("the model's endpoint fails: {reason}")]
    Server {
        /// The status, or what went wrong on the way.
        reason: String,
    },
    /// The answer is not of the form that the protocol has.
    #[error("the model's endpoint answered something else than an answer: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_have_names() {
        assert_eq!(Writer::Builtin.name(), "builtin");
        let model = ModelName { provider: Provider::Anthropic, model: "claude".to_owned() };
        assert_eq!(Writer::Model(model).name(), "anthropic/claude");
    }
}
