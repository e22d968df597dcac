//! Datasets and items in memory: for tests, examples and programs that keep nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::{DeletedRows, Repositories};
use insights_core::text::search_form;

use crate::model::{Dataset, DatasetFields, DatasetId, Item, ItemFields, ItemId, MAX_ITEMS};
use crate::repository::{
    DatasetFilter, DatasetOrder, DatasetOrderField, DatasetRepository, Imported, ItemPlace, ItemRepository,
};

const NO_DATASET: RepositoryError = RepositoryError::NotFound { what: "dataset" };
const NO_ITEM: RepositoryError = RepositoryError::NotFound { what: "dataset item" };
const FULL: RepositoryError = RepositoryError::Limit { what: "items of a dataset", limit: MAX_ITEMS };

/// Datasets and items in maps behind a lock.
#[derive(Debug)]
pub struct InMemoryDatasets {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    datasets: BTreeMap<DatasetId, Dataset>,
    items: BTreeMap<ItemId, Item>,
}

impl Kept {
    fn live(&self, project: ProjectId, id: DatasetId) -> Option<&Dataset> {
        self.datasets.get(&id).filter(|dataset| dataset.project == project && !dataset.fields.deleted)
    }

    fn is_visible(&self, item: &Item) -> bool {
        !item.fields.deleted && self.live(item.project, item.fields.dataset).is_some()
    }

    fn items_of(&self, dataset: DatasetId) -> impl Iterator<Item = &Item> {
        self.items.values().filter(move |item| item.fields.dataset == dataset)
    }

    fn insert(&mut self, item: &Item) -> RepositoryResult<()> {
        if self.items_of(item.fields.dataset).count() >= MAX_ITEMS {
            return Err(FULL);
        }
        self.items.insert(item.id, item.clone());
        Ok(())
    }

    /// The item that the row of a file stands for.
    fn meant_by(&self, row: &Item) -> Option<&Item> {
        let key = row.key.as_deref()?;
        let by_id = self.items_of(row.fields.dataset).find(|item| item.id.to_string() == key);
        by_id.or_else(|| self.items_of(row.fields.dataset).find(|item| item.key.as_deref() == Some(key)))
    }
}

impl InMemoryDatasets {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no holder of this lock panics")
    }
}

impl DatasetRepository for InMemoryDatasets {
    fn create_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()> {
        if self.projects.get(dataset.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        self.log.append(activity)?;
        self.kept().datasets.insert(dataset.id, dataset.clone());
        Ok(())
    }

    fn get_dataset(&self, project: ProjectId, id: DatasetId, rows: DeletedRows) -> RepositoryResult<Option<Dataset>> {
        let kept = self.kept();
        let found = kept.datasets.get(&id).filter(|dataset| dataset.project == project);
        Ok(found.filter(|dataset| rows == DeletedRows::Included || !dataset.fields.deleted).cloned())
    }

    fn list_datasets(
        &self,
        project: ProjectId,
        filter: &DatasetFilter,
        page: Page,
    ) -> RepositoryResult<Paged<Dataset>> {
        let passes = |dataset: &&Dataset| {
            dataset.project == project
                && !dataset.fields.deleted
                && filter.ids.as_ref().is_none_or(|ids| ids.contains(&dataset.id))
                && filter.search.as_ref().is_none_or(|search| is_found(&dataset.fields, search))
        };
        let mut passing: Vec<Dataset> = self.kept().datasets.values().filter(passes).cloned().collect();
        passing.sort_by(|a, b| compare(a, b, filter.order));
        Ok(Paged::cut(passing, page))
    }

    fn update_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()> {
        let mut kept = self.kept();
        let stored = kept.datasets.get_mut(&dataset.id).filter(|stored| stored.project == dataset.project);
        let stored = stored.ok_or(NO_DATASET)?;
        if stored.revision != dataset.revision {
            return Err(RepositoryError::Conflict { what: "dataset" });
        }
        self.log.append(activity)?;
        stored.revision += 1;
        stored.fields = DatasetFields {
            created_at: stored.fields.created_at,
            created_by: stored.fields.created_by,
            ..dataset.fields.clone()
        };
        Ok(())
    }
}

impl ItemRepository for InMemoryDatasets {
    fn create_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()> {
        let mut kept = self.kept();
        kept.live(item.project, item.fields.dataset).ok_or(NO_DATASET)?;
        kept.insert(item)?;
        self.log.append(activity)?;
        Ok(())
    }

