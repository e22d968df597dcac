//! Where organizations and memberships are kept.

use std::fmt;

use super::{Membership, Organization};
use crate::error::RepositoryResult;
use crate::ids::{OrganizationId, UserId};

/// Keeps organizations and who belongs to them.
pub trait OrganizationRepository: Send + Sync + fmt::Debug {
    /// Stores a new organization with its first member, or nothing.
    ///
    /// # Errors
    /// `Conflict` where the id is taken, `NotFound` where the user is unknown.
    fn create(&self, organization: &Organization, owner: &Membership) -> RepositoryResult<()>;

    /// The organization of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, id: OrganizationId) -> RepositoryResult<Option<Organization>>;

    /// The organizations with those ids, the oldest first (ties by id); unknown ids are left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get_batch(&self, ids: &[OrganizationId]) -> RepositoryResult<Vec<Organization>>;

    /// Adds a member.
    ///
    /// # Errors
    /// `Conflict` where the user is a member already, `NotFound` where user or organization is unknown.
    fn add_member(&self, membership: &Membership) -> RepositoryResult<()>;

    /// The user's memberships, the first joined first (ties by organization).
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn memberships(&self, user: UserId) -> RepositoryResult<Vec<Membership>>;
}
