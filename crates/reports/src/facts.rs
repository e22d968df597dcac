//! What a report is computed from.

use agent_sessions::model::{Session, SessionKey};
use agent_sessions::sub_session::SubSession;
use agent_sessions::turn::Turn;

/// Everything that a report draws on: what began in the period, and what came before it, with which it is compared. A session and a sub-session count as a
/// whole where they began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Sessions from [`needed_from`](crate::period::needed_from) on, in any order.
    pub sessions: Vec<Session>,
    /// Their sub-sessions as they are stored, in any order.
    pub sub_sessions: Vec<SubSession>,
    /// The turns of the sessions that began in the period, in any order of sessions.
    pub turns: Vec<SessionTurns>,
}

/// The turns of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionTurns {
    /// Which session.
    pub session: SessionKey,
    /// In their order.
    pub turns: Vec<Turn>,
}
