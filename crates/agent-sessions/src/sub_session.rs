//! A sub-session: the stretch of a session that follows one goal, and what the rubric says of it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Cost, DeveloperId, Lines, Tokens, Troubles};
use crate::rubric::checks::PromptChecks;
use crate::rubric::grade::Letter;
use crate::rubric::intent::IntentClass;
use crate::rubric::pes::PromptEfficiency;
use crate::rubric::rework::Footprint;

/// How long nothing may have happened for a session to count as over.
pub const IDLE: TimeDelta = TimeDelta::minutes(10);

/// Identity of a sub-session: the same whenever its session is put together again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubSessionId(pub Uuid);

impl fmt::Display for SubSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A stretch of a session that follows one goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubSession {
    /// Which.
    pub id: SubSessionId,
    /// The session that it is of.
    pub session_id: String,
    /// Whose session that is.
    pub developer: DeveloperId,
    /// Number in the session, from 0.
    pub number: u32,
    /// Whether it is the session's last, and so goes on as long as the session does.
    pub is_last: bool,
    /// When its first prompt was sent.
    pub started_at: DateTime<Utc>,
    /// Time of its last event.
    pub ended_at: DateTime<Utc>,
    /// In a few words.
    pub title: String,
    /// In one or two sentences.
    pub summary: String,
    /// Prompts.
    pub turn_count: u64,
    /// What models read and wrote.
    pub tokens: Tokens,
    /// What that cost.
    pub cost: Cost,
    /// Lines written.
    pub lines: Lines,
    /// How long it was worked, in seconds.
    pub active_seconds: f64,
    /// How long the developer was at it: time between the end of answers and the next prompts, each five minutes at most.
    pub human_seconds: f64,
    /// How long answers took, in seconds.
    pub response_seconds: f64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Calls that changed something.
    pub mutating_calls: u64,
    /// Commits that were made.
    pub commits: u64,
    /// What went wrong.
    pub troubles: Troubles,
    /// The model that was asked most.
    pub model: Option<String>,
    /// Files that were edited, by name; at most 500.
    pub files: Vec<String>,
    /// What of those files was written and replaced.
    pub footprint: Footprint,
    /// What the rubric says.
    pub rubric: Rubric,
    /// The sub-session of an earlier session that this one goes on with: begun within ten minutes of its end, on half of its files or more.
    pub continues: Option<SubSessionId>,
}

impl SubSession {
    /// Whether it may go on still: the last of a session in which something has happened within [`IDLE`].
    pub fn is_preview(&self, now: DateTime<Utc>) -> bool {
        self.is_last && now - self.ended_at < IDLE
    }

    /// Whether it counts: there is substance, and an intent.
    pub fn is_counted(&self) -> bool {
        self.rubric.is_substantial && self.rubric.intent.is_some()
    }

    /// Whether it counts, has come to its goal, and was not done over.
    pub fn is_crushed(&self) -> bool {
        self.is_counted() && self.rubric.is_goal_complete && self.rubric.rework_by.is_none()
    }

    /// Its type in statistics: the name of its intent, `trivia` without substance, `unclassified` else.
    pub fn type_name(&self) -> &'static str {
        match self.rubric.intent {
            _ if !self.rubric.is_substantial => "trivia",
            Some(intent) => intent.name(),
            None => "unclassified",
        }
    }

    /// Time from the first prompt to the end, where it has come to its goal.
    pub fn ttc_seconds(&self) -> Option<f64> {
        let span = || (self.ended_at - self.started_at).as_seconds_f64();
        self.rubric.is_goal_complete.then(span)
    }

    /// 100 where it was crushed, else ten times the mean efficiency of its prompts: for ranking; `None` where neither is known.
    pub fn ranking_score(&self) -> Option<f64> {
        if self.is_crushed() { Some(100.0) } else { self.rubric.pes.map(|pes| 10.0 * pes.score()) }
    }
}

/// What the rubric says of a sub-session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// Whether there is enough in it to be counted: three turns, ten lines more than before, or a call that changed something.
    pub is_substantial: bool,
    /// What it was for; `None` where that is not clear.
    pub intent: Option<IntentClass>,
    /// Whether it came to its goal.
    pub is_goal_complete: bool,
    /// How sure that is, from 0 to 1: the judge's word, or how much speaks for it.
    pub goal_confidence: f64,
    /// The later sub-session that did it over.
    pub rework_by: Option<SubSessionId>,
    /// Who judged.
    pub judge_status: JudgeStatus,
    /// What the prompts had of what good prompts have, any of them; `None` where no prompt could be graded.
    pub checks: Option<PromptChecks>,
    /// Mean efficiency of the graded prompts.
    pub pes: Option<PromptEfficiency>,
    /// How many prompts were graded.
    pub graded_prompts: u64,
}

impl Rubric {
    /// From 0 to 100: how much of what its prompts could have had they had.
    pub fn prompt_score(&self) -> Option<f64> {
        self.checks.as_ref().and_then(PromptChecks::score)
    }

    /// The letter that is nearest to [`prompt_score`](Self::prompt_score).
    pub fn prompt_grade(&self) -> Option<Letter> {
        self.prompt_score().map(Letter::of_prompt_score)
    }
}

/// Who judged a sub-session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeStatus {
    /// A language model.
    Ok,
    /// The built-in heuristics.
    Heuristic,
    /// The built-in heuristics, as the model that was asked gave no answer that can be taken.
    Error,
    /// The built-in heuristics, from tools alone, as no prompt's text is told.
    NoPromptText,
}

impl JudgeStatus {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Heuristic => "heuristic",
            Self::Error => "error",
            Self::NoPromptText => "no_prompt_text",
        }
    }
}
