//! Actions in memory: for tests, examples and programs that keep nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::{DeletedRows, Repositories};
use insights_core::text::search_form;

use crate::model::{Action, ActionId};
use crate::repository::{ActionDraft, ActionFilter, ActionRepository};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "action" };

/// Actions in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryActions {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    actions: Mutex<BTreeMap<ActionId, Action>>,
}

impl InMemoryActions {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, actions: Mutex::default() }
    }

    fn actions(&self) -> MutexGuard<'_, BTreeMap<ActionId, Action>> {
        self.actions.lock().expect("no holder of this lock panics")
    }
}

impl ActionRepository for InMemoryActions {
    fn create(&self, draft: &ActionDraft, activity: &NewActivity) -> RepositoryResult<Action> {
        if self.projects.get(draft.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut actions = self.actions();
        let id = ActionId(actions.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        let action = Action { id, project: draft.project, version: 1, fields: draft.fields.clone() };
        self.log.append(&NewActivity { item_id: id.to_string(), ..activity.clone() })?;
        actions.insert(id, action.clone());
        Ok(action)
    }

    fn get(&self, project: ProjectId, id: ActionId, rows: DeletedRows) -> RepositoryResult<Option<Action>> {
        let actions = self.actions();
        let found = actions.get(&id).filter(|action| action.project == project);
        Ok(found.filter(|action| rows == DeletedRows::Included || !action.fields.deleted).cloned())
    }

    fn get_batch(&self, project: ProjectId, ids: &[ActionId]) -> RepositoryResult<Vec<Action>> {
        let actions = self.actions();
        let live = actions.values().filter(|action| action.project == project && !action.fields.deleted);
        Ok(live.filter(|action| ids.contains(&action.id)).cloned().collect())
    }

    fn list(&self, project: ProjectId, filter: &ActionFilter, page: Page) -> RepositoryResult<Paged<Action>> {
        let search = filter.search.as_deref().map(search_form);
        let passes = |action: &&Action| {
            let fields = &action.fields;
            let texts = [&fields.name, &fields.description];
            let is_found = |search: &String| texts.into_iter().any(|text| search_form(text).contains(search));
            action.project == project
                && !fields.deleted
                && search.as_ref().is_none_or(is_found)
                && filter.name.as_ref().is_none_or(|name| *name == fields.name)
        };
        let mut passing: Vec<Action> = self.actions().values().filter(passes).cloned().collect();
        passing.sort_by(|a, b| (&a.fields.name, a.id).cmp(&(&b.fields.name, b.id)));
        Ok(Paged::cut(passing, page))
    }

    fn update(&self, action: &Action, activity: Option<&NewActivity>) -> RepositoryResult<Action> {
        let mut actions = self.actions();
        let stored = actions.get_mut(&action.id).filter(|stored| stored.project == action.project).ok_or(NOT_FOUND)?;
        if stored.version != action.version {
            return Err(RepositoryError::Conflict { what: "action" });
        }
        if let Some(activity) = activity {
            self.log.append(activity)?;
        }
        stored.version += 1;
        stored.fields = action.fields.clone();
        Ok(stored.clone())
    }
}
