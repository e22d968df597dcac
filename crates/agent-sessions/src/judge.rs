//! Who judges: a model, where one is asked, or the rules of this crate.

mod reading;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::reading::read_verdict;
use crate::model::KeyTurn;
use crate::rubric::checks::PromptChecks;
use crate::rubric::intent::IntentClass;

/// Most turns that a judge is shown.
const MAX_TURNS: usize = 120;

/// Longest part of a prompt or answer that a judge is shown, in characters.
const MAX_SHOWN_CHARACTERS: usize = 280;

/// What a model is asked to do with [`Case::data`]; [`read_verdict`] reads its answer.
pub const TASK: &str = "Judge a session of a developer with a coding agent. `turns` are its prompts in their order, with what followed from each; \
`arcs` are its stretches as rules have cut them. Give `arcs`: one entry for each stretch of turns that follows one goal. Keep the given cuts, and cut \
further only where a prompt begins another topic. Each entry has `first_turn` and `last_turn` (numbers of turns); `intent`, one of question, \
investigation, review, plan, small_change, bug_fix, feature, refactor, or null where none is clear; `goal_complete`, whether the developer got what they \
wanted (a question: an answer accepted without asking again; an investigation: a conclusion; a review: a verdict to act on; a plan: accepted; code: \
it works as asked); `confidence` in that from 0 to 1; `checks`, an object that says for goal_explicit, scope_bounded, references_concrete, \
context_sufficient, verification_requested, root_cause_oriented, plan_first whether the developer's prompts did that: true, false, or null where it does \
not apply; `title`, at most eight words; `summary`, one sentence. Give for the whole session `title` (at most eight words), `summary` (two sentences at \
most: the starting goal, the path, the outcome), `goal`, `outcome` (one sentence each), and `key_turns`, at most three of {\"turn\": number, \"why\": \"…\"}. \
Write in the language of the prompts. Answer with a JSON object: {\"title\": \"…\", \"summary\": \"…\", \"goal\": \"…\", \"outcome\": \"…\", \"key_turns\": [], \
\"arcs\": []}.";

/// Judges sessions.
#[async_trait]
pub trait SessionJudge: Send + Sync + fmt::Debug {
    /// What it says of a session; it is asked once for each state of it.
    async fn judge(&self, case: &Case) -> Judgement;
}

/// The rules of this crate: they need nothing more than the session itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeuristicJudge;

#[async_trait]
impl SessionJudge for HeuristicJudge {
    async fn judge(&self, _: &Case) -> Judgement {
        Judgement::Rules
    }
}

/// What is held of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Judgement {
    /// What the rules say.
    #[default]
    Rules,
    /// What the rules say, as a model was asked and gave no answer that can be taken.
    Failed,
    /// What a model says.
    Model(Verdict),
}

/// What a model says of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// In a few words.
    pub title: String,
    /// In one or two sentences.
    pub summary: String,
    /// With what it began.
    pub goal: String,
    /// How it ended.
    pub outcome: String,
    /// Turns that mattered.
    pub key_turns: Vec<KeyTurn>,
    /// Stretch by stretch, in their order.
    pub arcs: Vec<ArcVerdict>,
}

/// What a model says of a stretch of turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArcVerdict {
    /// The first turn.
    pub first_turn: u32,
    /// The last turn; what has come since is not judged.
    pub last_turn: u32,
    /// What it was for.
    pub intent: Option<IntentClass>,
    /// Whether it came to its goal.
    pub is_goal_complete: bool,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// What its prompts had.
    pub checks: PromptChecks,
    /// In a few words.
    pub title: String,
    /// In one sentence.
    pub summary: String,
}

/// What a judge is shown of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its turns, but that of the start-up.
    pub turns: Vec<CaseTurn>,
    /// First and last turn of each stretch, as rules have cut them where the context was emptied.
    pub arcs: Vec<(u32, u32)>,
}

/// One turn of a [`Case`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseTurn {
    /// Its number.
    pub index: u32,
    /// When the prompt was sent.
    pub at: DateTime<Utc>,
    /// The prompt, where its text is told.
    pub prompt: Option<String>,
    /// The last answer, where its text is told.
    pub answer: Option<String>,
    /// The tools, with how often each ran and failed.
    pub tools: Vec<(String, u64, u64)>,
    /// Files that were edited.
    pub files: Vec<String>,
    /// Whether tests, a build or a linter ran well after the last edit.
    pub is_verified: bool,
    /// Commits that were made.
    pub commits: u64,
}

impl Case {
    /// Whether there is anything for a model to judge: a prompt whose text is told.
    pub fn has_text(&self) -> bool {
        self.turns.iter().any(|turn| turn.prompt.is_some())
    }

    /// What a model is shown, with [`TASK`].
    pub fn data(&self) -> Value {
        let shown = |text: &Option<String>| text.as_deref().map(|text| crate::values::clip(text, MAX_SHOWN_CHARACTERS));
        let turn = |turn: &CaseTurn| {
            let tools: Vec<String> =
                turn.tools.iter().map(|(tool, n, failed)| format!("{tool} {n} ({failed} failed)")).collect();
            json!({
                "turn": turn.index,
                "prompt": shown(&turn.prompt),
                "answer": shown(&turn.answer),
                "tools": tools,
                "edited": turn.files.iter().take(10).collect::<Vec<_>>(),
                "verified": turn.is_verified,
                "commits": turn.commits,
            })
        };
        json!({
            "turns": self.turns.iter().take(MAX_TURNS).map(turn).collect::<Vec<_>>(),
            "arcs": self.arcs.iter().map(|(first, last)| json!({"first_turn": first, "last_turn": last})).collect::<Vec<_>>(),
        })
    }
}
