//! Sub-sessions one by one, and by what they were for.

use std::collections::BTreeSet;

use agent_sessions::highlights::{Highlight, Metric};
use agent_sessions::score::intents as tallies;
use agent_sessions::sub_session::SubSession;

use super::model::{Excluded, HighlightRow, IntentRow, Miss, SubSessionRow};
use crate::numbers::{count, percent, rounded, score};
use crate::texts::Texts;
use crate::view::View;

/// Most sub-sessions that are listed.
const MAX_ROWS: usize = 50;

pub(super) fn intents(view: View<'_>) -> Vec<IntentRow> {
    let subs: Vec<&SubSession> = view.sub_sessions.iter().collect();
    let rows = tallies(&subs).into_iter().map(|of| IntentRow {
        intent_class: of.intent,
        total: of.tally.total,
        crushed: of.tally.crushed,
        crush_rate: score(percent(of.tally.crushed, of.tally.total)),
    });
    rows.collect()
}

/// The newest first, those that may go on still among them.
pub(super) fn rows(view: View<'_>) -> Vec<SubSessionRow> {
    let open = view.timeline.open.iter().filter(|sub| view.period.contains(sub.started_at));
    let mut rows: Vec<SubSessionRow> = open
        .map(|sub| row(sub, true))
        .chain(view.sub_sessions.iter().rev().take(MAX_ROWS).map(|sub| row(sub, false)))
        .collect();
    rows.sort_by(|a, b| (b.started_at, &b.sub_session_id).cmp(&(a.started_at, &a.sub_session_id)));
    rows.truncate(MAX_ROWS);
    rows
}

fn row(sub: &SubSession, is_preview: bool) -> SubSessionRow {
    let rubric = &sub.rubric;
    let grade = rubric.prompt_grade().map(|letter| letter.name().to_owned());
    let (prompt_grade, letter_grade) = if is_preview { (None, grade) } else { (grade, None) };
    SubSessionRow {
        sub_session_id: sub.id.to_string(),
        session_id: sub.session_id.clone(),
        developer_id: sub.developer.to_string(),
        title: sub.title.clone(),
        summary: sub.summary.clone(),
        started_at: sub.started_at,
        ended_at: sub.ended_at,
        is_preview,
        turn_count: sub.turn_count,
        net_lines: sub.lines.net(),
        mutating_calls: sub.mutating_calls,
        substance_floor_passed: rubric.is_substantial,
        intent_class: rubric.intent,
        intent_established: rubric.intent.is_some(),
        goal_complete: rubric.is_goal_complete,
        goal_confidence: rounded(rubric.goal_confidence, 4),
        rework: rubric.rework_by.is_some(),
        rework_by: rubric.rework_by.map(|id| id.to_string()),
        crushed: sub.is_crushed(),
        judge_status: rubric.judge_status,
        total_tokens: sub.tokens.total(),
        cost_usd: sub.cost.usd(),
        ttc_seconds: sub.ttc_seconds().map(score),
        prompt_grade,
        letter_grade,
    }
}

pub(super) fn excluded(view: View<'_>) -> Excluded {
    let n = |passes: fn(&SubSession) -> bool| count(view.sub_sessions.iter().filter(|sub| passes(sub)).count());
    Excluded {
        trivia_count: n(|sub| !sub.rubric.is_substantial),
        no_intent_count: n(|sub| sub.rubric.is_substantial && sub.rubric.intent.is_none()),
    }
}

/// Tells whether a reason applies.
type Applies = fn(&SubSession) -> bool;

pub(super) fn misses(view: View<'_>) -> Vec<Miss> {
    let reasons: [(&str, Applies); 2] = [
        ("goal_incomplete", |sub| !sub.rubric.is_goal_complete),
        ("rework", |sub| sub.rubric.is_goal_complete && sub.rubric.rework_by.is_some()),
    ];
    let misses = reasons.into_iter().map(|(reason, applies)| {
        let ids: Vec<String> = view.counted().filter(|sub| applies(sub)).map(|sub| sub.id.to_string()).collect();
        Miss {
            reason: reason.to_owned(),
            count: count(ids.len()),
            sub_session_ids: ids.into_iter().rev().take(MAX_ROWS).collect(),
        }
    });
    misses.filter(|miss| miss.count > 0).collect()
}

/// How many sessions the sub-sessions are of.
pub(super) fn n_sessions(view: View<'_>) -> u64 {
    count(view.sub_sessions.iter().map(|sub| (sub.developer, &sub.session_id)).collect::<BTreeSet<_>>().len())
}

pub(super) fn highlights(given: &[Highlight<'_>], texts: Texts) -> Vec<HighlightRow> {
    let rows = given.iter().map(|of| HighlightRow {
        session_id: of.sub.session_id.clone(),
        sub_session_id: of.sub.id.to_string(),
        title: of.sub.title.clone(),
        summary: of.sub.summary.clone(),
        started_at: of.sub.started_at,
        ended_at: of.sub.ended_at,
        intent_class: of.sub.rubric.intent,
        metric: of.metric.name().to_owned(),
        value: rounded(of.value, 6),
        baseline: rounded(of.baseline, 6),
        reason: reason(of, texts),
    });
    rows.collect()
}

/// Why it stands out, in one sentence.
fn reason(of: &Highlight<'_>, texts: Texts) -> String {
    let whole = |number: f64| texts.decimal(number, 0);
    let rate = |rate: f64| texts.percent((rate * 100.0).round());
    let (id, value, baseline) = match of.metric {
        Metric::Score => ("reason-score", whole(of.value), whole(of.baseline)),
        Metric::CostUsd => ("reason-cost", texts.usd(of.value), texts.usd(of.baseline)),
        Metric::ActiveMinutes => ("reason-active", texts.duration(of.value * 60.0), texts.duration(of.baseline * 60.0)),
        Metric::ErrorRate => ("reason-errors", rate(of.value), rate(of.baseline)),
        Metric::Turns => ("reason-turns", whole(of.value), whole(of.baseline)),
        Metric::Tokens => ("reason-tokens", whole(of.value), whole(of.baseline)),
    };
    texts.with(id, &[("value", value.into()), ("baseline", baseline.into())])
}
