//! API keys in memory.

use chrono::{DateTime, Utc};

use super::InMemoryDatabase;
use crate::api_key::repository::{ApiKeyRepository, KeyLimit, StoredKey};
use crate::api_key::secret::SecureValue;
use crate::api_key::{ApiKey, KeyKind};
use crate::error::{RepositoryError, RepositoryResult};
use crate::ids::{ApiKeyId, UserId};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "api key" };
const CONFLICT: RepositoryError = RepositoryError::Conflict { what: "api key" };

impl ApiKeyRepository for InMemoryDatabase {
    fn create(&self, key: &StoredKey, limit: KeyLimit) -> RepositoryResult<()> {
        let mut state = self.state();
        if !state.users.contains_key(&key.key.user) {
            return Err(RepositoryError::NotFound { what: "user" });
        }
        let is_same_kind = |other: &&StoredKey| other.key.user == key.key.user && other.key.kind == key.key.kind;
        let n_keys = state.keys.values().filter(is_same_kind).count();
        if let KeyLimit::AtMost(limit) = limit
            && n_keys >= limit
        {
            return Err(RepositoryError::Limit { what: "api keys", limit });
        }
        let is_taken = |other: &StoredKey| other.key.id == key.key.id || other.secure_value.0 == key.secure_value.0;
        if state.keys.values().any(is_taken) {
            return Err(CONFLICT);
        }
        state.keys.insert(key.key.id.clone(), key.clone());
        Ok(())
    }

    fn get(&self, id: &ApiKeyId) -> RepositoryResult<Option<ApiKey>> {
        Ok(self.state().keys.get(id).map(|stored| stored.key.clone()))
    }

    fn find_by_secure_value(&self, secure_value: &SecureValue) -> RepositoryResult<Option<StoredKey>> {
        Ok(self.state().keys.values().find(|stored| stored.secure_value.0 == secure_value.0).cloned())
    }

    fn list(&self, user: Option<UserId>, kind: Option<KeyKind>) -> RepositoryResult<Vec<ApiKey>> {
        let state = self.state();
        let keys = state.keys.values().map(|stored| &stored.key);
        let keys = keys.filter(|key| user.is_none_or(|user| key.user == user));
        let mut keys: Vec<_> = keys.filter(|key| kind.is_none_or(|kind| key.kind == kind)).cloned().collect();
        keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
        Ok(keys)
    }

    fn update(&self, key: &ApiKey) -> RepositoryResult<()> {
        let mut state = self.state();
        let stored = &mut state.keys.get_mut(&key.id).ok_or(NOT_FOUND)?.key;
        stored.label.clone_from(&key.label);
        stored.scopes.clone_from(&key.scopes);
        stored.scoped_projects.clone_from(&key.scoped_projects);
        stored.scoped_organizations.clone_from(&key.scoped_organizations);
        stored.expires_at = key.expires_at;
        Ok(())
    }

    fn roll(&self, id: &ApiKeyId, secure_value: &SecureValue, mask: &str, at: DateTime<Utc>) -> RepositoryResult<()> {
        let mut state = self.state();
        if state.keys.values().any(|stored| stored.key.id != *id && stored.secure_value.0 == secure_value.0) {
            return Err(CONFLICT);
        }
        let stored = state.keys.get_mut(id).ok_or(NOT_FOUND)?;
        stored.secure_value = secure_value.clone();
        mask.clone_into(&mut stored.key.mask_value);
        stored.key.last_rolled_at = Some(at);
        Ok(())
    }

    fn touch(&self, id: &ApiKeyId, at: DateTime<Utc>) -> RepositoryResult<()> {
        if let Some(stored) = self.state().keys.get_mut(id) {
            stored.key.last_used_at = Some(at);
        }
        Ok(())
    }

    fn delete(&self, id: &ApiKeyId) -> RepositoryResult<bool> {
        Ok(self.state().keys.remove(id).is_some())
    }
}
