//! From the text of a key to a [`Principal`], and from a selector in a route to what it may touch.
//!
//! What is found is remembered along with the generation of access, [`Generations::access`](crate::changes::Generations::access), that the
//! caller asked for before, and recalled by callers who found the same generation since.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::credential::Credential;
use super::remembered::Remembered;
use super::{Principal, organization_not_found, project_not_found};
use crate::api_key::repository::ApiKeyRepository;
use crate::api_key::secret::KeySecret;
use crate::error::ServiceResult;
use crate::ids::{OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::organization::repository::OrganizationRepository;
use crate::paging::{Page, Paged};
use crate::project::Project;
use crate::project::repository::ProjectRepository;
use crate::repositories::Repositories;
use crate::time::Clock;
use crate::user::repository::UserRepository;

/// The selector of the caller's own project or organization.
const CURRENT: &str = "@current";

/// How long a key's last use is good enough before it is written again.
const TOUCH_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Why a key is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// There is no such key.
    Unknown,
    /// It has expired, or its user is inactive.
    NotActive,
}

/// Decides who is asking and what they may touch.
#[derive(Clone, Debug)]
pub struct AuthService {
    keys: Arc<dyn ApiKeyRepository>,
    users: Arc<dyn UserRepository>,
    organizations: Arc<dyn OrganizationRepository>,
    projects: Arc<dyn ProjectRepository>,
    clock: Arc<dyn Clock>,
    remembered: Arc<Remembered>,
}

impl AuthService {
    /// A service over the repositories.
    pub fn new(repositories: &Repositories, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys: Arc::clone(&repositories.api_keys),
            users: Arc::clone(&repositories.users),
            organizations: Arc::clone(&repositories.organizations),
            projects: Arc::clone(&repositories.projects),
            clock,
            remembered: Arc::default(),
        }
    }

    /// Whom the key stands for, where that was found out in the same generation and the use of the key need not be noted again. Never blocks.
    pub fn recall(&self, credential: Credential<'_>, generation: u64) -> Option<Principal> {
        let presented = KeySecret::presented(credential.key)?.secure_value();
        let now = self.clock.now();
        let principal = self.remembered.principal(&presented, generation, now)?;
        (!is_to_be_touched(principal.key.last_used_at, now)).then_some(principal)
    }

    /// Whom the key stands for. Notes the use of the key, at most once an hour.
    ///
    /// # Errors
    /// A 401 that names the place of the key where it is unknown, expired, or its user inactive.
    pub fn authenticate(&self, credential: Credential<'_>, generation: u64) -> ServiceResult<Principal> {
        self.verify(credential, generation)?.map_err(|_| credential.place.invalid_key().into())
    }

    /// As [`Self::authenticate`], telling why a key is not good.
    ///
    /// # Errors
    /// The repository's.
    pub fn verify(&self, credential: Credential<'_>, generation: u64) -> ServiceResult<Result<Principal, KeyRefusal>> {
        let Some(presented) = KeySecret::presented(credential.key) else { return Ok(Err(KeyRefusal::Unknown)) };
        let presented = presented.secure_value();
        let Some(stored) = self.keys.find_by_secure_value(&presented)? else { return Ok(Err(KeyRefusal::Unknown)) };
        // The index found the row by its hash; this comparison alone decides, and its time tells nothing.
        if !stored.secure_value.matches(&presented) {
            return Ok(Err(KeyRefusal::Unknown));
        }
        let mut key = stored.key;
        let now = self.clock.now();
        if key.is_expired(now) {
            return Ok(Err(KeyRefusal::NotActive));
        }
        let Some(user) = self.users.get(key.user)?.filter(|user| user.profile.is_active) else {
            return Ok(Err(KeyRefusal::NotActive));
        };
        let memberships = self.organizations.memberships(user.id)?;
        if is_to_be_touched(key.last_used_at, now) {
            self.keys.touch(&key.id, now)?;
            key.last_used_at = Some(now);
        }
        let principal = Principal { user, key, memberships };
        self.remembered.keep_principal(stored.secure_value, &principal, generation);
        Ok(Ok(principal))
    }

    /// What [`project`](Self::project) found in the same generation. Never blocks.
    pub fn recall_project(&self, principal: &Principal, selector: &str, generation: u64) -> Option<Project> {
        self.remembered.project(&principal.key.id, selector, generation)
    }

    /// The project that a route names by number or by `@current`.
    ///
    /// `@current` is the first project that the key is limited to, otherwise the one of the lowest number in reach.
    ///
    /// # Errors
    /// `Project not found.` (404) for any selector without a project in reach, a 403 where the key is limited to others.
    pub fn project(&self, principal: &Principal, selector: &str, generation: u64) -> ServiceResult<Project> {
        let project = if selector == CURRENT {
            self.projects(principal, Page::new(Some(1), None))?.items.into_iter().next()
        } else {
            match selector.parse() {
                Ok(number) => self.projects.get(ProjectId(number))?,
                Err(_) => None,
            }
        };
        let project = project.ok_or_else(project_not_found)?;
        principal.require_project(&project)?;
        self.remembered.keep_project(&principal.key.id, selector, &project, generation);
        Ok(project)
    }

    /// The projects in reach, by number.
    ///
    /// # Errors
    /// The repository's.
    pub fn projects(&self, principal: &Principal, page: Page) -> ServiceResult<Paged<Project>> {
        if principal.key.scoped_projects.is_empty() {
            return Ok(self.projects.list(&principal.organizations(), page)?);
        }
        let limited = self.projects.get_batch(&principal.key.scoped_projects)?;
        let in_reach = limited.into_iter().filter(|project| principal.require_project(project).is_ok()).collect();
        Ok(Paged::cut(in_reach, page))
    }

    /// The organization that a route names by uuid or by `@current`, the first that its user joined.
    ///
    /// # Errors
    /// `Organization not found.` (404) for any selector without an organization of the user's, a 403 where the key is limited to
    /// others or to projects.
    pub fn organization(&self, principal: &Principal, selector: &str) -> ServiceResult<Organization> {
        principal.require_all_projects()?;
        let id = if selector == CURRENT {
            principal.organizations().first().copied()
        } else {
            Uuid::parse_str(selector).ok().map(OrganizationId)
        };
        let id = id.ok_or_else(organization_not_found)?;
        principal.require_organization(id)?;
        Ok(self.organizations.get(id)?.ok_or_else(organization_not_found)?)
    }

    /// The organizations in reach, the oldest first.
    ///
    /// # Errors
    /// A 403 where the key is limited to projects.
    pub fn organizations(&self, principal: &Principal) -> ServiceResult<Vec<Organization>> {
        principal.require_all_projects()?;
        Ok(self.organizations.get_batch(&principal.organizations())?)
    }
}

fn is_to_be_touched(last_used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last_used_at.is_none_or(|last_used_at| now - last_used_at >= TOUCH_INTERVAL)
}
