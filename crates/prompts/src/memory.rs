//! Prompts in memory: for tests, examples and programs that keep nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use insights_core::activity::NewActivity;
use insights_core::activity::repository::ActivityRepository;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::ProjectId;
use insights_core::insight::filter::Direction;
use insights_core::paging::{Page, Paged};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::Repositories;
use insights_core::text::search_form;

use crate::model::{Prompt, PromptAt, PromptId, PromptVersion, VersionSummary};
use crate::repository::{
    ContentLoad, ListedPrompt, PromptFilter, PromptKey, PromptOrder, PromptOrderField, PromptRepository, VersionKey,
    VersionSlice,
};

const CONFLICT: RepositoryError = RepositoryError::Conflict { what: "prompt" };

/// Prompts in a map behind a lock.
#[derive(Debug)]
pub struct InMemoryPrompts {
    projects: Arc<dyn ProjectRepository>,
    log: Arc<dyn ActivityRepository>,
    prompts: Mutex<BTreeMap<PromptId, Stored>>,
}

/// A prompt and its versions in their order.
#[derive(Clone, Debug)]
struct Stored {
    prompt: Prompt,
    versions: Vec<PromptVersion>,
}

impl Stored {
    fn version(&self, key: VersionKey<'_>) -> Option<&PromptVersion> {
        let number = match key {
            VersionKey::Latest => self.prompt.latest_version,
            VersionKey::Number(number) => number,
            VersionKey::Id(id) => return self.versions.iter().find(|version| version.id == id),
            VersionKey::Label(name) => self.prompt.label(name)?.version,
        };
        self.versions.iter().find(|version| version.number == number)
    }

    fn latest(&self) -> &PromptVersion {
        self.version(VersionKey::Latest).expect("a prompt has its last version")
    }

    fn passes(&self, filter: &PromptFilter) -> bool {
        let is_found = |search: &String| {
            let texts = [self.prompt.name.as_str(), &self.latest().content.text()].map(search_form);
            texts.iter().any(|text| text.contains(&search_form(search)))
        };
        filter.search.as_ref().is_none_or(is_found)
            && filter.created_by.is_none_or(|user| self.prompt.created_by == Some(user))
            && filter.label.as_ref().is_none_or(|label| self.prompt.label(label).is_some())
    }

    fn listed(&self, filter: &PromptFilter) -> ListedPrompt {
        let key = filter.label.as_ref().map_or(VersionKey::Latest, VersionKey::Label);
        let version = self.version(key).expect("a label points at a version");
        ListedPrompt {
            prompt: self.prompt.clone(),
            version: version.summary(),
            content: (filter.content == ContentLoad::Whole).then(|| version.content.clone()),
        }
    }
}

impl InMemoryPrompts {
    /// None yet, of the projects of `repositories`, whose log is told of changes.
    pub fn new(repositories: &Repositories) -> Self {
        let (projects, log) = (Arc::clone(&repositories.projects), Arc::clone(&repositories.activity));
        Self { projects, log, prompts: Mutex::default() }
    }

    fn prompts(&self) -> MutexGuard<'_, BTreeMap<PromptId, Stored>> {
        self.prompts.lock().expect("no holder of this lock panics")
    }
}

impl PromptRepository for InMemoryPrompts {
    fn create(&self, new: &PromptAt, activity: &NewActivity) -> RepositoryResult<()> {
        if self.projects.get(new.prompt.project)?.is_none() {
            return Err(RepositoryError::NotFound { what: "project" });
        }
        let mut prompts = self.prompts();
        if prompts.contains_key(&new.prompt.id) || is_taken(&prompts, &new.prompt) {
            return Err(CONFLICT);
        }
        self.log.append(activity)?;
        let stored = Stored { prompt: new.prompt.clone(), versions: vec![new.version.clone()] };
        prompts.insert(new.prompt.id, stored);
        Ok(())
    }

