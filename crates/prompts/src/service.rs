//! The use cases of prompts.

mod activity;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::activity::verb;
use insights_core::auth::Actor;
use insights_core::error::{RepositoryError, ServiceError, ServiceResult};
use insights_core::ids::{IdSource, ProjectId};
use insights_core::paging::{Page, Paged};
use insights_core::problem::{Problem, ProblemKind};
use insights_core::retry::{self, Conflicting};
use insights_core::time::Clock;

use crate::content::{Edit, PromptContent};
use crate::model::{
    Label, LabelName, MAX_LABELS, MAX_VERSIONS, Prompt, PromptAt, PromptId, PromptName, PromptVersion, VersionId,
    VersionSummary,
};
use crate::repository::{
    ContentLoad, ListedPrompt, PromptFilter, PromptKey, PromptRepository, VersionKey, VersionSlice,
};

/// Most prompts of a page that comes with all that they say; a larger limit is served as this one.
pub const MAX_WHOLE_PAGE: u32 = 100;

/// What a new prompt is asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPrompt {
    /// See [`Prompt::name`].
    pub name: PromptName,
    /// What its first version says.
    pub content: PromptContent,
    /// Whether it is to be deleted from the beginning.
    pub deleted: bool,
}

/// What of a prompt is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptPatch {
    /// See [`Prompt::name`]. All versions follow.
    pub name: Option<PromptName>,
    /// What the prompt is to say: a new version, unless the last one says it already.
    pub content: Option<PromptContent>,
    /// Deletes where it is `true`. A deleted prompt cannot be found, and so not be brought back.
    pub deleted: Option<bool>,
}

/// What a new version is to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Publication {
    /// This.
    Content(PromptContent),
    /// What the last version says, but for these replacements.
    Edits(Vec<Edit>),
}

/// Why a version was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The last version is not the one that the change was made from.
    #[error("the prompt is at version {current_version} by now")]
    Stale {
        /// Number of the last version.
        current_version: u32,
    },
    /// Any other reason.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<Problem> for PublishError {
    fn from(problem: Problem) -> Self {
        Self::Service(problem.into())
    }
}

impl From<RepositoryError> for PublishError {
    fn from(error: RepositoryError) -> Self {
        Self::Service(error.into())
    }
}

/// A stretch of a prompt's versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPage {
    /// The newest first.
    pub versions: Vec<VersionSummary>,
    /// Whether older ones follow.
    pub has_more: bool,
}

/// The use cases of prompts.
#[derive(Clone, Debug)]
pub struct PromptService {
    prompts: Arc<dyn PromptRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl PromptService {
    /// A service over the repository.
    pub fn new(prompts: Arc<dyn PromptRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { prompts, clock, ids }
    }

    /// Makes a prompt at its first version.
    ///
    /// # Errors
    /// A refusal that names `name` where a live prompt has it.
    pub fn create(&self, actor: &Actor, new: NewPrompt) -> ServiceResult<PromptAt> {
        self.make(actor, new, "name")
    }

    /// The project's prompt of that id at its last version.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn require(&self, project: ProjectId, id: PromptId) -> ServiceResult<PromptAt> {
        let found = self.prompts.get(project, PromptKey::Id(id), VersionKey::Latest)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    /// The project's prompt of that name at that version.
    ///
    /// # Errors
    /// A 404 with the name where the prompt, the version or the label is not there.
    pub fn fetch(&self, project: ProjectId, name: &str, version: VersionKey<'_>) -> ServiceResult<PromptAt> {
        let found = self.prompts.get(project, PromptKey::Name(name), version)?;
        found.ok_or_else(|| unknown(name).into())
    }

    /// A page of the project's prompts, cut as [`bounded`] says.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, project: ProjectId, filter: &PromptFilter, page: Page) -> ServiceResult<Paged<ListedPrompt>> {
        Ok(self.prompts.list(project, filter, bounded(page, filter.content))?)
    }

    /// A page of the versions of a prompt, the newest first, with the prompt.
    ///
    /// # Errors
    /// A 404 where there is no such prompt.
    pub fn versions(
        &self,
        project: ProjectId,
        id: PromptId,
        page: Page,
    ) -> ServiceResult<(Prompt, Paged<VersionSummary>)> {
        let prompt = self.require(project, id)?.prompt;
        let slice = VersionSlice { before: None, offset: page.offset(), limit: page.limit() };
        let items = self.prompts.versions(project, id, slice)?;
        let count = u64::from(prompt.latest_version);
        Ok((prompt, Paged { count, items }))
    }

