//! Tools for assistants: questions in words.

use actix_web::{HttpResponse, post, web};
use insights_core::problem::Problem;
use insights_core::text::check_length;
use language_model::question::{InsightKind, MAX_QUESTION_CHARACTERS};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::routes;
use crate::app::AppState;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::scope::InsightAndQueryRead;
use crate::queries::QueryRights;
use crate::questions::{self, Answered};
use crate::writing::WriterBody;

/// A question to answer. Unknown fields are refused.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateAndQueryInsight)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAndQueryInsightRequest {
    /// The question in plain language, up to 1000 characters.
    query: String,
    /// What it is to become.
    insight_type: InsightType,
    /// A key, where none is sent in the header.
    #[serde(rename = "personal_api_key")]
    _personal_api_key: Option<String>,
}

/// What a question is to become.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InsightType {
    Trends,
    Funnel,
    Retention,
    Sql,
}

/// One message of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToolMessage {
    /// Always `message`.
    r#type: &'static str,
    data: ToolMessageData,
}

/// What a message says; what it has not is left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToolMessageData {
    /// `ai/viz` with the query, `ai` with its numbers, `ai/failure` with what went wrong.
    r#type: &'static str,
    /// The question.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    /// What the query shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    /// The runnable query node.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    answer: Option<Value>,
    /// Words, with the numbers as a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    id: String,
    writer: WriterBody,
}

/// Turns a question into a query over the project's own events, runs it, and answers with the query, what it shows and its numbers.
/// Where no query can be made of it, the answer says what was not understood and what would be.
#[utoipa::path(
    tag = "Max tools", request_body = CreateAndQueryInsightRequest, security(("key" = ["insight:read", "query:read"])),
    responses((status = 200, body = Vec<ToolMessage>))
)]
#[post("/api/environments/{environment_id}/max_tools/create_and_query_insight")]
async fn create_and_query_insight(
    access: ProjectAccess<InsightAndQueryRead>,
    body: JsonBody<CreateAndQueryInsightRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let CreateAndQueryInsightRequest { query, insight_type, .. } = body.0;
    if query.trim().is_empty() {
        return Err(Problem::blank("query").into());
    }
    check_length("query", &query, MAX_QUESTION_CHARACTERS)?;
    let reader = (&access.project, QueryRights::of(&access.principal));
    let answered = questions::answer(&state, reader, &query, insight_type.into()).await?;
    Ok(HttpResponse::Ok().json(messages(&state, query, answered)))
}

fn messages(state: &AppState, question: String, answered: Answered) -> Vec<ToolMessage> {
    let Answered { planned, content, writer } = answered;
    let message = |kind: &'static str, content: Option<String>| ToolMessage {
        r#type: "message",
        data: ToolMessageData {
            r#type: kind,
            query: None,
            plan: None,
            answer: None,
            content,
            id: state.ids.uuid().to_string(),
            writer: WriterBody::from(&writer),
        },
    };
    let shown = planned.map(|planned| {
        let mut shown = message("ai/viz", None);
        shown.data.query = Some(question);
        shown.data.plan = Some(planned.explanation);
        shown.data.answer = Some(planned.query);
        shown
    });
    let said = match content {
        Ok(content) => message("ai", Some(content)),
        Err(why) => message("ai/failure", Some(why)),
    };
    shown.into_iter().chain([said]).collect()
}

impl From<InsightType> for InsightKind {
    fn from(insight_type: InsightType) -> Self {
        match insight_type {
            InsightType::Trends => Self::Trends,
            InsightType::Funnel => Self::Funnel,
            InsightType::Retention => Self::Retention,
            InsightType::Sql => Self::Sql,
        }
    }
}

routes![create_and_query_insight];
