//! Asks a model, checks what it says, asks once more, and else falls back on the built-in writer, all before the time is over.

use std::sync::Arc;

use futures::future::{Either, select};
use futures::pin_mut;

use crate::model::{LanguageModel, ModelError, Writer};
use crate::prompt::Prompt;

/// Tells what is wrong with an answer that cannot be taken; the model is told so.
pub type Objection = String;

/// Who writes: a model where one is configured, the built-in writer else.
#[derive(Clone, Debug, Default)]
pub struct Assistant {
    model: Option<Arc<dyn LanguageModel>>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// It.
    pub value: T,
    /// Who made it.
    pub writer: Writer,
    /// Why a model that was asked did not; for the log.
    pub failure: Option<Failure>,
}

/// Why a model's answer was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There was none.
    #[error("the model gave no answer")]
    Model(#[source] ModelError),
    /// Both answers were wrong in content.
    #[error("the model's answers cannot be taken: {0}")]
    Refused(Objection),
    /// The time was over.
    #[error("the time for an answer was over")]
    TimeOver,
}

impl Assistant {
    /// An assistant with `model`; `None` where none is configured.
    pub fn new(model: Option<Arc<dyn LanguageModel>>) -> Self {
        Self { model }
    }

    /// Whether there is a model that can be asked.
    pub fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// What the model answers to `prompt` as `check` reads it, or what `builtin` writes: where there is no model, where it fails, where two
    /// answers do not pass `check`, and where `time_over` ends first.
    pub async fn write<T>(
        &self,
        prompt: &Prompt,
        check: impl Fn(&str) -> Result<T, Objection>,
        builtin: impl FnOnce() -> T,
        time_over: impl Future<Output = ()>,
    ) -> Written<T> {
        let failure = match self.ask(prompt, check, time_over).await {
            None => None,
            Some(Ok((value, writer))) => return Written { value, writer, failure: None },
            Some(Err(failure)) => Some(failure),
        };
        Written { value: builtin(), writer: Writer::Builtin, failure }
    }

    /// What the model answers to `prompt` as `check` reads it; `None` where there is no model.
    ///
    /// # Errors
    /// [`Failure`], where the model's part cannot be used.
    pub async fn ask<T>(
        &self,
        prompt: &Prompt,
        check: impl Fn(&str) -> Result<T, Objection>,
        time_over: impl Future<Output = ()>,
    ) -> Option<Result<(T, Writer), Failure>> {
        let model = self.model.as_ref()?;
        let asked = async {
            let value = ask_twice(&**model, prompt, check).await?;
            Ok((value, Writer::Model(model.name())))
        };
        pin_mut!(asked, time_over);
        Some(match select(asked, time_over).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(Failure::TimeOver),
        })
    }
}

async fn ask_twice<T>(
    model: &dyn LanguageModel,
    prompt: &Prompt,
    check: impl Fn(&str) -> Result<T, Objection>,
) -> Result<T, Failure> {
    let objection = match model.complete(&prompt.request()).await {
        Ok(completion) => match check(&completion.text) {
            Ok(value) => return Ok(value),
            Err(objection) => objection,
        },
        Err(ModelError::Malformed { reason }) => reason,
        Err(error) => return Err(Failure::Model(error)),
    };
    let completion = model.complete(&prompt.again(&objection)).await.map_err(Failure::Model)?;
    check(&completion.text).map_err(Failure::Refused)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use async_trait::async_trait;
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;
    use crate::model::{Completion, CompletionRequest, ModelName};
    use crate::scripted::ScriptedModel;

    fn prompt() -> Prompt {
        Prompt { task: "Count.", data: json!({"n": 1}), max_tokens: 10, is_json: false }
    }

    fn number(text: &str) -> Result<i64, Objection> {
        text.parse().map_err(|_| format!("{text:?} is no number"))
    }

    #[track_caller]
    fn check(
        script: impl IntoIterator<Item = Result<&'static str, ModelError>>,
        expected: (i64, &str),
        failure: Option<&str>,
        n_asked: usize,
    ) {
        let script = script.into_iter().map(|answer| answer.map(str::to_owned));
        let model = Arc::new(ScriptedModel::new(script));
        let assistant = Assistant::new(Some(Arc::<ScriptedModel>::clone(&model)));
        let written = block_on(assistant.write(&prompt(), number, || -1, pending()));
        assert_eq!((written.value, written.writer.name().as_str()), expected);
        assert_eq!(written.failure.map(|failure| failure.to_string()).as_deref(), failure);
        assert_eq!(model.asked().len(), n_asked);
    }

    #[test]
    fn an_answer_that_passes_is_taken() {
        check([Ok("7")], (7, "openai/scripted"), None, 1);
    }

    #[test]
    fn a_wrong_answer_is_asked_for_again_with_the_objection() {
        check([Ok("seven"), Ok("7")], (7, "openai/scripted"), None, 2);
        let malformed = ModelError::Malformed { reason: "no JSON".to_owned() };
        check([Err(malformed), Ok("7")], (7, "openai/scripted"), None, 2);
        let model = Arc::new(ScriptedModel::answering(["seven", "7"]));
        let assistant = Assistant::new(Some(Arc::<ScriptedModel>::clone(&model)));
        block_on(assistant.write(&prompt(), number, || -1, pending()));
        assert!(model.asked()[1].user.contains(r#"\"seven\" is no number"#), "{:?}", model.asked());
    }

    #[test]
    fn what_a_model_cannot_do_the_built_in_writer_does() {
        let refused = "the model's answers cannot be taken: \"8!\" is no number";
        check([Ok("seven"), Ok("8!")], (-1, "builtin"), Some(refused), 2);
        let none = Some("the model gave no answer");
        for error in [
            ModelError::Timeout,
            ModelError::RateLimited { retry_after: None },
            ModelError::Refused { reason: "401".to_owned() },
            ModelError::Server { reason: "500".to_owned() },
        ] {
            check([Err(error)], (-1, "builtin"), none, 1);
        }
        check([Ok("seven"), Err(ModelError::Timeout)], (-1, "builtin"), none, 2);
        let written = block_on(Assistant::default().write(&prompt(), number, || -1, pending()));
        assert_eq!((written.value, written.writer, written.failure), (-1, Writer::Builtin, None));
    }

    /// Never answers.
    #[derive(Debug)]
    struct SilentModel;

    #[async_trait]
    impl LanguageModel for SilentModel {
        fn name(&self) -> ModelName {
            ScriptedModel::default().name()
        }

        async fn complete(&self, _request: &CompletionRequest) -> Result<Completion, ModelError> {
            pending().await
        }
    }

    #[test]
    fn nobody_waits_when_the_time_is_over() {
        let written = block_on(Assistant::new(Some(Arc::new(SilentModel))).write(&prompt(), number, || -1, ready(())));
        assert_eq!((written.value, written.writer, written.failure), (-1, Writer::Builtin, Some(Failure::TimeOver)));
    }
}
