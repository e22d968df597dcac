//! The use cases of cohorts.

use std::sync::Arc;

use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use insights_core::error::ServiceResult;
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::problem::Problem;
use insights_core::repositories::DeletedRows;
use insights_core::retry;
use insights_core::text::check_length;
use insights_core::time::Clock;
use serde_json::Value;

use crate::model::{Cohort, CohortFields, CohortId, Counted, MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, SCOPE};
use crate::repository::{CohortDraft, CohortFilter, CohortRepository, MemberChange};

/// What a new cohort is asked for with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewCohort {
    /// See [`CohortFields::name`].
    pub name: String,
    /// See [`CohortFields::description`].
    pub description: String,
    /// See [`CohortFields::groups`]; null stands for none.
    pub groups: Value,
    /// See [`CohortFields::filters`].
    pub filters: Value,
    /// See [`CohortFields::query`].
    pub query: Value,
    /// See [`CohortFields::is_static`].
    pub is_static: bool,
}

/// What of a cohort is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CohortPatch {
    /// See [`CohortFields::name`].
    pub name: Option<String>,
    /// See [`CohortFields::description`].
    pub description: Option<String>,
    /// See [`CohortFields::groups`].
    pub groups: Option<Value>,
    /// See [`CohortFields::filters`].
    pub filters: Option<Value>,
    /// Deletes (`true`) or brings back (`false`).
    pub deleted: Option<bool>,
}

/// The use cases of cohorts.
#[derive(Clone, Debug)]
pub struct CohortService {
    cohorts: Arc<dyn CohortRepository>,
    clock: Arc<dyn Clock>,
}

impl CohortService {
    /// A service over the repository.
    pub fn new(cohorts: Arc<dyn CohortRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { cohorts, clock }
    }

    /// Makes a cohort.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn create(&self, actor: &Actor, new: NewCohort) -> ServiceResult<Cohort> {
        let now = self.clock.now();
        let fields = CohortFields {
            name: new.name,
            description: new.description,
            groups: if new.groups.is_null() { Value::Array(Vec::new()) } else { new.groups },
            filters: new.filters,
            query: new.query,
            is_static: new.is_static,
            deleted: false,
            created_at: now,
            created_by: Some(actor.user),
        };
        check(&fields)?;
        let activity = log_row(actor, verb::CREATED, String::new(), &fields, None, now);
        Ok(self.cohorts.create(&CohortDraft { project: actor.project, fields }, &activity)?)
    }

    /// The project's live cohort of that number.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: CohortId) -> ServiceResult<Cohort> {
        let found = self.cohorts.get(project, id, DeletedRows::Hidden)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// The project's live cohorts of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// The repository's.
    pub fn get_batch(&self, project: ProjectId, ids: &[CohortId]) -> ServiceResult<Vec<Cohort>> {
        Ok(self.cohorts.get_batch(project, ids)?)
    }

    /// A page of the project's live cohorts, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &CohortFilter, page: Page) -> ServiceResult<Paged<Cohort>> {
        Ok(self.cohorts.list(project, filter, page)?)
    }

    /// Changes a cohort. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is no live one (`deleted: false` finds deleted ones too), a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: CohortId, patch: &CohortPatch) -> ServiceResult<Cohort> {
        let rows = if patch.deleted == Some(false) { DeletedRows::Included } else { DeletedRows::Hidden };
        retry::on_conflict(|| {
            let old = self.cohorts.get(actor.project, id, rows)?.ok_or_else(Problem::not_found)?;
            let fields = apply(patch, &old.fields);
            check(&fields)?;
            let verb = match (old.fields.deleted, fields.deleted) {
                (false, true) => verb::DELETED,
                (true, false) => verb::RESTORED,
                _ => verb::UPDATED,
            };
            let changes = diff(SCOPE, pairs(&old.fields, &fields));
            let activity = (verb != verb::UPDATED || !changes.is_empty())
                .then(|| log_row(actor, verb, id.to_string(), &fields, Some(changes), self.clock.now()));
            Ok(self.cohorts.update(&Cohort { fields, ..old }, activity.as_ref())?)
        })
    }

    /// The distinct ids of the list of the project's cohort of that number, in order of their texts.
    ///
    /// # Errors
    /// The repository's.
    pub fn members(&self, project: ProjectId, id: CohortId) -> ServiceResult<Vec<String>> {
        Ok(self.cohorts.members(project, id)?)
    }

    /// Adds persons to a static cohort, by their distinct ids.
    ///
    /// # Errors
    /// A 404 where there is no live one of that number, a refusal where it is not static or would be too large.
    pub fn add_members(&self, actor: &Actor, id: CohortId, distinct_ids: &[String]) -> ServiceResult<Cohort> {
        self.change_members(actor, id, MemberChange::Add(distinct_ids))
    }

    /// Takes persons out of a static cohort, by their distinct ids.
    ///
    /// # Errors
    /// As [`Self::add_members`].
    pub fn remove_members(&self, actor: &Actor, id: CohortId, distinct_ids: &[String]) -> ServiceResult<Cohort> {
        self.change_members(actor, id, MemberChange::Remove(distinct_ids))
    }

    /// Notes how many persons are in it now, and gives it with that.
    ///
    /// # Errors
    /// A 404 where there is no live one.
    pub fn record_count(&self, project: ProjectId, id: CohortId, count: u64) -> ServiceResult<Cohort> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.cohorts.record_count(project, id, Counted { count, at: self.clock.now() })?;
        self.require(project, id)
    }

    fn change_members(&self, actor: &Actor, id: CohortId, change: MemberChange<'_>) -> ServiceResult<Cohort> {
        let cohort = self.require(actor.project, id)?;
        if !cohort.fields.is_static {
            let message = "Persons are added to and removed from static cohorts alone; change the filters of this one.";
            return Err(Problem::invalid("is_static", message).into());
        }
        let (MemberChange::Add(ids) | MemberChange::Remove(ids)) = change;
        for distinct_id in ids {
            check_length("distinct_id", distinct_id, MAX_NAME_CHARACTERS)?;
        }
        let activity = log_row(actor, verb::UPDATED, id.to_string(), &cohort.fields, None, self.clock.now());
        self.cohorts.change_members(actor.project, id, change, &activity)?;
        self.require(actor.project, id)
    }
}

