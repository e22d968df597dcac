//! Which queries can be computed once for all runs: those of which the engine says so.

use std::sync::Arc;

use actions::repository::ActionRepository;
use cohorts::repository::CohortRepository;
use endpoints::materialization::MaterializationRules;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::project::Project;
use insights_core::project::repository::ProjectRepository;
use insights_core::time::Clock;
use query_engine::answer::{Query, QueryContext};
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use serde_json::Value;

use crate::queries::load_definitions;

/// The engine's rules, with what the project has defined.
pub(crate) struct EngineMaterializationRules {
    /// Where projects are.
    pub(crate) projects: Arc<dyn ProjectRepository>,
    /// Where actions are.
    pub(crate) actions: Arc<dyn ActionRepository>,
    /// Where cohorts are.
    pub(crate) cohorts: Arc<dyn CohortRepository>,
    /// Where events are.
    pub(crate) source: Arc<dyn EventSource>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl MaterializationRules for EngineMaterializationRules {
    fn reasons_against(&self, project: ProjectId, queries: &[&Value]) -> RepositoryResult<Vec<Option<String>>> {
        match self.projects.get(project)? {
            Some(project) => queries.iter().map(|query| self.reason_against(&project, query)).collect(),
            None => Ok(vec![None; queries.len()]),
        }
    }
}

impl EngineMaterializationRules {
    fn reason_against(&self, project: &Project, query: &Value) -> RepositoryResult<Option<String>> {
        let invalid = |error: &QueryError| Some(format!("Query is empty or invalid. {error}"));
        let query = match Query::parse(query) {
            Ok(query) => query,
            Err(error) => return Ok(invalid(&error)),
        };
        let mut definitions = match load_definitions(&*self.actions, &*self.cohorts, project, query.references()) {
            Ok(loaded) => loaded.definitions,
            Err(error) if !error.is_users_fault() => {
                return Err(RepositoryError::External { source: Box::new(error) });
            }
            Err(error) => return Ok(invalid(&error)),
        };
        definitions.group_types = self.source.group_types(project.id);
        let context = QueryContext {
            project: project.id,
            timezone: project.timezone,
            week_start: project.week_start,
            now: self.clock.now(),
            definitions: Arc::new(definitions),
        };
        Ok(query.materializable(&context).err().map(|reason| reason.to_string()))
    }
}

impl std::fmt::Debug for EngineMaterializationRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineMaterializationRules").finish_non_exhaustive()
    }
}
