//! Where sessions are kept.

use std::fmt;

use chrono::{DateTime, Utc};
use insights_core::error::RepositoryResult;
use insights_core::ids::OrganizationId;
use uuid::Uuid;

use crate::assembly::Material;
use crate::event::TelemetryEvent;
use crate::judge::Judgement;
use crate::metric::TelemetryMetric;
use crate::model::{DeveloperId, FullSession, Session, SessionKey, TextSource};
use crate::relate::Relation;
use crate::sub_session::{SubSession, SubSessionId};
use crate::window::Span;

/// Most events and points of one session.
pub const MAX_MATERIAL: usize = 50_000;

/// What was new of what was added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Events.
    pub events: usize,
    /// Points of metrics.
    pub metrics: usize,
}

/// What is stored of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSession {
    /// Events and points.
    pub material: Material,
    /// Grows with whatever is added, judged or edited.
    pub revision: i64,
    /// What is held of it.
    pub judgement: Judgement,
}

/// What a person has written over a summary; `None` where they have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// The title.
    pub title: Option<String>,
    /// The summary.
    pub summary: Option<String>,
}

impl Edited {
    /// Puts it into a session.
    pub fn apply(&self, session: &mut Session) {
        if let Some(title) = &self.title {
            session.summary.title.clone_from(title);
        }
        if let Some(summary) = &self.summary {
            session.summary.summary.clone_from(summary);
        }
        if self.title.is_some() || self.summary.is_some() {
            session.summary.source = TextSource::User;
        }
    }
}

/// Which sessions or sub-sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Of this organization.
    pub organization: OrganizationId,
    /// Of this developer; `None` for all.
    pub developer: Option<DeveloperId>,
    /// That began in it.
    pub began: Span,
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// How many are left out at the beginning.
    pub offset: u64,
    /// How many there are at most.
    pub limit: u32,
}

/// Identity of a session in stores: the same for the same key.
pub fn session_uid(key: &SessionKey) -> Uuid {
    Uuid::new_v5(&key.organization.0, format!("{}/{}", key.developer, key.session_id).as_bytes())
}

/// Keeps the events of sessions, and what was put together of them.
pub trait AgentSessionRepository: Send + Sync + fmt::Debug {
    /// Adds what is not there yet, by dedup key. Where anything was new, the revision grows. Of more than [`MAX_MATERIAL`] the rest is left out.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn append(
        &self,
        key: &SessionKey,
        events: &[TelemetryEvent],
        metrics: &[TelemetryMetric],
    ) -> RepositoryResult<Appended>;

    /// What is stored of a session; events and points in the order of their times, then of their dedup keys.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn material(&self, key: &SessionKey) -> RepositoryResult<Option<StoredSession>>;

    /// Stores what was put together from a session at `revision`, in place of what there is, and the relations of other sub-sessions. Relations of
    /// sub-sessions that are not there any more are left out. All or nothing.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is another one, `NotFound` where there is no such session.
    fn put(&self, full: &FullSession, revision: i64, relations: &[Relation]) -> RepositoryResult<()>;

    /// Stores what is held of a session at `revision`, which grows, and that it is not to be judged again at what it is then.
    ///
    /// # Errors
    /// `Conflict` where the stored revision is another one, `NotFound` where there is no such session.
    fn put_judgement(&self, key: &SessionKey, revision: i64, judgement: &Judgement) -> RepositoryResult<()>;

    /// Stores what a person has written over the summary of a session.
    ///
    /// # Errors
    /// `NotFound` where there is no such session.
    fn put_edited(&self, key: &SessionKey, edited: &Edited) -> RepositoryResult<()>;

    /// The session of that id that was put together; of several developers' the one that ended last.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn get(
        &self,
        organization: OrganizationId,
        developer: Option<DeveloperId>,
        session_id: &str,
    ) -> RepositoryResult<Option<FullSession>>;

    /// Sessions that were put together, the one that began last first, then by their ids in stores.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn sessions(&self, filter: &Filter, slice: Slice) -> RepositoryResult<Vec<Session>>;

    /// Sub-sessions, the one that began first first, then by id; at most `limit`, of which those that began last.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn sub_sessions(&self, filter: &Filter, limit: u32) -> RepositoryResult<Vec<SubSession>>;

    /// The session that a sub-session is of.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn session_of(&self, organization: OrganizationId, id: SubSessionId) -> RepositoryResult<Option<SessionKey>>;

    /// Sessions that ended before that instant and have not been judged as they are, the one that ended first first.
    ///
    /// # Errors
    /// Only what the store itself can fail with.
    fn due(&self, ended_before: DateTime<Utc>, limit: u32) -> RepositoryResult<Vec<SessionKey>>;
}
