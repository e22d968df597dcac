//! Version 2.1 of the score: skill, efficiency and speed of a developer over a stretch of time, measured against their own last weeks.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Session;
use crate::rubric::grade::{Letter, skill_tier};
use crate::rubric::pes::PromptEfficiency;
use crate::statistics::{median, real};
use crate::sub_session::SubSession;
use crate::window::Span;

/// How far back developers are measured against themselves.
pub const BASELINE: TimeDelta = TimeDelta::weeks(8);

/// How long a developer is new.
const LEARNING: TimeDelta = TimeDelta::weeks(4);

/// Where nothing speaks for or against.
const NEUTRAL: f64 = 5.0;

/// Part of turns that empty or sum up the context, at best.
const BEST_RESETS: f64 = 0.15;

/// Minutes of uninterrupted work that are best.
const BEST_FOCUS_MINUTES: f64 = 30.0;

/// What is known of one developer: sessions and sub-sessions from [`BASELINE`] before the stretch on, in any order.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Sessions.
    pub sessions: &'a [Session],
    /// Their sub-sessions.
    pub sub_sessions: &'a [SubSession],
}

/// A developer over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snapshot {
    /// From 0 to 100.
    pub skill: f64,
    /// In a word.
    pub tier: &'static str,
    /// How much less sub-sessions take than usual, from 0 to 10.
    pub sse: f64,
    /// How good prompts are, from 0 to 10.
    pub pes: f64,
    /// How few prompts an hour takes compared with before, from 0 to 10.
    pub ie: f64,
    /// How near to the best the resets are, from 0 to 10.
    pub crr: f64,
    /// How long work is not interrupted, from 0 to 10.
    pub fc: f64,
    /// Part of edits that were let through.
    pub quality_retention: f64,
    /// Hours of work, as much of them as edits were let through.
    pub speed_hours: f64,
    /// Tokens per hour of work.
    pub tokens_per_hour: f64,
    /// All in one, from 0 to 10.
    pub prism: f64,
    /// Its letter.
    pub grade: Letter,
}

/// What sub-sessions usually take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usual {
    tokens: Option<f64>,
    turns: Option<f64>,
    human_seconds: Option<f64>,
    response_seconds: Option<f64>,
}

impl Usual {
    /// The medians of sub-sessions that have substance and began within [`BASELINE`] before.
    pub fn before(subs: &[SubSession], instant: DateTime<Utc>) -> Self {
        let span = Span { from: instant - BASELINE, to: instant };
        let counted = || subs.iter().filter(move |sub| span.contains(sub.started_at) && sub.rubric.is_substantial);
        Self {
            tokens: median(counted().map(|sub| real(sub.tokens.total()))),
            turns: median(counted().map(|sub| real(sub.turn_count))),
            human_seconds: median(counted().map(|sub| sub.human_seconds)),
            response_seconds: median(counted().map(|sub| sub.response_seconds)),
        }
    }
}

/// The natural logarithm of a ratio, within -1 and 1; 0 where it is not known.
fn log_ratio(usual: Option<f64>, actual: f64) -> f64 {
    match usual {
        Some(usual) if usual > 0.0 && actual > 0.0 => (usual / actual).ln().clamp(-1.0, 1.0),
        _ => 0.0,
    }
}

/// How much less a sub-session took than usual, from 0 to 10; 7.5 where it took as much.
pub fn sub_session_efficiency(sub: &SubSession, usual: &Usual) -> f64 {
    let raw = 0.30 * log_ratio(usual.tokens, real(sub.tokens.total()))
        + 0.25 * log_ratio(usual.turns, real(sub.turn_count))
        + 0.30 * log_ratio(usual.human_seconds, sub.human_seconds)
        + 0.15 * log_ratio(usual.response_seconds, sub.response_seconds);
    if raw >= 0.0 { (7.5 + 5.0 * raw).min(10.0) } else { (7.5 + 7.5 * raw).max(0.0) }
}

