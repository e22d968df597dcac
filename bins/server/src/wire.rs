//! Pieces that the bodies of several resources share.

use chrono::{DateTime, SecondsFormat, Timelike, Utc};
use insights_core::user::User;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// An instant as PostHog prints it: UTC with `Z`, and six digits of a second where they are not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Timestamp(pub(crate) DateTime<Utc>);

impl Timestamp {
    /// The text.
    pub(crate) fn to_text(self) -> String {
        let format = if self.0.nanosecond() == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        self.0.to_rfc3339_opts(format, true)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// A user as other objects name them: `created_by`, `last_modified_by`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserBasic {
    id: i64,
    uuid: Uuid,
    distinct_id: String,
    first_name: String,
    last_name: String,
    email: String,
    is_email_verified: Option<bool>,
    /// Always null: a setting of PostHog's web pages, which this server does not have.
    hedgehog_config: Option<()>,
    role_at_organization: Option<String>,
}

impl UserBasic {
    /// The given name.
    pub(crate) fn first_name(&self) -> &str {
        &self.first_name
    }

    /// The e-mail address.
    pub(crate) fn email(&self) -> &str {
        &self.email
    }
}

impl From<&User> for UserBasic {
    fn from(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            id: user.id.0,
            uuid: profile.uuid,
            distinct_id: profile.distinct_id.clone(),
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            email: profile.email.clone(),
            is_email_verified: profile.is_email_verified,
            hedgehog_config: None,
            role_at_organization: profile.role_at_organization.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(instant: &str, expected: &str) {
        assert_eq!(Timestamp(instant.parse().unwrap()).to_text(), expected);
    }

    #[test]
    fn instants_are_printed_as_posthog_prints_them() {
        check("2026-01-14T03:21:36Z", "2026-01-14T03:21:36Z");
        check("2026-01-14T03:21:36.120Z", "2026-01-14T03:21:36.120000Z");
        check("2026-01-14T05:21:36.123456+02:00", "2026-01-14T03:21:36.123456Z");
    }
}
