//! The secrets of keys: made, hashed, masked and compared here alone.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::KeyKind;
use crate::ids::{IdSource, random_text};
use crate::problem::Problem;

/// Random characters of a secret after its prefix: 256 bits and a little.
const RANDOM_CHARACTERS: usize = 43;

/// Shortest secret that may be chosen instead of made.
const MIN_CHOSEN_CHARACTERS: usize = 8;

/// Longest secret that is looked at.
const MAX_CHARACTERS: usize = 512;

/// A key's secret. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret(String);

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySecret({})", self.mask())
    }
}

impl KeySecret {
    /// A new secret of that kind.
    pub fn generate(kind: KeyKind, ids: &dyn IdSource) -> Self {
        Self(format!("{}{}", kind.prefix(), random_text(ids, RANDOM_CHARACTERS)))
    }

    /// A secret that was chosen by whoever runs the server.
    ///
    /// # Errors
    /// A [`Problem`] where it is shorter than 8 or longer than 512 characters, or holds anything but visible ASCII.
    pub fn chosen(text: &str) -> Result<Self, Problem> {
        if !(MIN_CHOSEN_CHARACTERS..=MAX_CHARACTERS).contains(&text.len())
            || !text.bytes().all(|b| b.is_ascii_graphic())
        {
            let detail = format!(
                "A key has {MIN_CHOSEN_CHARACTERS} to {MAX_CHARACTERS} visible ASCII characters without spaces."
            );
            return Err(Problem::invalid("value", detail));
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret as a client presents it; `None` where no stored key could match it.
    pub fn presented(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= MAX_CHARACTERS).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for showing it once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Four characters of each end, `phx_...abcd`; nothing of a secret so short that this would give much of it away.
    pub fn mask(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        if characters.len() < 16 {
            return "********".to_owned();
        }
        let first: String = characters[..4].iter().collect();
        let last: String = characters[characters.len() - 4..].iter().collect();
        format!("{first}...{last}")
    }

    /// What is stored instead of the secret: `sha256$` and 64 hexadecimal digits.
    ///
    /// No salt: secrets are random, and the hash has to be found by an index.
    pub fn secure_value(&self) -> SecureValue {
        SecureValue(format!("sha256${}", hex::encode(Sha256::digest(self.0.as_bytes()))))
    }
}

/// The stored hash of a secret.
#[derive(Clone, Debug)]
pub struct SecureValue(pub String);

impl SecureValue {
    /// Whether both are the same, in a time that does not depend on where they differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RandomIds;

    #[test]
    fn each_kind_begins_in_its_own_way() {
        for kind in KeyKind::ALL {
            let secret = KeySecret::generate(kind, &RandomIds);
            assert!(secret.reveal().starts_with(kind.prefix()));
            assert_eq!(secret.reveal().len(), kind.prefix().len() + RANDOM_CHARACTERS);
            assert!(secret.mask().len() <= 11);
        }
    }

    #[test]
    fn the_hash_is_the_documented_one() {
        let secret = KeySecret::chosen("phx_0123456789").unwrap();
        assert_eq!(secret.secure_value().0, "sha256$3b1fb8b2fc4be00e0bff0d83abedb27fad11b17cfccaa77eb869cbcc654acfe6");
    }

    #[test]
    fn equal_secrets_alone_match() {
        let one = KeySecret::chosen("phx_0123456789").unwrap().secure_value();
        assert!(one.matches(&KeySecret::presented("phx_0123456789").unwrap().secure_value()));
        assert!(!one.matches(&KeySecret::presented("phx_0123456788").unwrap().secure_value()));
        assert!(!one.matches(&SecureValue(String::new())));
    }

    #[test]
    fn secrets_do_not_leak_into_logs() {
        let secret = KeySecret::chosen("phx_aaaabbbbccccdddd").unwrap();
        assert_eq!(format!("{secret:?}"), "KeySecret(phx_...dddd)");
        assert_eq!(KeySecret::chosen("phx_aaaab").unwrap().mask(), "********");
    }

    #[test]
    fn chosen_secrets_are_bounded() {
        for text in ["", "short", "with a space", "ünïcödé-secret", &"x".repeat(513)] {
            assert_eq!(KeySecret::chosen(text).unwrap_err().attr.as_deref(), Some("value"));
        }
        assert!(KeySecret::presented(&"x".repeat(513)).is_none());
    }
}
