//! The first start: an organization, its owner, a project and a key with all scopes.

pub mod repository;

use chrono_tz::Tz;

use crate::api_key::repository::StoredKey;
use crate::api_key::secret::KeySecret;
use crate::api_key::service::{IssuedKey, NewApiKey, new_key};
use crate::api_key::{ApiKey, KeyKind};
use crate::error::{RepositoryError, ServiceResult};
use crate::ids::{IdSource, OrganizationId, UserId};
use crate::organization::Organization;
use crate::project::service::{ProjectPatch, new_project};
use crate::project::{NewProject, Project};
use crate::time::Clock;
use crate::user::{User, UserProfile};
use repository::SetupRepository;

/// What the first start may be told.
#[derive(Clone, Debug, Default)]
pub struct SetupOptions {
    /// The key's secret, instead of a random one.
    pub admin_key: Option<String>,
    /// Name of the project's time zone; default `UTC`.
    pub timezone: Option<Tz>,
}

/// What the first start stores.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The organization.
    pub organization: Organization,
    /// Its owner.
    pub owner: UserProfile,
    /// Its project.
    pub project: NewProject,
    /// The owner's key. Its `user` is set by the store.
    pub key: StoredKey,
}

/// What the first start stored, with the numbers that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The organization.
    pub organization: Organization,
    /// Its owner.
    pub owner: User,
    /// Its project.
    pub project: Project,
    /// The owner's key.
    pub key: ApiKey,
}

/// What the first start made, to be shown this once.
#[derive(Clone, Debug)]
pub struct FirstStart {
    /// The organization.
    pub organization: Organization,
    /// Its owner.
    pub owner: User,
    /// Its project.
    pub project: Project,
    /// The owner's key with its secret.
    pub issued: IssuedKey,
}

/// Sets an empty server up.
///
/// Gives `None`, and does nothing, where the server has an organization already; also where another process was faster.
///
/// # Errors
/// A refusal where the given key cannot be one.
pub fn set_up(
    repository: &dyn SetupRepository,
    options: &SetupOptions,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> ServiceResult<Option<FirstStart>> {
    if repository.is_set_up()? {
        return Ok(None);
    }
    let secret = match &options.admin_key {
        Some(text) => KeySecret::chosen(text)?,
        None => KeySecret::generate(KeyKind::Personal, ids),
    };
    let installation = installation(options, &secret, clock, ids)?;
    let installed = match repository.install(&installation) {
        Ok(installed) => installed,
        Err(RepositoryError::Conflict { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Installed { organization, owner, project, key } = installed;
    Ok(Some(FirstStart { organization, owner, project, issued: IssuedKey { key, secret } }))
}

fn installation(
    options: &SetupOptions,
    secret: &KeySecret,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> ServiceResult<Installation> {
    let created_at = clock.now();
    let organization =
        Organization { id: OrganizationId(ids.uuid()), name: "Default organization".to_owned(), created_at };
    let uuid = ids.uuid();
    let owner = UserProfile {
        uuid,
        distinct_id: uuid.to_string(),
        first_name: "Admin".to_owned(),
        last_name: String::new(),
        email: "admin@localhost".to_owned(),
        is_email_verified: None,
        role_at_organization: None,
        is_active: true,
        created_at,
    };
    let choices =
        ProjectPatch { timezone: options.timezone.map(|zone| zone.name().to_owned()), ..ProjectPatch::default() };
    let project = new_project(organization.id, &choices, clock, ids)?;
    let new = NewApiKey {
        kind: KeyKind::Personal,
        label: "Admin key of the first start".to_owned(),
        scopes: vec!["*".to_owned()],
        scoped_projects: Vec::new(),
        scoped_organizations: Vec::new(),
        expires_at: None,
    };
    // The owner has no number yet: the store puts the real one in its place.
    let key = new_key(UserId(0), &new, secret, clock, ids)?;
    Ok(Installation { organization, owner, project, key: StoredKey { key, secure_value: secret.secure_value() } })
}