fn apply(patch: &CohortPatch, old: &CohortFields) -> CohortFields {
    let patch = patch.clone();
    let mut fields = old.clone();
    fields.name = patch.name.unwrap_or(fields.name);
    fields.description = patch.description.unwrap_or(fields.description);
    fields.groups = patch.groups.unwrap_or(fields.groups);
    fields.filters = patch.filters.unwrap_or(fields.filters);
    fields.deleted = patch.deleted.unwrap_or(fields.deleted);
    fields
}

fn check(fields: &CohortFields) -> Result<(), Problem> {
    check_length("name", &fields.name, MAX_NAME_CHARACTERS)?;
    check_length("description", &fields.description, MAX_DESCRIPTION_CHARACTERS)?;
    if !fields.groups.is_array() {
        return Err(Problem::invalid("groups", "groups must be a JSON array"));
    }
    fields.definition(Vec::new()).map_err(|error| Problem::invalid(error.field(), error.to_string()))?;
    Ok(())
}

fn pairs(old: &CohortFields, new: &CohortFields) -> Vec<FieldPair> {
    vec![
        FieldPair::column("name", old.name.clone(), new.name.clone()),
        FieldPair::column("description", old.description.clone(), new.description.clone()),
        FieldPair::column("groups", old.groups.clone(), new.groups.clone()),
        FieldPair::column("filters", old.filters.clone(), new.filters.clone()),
        FieldPair::column("deleted", old.deleted, new.deleted),
    ]
}

fn log_row(
    actor: &Actor,
    verb: &str,
    item_id: String,
    fields: &CohortFields,
    changes: Option<Vec<insights_core::activity::diff::Change>>,
    now: chrono::DateTime<chrono::Utc>,
) -> NewActivity {
    let detail = ActivityDetail { changes, name: Some(fields.name.clone()), ..ActivityDetail::default() };
    NewActivity::by(actor, verb, SCOPE, item_id, detail, now)
}
