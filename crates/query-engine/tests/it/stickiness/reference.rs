//! Stickiness by its definition, with no thought of speed.

use std::collections::BTreeMap;

use query_engine::plan::stickiness::{ActiveIntervals, ActivitySeries, StickinessOutput};

use crate::world::World;

/// What `plan` gives over `world`.
pub(super) fn evaluate(plan: &ActiveIntervals, world: &World) -> StickinessOutput {
    StickinessOutput { series: plan.series.iter().map(|series| n_actors(plan, series, world)).collect() }
}

fn n_actors(plan: &ActiveIntervals, series: &ActivitySeries, world: &World) -> Vec<u64> {
    let n_intervals = plan.edges_us.len() - 1;
    let mut n_events: BTreeMap<(String, usize), u32> = BTreeMap::new();
    for fact in &world.facts {
        let counts = series.events.contains(&fact.event)
            && (plan.from_us..plan.until_us).contains(&fact.timestamp_us)
            && world.satisfies(&series.predicate, fact);
        let interval = (0..n_intervals).find(|&interval| {
            plan.edges_us[interval] <= fact.timestamp_us && fact.timestamp_us < plan.edges_us[interval + 1]
        });
        if let (true, Some(interval), Some(actor)) = (counts, interval, world.actor(&series.actor, fact)) {
            *n_events.entry((actor, interval)).or_default() += 1;
        }
    }
    let mut n_active: BTreeMap<String, usize> = BTreeMap::new();
    for ((actor, _), n_events) in n_events {
        if plan.n_events.contains(&n_events) {
            *n_active.entry(actor).or_default() += 1;
        }
    }
    (1..=n_intervals).map(|n| n_active.values().filter(|&&active| active == n).count() as u64).collect()
}
