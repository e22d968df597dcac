//! Where datasets and their items are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::repositories::DeletedRows;

use crate::model::{Dataset, DatasetId, Item, ItemId};

/// Which live datasets to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetFilter {
    /// These alone.
    pub ids: Option<Vec<DatasetId>>,
    /// Part of the name, the description or the JSON of the metadata, in any case.
    pub search: Option<String>,
    /// The order.
    pub order: DatasetOrder,
}

/// What datasets are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatasetOrderField {
    /// When they were made.
    #[default]
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
}

/// The order of a list; ties are broken by identity, upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetOrder {
    /// By what.
    pub field: DatasetOrderField,
    /// Which way.
    pub direction: Direction,
}

impl Default for DatasetOrder {
    /// The newest first.
    fn default() -> Self {
        Self { field: DatasetOrderField::CreatedAt, direction: Direction::Descending }
    }
}

impl DatasetOrder {
    /// Reads `name` or `-name`.
    ///
    /// # Errors
    /// A 400 that names `order_by` for a field that there is no ordering by.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let field = match name {
            "created_at" => DatasetOrderField::CreatedAt,
            "updated_at" => DatasetOrderField::UpdatedAt,
            _ => return Err(Problem::invalid_choice("order_by", text)),
        };
        Ok(Self { field, direction })
    }
}

/// Keeps datasets.
pub trait DatasetRepository: Send + Sync + fmt::Debug {
    /// Stores a new dataset with the row of the log.
    ///
    /// # Errors
    /// `NotFound` where the project is not there.
    fn create_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()>;

    /// The project's dataset of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_dataset(&self, project: ProjectId, id: DatasetId, rows: DeletedRows) -> RepositoryResult<Option<Dataset>>;

    /// The project's live datasets that pass the filter.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list_datasets(&self, project: ProjectId, filter: &DatasetFilter, page: Page)
    -> RepositoryResult<Paged<Dataset>>;

    /// Writes the fields and the row of the log, or nothing. What the dataset was made with stays. The revision grows.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is not `dataset.revision`, `NotFound` where the dataset is not there.
    fn update_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()>;
}

/// The place of an item among those of its dataset, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemPlace {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Among those made at the same instant.
    pub id: ItemId,
}

impl From<&Item> for ItemPlace {
    fn from(item: &Item) -> Self {
        Self { created_at: item.fields.created_at, id: item.id }
    }
}

/// What became of the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Became items.
    pub created: usize,
    /// Changed items that were there.
    pub updated: usize,
    /// Were there already.
    pub unchanged: usize,
}

/// Keeps the items of datasets.
pub trait ItemRepository: Send + Sync + fmt::Debug {
    /// Stores a new item with the row of the log.
    ///
    /// # Errors
    /// `NotFound` where the project has no live dataset of that id, `Limit` where that is full.
    fn create_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()>;

    /// The project's item of that id. With [`DeletedRows::Hidden`], items of deleted datasets are hidden as well.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_item(&self, project: ProjectId, id: ItemId, rows: DeletedRows) -> RepositoryResult<Option<Item>>;

    /// The project's live items, the newest first (ties by id, upwards): of that dataset, or of all that are live.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list_items(&self, project: ProjectId, dataset: Option<DatasetId>, page: Page) -> RepositoryResult<Paged<Item>>;

    /// Writes the fields, the key and the row of the log, or nothing. What the item was made with stays. The revision grows.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is not `item.revision`, `NotFound` where the item is not there.
    fn update_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()>;

    /// The first `limit` live items of a dataset after that place, the oldest first; a dataset is read by going on from the last one's place.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn items_after(
        &self,
        project: ProjectId,
        dataset: DatasetId,
        after: Option<ItemPlace>,
        limit: u32,
    ) -> RepositoryResult<Vec<Item>>;

    /// Stores the items, all of the dataset and project of the first, with the row of the log, or nothing. A row whose key is the id or the
    /// key of an item of the dataset, deleted or not, changes that as [`Item::changed_to`] says; any other becomes an item.
    ///
    /// # Errors
    /// `NotFound` where the project has no live dataset of that id, `Limit` where it would have too many items.
    fn import(&self, dataset: &Dataset, rows: &[Item], activity: &NewActivity) -> RepositoryResult<Imported>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        let newest = DatasetOrder { field: DatasetOrderField::UpdatedAt, direction: Direction::Descending };
        assert_eq!(DatasetOrder::parse("-updated_at"), Ok(newest));
        assert_eq!(DatasetOrder::parse("name").unwrap_err().attr.as_deref(), Some("order_by"));
    }
}