    /// The project's prompt of that name at the version of that number and that identity, the last one where neither is given, and a stretch
    /// of its versions.
    ///
    /// # Errors
    /// A 404 with the name where the prompt or the version is not there, and where number and identity are two versions'.
    pub fn resolve(
        &self,
        project: ProjectId,
        name: &str,
        (number, id): (Option<u32>, Option<VersionId>),
        slice: VersionSlice,
    ) -> ServiceResult<(PromptAt, VersionPage)> {
        let key = id.map(VersionKey::Id).or(number.map(VersionKey::Number)).unwrap_or(VersionKey::Latest);
        let found = self.fetch(project, name, key)?;
        if number.is_some_and(|number| number != found.version.number) {
            return Err(unknown(name).into());
        }
        let one_more = VersionSlice { limit: slice.limit.saturating_add(1), ..slice };
        let mut versions = self.prompts.versions(project, found.prompt.id, one_more)?;
        let has_more = versions.len() > slice.limit as usize;
        versions.truncate(slice.limit as usize);
        Ok((found, VersionPage { versions, has_more }))
    }

    /// Changes a prompt. A change that meets another one is made again on top of it.
    ///
    /// # Errors
    /// A 404 where there is no such prompt, a refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, id: PromptId, patch: &PromptPatch) -> ServiceResult<PromptAt> {
        retry::on_conflict(|| {
            let old = self.require(actor.project, id)?;
            let mut prompt = old.prompt.clone();
            prompt.name = patch.name.clone().unwrap_or(prompt.name);
            prompt.deleted = patch.deleted.unwrap_or(prompt.deleted);
            if prompt.name != old.prompt.name && !prompt.deleted {
                self.check_name(actor.project, &prompt.name, "name")?;
            }
            self.write(actor, &old, prompt, patch.content.as_ref())
        })
    }

    /// Publishes a version that was made from version `base_version`, which has to be the last one still. Where it would say the same, none is
    /// made.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish(
        &self,
        actor: &Actor,
        name: &str,
        base_version: u32,
        publication: &Publication,
    ) -> Result<PromptAt, PublishError> {
        retry::on_conflict(|| {
            let old = self.fetch(actor.project, name, VersionKey::Latest)?;
            let current_version = old.prompt.latest_version;
            if current_version != base_version {
                return Err(PublishError::Stale { current_version });
            }
            let content = match publication {
                Publication::Content(content) => content.clone(),
                Publication::Edits(edits) => old.version.content.edited(edits)?,
            };
            let prompt = old.prompt.clone();
            Ok(self.write(actor, &old, prompt, Some(&content))?)
        })
    }

    /// Deletes the prompt of that name. It cannot be brought back; its name is free.
    ///
    /// # Errors
    /// A 404 with the name where there is none.
    pub fn archive(&self, actor: &Actor, name: &str) -> ServiceResult<()> {
        retry::on_conflict(|| {
            let old = self.fetch(actor.project, name, VersionKey::Latest)?;
            let prompt = Prompt { deleted: true, ..old.prompt.clone() };
            self.write(actor, &old, prompt, None).map(drop)
        })
    }

    /// Makes a prompt that says at its first version what the one of that name says at its last.
    ///
    /// # Errors
    /// A 404 with the name where there is none, a refusal that names `new_name` where a live prompt has it.
    pub fn duplicate(&self, actor: &Actor, name: &str, new_name: PromptName) -> ServiceResult<PromptAt> {
        let content = self.fetch(actor.project, name, VersionKey::Latest)?.version.content;
        self.make(actor, NewPrompt { name: new_name, content, deleted: false }, "new_name")
    }

    /// Makes the label point at that version of the prompt of that name, wherever it pointed before.
    ///
    /// # Errors
    /// A 404 with the name where there is no such prompt, a refusal that names `version` where that is not there, and one that names `label`
    /// where there are too many.
    pub fn set_label(&self, actor: &Actor, name: &str, label: &LabelName, version: u32) -> ServiceResult<Label> {
        retry::on_conflict(|| {
            let old = self.fetch(actor.project, name, VersionKey::Latest)?;
            if version == 0 || version > old.prompt.latest_version {
                let detail =
                    format!("The prompt has no version {version}; its last one is {}.", old.prompt.latest_version);
                return Err(Problem { code: "does_not_exist", ..Problem::invalid("version", detail) }.into());
            }
            let (mut prompt, n_labels) = (old.prompt.clone(), old.prompt.labels.len());
            match prompt.labels.iter_mut().find(|known| known.name == *label) {
                Some(known) if known.version == version => return Ok(known.clone()),
                Some(known) => (known.version, known.updated_at) = (version, self.clock.now()),
                None if n_labels >= MAX_LABELS => {
                    let detail = format!("A prompt has at most {MAX_LABELS} labels.");
                    return Err(Problem::invalid("label", detail).into());
                }
                None => prompt.labels.push(self.new_label(actor, label, version)),
            }
            prompt.labels.sort_by(|a, b| a.name.cmp(&b.name));
            let prompt = self.write(actor, &old, prompt, None)?.prompt;
            Ok(prompt.label(label).cloned().expect("the label was put in"))
        })
    }

    /// Takes the label away.
    ///
    /// # Errors
    /// A 404 where there is no such prompt or label.
    pub fn remove_label(&self, actor: &Actor, name: &str, label: &LabelName) -> ServiceResult<()> {
        retry::on_conflict(|| {
            let old = self.fetch(actor.project, name, VersionKey::Latest)?;
            let mut prompt = old.prompt.clone();
            prompt.labels.retain(|known| known.name != *label);
            if prompt.labels.len() == old.prompt.labels.len() {
                return Err(Problem::not_found().into());
            }
            self.write(actor, &old, prompt, None).map(drop)
        })
    }

    /// Makes a prompt; `attr` is what its name is called.
    fn make(&self, actor: &Actor, new: NewPrompt, attr: &str) -> ServiceResult<PromptAt> {
        let now = self.clock.now();
        let prompt = Prompt {
            id: PromptId(self.ids.uuid()),
            project: actor.project,
            revision: 1,
            name: new.name,
            latest_version: 1,
            labels: Vec::new(),
            deleted: new.deleted,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
        };
        let made = PromptAt { prompt, version: self.new_version(actor, 1, new.content, now) };
        match self.prompts.create(&made, &activity::created(actor, &made.prompt)) {
            Err(RepositoryError::Conflict { .. }) => Err(taken(attr).into()),
            result => Ok(result.map(|()| made)?),
        }
    }

    /// Writes what has changed since `old`, with a new version where `content` is another one; nothing where nothing has changed.
    fn write(
        &self,
        actor: &Actor,
        old: &PromptAt,
        mut prompt: Prompt,
        content: Option<&PromptContent>,
    ) -> ServiceResult<PromptAt> {
        let now = self.clock.now();
        let new = match content.filter(|content| **content != old.version.content) {
            None => None,
            Some(_) if prompt.latest_version >= MAX_VERSIONS => return Err(full().into()),
            Some(content) => Some(self.new_version(actor, prompt.latest_version + 1, content.clone(), now)),
        };
        if let Some(new) = &new {
            prompt.latest_version = new.number;
        }
        if prompt == old.prompt {
            return Ok(old.clone());
        }
        prompt.updated_at = now;
        let verb = if prompt.deleted { verb::DELETED } else { verb::UPDATED };
        self.prompts.update(&prompt, new.as_ref(), &activity::changed(actor, verb, &old.prompt, &prompt))?;
        prompt.revision += 1;
        Ok(PromptAt { prompt, version: new.unwrap_or_else(|| old.version.clone()) })
    }

    fn new_version(&self, actor: &Actor, number: u32, content: PromptContent, now: DateTime<Utc>) -> PromptVersion {
        PromptVersion { id: VersionId(self.ids.uuid()), number, content, created_at: now, created_by: Some(actor.user) }
    }

    fn new_label(&self, actor: &Actor, name: &LabelName, version: u32) -> Label {
        let now = self.clock.now();
        Label {
            id: self.ids.uuid(),
            name: name.clone(),
            version,
            created_at: now,
            created_by: Some(actor.user),
            updated_at: now,
        }
    }

    /// Refuses a name that a live prompt has.
    fn check_name(&self, project: ProjectId, name: &PromptName, attr: &str) -> ServiceResult<()> {
        let same = self.prompts.get(project, PromptKey::Name(name.as_str()), VersionKey::Latest)?;
        if same.is_some() { Err(taken(attr).into()) } else { Ok(()) }
    }
}

impl Conflicting for PublishError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Service(error) if error.is_conflict())
    }
}

/// The page as lists are cut: with all that the prompts say, at most [`MAX_WHOLE_PAGE`] of them.
pub fn bounded(page: Page, content: ContentLoad) -> Page {
    match content {
        ContentLoad::Left => page,
        ContentLoad::Whole => page.at_most(MAX_WHOLE_PAGE),
    }
}

fn unknown(name: &str) -> Problem {
    Problem::new(ProblemKind::NotFound, "not_found", format!("Prompt with name '{name}' not found."))
}

fn taken(attr: &str) -> Problem {
    Problem { code: "unique", ..Problem::invalid(attr, "A prompt with this name already exists.") }
}

fn full() -> Problem {
    let detail = format!("Prompt has reached the maximum of {MAX_VERSIONS} versions. Archive it and make a new one.");
    Problem { code: "max_versions", ..Problem::invalid("prompt", detail) }
}

#[cfg(test)]
mod tests;
