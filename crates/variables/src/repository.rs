//! Where variables are kept.

use std::fmt;

use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::paging::{Page, Paged};

use crate::model::{Variable, VariableId};

/// Keeps variables.
pub trait VariableRepository: Send + Sync + fmt::Debug {
    /// Stores a new variable.
    ///
    /// # Errors
    /// `Conflict` (`variable`) where the project has one of that code name, `NotFound` (`project`) where the project is not there.
    fn create(&self, variable: &Variable) -> RepositoryResult<()>;

    /// The project's variables of those ids, by code name; others are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, project: ProjectId, ids: &[VariableId]) -> RepositoryResult<Vec<Variable>>;

    /// The project's variables by code name.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, page: Page) -> RepositoryResult<Paged<Variable>>;

    /// Writes the name, the kind and the values, and gives the variable as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored version is not `variable.version`, `NotFound` where the variable is not there.
    fn update(&self, variable: &Variable) -> RepositoryResult<Variable>;

    /// Deletes the variable.
    ///
    /// # Errors
    /// `NotFound` where the project has none of that id.
    fn delete(&self, project: ProjectId, id: VariableId) -> RepositoryResult<()>;
}
