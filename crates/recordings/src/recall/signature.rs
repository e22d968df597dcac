//! The signatures of webhooks as Svix makes them, which Recall.ai sends through: the base64 of the HMAC-SHA256 of `<id>.<timestamp>.<body>`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use insights_core::problem::Problem;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// How far the clocks of sender and receiver may be apart; an older request is one that somebody kept.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Most signatures of one request that are looked at. Senders send two while a secret is replaced.
const MAX_SIGNATURES: usize = 16;

/// The secret that a sender signs with.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

impl fmt::Debug for WebhookSecret {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The headers of a signed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHeaders<'a> {
    /// `webhook-id` or `svix-id`: names the message, the same at every try.
    pub id: &'a str,
    /// `webhook-timestamp` or `svix-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature` or `svix-signature`: signatures with their version, `v1,…`, with spaces between.
    pub signature: &'a str,
}

impl WebhookSecret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// What is wrong with it; never the text itself.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or("a secret begins with whsec_")?;
        match STANDARD.decode(encoded) {
            Ok(key) if key.len() >= 16 => Ok(Self(key)),
            Ok(_) => Err("a secret has at least 16 bytes"),
            Err(_) => Err("a secret is whsec_ and base64"),
        }
    }

    /// Whether whoever knows the secret has sent `body` under these headers about `now`; gives the instant of sending.
    ///
    /// # Errors
    /// A 401 that does not say how close a signature was.
    pub fn check(&self, headers: SignedHeaders<'_>, body: &[u8], now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        let sent_at = headers.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let sent_at = sent_at.ok_or_else(|| refusal("The time of the webhook is none."))?;
        if (now - sent_at).abs() > TOLERANCE {
            return Err(refusal("The webhook was signed more than five minutes ago, or the clocks differ."));
        }
        let expected = self.mac(headers.id, headers.timestamp, body);
        let signatures = headers.signature.split_ascii_whitespace().take(MAX_SIGNATURES);
        let is_signed = signatures
            .filter_map(decode)
            .fold(Choice::from(0), |is_signed, signature| is_signed | signature.as_slice().ct_eq(expected.as_slice()));
        if bool::from(is_signed) { Ok(sent_at) } else { Err(refusal("The signature of the webhook is wrong.")) }
    }

    /// The signature of a message, as senders make it.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.mac(id, timestamp, body)))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// A signature of the version that is known, decoded.
fn decode(signature: &str) -> Option<Vec<u8>> {
    STANDARD.decode(signature.strip_prefix("v1,")?).ok()
}

fn refusal(detail: &str) -> Problem {
    Problem::authentication_failed(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in Svix's documentation of how to verify by hand.
    const SECRET: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
    const BODY: &[u8] = br#"{"event_type":"ping","data":{"success":true}}"#;
    const SIGNATURE: &str = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_731_705_121, 0).unwrap()
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut SignedHeaders<'static>), body: &[u8], seconds_later: i64, expected: bool) {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        let mut headers = SignedHeaders { id: "msg_loFOjxBNrRLzqYUf", timestamp: "1731705121", signature: SIGNATURE };
        change(&mut headers);
        let checked = secret.check(headers, body, now() + TimeDelta::seconds(seconds_later));
        assert_eq!(checked.is_ok(), expected, "{checked:?}");
        assert!(checked.is_ok_and(|sent_at| sent_at == now()) || !expected);
    }

    #[test]
    fn what_was_signed_is_taken_and_nothing_else() {
        check(|_| {}, BODY, 0, true);
        check(|_| {}, b"{}", 0, false);
        check(|headers| headers.id = "msg_other", BODY, 0, false);
        check(|headers| headers.timestamp = "1731705122", BODY, 0, false);
        check(|headers| headers.timestamp = "soon", BODY, 0, false);
        check(|headers| headers.signature = "", BODY, 0, false);
        check(|headers| headers.signature = "v1,", BODY, 0, false);
        check(|headers| headers.signature = "v1,AAAA", BODY, 0, false);
        check(|headers| headers.signature = &SIGNATURE[3..], BODY, 0, false);
        check(|headers| headers.signature = "v2,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=", BODY, 0, false);
    }

    #[test]
    fn messages_are_signed_as_svix_signs_them() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        assert_eq!(secret.sign("msg_loFOjxBNrRLzqYUf", "1731705121", BODY), SIGNATURE);
    }

    #[test]
    fn one_good_signature_among_others_is_enough() {
        check(
            |headers| headers.signature = "v1,AAAA v1a,x v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
            BODY,
            0,
            true,
        );
    }

    #[test]
    fn old_and_early_requests_are_refused() {
        check(|_| {}, BODY, 300, true);
        check(|_| {}, BODY, -300, true);
        check(|_| {}, BODY, 301, false);
        check(|_| {}, BODY, -301, false);
    }

    #[test]
    fn secrets_are_read_and_not_shown() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        assert!(!format!("{secret:?}").contains("plJ3"));
        for wrong in ["", "plJ3nmyCDGBKInavdOK15jsl", "whsec_", "whsec_%%%", "whsec_AAAA"] {
            let error = WebhookSecret::parse(wrong).unwrap_err();
            assert!(wrong.is_empty() || !error.contains(wrong) || wrong == "whsec_", "{error}");
        }
    }
}
