//! Bodies of scores.

use agent_sessions::rubric::checks::Pillar;
use agent_sessions::rubric::grade::Letter;
use agent_sessions::score::{Prompting, Score, Speed, TokenUse};
use agent_sessions::window::Window;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::agent_sessions::daily;

daily!(
    TodayResponse as TodaySummary,
    TodaySession as TodaySummarySession,
    TodayTokens as TodaySummaryTokens,
    "snake_case"
);

/// How many of the goals that count were reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismScore)]
pub(super) struct ScoreResponse {
    window: String,
    /// From 0 to 100; null where none counts, as is what follows from it.
    prism_score: Option<f64>,
    letter_grade: Option<String>,
    /// `starting`, `building`, `scaling` or `crushing`.
    personal_tier: Option<String>,
    crushed_count: u64,
    total_count: u64,
    /// Median tokens of crushed sub-sessions ÷ the median of that of the four windows before; 1 where either is not known.
    crush_weight: f64,
    /// The score of four windows, the oldest first, this one last.
    sparkline: Vec<Option<f64>>,
}

impl ScoreResponse {
    pub(super) fn new(window: Window, score: Score) -> Self {
        Self {
            window: window.name().to_owned(),
            prism_score: score.prism_score,
            letter_grade: score.letter.map(Letter::name).map(str::to_owned),
            personal_tier: score.tier.map(str::to_owned),
            crushed_count: score.tally.crushed,
            total_count: score.tally.total,
            crush_weight: score.crush_weight,
            sparkline: score.sparkline,
        }
    }
}

/// How fast goals were reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismSpeed)]
pub(super) struct SpeedResponse {
    window: String,
    /// Goals per working day that has begun.
    cspw: f64,
    /// That less that of the window before by the same time.
    delta_cspw: f64,
    /// Median seconds from the first prompt to the end, of goals that were reached.
    ttc_median_seconds: Option<f64>,
    /// `stalled`, `light`, `steady` or `crushing`.
    band: String,
    /// Goals per working day of four windows, the oldest first, this one last.
    sparkline: Vec<f64>,
}

impl SpeedResponse {
    pub(super) fn new(window: Window, speed: Speed) -> Self {
        Self {
            window: window.name().to_owned(),
            cspw: speed.cspw,
            delta_cspw: speed.delta_cspw,
            ttc_median_seconds: speed.ttc_median_seconds,
            band: speed.band.to_owned(),
            sparkline: speed.sparkline,
        }
    }
}

/// What goals took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismTokens)]
pub(super) struct TokensResponse {
    window: String,
    /// Median tokens of crushed sub-sessions.
    crush_weight_tokens: Option<f64>,
    /// That ÷ that of the window before.
    tet: Option<f64>,
    /// Tokens read anew and written per turn.
    tpt: Option<f64>,
    /// Median US dollars of crushed sub-sessions.
    cost_per_crushed_usd: Option<f64>,
    total_cost_usd: f64,
    mix: MixBody,
    /// `tight`, `healthy`, `heavy` or `bloated`.
    band: Option<String>,
    /// Median tokens of four windows, the oldest first, this one last.
    sparkline: Vec<Option<f64>>,
}

/// What tokens were for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismTokenMix)]
struct MixBody {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
}

impl TokensResponse {
    pub(super) fn new(window: Window, used: TokenUse) -> Self {
        Self {
            window: window.name().to_owned(),
            crush_weight_tokens: used.crush_weight_tokens,
            tet: used.tet,
            tpt: used.tpt,
            cost_per_crushed_usd: used.cost_per_crushed_usd,
            total_cost_usd: used.total_cost_usd,
            mix: MixBody {
                input: used.mix.input,
                output: used.mix.output,
                cache_read: used.mix.cache_read,
                cache_write: used.mix.cache_creation,
            },
            band: used.band.map(str::to_owned),
            sparkline: used.sparkline,
        }
    }
}

/// How well goals were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismSkill)]
pub(super) struct SkillResponse {
    window: String,
    /// Mean grade of prompts, from 0 to 100.
    apg: Option<f64>,
    /// The same from 0 to 10.
    apg_10: Option<f64>,
    letter_grade: Option<String>,
    /// That less that of the window before.
    delta_apg: Option<f64>,
    /// The pillar with the lowest rate over the last 30 days.
    worst_pillar: Option<String>,
    pillars: Vec<PillarRow>,
    checks: Vec<CheckRow>,
    /// Sub-sessions whose prompts were graded.
    graded_count: u64,
    /// The mean grade of four windows, the oldest first, this one last.
    sparkline: Vec<Option<f64>>,
}

/// What checks have in common.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismPillar)]
struct PillarRow {
    /// `clarity`, `context`, `verification` or `workflow`.
    key: String,
    /// From 0 to 1; null where it was not asked.
    hit_rate: Option<f64>,
    /// How often it was asked.
    applicable: u64,
}

/// One of the seven checks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PrismCheck)]
struct CheckRow {
    key: String,
    hits: u64,
    applicable: u64,
}

impl SkillResponse {
    pub(super) fn new(window: Window, found: Prompting) -> Self {
        let pillar = |(pillar, hits): (Pillar, agent_sessions::score::Hits)| PillarRow {
            key: pillar.name().to_owned(),
            hit_rate: hits.rate(),
            applicable: hits.applicable,
        };
        Self {
            window: window.name().to_owned(),
            apg: found.apg,
            apg_10: found.apg.map(|apg| apg / 10.0),
            letter_grade: found.letter.map(Letter::name).map(str::to_owned),
            delta_apg: found.delta_apg,
            worst_pillar: found.worst_pillar.map(Pillar::name).map(str::to_owned),
            pillars: found.pillars.into_iter().map(pillar).collect(),
            checks: found
                .checks
                .into_iter()
                .map(|(check, hits)| CheckRow {
                    key: check.name().to_owned(),
                    hits: hits.hits,
                    applicable: hits.applicable,
                })
                .collect(),
            graded_count: found.graded,
            sparkline: found.sparkline,
        }
    }
}
