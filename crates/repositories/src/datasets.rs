//! Datasets and their items.

mod items;
mod rows;

use ::datasets::model::{Dataset, DatasetId};
use ::datasets::repository::{DatasetFilter, DatasetOrder, DatasetOrderField, DatasetRepository};
use diesel::dsl::IntoBoxed;
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;
use insights_core::text::search_form;

use self::rows::{ChangedDatasetRow, DatasetRow, NewDatasetRow};
use crate::activity::insert_activity;
use crate::connection::MultiBackend;
use crate::database::DieselDatabase;
use crate::schema::datasets;
use crate::values::{containing, signed, unsigned};

const WHAT: &str = "dataset";

impl DatasetRepository for DieselDatabase {
    fn create_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            diesel::insert_into(datasets::table).values(NewDatasetRow::new(dataset)).execute(connection)?;
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn get_dataset(&self, project: ProjectId, id: DatasetId, rows: DeletedRows) -> RepositoryResult<Option<Dataset>> {
        self.read(WHAT, |connection| {
            let mut query = datasets::table
                .filter(datasets::project_id.eq(project.0))
                .filter(datasets::id.eq(id.to_string()))
                .into_boxed::<MultiBackend>();
            if rows == DeletedRows::Hidden {
                query = query.filter(datasets::deleted.eq(false));
            }
            let row: Option<DatasetRow> = query.select(DatasetRow::as_select()).first(connection).optional()?;
            row.map(Dataset::try_from).transpose()
        })
    }

    fn list_datasets(
        &self,
        project: ProjectId,
        filter: &DatasetFilter,
        page: Page,
    ) -> RepositoryResult<Paged<Dataset>> {
        self.read(WHAT, |connection| {
            let count: i64 = passing(project, filter).count().get_result(connection)?;
            let rows: Vec<DatasetRow> = ordered(passing(project, filter), filter.order)
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(DatasetRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(Dataset::try_from).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn update_dataset(&self, dataset: &Dataset, activity: &NewActivity) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored = datasets::table
                .filter(datasets::id.eq(dataset.id.to_string()))
                .filter(datasets::project_id.eq(dataset.project.0));
            let unchanged = stored.clone().filter(datasets::revision.eq(dataset.revision));
            let row = ChangedDatasetRow::of_revision(&dataset.fields, dataset.revision + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }
}

type Query<'a> = IntoBoxed<'a, datasets::table, MultiBackend>;

/// The project's live datasets that pass the filter.
fn passing(project: ProjectId, filter: &DatasetFilter) -> Query<'static> {
    let mut query = datasets::table.into_boxed::<MultiBackend>();
    query = query.filter(datasets::project_id.eq(project.0)).filter(datasets::deleted.eq(false));
    if let Some(ids) = &filter.ids {
        let ids: Vec<String> = ids.iter().map(DatasetId::to_string).collect();
        query = query.filter(datasets::id.eq_any(ids));
    }
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        query = query.filter(datasets::search_text.like(pattern).escape('\\'));
    }
    query
}

fn ordered(query: Query<'_>, order: DatasetOrder) -> Query<'_> {
    match (order.field, order.direction) {
        (DatasetOrderField::CreatedAt, Direction::Ascending) => {
            query.order((datasets::created_at.asc(), datasets::id.asc()))
        }
        (DatasetOrderField::CreatedAt, Direction::Descending) => {
            query.order((datasets::created_at.desc(), datasets::id.asc()))
        }
        (DatasetOrderField::UpdatedAt, Direction::Ascending) => {
            query.order((datasets::updated_at.asc(), datasets::id.asc()))
        }
        (DatasetOrderField::UpdatedAt, Direction::Descending) => {
            query.order((datasets::updated_at.desc(), datasets::id.asc()))
        }
    }
}
