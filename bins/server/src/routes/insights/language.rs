//! Insights in words: what they show, what they are called, and what to ask next.

use std::str::FromStr;

use actix_web::{HttpResponse, get, post, web};
use insights_core::insight::Insight;
use insights_core::problem::Problem;
use insights_core::query_cache::policy::RefreshMode;
use insights_core::text::check_length;
use insights_core::time::Interval;
use language_model::analysis::{Subject, analyze};
use language_model::description::{self, runnable};
use language_model::model::Writer;
use language_model::suggestions::{Suggestion, ranked, read_suggestions, suggest};
use language_model::tasks::{analysis_prompt, description_prompt, read_analysis, read_description, suggestions_prompt};
use query_engine::answer::Query;
use query_engine::results::Results;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::results::{Asked, results_of_one, runnable_node};
use super::{Format, InsightPath};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::query::QueryParams;
use crate::extract::scope::{InsightRead, InsightWrite};
use crate::queries::QueryRights;
use crate::routes::routes;
use crate::writing::{WriterBody, signed, write};

/// Longest words of a client that say what suggestions are to be about.
const MAX_CONTEXT_CHARACTERS: usize = 2000;

/// Most names of properties that are looked at.
const MAX_PROPERTIES: usize = 1000;
/// Longest name of a property that is looked at.
const MAX_PROPERTY_BYTES: usize = 200;

/// Parameters of the routes in words.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct WordsParams {
    /// `json`; `csv` is taken too, and gives JSON.
    format: Option<String>,
}

/// What an insight shows.
#[derive(Debug, Serialize, ToSchema)]
struct AnalysisResponse {
    /// A headline, lines that begin with `-`, and a takeaway; empty where the insight has no query that can be read so.
    result: String,
    /// Who wrote it.
    writer: WriterBody,
}

/// What to suggest. Unknown fields are passed over.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct SuggestionsRequest {
    /// What is of interest, in the caller's words.
    #[serde(default)]
    context: Option<String>,
}

/// A query that may be asked next.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestionResponse {
    /// What it is called.
    title: String,
    /// What it would show.
    description: Option<String>,
    /// The query, an `InsightVizNode`.
    target_query: Value,
    /// Who thought of it.
    writer: WriterBody,
}

/// A query to be named. Unknown fields are passed over.
#[derive(Debug, Deserialize, ToSchema)]
struct GenerateMetadataRequest {
    /// The query node.
    #[serde(default)]
    query: Option<Value>,
}

/// What a query may be called.
#[derive(Debug, Serialize, ToSchema)]
struct MetadataResponse {
    /// At most 400 characters.
    name: String,
    /// One sentence.
    description: String,
    /// Who wrote them.
    writer: WriterBody,
}

/// Tells in words what an insight shows. The result comes from the cache, or is computed where there is none.
#[utoipa::path(
    tag = "Insights", params(WordsParams), security(("key" = ["insight:read"])),
    responses((status = 200, body = AnalysisResponse))
)]
#[get("/api/environments/{environment_id}/insights/{id}/analyze")]
async fn analyze_insight(
    access: ProjectAccess<InsightRead>,
    path: web::Path<InsightPath>,
    params: QueryParams<WordsParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    Format::parse(params.0.format.as_deref())?;
    let (services, project) = (state.clone(), access.project.id);
    let insight = blocking(move || services.insights.require(project, &path.id)).await?;
    let shown = shown(&state, &access, &insight, RefreshMode::Blocking).await?;
    let (result, writer) = match shown {
        None => (String::new(), Writer::Builtin),
        Some(Shown { node, findings, results }) => {
            let name = insight.fields.display_name();
            let prompt = analysis_prompt(name, runnable(&node), &findings, &results);
            let written = write(&state, &prompt, read_analysis, || findings).await;
            (written.value, written.writer)
        }
    };
    let body = AnalysisResponse { result, writer: WriterBody::from(&writer) };
    Ok(signed(&mut HttpResponse::Ok(), &writer).json(body))
}

/// Suggests queries to ask after an insight.
#[utoipa::path(
    tag = "Insights", params(WordsParams), security(("key" = ["insight:read"])),
    responses((status = 200, body = Vec<SuggestionResponse>))
)]
#[get("/api/environments/{environment_id}/insights/{id}/suggestions")]
async fn suggest_after_insight(
    access: ProjectAccess<InsightRead>,
    path: web::Path<InsightPath>,
    params: QueryParams<WordsParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    Format::parse(params.0.format.as_deref())?;
    suggestions(&access, &path.id, None, &state).await
}

/// Suggests queries to ask after an insight, those first that fit the caller's words.
#[utoipa::path(
    tag = "Insights", params(WordsParams), request_body = SuggestionsRequest, security(("key" = ["insight:read"])),
    responses((status = 200, body = Vec<SuggestionResponse>))
)]
#[post("/api/environments/{environment_id}/insights/{id}/suggestions")]
async fn suggest_after_insight_in_context(
    access: ProjectAccess<InsightRead>,
    path: web::Path<InsightPath>,
    params: QueryParams<WordsParams>,
    body: JsonBody<SuggestionsRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    Format::parse(params.0.format.as_deref())?;
    let context = body.0.context.filter(|context| !context.trim().is_empty());
    check_length("context", context.as_deref().unwrap_or_default(), MAX_CONTEXT_CHARACTERS)?;
    suggestions(&access, &path.id, context, &state).await
}

