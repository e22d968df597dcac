//! Cohorts in memory: for tests, examples and programs that keep nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::{DeletedRows, Repositories};
use insights_core::text::search_form;

use crate::model::{Cohort, CohortId, Counted, MAX_MEMBERS};
use crate::repository::{CohortDraft, CohortFilter, CohortRepository, MemberChange};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "cohort" };

/// Cohorts in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryCohorts {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    cohorts: Mutex<BTreeMap<CohortId, Stored>>,
}

#[derive(Debug)]
struct Stored {
    cohort: Cohort,
    members: BTreeSet<String>,
}

impl InMemoryCohorts {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, cohorts: Mutex::default() }
    }

    fn cohorts(&self) -> MutexGuard<'_, BTreeMap<CohortId, Stored>> {
        self.cohorts.lock().expect("no holder of this lock panics")
    }
}

impl CohortRepository for InMemoryCohorts {
    fn create(&self, draft: &CohortDraft, activity: &NewActivity) -> RepositoryResult<Cohort> {
        if self.projects.get(draft.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut cohorts = self.cohorts();
        let id = CohortId(cohorts.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        let cohort = Cohort { id, project: draft.project, version: 1, fields: draft.fields.clone(), counted: None };
        self.log.append(&NewActivity { item_id: id.to_string(), ..activity.clone() })?;
        cohorts.insert(id, Stored { cohort: cohort.clone(), members: BTreeSet::new() });
        Ok(cohort)
    }

    fn get(&self, project: ProjectId, id: CohortId, rows: DeletedRows) -> RepositoryResult<Option<Cohort>> {
        let cohorts = self.cohorts();
        let found = cohorts.get(&id).map(|stored| &stored.cohort).filter(|cohort| cohort.project == project);
        Ok(found.filter(|cohort| rows == DeletedRows::Included || !cohort.fields.deleted).cloned())
    }

    fn get_batch(&self, project: ProjectId, ids: &[CohortId]) -> RepositoryResult<Vec<Cohort>> {
        let cohorts = self.cohorts();
        let own = cohorts.values().map(|stored| &stored.cohort).filter(|cohort| cohort.project == project);
        Ok(own.filter(|cohort| !cohort.fields.deleted && ids.contains(&cohort.id)).cloned().collect())
    }

    fn list(&self, project: ProjectId, filter: &CohortFilter, page: Page) -> RepositoryResult<Paged<Cohort>> {
        let search = filter.search.as_deref().map(search_form);
        let passes = |cohort: &&Cohort| {
            let texts = [&cohort.fields.name, &cohort.fields.description];
            let is_found = |search: &String| texts.into_iter().any(|text| search_form(text).contains(search));
            cohort.project == project
                && !cohort.fields.deleted
                && search.as_ref().is_none_or(is_found)
                && filter.is_static.is_none_or(|is_static| is_static == cohort.fields.is_static)
                && filter.created_by.is_none_or(|user| cohort.fields.created_by == Some(user))
        };
        let cohorts = self.cohorts();
        let mut passing: Vec<Cohort> = cohorts.values().map(|stored| &stored.cohort).filter(passes).cloned().collect();
        passing.sort_by_key(|cohort| std::cmp::Reverse((cohort.fields.created_at, cohort.id)));
        Ok(Paged::cut(passing, page))
    }

    fn update(&self, cohort: &Cohort, activity: Option<&NewActivity>) -> RepositoryResult<Cohort> {
        let mut cohorts = self.cohorts();
        let stored = cohorts.get_mut(&cohort.id).map(|stored| &mut stored.cohort);
        let stored = stored.filter(|stored| stored.project == cohort.project).ok_or(NOT_FOUND)?;
        if stored.version != cohort.version {
            return Err(RepositoryError::Conflict { what: "cohort" });
        }
        if let Some(activity) = activity {
            self.log.append(activity)?;
        }
        stored.version += 1;
        stored.fields = cohort.fields.clone();
        Ok(stored.clone())
    }

    fn members(&self, project: ProjectId, id: CohortId) -> RepositoryResult<Vec<String>> {
        let cohorts = self.cohorts();
        let found = cohorts.get(&id).filter(|stored| stored.cohort.project == project);
        Ok(found.map(|stored| stored.members.iter().cloned().collect()).unwrap_or_default())
    }

    fn change_members(
        &self,
        project: ProjectId,
        id: CohortId,
        change: MemberChange<'_>,
        activity: &NewActivity,
    ) -> RepositoryResult<()> {
        let mut cohorts = self.cohorts();
        let stored = cohorts.get_mut(&id).filter(|stored| stored.cohort.project == project).ok_or(NOT_FOUND)?;
        let mut members = stored.members.clone();
        match change {
            MemberChange::Add(ids) => members.extend(ids.iter().cloned()),
            MemberChange::Remove(ids) => members.retain(|id| !ids.contains(id)),
        }
        if members.len() > MAX_MEMBERS {
            return Err(RepositoryError::Limit { what: "persons of a cohort", limit: MAX_MEMBERS });
        }
        self.log.append(activity)?;
        stored.members = members;
        stored.cohort.version += 1;
        Ok(())
    }

    fn record_count(&self, project: ProjectId, id: CohortId, counted: Counted) -> RepositoryResult<()> {
        let mut cohorts = self.cohorts();
        if let Some(stored) = cohorts.get_mut(&id).filter(|stored| stored.cohort.project == project) {
            stored.cohort.counted = Some(counted);
        }
        Ok(())
    }
}
