//! Items of datasets.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use datasets::item_service::ItemPatch;
use datasets::model::{DatasetId, Item, ItemContent, ItemId};
use insights_core::error::ServiceError;
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::{JsonBody, present};
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{DatasetRead, DatasetWrite};
use crate::paging::{Envelope, PageParams};
use crate::wire::{Timestamp, UserBasic};

/// Most items of a page, since each may be large.
const MAX_PAGE: u32 = 200;

/// Which items to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemListParams {
    /// Id of their dataset.
    dataset: Option<String>,
    /// Most results to return, 100 where absent, at most 200.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

/// The item of a path.
#[derive(Debug, Deserialize)]
struct ItemPath {
    id: String,
}

impl ItemPath {
    /// The id, looked at after the body: a 404 where it is none, since no item can have it.
    fn id(&self) -> Result<ItemId, ApiError> {
        self.id.parse().map(ItemId).map_err(|_| ApiError::not_found())
    }
}

/// An item to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateDatasetItem)]
pub(crate) struct CreateItemRequest {
    /// Id of its dataset.
    dataset: String,
    /// What the application is given, any JSON.
    #[serde(default)]
    input: Value,
    /// What it is to answer, any JSON.
    #[serde(default)]
    output: Value,
    /// An object for programs, or null.
    #[serde(default)]
    metadata: Value,
    /// The trace that it was taken from.
    ref_trace_id: Option<String>,
    /// When that was.
    ref_timestamp: Option<DateTime<Utc>>,
    /// The generation or span of the trace.
    ref_source_id: Option<String>,
    /// Makes it deleted.
    deleted: Option<bool>,
}

/// What to change of an item. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchDatasetItem)]
pub(crate) struct PatchItemRequest {
    /// Moves it to another dataset.
    dataset: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    input: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    output: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    metadata: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    ref_trace_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    ref_timestamp: Option<Option<DateTime<Utc>>>,
    #[serde(default, deserialize_with = "present")]
    ref_source_id: Option<Option<String>>,
    /// `true` deletes it, `false` brings it back.
    deleted: Option<bool>,
}

impl PatchItemRequest {
    fn into_patch(self) -> Result<ItemPatch, Problem> {
        Ok(ItemPatch {
            dataset: self.dataset.as_deref().map(read_dataset).transpose()?,
            input: self.input,
            output: self.output,
            metadata: self.metadata,
            ref_trace_id: self.ref_trace_id,
            ref_timestamp: self.ref_timestamp,
            ref_source_id: self.ref_source_id,
            deleted: self.deleted,
        })
    }
}

/// An item of a dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatasetItem)]
pub(crate) struct ItemResponse {
    id: Uuid,
    /// Id of its dataset.
    dataset: Uuid,
    /// What the application is given, any JSON.
    input: Value,
    /// What it is to answer, any JSON.
    output: Value,
    /// An object for programs, or null.
    metadata: Value,
    ref_trace_id: Option<String>,
    ref_timestamp: Option<Timestamp>,
    ref_source_id: Option<String>,
    deleted: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    created_by: Option<UserBasic>,
    /// Number of the project.
    team: i64,
}

