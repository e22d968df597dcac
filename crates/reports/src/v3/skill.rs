//! How prompts are written: seven checks in four pillars.

use agent_sessions::rubric::checks::Check;
use agent_sessions::score::{Prompting, prompting};
use chrono::{DateTime, Utc};

use super::model::{CheckRow, CoachingRow, PillarRow, Skill};
use crate::coaching::tip;
use crate::numbers::{rounded, score};
use crate::texts::Texts;
use crate::view::View;

/// Most habits that are recommended.
const MAX_COACHING: usize = 3;

pub(super) fn prompting_of(view: View<'_>, now: DateTime<Utc>) -> Prompting {
    prompting(&view.timeline.settled, &[view.period], view.period.previous(), now)
}

pub(super) fn skill(of: &Prompting) -> Skill {
    let pillars = of.pillars.iter().map(|(pillar, hits)| PillarRow {
        key: pillar.name().to_owned(),
        hit_rate: hits.rate().map(|rate| rounded(rate, 4)),
        applicable: hits.applicable,
    });
    let checks = of.checks.iter().map(|(check, hits)| CheckRow {
        key: check.name().to_owned(),
        hits: hits.hits,
        applicable: hits.applicable,
    });
    Skill {
        apg: of.apg.map(score),
        apg_10: of.apg.map(|apg| score(apg / 10.0)),
        letter_grade: of.letter.map(|letter| letter.name().to_owned()),
        delta_apg: of.delta_apg.map(score),
        worst_pillar: of.worst_pillar.map(|pillar| pillar.name().to_owned()),
        pillars: pillars.collect(),
        checks: checks.collect(),
    }
}

/// Habits for the checks of the weakest pillar that were missed, the most missed first.
pub(super) fn coaching(of: &Prompting, texts: Texts) -> Vec<CoachingRow> {
    let mut missed: Vec<(Check, u64)> = of
        .checks
        .iter()
        .filter(|(check, _)| Some(check.pillar()) == of.worst_pillar)
        .map(|(check, hits)| (*check, hits.applicable.saturating_sub(hits.hits)))
        .filter(|(_, n_missed)| *n_missed > 0)
        .collect();
    missed.sort_by_key(|(_, n_missed)| std::cmp::Reverse(*n_missed));
    let habits = missed.into_iter().take(MAX_COACHING).map(|(check, _)| {
        let tip = tip(check, texts);
        CoachingRow {
            check: check.name().to_owned(),
            tip: tip.tip,
            example_before: tip.example_before,
            example_after: tip.example_after,
        }
    });
    habits.collect()
}
