//! Where projects are kept.

use std::fmt;

use super::{NewProject, Project};
use crate::error::RepositoryResult;
use crate::ids::{OrganizationId, ProjectId};
use crate::paging::{Page, Paged};

/// Keeps projects.
pub trait ProjectRepository: Send + Sync + fmt::Debug {
    /// Stores a new project and gives it a number.
    ///
    /// # Errors
    /// `Conflict` where the uuid or the token is taken, `NotFound` where the organization is unknown.
    fn create(&self, project: &NewProject) -> RepositoryResult<Project>;

    /// The project of that number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, id: ProjectId) -> RepositoryResult<Option<Project>>;

    /// The project of that public token.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn find_by_api_token(&self, api_token: &str) -> RepositoryResult<Option<Project>>;

    /// The projects of those organizations, by number.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, organizations: &[OrganizationId], page: Page) -> RepositoryResult<Paged<Project>>;

    /// The projects of those numbers, by number; unknown ones are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, ids: &[ProjectId]) -> RepositoryResult<Vec<Project>>;

    /// Writes the name, the time zone, the start of the week and the settings of the project with the same number.
    ///
    /// # Errors
    /// `NotFound` where the project is unknown.
    fn update(&self, project: &Project) -> RepositoryResult<()>;
}
