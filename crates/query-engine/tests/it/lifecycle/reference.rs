//! Lifecycles by their definition, with no thought of speed.

use std::collections::BTreeSet;

use query_engine::plan::lifecycle::{LifecycleOutput, LifecycleStates};
use query_engine::plan::sequence::Actor;

use crate::world::{Fact, World};

/// What `plan` gives over `world`.
pub(super) fn evaluate(plan: &LifecycleStates, world: &World) -> LifecycleOutput {
    let n_intervals = plan.edges_us.len() - 1;
    let within = |interval: usize, at_us: i64| plan.edges_us[interval] <= at_us && at_us < plan.edges_us[interval + 1];
    let of = |who: &str| -> Vec<&Fact> {
        world.facts.iter().filter(|fact| world.actor(&plan.actor, fact).is_some_and(|name| name == who)).collect()
    };
    let was_active = |facts: &[&Fact], interval: usize| {
        facts.iter().any(|fact| {
            within(interval, fact.timestamp_us)
                && plan.events.contains(&fact.event)
                && world.satisfies(&plan.predicate, fact)
        })
    };
    let zeros = || vec![0; n_intervals - 1];
    let mut output = LifecycleOutput { new: zeros(), returning: zeros(), resurrecting: zeros(), dormant: zeros() };
    let everybody: BTreeSet<String> = world.facts.iter().filter_map(|fact| world.actor(&plan.actor, fact)).collect();
    for who in everybody {
        let facts = of(&who);
        let first_us = match &plan.actor {
            Actor::Person => world.created_at_us(facts[0].person),
            Actor::Value(_) => facts.iter().map(|fact| fact.timestamp_us).min().unwrap(),
        };
        for interval in 1..n_intervals {
            let was_before = was_active(&facts, interval - 1);
            let is_first = !(0..interval).any(|earlier| was_active(&facts, earlier));
            let states = match (was_active(&facts, interval), was_before) {
                (true, false) if is_first && within(interval, first_us) => &mut output.new,
                (true, true) => &mut output.returning,
                (true, false) => &mut output.resurrecting,
                (false, true) => &mut output.dormant,
                (false, false) => continue,
            };
            states[interval - 1] += 1;
        }
    }
    output
}
