//! Report 2.1 as it is written and kept. Keys are camelCase.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::common::{Chapter, Narrative};
use crate::language::Language;

/// A report of version 2.1: what a team did with coding agents in a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportV2 {
    pub(crate) meta: Meta,
    pub(crate) total_sessions: u64,
    pub(crate) total_cost_usd: f64,
    pub(crate) total_tokens: u64,
    pub(crate) total_input_tokens: u64,
    pub(crate) total_output_tokens: u64,
    pub(crate) total_cache_read_tokens: u64,
    pub(crate) total_cache_creation_tokens: u64,
    pub(crate) skill_snapshot: Option<SkillSnapshot>,
    pub(crate) skill_trend: Vec<SkillPoint>,
    pub(crate) sse_series: Vec<SsePoint>,
    pub(crate) metric_sparklines: Sparklines,
    pub(crate) pes_rubric_snapshot: Option<PesSnapshot>,
    pub(crate) prism_profile: Profile,
    pub(crate) at_a_glance: Glance,
    pub(crate) activity: Activity,
    pub(crate) how_you_use_cc: Habits,
    pub(crate) impressive_things: Wins,
    pub(crate) where_things_go_wrong: Frictions,
    pub(crate) cost_optimization: Costs,
    pub(crate) worst_prompts: Vec<WorstPrompt>,
    pub(crate) trends: Trends,
    pub(crate) charts: Charts,
    pub(crate) chapters: Vec<Chapter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meta {
    pub(crate) report_id: Uuid,
    pub(crate) version: String,
    pub(crate) scope: String,
    pub(crate) language: Language,
    pub(crate) narrative: Narrative,
    pub(crate) generated_at: DateTime<Utc>,
    pub(crate) period_start: DateTime<Utc>,
    pub(crate) period_end: DateTime<Utc>,
    pub(crate) total_sessions: u64,
    pub(crate) total_messages: u64,
    pub(crate) active_days: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SkillSnapshot {
    /// 0 to 100.
    pub(crate) skill: f64,
    pub(crate) skill_tier: String,
    pub(crate) speed_hours: f64,
    pub(crate) efficiency_tokens_per_hour: f64,
    /// These five 0 to 10.
    pub(crate) sse: f64,
    pub(crate) pes: f64,
    pub(crate) ie: f64,
    pub(crate) crr: f64,
    pub(crate) fc: f64,
    /// 0 to 1.
    pub(crate) quality_retention: f64,
    /// All in one, 0 to 10, and its letter.
    pub(crate) prism: f64,
    pub(crate) grade: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SkillPoint {
    pub(crate) period_start: DateTime<Utc>,
    pub(crate) skill: f64,
    pub(crate) skill_tier: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SsePoint {
    pub(crate) sub_session_id: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) sse: f64,
    pub(crate) tokens: u64,
    pub(crate) turns: u64,
    pub(crate) human_minutes: f64,
    pub(crate) response_secs: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sparklines {
    pub(crate) ie: Sparkline,
    pub(crate) crr: Sparkline,
    pub(crate) fc: Sparkline,
    pub(crate) rlr: Sparkline,
    pub(crate) qr: Sparkline,
}

/// One value for each week of the period, the oldest first; `None` where there was nothing to compute it from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sparkline {
    pub(crate) label: String,
    pub(crate) value: Vec<Option<f64>>,
}

/// Means over graded prompts, 0 to 10.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PesSnapshot {
    pub(crate) cl_avg: f64,
    pub(crate) id_avg: f64,
    pub(crate) te_avg: f64,
    pub(crate) ac_avg: f64,
    pub(crate) prompt_count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    /// 0 to 10; `None` where no prompt was graded.
    pub(crate) composite_score: Option<f64>,
    pub(crate) proficiency_level: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) dimensions: Vec<DimensionRow>,
    pub(crate) coaching: Vec<DimensionCoaching>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DimensionRow {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) score: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DimensionCoaching {
    pub(crate) dimension: String,
    pub(crate) label: String,
    pub(crate) coaching: Vec<Tip>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tip {
    pub(crate) tip: String,
    pub(crate) example_before: String,
    pub(crate) example_after: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Glance {
    pub(crate) headline: String,
    pub(crate) working: Vec<String>,
    pub(crate) hindering: Vec<String>,
    pub(crate) quick_wins: Vec<QuickWin>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QuickWin {
    pub(crate) label: String,
    pub(crate) detail: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activity {
    pub(crate) by_day: Vec<Day>,
    /// Prompts by hour of the day, UTC.
    pub(crate) by_hour: [u64; 24],
    pub(crate) top_tools: Vec<ToolRow>,
    pub(crate) models: Vec<ModelRow>,
    pub(crate) languages: Vec<LanguageRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    pub(crate) sessions: u64,
    pub(crate) prompts: u64,
    pub(crate) tokens: u64,
    pub(crate) cost_usd: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolRow {
    pub(crate) tool: String,
    pub(crate) count: u64,
    /// 0 to 100.
    pub(crate) success_rate: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelRow {
    pub(crate) model: String,
    pub(crate) requests: u64,
    pub(crate) tokens: u64,
    pub(crate) cost_usd: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LanguageRow {
    pub(crate) language: String,
    pub(crate) edits: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Habits {
    pub(crate) summary: String,
    pub(crate) stats: HabitStats,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HabitStats {
    pub(crate) sessions: u64,
    pub(crate) avg_turns_per_session: f64,
    pub(crate) median_response_time_secs: Option<f64>,
    pub(crate) median_session_minutes: Option<f64>,
    /// 0 to 100; `None` where there is no sub-session.
    pub(crate) first_try_rate: Option<f64>,
    pub(crate) multi_clauding_events: u64,
    pub(crate) compactions: u64,
    pub(crate) plan_mode_sessions: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wins {
    /// 0 to 100; `None` where no sub-session counts.
    pub(crate) win_rate: Option<f64>,
    pub(crate) total_win_sessions: u64,
    pub(crate) highlights: Vec<WinRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WinRow {
    pub(crate) label: String,
    pub(crate) session_count: u64,
    pub(crate) session_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Frictions {
    /// Sessions with any friction, 0 to 100.
    pub(crate) friction_rate: f64,
    pub(crate) categories: Vec<FrictionRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FrictionRow {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) mitigation: String,
    pub(crate) session_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Costs {
    pub(crate) total_cost_usd: f64,
    pub(crate) wasted_cost_usd: f64,
    /// 0 to 100.
    pub(crate) waste_ratio: f64,
    pub(crate) potential_savings_usd: f64,
    pub(crate) model_rightsizing: Vec<Rightsizing>,
    pub(crate) waste_actions: Vec<WasteAction>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rightsizing {
    pub(crate) action: String,
    pub(crate) savings_usd: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WasteAction {
    pub(crate) action: String,
    pub(crate) wasted_cost_usd: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorstPrompt {
    pub(crate) prompt_id: Option<String>,
    pub(crate) session_id: String,
    pub(crate) turn_index: u32,
    /// 0 to 10.
    pub(crate) prism_score: f64,
    pub(crate) prompt_preview: Option<String>,
    /// Key of the weakest dimension.
    pub(crate) weakest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trends {
    pub(crate) points: Vec<TrendPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrendPoint {
    pub(crate) period_start: DateTime<Utc>,
    pub(crate) first_try_rate: Option<f64>,
    pub(crate) friction_rate: f64,
    pub(crate) cost_usd: f64,
    pub(crate) tokens: u64,
    pub(crate) sessions: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Charts {
    pub(crate) tokens_by_day: Vec<ChartRow>,
    pub(crate) cost_by_model: Vec<ChartRow>,
    pub(crate) tool_mix: Vec<ChartRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChartRow {
    pub(crate) label: String,
    pub(crate) value: f64,
}
