//! Report 3.0 as it is written and kept. Keys are snake_case.

use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::sub_session::JudgeStatus;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::common::{Chapter, Narrative};
use crate::language::Language;

/// A report of version 3.0: which goals were reached with coding agents in a period, how fast, with how many tokens, and with which prompts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportV3 {
    pub(crate) meta: Meta,
    pub(crate) score: Score,
    pub(crate) speed: Speed,
    pub(crate) tokens: TokenUse,
    pub(crate) skill: Skill,
    pub(crate) intents: Vec<IntentRow>,
    pub(crate) sessions: Vec<SubSessionRow>,
    pub(crate) excluded: Excluded,
    pub(crate) misses: Vec<Miss>,
    pub(crate) highlights: HighlightLists,
    pub(crate) coaching: Vec<CoachingRow>,
    pub(crate) narrative: Told,
}

/// Who judged the sub-sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Judge {
    /// The rules, some of them at least.
    Heuristic,
    /// A language model, all of them.
    Llm,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) report_id: Uuid,
    pub(crate) version: String,
    pub(crate) scope: String,
    pub(crate) language: Language,
    pub(crate) narrative: Narrative,
    pub(crate) judge: Judge,
    pub(crate) generated_at: DateTime<Utc>,
    pub(crate) period_start: DateTime<Utc>,
    pub(crate) period_end: DateTime<Utc>,
    pub(crate) active_days: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    /// 0 to 100; `None` where nothing counts, as the two after it.
    pub(crate) prism_score: Option<f64>,
    pub(crate) letter_grade: Option<String>,
    pub(crate) personal_tier: Option<String>,
    pub(crate) crushed_count: u64,
    pub(crate) total_count: u64,
    /// The median tokens of what was crushed against those of the four periods before.
    pub(crate) crush_weight: f64,
    /// Scores of the quarters of the period, the oldest first.
    pub(crate) sparkline: Vec<Option<f64>>,
    /// The score less that of the period before.
    pub(crate) delta: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Speed {
    /// Crushed sub-sessions for each working day.
    pub(crate) cspw: f64,
    pub(crate) delta_cspw: f64,
    pub(crate) ttc_median_seconds: Option<f64>,
    pub(crate) band: String,
    pub(crate) sparkline: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TokenUse {
    /// Median tokens of a crushed sub-session.
    pub(crate) crush_weight_tokens: Option<f64>,
    /// That against the period before.
    pub(crate) tet: Option<f64>,
    /// Input and output for each prompt.
    pub(crate) tpt: Option<f64>,
    pub(crate) cost_per_crushed_usd: Option<f64>,
    pub(crate) total_cost_usd: f64,
    pub(crate) mix: Mix,
    pub(crate) band: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mix {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Skill {
    /// Mean of the prompts' grades, 0 to 100.
    pub(crate) apg: Option<f64>,
    pub(crate) apg_10: Option<f64>,
    pub(crate) letter_grade: Option<String>,
    pub(crate) delta_apg: Option<f64>,
    pub(crate) worst_pillar: Option<String>,
    pub(crate) pillars: Vec<PillarRow>,
    pub(crate) checks: Vec<CheckRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PillarRow {
    pub(crate) key: String,
    /// 0 to 1; `None` where nothing applied.
    pub(crate) hit_rate: Option<f64>,
    pub(crate) applicable: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckRow {
    pub(crate) key: String,
    pub(crate) hits: u64,
    pub(crate) applicable: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IntentRow {
    pub(crate) intent_class: IntentClass,
    pub(crate) total: u64,
    pub(crate) crushed: u64,
    /// 0 to 100.
    pub(crate) crush_rate: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SubSessionRow {
    pub(crate) sub_session_id: String,
    pub(crate) session_id: String,
    pub(crate) developer_id: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) is_preview: bool,
    pub(crate) turn_count: u64,
    pub(crate) net_lines: i64,
    pub(crate) mutating_calls: u64,
    pub(crate) substance_floor_passed: bool,
    pub(crate) intent_class: Option<IntentClass>,
    pub(crate) intent_established: bool,
    pub(crate) goal_complete: bool,
    pub(crate) goal_confidence: f64,
    pub(crate) rework: bool,
    pub(crate) rework_by: Option<String>,
    pub(crate) crushed: bool,
    pub(crate) judge_status: JudgeStatus,
    pub(crate) total_tokens: u64,
    pub(crate) cost_usd: f64,
    pub(crate) ttc_seconds: Option<f64>,
    /// The grade of its prompts, where it is over.
    pub(crate) prompt_grade: Option<String>,
    /// The grade of its prompts so far, where it may still go on.
    pub(crate) letter_grade: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Excluded {
    pub(crate) trivia_count: u64,
    pub(crate) no_intent_count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Miss {
    pub(crate) reason: String,
    pub(crate) count: u64,
    pub(crate) sub_session_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HighlightLists {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) session_count: u64,
    pub(crate) top_scored: Vec<HighlightRow>,
    pub(crate) lowest_scored: Vec<HighlightRow>,
    pub(crate) most_expensive: Vec<HighlightRow>,
    pub(crate) longest: Vec<HighlightRow>,
    pub(crate) anomalies: Vec<HighlightRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HighlightRow {
    pub(crate) session_id: String,
    pub(crate) sub_session_id: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) intent_class: Option<IntentClass>,
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) baseline: f64,
    pub(crate) reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoachingRow {
    pub(crate) check: String,
    pub(crate) tip: String,
    pub(crate) example_before: String,
    pub(crate) example_after: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) headline: String,
    pub(crate) chapters: Vec<Chapter>,
}
