//! Questions in words, answered: turned into a query by a model or by rules, run, and told with its numbers.

mod table;

use std::sync::Arc;

use actix_web::rt::time::sleep;
use actix_web::web;
use insights_core::project::Project;
use insights_core::query_cache::policy::RefreshMode;
use language_model::model::Writer;
use language_model::question::vocabulary::Vocabulary;
use language_model::question::{self, Calendar, InsightKind, NotUnderstood, PlannedQuery, asked};
use query_engine::answer::Query;
use query_engine::results::Results;
use serde_json::Value;

use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::{ApiError, Chain};
use crate::queries::{QueryFailure, QueryOutcome, QueryRequest, QueryRights};
use crate::vocabulary;

/// What became of a question.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The query; `None` where none was made.
    pub(crate) planned: Option<PlannedQuery>,
    /// Its numbers in words; or why there are none.
    pub(crate) content: Result<String, String>,
    /// Who made the query.
    pub(crate) writer: Writer,
}

/// Answers `question` as an insight of `kind` over the events of `project`.
pub(crate) async fn answer(
    state: &web::Data<AppState>,
    (project, rights): (&Project, QueryRights),
    question: &str,
    kind: InsightKind,
) -> Result<Answered, ApiError> {
    let today = state.clock.now().with_timezone(&project.timezone).date_naive();
    let calendar = Calendar { today, week_start: project.week_start.weekday() };
    let (vocabulary, by_rules) = plan(state, project, question, kind, &calendar).await?;
    if let Some((planned, writer)) =
        ask_model(state, question, kind, &vocabulary, &calendar, by_rules.as_ref().ok()).await
    {
        match run(state, (project, rights), &planned).await {
            Ok(content) => return Ok(Answered { planned: Some(planned), content: Ok(content), writer }),
            Err(failure) if failure.is_in_the_query() => {
                tracing::warn!(writer = writer.name(), error = %failure, "a model's query could not be run");
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    let planned = match by_rules {
        Ok(planned) => planned,
        Err(refused) => {
            return Ok(Answered { planned: None, content: Err(refusal(&refused)), writer: Writer::Builtin });
        }
    };
    let content = match run(state, (project, rights), &planned).await {
        Ok(content) => Ok(content),
        Err(failure) if failure.is_in_the_query() => {
            let why = failure.public_message().unwrap_or_default();
            Err(format!("The query could not be run: {why}"))
        }
        Err(failure) => return Err(failure.into()),
    };
    Ok(Answered { planned: Some(planned), content, writer: Writer::Builtin })
}

/// The project's names, and what the rules make of the question. What is not understood is tried again with names looked up anew.
async fn plan(
    state: &web::Data<AppState>,
    project: &Project,
    question: &str,
    kind: InsightKind,
    calendar: &Calendar,
) -> Result<(Arc<Vocabulary>, Result<PlannedQuery, NotUnderstood>), ApiError> {
    let (state, id, question, calendar) = (state.clone(), project.id, question.to_owned(), *calendar);
    blocking(move || {
        if let Some(known) = state.vocabularies.get(id, state.clock.now())
            && let Ok(planned) = question::plan(&question, kind, &known, &calendar)
        {
            return Ok::<_, ApiError>((known, Ok(planned)));
        }
        let vocabulary = vocabulary::load(&state, id)?;
        let planned = question::plan(&question, kind, &vocabulary, &calendar);
        Ok((vocabulary, planned))
    })
    .await
}

/// What the model makes of the question; `None` where there is no model, or where it makes nothing that can be taken in time.
async fn ask_model(
    state: &AppState,
    question: &str,
    kind: InsightKind,
    vocabulary: &Vocabulary,
    calendar: &Calendar,
    draft: Option<&PlannedQuery>,
) -> Option<(PlannedQuery, Writer)> {
    let prompt = asked::prompt(question, kind, vocabulary, calendar, draft);
    let check = |text: &str| asked::read_answer(text, kind, vocabulary);
    match state.assistant.ask(&prompt, check, sleep(state.writing_time)).await? {
        Ok(asked) => Some(asked),
        Err(failure) => {
            tracing::warn!(error = %Chain(&failure), "rules took over from the language model to turn a question into a query");
            None
        }
    }
}

/// The numbers that answer the query, with what it shows.
async fn run(
    state: &AppState,
    (project, rights): (&Project, QueryRights),
    planned: &PlannedQuery,
) -> Result<String, QueryFailure> {
    let request = QueryRequest::new(project, rights, &planned.query, RefreshMode::Blocking);
    let QueryOutcome::Answered(answered) = state.queries.run(&request).await? else {
        return Ok(planned.explanation.clone());
    };
    let read = |raw: &serde_json::value::RawValue| serde_json::from_str::<Value>(raw.get()).unwrap_or_default();
    let results = read(&answered.answer.results);
    let columns = answered.answer.columns.as_deref().map(read);
    let query = Query::parse(&planned.query).map_err(QueryFailure::malformed)?;
    let table = match Results::read(&query, &results, columns.as_ref()) {
        Ok(results) => table::text_of(&results),
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be read back");
            results.to_string()
        }
    };
    Ok(format!("{}\n\n{table}", planned.explanation))
}

fn refusal(refused: &NotUnderstood) -> String {
    let mut text = format!("No query was made: {}.", refused.what);
    if !refused.suggestions.is_empty() {
        text.push_str(" These would work:");
        for suggestion in &refused.suggestions {
            text.push_str(&format!("\n- {suggestion}"));
        }
    }
    text
}
