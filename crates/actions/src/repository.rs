//! Where actions are kept.

use std::fmt;

use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};
use insights_core::repositories::DeletedRows;

use crate::model::{Action, ActionFields, ActionId};

/// An action to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionDraft {
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Everything else.
    pub fields: ActionFields,
}

/// Which actions to list, the live ones of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionFilter {
    /// Part of the name or the description, in any case.
    pub search: Option<String>,
    /// The whole name.
    pub name: Option<String>,
}

/// Keeps actions.
pub trait ActionRepository: Send + Sync + fmt::Debug {
    /// Stores a new action with the row of the log, whose `item_id` becomes its number.
    ///
    /// # Errors
    /// `NotFound` where the project is not there.
    fn create(&self, draft: &ActionDraft, activity: &NewActivity) -> RepositoryResult<Action>;

    /// The project's action of that number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, id: ActionId, rows: DeletedRows) -> RepositoryResult<Option<Action>>;

    /// The project's live actions of those numbers, by number; others are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, ids: &[ActionId]) -> RepositoryResult<Vec<Action>>;

    /// The project's live actions by name, then by number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, filter: &ActionFilter, page: Page) -> RepositoryResult<Paged<Action>>;

    /// Writes the fields and the row of the log, or nothing. Gives the action as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `action.version`, `NotFound` where the action is not there.
    fn update(&self, action: &Action, activity: Option<&NewActivity>) -> RepositoryResult<Action>;
}
