//! The passwords of shares: made, hashed and compared here alone.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insights_core::ids::IdSource;
use insights_core::problem::Problem;

/// Shortest password that may be chosen, in characters.
pub const MIN_PASSWORD_CHARACTERS: usize = 8;

/// Longest password that is looked at, in characters.
pub const MAX_PASSWORD_CHARACTERS: usize = 256;

/// Random bytes of a password that the server makes.
const GENERATED_BYTES: usize = 16;

/// Random bytes that keep equal passwords from having equal hashes.
const SALT_BYTES: usize = 16;

/// A password in clear. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainPassword(String);

impl fmt::Debug for PlainPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainPassword(…)")
    }
}

impl PlainPassword {
    /// A new random password of 22 characters.
    pub fn generate(ids: &dyn IdSource) -> Self {
        let mut bytes = [0; GENERATED_BYTES];
        ids.fill_random(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A password that somebody chose.
    ///
    /// # Errors
    /// A [`Problem`] that names `raw_password`, where it is too short or too long.
    pub fn chosen(text: &str) -> Result<Self, Problem> {
        let n_characters = text.chars().count();
        if n_characters < MIN_PASSWORD_CHARACTERS {
            let detail = format!("Password must be at least {MIN_PASSWORD_CHARACTERS} characters long.");
            return Err(Problem { code: "min_length", ..Problem::invalid("raw_password", detail) });
        }
        if n_characters > MAX_PASSWORD_CHARACTERS {
            return Err(Problem::too_long("raw_password", MAX_PASSWORD_CHARACTERS));
        }
        Ok(Self(text.to_owned()))
    }

    /// The password as a visitor types it; `None` where no stored one could match it.
    pub fn presented(text: &str) -> Option<Self> {
        Self::chosen(text).ok()
    }

    /// The password itself, for showing it once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored in its place. Takes some ten milliseconds and 19 MiB, on purpose.
    pub fn hash(&self, ids: &dyn IdSource) -> PasswordHash {
        let mut salt = [0; SALT_BYTES];
        ids.fill_random(&mut salt);
        let hash = Argon2::default().hash_password_with_salt(self.0.as_bytes(), &salt);
        PasswordHash(hash.expect("the default parameters take passwords of this length").to_string())
    }
}

/// A hash by Argon2id in the form `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, which says all that is needed to check a password, also after the
/// parameters for new ones were changed. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl PasswordHash {
    /// Whether it is that password's; the comparison takes a time that does not depend on where they differ. A stored text that is no hash
    /// matches nothing. As costly as making a hash.
    pub fn matches(&self, password: &PlainPassword) -> bool {
        Argon2::default().verify_password(password.0.as_bytes(), self.0.as_str()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use insights_core::ids::RandomIds;

    use super::*;

    #[test]
    fn the_right_password_alone_matches() {
        let password = PlainPassword::chosen("correct horse").unwrap();
        let hash = password.hash(&RandomIds);
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert!(hash.matches(&password));
        assert!(!hash.matches(&PlainPassword::chosen("correct horsf").unwrap()));
        assert!(!PasswordHash("correct horse".to_owned()).matches(&password));
        assert_ne!(password.hash(&RandomIds), hash);
    }

    #[test]
    fn passwords_are_bounded_and_generated_ones_are_long() {
        assert!(PlainPassword::chosen("1234567").unwrap_err().detail.contains("at least 8 characters"));
        assert!(PlainPassword::chosen("12345678").is_ok());
        assert!(PlainPassword::chosen(&"ü".repeat(256)).is_ok());
        assert_eq!(PlainPassword::chosen(&"ü".repeat(257)).unwrap_err().code, "max_length");
        assert_eq!(PlainPassword::presented(""), None);
        assert_eq!(PlainPassword::generate(&RandomIds).reveal().len(), 22);
    }

    #[test]
    fn neither_password_nor_hash_leaks_into_logs() {
        let password = PlainPassword::chosen("correct horse").unwrap();
        assert_eq!(format!("{password:?}"), "PlainPassword(…)");
        assert_eq!(format!("{:?}", PasswordHash("$argon2id$".to_owned())), "PasswordHash(…)");
    }
}
