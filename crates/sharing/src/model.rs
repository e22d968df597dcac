//! What a share is.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::{DashboardId, IdSource, InsightId, ProjectId, UserId};

use crate::password::PasswordHash;
use crate::settings::SharingSettings;

/// How long a link goes on to work after its access token was replaced.
pub const GRACE: TimeDelta = TimeDelta::seconds(300);

/// Most passwords of one share that open it at the same time. Each costs a computation at every guess.
pub const MAX_PASSWORDS: usize = 20;

/// Longest note on a password, in characters.
pub const MAX_NOTE_CHARACTERS: usize = 100;

/// Random bytes of an access token.
const TOKEN_BYTES: usize = 22;

/// Longest text that is looked up as an access token.
const MAX_TOKEN_CHARACTERS: usize = 400;

/// Number of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharingId(pub i64);

/// Number of a password of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharePasswordId(pub i64);

/// What is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharedThing {
    /// One insight.
    Insight(InsightId),
    /// A dashboard with the insights on it.
    Dashboard(DashboardId),
}

impl SharedThing {
    /// Kind of the thing in the activity log.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Insight(_) => insights_core::insight::SCOPE,
            Self::Dashboard(_) => insights_core::dashboard::SCOPE,
        }
    }

    /// Kind of the thing on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insight(_) => "insight",
            Self::Dashboard(_) => "dashboard",
        }
    }

    /// Its number.
    pub fn number(self) -> i64 {
        match self {
            Self::Insight(id) => id.0,
            Self::Dashboard(id) => id.0,
        }
    }
}

/// The part of a public link that opens it. Whoever may read the share is shown it again and again, so it is stored as it is; it is
/// unguessable, and `Debug` shows no more than its end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessToken(String);

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(…{})", self.suffix())
    }
}

impl AccessToken {
    /// A new random one: 22 bytes, 30 characters that need no escaping in addresses.
    pub fn generate(ids: &dyn IdSource) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        ids.fill_random(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token of an address or a store; `None` for a text that never is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_token = (8..=MAX_TOKEN_CHARACTERS).contains(&text.len()) && text.bytes().all(is_safe);
        is_token.then(|| Self(text.to_owned()))
    }

    /// The whole token, for addresses and for those who may read the share.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last six characters: enough to tell tokens apart in a log, useless to open anything.
    pub fn suffix(&self) -> &str {
        &self.0[self.0.len().saturating_sub(6)..]
    }
}

/// How a thing is shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharing {
    /// Number of the share, kept through changes of its token.
    pub id: SharingId,
    /// The project of the thing.
    pub project: ProjectId,
    /// What is shared.
    pub thing: SharedThing,
    /// Grows with each change; a change of an older version is refused.
    pub version: i64,
    /// What may be written.
    pub fields: SharingFields,
    /// The passwords that open it, by number.
    pub passwords: Vec<SharePassword>,
}

/// All of a share but its identity and its passwords.
#[derive(Clone, Debug, PartialEq)]
pub struct SharingFields {
    /// When the thing was first shared.
    pub created_at: DateTime<Utc>,
    /// Whether the public link works.
    pub enabled: bool,
    /// The part of the public link that opens it.
    pub access_token: AccessToken,
    /// How it is shown; `None` where nobody has said.
    pub settings: Option<SharingSettings>,
    /// Whether visitors are asked for a password.
    pub password_required: bool,
}

/// A password that opens a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharePassword {
    /// Number in routes.
    pub id: SharePasswordId,
    /// Everything else.
    pub fields: SharePasswordFields,
}

/// All of a password but its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharePasswordFields {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// Whom it is for, in words; may be empty.
    pub note: String,
    /// What is stored in its place.
    pub hash: PasswordHash,
}

#[cfg(test)]
mod tests {
    use insights_core::ids::RandomIds;

    use super::*;

    #[test]
    fn tokens_have_thirty_safe_characters_and_stay_out_of_logs() {
        let token = AccessToken::generate(&RandomIds);
        assert_eq!(token.reveal().len(), 30);
        assert_eq!(AccessToken::parse(token.reveal()), Some(token.clone()));
        assert_ne!(AccessToken::generate(&RandomIds), token);
        assert!(!format!("{token:?}").contains(&token.reveal()[..20]));
        assert!(token.reveal().ends_with(token.suffix()) && token.suffix().len() == 6);
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in
            ["", "short", "with a space in it", "dots.in.it", "nul\0nul\0nul", &"x".repeat(401), "ünïcödé-tokens"]
        {
            assert_eq!(AccessToken::parse(text), None, "{text}");
        }
    }
}
