//! Score, speed and tokens.

use agent_sessions::score::{score, speed, token_use};
use chrono::{DateTime, Utc};

use super::model::{Mix, Score, Speed, TokenUse};
use crate::numbers::{rounded, score as shown};
use crate::period::earlier;
use crate::view::View;

/// Parts of a period that its sparklines have a point for.
pub(super) const SPARKLINE_POINTS: u16 = 4;

pub(super) fn score_of(view: View<'_>) -> Score {
    let all = &view.timeline.settled;
    let of = score(all, &[view.period], &earlier(view.period));
    let before = score(all, &[view.period.previous()], &[]).prism_score;
    Score {
        prism_score: of.prism_score.map(shown),
        letter_grade: of.letter.map(|letter| letter.name().to_owned()),
        personal_tier: of.tier.map(str::to_owned),
        crushed_count: of.tally.crushed,
        total_count: of.tally.total,
        crush_weight: shown(of.crush_weight),
        sparkline: score(all, &view.period.slices(SPARKLINE_POINTS), &[])
            .sparkline
            .into_iter()
            .map(|part| part.map(shown))
            .collect(),
        delta: of.prism_score.zip(before).map(|(own, before)| shown(own - before)),
    }
}

pub(super) fn speed_of(view: View<'_>, now: DateTime<Utc>) -> Speed {
    let all = &view.timeline.settled;
    let previous = view.period.previous();
    let of = speed(all, &[view.period], previous, now);
    Speed {
        cspw: shown(of.cspw),
        delta_cspw: shown(of.delta_cspw),
        ttc_median_seconds: of.ttc_median_seconds.map(shown),
        band: of.band.to_owned(),
        sparkline: speed(all, &view.period.slices(SPARKLINE_POINTS), previous, now)
            .sparkline
            .into_iter()
            .map(shown)
            .collect(),
    }
}

pub(super) fn tokens(view: View<'_>) -> TokenUse {
    let of = token_use(&view.timeline.settled, &[view.period], view.period.previous());
    TokenUse {
        crush_weight_tokens: of.crush_weight_tokens.map(shown),
        tet: of.tet.map(shown),
        tpt: of.tpt.map(shown),
        cost_per_crushed_usd: of.cost_per_crushed_usd.map(|cost| rounded(cost, 6)),
        total_cost_usd: rounded(of.total_cost_usd, 6),
        mix: Mix {
            input: of.mix.input,
            output: of.mix.output,
            cache_read: of.mix.cache_read,
            cache_write: of.mix.cache_creation,
        },
        band: of.band.map(str::to_owned),
    }
}
