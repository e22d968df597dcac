//! Where endpoints are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::activity::NewActivity;
use insights_core::error::RepositoryResult;
use insights_core::ids::{ProjectId, UserId};
use insights_core::paging::Page;

use crate::model::{Endpoint, EndpointId, EndpointName, EndpointVersion};

/// Which endpoints of a project to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointFilter {
    /// Ones that can be run, or ones that cannot.
    pub is_active: Option<bool>,
    /// Ones that this user made.
    pub created_by: Option<UserId>,
}

/// Keeps endpoints with their versions.
pub trait EndpointRepository: Send + Sync + fmt::Debug {
    /// Stores a new endpoint with its first version and the row of the log, or nothing.
    ///
    /// # Errors
    /// `Conflict` (`endpoint`) where the project has one of that name, `Limit` where it has `max` already, `NotFound` (`project`) where the
    /// project is not there.
    fn create(&self, endpoint: &Endpoint, max: usize, activity: &NewActivity) -> RepositoryResult<()>;

    /// The project's endpoint of that name.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, project: ProjectId, name: &EndpointName) -> RepositoryResult<Option<Endpoint>>;

    /// The project's endpoints that pass the filter, the newest first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, project: ProjectId, filter: &EndpointFilter) -> RepositoryResult<Vec<Endpoint>>;

    /// Writes the fields, `latest` where its number is new, and the row of the log, or nothing. Gives the endpoint as it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is not `endpoint.revision`, `NotFound` where the endpoint is not there.
    fn update(&self, endpoint: &Endpoint, activity: Option<&NewActivity>) -> RepositoryResult<Endpoint>;

    /// Deletes the endpoint with its versions and writes the row of the log, or nothing.
    ///
    /// # Errors
    /// `NotFound` where the project has none of that id.
    fn delete(&self, project: ProjectId, id: EndpointId, activity: &NewActivity) -> RepositoryResult<()>;

    /// A page of the versions of the project's endpoint, the newest first; none of one that is not there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn versions(&self, project: ProjectId, id: EndpointId, page: Page) -> RepositoryResult<Vec<EndpointVersion>>;

    /// The version of that number of the project's endpoint.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn version(&self, project: ProjectId, id: EndpointId, number: u32) -> RepositoryResult<Option<EndpointVersion>>;

    /// Notes that the endpoint was run; the latest of several instants stays. Is no change of it, and passes over one that is not there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn mark_executed(&self, id: EndpointId, at: DateTime<Utc>) -> RepositoryResult<()>;

    /// The project's endpoints of those names that were run since that instant, with their last times, in any order.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn last_executions(
        &self,
        project: ProjectId,
        names: &[EndpointName],
        since: DateTime<Utc>,
    ) -> RepositoryResult<Vec<(EndpointName, DateTime<Utc>)>>;
}
