//! Actions: events that mean the same, under one name.

use actions::model::{Action, ActionId};
use actions::repository::ActionFilter;
use actions::service::{ActionPatch, NewAction};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use chrono::{DateTime, Utc};
use insights_core::error::ServiceError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::{JsonBody, present};
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{ActionRead, ActionWrite};
use crate::paging::{Envelope, PageParams};
use crate::wire::{Timestamp, UserBasic};

/// Which actions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActionListParams {
    /// Part of the name or the description, in any case.
    search: Option<String>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// The action of a path.
#[derive(Debug, Deserialize)]
struct ActionPath {
    id: i64,
}

/// An action.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Action)]
pub(crate) struct ActionResponse {
    id: i64,
    name: String,
    description: String,
    tags: Vec<String>,
    post_to_slack: bool,
    slack_message_format: String,
    /// `[{event, url, url_matching, selector, tag_name, text, text_matching, href, href_matching, properties}]`
    steps: Value,
    created_at: Timestamp,
    created_by: Option<UserBasic>,
    deleted: bool,
    is_calculating: bool,
    last_calculated_at: Timestamp,
    /// Number of the project.
    team_id: i64,
    is_action: bool,
    bytecode_error: Option<String>,
    pinned_at: Option<Timestamp>,
}

/// An action to make, or everything of one to replace. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateAction)]
pub(crate) struct CreateActionRequest {
    name: String,
    description: Option<String>,
    tags: Option<Vec<String>>,
    post_to_slack: Option<bool>,
    slack_message_format: Option<String>,
    steps: Option<Value>,
    /// When it was pinned; null or absent where it is not.
    pinned_at: Option<DateTime<Utc>>,
}

/// What to change of an action. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchAction)]
pub(crate) struct PatchActionRequest {
    name: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    post_to_slack: Option<bool>,
    slack_message_format: Option<String>,
    steps: Option<Value>,
    /// Pins, or unpins with null.
    #[serde(default, deserialize_with = "present")]
    pinned_at: Option<Option<DateTime<Utc>>>,
    deleted: Option<bool>,
}