/// Lists the items of the project's datasets, the newest first.
#[utoipa::path(tag = "Datasets", params(ItemListParams), security(("key" = ["dataset:read"])), responses((status = 200, body = Envelope<ItemResponse>)))]
#[get("/api/environments/{environment_id}/dataset_items")]
async fn list_dataset_items(
    access: ProjectAccess<DatasetRead>,
    params: QueryParams<ItemListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let ItemListParams { dataset, limit, offset } = params.0;
    let dataset = dataset.filter(|id| !id.is_empty()).as_deref().map(read_dataset).transpose()?;
    let page = PageParams { limit, offset }.page().at_most(MAX_PAGE);
    let items = blocking(move || {
        let items = state.dataset_items.list(access.project.id, dataset, page)?;
        let authors = authors(&state, &items.items)?;
        Ok::<_, ServiceError>(items.map(|item| ItemResponse::new(item, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, items)))
}

/// Makes an item of a dataset of the project.
#[utoipa::path(tag = "Datasets", request_body = CreateItemRequest, security(("key" = ["dataset:write"])), responses((status = 201, body = ItemResponse)))]
#[post("/api/environments/{environment_id}/dataset_items")]
async fn create_dataset_item(
    access: ProjectAccess<DatasetWrite>,
    body: JsonBody<CreateItemRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, body) = (access.actor(), body.0);
    let dataset = read_dataset(&body.dataset)?;
    let content = ItemContent {
        input: body.input,
        output: body.output,
        metadata: body.metadata,
        ref_trace_id: body.ref_trace_id,
        ref_timestamp: body.ref_timestamp,
        ref_source_id: body.ref_source_id,
    };
    let deleted = body.deleted.unwrap_or(false);
    let made = blocking(move || full(&state, state.dataset_items.create(&actor, dataset, content, deleted)?)).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Gives an item.
#[utoipa::path(tag = "Datasets", security(("key" = ["dataset:read"])), responses((status = 200, body = ItemResponse)))]
#[get("/api/environments/{environment_id}/dataset_items/{id}")]
async fn retrieve_dataset_item(
    access: ProjectAccess<DatasetRead>,
    path: PathParams<ItemPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let item = blocking(move || full(&state, state.dataset_items.require(access.project.id, id)?)).await?;
    Ok(HttpResponse::Ok().json(item))
}

/// Changes an item. `deleted: true` deletes it, `deleted: false` brings it back.
#[utoipa::path(tag = "Datasets", request_body = PatchItemRequest, security(("key" = ["dataset:write"])), responses((status = 200, body = ItemResponse)))]
#[patch("/api/environments/{environment_id}/dataset_items/{id}")]
async fn update_dataset_item(
    access: ProjectAccess<DatasetWrite>,
    path: PathParams<ItemPath>,
    body: JsonBody<PatchItemRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, actor, patch) = (path.0.id()?, access.actor(), body.0.into_patch()?);
    let changed = blocking(move || full(&state, state.dataset_items.update(&actor, id, &patch)?)).await?;
    Ok(HttpResponse::Ok().json(changed))
}

/// Refused: items are deleted by changing `deleted` to true.
#[utoipa::path(tag = "Datasets", security(("key" = ["dataset:write"])), responses((status = 405, description = "Always")))]
#[delete("/api/environments/{environment_id}/dataset_items/{id}")]
async fn delete_dataset_item(
    _access: ProjectAccess<DatasetWrite>,
    _path: PathParams<ItemPath>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed("DELETE", "GET, PATCH".to_owned()))
}

impl ItemResponse {
    fn new(item: Item, authors: &Authors) -> Self {
        let fields = item.fields;
        let content = fields.content;
        Self {
            id: item.id.0,
            dataset: fields.dataset.0,
            input: content.input,
            output: content.output,
            metadata: content.metadata,
            ref_trace_id: content.ref_trace_id,
            ref_timestamp: content.ref_timestamp.map(Timestamp),
            ref_source_id: content.ref_source_id,
            deleted: fields.deleted,
            created_at: Timestamp(fields.created_at),
            updated_at: Timestamp(fields.updated_at),
            created_by: authors.get(fields.created_by),
            team: item.project.0,
        }
    }
}

fn read_dataset(id: &str) -> Result<DatasetId, Problem> {
    let wrong = || Problem::invalid("dataset", format!("\"{id}\" is not a valid UUID."));
    id.parse().map(DatasetId).map_err(|_| wrong())
}

fn full(state: &AppState, item: Item) -> Result<ItemResponse, ServiceError> {
    let authors = authors(state, std::slice::from_ref(&item))?;
    Ok(ItemResponse::new(item, &authors))
}

fn authors(state: &AppState, items: &[Item]) -> Result<Authors, ServiceError> {
    let ids = items.iter().map(|item| item.fields.created_by);
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

routes![list_dataset_items, create_dataset_item, retrieve_dataset_item, update_dataset_item, delete_dataset_item,];
