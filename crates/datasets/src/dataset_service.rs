//! The use cases of datasets.

use std::sync::Arc;

use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::repositories::DeletedRows;
use insights_core::retry;
use insights_core::time::Clock;
use serde_json::Value;

use crate::model::{DATASET_SCOPE, Dataset, DatasetFields, DatasetId};
use crate::repository::{DatasetFilter, DatasetRepository};

/// What a new dataset is asked for with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewDataset {
    /// See [`DatasetFields::name`].
    pub name: String,
    /// See [`DatasetFields::description`].
    pub description: Option<String>,
    /// See [`DatasetFields::metadata`].
    pub metadata: Value,
    /// Whether it is to be deleted from the beginning.
    pub deleted: bool,
}

/// What of a dataset is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatasetPatch {
    /// See [`DatasetFields::name`].
    pub name: Option<String>,
    /// See [`DatasetFields::description`]; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// See [`DatasetFields::metadata`].
    pub metadata: Option<Value>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
}

/// The use cases of datasets.
#[derive(Clone, Debug)]
pub struct DatasetService {
    datasets: Arc<dyn DatasetRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl DatasetService {
    /// A service over the repository.
    pub fn new(datasets: Arc<dyn DatasetRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { datasets, clock, ids }
    }

    /// Makes a dataset.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewDataset) -> ServiceResult<Dataset> {
        let now = self.clock.now();
        let fields = DatasetFields {
            name: new.name,
            description: new.description,
            metadata: new.metadata,
            deleted: new.deleted,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
        };
        fields.check()?;
        let dataset = Dataset { id: DatasetId(self.ids.uuid()), project: actor.project, revision: 1, fields };
        let activity = entry(actor, verb::CREATED, &dataset, ActivityDetail::default());
        self.datasets.create_dataset(&dataset, &activity)?;
        Ok(dataset)
    }

    /// The project's live dataset of that id.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: DatasetId) -> ServiceResult<Dataset> {
        let found = self.datasets.get_dataset(project, id, DeletedRows::Hidden)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// A page of the project's live datasets.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &DatasetFilter, page: Page) -> ServiceResult<Paged<Dataset>> {
        Ok(self.datasets.list_datasets(project, filter, page)?)
    }

    /// Changes a dataset, deleted or not. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: DatasetId, patch: &DatasetPatch) -> ServiceResult<Dataset> {
        retry::on_conflict(|| {
            let old = self.datasets.get_dataset(actor.project, id, DeletedRows::Included)?;
            let old = old.ok_or_else(Problem::not_found)?;
            let patch = patch.clone();
            let mut new = old.clone();
            new.fields.name = patch.name.unwrap_or(new.fields.name);
            new.fields.description = patch.description.unwrap_or(new.fields.description);
            new.fields.metadata = patch.metadata.unwrap_or(new.fields.metadata);
            new.fields.deleted = patch.deleted.unwrap_or(new.fields.deleted);
            new.fields.check()?;
            if new == old {
                return Ok(old);
            }
            new.fields.updated_at = self.clock.now();
            match self.datasets.update_dataset(&new, &changed(actor, &old, &new)) {
                Err(RepositoryError::NotFound { .. }) => Err(Problem::not_found().into()),
                result => Ok(result.map(|()| Dataset { revision: new.revision + 1, ..new })?),
            }
        })
    }
}

fn changed(actor: &Actor, old: &Dataset, new: &Dataset) -> NewActivity {
    let verb = match (old.fields.deleted, new.fields.deleted) {
        (false, true) => verb::DELETED,
        (true, false) => verb::RESTORED,
        _ => verb::UPDATED,
    };
    let (before, after) = (old.fields.clone(), new.fields.clone());
    let pairs = vec![
        FieldPair::column("name", before.name, after.name),
        FieldPair::column("description", before.description, after.description),
        FieldPair::column("metadata", before.metadata, after.metadata),
        FieldPair::column("deleted", before.deleted, after.deleted),
    ];
    let detail = ActivityDetail { changes: Some(diff(DATASET_SCOPE, pairs)), ..ActivityDetail::default() };
    entry(actor, verb, new, detail)
}

fn entry(actor: &Actor, verb: &str, dataset: &Dataset, detail: ActivityDetail) -> NewActivity {
    let detail = ActivityDetail { name: Some(dataset.fields.name.clone()), ..detail };
    NewActivity::by(actor, verb, DATASET_SCOPE, dataset.id.to_string(), detail, dataset.fields.updated_at)
}
