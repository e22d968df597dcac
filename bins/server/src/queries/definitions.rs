//! What a query names by id, loaded before it is answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use actions::model::ActionId;
use actions::repository::ActionRepository;
use cohorts::model::{Cohort, CohortId};
use cohorts::repository::{CohortFilter, CohortRepository};
use insights_core::error::RepositoryError;
use insights_core::ids::ProjectId;
use insights_core::paging::Page;
use insights_core::project::Project;
use insights_core::project::settings::ProjectSettings;
use query_engine::definitions::{ActionDefinition, Definitions, References};
use query_engine::error::QueryError;
use query_engine::source::EventSource;
use tokio::task::{JoinError, spawn_blocking};
use variables::model::{Variable, VariableId};
use variables::repository::VariableRepository;

use super::error::QueryFailure;

/// Cohorts that are read at once, where a query may name any.
const COHORTS_A_PAGE: i64 = 1000;

/// Loads definitions.
#[derive(Clone)]
pub(crate) struct DefinitionLoader {
    actions: Arc<dyn ActionRepository>,
    cohorts: Arc<dyn CohortRepository>,
    variables: Arc<dyn VariableRepository>,
    events: Arc<dyn EventSource>,
}

/// Definitions, and what tells them from those of another time.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The definitions.
    pub(crate) definitions: Definitions,
    /// Kind, id and version of each, and what the project has set.
    pub(crate) versions: Vec<String>,
}

impl DefinitionLoader {
    /// A loader from the repositories, and of what events define themselves.
    pub(crate) fn new(
        actions: Arc<dyn ActionRepository>,
        cohorts: Arc<dyn CohortRepository>,
        variables: Arc<dyn VariableRepository>,
        events: Arc<dyn EventSource>,
    ) -> Self {
        Self { actions, cohorts, variables, events }
    }

    /// The project's variables of those ids; others are left out.
    pub(crate) async fn variables(
        &self,
        project: ProjectId,
        ids: &[VariableId],
    ) -> Result<Vec<Variable>, QueryFailure> {
        let (variables, ids) = (Arc::clone(&self.variables), ids.to_vec());
        let loaded = spawn_blocking(move || variables.get_batch(project, &ids)).await.map_err(crashed)?;
        loaded.map_err(|error| QueryFailure::from(failed(error)))
    }

    /// What the project has for `references`, and for what that names in its turn. Ids that the project has not are left out.
    pub(crate) async fn load(&self, project: &Project, references: References) -> Result<Loaded, QueryFailure> {
        // a type that there is stays, under its index: what was answered with its name holds
        let group_types = self.events.group_types(project.id);
        if references.is_empty() {
            return Ok(Loaded {
                definitions: Definitions { group_types, ..Definitions::default() },
                versions: Vec::new(),
            });
        }
        let (actions, cohorts) = (Arc::clone(&self.actions), Arc::clone(&self.cohorts));
        let project = project.clone();
        let loaded = spawn_blocking(move || load_definitions(&*actions, &*cohorts, &project, references)).await;
        let mut loaded = loaded.map_err(crashed)?.map_err(QueryFailure::from)?;
        loaded.definitions.group_types = group_types;
        Ok(loaded)
    }
}

/// As [`DefinitionLoader::load`]. Blocks.
pub(crate) fn load_definitions(
    actions: &dyn ActionRepository,
    cohorts: &dyn CohortRepository,
    project: &Project,
    references: References,
) -> Result<Loaded, QueryError> {
    let mut loaded = Loaded::default();
    let mut seen = (BTreeSet::new(), BTreeSet::new());
    let mut wanted = references;
    let settings = &project.settings;
    let project = project.id;
    loaded.add_settings(settings, &mut wanted)?;
    loop {
        if wanted.any_cohort {
            for cohort in all_cohorts(cohorts, project)? {
                if seen.1.insert(cohort.id.0) {
                    loaded.add_cohort(cohorts, &cohort, &mut wanted)?;
                }
            }
        }
        // what was loaded may leave the project's own staff out
        loaded.add_settings(settings, &mut wanted)?;
        let action_ids: Vec<_> =
            wanted.actions.iter().filter(|id| seen.0.insert(**id)).map(|id| ActionId(*id)).collect();
        let cohort_ids: Vec<_> =
            wanted.cohorts.iter().filter(|id| seen.1.insert(**id)).map(|id| CohortId(*id)).collect();
        if action_ids.is_empty() && cohort_ids.is_empty() {
            loaded.versions.sort();
            loaded.versions.dedup();
            return Ok(loaded);
        }
        wanted = References::default();
        for action in actions.get_batch(project, &action_ids).map_err(failed)? {
            let definition = ActionDefinition::read(&action.fields.name, &action.fields.steps)?;
            extend(&mut wanted, definition.references());
            loaded.versions.push(format!("action {} {}", action.id, action.version));
            loaded.definitions.actions.insert(action.id.0, definition);
        }
        for cohort in cohorts.get_batch(project, &cohort_ids).map_err(failed)? {
            loaded.add_cohort(cohorts, &cohort, &mut wanted)?;
        }
    }
}

impl Loaded {
    /// Adds what the project has set, where it is wanted.
    fn add_settings(&mut self, settings: &ProjectSettings, wanted: &mut References) -> Result<(), QueryError> {
        if wanted.test_accounts {
            let filters = &settings.test_account_filters;
            self.definitions.test_account_filters =
                Definitions::read_test_account_filters(filters, "test_account_filters")?;
            extend(wanted, &References::of(filters));
            self.versions.push(format!("test accounts {filters}"));
        }
        if wanted.path_cleaning {
            let rules = &settings.path_cleaning_filters;
            self.definitions.path_cleaning = Definitions::read_path_cleaning(rules, "path_cleaning_filters")?;
            self.versions.push(format!("path cleaning {rules}"));
        }
        Ok(())
    }

    fn add_cohort(
        &mut self,
        cohorts: &dyn CohortRepository,
        cohort: &Cohort,
        wanted: &mut References,
    ) -> Result<(), QueryError> {
        let members = if cohort.fields.is_static {
            cohorts.members(cohort.project, cohort.id).map_err(failed)?
        } else {
            Vec::new()
        };
        let definition = cohort.fields.definition(members)?;
        extend(wanted, definition.references());
        self.versions.push(format!("cohort {} {}", cohort.id, cohort.version));
        self.definitions.cohorts.insert(cohort.id.0, definition);
        Ok(())
    }
}

fn all_cohorts(cohorts: &dyn CohortRepository, project: ProjectId) -> Result<Vec<Cohort>, QueryError> {
    let mut all = Vec::new();
    loop {
        let offset = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let page = Page::new(Some(COHORTS_A_PAGE), Some(offset));
        let found = cohorts.list(project, &CohortFilter::default(), page).map_err(failed)?;
        if found.items.is_empty() {
            return Ok(all);
        }
        all.extend(found.items);
    }
}

fn extend(wanted: &mut References, more: &References) {
    wanted.actions.extend(&more.actions);
    wanted.cohorts.extend(&more.cohorts);
    wanted.any_cohort |= more.any_cohort;
    wanted.test_accounts |= more.test_accounts;
}

fn crashed(error: JoinError) -> QueryFailure {
    tracing::error!(%error, "the definitions of a query could not be loaded");
    QueryFailure::Crashed
}

fn failed(error: RepositoryError) -> QueryError {
    QueryError::Source(Box::new(error))
}
