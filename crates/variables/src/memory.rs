//! Variables in memory: for tests, examples and programs that keep nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;

use crate::model::{Variable, VariableFields, VariableId};
use crate::repository::VariableRepository;

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "variable" };

/// Variables in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryVariables {
    projects: Arc<dyn ProjectRepository>,
    variables: Mutex<BTreeMap<VariableId, Variable>>,
}

impl InMemoryVariables {
    /// None yet, of the projects of `repositories`.
    pub fn new(repositories: &Repositories) -> Self {
        Self { projects: Arc::clone(&repositories.projects), variables: Mutex::default() }
    }

    fn variables(&self) -> MutexGuard<'_, BTreeMap<VariableId, Variable>> {
        self.variables.lock().expect("no holder of this lock panics")
    }

    fn passing(&self, passes: impl Fn(&Variable) -> bool) -> Vec<Variable> {
        let mut passing: Vec<_> = self.variables().values().filter(|variable| passes(variable)).cloned().collect();
        passing.sort_by(|a, b| a.fields.code_name.cmp(&b.fields.code_name));
        passing
    }
}

impl VariableRepository for InMemoryVariables {
    fn create(&self, variable: &Variable) -> RepositoryResult<()> {
        if self.projects.get(variable.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut variables = self.variables();
        let is_same =
            |other: &Variable| other.project == variable.project && other.fields.code_name == variable.fields.code_name;
        if variables.values().any(is_same) {
            return Err(RepositoryError::Conflict { what: "variable" });
        }
        variables.insert(variable.id, variable.clone());
        Ok(())
    }

    fn get_batch(&self, project: ProjectId, ids: &[VariableId]) -> RepositoryResult<Vec<Variable>> {
        Ok(self.passing(|variable| variable.project == project && ids.contains(&variable.id)))
    }

    fn list(&self, project: ProjectId, page: Page) -> RepositoryResult<Paged<Variable>> {
        Ok(Paged::cut(self.passing(|variable| variable.project == project), page))
    }

    fn update(&self, variable: &Variable) -> RepositoryResult<Variable> {
        let mut variables = self.variables();
        let stored = variables.get_mut(&variable.id).filter(|stored| stored.project == variable.project);
        let stored = stored.ok_or(NOT_FOUND)?;
        if stored.version != variable.version {
            return Err(RepositoryError::Conflict { what: "variable" });
        }
        stored.version += 1;
        stored.fields = VariableFields {
            code_name: stored.fields.code_name.clone(),
            created_at: stored.fields.created_at,
            created_by: stored.fields.created_by,
            ..variable.fields.clone()
        };
        Ok(stored.clone())
    }

    fn delete(&self, project: ProjectId, id: VariableId) -> RepositoryResult<()> {
        let mut variables = self.variables();
        if variables.get(&id).is_none_or(|variable| variable.project != project) {
            return Err(NOT_FOUND);
        }
        variables.remove(&id);
        Ok(())
    }
}
