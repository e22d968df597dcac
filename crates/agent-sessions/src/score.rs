//! Version 3 of the score: how many goals were reached, how fast, with how many tokens, and how well they were asked for.
//!
//! Everything is counted over sub-sessions by the instant at which they began. [`settled`] makes of stored ones those that count.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Tokens;
use crate::rubric::checks::{Check, Pillar};
use crate::rubric::grade::{Letter, personal_tier, speed_band, token_band};
use crate::rubric::intent::IntentClass;
use crate::statistics::{mean, median, real};
use crate::sub_session::{SubSession, SubSessionId};
use crate::window::Span;

/// Over how long before now the worst pillar is looked for.
pub const PILLAR_DAYS: TimeDelta = TimeDelta::days(30);

/// Of stored sub-sessions those that count: what goes on with an earlier one is put together with it, and what may go on still is left out.
pub fn settled(stored: Vec<SubSession>, now: DateTime<Utc>) -> Vec<SubSession> {
    let mut all = joined(stored);
    all.retain(|sub| !sub.is_preview(now));
    all
}

/// Puts sub-sessions that go on with earlier ones together with them. One whose beginning is not among them stands for itself.
pub fn joined(mut stored: Vec<SubSession>) -> Vec<SubSession> {
    stored.sort_by(|a, b| a.started_at.cmp(&b.started_at).then_with(|| a.id.cmp(&b.id)));
    let mut at: BTreeMap<SubSessionId, usize> = BTreeMap::new();
    let mut all: Vec<SubSession> = Vec::new();
    for sub in stored {
        let head = sub.continues.and_then(|id| at.get(&id).copied());
        let id = sub.id;
        let place = match head {
            Some(head) => {
                absorb(&mut all[head], sub);
                head
            }
            None => {
                all.push(sub);
                all.len() - 1
            }
        };
        at.insert(id, place);
    }
    all
}

/// Adds what went on with a sub-session: its counts, and how it ended.
fn absorb(head: &mut SubSession, tail: SubSession) {
    head.ended_at = head.ended_at.max(tail.ended_at);
    head.is_last = tail.is_last;
    head.turn_count += tail.turn_count;
    head.tokens += tail.tokens;
    head.cost += tail.cost;
    head.lines += tail.lines;
    head.active_seconds += tail.active_seconds;
    head.human_seconds += tail.human_seconds;
    head.response_seconds += tail.response_seconds;
    head.tool_calls += tail.tool_calls;
    head.mutating_calls += tail.mutating_calls;
    head.commits += tail.commits;
    let (sum, more) = (&mut head.troubles, tail.troubles);
    sum.api_errors += more.api_errors;
    sum.retries_exhausted += more.retries_exhausted;
    sum.refusals += more.refusals;
    sum.tool_failures += more.tool_failures;
    sum.retry_storms += more.retry_storms;
    sum.rejections += more.rejections;
    sum.corrections += more.corrections;
    for file in tail.files {
        if !head.files.contains(&file) {
            head.files.push(file);
        }
    }
    let (rubric, later) = (&mut head.rubric, tail.rubric);
    rubric.is_substantial |= later.is_substantial;
    rubric.intent = rubric.intent.or(later.intent);
    (rubric.is_goal_complete, rubric.goal_confidence) = (later.is_goal_complete, later.goal_confidence);
    rubric.rework_by = later.rework_by.or(rubric.rework_by);
    rubric.checks = match (rubric.checks, later.checks) {
        (Some(one), Some(other)) => Some(one.or(&other)),
        (one, other) => one.or(other),
    };
    rubric.pes = rubric.pes.or(later.pes);
    rubric.graded_prompts += later.graded_prompts;
}

/// Those that began in the span.
pub fn within(all: &[SubSession], span: Span) -> Vec<&SubSession> {
    all.iter().filter(|sub| span.contains(sub.started_at)).collect()
}

/// How many count, and how many of them were crushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Crushed.
    pub crushed: u64,
    /// All that count.
    pub total: u64,
}

impl Tally {
    /// Of those sub-sessions.
    pub fn of<'a>(subs: impl IntoIterator<Item = &'a SubSession>) -> Self {
        subs.into_iter().filter(|sub| sub.is_counted()).fold(Self::default(), |sum, sub| Self {
            crushed: sum.crushed + u64::from(sub.is_crushed()),
            total: sum.total + 1,
        })
    }

    /// The share that was crushed, from 0 to 100; `None` where none counts.
    pub fn prism_score(self) -> Option<f64> {
        (self.total > 0).then(|| 100.0 * real(self.crushed) / real(self.total))
    }
}

/// The median of all tokens over crushed sub-sessions; `None` where none was crushed.
pub fn crush_weight_tokens<'a>(subs: impl IntoIterator<Item = &'a SubSession>) -> Option<f64> {
    median(subs.into_iter().filter(|sub| sub.is_crushed()).map(|sub| real(sub.tokens.total())))
}

