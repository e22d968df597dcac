//! Turns → stretches that follow one goal.

use std::collections::BTreeSet;
use std::ops::Range;

use super::drafts::Draft;
use crate::judge::Judgement;
use crate::rubric::rework::{REJOIN_WITHIN, is_half_of};

/// The stretches of drafts: cut where the context was emptied and where a judge saw another topic begin, joined again where the next one began within
/// ten minutes of the cut with half of its files. None where nothing was asked and nothing done.
pub(super) fn arcs(drafts: &[Draft], judgement: &Judgement) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for next in cut_at_clears(drafts) {
        match joined.last_mut() {
            Some(last) if rejoins(&drafts[last.clone()], &drafts[next.clone()]) => last.end = next.end,
            // A command about the context and nothing else: it closes what was before it.
            Some(last) if !has_work(&drafts[next.clone()]) => last.end = next.end,
            _ => joined.push(next),
        }
    }
    if joined.len() > 1 && !has_work(&drafts[joined[0].clone()]) {
        let first = joined.remove(0);
        joined[0].start = first.start;
    }
    joined.retain(|arc| has_work(&drafts[arc.clone()]));
    joined.into_iter().flat_map(|arc| cut_at_topics(drafts, arc, judgement)).collect()
}

fn cut_at_clears(drafts: &[Draft]) -> Vec<Range<usize>> {
    let mut cut = Vec::new();
    let mut start = 0;
    for (at, draft) in drafts.iter().enumerate() {
        if draft.is_clear {
            cut.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < drafts.len() {
        cut.push(start..drafts.len());
    }
    cut
}

fn has_work(drafts: &[Draft]) -> bool {
    drafts.iter().any(|draft| {
        draft.is_prompt() || draft.turn.index.is_none() && (draft.turn.requests > 0 || !draft.turn.tools.is_empty())
    })
}

fn files(drafts: &[Draft]) -> Vec<String> {
    drafts.iter().flat_map(|draft| draft.turn.files.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn rejoins(before: &[Draft], after: &[Draft]) -> bool {
    let Some(closed_at) = before.last().map(|draft| draft.turn.submitted_at) else { return false };
    let Some(restart) = after.iter().find(|draft| draft.is_prompt()) else { return false };
    let (old, new) = (files(before), files(after));
    restart.turn.submitted_at - closed_at <= REJOIN_WITHIN && (is_half_of(&new, &old) || is_half_of(&old, &new))
}

fn cut_at_topics(drafts: &[Draft], arc: Range<usize>, judgement: &Judgement) -> Vec<Range<usize>> {
    let Judgement::Model(verdict) = judgement else { return vec![arc] };
    let begins = |at: &usize| {
        let index = drafts[*at].turn.index;
        drafts[*at].is_prompt() && verdict.arcs.iter().any(|judged| Some(judged.first_turn) == index)
    };
    let first_prompt = arc.clone().find(|at| drafts[*at].is_prompt());
    let cuts: Vec<usize> = arc.clone().filter(|at| Some(*at) != first_prompt && begins(at)).collect();
    let starts = std::iter::once(arc.start).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(arc.end));
    starts.zip(ends).map(|(start, end)| start..end).collect()
}