    fn get(
        &self,
        project: ProjectId,
        prompt: PromptKey<'_>,
        version: VersionKey<'_>,
    ) -> RepositoryResult<Option<PromptAt>> {
        let prompts = self.prompts();
        let stored = prompts.values().find(|stored| is_live_in(stored, project) && is_meant(&stored.prompt, prompt));
        Ok(stored.and_then(|stored| {
            Some(PromptAt { prompt: stored.prompt.clone(), version: stored.version(version)?.clone() })
        }))
    }

    fn list(&self, project: ProjectId, filter: &PromptFilter, page: Page) -> RepositoryResult<Paged<ListedPrompt>> {
        let prompts = self.prompts();
        let mut passing: Vec<&Stored> =
            prompts.values().filter(|stored| is_live_in(stored, project) && stored.passes(filter)).collect();
        passing.sort_by(|a, b| compare(&a.prompt, &b.prompt, filter.order));
        Ok(Paged::cut(passing, page).map(|stored| stored.listed(filter)))
    }

    fn versions(&self, project: ProjectId, id: PromptId, slice: VersionSlice) -> RepositoryResult<Vec<VersionSummary>> {
        let prompts = self.prompts();
        let Some(stored) = prompts.get(&id).filter(|stored| is_live_in(stored, project)) else { return Ok(Vec::new()) };
        let newest_first = stored.versions.iter().rev();
        let before = newest_first.filter(|version| slice.before.is_none_or(|before| version.number < before));
        let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
        Ok(before.skip(offset).take(slice.limit as usize).map(PromptVersion::summary).collect())
    }

    fn update(&self, prompt: &Prompt, new: Option<&PromptVersion>, activity: &NewActivity) -> RepositoryResult<()> {
        let mut prompts = self.prompts();
        let is_taken = is_taken(&prompts, prompt);
        let stored = prompts.get_mut(&prompt.id).filter(|stored| is_live_in(stored, prompt.project));
        let stored = stored.ok_or(RepositoryError::NotFound { what: "prompt" })?;
        if stored.prompt.revision != prompt.revision || is_taken {
            return Err(CONFLICT);
        }
        self.log.append(activity)?;
        stored.prompt = Prompt {
            revision: prompt.revision + 1,
            created_at: stored.prompt.created_at,
            created_by: stored.prompt.created_by,
            ..prompt.clone()
        };
        stored.prompt.labels.sort_by(|a, b| a.name.cmp(&b.name));
        stored.versions.extend(new.cloned());
        Ok(())
    }
}

fn is_live_in(stored: &Stored, project: ProjectId) -> bool {
    stored.prompt.project == project && !stored.prompt.deleted
}

fn is_meant(prompt: &Prompt, key: PromptKey<'_>) -> bool {
    match key {
        PromptKey::Id(id) => prompt.id == id,
        PromptKey::Name(name) => prompt.name.as_str() == name,
    }
}

/// Whether another live prompt of the project has the name that `prompt` is to have.
fn is_taken(prompts: &BTreeMap<PromptId, Stored>, prompt: &Prompt) -> bool {
    let others = prompts.values().filter(|stored| stored.prompt.id != prompt.id && is_live_in(stored, prompt.project));
    !prompt.deleted && others.map(|stored| &stored.prompt.name).any(|name| *name == prompt.name)
}

fn compare(a: &Prompt, b: &Prompt, order: PromptOrder) -> Ordering {
    let by_field = match order.field {
        PromptOrderField::CreatedAt => a.created_at.cmp(&b.created_at),
        PromptOrderField::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        PromptOrderField::Name => a.name.cmp(&b.name),
        PromptOrderField::LatestVersion => a.latest_version.cmp(&b.latest_version),
    };
    let ascending = by_field.then(a.id.cmp(&b.id));
    match order.direction {
        Direction::Ascending => ascending,
        Direction::Descending => ascending.reverse(),
    }
}
