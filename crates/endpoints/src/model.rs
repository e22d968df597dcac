//! What an endpoint is.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::ids::{ProjectId, UserId};
use insights_core::problem::Problem;
use serde_json::Value;
use uuid::Uuid;

use crate::materialization::SyncFrequency;

/// Kind of an endpoint in the activity log.
pub const SCOPE: &str = "Endpoint";

/// Longest name, in characters.
pub const MAX_NAME_CHARACTERS: usize = 128;

/// Longest description, in characters.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 4000;

/// Largest query, in bytes of JSON.
pub const MAX_QUERY_BYTES: usize = 256 << 10;

/// Most endpoints of a project.
pub const MAX_ENDPOINTS: usize = 1000;

/// Identity of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub Uuid);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an endpoint is called in addresses: a letter, then letters, digits, `_` and `-`, at most [`MAX_NAME_CHARACTERS`] in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointName(String);

impl EndpointName {
    /// The name, where `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_first = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_rest = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        (is_first && is_rest && text.len() <= MAX_NAME_CHARACTERS).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How old an answer of an endpoint may be before it is computed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheAge(u32);

impl CacheAge {
    /// The shortest age, in seconds.
    pub const MIN_S: u32 = 300;
    /// The longest age, in seconds.
    pub const MAX_S: u32 = 86_400;
    /// What holds for an endpoint that says nothing of it: six hours.
    pub const DEFAULT: Self = Self(6 * 3600);

    /// The age of so many seconds, where it is within the bounds.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        u32::try_from(seconds).ok().filter(|seconds| (Self::MIN_S..=Self::MAX_S).contains(seconds)).map(Self)
    }

    /// As [`Self::from_seconds`], for users.
    ///
    /// # Errors
    /// A [`Problem`] that names `cache_age_seconds` and the bounds.
    pub fn read(seconds: i64) -> Result<Self, Problem> {
        Self::from_seconds(seconds).ok_or_else(|| {
            let detail = format!("Cache age must be between {} and {} seconds.", Self::MIN_S, Self::MAX_S);
            Problem::invalid("cache_age_seconds", detail)
        })
    }

    /// In seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }

    /// As a span of time.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.0))
    }
}

/// A query with a name, to be asked as an API of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Identity in the log.
    pub id: EndpointId,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// Name in addresses, unique in the project, never changed.
    pub name: EndpointName,
    /// Grows with each change of any kind; a change of an older revision is refused.
    pub revision: i64,
    /// What can change.
    pub fields: EndpointFields,
    /// The query as it is now: the version of the highest number.
    pub latest: EndpointVersion,
    /// When it was last run, to within some seconds; `None` where it never was.
    pub last_executed_at: Option<DateTime<Utc>>,
}

/// What of an endpoint can change but its query.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointFields {
    /// What it is for.
    pub description: String,
    /// Whether it can be run.
    pub is_active: bool,
    /// How old an answer may be; `None` for [`CacheAge::DEFAULT`].
    pub cache_age: Option<CacheAge>,
    /// Short id of the insight that the query was taken from.
    pub derived_from_insight: Option<String>,
    /// How often its result is computed ahead of time; `None` where it is not.
    pub materialized: Option<SyncFrequency>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A query of an endpoint. Versions never change; those of an endpoint are numbered from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointVersion {
    /// Identity.
    pub id: Uuid,
    /// Number within the endpoint.
    pub version: u32,
    /// The query node as it was sent; it can be read.
    pub query: Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<UserId>,
}

impl EndpointFields {
    /// How old an answer may be.
    pub fn max_age(&self) -> TimeDelta {
        self.cache_age.unwrap_or(CacheAge::DEFAULT).duration()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_addresses() {
        let long = "x".repeat(128);
        for good in ["a", "Z", "weekly_signups", "a-1", "last_execution_times", &long] {
            assert_eq!(EndpointName::parse(good).as_ref().map(EndpointName::as_str), Some(good));
        }
        let too_long = "x".repeat(129);
        for bad in
            ["", "1a", "_a", "-a", "a b", "a/b", "a.b", "openapi.json", "ä", "aä", "a\n", "a\0", "a%2f", &too_long]
        {
            assert_eq!(EndpointName::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn ages_have_bounds() {
        for (seconds, is_good) in
            [(299, false), (300, true), (86_400, true), (86_401, false), (-300, false), (1 << 40, false)]
        {
            assert_eq!(CacheAge::from_seconds(seconds).is_some(), is_good, "{seconds}");
        }
        let problem = CacheAge::read(0).unwrap_err();
        assert_eq!(problem.attr.as_deref(), Some("cache_age_seconds"));
        assert_eq!(problem.detail, "Cache age must be between 300 and 86400 seconds.");
    }
}
