//! Making, changing, rolling and revoking keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::repository::{ApiKeyRepository, KeyLimit, StoredKey};
use super::secret::KeySecret;
use super::{ApiKey, KeyKind, MAX_LABEL_CHARACTERS};
use crate::error::{RepositoryError, ServiceResult};
use crate::ids::{ApiKeyId, IdSource, OrganizationId, ProjectId, UserId, random_text};
use crate::problem::{Problem, ProblemKind};
use crate::scopes::Scopes;
use crate::text::check_length;
use crate::time::Clock;

/// Characters of a key's id.
const ID_CHARACTERS: usize = 10;

/// What is chosen of a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for.
    pub kind: KeyKind,
    /// Name for people.
    pub label: String,
    /// What it may do, as texts.
    pub scopes: Vec<String>,
    /// The only projects it may touch; empty for all.
    pub scoped_projects: Vec<ProjectId>,
    /// The only organizations it may touch; empty for all.
    pub scoped_organizations: Vec<OrganizationId>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What may be changed of a key; `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeyPatch {
    /// Name for people.
    pub label: Option<String>,
    /// What it may do, as texts.
    pub scopes: Option<Vec<String>>,
    /// The only projects it may touch.
    pub scoped_projects: Option<Vec<ProjectId>>,
    /// The only organizations it may touch.
    pub scoped_organizations: Option<Vec<OrganizationId>>,
}

/// A key with its secret, which can be shown this once.
#[derive(Clone, Debug)]
pub struct IssuedKey {
    /// The key.
    pub key: ApiKey,
    /// Its secret.
    pub secret: KeySecret,
}

/// The use cases of API keys.
#[derive(Clone, Debug)]
pub struct ApiKeyService {
    keys: Arc<dyn ApiKeyRepository>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ApiKeyService {
    /// A service over the repository.
    pub fn new(keys: Arc<dyn ApiKeyRepository>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { keys, clock, ids }
    }

    /// Makes a key. The REST routes pass `KeyLimit::AtMost(MAX_PERSONAL_KEYS)`, the command line has no limit.
    ///
    /// Whether the caller may grant these scopes and limits is the caller's to check
    /// (see [`Principal::require_may_grant`](crate::auth::Principal::require_may_grant)).
    ///
    /// # Errors
    /// A refusal that names the field at fault, or says that there are too many keys.
    pub fn create(&self, user: UserId, new: &NewApiKey, limit: KeyLimit) -> ServiceResult<IssuedKey> {
        let secret = KeySecret::generate(new.kind, &*self.ids);
        let key = new_key(user, new, &secret, &*self.clock, &*self.ids)?;
        let stored = StoredKey { key, secure_value: secret.secure_value() };
        match self.keys.create(&stored, limit) {
            Ok(()) => Ok(IssuedKey { key: stored.key, secret }),
            Err(RepositoryError::Limit { limit, .. }) => {
                let detail = format!(
                    "You can only have {limit} personal API keys. Remove an existing key before creating a new one."
                );
                Err(Problem::new(ProblemKind::Validation, "invalid_input", detail).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The user's personal keys and those of their agents, the newest first.
    ///
    /// # Errors
    /// The repository's.
    pub fn list(&self, user: UserId) -> ServiceResult<Vec<ApiKey>> {
        let mut keys = self.keys.list(Some(user), None)?;
        keys.retain(|key| matches!(key.kind, KeyKind::Personal | KeyKind::Agent));
        Ok(keys)
    }

    /// Every key of the server, the newest first: for the command line.
    ///
    /// # Errors
    /// The repository's.
    pub fn list_all(&self) -> ServiceResult<Vec<ApiKey>> {
        Ok(self.keys.list(None, None)?)
    }

    /// The user's key of that id.
    ///
    /// # Errors
    /// A 404 where there is none, or another user has it.
    pub fn require(&self, user: UserId, id: &ApiKeyId) -> ServiceResult<ApiKey> {
        let key = self.keys.get(id)?.filter(|key| key.user == user);
        key.ok_or_else(|| Problem::not_found().into())
    }

    /// Changes the user's key of that id.
    ///
    /// # Errors
    /// A 404 as [`Self::require`], a refusal that names the field at fault.
    pub fn update(&self, user: UserId, id: &ApiKeyId, patch: &ApiKeyPatch) -> ServiceResult<ApiKey> {
        let mut key = self.require(user, id)?;
        if let Some(label) = &patch.label {
            key.label = parse_label(label)?;
        }
        if let Some(scopes) = &patch.scopes {
            key.scopes = Scopes::parse(scopes).map_err(Problem::from)?;
        }
        if let Some(projects) = &patch.scoped_projects {
            key.scoped_projects.clone_from(projects);
        }
        if let Some(organizations) = &patch.scoped_organizations {
            key.scoped_organizations.clone_from(organizations);
        }
        self.keys.update(&key)?;
        Ok(key)
    }

    /// Replaces the secret of the user's key of that id.
    ///
    /// # Errors
    /// A 404 as [`Self::require`].
    pub fn roll(&self, user: UserId, id: &ApiKeyId) -> ServiceResult<IssuedKey> {
        let mut key = self.require(user, id)?;
        let secret = KeySecret::generate(key.kind, &*self.ids);
        let now = self.clock.now();
        key.mask_value = secret.mask();
        key.last_rolled_at = Some(now);
        self.keys.roll(id, &secret.secure_value(), &key.mask_value, now)?;
        Ok(IssuedKey { key, secret })
    }

    /// Removes the user's key of that id: it is refused from then on.
    ///
    /// # Errors
    /// A 404 as [`Self::require`].
    pub fn delete(&self, user: UserId, id: &ApiKeyId) -> ServiceResult<()> {
        self.require(user, id)?;
        self.keys.delete(id)?;
        Ok(())
    }

    /// Removes any user's key: for the command line.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn revoke(&self, id: &ApiKeyId) -> ServiceResult<()> {
        if self.keys.delete(id)? { Ok(()) } else { Err(Problem::not_found().into()) }
    }
}

/// A key of that secret.
pub(crate) fn new_key(
    user: UserId,
    new: &NewApiKey,
    secret: &KeySecret,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> Result<ApiKey, Problem> {
    Ok(ApiKey {
        id: ApiKeyId(random_text(ids, ID_CHARACTERS)),
        kind: new.kind,
        user,
        label: parse_label(&new.label)?,
        mask_value: secret.mask(),
        scopes: Scopes::parse(&new.scopes)?,
        scoped_projects: new.scoped_projects.clone(),
        scoped_organizations: new.scoped_organizations.clone(),
        created_at: clock.now(),
        expires_at: new.expires_at,
        last_used_at: None,
        last_rolled_at: None,
    })
}

fn parse_label(label: &str) -> Result<String, Problem> {
    let label = label.trim();
    if label.is_empty() {
        return Err(Problem::blank("label"));
    }
    check_length("label", label, MAX_LABEL_CHARACTERS)?;
    Ok(label.to_owned())
}
