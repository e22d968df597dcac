//! Identifiers as types of their own, and the source that new random ones come from.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// An organization: the tenant that owns projects and users.
    OrganizationId
);
number_id!(
    /// A user of the server.
    UserId
);
number_id!(
    /// A project, which is also the one environment of that number.
    ProjectId
);
number_id!(
    /// An insight.
    InsightId
);
number_id!(
    /// A dashboard.
    DashboardId
);
number_id!(
    /// The place of an insight or a text on a dashboard.
    TileId
);

number_id!(
    /// A row of the activity log.
    ActivityId
);

/// An API key, as routes name it; at most 50 characters, never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKeyId(pub String);

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where new random identifiers and secrets come from.
pub trait IdSource: Send + Sync + fmt::Debug {
    /// A new uuid that has not been given out before.
    fn uuid(&self) -> Uuid;

    /// Fills `bytes` with unpredictable bytes, fit for secrets.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    /// A time-ordered (version 7) uuid.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes random ids")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A text of `length` random characters of `A-Z`, `a-z` and `0-9`, each with the same chance.
pub fn random_text(ids: &dyn IdSource, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // Bytes from 248 on are thrown away: 248 is the largest multiple of 62, so the rest would favour the first letters.
    const FAIR_LIMIT: u8 = 248;
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 32];
    while text.len() < length {
        ids.fill_random(&mut bytes);
        let fair = bytes.iter().filter(|byte| **byte < FAIR_LIMIT);
        text.extend(fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).take(length - text.len()));
    }
    text
}
