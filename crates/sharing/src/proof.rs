//! What a visitor who knew a password carries from then on: a signed text, a JSON web token (RFC 7519) under HMAC-SHA256.
//!
//! There is one kind of token, one algorithm and one key, so its head is a constant: nothing in a token can choose how it is checked.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use insights_core::ids::ProjectId;
use insights_core::server_secret::ServerSecret;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::model::{AccessToken, SharePasswordId};

/// How long a proof is good.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// `{"typ":"JWT","alg":"HS256"}`.
const HEAD: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";

/// Who the token is for, so that no other token of this server can stand in for one.
const AUDIENCE: &str = "hindsight:sharing_password_protected";

/// Longest text that is looked at.
const MAX_CHARACTERS: usize = 2048;

/// That a visitor knew a password of a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The project.
    pub project: ProjectId,
    /// The link that was opened.
    pub access_token: AccessToken,
    /// The password that was known.
    pub password: SharePasswordId,
    /// Until when that counts, to the second.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    share_password_id: i64,
    team_id: i64,
    access_token: String,
    exp: i64,
    aud: String,
}

/// Signs proofs, and knows its own signature again.
#[derive(Clone)]
pub struct ProofSigner(Hmac<Sha256>);

impl fmt::Debug for ProofSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofSigner(…)")
    }
}

impl ProofSigner {
    /// A signer with a key of its own out of `secret`.
    pub fn new(secret: &ServerSecret) -> Self {
        let key = secret.derive("share-proof", "");
        Self(Hmac::new_from_slice(&key).expect("HMAC takes keys of any length"))
    }

    /// The proof as a text of characters that need no escaping in headers and addresses.
    pub fn sign(&self, proof: &Proof) -> String {
        let claims = Claims {
            share_password_id: proof.password.0,
            team_id: proof.project.0,
            access_token: proof.access_token.reveal().to_owned(),
            exp: proof.expires_at.timestamp(),
            aud: AUDIENCE.to_owned(),
        };
        let claims = serde_json::to_vec(&claims).expect("claims can be written as JSON");
        let signed = format!("{HEAD}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    /// The proof that `text` is; `None` where this signer did not sign it, or it has expired at `now`.
    pub fn verify(&self, text: &str, now: DateTime<Utc>) -> Option<Proof> {
        if text.len() > MAX_CHARACTERS {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let claims = signed.strip_prefix(HEAD)?.strip_prefix('.')?;
        // Compares in a time that does not depend on where they differ.
        self.mac(signed).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
        let is_good = claims.aud == AUDIENCE && now < expires_at;
        is_good.then_some(Proof {
            project: ProjectId(claims.team_id),
            access_token: AccessToken::parse(&claims.access_token)?,
            password: SharePasswordId(claims.share_password_id),
            expires_at,
        })
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(signed.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_768_360_894;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(NOW + seconds, 0).unwrap()
    }

    fn proof() -> Proof {
        Proof {
            project: ProjectId(7),
            access_token: AccessToken::parse("abcdefghijklmnopqrstuvwxyz_-12").unwrap(),
            password: SharePasswordId(3),
            expires_at: at(60),
        }
    }

    fn signer(byte: u8) -> ProofSigner {
        ProofSigner::new(&ServerSecret::new([byte; 32]))
    }

    #[test]
    fn a_proof_is_known_again_until_it_expires() {
        let text = signer(1).sign(&proof());
        assert_eq!(signer(1).verify(&text, at(59)), Some(proof()));
        assert_eq!(signer(1).verify(&text, at(60)), None);
        let parts: Vec<&str> = text.split('.').collect();
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[0]).unwrap(), br#"{"typ":"JWT","alg":"HS256"}"#);
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let expected = r#"{"share_password_id":3,"team_id":7,"access_token":"abcdefghijklmnopqrstuvwxyz_-12","exp":1768360954,"aud":"hindsight:sharing_password_protected"}"#;
        assert_eq!(claims, expected);
    }

    #[test]
    fn whatever_was_changed_or_signed_elsewhere_is_refused() {
        let text = signer(1).sign(&proof());
        assert_eq!(signer(2).verify(&text, at(0)), None);
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let other = signer(1).sign(&Proof { password: SharePasswordId(4), ..proof() });
        let (other_signed, _) = other.rsplit_once('.').unwrap();
        // {"typ":"JWT","alg":"none"}
        let unsigned = signed.replace(HEAD, "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0");
        for forged in [
            format!("{other_signed}.{signature}"),
            format!("{signed}."),
            format!("{unsigned}."),
            format!("{unsigned}.{signature}"),
            signed.to_owned(),
            String::new(),
            "..".to_owned(),
            format!("{text}x"),
            "x".repeat(5000),
        ] {
            assert_eq!(signer(1).verify(&forged, at(0)), None, "{forged}");
        }
    }
}
