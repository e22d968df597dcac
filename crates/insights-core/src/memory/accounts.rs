//! Organizations, users, projects and the first start in memory.

use super::{InMemoryDatabase, State, next_number};
use crate::error::{RepositoryError, RepositoryResult};
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::organization::repository::OrganizationRepository;
use crate::organization::{Membership, MembershipLevel, Organization};
use crate::paging::{Page, Paged};
use crate::project::repository::ProjectRepository;
use crate::project::{NewProject, Project};
use crate::setup::repository::SetupRepository;
use crate::setup::{Installation, Installed};
use crate::user::repository::UserRepository;
use crate::user::{User, UserProfile};

impl OrganizationRepository for InMemoryDatabase {
    fn create(&self, organization: &Organization, owner: &Membership) -> RepositoryResult<()> {
        let mut state = self.state();
        if !state.users.contains_key(&owner.user) {
            return Err(RepositoryError::NotFound { what: "user" });
        }
        if state.organizations.contains_key(&organization.id) {
            return Err(RepositoryError::Conflict { what: "organization" });
        }
        state.organizations.insert(organization.id, organization.clone());
        state.memberships.push(*owner);
        Ok(())
    }

    fn get(&self, id: OrganizationId) -> RepositoryResult<Option<Organization>> {
        Ok(self.state().organizations.get(&id).cloned())
    }

    fn get_batch(&self, ids: &[OrganizationId]) -> RepositoryResult<Vec<Organization>> {
        let state = self.state();
        let mut found: Vec<_> = state.organizations.values().filter(|found| ids.contains(&found.id)).cloned().collect();
        found.sort_by_key(|organization| (organization.created_at, organization.id));
        Ok(found)
    }

    fn add_member(&self, membership: &Membership) -> RepositoryResult<()> {
        let mut state = self.state();
        if !state.users.contains_key(&membership.user) || !state.organizations.contains_key(&membership.organization) {
            return Err(RepositoryError::NotFound { what: "user or organization" });
        }
        let same = |other: &Membership| other.user == membership.user && other.organization == membership.organization;
        if state.memberships.iter().any(same) {
            return Err(RepositoryError::Conflict { what: "membership" });
        }
        state.memberships.push(*membership);
        Ok(())
    }

    fn memberships(&self, user: UserId) -> RepositoryResult<Vec<Membership>> {
        let state = self.state();
        let mut found: Vec<_> = state.memberships.iter().filter(|found| found.user == user).copied().collect();
        found.sort_by_key(|membership| (membership.joined_at, membership.organization));
        Ok(found)
    }
}

impl UserRepository for InMemoryDatabase {
    fn create(&self, profile: &UserProfile) -> RepositoryResult<User> {
        self.state().insert_user(profile)
    }

    fn get(&self, id: UserId) -> RepositoryResult<Option<User>> {
        Ok(self.state().users.get(&id).cloned())
    }

    fn get_batch(&self, ids: &[UserId]) -> RepositoryResult<Vec<User>> {
        Ok(self.state().users.values().filter(|user| ids.contains(&user.id)).cloned().collect())
    }

    fn find_by_email(&self, email: &str) -> RepositoryResult<Option<User>> {
        let email = email.to_lowercase();
        Ok(self.state().users.values().find(|user| user.profile.email.to_lowercase() == email).cloned())
    }

    fn first(&self) -> RepositoryResult<Option<User>> {
        Ok(self.state().users.values().next().cloned())
    }

    fn set_active(&self, id: UserId, is_active: bool) -> RepositoryResult<()> {
        let mut state = self.state();
        let user = state.users.get_mut(&id).ok_or(RepositoryError::NotFound { what: "user" })?;
        user.profile.is_active = is_active;
        Ok(())
    }
}

impl ProjectRepository for InMemoryDatabase {
    fn create(&self, project: &NewProject) -> RepositoryResult<Project> {
        self.state().insert_project(project)
    }

    fn get(&self, id: ProjectId) -> RepositoryResult<Option<Project>> {
        Ok(self.state().projects.get(&id).cloned())
    }

    fn find_by_api_token(&self, api_token: &str) -> RepositoryResult<Option<Project>> {
        Ok(self.state().projects.values().find(|project| project.api_token == api_token).cloned())
    }

    fn list(&self, organizations: &[OrganizationId], page: Page) -> RepositoryResult<Paged<Project>> {
        let state = self.state();
        let found = state.projects.values().filter(|project| organizations.contains(&project.organization));
        Ok(Paged::cut(found.cloned().collect(), page))
    }

    fn get_batch(&self, ids: &[ProjectId]) -> RepositoryResult<Vec<Project>> {
        Ok(self.state().projects.values().filter(|project| ids.contains(&project.id)).cloned().collect())
    }

    fn update(&self, project: &Project) -> RepositoryResult<()> {
        let mut state = self.state();
        let stored = state.projects.get_mut(&project.id).ok_or(RepositoryError::NotFound { what: "project" })?;
        stored.name.clone_from(&project.name);
        stored.timezone = project.timezone;
        stored.week_start = project.week_start;
        stored.settings.clone_from(&project.settings);
        Ok(())
    }
}

impl SetupRepository for InMemoryDatabase {
    fn is_set_up(&self) -> RepositoryResult<bool> {
        Ok(!self.state().organizations.is_empty())
    }

    fn install(&self, installation: &Installation) -> RepositoryResult<Installed> {
        let mut state = self.state();
        if !state.organizations.is_empty() {
            return Err(RepositoryError::Conflict { what: "organization" });
        }
        let organization = installation.organization.clone();
        let owner = state.insert_user(&installation.owner)?;
        state.organizations.insert(organization.id, organization.clone());
        state.memberships.push(Membership {
            organization: organization.id,
            user: owner.id,
            level: MembershipLevel::Owner,
            joined_at: organization.created_at,
        });
        let project = state.insert_project(&installation.project)?;
        let mut stored = installation.key.clone();
        stored.key.user = owner.id;
        let key = stored.key.clone();
        state.keys.insert(key.id.clone(), stored);
        Ok(Installed { organization, owner, project, key })
    }
}

impl State {
    fn insert_user(&mut self, profile: &UserProfile) -> RepositoryResult<User> {
        let email = profile.email.to_lowercase();
        let is_taken = |user: &User| {
            user.profile.email.to_lowercase() == email
                || user.profile.uuid == profile.uuid
                || user.profile.distinct_id == profile.distinct_id
        };
        if self.users.values().any(is_taken) {
            return Err(RepositoryError::Conflict { what: "user" });
        }
        let id = UserId(next_number(&self.users, |id| id.0));
        let user = User { id, profile: profile.clone() };
        self.users.insert(id, user.clone());
        Ok(user)
    }

    fn insert_project(&mut self, project: &NewProject) -> RepositoryResult<Project> {
        if !self.organizations.contains_key(&project.organization) {
            return Err(RepositoryError::NotFound { what: "organization" });
        }
        let is_taken = |other: &Project| other.uuid == project.uuid || other.api_token == project.api_token;
        if self.projects.values().any(is_taken) {
            return Err(RepositoryError::Conflict { what: "project" });
        }
        let id = ProjectId(next_number(&self.projects, |id| id.0));
        let project = project.clone().with_id(id);
        self.projects.insert(id, project.clone());
        Ok(project)
    }
}
