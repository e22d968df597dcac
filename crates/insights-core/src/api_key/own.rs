//! What a key may do to the keys of its own user: manage those that may do no more than it may itself.
//!
//! Without this rule a narrow key could roll a wide one and so learn its secret.

use super::repository::KeyLimit;
use super::service::{ApiKeyPatch, ApiKeyService, IssuedKey, NewApiKey};
use super::{ApiKey, MAX_PERSONAL_KEYS};
use crate::auth::Principal;
use crate::error::ServiceResult;
use crate::ids::ApiKeyId;
use crate::problem::Problem;
use crate::scopes::Scopes;

impl ApiKeyService {
    /// Makes a key of the principal's user, who may have at most [`MAX_PERSONAL_KEYS`].
    ///
    /// # Errors
    /// A 403 where it would reach further than the principal's key; otherwise as [`Self::create`].
    pub fn create_own(&self, principal: &Principal, new: &NewApiKey) -> ServiceResult<IssuedKey> {
        let scopes = Scopes::parse(&new.scopes).map_err(Problem::from)?;
        principal.require_may_grant(&scopes, &new.scoped_projects, &new.scoped_organizations)?;
        self.create(principal.user.id, new, KeyLimit::AtMost(MAX_PERSONAL_KEYS))
    }

    /// Changes a key of the principal's user.
    ///
    /// # Errors
    /// A 403 where it reaches, or would reach, further than the principal's key; otherwise as [`Self::update`].
    pub fn update_own(&self, principal: &Principal, id: &ApiKeyId, patch: &ApiKeyPatch) -> ServiceResult<ApiKey> {
        let key = self.require_own(principal, id)?;
        let scopes = patch.scopes.as_ref().map(|scopes| Scopes::parse(scopes)).transpose().map_err(Problem::from)?;
        principal.require_may_grant(
            scopes.as_ref().unwrap_or(&key.scopes),
            patch.scoped_projects.as_ref().unwrap_or(&key.scoped_projects),
            patch.scoped_organizations.as_ref().unwrap_or(&key.scoped_organizations),
        )?;
        self.update(principal.user.id, id, patch)
    }

    /// Replaces the secret of a key of the principal's user.
    ///
    /// # Errors
    /// A 403 where it reaches further than the principal's key; otherwise as [`Self::roll`].
    pub fn roll_own(&self, principal: &Principal, id: &ApiKeyId) -> ServiceResult<IssuedKey> {
        self.require_own(principal, id)?;
        self.roll(principal.user.id, id)
    }

    /// Removes a key of the principal's user.
    ///
    /// # Errors
    /// A 403 where it reaches further than the principal's key; otherwise as [`Self::delete`].
    pub fn delete_own(&self, principal: &Principal, id: &ApiKeyId) -> ServiceResult<()> {
        self.require_own(principal, id)?;
        self.delete(principal.user.id, id)
    }

    /// The user's key of that id, if it reaches no further than the principal's.
    fn require_own(&self, principal: &Principal, id: &ApiKeyId) -> ServiceResult<ApiKey> {
        let key = self.require(principal.user.id, id)?;
        if key.id != principal.key.id {
            principal.require_may_grant(&key.scopes, &key.scoped_projects, &key.scoped_organizations)?;
        }
        Ok(key)
    }
}