/// How good the share of crushed sub-sessions is.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// What it is counted from.
    pub tally: Tally,
    /// See [`Tally::prism_score`].
    pub prism_score: Option<f64>,
    /// Its letter.
    pub letter: Option<Letter>,
    /// Its tier.
    pub tier: Option<&'static str>,
    /// Median tokens of crushed sub-sessions ÷ the median of that of the spans before; 1 where either is not known.
    pub crush_weight: f64,
    /// The share of each span.
    pub sparkline: Vec<Option<f64>>,
}

/// The score of the last of `spans`, with all of them as its sparkline; its weight is compared with that of `before`.
pub fn score(all: &[SubSession], spans: &[Span], before: &[Span]) -> Score {
    let shares: Vec<Tally> = spans.iter().map(|span| Tally::of(within(all, *span))).collect();
    let tally = shares.last().copied().unwrap_or_default();
    let weight = |span: &Span| crush_weight_tokens(within(all, *span));
    let usual = median(before.iter().filter_map(weight)).filter(|usual| *usual > 0.0);
    let present = spans.last().and_then(weight);
    let prism_score = tally.prism_score();
    Score {
        tally,
        prism_score,
        letter: prism_score.map(Letter::of_prism_score),
        tier: prism_score.map(personal_tier),
        crush_weight: present.zip(usual).map_or(1.0, |(present, usual)| present / usual),
        sparkline: shares.into_iter().map(Tally::prism_score).collect(),
    }
}

/// How fast goals are reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Speed {
    /// Crushed sub-sessions per working day that has begun.
    pub cspw: f64,
    /// That less that of the span before, as far as it had come by the same time.
    pub delta_cspw: f64,
    /// Median seconds from the first prompt to the end, of crushed sub-sessions.
    pub ttc_median_seconds: Option<f64>,
    /// In a word.
    pub band: &'static str,
    /// Per working day of each span.
    pub sparkline: Vec<f64>,
}

/// The speed of the last of `spans`, with all of them as its sparkline; `previous` is the span that it is compared with.
pub fn speed(all: &[SubSession], spans: &[Span], previous: Span, now: DateTime<Utc>) -> Speed {
    let rate = |span: Span, now: DateTime<Utc>| {
        let crushed = Tally::of(within(all, Span { to: span.to.min(now.max(span.from)), ..span })).crushed;
        real(crushed) / f64::from(span.working_days(now))
    };
    let sparkline: Vec<f64> = spans.iter().map(|span| rate(*span, now)).collect();
    let Some(present) = spans.last() else {
        return Speed { cspw: 0.0, delta_cspw: 0.0, ttc_median_seconds: None, band: speed_band(0.0), sparkline };
    };
    let elapsed = now.min(present.to) - present.from;
    let cspw = rate(*present, now);
    let crushed = within(all, *present).into_iter().filter(|sub| sub.is_crushed());
    Speed {
        cspw,
        delta_cspw: cspw - rate(previous, (previous.from + elapsed).min(previous.to)),
        ttc_median_seconds: median(crushed.filter_map(SubSession::ttc_seconds)),
        band: speed_band(cspw),
        sparkline,
    }
}

/// What goals take.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenUse {
    /// Median tokens of crushed sub-sessions.
    pub crush_weight_tokens: Option<f64>,
    /// That ÷ that of the span before.
    pub tet: Option<f64>,
    /// Tokens read anew and written per turn.
    pub tpt: Option<f64>,
    /// Median US dollars of crushed sub-sessions.
    pub cost_per_crushed_usd: Option<f64>,
    /// US dollars of all sub-sessions.
    pub total_cost_usd: f64,
    /// Tokens of all sub-sessions.
    pub mix: Tokens,
    /// In a word.
    pub band: Option<&'static str>,
    /// Median tokens of crushed sub-sessions of each span.
    pub sparkline: Vec<Option<f64>>,
}

/// What the goals of the last of `spans` take, with all of them as its sparkline; `previous` is the span that it is compared with.
pub fn token_use(all: &[SubSession], spans: &[Span], previous: Span) -> TokenUse {
    let weight = |span: &Span| crush_weight_tokens(within(all, *span));
    let subs = spans.last().map(|span| within(all, *span)).unwrap_or_default();
    let crush_weight_tokens = spans.last().and_then(weight);
    let mix: Tokens = subs.iter().map(|sub| sub.tokens).sum();
    let turns: u64 = subs.iter().map(|sub| sub.turn_count).sum();
    let before = weight(&previous).filter(|before| *before > 0.0);
    TokenUse {
        crush_weight_tokens,
        tet: crush_weight_tokens.zip(before).map(|(present, before)| present / before),
        tpt: (turns > 0).then(|| real(mix.input + mix.output) / real(turns)),
        cost_per_crushed_usd: median(subs.iter().filter(|sub| sub.is_crushed()).map(|sub| sub.cost.usd())),
        total_cost_usd: subs.iter().map(|sub| sub.cost).sum::<crate::model::Cost>().usd(),
        mix,
        band: crush_weight_tokens.map(token_band),
        sparkline: spans.iter().map(weight).collect(),
    }
}

