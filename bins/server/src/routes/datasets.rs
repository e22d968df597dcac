//! Datasets: test sets of language-model applications.

mod upload;
mod wire;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use datasets::dataset_service::{DatasetPatch, NewDataset};
use datasets::file::{FileFormat, head, row};
use datasets::model::{Dataset, DatasetId};
use datasets::repository::ItemPlace;
use futures::{Stream, StreamExt, stream};
use insights_core::error::ServiceError;
use insights_core::ids::ProjectId;
use serde::Deserialize;

use self::upload::ItemFile;
use self::wire::{
    CreateDatasetRequest, DatasetListParams, DatasetResponse, ExportParams, ImportResponse, PatchDatasetRequest,
};
use super::routes;
use crate::app::AppState;
use crate::authors::Authors;
use crate::blocking::blocking;
use crate::csv::attachment;
use crate::error::ApiError;
use crate::extract::auth::ProjectAccess;
use crate::extract::json::JsonBody;
use crate::extract::path::PathParams;
use crate::extract::query::QueryParams;
use crate::extract::scope::{DatasetRead, DatasetWrite};
use crate::paging::Envelope;

/// The dataset of a path.
#[derive(Debug, Deserialize)]
struct DatasetPath {
    id: String,
}

impl DatasetPath {
    /// The id, looked at after the body: a 404 where it is none, since no dataset can have it.
    fn id(&self) -> Result<DatasetId, ApiError> {
        self.id.parse().map(DatasetId).map_err(|_| ApiError::not_found())
    }
}

/// Lists the project's datasets, the newest first where no other order is asked for.
#[utoipa::path(tag = "Datasets", params(DatasetListParams), security(("key" = ["dataset:read"])), responses((status = 200, body = Envelope<DatasetResponse>)))]
#[get("/api/environments/{environment_id}/datasets")]
async fn list_datasets(
    access: ProjectAccess<DatasetRead>,
    params: QueryParams<DatasetListParams>,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (filter, page) = params.0.into_parts()?;
    let page = page.page();
    let datasets = blocking(move || {
        let datasets = state.datasets.list(access.project.id, &filter, page)?;
        let authors = authors(&state, &datasets.items)?;
        Ok::<_, ServiceError>(datasets.map(|dataset| DatasetResponse::new(dataset, &authors)))
    })
    .await?;
    Ok(HttpResponse::Ok().json(Envelope::new(&request, page, datasets)))
}

/// Makes a dataset.
#[utoipa::path(tag = "Datasets", request_body = CreateDatasetRequest, security(("key" = ["dataset:write"])), responses((status = 201, body = DatasetResponse)))]
#[post("/api/environments/{environment_id}/datasets")]
async fn create_dataset(
    access: ProjectAccess<DatasetWrite>,
    body: JsonBody<CreateDatasetRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (actor, new) = (access.actor(), NewDataset::from(body.0));
    let made = blocking(move || full(&state, state.datasets.create(&actor, new)?)).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Gives a dataset.
#[utoipa::path(tag = "Datasets", security(("key" = ["dataset:read"])), responses((status = 200, body = DatasetResponse)))]
#[get("/api/environments/{environment_id}/datasets/{id}")]
async fn retrieve_dataset(
    access: ProjectAccess<DatasetRead>,
    path: PathParams<DatasetPath>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let id = path.0.id()?;
    let dataset = blocking(move || full(&state, state.datasets.require(access.project.id, id)?)).await?;
    Ok(HttpResponse::Ok().json(dataset))
}

/// Changes a dataset. `deleted: true` deletes it and hides its items, `deleted: false` brings it back.
#[utoipa::path(tag = "Datasets", request_body = PatchDatasetRequest, security(("key" = ["dataset:write"])), responses((status = 200, body = DatasetResponse)))]
#[patch("/api/environments/{environment_id}/datasets/{id}")]
async fn update_dataset(
    access: ProjectAccess<DatasetWrite>,
    path: PathParams<DatasetPath>,
    body: JsonBody<PatchDatasetRequest>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, actor, patch) = (path.0.id()?, access.actor(), DatasetPatch::from(body.0));
    let changed = blocking(move || full(&state, state.datasets.update(&actor, id, &patch)?)).await?;
    Ok(HttpResponse::Ok().json(changed))
}

