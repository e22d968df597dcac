//! A stretch of turns → a sub-session with its rubric.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::drafts::Draft;
use super::super::wording;
use super::{MAX_GAP, start, troubles};
use crate::judge::{ArcVerdict, Judgement};
use crate::model::{Lines, SessionKey};
use crate::rubric::checks::{self, PromptChecks};
use crate::rubric::evidence::{Ending, of_ending};
use crate::rubric::intent::{self, Deeds};
use crate::rubric::pes::PromptEfficiency;
use crate::rubric::rework::Footprint;
use crate::sub_session::{JudgeStatus, Rubric, SubSession, SubSessionId};

/// Most files of a sub-session.
const MAX_FILES: usize = 500;

/// Fewest turns, and fewest lines more than before, that are something.
const SUBSTANTIAL_TURNS: u64 = 3;
const SUBSTANTIAL_LINES: i64 = 10;

/// What of a sub-session is known from the session.
pub(super) struct OfArc<'a> {
    pub(super) key: &'a SessionKey,
    pub(super) number: usize,
    pub(super) is_last: bool,
    pub(super) active_seconds: f64,
    pub(super) lines: Lines,
    pub(super) commits: u64,
    pub(super) judgement: &'a Judgement,
}

/// The sub-session of those turns, which are given their checks.
pub(super) fn sub_session(of: &OfArc<'_>, drafts: &mut [Draft]) -> SubSession {
    let started_at = start(drafts);
    let sum = |count: fn(&Draft) -> u64| drafts.iter().map(count).sum::<u64>();
    let turn_count = sum(|draft| u64::from(draft.is_prompt()));
    let mutating_calls = sum(|draft| draft.turn.mutating_calls);
    let files: BTreeSet<&String> = drafts.iter().flat_map(|draft| &draft.turn.files).collect();
    let files: Vec<String> = files.into_iter().take(MAX_FILES).cloned().collect();
    let mut footprint = Footprint::default();
    drafts.iter().for_each(|draft| footprint.absorb(&draft.footprint));
    footprint.is_correction =
        drafts.iter().find(|draft| draft.is_prompt()).is_some_and(|draft| draft.turn.is_correction);
    let deeds = Deeds {
        mutating_calls,
        tool_calls: sum(|draft| draft.turn.tools.iter().map(|tool| tool.count).sum()),
        net_lines: of.lines.net(),
        is_plan_mode: drafts.iter().find(|draft| draft.is_prompt()).is_some_and(|draft| draft.turn.is_plan_mode),
    };
    let verdict = verdict(of.judgement, drafts);
    let rubric = rubric(of, deeds, turn_count, verdict, drafts);
    let mut models: BTreeMap<&str, u64> = BTreeMap::new();
    for draft in &*drafts {
        if let Some(model) = &draft.turn.model {
            *models.entry(model).or_default() += draft.turn.requests;
        }
    }
    let model = models.into_iter().rev().max_by_key(|(_, n)| *n).map(|(model, _)| model.to_owned());
    SubSession {
        id: SubSessionId(id(of.key, started_at.timestamp_micros())),
        session_id: of.key.session_id.clone(),
        developer: of.key.developer,
        number: u32::try_from(of.number).unwrap_or(u32::MAX),
        is_last: of.is_last,
        started_at,
        ended_at: drafts.iter().map(|draft| draft.turn.ended_at).max().unwrap_or(started_at),
        title: verdict.map_or_else(|| wording::title(drafts), |verdict| verdict.title.clone()),
        summary: verdict.map_or_else(|| wording::summary(drafts, &files, of.lines), |verdict| verdict.summary.clone()),
        turn_count,
        tokens: drafts.iter().map(|draft| draft.turn.tokens).sum(),
        cost: drafts.iter().map(|draft| draft.turn.cost).sum(),
        lines: of.lines,
        active_seconds: of.active_seconds,
        human_seconds: human_seconds(drafts),
        response_seconds: drafts.iter().filter_map(|draft| draft.turn.response_time_ms).map(seconds).sum(),
        tool_calls: deeds.tool_calls,
        mutating_calls,
        commits: of.commits,
        troubles: troubles(drafts),
        model,
        files,
        footprint,
        rubric,
        continues: None,
    }
}

