//! Bodies about many sub-sessions.

use agent_sessions::highlights::{Highlight, Highlights};
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::stats::TypeStats;
use agent_sessions::sub_session::SubSession;
use agent_sessions::window::Span;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::Timestamp;

/// How sub-sessions of each type fare.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionStats)]
pub(super) struct StatsResponse {
    /// The types that occur, the most frequent first.
    stats: Vec<StatsRow>,
}

/// One type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionTypeStats)]
struct StatsRow {
    /// One of the eight intents, `trivia` without substance, `unclassified` where the intent is not clear.
    session_type: String,
    count: u64,
    /// Part of all, from 0 to 1.
    share: f64,
    avg_turns: f64,
    avg_active_minutes: f64,
    total_tokens: u64,
    total_cost_usd: f64,
    /// Part that came to its goal, from 0 to 1; null for trivia.
    goal_complete_rate: Option<f64>,
    crushed_count: u64,
}

impl From<Vec<TypeStats>> for StatsResponse {
    fn from(rows: Vec<TypeStats>) -> Self {
        let row = |row: TypeStats| StatsRow {
            session_type: row.session_type.to_owned(),
            count: row.count,
            share: row.share,
            avg_turns: row.avg_turns,
            avg_active_minutes: row.avg_active_minutes,
            total_tokens: row.tokens.total(),
            total_cost_usd: row.cost.usd(),
            goal_complete_rate: row.goal_complete_rate,
            crushed_count: row.crushed,
        };
        Self { stats: rows.into_iter().map(row).collect() }
    }
}

/// Sub-sessions that stand out: of each kind five at most.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionHighlights)]
pub(super) struct HighlightsResponse {
    from: Timestamp,
    to: Timestamp,
    /// How many sessions there are in all.
    session_count: usize,
    top_scored: Vec<HighlightRow>,
    lowest_scored: Vec<HighlightRow>,
    most_expensive: Vec<HighlightRow>,
    longest: Vec<HighlightRow>,
    /// Far above the others.
    anomalies: Vec<HighlightRow>,
}

/// A sub-session that stands out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionHighlight)]
struct HighlightRow {
    session_id: String,
    sub_session_id: Uuid,
    title: String,
    summary: String,
    started_at: Timestamp,
    ended_at: Timestamp,
    intent_class: Option<String>,
    /// `score`, `cost_usd`, `active_minutes`, `error_rate`, `turns` or `tokens`.
    metric: String,
    value: f64,
    /// The median of all.
    baseline: f64,
    /// Why, in one sentence.
    reason: String,
}

impl HighlightsResponse {
    pub(super) fn new(span: Span, subs: &[SubSession], found: &Highlights<'_>) -> Self {
        let sessions: std::collections::BTreeSet<_> = subs.iter().map(|sub| (sub.developer, &sub.session_id)).collect();
        let rows = |items: &[Highlight<'_>]| items.iter().map(HighlightRow::from).collect();
        Self {
            from: Timestamp(span.from),
            to: Timestamp(span.to),
            session_count: sessions.len(),
            top_scored: rows(&found.top_scored),
            lowest_scored: rows(&found.lowest_scored),
            most_expensive: rows(&found.most_expensive),
            longest: rows(&found.longest),
            anomalies: rows(&found.anomalies),
        }
    }
}

impl From<&Highlight<'_>> for HighlightRow {
    fn from(item: &Highlight<'_>) -> Self {
        let sub = item.sub;
        Self {
            session_id: sub.session_id.clone(),
            sub_session_id: sub.id.0,
            title: sub.title.clone(),
            summary: sub.summary.clone(),
            started_at: Timestamp(sub.started_at),
            ended_at: Timestamp(sub.ended_at),
            intent_class: sub.rubric.intent.map(IntentClass::name).map(str::to_owned),
            metric: item.metric.name().to_owned(),
            value: item.value,
            baseline: item.baseline,
            reason: item.reason.clone(),
        }
    }
}

/// Makes the bodies of a day in either naming.
macro_rules! daily {
    ($day:ident as $day_schema:ident, $session:ident as $session_schema:ident, $tokens:ident as $tokens_schema:ident, $case:literal) => {
        /// One day in short.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $day_schema)]
        pub(in crate::routes) struct $day {
            date: String,
            /// In a sentence or three.
            narrative: String,
            /// The part of goals that was crushed, from 0 to 100; null where none counts.
            prism_score: Option<f64>,
            letter_grade: Option<String>,
            crushed_count: u64,
            total_count: u64,
            session_count: usize,
            prompt_count: u64,
            active_minutes: f64,
            tokens: $tokens,
            cost_usd: f64,
            lines_added: u64,
            lines_removed: u64,
            /// The most frequent intents, three at most.
            top_intents: Vec<String>,
            sessions: Vec<$session>,
            best_session_id: Option<String>,
            /// What to look at.
            watch_out: Option<String>,
            /// Who wrote the narrative: always `template`.
            source: String,
            generated_at: crate::wire::Timestamp,
        }

        /// A session of a day.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $session_schema)]
        struct $session {
            session_id: String,
            title: String,
            /// Whether all that counts of it came to its goal.
            goal_complete: bool,
            /// Whether some of it was done over later.
            rework: bool,
        }

        /// What models read and wrote.
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = $case)]
        #[schema(as = $tokens_schema)]
        struct $tokens {
            input: u64,
            output: u64,
            cache_read: u64,
            cache_creation: u64,
            total: u64,
        }

        impl $day {
            pub(in crate::routes) fn new(day: agent_sessions::daily::Day, now: chrono::DateTime<chrono::Utc>) -> Self {
                let session = |session: agent_sessions::daily::SessionOfDay| $session {
                    session_id: session.session_id,
                    title: session.title,
                    goal_complete: session.is_goal_complete,
                    rework: session.is_rework,
                };
                Self {
                    date: day.date.to_string(),
                    narrative: day.narrative,
                    prism_score: day.tally.prism_score(),
                    letter_grade: day.letter.map(|letter| letter.name().to_owned()),
                    crushed_count: day.tally.crushed,
                    total_count: day.tally.total,
                    session_count: day.sessions.len(),
                    prompt_count: day.prompts,
                    active_minutes: day.active_seconds / 60.0,
                    tokens: $tokens {
                        input: day.tokens.input,
                        output: day.tokens.output,
                        cache_read: day.tokens.cache_read,
                        cache_creation: day.tokens.cache_creation,
                        total: day.tokens.total(),
                    },
                    cost_usd: day.cost.usd(),
                    lines_added: day.lines.added,
                    lines_removed: day.lines.removed,
                    top_intents: day.intents.iter().map(|intent| intent.name().to_owned()).collect(),
                    sessions: day.sessions.into_iter().map(session).collect(),
                    best_session_id: day.best_session,
                    watch_out: day.watch_out,
                    source: "template".to_owned(),
                    generated_at: crate::wire::Timestamp(now),
                }
            }
        }
    };
}
pub(in crate::routes) use daily;

daily!(
    DailyResponse as DailySummary,
    DailySession as DailySummarySession,
    DailyTokens as DailySummaryTokens,
    "camelCase"
);
