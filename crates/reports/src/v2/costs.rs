//! What was spent, what of it for nothing, and what a smaller model would have saved.

use std::collections::BTreeSet;

use agent_sessions::model::Cost;
use agent_sessions::rubric::intent::IntentClass;
use agent_sessions::statistics::real;
use agent_sessions::sub_session::SubSession;
use agent_sessions::turn::Turn;

use super::activity::models_used;
use super::model::{Costs, Rightsizing, WasteAction};
use crate::bloat::bloated_turns;
use crate::numbers::{count, percent, rounded, score};
use crate::prices::Price;
use crate::texts::Texts;
use crate::view::View;

/// Answers shorter than this on average do not need the dearest model.
const SHORT_ANSWER_TOKENS: u64 = 200;

pub(super) fn costs(view: View<'_>, texts: Texts) -> Costs {
    let total = view.cost();
    let waste = Waste::of(view);
    let rightsizing = rightsizing(view, texts);
    let wasted: Cost = [waste.retry_storms, waste.given_up, waste.bloat].into_iter().sum();
    let actions =
        [("waste-retry-storm", waste.retry_storms), ("waste-given-up", waste.given_up), ("waste-context", waste.bloat)];
    let mut waste_actions: Vec<WasteAction> = actions
        .into_iter()
        .filter(|(_, cost)| cost.micros > 0)
        .map(|(id, cost)| WasteAction { action: texts.get(id), wasted_cost_usd: cost.usd() })
        .collect();
    waste_actions.sort_by(|a, b| b.wasted_cost_usd.total_cmp(&a.wasted_cost_usd));
    Costs {
        total_cost_usd: total.usd(),
        wasted_cost_usd: wasted.usd(),
        waste_ratio: score(percent(wasted.micros, total.micros)),
        potential_savings_usd: rounded(rightsizing.iter().map(|action| action.savings_usd).sum(), 6),
        model_rightsizing: rightsizing,
        waste_actions,
    }
}

/// What brought nothing. Each turn counts once, for the first reason that it has.
#[derive(Clone, Copy, Debug, Default)]
struct Waste {
    retry_storms: Cost,
    given_up: Cost,
    bloat: Cost,
}

impl Waste {
    fn of(view: View<'_>) -> Self {
        view.sessions.iter().fold(Self::default(), |sum, session| sum.with(view.turns_of(session)))
    }

    fn with(mut self, turns: &[Turn]) -> Self {
        let mut bloated = bloated_turns(turns).peekable();
        for turn in turns {
            let is_bloated = bloated.next_if(|bloated| std::ptr::eq(*bloated, turn)).is_some();
            let reason = if turn.is_retry_storm {
                &mut self.retry_storms
            } else if turn.retries_exhausted > 0 {
                &mut self.given_up
            } else if is_bloated {
                &mut self.bloat
            } else {
                continue;
            };
            *reason += turn.cost;
        }
        self
    }
}

/// What small sub-sessions on the dearest model would have cost less on the one below it.
fn rightsizing(view: View<'_>, texts: Texts) -> Vec<Rightsizing> {
    let prices = models_used(view.sessions).into_iter().filter_map(|of| Price::of(&of.model));
    let dearest = prices.reduce(|dearest, price| if price.is_dearer_than(dearest) { price } else { dearest });
    let Some((dearest, cheaper)) = dearest.and_then(|dearest| Some((dearest, dearest.cheaper()?))) else {
        return Vec::new();
    };
    let is_small = |of: &&SubSession| {
        matches!(of.rubric.intent, Some(IntentClass::SmallChange | IntentClass::Question))
            && of.turn_count > 0
            && of.tokens.output / of.turn_count < SHORT_ANSWER_TOKENS
            && of.model.as_deref().and_then(Price::of) == Some(dearest)
    };
    let small: Vec<&SubSession> = view.sub_sessions.iter().filter(is_small).collect();
    let savings = small.iter().map(|of| {
        let listed = dearest.cost_micros(of.tokens);
        // What was spent is known; what it would have been is in proportion to the list prices.
        if listed > 0.0 { real(of.cost.micros) * (1.0 - cheaper.cost_micros(of.tokens) / listed) } else { 0.0 }
    });
    let savings_usd = rounded(savings.sum::<f64>() / 1e6, 6);
    if savings_usd <= 0.0 {
        return Vec::new();
    }
    let kinds: BTreeSet<IntentClass> = small.iter().filter_map(|of| of.rubric.intent).collect();
    let kinds: Vec<String> = kinds.into_iter().map(|kind| texts.get(&crate::labels::intent(kind))).collect();
    let goals = texts.counted("count-goals", count(small.len()));
    let args: [(&'static str, crate::texts::Arg<'_>); 4] = [
        ("goals", goals.into()),
        ("kinds", kinds.join(", ").into()),
        ("from", dearest.family.into()),
        ("to", cheaper.family.into()),
    ];
    vec![Rightsizing { action: texts.with("rightsizing-action", &args), savings_usd }]
}