    fn get_item(&self, project: ProjectId, id: ItemId, rows: DeletedRows) -> RepositoryResult<Option<Item>> {
        let kept = self.kept();
        let found = kept.items.get(&id).filter(|item| item.project == project);
        Ok(found.filter(|item| rows == DeletedRows::Included || kept.is_visible(item)).cloned())
    }

    fn list_items(&self, project: ProjectId, dataset: Option<DatasetId>, page: Page) -> RepositoryResult<Paged<Item>> {
        let kept = self.kept();
        let passes = |item: &&Item| {
            item.project == project
                && kept.is_visible(item)
                && dataset.is_none_or(|dataset| item.fields.dataset == dataset)
        };
        let mut passing: Vec<Item> = kept.items.values().filter(passes).cloned().collect();
        passing.sort_by(|a, b| (b.fields.created_at, a.id).cmp(&(a.fields.created_at, b.id)));
        Ok(Paged::cut(passing, page))
    }

    fn update_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()> {
        let mut kept = self.kept();
        let stored = kept.items.get_mut(&item.id).filter(|stored| stored.project == item.project).ok_or(NO_ITEM)?;
        if stored.revision != item.revision {
            return Err(RepositoryError::Conflict { what: "dataset item" });
        }
        self.log.append(activity)?;
        stored.revision += 1;
        stored.key.clone_from(&item.key);
        stored.fields = ItemFields {
            created_at: stored.fields.created_at,
            created_by: stored.fields.created_by,
            ..item.fields.clone()
        };
        Ok(())
    }

    fn items_after(
        &self,
        project: ProjectId,
        dataset: DatasetId,
        after: Option<ItemPlace>,
        limit: u32,
    ) -> RepositoryResult<Vec<Item>> {
        let kept = self.kept();
        let of_dataset = kept.items_of(dataset).filter(|item| item.project == project && kept.is_visible(item));
        let mut rest: Vec<Item> =
            of_dataset.filter(|item| after.is_none_or(|after| ItemPlace::from(*item) > after)).cloned().collect();
        rest.sort_by_key(|item| ItemPlace::from(item));
        rest.truncate(limit as usize);
        Ok(rest)
    }

    fn import(&self, dataset: &Dataset, rows: &[Item], activity: &NewActivity) -> RepositoryResult<Imported> {
        let mut kept = self.kept();
        kept.live(dataset.project, dataset.id).ok_or(NO_DATASET)?;
        let mut imported = Imported::default();
        let before = kept.items.clone();
        for row in rows {
            match kept.meant_by(row).map(|item| item.changed_to(row)) {
                Some(None) => imported.unchanged += 1,
                Some(Some(changed)) => {
                    let revision = changed.revision + 1;
                    kept.items.insert(changed.id, Item { revision, ..changed });
                    imported.updated += 1;
                }
                None => {
                    if let Err(error) = kept.insert(row) {
                        kept.items = before;
                        return Err(error);
                    }
                    imported.created += 1;
                }
            }
        }
        self.log.append(activity)?;
        Ok(imported)
    }
}

fn is_found(fields: &DatasetFields, search: &str) -> bool {
    let metadata = if fields.metadata.is_null() { String::new() } else { fields.metadata.to_string() };
    let texts =
        [&fields.name, fields.description.as_ref().unwrap_or(&String::new()), &metadata].map(|text| search_form(text));
    texts.iter().any(|text| text.contains(&search_form(search)))
}

fn compare(a: &Dataset, b: &Dataset, order: DatasetOrder) -> Ordering {
    let by_field = match order.field {
        DatasetOrderField::CreatedAt => a.fields.created_at.cmp(&b.fields.created_at),
        DatasetOrderField::UpdatedAt => a.fields.updated_at.cmp(&b.fields.updated_at),
    };
    let by_field = if order.direction == Direction::Descending { by_field.reverse() } else { by_field };
    by_field.then(a.id.cmp(&b.id))
}
