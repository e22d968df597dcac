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