/// How often something was asked and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Held.
    pub hits: u64,
    /// Asked.
    pub applicable: u64,
}

impl Hits {
    /// From 0 to 1; `None` where it was not asked.
    pub fn rate(self) -> Option<f64> {
        (self.applicable > 0).then(|| real(self.hits) / real(self.applicable))
    }
}

/// How well goals are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompting {
    /// Mean of the letters of sub-sessions' prompts, from 0 to 100.
    pub apg: Option<f64>,
    /// The letter of that.
    pub letter: Option<Letter>,
    /// That less that of the span before.
    pub delta_apg: Option<f64>,
    /// The pillar with the lowest rate over [`PILLAR_DAYS`] before the end.
    pub worst_pillar: Option<Pillar>,
    /// Each pillar.
    pub pillars: Vec<(Pillar, Hits)>,
    /// Each check.
    pub checks: Vec<(Check, Hits)>,
    /// How many sub-sessions were graded.
    pub graded: u64,
    /// The mean of each span.
    pub sparkline: Vec<Option<f64>>,
}

/// How well the goals of the last of `spans` are asked for, with all of them as its sparkline; `previous` is the span that it is compared with. The worst pillar
/// is that of the days before the end of the last span, or before `now` where that is earlier.
pub fn prompting(all: &[SubSession], spans: &[Span], previous: Span, now: DateTime<Utc>) -> Prompting {
    let average = |span: &Span| apg(&within(all, *span));
    let subs = spans.last().map(|span| within(all, *span)).unwrap_or_default();
    let end = spans.last().map_or(now, |span| span.to.min(now));
    let recent = within(all, Span { from: end - PILLAR_DAYS, to: end });
    let present = apg(&subs);
    Prompting {
        apg: present,
        letter: present.map(Letter::of_prompt_score),
        delta_apg: present.zip(average(&previous)).map(|(present, before)| present - before),
        worst_pillar: worst_pillar(&recent),
        pillars: Pillar::ALL.into_iter().map(|pillar| (pillar, pillar_hits(&subs, pillar))).collect(),
        checks: Check::ALL.into_iter().map(|check| (check, check_hits(&subs, check))).collect(),
        graded: u64::try_from(subs.iter().filter(|sub| sub.rubric.checks.is_some()).count()).unwrap_or(u64::MAX),
        sparkline: spans.iter().map(average).collect(),
    }
}

fn apg(subs: &[&SubSession]) -> Option<f64> {
    mean(subs.iter().filter_map(|sub| sub.rubric.prompt_grade()).map(Letter::points))
}

fn check_hits(subs: &[&SubSession], check: Check) -> Hits {
    let asked = subs.iter().filter_map(|sub| sub.rubric.checks.as_ref().and_then(|checks| checks.get(check)));
    asked.fold(Hits::default(), |sum, holds| Hits { hits: sum.hits + u64::from(holds), applicable: sum.applicable + 1 })
}

fn pillar_hits(subs: &[&SubSession], pillar: Pillar) -> Hits {
    let of_pillar =
        Check::ALL.into_iter().filter(|check| check.pillar() == pillar).map(|check| check_hits(subs, check));
    of_pillar.fold(Hits::default(), |sum, one| Hits {
        hits: sum.hits + one.hits,
        applicable: sum.applicable + one.applicable,
    })
}

/// The pillar with the lowest rate; of equal ones the first.
pub fn worst_pillar(subs: &[&SubSession]) -> Option<Pillar> {
    let rates = Pillar::ALL.into_iter().filter_map(|pillar| Some((pillar, pillar_hits(subs, pillar).rate()?)));
    rates.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(pillar, _)| pillar)
}

/// How one intent fares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntentTally {
    /// Which.
    pub intent: IntentClass,
    /// How many, and how many of them crushed.
    pub tally: Tally,
}

/// Each intent that occurs, the most frequent first, then by name.
pub fn intents(subs: &[&SubSession]) -> Vec<IntentTally> {
    let of = |intent| Tally::of(subs.iter().copied().filter(|sub| sub.rubric.intent == Some(intent)));
    let all = IntentClass::ALL.into_iter().map(|intent| IntentTally { intent, tally: of(intent) });
    let mut all: Vec<IntentTally> = all.filter(|one| one.tally.total > 0).collect();
    all.sort_by(|a, b| b.tally.total.cmp(&a.tally.total).then_with(|| a.intent.name().cmp(b.intent.name())));
    all
}

#[cfg(test)]
mod tests;
