//! Where API keys are kept.

use std::fmt;

use chrono::{DateTime, Utc};

use super::secret::SecureValue;
use super::{ApiKey, KeyKind};
use crate::error::RepositoryResult;
use crate::ids::{ApiKeyId, UserId};

/// A key together with the hash of its secret.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The key.
    pub key: ApiKey,
    /// The hash of its secret.
    pub secure_value: SecureValue,
}

/// How many keys of one kind a user may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLimit {
    /// Any number.
    Unlimited,
    /// At most so many.
    AtMost(usize),
}

/// Keeps API keys.
pub trait ApiKeyRepository: Send + Sync + fmt::Debug {
    /// Stores a new key, counting the user's keys of the same kind in the same transaction.
    ///
    /// # Errors
    /// `Limit` where the user has as many already, `Conflict` where id or secret is taken, `NotFound` where the user is unknown.
    fn create(&self, key: &StoredKey, limit: KeyLimit) -> RepositoryResult<()>;

    /// The key of that id.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(&self, id: &ApiKeyId) -> RepositoryResult<Option<ApiKey>>;

    /// The key whose secret has that hash, expired or not.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn find_by_secure_value(&self, secure_value: &SecureValue) -> RepositoryResult<Option<StoredKey>>;

    /// Keys, the newest first (ties by id): of one user or of all, of one kind or of every.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn list(&self, user: Option<UserId>, kind: Option<KeyKind>) -> RepositoryResult<Vec<ApiKey>>;

    /// Writes label, scopes, limits and expiry of the key with the same id.
    ///
    /// # Errors
    /// `NotFound` where the key is gone.
    fn update(&self, key: &ApiKey) -> RepositoryResult<()>;

    /// Replaces the secret: the old one is refused from then on. Sets `last_rolled_at` to `at`.
    ///
    /// # Errors
    /// `NotFound` where the key is gone, `Conflict` where the new secret is taken.
    fn roll(&self, id: &ApiKeyId, secure_value: &SecureValue, mask: &str, at: DateTime<Utc>) -> RepositoryResult<()>;

    /// Notes that the key was used. A key that is gone is no error.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn touch(&self, id: &ApiKeyId, at: DateTime<Utc>) -> RepositoryResult<()>;

    /// Removes the key; whether it was there.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn delete(&self, id: &ApiKeyId) -> RepositoryResult<bool>;
}
