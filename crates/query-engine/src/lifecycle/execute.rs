//! Runs a [`LifecycleStates`] over the columns that a store lends.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use insights_core::ids::ProjectId;
use rustc_hash::FxHashMap;

use crate::activity::{ActiveInterval, Activity, ActorName};
use crate::bucket_index::BucketIndex;
use crate::columns::DistinctValues;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::plan::lifecycle::{LifecycleOutput, LifecycleState, LifecycleStates};
use crate::plan::sequence::Actor;
use crate::scan::{EventSet, Run, Scan, ScanSource};

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &LifecycleStates,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<LifecycleOutput, QueryError> {
    let layout = layout(plan, project);
    let scan = layout.scan(source, control)?;
    let n_intervals = plan.edges_us.len() - 2;
    let mut memory = HeldMemory::new(control);
    memory.grow::<[u64; 4]>(n_intervals)?;
    let zeros = || vec![0_u64; n_intervals];
    let mut output = LifecycleOutput { new: zeros(), returning: zeros(), resurrecting: zeros(), dormant: zeros() };
    for_each_state(plan, (&layout, &scan), control, |_, interval, state| {
        let counts = match state {
            LifecycleState::New => &mut output.new,
            LifecycleState::Returning => &mut output.returning,
            LifecycleState::Resurrecting => &mut output.resurrecting,
            LifecycleState::Dormant => &mut output.dormant,
        };
        counts[interval] += 1;
    })?;
    Ok(output)
}

/// What `plan` reads of `project`.
pub(crate) fn layout(plan: &LifecycleStates, project: ProjectId) -> ScanLayout {
    let (from_us, until_us) = bounds(plan);
    let mut layout = match &plan.actor {
        Actor::Person => ScanLayout::new(project, plan.events.clone(), Some(from_us), Some(until_us)),
        // of all time, for when they were first seen
        Actor::Value(fields) => {
            let mut layout = ScanLayout::new(project, EventSet::All, None, Some(until_us));
            fields.iter().for_each(|field| layout.need(field));
            layout
        }
    };
    plan.predicate.need(&mut layout);
    layout
}

fn bounds(plan: &LifecycleStates) -> (i64, i64) {
    (plan.edges_us[0], plan.edges_us[plan.edges_us.len() - 1])
}

/// Calls `visit` with one actor after the other, and each state that they are in in one of the intervals of the output, which is told by its
/// index. `scan` was made for [`layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn for_each_state(
    plan: &LifecycleStates,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    mut visit: impl FnMut(ActorName<'_>, usize, LifecycleState),
) -> Result<(), QueryError> {
    let (from_us, until_us) = bounds(plan);
    let intervals = BucketIndex::new(plan.edges_us.clone(), from_us, until_us);
    let activity = Activity::new(&plan.events, &plan.predicate, &intervals, (layout, scan), control)?;
    let mut add = |who: ActorName<'_>, first_us: i64, active: &[ActiveInterval]| {
        let (from_us, until_us) = intervals.bounds(active[0].index as usize);
        let is_new = (from_us..until_us).contains(&first_us);
        // of the first interval it is only known who was active in it
        states(active, is_new, intervals.len(), |interval, state| {
            if interval > 0 {
                visit(who, interval - 1, state);
            }
        });
    };
    match &plan.actor {
        Actor::Person => activity.each_person(|person, active| {
            add(ActorName::Person(person), scan.persons.created_at_us[person as usize], active);
        }),
        Actor::Value(fields) => {
            let first_us = first_seen(fields, (layout, scan), control)?;
            activity.each_value(fields, |text, active| add(ActorName::Value(text), first_us[text], active))
        }
    }
}

/// The instant of the first event of each value of `fields`, in microseconds since 1970 UTC.
fn first_seen(
    fields: &[Field],
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<FxHashMap<Arc<str>, i64>, QueryError> {
    let runs: Vec<&Run> = scan.runs.iter().collect();
    let values = DistinctValues::new(&runs, fields, (layout, scan), control)?;
    let mut memory = HeldMemory::new(control);
    let mut first_us: FxHashMap<u32, i64> = FxHashMap::default();
    for (number, run) in runs.iter().enumerate() {
        for (row, &at_us) in run.timestamps.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
            }
            let Some(value) = values.of_row(number, row, &run.persons) else { continue };
            match first_us.entry(value) {
                Entry::Occupied(mut first) => *first.get_mut() = at_us.min(*first.get()),
                Entry::Vacant(none) => {
                    memory.grow::<(u32, i64, Arc<str>, i64)>(2)?;
                    none.insert(at_us);
                }
            }
        }
    }
    Ok(first_us.into_iter().map(|(value, at_us)| (values.text(value), at_us)).collect())
}

/// Calls `visit` with the states, among `n_intervals`, of an actor who was active in some. `is_new` tells whether they were first seen in
/// the first of these.
fn states(active: &[ActiveInterval], is_new: bool, n_intervals: usize, mut visit: impl FnMut(usize, LifecycleState)) {
    // the interval after the last one with activity
    let mut next = None;
    for interval in active.iter().map(|interval| interval.index as usize) {
        match next {
            None if is_new => visit(interval, LifecycleState::New),
            None => visit(interval, LifecycleState::Resurrecting),
            Some(next) if next == interval => visit(interval, LifecycleState::Returning),
            Some(next) => {
                visit(next, LifecycleState::Dormant);
                visit(interval, LifecycleState::Resurrecting);
            }
        }
        next = Some(interval + 1);
    }
    if let Some(next) = next.filter(|next| *next < n_intervals) {
        visit(next, LifecycleState::Dormant);
    }
}
