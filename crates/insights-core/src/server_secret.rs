//! The secret that a server signs with: one for all servers over a store, made at the first start.
//!
//! It signs nothing itself. What signs cookies or requests to others takes a key of its own from [`ServerSecret::derive`], so that no two
//! purposes share a key and none of these keys is stored.

pub mod repository;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::RepositoryResult;
use crate::ids::IdSource;
use repository::ServerSecretRepository;

/// Bytes of the secret and of every key derived from it.
pub const SECRET_BYTES: usize = 32;

/// The secret. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSecret([u8; SECRET_BYTES]);

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(…)")
    }
}

impl ServerSecret {
    /// The secret of those bytes, as a store keeps them.
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// A new random secret.
    pub fn generate(ids: &dyn IdSource) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        ids.fill_random(&mut bytes);
        Self(bytes)
    }

    /// The secret of the store; a new one is kept there where it has none.
    ///
    /// # Errors
    /// The repository's.
    pub fn load(repository: &dyn ServerSecretRepository, ids: &dyn IdSource) -> RepositoryResult<Self> {
        repository.get_or_keep(&Self::generate(ids))
    }

    /// The bytes themselves, for the store alone.
    pub fn reveal(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The key for one thing of one purpose: the same in every server over the store, and no help in guessing any other.
    ///
    /// `purpose` is a name without the character NUL, such as `sharing-cookie`; `id` tells the things of a purpose apart, and may be empty.
    pub fn derive(&self, purpose: &str, id: &str) -> [u8; SECRET_BYTES] {
        debug_assert!(!purpose.contains('\0'), "NUL ends the purpose");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(id.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_secret_purpose_and_id() {
        let secret = ServerSecret::new([7; SECRET_BYTES]);
        let keys = [
            secret.derive("cookie", ""),
            secret.derive("cookie", "1"),
            secret.derive("cookie1", ""),
            secret.derive("webhook", "1"),
            ServerSecret::new([8; SECRET_BYTES]).derive("cookie", ""),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(secret.derive("cookie", "1"), ServerSecret::new([7; SECRET_BYTES]).derive("cookie", "1"));
    }

    #[test]
    fn keys_are_the_hmac_of_purpose_and_id() {
        // printf 'cookie\0a' | openssl dgst -sha256 -mac hmac -macopt hexkey:0707…07
        let key = ServerSecret::new([7; SECRET_BYTES]).derive("cookie", "a");
        let hex = hex::encode(key);
        assert_eq!(hex, "26ef62e1cda62e2f7e7b006e532770457a4a75d0c37910f99954f30c412acd1f");
    }

    #[test]
    fn the_secret_does_not_leak_into_logs() {
        assert_eq!(format!("{:?}", ServerSecret::new([7; SECRET_BYTES])), "ServerSecret(…)");
    }
}
