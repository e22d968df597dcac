//! Cohorts, and the lists of static ones.

use ::cohorts::model::{Cohort, CohortFields, CohortId, Counted, MAX_MEMBERS};
use ::cohorts::repository::{CohortDraft, CohortFilter, CohortRepository, MemberChange};
use chrono::NaiveDateTime;
use diesel::dsl::IntoBoxed;
use diesel::prelude::*;
use insights_core::activity::NewActivity;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;
use insights_core::text::search_form;

use crate::activity::insert_activity;
use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::{cohort_members, cohorts};
use crate::values::{containing, from_json, instant, json_text, lookup, signed, stamp, unsigned};

const WHAT: &str = "cohort";

/// Distinct ids that one statement names; databases bound the parameters of a statement.
const IDS_A_STATEMENT: usize = 500;

impl CohortRepository for DieselDatabase {
    fn create(&self, draft: &CohortDraft, activity: &NewActivity) -> RepositoryResult<Cohort> {
        self.write(WHAT, |connection| {
            let row = NewCohortRow::new(draft);
            let id: i64 =
                diesel::insert_into(cohorts::table).values(row).returning(cohorts::id).get_result(connection)?;
            insert_activity(connection, activity, &id.to_string())?;
            load_one(connection, CohortId(id))
        })
    }

    fn get(&self, project: ProjectId, id: CohortId, rows: DeletedRows) -> RepositoryResult<Option<Cohort>> {
        self.read(WHAT, |connection| {
            let mut query = cohorts::table
                .filter(cohorts::project_id.eq(project.0))
                .filter(cohorts::id.eq(id.0))
                .into_boxed::<MultiBackend>();
            if rows == DeletedRows::Hidden {
                query = query.filter(cohorts::deleted.eq(false));
            }
            let row: Option<CohortRow> = query.select(CohortRow::as_select()).first(connection).optional()?;
            row.map(CohortRow::into_cohort).transpose()
        })
    }

    fn get_batch(&self, project: ProjectId, ids: &[CohortId]) -> RepositoryResult<Vec<Cohort>> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.read(WHAT, |connection| {
            let rows: Vec<CohortRow> = cohorts::table
                .filter(cohorts::project_id.eq(project.0))
                .filter(cohorts::id.eq_any(ids))
                .filter(cohorts::deleted.eq(false))
                .order(cohorts::id)
                .select(CohortRow::as_select())
                .load(connection)?;
            rows.into_iter().map(CohortRow::into_cohort).collect()
        })
    }

    fn list(&self, project: ProjectId, filter: &CohortFilter, page: Page) -> RepositoryResult<Paged<Cohort>> {
        self.read(WHAT, |connection| {
            let count: i64 = passing(project, filter).count().get_result(connection)?;
            let rows: Vec<CohortRow> = passing(project, filter)
                .order((cohorts::created_at.desc(), cohorts::id.desc()))
                .limit(i64::from(page.limit()))
                .offset(signed(page.offset()))
                .select(CohortRow::as_select())
                .load(connection)?;
            let items = rows.into_iter().map(CohortRow::into_cohort).collect::<Result<_, _>>()?;
            Ok(Paged { count: unsigned(count), items })
        })
    }

    fn update(&self, cohort: &Cohort, activity: Option<&NewActivity>) -> RepositoryResult<Cohort> {
        self.write(WHAT, |connection| {
            let stored =
                cohorts::table.filter(cohorts::id.eq(cohort.id.0)).filter(cohorts::project_id.eq(cohort.project.0));
            let unchanged = stored.filter(cohorts::version.eq(cohort.version));
            let row = ChangedCohortRow::of_version(&cohort.fields, cohort.version + 1);
            if diesel::update(unchanged).set(row).execute(connection)? == 0 {
                let n_stored: i64 = stored.count().get_result(connection)?;
                return Err(match n_stored {
                    0 => RepositoryError::NotFound { what: WHAT }.into(),
                    _ => RepositoryError::Conflict { what: WHAT }.into(),
                });
            }
            if let Some(activity) = activity {
                insert_activity(connection, activity, &activity.item_id)?;
            }
            load_one(connection, cohort.id)
        })
    }

    fn members(&self, project: ProjectId, id: CohortId) -> RepositoryResult<Vec<String>> {
        self.read(WHAT, |connection| {
            Ok(cohort_members::table
                .inner_join(cohorts::table.on(cohorts::id.eq(cohort_members::cohort_id)))
                .filter(cohorts::project_id.eq(project.0))
                .filter(cohorts::id.eq(id.0))
                .order(cohort_members::distinct_id)
                .select(cohort_members::distinct_id)
                .load(connection)?)
        })
    }

    fn change_members(
        &self,
        project: ProjectId,
        id: CohortId,
        change: MemberChange<'_>,
        activity: &NewActivity,
    ) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            // first, so that another writer of the same cohort waits
            let stored = cohorts::table.filter(cohorts::id.eq(id.0)).filter(cohorts::project_id.eq(project.0));
            let raised = diesel::update(stored).set(cohorts::version.eq(cohorts::version + 1)).execute(connection)?;
            if raised == 0 {
                return Err(RepositoryError::NotFound { what: WHAT }.into());
            }
            match change {
                MemberChange::Add(ids) => add(connection, id, ids)?,
                MemberChange::Remove(ids) => remove(connection, id, ids)?,
            }
            let n_members: i64 =
                cohort_members::table.filter(cohort_members::cohort_id.eq(id.0)).count().get_result(connection)?;
            if unsigned(n_members) > MAX_MEMBERS as u64 {
                return Err(RepositoryError::Limit { what: "persons of a cohort", limit: MAX_MEMBERS }.into());
            }
            insert_activity(connection, activity, &activity.item_id)?;
            Ok(())
        })
    }

    fn record_count(&self, project: ProjectId, id: CohortId, counted: Counted) -> RepositoryResult<()> {
        self.write(WHAT, |connection| {
            let stored = cohorts::table.filter(cohorts::id.eq(id.0)).filter(cohorts::project_id.eq(project.0));
            let row = (cohorts::n_counted.eq(Some(counted.count)), cohorts::counted_at.eq(Some(stamp(counted.at))));
            diesel::update(stored).set(row).execute(connection)?;
            Ok(())
        })
    }
}

