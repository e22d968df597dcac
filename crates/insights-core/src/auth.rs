//! Who is asking, and what they may touch.

pub mod credential;
mod remembered;
pub mod service;

use crate::api_key::ApiKey;
use crate::ids::{OrganizationId, ProjectId, UserId};
use crate::organization::Membership;
use crate::problem::{Problem, ProblemKind};
use crate::project::Project;
use crate::scopes::{Scope, Scopes};
use crate::user::User;

/// Whoever presented a key that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whom the key stands for.
    pub user: User,
    /// The key.
    pub key: ApiKey,
    /// The user's memberships, the first joined first.
    pub memberships: Vec<Membership>,
}

impl Principal {
    /// Refuses whose key lacks the scope.
    ///
    /// # Errors
    /// A 403 that names the scope.
    pub fn require_scope(&self, scope: Scope) -> Result<(), Problem> {
        if self.key.scopes.include(scope) {
            return Ok(());
        }
        Err(Problem::permission_denied(format!("API key missing required scope '{scope}'")))
    }

    /// Refuses a key that is limited to projects: for routes that belong to none.
    ///
    /// # Errors
    /// A 403 that says so.
    pub fn require_all_projects(&self) -> Result<(), Problem> {
        if self.key.scoped_projects.is_empty() {
            return Ok(());
        }
        let detail = "API keys with scoped projects are only supported on project-based endpoints.";
        Err(Problem::permission_denied(detail))
    }

    /// Refuses to let a key make or widen a key beyond its own scopes and limits.
    ///
    /// # Errors
    /// A 403 that names what goes too far.
    pub fn require_may_grant(
        &self,
        scopes: &Scopes,
        projects: &[ProjectId],
        organizations: &[OrganizationId],
    ) -> Result<(), Problem> {
        match scopes {
            Scopes::All if self.key.scopes != Scopes::All => {
                return Err(Problem::permission_denied("API key missing required scope '*'"));
            }
            Scopes::All => {}
            Scopes::Only(scopes) => scopes.iter().try_for_each(|scope| self.require_scope(*scope))?,
        }
        let own_projects = &self.key.scoped_projects;
        if !own_projects.is_empty() {
            let foreign = projects.iter().find(|project| !own_projects.contains(project));
            if projects.is_empty() {
                return self.require_all_projects();
            }
            if let Some(project) = foreign {
                return Err(foreign_project(*project));
            }
        }
        if organizations.is_empty() && !self.key.scoped_organizations.is_empty() {
            return Err(Problem::permission_denied(
                "API key is limited to organizations and cannot make one that is not.",
            ));
        }
        organizations.iter().try_for_each(|organization| self.require_organization(*organization))
    }

    /// The organizations that the user belongs to and the key is not kept from, the first joined first.
    pub fn organizations(&self) -> Vec<OrganizationId> {
        let limits = &self.key.scoped_organizations;
        let all = self.memberships.iter().map(|membership| membership.organization);
        all.filter(|organization| limits.is_empty() || limits.contains(organization)).collect()
    }

    /// Refuses an organization that the user does not belong to or the key is kept from.
    ///
    /// # Errors
    /// A 404 where the user is no member (as for an organization that does not exist), a 403 where the key is limited to others.
    pub fn require_organization(&self, organization: OrganizationId) -> Result<(), Problem> {
        if !self.memberships.iter().any(|membership| membership.organization == organization) {
            return Err(organization_not_found());
        }
        if self.organizations().contains(&organization) {
            return Ok(());
        }
        Err(Problem::permission_denied(format!(
            "API key does not have access to the requested organization: ID {organization}."
        )))
    }

    /// Refuses a project of an organization out of reach, or that the key is kept from.
    ///
    /// # Errors
    /// A 404 that is the same as for an unknown project where its organization is out of reach, a 403 where the key is limited to
    /// other projects.
    pub fn require_project(&self, project: &Project) -> Result<(), Problem> {
        if !self.organizations().contains(&project.organization) {
            return Err(project_not_found());
        }
        let limits = &self.key.scoped_projects;
        if limits.is_empty() || limits.contains(&project.id) { Ok(()) } else { Err(foreign_project(project.id)) }
    }
}

fn foreign_project(project: ProjectId) -> Problem {
    Problem::permission_denied(format!("API key does not have access to the requested project: ID {project}."))
}

/// The 404 for a project that does not exist or is another tenant's.
pub fn project_not_found() -> Problem {
    Problem::new(ProblemKind::NotFound, "not_found", "Project not found.")
}

/// The 404 for an organization that does not exist or is another tenant's.
pub fn organization_not_found() -> Problem {
    Problem::new(ProblemKind::NotFound, "not_found", "Organization not found.")
}

/// The 403 for an action that keys cannot do, whatever their scopes.
pub fn keys_not_supported() -> Problem {
    Problem::permission_denied("This action does not support Personal API Key access")
}

/// Who changes something, and where: what use cases need to attribute a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The tenant that owns the project.
    pub organization: OrganizationId,
    /// The project that the change is in.
    pub project: ProjectId,
}

impl Principal {
    /// The principal at work in a project that it may touch (see [`Self::require_project`]).
    pub fn actor(&self, project: &Project) -> Actor {
        Actor { user: self.user.id, organization: project.organization, project: project.id }
    }
}