/// The same for the same beginning of the same session.
fn id(key: &SessionKey, started_at_micros: i64) -> Uuid {
    let name = format!("{}/{}/{started_at_micros}", key.developer, key.session_id);
    Uuid::new_v5(&key.organization.0, name.as_bytes())
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// Time from the ends of turns to the next prompts, no more than a gap each.
fn human_seconds(drafts: &[Draft]) -> f64 {
    let gap = |pair: &[Draft]| {
        let gap = pair[1].turn.submitted_at - pair[0].turn.ended_at;
        gap.clamp(chrono::TimeDelta::zero(), MAX_GAP).as_seconds_f64()
    };
    drafts.windows(2).map(gap).sum()
}

/// What a model has said of exactly these turns.
fn verdict<'a>(judgement: &'a Judgement, drafts: &[Draft]) -> Option<&'a ArcVerdict> {
    let Judgement::Model(verdict) = judgement else { return None };
    let mut prompts = drafts.iter().filter(|draft| draft.is_prompt()).filter_map(|draft| draft.turn.index);
    let first = prompts.next()?;
    let last = prompts.next_back().unwrap_or(first);
    verdict.arcs.iter().find(|arc| (arc.first_turn, arc.last_turn) == (first, last))
}

fn rubric(of: &OfArc<'_>, deeds: Deeds, turn_count: u64, verdict: Option<&ArcVerdict>, drafts: &mut [Draft]) -> Rubric {
    let opening = wording::opening(drafts).map(str::to_owned);
    let has_text = drafts.iter().any(|draft| draft.text.is_some());
    let judge_status = match (of.judgement, verdict) {
        _ if !has_text => JudgeStatus::NoPromptText,
        (Judgement::Model(_), Some(_)) => JudgeStatus::Ok,
        (Judgement::Failed, _) => JudgeStatus::Error,
        (Judgement::Model(_) | Judgement::Rules, _) => JudgeStatus::Heuristic,
    };
    let by_rules = match &opening {
        Some(prompt) => intent::of_prompt(prompt, deeds),
        None if has_text => None,
        None => intent::of_deeds(deeds),
    };
    let intent = verdict.map_or(by_rules, |verdict| verdict.intent);
    let mut checks: Option<PromptChecks> = None;
    for draft in drafts.iter_mut().filter(|draft| draft.turn.pes.is_some()) {
        let text = draft.text.as_deref().unwrap_or_default();
        let found = checks::of_prompt(text, intent, draft.turn.is_plan_mode);
        draft.turn.checks = Some(found);
        checks = Some(checks.map_or(found, |all| all.or(&found)));
    }
    let judged = verdict.map(|verdict| verdict.checks).filter(|checks| checks.applicable() > 0);
    let (is_goal_complete, goal_confidence) = match intent {
        None => (false, 0.0),
        Some(intent) => {
            let sure = verdict.filter(|verdict| verdict.confidence >= intent.threshold());
            let evidence = of_ending(intent, &ending(of, drafts));
            sure.map_or((evidence >= intent.threshold(), evidence), |verdict| {
                (verdict.is_goal_complete, verdict.confidence)
            })
        }
    };
    let graded = || drafts.iter().filter_map(|draft| draft.turn.pes.as_ref());
    Rubric {
        is_substantial: turn_count >= SUBSTANTIAL_TURNS
            || of.lines.net() >= SUBSTANTIAL_LINES
            || deeds.mutating_calls > 0,
        intent,
        is_goal_complete,
        goal_confidence,
        rework_by: None,
        judge_status,
        checks: judged.or(checks),
        pes: PromptEfficiency::mean(graded()),
        graded_prompts: u64::try_from(graded().count()).unwrap_or(u64::MAX),
    }
}

fn ending<'a>(of: &OfArc<'_>, drafts: &'a [Draft]) -> Ending<'a> {
    let prompts = || drafts.iter().filter(|draft| draft.is_prompt());
    let last = prompts().next_back();
    let is_clean = |draft: &Draft| draft.last_answer_at.is_some() && draft.last_failure_at < draft.last_answer_at;
    let last_edit = drafts.iter().filter_map(|draft| draft.last_edit_at).max();
    let last_proof = drafts.iter().filter_map(|draft| draft.last_proof_at).max();
    Ending {
        has_clean_answer: last.is_some_and(is_clean),
        answer_length: prompts().filter_map(|draft| draft.turn.answer_length).max(),
        prompts: prompts().filter_map(|draft| draft.text.as_deref()).collect(),
        has_recent_correction: prompts().rev().take(2).any(|draft| draft.turn.is_correction),
        is_proven: of.commits > 0 || last_proof.is_some() && last_proof >= last_edit,
    }
}
