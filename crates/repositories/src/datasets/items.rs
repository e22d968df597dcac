//! The items of datasets.

use std::collections::HashMap;

use ::datasets::model::{Dataset, DatasetId, Item, ItemId, MAX_ITEMS};
use ::datasets::repository::{Imported, ItemPlace, ItemRepository};
use diesel::dsl::{IntoBoxed, exists};
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;

use super::rows::{ChangedItemRow, ItemRow, NewItemRow};
use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{dataset_items, datasets};
use crate::values::{signed, stamp, unsigned};

pub(super) const ITEM: &str = "dataset item";

/// Keys that one statement names; databases bound the parameters of a statement.
const KEYS_A_STATEMENT: usize = 500;

impl ItemRepository for DieselDatabase {
    fn create_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(ITEM, |connection| {
            take_turn(connection, item.project, item.fields.dataset)?;
            insert(connection, item)?;
            check_room(connection, item.fields.dataset)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn get_item(&self, project: ProjectId, id: ItemId, rows: DeletedRows) -> RepositoryResult<Option<Item>> {
        self.read(ITEM, |connection| {
            let mut query = dataset_items::table
                .filter(dataset_items::project_id.eq(project.0))
                .filter(dataset_items::id.eq(id.to_string()))
                .into_boxed::<MultiBackend>();
            if rows == DeletedRows::Hidden {
                let live = datasets::table
                    .filter(datasets::id.eq(dataset_items::dataset_id))
                    .filter(datasets::deleted.eq(false));
                query = query.filter(dataset_items::deleted.eq(false)).filter(exists(live));
            }
            let row: Option<ItemRow> = query.select(ItemRow::as_select()).first(connection).optional()?;
            row.map(Item::try_from).transpose()
        })
    }

    fn list_items(&self, project: ProjectId, dataset: Option<DatasetId>, page: Page) -> RepositoryResult<Paged<Item>> {
        self.read(ITEM, |connection| {
            let count: i64 = visible(project, dataset).count().get_result(connection)?;
            let rows: Vec<ItemRow> = visible(project, dataset)
                .order((dataset_items::created_at.desc(), dataset_items::id.asc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(ItemRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(Item::try_from).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn update_item(&self, item: &Item, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(ITEM, |connection| {
            if !change(connection, item)? {
                let stored = dataset_items::table
                    .filter(dataset_items::id.eq(item.id.to_string()))
                    .filter(dataset_items::project_id.eq(item.project.0));
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: ITEM }.into(),
                    _ => RepositoryError::Conflict { what: ITEM }.into(),
                });
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn items_after(
        &self,
        project: ProjectId,
        dataset: DatasetId,
        after: Option<ItemPlace>,
        limit: u32,
    ) -> RepositoryResult<Vec<Item>> {
        self.read(ITEM, |connection| {
            let mut query = visible(project, Some(dataset));
            if let Some(after) = after {
                let (at, id) = (stamp(after.created_at), after.id.to_string());
                let later = dataset_items::created_at.gt(at);
                let beside = dataset_items::created_at.eq(at).and(dataset_items::id.gt(id));
                query = query.filter(later.or(beside));
            }
            let rows: Vec<ItemRow> = query
                .order((dataset_items::created_at.asc(), dataset_items::id.asc()))
                .limit(i64::from(limit))
                .select(ItemRow::as_select())
                .load(connection)?;
            rows.into_iter().map(Item::try_from).collect()
        })
    }

    fn import(&self, dataset: &Dataset, rows: &[Item], activity: &NewActivity) -> RepositoryResult<Imported> {
        self.write(ITEM, |connection| {
            take_turn(connection, dataset.project, dataset.id)?;
            let mut imported = Imported::default();
            for rows in rows.chunks(KEYS_A_STATEMENT) {
                let mut known = Known::load(connection, dataset.id, rows)?;
                for row in rows {
                    match known.meant_by(row).map(|item| item.changed_to(row)) {
                        Some(None) => imported.unchanged += 1,
                        Some(Some(changed)) => {
                            change(connection, &changed)?;
                            known.items.insert(changed.id, Item { revision: changed.revision + 1, ..changed });
                            imported.updated += 1;
                        }
                        None => {
                            insert(connection, row)?;
                            imported.created += 1;
                        }
                    }
                }
            }
            check_room(connection, dataset.id)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(imported)
        })
    }
}

/// Makes other writers of the items of the dataset wait, so that what is counted and looked up here stays true until the end.
fn take_turn(connection: &mut AnyConnection, project: ProjectId, dataset: DatasetId) -> Result<(), Failure> {
    let live = datasets::table
        .filter(datasets::id.eq(dataset.to_string()))
        .filter(datasets::project_id.eq(project.0))
        .filter(datasets::deleted.eq(false));
    match diesel::update(live).set(datasets::revision.eq(datasets::revision + 1)).execute(connection)? {
        0 => Err(RepositoryError::NotFound { what: super::WHAT }.into()),
        _ => Ok(()),
    }
}

fn insert(connection: &mut AnyConnection, item: &Item) -> Result<(), Failure> {
    diesel::insert_into(dataset_items::table).values(NewItemRow::new(item)).execute(connection)?;
    Ok(())
}

/// Writes an item; says whether its revision was the stored one.
fn change(connection: &mut AnyConnection, item: &Item) -> Result<bool, Failure> {
    let unchanged = dataset_items::table
        .filter(dataset_items::id.eq(item.id.to_string()))
        .filter(dataset_items::project_id.eq(item.project.0))
        .filter(dataset_items::revision.eq(item.revision));
    let row = ChangedItemRow::of_revision(item, item.revision + 1);
    Ok(diesel::update(unchanged).set(row).execute(connection)? > 0)
}

fn check_room(connection: &mut AnyConnection, dataset: DatasetId) -> Result<(), Failure> {
    let of_dataset = dataset_items::table.filter(dataset_items::dataset_id.eq(dataset.to_string()));
    let n_items: i64 = of_dataset.count().get_result(connection)?;
    if unsigned(n_items) > MAX_ITEMS as u64 {
        return Err(RepositoryError::Limit { what: "items of a dataset", limit: MAX_ITEMS }.into());
    }
    Ok(())
}

/// The items of a dataset that rows of a file stand for.
struct Known {
    items: HashMap<ItemId, Item>,
    /// By what rows call them: their ids and their keys.
    names: HashMap<String, ItemId>,
}

impl Known {
    fn load(connection: &mut AnyConnection, dataset: DatasetId, rows: &[Item]) -> Result<Self, Failure> {
        let keys: Vec<&str> = rows.iter().filter_map(|row| row.key.as_deref()).collect();
        let of_dataset = || dataset_items::table.filter(dataset_items::dataset_id.eq(dataset.to_string()));
        let by_key: Vec<ItemRow> = of_dataset()
            .filter(dataset_items::import_key.eq_any(keys.iter().copied().map(Some).collect::<Vec<_>>()))
            .select(ItemRow::as_select())
            .load(connection)?;
        let by_id: Vec<ItemRow> =
            of_dataset().filter(dataset_items::id.eq_any(keys)).select(ItemRow::as_select()).load(connection)?;
        let items: Vec<Item> = by_key.into_iter().chain(by_id).map(Item::try_from).collect::<Result<_, _>>()?;
        let by_key = items.iter().filter_map(|item| Some((item.key.clone()?, item.id)));
        // An id goes before a key.
        let names = by_key.chain(items.iter().map(|item| (item.id.to_string(), item.id))).collect();
        Ok(Self { names, items: items.into_iter().map(|item| (item.id, item)).collect() })
    }

    fn meant_by(&self, row: &Item) -> Option<&Item> {
        self.items.get(self.names.get(row.key.as_ref()?)?)
    }
}

/// The project's live items: of that dataset, or of all, as long as they are live.
fn visible(project: ProjectId, dataset: Option<DatasetId>) -> IntoBoxed<'static, dataset_items::table, MultiBackend> {
    let live = datasets::table.filter(datasets::id.eq(dataset_items::dataset_id)).filter(datasets::deleted.eq(false));
    let mut query = dataset_items::table.into_boxed::<MultiBackend>();
    query = query
        .filter(dataset_items::project_id.eq(project.0))
        .filter(dataset_items::deleted.eq(false))
        .filter(exists(live));
    if let Some(dataset) = dataset {
        query = query.filter(dataset_items::dataset_id.eq(dataset.to_string()));
    }
    query
}
