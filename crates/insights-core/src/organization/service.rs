//! Making organizations.

use std::sync::Arc;

use super::repository::OrganizationRepository;
use super::{MAX_NAME_CHARACTERS, Membership, MembershipLevel, Organization};
use crate::error::ServiceResult;
use crate::ids::{IdSource, OrganizationId, UserId};
use crate::problem::Problem;
use crate::text::check_length;
use crate::time::Clock;

/// The use cases of organizations.
#[derive(Clone, Debug)]
pub struct OrganizationService {
    organizations: Arc<dyn OrganizationRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl OrganizationService {
    /// A service over the repository.
    pub fn new(organizations: Arc<dyn OrganizationRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { organizations, clock, ids }
    }

    /// Makes an organization that the user owns.
    ///
    /// # Errors
    /// A refusal that names `name` where it is blank or too long.
    pub fn create(&self, owner: UserId, name: &str) -> ServiceResult<Organization> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Problem::blank("name").into());
        }
        check_length("name", name, MAX_NAME_CHARACTERS)?;
        let created_at = self.clock.now();
        let organization = Organization { id: OrganizationId(self.ids.uuid()), name: name.to_owned(), created_at };
        let membership = Membership {
            organization: organization.id,
            user: owner,
            level: MembershipLevel::Owner,
            joined_at: created_at,
        };
        self.organizations.create(&organization, &membership)?;
        Ok(organization)
    }
}
