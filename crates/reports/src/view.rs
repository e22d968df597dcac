//! Facts in the order of time, and the part of them that is of a period.

use std::collections::{BTreeSet, HashMap};

use agent_sessions::model::{Cost, Session, SessionKey, Tokens};
use agent_sessions::score::joined;
use agent_sessions::skill::History;
use agent_sessions::sub_session::SubSession;
use agent_sessions::turn::Turn;
use agent_sessions::window::Span;
use chrono::{DateTime, Utc};

use crate::facts::Facts;
use crate::numbers::count;

/// Facts, put in order once.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    facts: &'a Facts,
    /// By time.
    sessions: Vec<&'a Session>,
    turns: HashMap<&'a SessionKey, &'a [Turn]>,
    /// Sub-sessions that are over, by time; those that go on with one another as one.
    pub(crate) settled: Vec<SubSession>,
    /// Those that may go on still, by time.
    pub(crate) open: Vec<SubSession>,
}

impl<'a> Timeline<'a> {
    /// The facts as they are to be seen at `now`.
    pub(crate) fn new(facts: &'a Facts, now: DateTime<Utc>) -> Self {
        let mut sessions: Vec<&Session> = facts.sessions.iter().collect();
        sessions.sort_by(|a, b| (a.started_at, &a.key).cmp(&(b.started_at, &b.key)));
        let (open, settled) = joined(facts.sub_sessions.clone()).into_iter().partition(|sub| sub.is_preview(now));
        let turns = facts.turns.iter().map(|of| (&of.session, of.turns.as_slice())).collect();
        Self { facts, sessions, turns, settled, open }
    }

    /// What is of `period`.
    pub(crate) fn view(&self, period: Span) -> View<'_> {
        let sessions = within(&self.sessions, period, |session| session.started_at);
        let first = self.settled.partition_point(|sub| sub.started_at < period.from);
        let end = self.settled.partition_point(|sub| sub.started_at < period.to);
        View { timeline: self, period, sessions, sub_sessions: &self.settled[first.min(end)..end] }
    }
}

fn within<'i, 'a, T>(sorted: &'i [&'a T], period: Span, started_at: impl Fn(&T) -> DateTime<Utc>) -> &'i [&'a T] {
    let first = sorted.partition_point(|item| started_at(item) < period.from);
    let end = sorted.partition_point(|item| started_at(item) < period.to);
    &sorted[first.min(end)..end]
}

/// What began in a period.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) timeline: &'a Timeline<'a>,
    pub(crate) period: Span,
    /// By time.
    pub(crate) sessions: &'a [&'a Session],
    /// Those that are over, by time.
    pub(crate) sub_sessions: &'a [SubSession],
}

impl<'a> View<'a> {
    /// What is of another period.
    pub(crate) fn of(&self, period: Span) -> Self {
        self.timeline.view(period)
    }

    /// Everything that is known of developers, of any time.
    pub(crate) fn history(&self) -> History<'a> {
        History { sessions: &self.timeline.facts.sessions, sub_sessions: &self.timeline.settled }
    }

    /// The turns of a session; none where it began outside of the report's period.
    pub(crate) fn turns_of(&self, session: &Session) -> &'a [Turn] {
        self.timeline.turns.get(&session.key).copied().unwrap_or_default()
    }

    pub(crate) fn n_prompts(&self) -> u64 {
        self.sessions.iter().map(|session| session.prompts).sum()
    }

    /// UTC days with a prompt.
    pub(crate) fn n_active_days(&self) -> u64 {
        let prompts = self.sessions.iter().flat_map(|session| &session.prompted_at);
        count(prompts.map(DateTime::date_naive).collect::<BTreeSet<_>>().len())
    }

    pub(crate) fn tokens(&self) -> Tokens {
        self.sessions.iter().map(|session| session.tokens).sum()
    }

    pub(crate) fn cost(&self) -> Cost {
        self.sessions.iter().map(|session| session.cost).sum()
    }

    /// Sub-sessions that count.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &'a SubSession> + use<'a> {
        self.sub_sessions.iter().filter(|sub| sub.is_counted())
    }

    /// Sub-sessions that count and reached their goal for good.
    pub(crate) fn crushed(&self) -> impl Iterator<Item = &'a SubSession> + use<'a> {
        self.sub_sessions.iter().filter(|sub| sub.is_crushed())
    }
}
