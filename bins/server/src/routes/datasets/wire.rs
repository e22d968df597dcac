//! Datasets as clients see and send them.

use datasets::dataset_service::{DatasetPatch, NewDataset};
use datasets::file::FileFormat;
use datasets::model::{Dataset, DatasetId};
use datasets::repository::{DatasetFilter, DatasetOrder, Imported};
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::authors::Authors;
use crate::extract::json::present;
use crate::paging::PageParams;
use crate::wire::{Timestamp, UserBasic};

/// Most ids that a list may be asked for.
const MAX_IDS: usize = 1000;

/// Which datasets to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DatasetListParams {
    /// Ids with commas between them.
    #[serde(rename = "id__in")]
    ids: Option<String>,
    /// Part of the name, the description or the metadata, in any case.
    search: Option<String>,
    /// `created_at` or `updated_at`, with `-` before it for the latest first. `-created_at` where absent.
    order_by: Option<String>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

impl DatasetListParams {
    pub(crate) fn into_parts(self) -> Result<(DatasetFilter, PageParams), Problem> {
        let filter = DatasetFilter {
            ids: self.ids.filter(|ids| !ids.is_empty()).map(|ids| read_ids(&ids)).transpose()?,
            search: self.search.filter(|search| !search.is_empty()),
            order: self.order_by.as_deref().map(DatasetOrder::parse).transpose()?.unwrap_or_default(),
        };
        Ok((filter, PageParams { limit: self.limit, offset: self.offset }))
    }
}

fn read_ids(text: &str) -> Result<Vec<DatasetId>, Problem> {
    let read = |id: &str| {
        let id = id.trim();
        id.parse().map(DatasetId).map_err(|_| Problem::invalid("id__in", format!("\"{id}\" is not a valid UUID.")))
    };
    let ids: Vec<DatasetId> = text.split(',').map(read).collect::<Result<_, _>>()?;
    if ids.len() > MAX_IDS {
        return Err(Problem::invalid("id__in", format!("Ensure this field has no more than {MAX_IDS} elements.")));
    }
    Ok(ids)
}

/// How to write the items of a dataset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// `csv` (the default) or `jsonl`.
    format: Option<String>,
}

impl ExportParams {
    pub(crate) fn format(&self) -> Result<FileFormat, Problem> {
        let name = self.format.as_deref().unwrap_or("csv");
        FileFormat::from_name(name).ok_or_else(|| Problem::invalid_choice("format", name))
    }
}

/// A dataset to make. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateDataset)]
pub(crate) struct CreateDatasetRequest {
    name: String,
    description: Option<String>,
    /// An object for programs, or null.
    #[serde(default)]
    metadata: Value,
    /// Makes it deleted.
    deleted: Option<bool>,
}

impl From<CreateDatasetRequest> for NewDataset {
    fn from(body: CreateDatasetRequest) -> Self {
        Self {
            name: body.name,
            description: body.description,
            metadata: body.metadata,
            deleted: body.deleted.unwrap_or(false),
        }
    }
}

/// What to change of a dataset. Unknown fields are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PatchDataset)]
pub(crate) struct PatchDatasetRequest {
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    metadata: Option<Value>,
    /// `true` deletes it and hides its items, `false` brings it back.
    deleted: Option<bool>,
}

impl From<PatchDatasetRequest> for DatasetPatch {
    fn from(body: PatchDatasetRequest) -> Self {
        Self { name: body.name, description: body.description, metadata: body.metadata, deleted: body.deleted }
    }
}

/// A dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dataset)]
pub(crate) struct DatasetResponse {
    id: Uuid,
    name: String,
    description: Option<String>,
    /// An object for programs, or null.
    metadata: Value,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted: bool,
    created_by: Option<UserBasic>,
    /// Number of the project.
    team: i64,
}

impl DatasetResponse {
    pub(crate) fn new(dataset: Dataset, authors: &Authors) -> Self {
        let fields = dataset.fields;
        Self {
            id: dataset.id.0,
            name: fields.name,
            description: fields.description,
            metadata: fields.metadata,
            created_at: Timestamp(fields.created_at),
            updated_at: Timestamp(fields.updated_at),
            deleted: fields.deleted,
            created_by: authors.get(fields.created_by),
            team: dataset.project.0,
        }
    }
}

/// What became of the rows of a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatasetImport)]
pub(crate) struct ImportResponse {
    /// Rows that became items.
    created: usize,
    /// Rows that changed items.
    updated: usize,
    /// Rows that were there already.
    unchanged: usize,
}

impl From<Imported> for ImportResponse {
    fn from(imported: Imported) -> Self {
        let Imported { created, updated, unchanged } = imported;
        Self { created, updated, unchanged }
    }
}