/// Suggests a name and a description for a query.
#[utoipa::path(
    tag = "Insights", params(WordsParams), request_body = GenerateMetadataRequest, security(("key" = ["insight:write"])),
    responses((status = 200, body = MetadataResponse))
)]
#[post("/api/environments/{environment_id}/insights/generate_metadata")]
async fn generate_insight_metadata(
    _access: ProjectAccess<InsightWrite>,
    params: QueryParams<WordsParams>,
    body: JsonBody<GenerateMetadataRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    Format::parse(params.0.format.as_deref())?;
    let node = body.0.query.filter(|node| !node.is_null()).ok_or_else(|| Problem {
        code: "required",
        ..Problem::invalid("query", "Missing 'query' field in request body")
    })?;
    let query =
        Query::parse(&node).map_err(|error| Problem::invalid("query", format!("Invalid query format: {error}")))?;
    let builtin = description::describe(&query, &node);
    let written = write(&state, &description_prompt(&node, &builtin), read_description, || builtin.clone()).await;
    let (name, description) = (written.value.name, written.value.description);
    let body = MetadataResponse { name, description, writer: WriterBody::from(&written.writer) };
    Ok(signed(&mut HttpResponse::Ok(), &written.writer).json(body))
}

/// An insight with its result, read.
struct Shown {
    node: Value,
    results: Value,
    findings: String,
}

/// What the insight shows; `None` where it has no query, or its query no result that can be read.
async fn shown(
    state: &AppState,
    access: &ProjectAccess<InsightRead>,
    insight: &Insight,
    mode: RefreshMode,
) -> Result<Option<Shown>, ApiError> {
    let results =
        results_of_one(state, (&access.project, QueryRights::of(&access.principal)), insight, mode, &Asked::default())
            .await?;
    let (Some(answered), Some((query, node))) = (results.answered(), query_of(insight)) else { return Ok(None) };
    let (kept, now) = (answered.answer.clone(), answered.last_refresh.with_timezone(&answered.timezone).naive_local());
    // Large answers take their time to be read.
    blocking(move || {
        let value = |kept: &RawValue| Value::from_str(kept.get()).map_err(|error| ApiError::internal(&error));
        let results = value(&kept.results)?;
        let columns = kept.columns.as_deref().map(value).transpose()?;
        let Ok(read) = Results::read(&query, &results, columns.as_ref()) else { return Ok(None) };
        let subject = Subject { query: runnable(&node), interval: query.interval().unwrap_or(Interval::Day), now };
        let findings = analyze(&subject, &read).to_string();
        Ok::<_, ApiError>(Some(Shown { node, results, findings }))
    })
    .await
}

/// The insight's query, where it has one that can be read.
fn query_of(insight: &Insight) -> Option<(Query, Value)> {
    let node = runnable_node(&insight.fields)?.ok()?;
    Some((Query::parse(&node).ok()?, node))
}

/// Names of properties of the project's events; those of the clients themselves that say who is who are left out.
async fn property_names(
    access: &ProjectAccess<InsightRead>,
    state: &web::Data<AppState>,
) -> Result<Vec<String>, ApiError> {
    let (services, project) = (state.clone(), access.project.id);
    blocking(move || {
        let keys = services.storage.events.property_keys(project).map_err(|error| ApiError::internal(&error))?;
        let is_told =
            |key: &String| !key.starts_with("$set") && !key.starts_with("$group") && key.len() <= MAX_PROPERTY_BYTES;
        Ok::<_, ApiError>(keys.into_iter().filter(is_told).take(MAX_PROPERTIES).collect())
    })
    .await
}

async fn suggestions(
    access: &ProjectAccess<InsightRead>,
    id: &str,
    context: Option<String>,
    state: &web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, project, id) = (state.clone(), access.project.id, id.to_owned());
    let insight = blocking(move || services.insights.require(project, &id)).await?;
    let Some((query, node)) = query_of(&insight) else {
        return Ok(signed(&mut HttpResponse::Ok(), &Writer::Builtin).json(Vec::<SuggestionResponse>::new()));
    };
    let properties = property_names(access, state).await?;
    let by_rules = suggest(&node, &properties);
    let by_rules = match &context {
        Some(context) => ranked(by_rules, context),
        None => by_rules,
    };
    let (by_model, writer) = if state.assistant.has_model() {
        let shown = shown(state, access, &insight, RefreshMode::ForceCache).await?;
        let findings = shown.as_ref().map(|shown| shown.findings.as_str());
        let prompt = suggestions_prompt(runnable(&node), findings, context.as_deref(), &properties, &by_rules);
        let written = write(state, &prompt, |answer| read_suggestions(answer, &query), Vec::new).await;
        (written.value, written.writer)
    } else {
        (Vec::new(), Writer::Builtin)
    };
    let body = |writer: &Writer, suggestion: Suggestion| SuggestionResponse {
        title: suggestion.title,
        description: suggestion.description,
        target_query: suggestion.target_query,
        writer: WriterBody::from(writer),
    };
    let by_rules = by_rules.into_iter().map(|suggestion| body(&Writer::Builtin, suggestion));
    let all: Vec<SuggestionResponse> =
        by_rules.chain(by_model.into_iter().map(|suggestion| body(&writer, suggestion))).collect();
    Ok(signed(&mut HttpResponse::Ok(), &writer).json(all))
}

routes![analyze_insight, suggest_after_insight, suggest_after_insight_in_context, generate_insight_metadata];
