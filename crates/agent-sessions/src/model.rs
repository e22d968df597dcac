//! What a coding-agent session is, once its events have been put together.
//!
//! Everything here is kept in a store as it is: fields may be added with a default, and never change their meaning.

use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use insights_core::ids::OrganizationId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rubric::intent::IntentClass;
use crate::sub_session::SubSession;
use crate::turn::Turn;

/// Longest id of a session, in bytes.
pub const MAX_SESSION_ID_BYTES: usize = 200;

/// Who works with an agent: the `uuid` of a user of this server, or one made out of what the telemetry says of a person unknown here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeveloperId(pub Uuid);

impl fmt::Display for DeveloperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionKey {
    /// Whose developer.
    pub organization: OrganizationId,
    /// Whose session.
    pub developer: DeveloperId,
    /// The agent's own id of it, `session.id`; at most [`MAX_SESSION_ID_BYTES`].
    pub session_id: String,
}

/// What was read and written by models, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Read anew.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Put into a cache.
    pub cache_creation: u64,
}

impl Tokens {
    /// All of them.
    pub fn total(self) -> u64 {
        self.input + self.output + self.cache_read + self.cache_creation
    }

    /// What the model had before it: all but what it wrote.
    pub fn context(self) -> u64 {
        self.input + self.cache_read + self.cache_creation
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_creation = self.cache_creation.saturating_add(other.cache_creation);
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// Money, in millionths of a US dollar, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost {
    /// Millionths of a US dollar.
    pub micros: u64,
}

impl Cost {
    /// So many US dollars; `None` of what is less than 0 or no number.
    pub fn from_usd(usd: f64) -> Option<Self> {
        crate::values::cost(usd)
    }

    /// In US dollars.
    #[expect(
        clippy::cast_precision_loss,
        reason = "amounts beyond 2^53 millionths, nine billion dollars, do not occur"
    )]
    pub fn usd(self) -> f64 {
        self.micros as f64 / 1e6
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.micros = self.micros.saturating_add(other.micros);
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self { micros: all.fold(0, |sum, one| sum.saturating_add(one.micros)) }
    }
}

/// Lines of code that were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// Put in.
    pub added: u64,
    /// Taken away.
    pub removed: u64,
    /// Whether they were counted from edits, of which telemetry cuts long ones: at least so many.
    pub is_estimated: bool,
}

impl Lines {
    /// Put in less taken away.
    pub fn net(self) -> i64 {
        i64::try_from(self.added).unwrap_or(i64::MAX).saturating_sub_unsigned(self.removed)
    }
}

impl AddAssign for Lines {
    fn add_assign(&mut self, other: Self) {
        self.added = self.added.saturating_add(other.added);
        self.removed = self.removed.saturating_add(other.removed);
        self.is_estimated = self.is_estimated || other.is_estimated;
    }
}

/// What is known of who and what sent a session's events: the last of what they said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// `user.email`.
    pub email: Option<String>,
    /// `user.account_uuid`.
    pub account_uuid: Option<String>,
    /// `user.id`, one for each installation.
    pub user_id: Option<String>,
    /// Version of the agent.
    pub app_version: Option<String>,
    /// How it was started: `cli`, `sdk-py`, …
    pub entrypoint: Option<String>,
    /// The terminal that it ran in.
    pub terminal_type: Option<String>,
    /// The folder that it worked in.
    pub cwd: Option<String>,
}

/// One tool over a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolActivity {
    /// Its name.
    pub tool: String,
    /// How often it ran.
    pub calls: u64,
    /// How often it failed.
    pub failures: u64,
    /// How often the developer did not let it.
    pub rejected: u64,
    /// How long it ran altogether.
    pub duration_ms: u64,
}

/// One model over a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    /// Its name.
    pub model: String,
    /// How often it was asked.
    pub requests: u64,
    /// What it read and wrote.
    pub tokens: Tokens,
    /// What it cost.
    pub cost: Cost,
}

/// One language over a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageUse {
    /// Its name, such as `Rust`.
    pub language: String,
    /// How many edits were made in it.
    pub edits: u64,
}

