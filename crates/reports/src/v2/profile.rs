//! How good prompts are, and how they could be better.

use agent_sessions::rubric::checks::Check;
use agent_sessions::rubric::grade::Letter;
use agent_sessions::rubric::pes::{Dimension, PromptEfficiency};
use agent_sessions::skill::prompt_efficiency;

use super::model::{DimensionCoaching, DimensionRow, PesSnapshot, Profile, SkillSnapshot, WorstPrompt};
use crate::coaching::tip;
use crate::labels::named;
use crate::numbers::score;
use crate::texts::Texts;
use crate::view::View;

/// Most prompts that are shown as the weakest.
const MAX_WORST: usize = 5;

/// What helps where a dimension is weak.
fn remedies(dimension: Dimension) -> [Check; 2] {
    match dimension {
        Dimension::ContextLeverage => [Check::ReferencesConcrete, Check::PlanFirst],
        Dimension::InformationDensity => [Check::ContextSufficient, Check::ReferencesConcrete],
        Dimension::TurnEconomy => [Check::ScopeBounded, Check::PlanFirst],
        Dimension::AmbiguityCost => [Check::GoalExplicit, Check::VerificationRequested],
    }
}

/// The mean of the graded prompts.
fn average(view: View<'_>) -> Option<PromptEfficiency> {
    prompt_efficiency(view.sub_sessions)
}

pub(super) fn pes_snapshot(view: View<'_>) -> Option<PesSnapshot> {
    let average = average(view)?;
    Some(PesSnapshot {
        cl_avg: score(average.context_leverage),
        id_avg: score(average.information_density),
        te_avg: score(average.turn_economy),
        ac_avg: score(average.ambiguity_cost),
        prompt_count: view.sub_sessions.iter().map(|sub| sub.rubric.graded_prompts).sum(),
    })
}

pub(super) fn profile(view: View<'_>, skill: Option<&SkillSnapshot>, texts: Texts) -> Profile {
    let average = average(view);
    let label = |dimension: Dimension| texts.get(&named("dimension", dimension.key()));
    let dimensions = average.iter().flat_map(|average| {
        Dimension::ALL.map(|dimension| DimensionRow {
            key: dimension.key().to_owned(),
            label: label(dimension),
            score: score(average.dimension(dimension)),
        })
    });
    let coaching = average.iter().map(|average| {
        let weakest = average.weakest();
        DimensionCoaching {
            dimension: weakest.key().to_owned(),
            label: label(weakest),
            coaching: remedies(weakest).map(|check| tip(check, texts)).into(),
        }
    });
    Profile {
        composite_score: average.map(|average| score(average.score())),
        proficiency_level: skill.map(|skill| skill.skill_tier.clone()),
        grade: average.map(|average| Letter::of_ten(average.score()).name().to_owned()),
        dimensions: dimensions.collect(),
        coaching: coaching.collect(),
    }
}

/// The prompts with the lowest scores, of equal ones the newest.
pub(super) fn worst_prompts(view: View<'_>) -> Vec<WorstPrompt> {
    let turns = view.sessions.iter().flat_map(|session| view.turns_of(session).iter().map(move |turn| (session, turn)));
    let mut graded: Vec<_> =
        turns.filter_map(|(session, turn)| Some((session, turn, turn.index?, turn.pes.as_ref()?))).collect();
    graded.sort_by(|(_, a_turn, _, a), (_, b_turn, _, b)| {
        a.score().total_cmp(&b.score()).then_with(|| b_turn.submitted_at.cmp(&a_turn.submitted_at))
    });
    graded.truncate(MAX_WORST);
    let worst = graded.into_iter().map(|(session, turn, index, pes)| WorstPrompt {
        prompt_id: turn.prompt_id.clone(),
        session_id: session.key.session_id.clone(),
        turn_index: index,
        prism_score: score(pes.score()),
        prompt_preview: turn.preview.clone(),
        weakest: pes.weakest().key().to_owned(),
    });
    worst.collect()
}