/// Lists the project's actions by name.
#[utoipa::path(tag = "Actions", params(ActionListParams), security(("key" = ["action:read"])), responses((status = 200, body = Envelope<ActionResponse>)))]
#[get("/api/environments/{environment_id}/actions")]
async fn list_actions(
    access: ProjectAccess<ActionRead>,
    query: QueryParams<ActionListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let ActionListParams { search, limit, offset } = query.0;
    let page = PageParams { limit, offset }.page();
    let filter = ActionFilter { search, name: None };
    let actions = blocking(move || {
        let actions = state.actions.list(access.project.id, &filter, page)?;
        let authors = authors(&state, &actions.items)?;
        Ok::<_, ServiceError>(actions.map(|action| ActionResponse::new(action, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, actions)))
}

/// Makes an action.
#[utoipa::path(tag = "Actions", request_body = CreateActionRequest, security(("key" = ["action:write"])), responses((status = 201, body = ActionResponse)))]
#[post("/api/environments/{environment_id}/actions")]
async fn create_action(
    access: ProjectAccess<ActionWrite>,
    body: JsonBody<CreateActionRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor, new) = (state.clone(), access.actor(), NewAction::from(body.0));
    let action = blocking(move || services.actions.create(&actor, new)).await?;
    Ok(HttpResponse::Created().json(full(&state, action).await?))
}

/// Gives an action.
#[utoipa::path(tag = "Actions", security(("key" = ["action:read"])), responses((status = 200, body = ActionResponse)))]
#[get("/api/environments/{environment_id}/actions/{id}")]
async fn retrieve_action(
    access: ProjectAccess<ActionRead>,
    path: PathParams<ActionPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let services = state.clone();
    let action = blocking(move || services.actions.require(access.project.id, ActionId(path.0.id))).await?;
    Ok(HttpResponse::Ok().json(full(&state, action).await?))
}

/// Replaces an action.
#[utoipa::path(tag = "Actions", request_body = CreateActionRequest, security(("key" = ["action:write"])), responses((status = 200, body = ActionResponse)))]
#[put("/api/environments/{environment_id}/actions/{id}")]
async fn replace_action(
    access: ProjectAccess<ActionWrite>,
    path: PathParams<ActionPath>,
    body: JsonBody<CreateActionRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let new = NewAction::from(body.0);
    let patch = ActionPatch {
        name: Some(new.name),
        description: Some(new.description),
        tags: Some(new.tags),
        post_to_slack: Some(new.post_to_slack),
        slack_message_format: Some(new.slack_message_format),
        steps: Some(if new.steps.is_null() { Value::Array(Vec::new()) } else { new.steps }),
        pinned_at: Some(new.pinned_at),
        deleted: None,
    };
    change(&access, path.0.id, patch, &state).await
}

/// Changes an action. `deleted: true` deletes it, `deleted: false` brings it back.
#[utoipa::path(tag = "Actions", request_body = PatchActionRequest, security(("key" = ["action:write"])), responses((status = 200, body = ActionResponse)))]
#[patch("/api/environments/{environment_id}/actions/{id}")]
async fn update_action(
    access: ProjectAccess<ActionWrite>,
    path: PathParams<ActionPath>,
    body: JsonBody<PatchActionRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let body = body.0;
    let patch = ActionPatch {
        name: body.name,
        description: body.description,
        tags: body.tags,
        post_to_slack: body.post_to_slack,
        slack_message_format: body.slack_message_format,
        steps: body.steps,
        pinned_at: body.pinned_at,
        deleted: body.deleted,
    };
    change(&access, path.0.id, patch, &state).await
}

async fn change(
    access: &ProjectAccess<ActionWrite>,
    id: i64,
    patch: ActionPatch,
    state: &web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (services, actor) = (state.clone(), access.actor());
    let action = blocking(move || services.actions.update(&actor, ActionId(id), &patch)).await?;
    Ok(HttpResponse::Ok().json(full(state, action).await?))
}

impl From<CreateActionRequest> for NewAction {
    fn from(body: CreateActionRequest) -> Self {
        Self {
            name: body.name,
            description: body.description.unwrap_or_default(),
            tags: body.tags.unwrap_or_default(),
            post_to_slack: body.post_to_slack.unwrap_or_default(),
            slack_message_format: body.slack_message_format.unwrap_or_default(),
            steps: body.steps.unwrap_or_default(),
            pinned_at: body.pinned_at,
        }
    }
}

impl ActionResponse {
    fn new(action: Action, authors: &Authors) -> Self {
        let fields = action.fields;
        Self {
            id: action.id.0,
            name: fields.name,
            description: fields.description,
            tags: fields.tags,
            post_to_slack: fields.post_to_slack,
            slack_message_format: fields.slack_message_format,
            steps: fields.steps,
            created_at: Timestamp(fields.created_at),
            created_by: authors.get(fields.created_by),
            deleted: fields.deleted,
            is_calculating: false,
            // nothing is calculated in advance, so it is as new as its last change
            last_calculated_at: Timestamp(fields.updated_at),
            team_id: action.project.0,
            is_action: true,
            bytecode_error: None,
            pinned_at: fields.pinned_at.map(Timestamp),
        }
    }
}

async fn full(state: &web::Data<AppState>, action: Action) -> Result<ActionResponse, ApiError> {
    let services = state.clone();
    blocking(move || {
        let authors = authors(&services, std::slice::from_ref(&action))?;
        Ok::<_, ServiceError>(ActionResponse::new(action, &authors))
    })
    .await
}

fn authors(state: &AppState, actions: &[Action]) -> Result<Authors, ServiceError> {
    let ids = actions.iter().map(|action| action.fields.created_by);
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

routes![list_actions, create_action, retrieve_action, replace_action, update_action];
