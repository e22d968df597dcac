//! Runs a [`LifecycleStates`] over the columns that a store lends.

use insights_core::ids::ProjectId;

use crate::activity::{ActiveInterval, Activity};
use crate::bucket_index::BucketIndex;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::lifecycle::{LifecycleOutput, LifecycleState, LifecycleStates};
use crate::scan::{Scan, ScanSource};

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
    let mut layout = ScanLayout::new(project, plan.events.clone(), Some(from_us), Some(until_us));
    plan.predicate.need(&mut layout);
    layout
}

fn bounds(plan: &LifecycleStates) -> (i64, i64) {
    (plan.edges_us[0], plan.edges_us[plan.edges_us.len() - 1])
}

/// Calls `visit` with the number of each person, ascending, and each state that they are in in one of the intervals of the output, which is
/// told by its index. `scan` was made for [`layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn for_each_state(
    plan: &LifecycleStates,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    mut visit: impl FnMut(u32, usize, LifecycleState),
) -> Result<(), QueryError> {
    let (from_us, until_us) = bounds(plan);
    let intervals = BucketIndex::new(plan.edges_us.clone(), from_us, until_us);
    let activity = Activity::new(&plan.events, &plan.predicate, &intervals, (layout, scan), control)?;
    activity.each_person(|person, active| {
        let (from_us, until_us) = intervals.bounds(active[0].index as usize);
        let is_new = (from_us..until_us).contains(&scan.persons.created_at_us[person as usize]);
        // of the first interval it is only known who was active in it
        states(active, is_new, intervals.len(), |interval, state| {
            if interval > 0 {
                visit(person, interval - 1, state);
            }
        });
    })
}

/// Calls `visit` with the states, among `n_intervals`, of a person who was active in some. `is_new` tells whether they were first seen in
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
