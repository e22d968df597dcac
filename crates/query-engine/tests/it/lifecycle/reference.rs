//! Lifecycles by their definition, with no thought of speed.

use query_engine::plan::lifecycle::{LifecycleOutput, LifecycleStates};

use crate::world::World;

/// What `plan` gives over `world`.
pub(super) fn evaluate(plan: &LifecycleStates, world: &World) -> LifecycleOutput {
    let n_intervals = plan.edges_us.len() - 1;
    let within = |interval: usize, at_us: i64| plan.edges_us[interval] <= at_us && at_us < plan.edges_us[interval + 1];
    let was_active = |person: u32, interval: usize| {
        world.facts.iter().any(|fact| {
            fact.person == person
                && within(interval, fact.timestamp_us)
                && plan.events.contains(&fact.event)
                && world.satisfies(&plan.predicate, fact)
        })
    };
    let zeros = || vec![0; n_intervals - 1];
    let mut output = LifecycleOutput { new: zeros(), returning: zeros(), resurrecting: zeros(), dormant: zeros() };
    for person in 0..world.persons.len() as u32 {
        for interval in 1..n_intervals {
            let was_before = was_active(person, interval - 1);
            let is_first = !(0..interval).any(|earlier| was_active(person, earlier));
            let states = match (was_active(person, interval), was_before) {
                (true, false) if is_first && within(interval, world.created_at_us(person)) => &mut output.new,
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
