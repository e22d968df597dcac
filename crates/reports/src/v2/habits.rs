//! How people work, what they achieve, and how both change from week to week.

use std::collections::{BTreeMap, BTreeSet};

use agent_sessions::model::DeveloperId;
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::statistics::{median, real};
use chrono::{DateTime, TimeDelta, Utc};

use super::frictions::friction_rate;
use super::model::{HabitStats, Habits, TrendPoint, WinRow, Wins};
use crate::control::{Cancel, Cancelled};
use crate::labels;
use crate::numbers::{count, percent, score};
use crate::period::weeks;
use crate::texts::Texts;
use crate::view::View;

/// Prompts of two sessions that are no further apart come from somebody who works in both at once.
const TOGETHER: TimeDelta = TimeDelta::seconds(60);
/// Most kinds of wins.
const MAX_WINS: usize = 5;
/// Most sessions that a kind of win names.
const MAX_SESSIONS: usize = 50;

/// The summary is written later, out of these.
pub(super) fn habits(view: View<'_>) -> Habits {
    let n_sessions = count(view.sessions.len());
    let responses = view.sessions.iter().flat_map(|session| &session.response_times_ms).map(|time_ms| real(*time_ms));
    let minutes = view.sessions.iter().map(|session| session.active_minutes());
    let stats = HabitStats {
        sessions: n_sessions,
        avg_turns_per_session: if n_sessions == 0 { 0.0 } else { score(real(view.n_prompts()) / real(n_sessions)) },
        median_response_time_secs: median(responses).map(|ms| score(ms / 1000.0)),
        median_session_minutes: median(minutes).map(score),
        first_try_rate: first_try_rate(view),
        multi_clauding_events: n_switches(view),
        compactions: view.sessions.iter().map(|session| session.compactions).sum(),
        plan_mode_sessions: count(view.sessions.iter().filter(|session| session.has_plan_mode).count()),
    };
    Habits { summary: String::new(), stats }
}

/// Sub-sessions without a correction among all, 0 to 100.
fn first_try_rate(view: View<'_>) -> Option<f64> {
    let n = count(view.sub_sessions.len());
    let n_right = view.sub_sessions.iter().filter(|sub| sub.troubles.corrections == 0).count();
    (n > 0).then(|| score(percent(count(n_right), n)))
}

/// How often somebody went from one session to another within a minute.
fn n_switches(view: View<'_>) -> u64 {
    let mut prompts: BTreeMap<DeveloperId, Vec<(DateTime<Utc>, &str)>> = BTreeMap::new();
    for session in view.sessions {
        let own = prompts.entry(session.key.developer).or_default();
        own.extend(session.prompted_at.iter().map(|at| (*at, session.key.session_id.as_str())));
    }
    let mut n = 0;
    for of_developer in prompts.values_mut() {
        of_developer.sort_unstable();
        n += count(
            of_developer.windows(2).filter(|pair| pair[0].1 != pair[1].1 && pair[1].0 - pair[0].0 <= TOGETHER).count(),
        );
    }
    n
}

pub(super) fn wins(view: View<'_>, texts: Texts) -> Wins {
    let mut by_intent: BTreeMap<IntentClass, BTreeSet<&str>> = BTreeMap::new();
    let mut sessions = BTreeSet::new();
    for of in view.crushed() {
        sessions.insert(of.session_id.as_str());
        by_intent.entry(of.rubric.intent.expect("what counts has an intent")).or_default().insert(&of.session_id);
    }
    let mut highlights: Vec<WinRow> = by_intent
        .into_iter()
        .map(|(intent, sessions)| WinRow {
            label: texts.get(&labels::intent(intent)),
            session_count: count(sessions.len()),
            session_ids: sessions.into_iter().take(MAX_SESSIONS).map(str::to_owned).collect(),
        })
        .collect();
    highlights.sort_by_key(|row| std::cmp::Reverse(row.session_count));
    highlights.truncate(MAX_WINS);
    let n_counted = count(view.counted().count());
    Wins {
        win_rate: (n_counted > 0).then(|| score(percent(count(view.crushed().count()), n_counted))),
        total_win_sessions: count(sessions.len()),
        highlights,
    }
}

/// One point for each week.
pub(super) fn trend_points(view: View<'_>, cancel: &Cancel) -> Result<Vec<TrendPoint>, Cancelled> {
    let mut points = Vec::new();
    for week in weeks(view.period) {
        cancel.check()?;
        let of_week = view.of(week);
        points.push(TrendPoint {
            period_start: week.from,
            first_try_rate: first_try_rate(of_week),
            friction_rate: friction_rate(of_week),
            cost_usd: of_week.cost().usd(),
            tokens: of_week.tokens().total(),
            sessions: count(of_week.sessions.len()),
        });
    }
    Ok(points)
}