fn add(connection: &mut AnyConnection, id: CohortId, distinct_ids: &[String]) -> Result<(), Failure> {
    let new: std::collections::BTreeSet<&str> = distinct_ids.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.into_iter().collect();
    for ids in new.chunks(IDS_A_STATEMENT) {
        let known: Vec<String> = cohort_members::table
            .filter(cohort_members::cohort_id.eq(id.0))
            .filter(cohort_members::distinct_id.eq_any(ids))
            .select(cohort_members::distinct_id)
            .load(connection)?;
        for distinct_id in ids.iter().filter(|distinct_id| !known.iter().any(|known| known == *distinct_id)) {
            let row = (cohort_members::cohort_id.eq(id.0), cohort_members::distinct_id.eq(*distinct_id));
            diesel::insert_into(cohort_members::table).values(row).execute(connection)?;
        }
    }
    Ok(())
}

fn remove(connection: &mut AnyConnection, id: CohortId, distinct_ids: &[String]) -> Result<(), Failure> {
    for ids in distinct_ids.chunks(IDS_A_STATEMENT) {
        let ids: Vec<String> = ids.iter().map(|id| lookup(id)).collect();
        let gone = cohort_members::table
            .filter(cohort_members::cohort_id.eq(id.0))
            .filter(cohort_members::distinct_id.eq_any(ids));
        diesel::delete(gone).execute(connection)?;
    }
    Ok(())
}

fn passing(project: ProjectId, filter: &CohortFilter) -> IntoBoxed<'static, cohorts::table, MultiBackend> {
    let mut query = cohorts::table.into_boxed::<MultiBackend>();
    query = query.filter(cohorts::project_id.eq(project.0)).filter(cohorts::deleted.eq(false));
    if let Some(search) = &filter.search {
        let pattern = containing(&search_form(search));
        query = query.filter(cohorts::search_text.like(pattern).escape('\\'));
    }
    if let Some(is_static) = filter.is_static {
        query = query.filter(cohorts::is_static.eq(is_static));
    }
    if let Some(user) = filter.created_by {
        query = query.filter(cohorts::created_by.eq(user.0));
    }
    query
}

fn load_one(connection: &mut AnyConnection, id: CohortId) -> Result<Cohort, Failure> {
    let row: CohortRow =
        cohorts::table.filter(cohorts::id.eq(id.0)).select(CohortRow::as_select()).first(connection)?;
    row.into_cohort()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = cohorts)]
struct CohortRow {
    id: i64,
    project_id: i64,
    version: i64,
    name: String,
    description: String,
    groups: String,
    filters: String,
    query: String,
    is_static: bool,
    deleted: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    n_counted: Option<i64>,
    counted_at: Option<NaiveDateTime>,
}

impl CohortRow {
    fn into_cohort(self) -> Result<Cohort, Failure> {
        let fields = CohortFields {
            name: self.name,
            description: self.description,
            groups: from_json(WHAT, &self.groups)?,
            filters: from_json(WHAT, &self.filters)?,
            query: from_json(WHAT, &self.query)?,
            is_static: self.is_static,
            deleted: self.deleted,
            created_at: instant(self.created_at),
            created_by: self.created_by.map(UserId),
        };
        let counted = self.n_counted.zip(self.counted_at).map(|(count, at)| Counted { count, at: instant(at) });
        let (id, project) = (CohortId(self.id), ProjectId(self.project_id));
        Ok(Cohort { id, project, version: self.version, fields, counted })
    }
}

/// What a cohort is made with and no change writes.
#[derive(Insertable)]
#[diesel(table_name = cohorts, treat_none_as_default_value = false)]
struct NewCohortRow {
    project_id: i64,
    is_static: bool,
    created_at: NaiveDateTime,
    created_by: Option<i64>,
    #[diesel(embed)]
    changeable: ChangedCohortRow,
}

impl NewCohortRow {
    fn new(draft: &CohortDraft) -> Self {
        Self {
            project_id: draft.project.0,
            is_static: draft.fields.is_static,
            created_at: stamp(draft.fields.created_at),
            created_by: draft.fields.created_by.map(|user| user.0),
            changeable: ChangedCohortRow::of_version(&draft.fields, 1),
        }
    }
}

/// What every change of a cohort writes.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = cohorts)]
struct ChangedCohortRow {
    version: i64,
    name: String,
    description: String,
    search_text: String,
    groups: String,
    filters: String,
    query: String,
    deleted: bool,
}

impl ChangedCohortRow {
    fn of_version(fields: &CohortFields, version: i64) -> Self {
        Self {
            version,
            name: fields.name.clone(),
            description: fields.description.clone(),
            // Nobody searches for the control character between them, so that no search matches across both.
            search_text: search_form(&format!("{}\u{1}{}", fields.name, fields.description)),
            groups: json_text(&fields.groups),
            filters: json_text(&fields.filters),
            query: json_text(&fields.query),
            deleted: fields.deleted,
        }
    }
}
