//! Texts that a language model or the built-in writer makes, and how answers tell which of them it was.

use actix_web::HttpResponseBuilder;
use actix_web::rt::time::sleep;
use language_model::assistant::{Objection, Written};
use language_model::model::Writer;
use language_model::prompt::Prompt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::error::Chain;

/// The header that names the writer: `builtin`, or provider and model with a slash between.
const WRITER_HEADER: &str = "X-Hindsight-Writer";

/// Who made a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum WriterBody {
    /// This server, out of statistics and rules.
    Builtin,
    /// A language model.
    Model {
        /// `openai` or `anthropic`: the protocol that it speaks.
        provider: String,
        /// The model, as the provider names it.
        model: String,
    },
}

impl From<&Writer> for WriterBody {
    fn from(writer: &Writer) -> Self {
        match writer {
            Writer::Builtin => Self::Builtin,
            Writer::Model(name) => Self::Model { provider: name.provider.name().to_owned(), model: name.model.clone() },
        }
    }
}

/// What the model of the configuration answers to `prompt` as `check` reads it, or what `builtin` writes: where there is no model, where its answer
/// cannot be taken, and where it takes longer than the configuration lets it. A model that failed is logged.
pub(crate) async fn write<T>(
    state: &AppState,
    prompt: &Prompt,
    check: impl Fn(&str) -> Result<T, Objection>,
    builtin: impl FnOnce() -> T,
) -> Written<T> {
    let written = state.assistant.write(prompt, check, builtin, sleep(state.writing_time)).await;
    if let Some(failure) = &written.failure {
        tracing::warn!(error = %Chain(failure), "the built-in writer took over from the language model");
    }
    written
}

/// Puts the header that names `writer` on `response`.
pub(crate) fn signed<'a>(response: &'a mut HttpResponseBuilder, writer: &Writer) -> &'a mut HttpResponseBuilder {
    response.insert_header((WRITER_HEADER, writer.name()))
}
