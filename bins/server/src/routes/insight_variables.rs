//! Variables of SQL insights.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use variables::model::{Variable, VariableId, VariableKind};
use variables::service::{NewVariable, VariablePatch};

use super::routes;
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::{JsonBody, present};
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{InsightVariableRead, InsightVariableWrite};
use crate::paging::{Envelope, PageParams};
use crate::wire::Timestamp;

/// The variable of a path.
#[derive(Debug, Deserialize)]
struct VariablePath {
    id: String,
}

impl VariablePath {
    /// The id, looked at after the body: a 404 where it is none, since no variable can have it.
    fn id(&self) -> Result<VariableId, ApiError> {
        self.id.parse().map(VariableId).map_err(|_| ApiError::not_found())
    }
}

/// A variable: `{variables.code_name}` in SQL.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InsightVariable)]
pub(crate) struct VariableResponse {
    id: Uuid,
    name: String,
    /// `String`, `Number`, `Boolean`, `List` or `Date`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The value where nobody chose one.
    default_value: Value,
    /// Number of the user who made it.
    created_by: Option<i64>,
    created_at: Timestamp,
    code_name: String,
    /// The texts that a list offers.
    values: Value,
}

/// A variable to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateInsightVariable)]
pub(crate) struct CreateVariableRequest {
    name: String,
    /// `String`, `Number`, `Boolean`, `List` or `Date`.
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    default_value: Value,
    #[serde(default)]
    values: Value,
}

/// What to change of a variable. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchInsightVariable)]
pub(crate) struct PatchVariableRequest {
    /// The code name stays as it is.
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    default_value: Option<Value>,
    values: Option<Value>,
}

/// Lists the project's variables by code name.
#[utoipa::path(tag = "Insight variables", params(PageParams), security(("key" = ["insight_variable:read"])), responses((status = 200, body = Envelope<VariableResponse>)))]
#[get("/api/environments/{environment_id}/insight_variables")]
async fn list_variables(
    access: ProjectAccess<InsightVariableRead>,
    params: QueryParams<PageParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let page = params.0.page();
    let variables = blocking(move || state.variables.list(access.project.id, page)).await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, variables.map(VariableResponse::from))))
}

/// Makes a variable.
#[utoipa::path(tag = "Insight variables", request_body = CreateVariableRequest, security(("key" = ["insight_variable:write"])), responses((status = 201, body = VariableResponse)))]
#[post("/api/environments/{environment_id}/insight_variables")]
async fn create_variable(
    access: ProjectAccess<InsightVariableWrite>,
    body: JsonBody<CreateVariableRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let CreateVariableRequest { name, kind, default_value, values } = body.0;
    let new = NewVariable { name, kind: read_kind(&kind)?, default_value, values };
    let actor = access.actor();
    let variable = blocking(move || state.variables.create(&actor, new)).await?;
    Ok(HttpResponse::Created().json(VariableResponse::from(variable)))
}

/// Gives a variable.
#[utoipa::path(tag = "Insight variables", security(("key" = ["insight_variable:read"])), responses((status = 200, body = VariableResponse)))]
#[get("/api/environments/{environment_id}/insight_variables/{id}")]
async fn retrieve_variable(
    access: ProjectAccess<InsightVariableRead>,
    path: PathParams<VariablePath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let variable = blocking(move || state.variables.require(access.project.id, id)).await?;
    Ok(HttpResponse::Ok().json(VariableResponse::from(variable)))
}

/// Changes a variable. Its code name stays, since queries go by it.
#[utoipa::path(tag = "Insight variables", request_body = PatchVariableRequest, security(("key" = ["insight_variable:write"])), responses((status = 200, body = VariableResponse)))]
#[patch("/api/environments/{environment_id}/insight_variables/{id}")]
async fn update_variable(
    access: ProjectAccess<InsightVariableWrite>,
    path: PathParams<VariablePath>,
    body: JsonBody<PatchVariableRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, PatchVariableRequest { name, kind, default_value, values }) = (path.0.id()?, body.0);
    let kind = kind.as_deref().map(read_kind).transpose()?;
    let patch = VariablePatch { name, kind, default_value, values };
    let variable = blocking(move || state.variables.update(access.project.id, id, &patch)).await?;
    Ok(HttpResponse::Ok().json(VariableResponse::from(variable)))
}

/// Deletes a variable. Queries that name it go by the values that they carry themselves.
#[utoipa::path(tag = "Insight variables", security(("key" = ["insight_variable:write"])), responses((status = 204)))]
#[delete("/api/environments/{environment_id}/insight_variables/{id}")]
async fn delete_variable(
    access: ProjectAccess<InsightVariableWrite>,
    path: PathParams<VariablePath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    blocking(move || state.variables.delete(access.project.id, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<Variable> for VariableResponse {
    fn from(variable: Variable) -> Self {
        let fields = variable.fields;
        Self {
            id: variable.id.0,
            name: fields.name,
            kind: fields.kind.name(),
            default_value: fields.default_value,
            created_by: fields.created_by.map(|user| user.0),
            created_at: Timestamp(fields.created_at),
            code_name: fields.code_name,
            values: fields.values,
        }
    }
}

fn read_kind(name: &str) -> Result<VariableKind, Problem> {
    VariableKind::from_name(name).ok_or_else(|| Problem::invalid_choice("type", name))
}

routes![list_variables, create_variable, retrieve_variable, update_variable, delete_variable];