/// Refused: datasets are deleted by changing `deleted` to true.
#[utoipa::path(tag = "Datasets", security(("key" = ["dataset:write"])), responses((status = 405, description = "Always")))]
#[delete("/api/environments/{environment_id}/datasets/{id}")]
async fn delete_dataset(
    _access: ProjectAccess<DatasetWrite>,
    _path: PathParams<DatasetPath>,
) -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed("DELETE", "GET, PATCH".to_owned()))
}

/// Takes in the rows of a file as items: all of them, or none where one is wrong. The body is the file, or a form with it (`file`). A row with
/// the `id` of an item, or with one that came before, changes that item.
#[utoipa::path(
    tag = "Datasets", security(("key" = ["dataset:write"])),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"))),
    responses((status = 200, body = ImportResponse), (status = 415, description = "A file of another kind"))
)]
#[post("/api/environments/{environment_id}/datasets/{id}/import")]
async fn import_dataset_items(
    access: ProjectAccess<DatasetWrite>,
    path: PathParams<DatasetPath>,
    file: ItemFile,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (path.0.id()?, access.actor());
    let imported = blocking(move || state.dataset_items.import(&actor, id, file.format, &file.content)).await?;
    Ok(HttpResponse::Ok().json(ImportResponse::from(imported)))
}

/// Gives all items of a dataset as a file that can be imported, the oldest first.
#[utoipa::path(
    tag = "Datasets", params(ExportParams), security(("key" = ["dataset:read"])),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))))
)]
#[get("/api/environments/{environment_id}/datasets/{id}/export")]
async fn export_dataset_items(
    access: ProjectAccess<DatasetRead>,
    path: PathParams<DatasetPath>,
    params: QueryParams<ExportParams>,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let (id, project, format) = (path.0.id()?, access.project.id, params.0.format()?);
    let services = state.clone();
    let dataset = blocking(move || services.datasets.require(project, id)).await?;
    let content_type = match format {
        FileFormat::Csv => "text/csv; charset=utf-8",
        FileFormat::Jsonl => "application/x-ndjson",
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(attachment(&dataset.fields.name, format.name()))
        .streaming(rows(state, project, id, format)))
}

/// The file, some items at a time.
fn rows(
    state: web::Data<AppState>,
    project: ProjectId,
    id: DatasetId,
    format: FileFormat,
) -> impl Stream<Item = Result<Bytes, ApiError>> {
    let rows = stream::try_unfold(None, move |place| {
        let state = state.clone();
        async move {
            let items = blocking(move || state.dataset_items.after(project, id, place)).await?;
            let part: Vec<u8> = items.iter().flat_map(|item| row(format, item)).collect();
            Ok(items.last().map(|last| (Bytes::from(part), Some(ItemPlace::from(last)))))
        }
    });
    // An empty part would end the body.
    let head = Some(Bytes::from(head(format))).filter(|head| !head.is_empty());
    stream::iter(head.map(Ok)).chain(rows)
}

fn full(state: &AppState, dataset: Dataset) -> Result<DatasetResponse, ServiceError> {
    let authors = authors(state, std::slice::from_ref(&dataset))?;
    Ok(DatasetResponse::new(dataset, &authors))
}

fn authors(state: &AppState, datasets: &[Dataset]) -> Result<Authors, ServiceError> {
    let ids = datasets.iter().map(|dataset| dataset.fields.created_by);
    Ok(Authors::load(&*state.storage.repositories.users, ids)?)
}

routes![
    list_datasets,
    create_dataset,
    retrieve_dataset,
    update_dataset,
    delete_dataset,
    import_dataset_items,
    export_dataset_items,
];
