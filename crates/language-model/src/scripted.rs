//! A model that says what it was told to, for tests.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::model::{Completion, CompletionRequest, LanguageModel, ModelError, ModelName, Provider, Usage};

/// Gives prepared answers one after the other, and remembers what it was asked. It is called `openai/scripted`.
#[derive(Debug, Default)]
pub struct ScriptedModel {
    answers: Mutex<VecDeque<Result<String, ModelError>>>,
    asked: Mutex<Vec<CompletionRequest>>,
}

impl ScriptedModel {
    /// A model with the answers of `script`; afterwards it fails as a server does.
    pub fn new(script: impl IntoIterator<Item = Result<String, ModelError>>) -> Self {
        Self { answers: Mutex::new(script.into_iter().collect()), asked: Mutex::default() }
    }

    /// A model that says `texts`.
    pub fn answering<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(texts.into_iter().map(|text| Ok(text.to_owned())))
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<CompletionRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl LanguageModel for ScriptedModel {
    fn name(&self) -> ModelName {
        ModelName { provider: Provider::OpenAi, model: "scripted".to_owned() }
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion, ModelError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let text = answer.unwrap_or_else(|| Err(ModelError::Server { reason: "the script is over".to_owned() }))?;
        Ok(Completion { text, model: "scripted".to_owned(), usage: Usage::default() })
    }
}
