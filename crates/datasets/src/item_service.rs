//! The use cases of the items of datasets.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, RepositoryResult, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::repositories::DeletedRows;
use insights_core::retry;
use insights_core::time::{Clock, to_microseconds};
use serde_json::{Value, json};

use crate::file::{FileFormat, Row, read};
use crate::model::{DATASET_SCOPE, Dataset, DatasetId, ITEM_SCOPE, Item, ItemContent, ItemFields, ItemId};
use crate::repository::{DatasetRepository, Imported, ItemPlace, ItemRepository};

/// Items that are read at a time where all of a dataset are: few, since each may be large.
const ITEMS_AT_A_TIME: u32 = 50;

/// What the log says of an import.
const IMPORTED: &str = "imported";

/// Fields whose values the log does not repeat: they may be large.
const LARGE_FIELDS: [&str; 3] = ["input", "output", "metadata"];

/// What of an item is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemPatch {
    /// See [`ItemFields::dataset`].
    pub dataset: Option<DatasetId>,
    /// See [`ItemContent::input`].
    pub input: Option<Value>,
    /// See [`ItemContent::output`].
    pub output: Option<Value>,
    /// See [`ItemContent::metadata`].
    pub metadata: Option<Value>,
    /// See [`ItemContent::ref_trace_id`]; `Some(None)` takes it away.
    pub ref_trace_id: Option<Option<String>>,
    /// See [`ItemContent::ref_timestamp`]; `Some(None)` takes it away.
    pub ref_timestamp: Option<Option<DateTime<Utc>>>,
    /// See [`ItemContent::ref_source_id`]; `Some(None)` takes it away.
    pub ref_source_id: Option<Option<String>>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
}

/// The use cases of items.
#[derive(Clone, Debug)]
pub struct ItemService {
    datasets: Arc<dyn DatasetRepository>,
    items: Arc<dyn ItemRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ItemService {
    /// A service over the repositories.
    pub fn new(
        datasets: Arc<dyn DatasetRepository>,
        items: Arc<dyn ItemRepository>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self { datasets, items, clock, ids }
    }

    /// Makes an item; a deleted one where `deleted` says so.
    ///
    /// # Errors
    /// A refusal that names the field at fault: `dataset` where the project has no live one of that id.
    pub fn create(
        &self,
        actor: &Actor,
        dataset: DatasetId,
        content: ItemContent,
        deleted: bool,
    ) -> ServiceResult<Item> {
        let item = self.new_item(actor, dataset, None, content, self.clock.now());
        let item = Item { fields: ItemFields { deleted, ..item.fields }, ..item };
        item.fields.content.check()?;
        let activity = entry(actor, verb::CREATED, &item, ActivityDetail::default());
        match self.items.create_item(&item, &activity) {
            Err(RepositoryError::NotFound { .. }) => Err(unknown_dataset(dataset).into()),
            result => Ok(result.map(|()| item)?),
        }
    }

    /// The project's live item of that id.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: ItemId) -> ServiceResult<Item> {
        let found = self.items.get_item(project, id, DeletedRows::Hidden)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// A page of the project's live items: of that dataset, or of all.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, dataset: Option<DatasetId>, page: Page) -> ServiceResult<Paged<Item>> {
        Ok(self.items.list_items(project, dataset, page)?)
    }

    /// Changes an item, deleted or not. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is none, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: ItemId, patch: &ItemPatch) -> ServiceResult<Item> {
        retry::on_conflict(|| {
            let old = self.items.get_item(actor.project, id, DeletedRows::Included)?.ok_or_else(Problem::not_found)?;
            let mut new = old.clone();
            apply(patch, &mut new);
            new.fields.content.check()?;
            if new == old {
                return Ok(old);
            }
            if new.fields.dataset != old.fields.dataset {
                let dataset = self.datasets.get_dataset(actor.project, new.fields.dataset, DeletedRows::Hidden)?;
                dataset.ok_or_else(|| unknown_dataset(new.fields.dataset))?;
            }
            new.fields.updated_at = self.clock.now();
            match self.items.update_item(&new, &changed(actor, &old, &new)) {
                Err(RepositoryError::NotFound { .. }) => Err(Problem::not_found().into()),
                result => Ok(result.map(|()| Item { revision: new.revision + 1, ..new })?),
            }
        })
    }

    /// Takes in the rows of a file: all, or none where one is wrong. A row with the `id` of an item of the dataset, or with that of a row that
    /// was taken in before, changes that item; so that a file which comes again adds nothing.
    ///
    /// # Errors
    /// A 404 where there is no such dataset, a refusal that names the field at fault and tells the line.
    pub fn import(
        &self,
        actor: &Actor,
        dataset: DatasetId,
        format: FileFormat,
        file: &[u8],
    ) -> ServiceResult<Imported> {
        let dataset = self.datasets.get_dataset(actor.project, dataset, DeletedRows::Hidden)?;
        let dataset = dataset.ok_or_else(Problem::not_found)?;
        let rows = read(format, file)?;
        let now = self.clock.now();
        // A microsecond apart, so that the order of the rows stays that of the items.
        let instants = std::iter::successors(Some(now), |instant| Some(*instant + TimeDelta::microseconds(1)));
        let rows: Vec<Item> = rows
            .into_iter()
            .zip(instants)
            .map(|(Row { key, content }, at)| self.new_item(actor, dataset.id, key, content, at))
            .collect();
        match self.items.import(&dataset, &rows, &imported(actor, &dataset, rows.len(), now)) {
            Err(RepositoryError::NotFound { .. }) => Err(Problem::not_found().into()),
            result => Ok(result?),
        }
    }

    /// Some live items of a dataset after that place, the oldest first; none at the end.
    ///
    /// # Errors
    /// The repository's.
    pub fn after(
        &self,
        project: ProjectId,
        dataset: DatasetId,
        after: Option<ItemPlace>,
    ) -> RepositoryResult<Vec<Item>> {
        self.items.items_after(project, dataset, after, ITEMS_AT_A_TIME)
    }

    fn new_item(
        &self,
        actor: &Actor,
        dataset: DatasetId,
        key: Option<String>,
        content: ItemContent,
        at: DateTime<Utc>,
    ) -> Item {
        let fields = ItemFields {
            dataset,
            content: ItemContent { ref_timestamp: content.ref_timestamp.map(to_microseconds), ..content },
            deleted: false,
            created_at: at,
            created_by: Some(actor.user),
            updated_at: at,
        };
        Item { id: ItemId(self.ids.uuid()), project: actor.project, revision: 1, key, fields }
    }
}

