//! Endpoints in memory: for tests, examples and programs that keep nothing.

mod materializations;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;

use crate::materialized::Materialization;
use crate::model::{Endpoint, EndpointFields, EndpointId, EndpointName, EndpointVersion};
use crate::repository::{EndpointFilter, EndpointRepository};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "endpoint" };

/// An endpoint with all its versions, the first one first.
#[derive(Debug)]
struct Stored {
    endpoint: Endpoint,
    versions: Vec<EndpointVersion>,
}

/// Endpoints in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryEndpoints {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    endpoints: Mutex<BTreeMap<EndpointId, Stored>>,
    materializations: Mutex<BTreeMap<EndpointId, Materialization>>,
}

impl InMemoryEndpoints {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, endpoints: Mutex::default(), materializations: Mutex::default() }
    }

    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<EndpointId, Stored>> {
        self.endpoints.lock().expect("no holder of this lock panics")
    }

    fn materializations(&self) -> MutexGuard<'_, BTreeMap<EndpointId, Materialization>> {
        self.materializations.lock().expect("no holder of this lock panics")
    }

    fn of_versions<T>(&self, project: ProjectId, id: EndpointId, take: impl FnOnce(&[EndpointVersion]) -> T) -> T {
        let endpoints = self.endpoints();
        let stored = endpoints.get(&id).filter(|stored| stored.endpoint.project == project);
        take(stored.map_or(&[], |stored| &stored.versions))
    }
}

impl EndpointRepository for InMemoryEndpoints {
    fn create(&self, endpoint: &Endpoint, max: usize, activity: &NewActivity) -> RepositoryResult<()> {
        if self.projects.get(endpoint.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut endpoints = self.endpoints();
        let of_project = || endpoints.values().filter(|stored| stored.endpoint.project == endpoint.project);
        if of_project().count() >= max {
            return Err(RepositoryError::Limit { what: "endpoints", limit: max });
        }
        if of_project().any(|stored| stored.endpoint.name == endpoint.name) {
            return Err(RepositoryError::Conflict { what: "endpoint" });
        }
        self.log.append(activity)?;
        let versions = vec![endpoint.latest.clone()];
        endpoints.insert(endpoint.id, Stored { endpoint: endpoint.clone(), versions });
        Ok(())
    }

    fn get(&self, project: ProjectId, name: &EndpointName) -> RepositoryResult<Option<Endpoint>> {
        let endpoints = self.endpoints();
        let found = endpoints.values().map(|stored| &stored.endpoint).find(|e| e.project == project && e.name == *name);
        Ok(found.cloned())
    }

    fn list(&self, project: ProjectId, filter: &EndpointFilter) -> RepositoryResult<Vec<Endpoint>> {
        let endpoints = self.endpoints();
        let passes = |endpoint: &&Endpoint| {
            endpoint.project == project
                && filter.is_active.is_none_or(|is_active| endpoint.fields.is_active == is_active)
                && filter.created_by.is_none_or(|user| endpoint.fields.created_by == Some(user))
        };
        let mut passing: Vec<_> = endpoints.values().map(|stored| &stored.endpoint).filter(passes).cloned().collect();
        passing.sort_by_key(|endpoint| std::cmp::Reverse((endpoint.fields.created_at, endpoint.id)));
        Ok(passing)
    }

    fn update(&self, endpoint: &Endpoint, activity: Option<&NewActivity>) -> RepositoryResult<Endpoint> {
        let mut endpoints = self.endpoints();
        let stored = endpoints.get_mut(&endpoint.id).filter(|stored| stored.endpoint.project == endpoint.project);
        let stored = stored.ok_or(NOT_FOUND)?;
        if stored.endpoint.revision != endpoint.revision {
            return Err(RepositoryError::Conflict { what: "endpoint" });
        }
        if let Some(activity) = activity {
            self.log.append(activity)?;
        }
        let old = &mut stored.endpoint;
        old.revision += 1;
        old.fields = EndpointFields {
            created_at: old.fields.created_at,
            created_by: old.fields.created_by,
            ..endpoint.fields.clone()
        };
        if endpoint.latest.version > old.latest.version {
            old.latest = endpoint.latest.clone();
            stored.versions.push(endpoint.latest.clone());
        }
        Ok(old.clone())
    }

    fn delete(&self, project: ProjectId, id: EndpointId, activity: &NewActivity) -> RepositoryResult<()> {
        let mut endpoints = self.endpoints();
        if endpoints.get(&id).is_none_or(|stored| stored.endpoint.project != project) {
            return Err(NOT_FOUND);
        }
        self.log.append(activity)?;
        endpoints.remove(&id);
        Ok(())
    }

    fn versions(&self, project: ProjectId, id: EndpointId, page: Page) -> RepositoryResult<Vec<EndpointVersion>> {
        let all = self.of_versions(project, id, |versions| versions.iter().rev().cloned().collect());
        Ok(Paged::cut(all, page).items)
    }

    fn version(&self, project: ProjectId, id: EndpointId, number: u32) -> RepositoryResult<Option<EndpointVersion>> {
        Ok(self.of_versions(project, id, |versions| versions.iter().find(|v| v.version == number).cloned()))
    }

    fn mark_executed(&self, id: EndpointId, at: DateTime<Utc>) -> RepositoryResult<()> {
        if let Some(stored) = self.endpoints().get_mut(&id) {
            stored.endpoint.last_executed_at = stored.endpoint.last_executed_at.max(Some(at));
        }
        Ok(())
    }

    fn last_executions(
        &self,
        project: ProjectId,
        names: &[EndpointName],
        since: DateTime<Utc>,
    ) -> RepositoryResult<Vec<(EndpointName, DateTime<Utc>)>> {
        let endpoints = self.endpoints();
        let asked = endpoints
            .values()
            .map(|stored| &stored.endpoint)
            .filter(|e| e.project == project && names.contains(&e.name));
        let executed = asked.filter_map(|e| Some((e.name.clone(), e.last_executed_at.filter(|at| *at >= since)?)));
        Ok(executed.collect())
    }
}