/// How few prompts an hour took compared with usual, from 0 to 10.
pub fn iteration_efficiency(usual: Option<f64>, current: f64) -> f64 {
    NEUTRAL + 5.0 * log_ratio(usual, current)
}

/// How near to the best the part of turns is that are resets, from 0 to 10.
pub fn context_resets(resets: u64, turns: u64) -> f64 {
    if turns == 0 {
        return NEUTRAL;
    }
    (10.0 * (1.0 - (real(resets) / real(turns) - BEST_RESETS).abs() / 0.10)).max(0.0)
}

/// How long work is not interrupted, from 0 to 10.
pub fn focus(stretches_seconds: impl IntoIterator<Item = f64>) -> f64 {
    let minutes = median(stretches_seconds).unwrap_or(0.0) / 60.0;
    10.0 * (minutes / BEST_FOCUS_MINUTES).min(1.0)
}

/// A ratio to the best, from 0 to 10.
fn of_ten(ratio: f64) -> f64 {
    if ratio <= 0.0 {
        return 0.0;
    }
    let log = ratio.ln().clamp(-1.0, 1.0);
    if log >= 0.0 { (7.0 + 3.0 * log).min(10.0) } else { (7.0 + 7.0 * log).max(0.0) }
}

/// Skill, efficiency and speed in one, from 0 to 10: `speed_hours` are those of a week.
pub fn prism(skill: f64, tokens_per_hour: f64, speed_hours: f64) -> f64 {
    let efficiency = if tokens_per_hour > 0.0 { of_ten(75_000.0 / tokens_per_hour) } else { 0.0 };
    0.50 * skill / 10.0 + 0.30 * efficiency + 0.20 * of_ten(speed_hours / 25.0)
}

fn prompts_per_hour(sessions: &[Session], span: Span) -> Option<f64> {
    let of_span = || sessions.iter().filter(|session| span.contains(session.started_at));
    let hours = of_span().map(|session| session.active_seconds).sum::<f64>() / 3600.0;
    let prompts: u64 = of_span().map(|session| session.prompts).sum();
    (hours > 0.0 && prompts > 0).then(|| real(prompts) / hours)
}

/// Mean efficiency of graded prompts; `None` where none was graded.
pub fn prompt_efficiency<'a>(subs: impl IntoIterator<Item = &'a SubSession>) -> Option<PromptEfficiency> {
    let mut sum =
        PromptEfficiency { information_density: 0.0, context_leverage: 0.0, ambiguity_cost: 0.0, turn_economy: 0.0 };
    let mut n = 0.0;
    for (sub, pes) in subs.into_iter().filter_map(|sub| Some((sub, sub.rubric.pes?))) {
        let weight = real(sub.rubric.graded_prompts);
        n += weight;
        sum.information_density += weight * pes.information_density;
        sum.context_leverage += weight * pes.context_leverage;
        sum.ambiguity_cost += weight * pes.ambiguity_cost;
        sum.turn_economy += weight * pes.turn_economy;
    }
    (n > 0.0).then(|| PromptEfficiency {
        information_density: sum.information_density / n,
        context_leverage: sum.context_leverage / n,
        ambiguity_cost: sum.ambiguity_cost / n,
        turn_economy: sum.turn_economy / n,
    })
}

/// Part of edits that were let through; 1 where nothing was decided.
pub fn quality_retention<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> f64 {
    let (accepted, rejected) = sessions.into_iter().fold((0, 0), |(accepted, rejected), session| {
        (accepted + session.edit_decisions.accepted, rejected + session.edit_decisions.rejected)
    });
    if accepted + rejected == 0 { 1.0 } else { real(accepted) / real(accepted + rejected) }
}