/// Decisions about proposed edits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// Let through.
    pub accepted: u64,
    /// Turned down.
    pub rejected: u64,
}

/// What went wrong, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Troubles {
    /// Requests that a model's endpoint did not answer.
    pub api_errors: u64,
    /// Requests that were given up after several tries.
    pub retries_exhausted: u64,
    /// Requests that a model did not want to answer.
    pub refusals: u64,
    /// Tools that failed.
    pub tool_failures: u64,
    /// Turns in which the same call failed three times or more.
    pub retry_storms: u64,
    /// Tools that the developer did not let run.
    pub rejections: u64,
    /// Prompts that put something right that the agent had done.
    pub corrections: u64,
}

/// A session of a coding agent, without its turns and sub-sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Which.
    pub key: SessionKey,
    /// Time of the first event.
    pub started_at: DateTime<Utc>,
    /// Time of the last event.
    pub ended_at: DateTime<Utc>,
    /// How many events there are.
    pub events: u64,
    /// Who and what sent them.
    pub origin: Origin,
    /// Prompts: turns but the one of the start-up.
    pub prompts: u64,
    /// Requests to models that were answered.
    pub requests: u64,
    /// What they read and wrote.
    pub tokens: Tokens,
    /// What they cost.
    pub cost: Cost,
    /// Lines written.
    pub lines: Lines,
    /// How long it was worked, in seconds.
    pub active_seconds: f64,
    /// Whether that was measured by the agent; else it is the time between events, each gap counting five minutes at most.
    pub is_active_time_measured: bool,
    /// `/clear` and `/compact`, each counted once.
    pub resets: u64,
    /// Compactions, by hand or by the agent itself.
    pub compactions: u64,
    /// Commits that were made.
    pub commits: u64,
    /// Pull requests that were made.
    pub pull_requests: u64,
    /// Subagents that came to an end.
    pub subagents: u64,
    /// Whether plan mode was on at some time.
    pub has_plan_mode: bool,
    /// Decisions about edits.
    pub edit_decisions: Decisions,
    /// What went wrong.
    pub troubles: Troubles,
    /// Tools, the most used first, then by name.
    pub tools: Vec<ToolActivity>,
    /// Models, the most asked first, then by name.
    pub models: Vec<ModelUse>,
    /// Languages, the most edited first, then by name.
    pub languages: Vec<LanguageUse>,
    /// Stretches of work without a gap of ten minutes, in seconds, in their order.
    pub focus_seconds: Vec<f64>,
    /// Time from each prompt to the end of what was answered, in milliseconds, in the order of turns.
    pub response_times_ms: Vec<u64>,
    /// When each prompt was sent, in their order.
    pub prompted_at: Vec<DateTime<Utc>>,
    /// What it was for: the intent of the sub-session with the most turns that has one.
    pub intent: Option<IntentClass>,
    /// Name, abstract and who wrote them.
    pub summary: Summary,
}

impl Session {
    /// How long it was worked, in minutes.
    pub fn active_minutes(&self) -> f64 {
        self.active_seconds / 60.0
    }
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// A language model.
    Llm,
    /// This program.
    #[default]
    Template,
    /// A person.
    User,
}

impl TextSource {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Template => "template",
            Self::User => "user",
        }
    }
}

/// What a session was about, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// In a few words.
    pub title: String,
    /// In one or two sentences.
    pub summary: String,
    /// With what it began.
    pub goal: Option<String>,
    /// How it ended.
    pub outcome: String,
    /// The turns that mattered, three at most.
    pub key_turns: Vec<KeyTurn>,
    /// Who wrote it.
    pub source: TextSource,
    /// When.
    pub generated_at: DateTime<Utc>,
}

/// A turn that mattered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTurn {
    /// Which.
    pub turn_index: u32,
    /// Why.
    pub why: String,
}

/// A session with all its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FullSession {
    /// The session.
    pub session: Session,
    /// Its sub-sessions, in their order.
    pub sub_sessions: Vec<SubSession>,
    /// Its turns, in their order; first the one of the start-up, where something happened before the first prompt.
    pub turns: Vec<Turn>,
}