fn apply(patch: &ItemPatch, item: &mut Item) {
    let patch = patch.clone();
    if let Some(dataset) = patch.dataset.filter(|dataset| *dataset != item.fields.dataset) {
        // The key is of the dataset that it leaves.
        (item.fields.dataset, item.key) = (dataset, None);
    }
    let content = &mut item.fields.content;
    content.input = patch.input.unwrap_or(content.input.take());
    content.output = patch.output.unwrap_or(content.output.take());
    content.metadata = patch.metadata.unwrap_or(content.metadata.take());
    content.ref_trace_id = patch.ref_trace_id.unwrap_or(content.ref_trace_id.take());
    let ref_timestamp = patch.ref_timestamp.map(|at| at.map(to_microseconds));
    content.ref_timestamp = ref_timestamp.unwrap_or(content.ref_timestamp);
    content.ref_source_id = patch.ref_source_id.unwrap_or(content.ref_source_id.take());
    item.fields.deleted = patch.deleted.unwrap_or(item.fields.deleted);
}

/// Of a dataset that is nowhere, in another project or deleted.
fn unknown_dataset(id: DatasetId) -> Problem {
    let detail = format!("Invalid pk \"{id}\" - object does not exist.");
    Problem { code: "does_not_exist", ..Problem::invalid("dataset", detail) }
}

fn changed(actor: &Actor, old: &Item, new: &Item) -> NewActivity {
    let verb = match (old.fields.deleted, new.fields.deleted) {
        (false, true) => verb::DELETED,
        (true, false) => verb::RESTORED,
        _ => verb::UPDATED,
    };
    let (before, after) = (old.fields.clone(), new.fields.clone());
    let pairs = vec![
        FieldPair::column("dataset", before.dataset.to_string(), after.dataset.to_string()),
        FieldPair::column("input", before.content.input, after.content.input),
        FieldPair::column("output", before.content.output, after.content.output),
        FieldPair::column("metadata", before.content.metadata, after.content.metadata),
        FieldPair::column("ref_trace_id", before.content.ref_trace_id, after.content.ref_trace_id),
        FieldPair::column("ref_timestamp", json!(before.content.ref_timestamp), json!(after.content.ref_timestamp)),
        FieldPair::column("ref_source_id", before.content.ref_source_id, after.content.ref_source_id),
        FieldPair::column("deleted", before.deleted, after.deleted),
    ];
    let mut changes = diff(ITEM_SCOPE, pairs);
    for change in changes.iter_mut().filter(|change| LARGE_FIELDS.contains(&change.field.as_str())) {
        (change.before, change.after) = (None, None);
    }
    entry(actor, verb, new, ActivityDetail { changes: Some(changes), ..ActivityDetail::default() })
}

fn entry(actor: &Actor, verb: &str, item: &Item, detail: ActivityDetail) -> NewActivity {
    NewActivity::by(actor, verb, ITEM_SCOPE, item.id.to_string(), detail, item.fields.updated_at)
}

fn imported(actor: &Actor, dataset: &Dataset, n_rows: usize, at: DateTime<Utc>) -> NewActivity {
    let detail = ActivityDetail {
        name: Some(dataset.fields.name.clone()),
        trigger: Some(json!({"job_type": "import", "payload": {"rows": n_rows}})),
        ..ActivityDetail::default()
    };
    NewActivity::by(actor, IMPORTED, DATASET_SCOPE, dataset.id.to_string(), detail, at)
}

#[cfg(test)]
mod tests;