/// The developer over the span; `None` where no work is known of it.
pub fn snapshot(history: History<'_>, span: Span) -> Option<Snapshot> {
    let sessions = || history.sessions.iter().filter(move |session| span.contains(session.started_at));
    let hours = sessions().map(|session| session.active_seconds).sum::<f64>() / 3600.0;
    if hours <= 0.0 {
        return None;
    }
    let subs: Vec<&SubSession> = history.sub_sessions.iter().filter(|sub| span.contains(sub.started_at)).collect();
    let usual = Usual::before(history.sub_sessions, span.from);
    let substantial = subs.iter().filter(|sub| sub.rubric.is_substantial);
    let sse = crate::statistics::mean(substantial.map(|sub| sub_session_efficiency(sub, &usual))).unwrap_or(NEUTRAL);
    let pes = prompt_efficiency(subs.iter().copied()).map_or(NEUTRAL, |pes| pes.score());
    let ie = prompts_per_hour(history.sessions, span)
        .map_or(NEUTRAL, |current| iteration_efficiency(usual_pace(history.sessions, span), current));
    let crr =
        context_resets(sessions().map(|session| session.resets).sum(), sessions().map(|session| session.prompts).sum());
    let fc = focus(sessions().flat_map(|session| session.focus_seconds.iter().copied()));
    let skill = 10.0 * (0.45 * sse + 0.20 * pes + 0.15 * ie + 0.10 * crr + 0.10 * fc);
    let quality_retention = quality_retention(sessions());
    let tokens: u64 = sessions().map(|session| session.tokens.total()).sum();
    let weeks = ((span.to - span.from).as_seconds_f64() / (7.0 * 86_400.0)).max(1.0);
    let (speed_hours, tokens_per_hour) = (hours * quality_retention, real(tokens) / hours);
    let prism = prism(skill, tokens_per_hour, speed_hours / weeks);
    Some(Snapshot {
        skill,
        tier: skill_tier(skill),
        sse,
        pes,
        ie,
        crr,
        fc,
        quality_retention,
        speed_hours,
        tokens_per_hour,
        prism,
        grade: Letter::of_ten(prism),
    })
}

/// The median of prompts per hour over the weeks before: the last two of a developer who is new, the last eight else.
fn usual_pace(sessions: &[Session], span: Span) -> Option<f64> {
    let first = sessions.iter().map(|session| session.started_at).min()?;
    let n = if span.from - first < LEARNING { 2 } else { 8 };
    let week =
        |n: i32| Span { from: span.from - TimeDelta::weeks(1) * n, to: span.from - TimeDelta::weeks(1) * (n - 1) };
    median((1..=8).filter_map(|n| prompts_per_hour(sessions, week(n))).take(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sub_session;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn taking_as_much_as_usual_is_three_quarters() {
        let before = sub_session("a", 0, -1000, -900);
        let usual = Usual::before(std::slice::from_ref(&before), before.started_at + TimeDelta::seconds(1));
        near(sub_session_efficiency(&before, &usual), 7.5);
        near(sub_session_efficiency(&before, &Usual::default()), 7.5);
        let mut long = sub_session("b", 0, 0, 100);
        long.turn_count = 300;
        near(sub_session_efficiency(&long, &usual), 7.5 - 7.5 * 0.25);
        let mut short = long.clone();
        short.turn_count = 1;
        near(sub_session_efficiency(&short, &usual), 7.5 + 5.0 * 0.25);
    }

    #[test]
    fn scores_are_within_their_bounds() {
        near(context_resets(15, 100), 10.0);
        near(context_resets(10, 100), 5.0);
        near(context_resets(0, 100), 0.0);
        near(context_resets(0, 0), 5.0);
        near(focus([900.0]), 5.0);
        near(focus([9000.0]), 10.0);
        near(iteration_efficiency(Some(2.0), 2.0), 5.0);
        near(iteration_efficiency(None, 2.0), 5.0);
        near(iteration_efficiency(Some(100.0), 1.0), 10.0);
        near(prism(100.0, 75_000.0, 25.0), 5.0 + 2.1 + 1.4);
        near(prism(0.0, 0.0, 0.0), 0.0);
    }
}
