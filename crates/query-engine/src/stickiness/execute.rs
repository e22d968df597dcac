//! Runs an [`ActiveIntervals`] over the columns that a store lends.

use insights_core::ids::ProjectId;

use crate::activity::{ActiveInterval, Activity, ActorName};
use crate::bucket_index::BucketIndex;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::sequence::Actor;
use crate::plan::stickiness::{ActiveIntervals, ActivitySeries, StickinessOutput};
use crate::scan::{EventSet, Scan, ScanSource};

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &ActiveIntervals,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<StickinessOutput, QueryError> {
    let layout = layout(plan, project);
    // One scan for all series, so that they see the events of one instant.
    let scan = layout.scan(source, control)?;
    let n_intervals = plan.edges_us.len() - 1;
    let mut memory = HeldMemory::new(control);
    let series = plan.series.iter().map(|series| {
        memory.grow::<u64>(n_intervals)?;
        let mut n_actors = vec![0_u64; n_intervals];
        for_each_active(plan, series, (&layout, &scan), control, |_, n_active| n_actors[n_active - 1] += 1)?;
        Ok(n_actors)
    });
    Ok(StickinessOutput { series: series.collect::<Result<_, QueryError>>()? })
}

/// Calls `visit` with each actor who is active in any interval by `series`, one of `plan`'s, and in how many. `scan` was made for [`layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn for_each_active(
    plan: &ActiveIntervals,
    series: &ActivitySeries,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    mut visit: impl FnMut(ActorName<'_>, usize),
) -> Result<(), QueryError> {
    let intervals = BucketIndex::new(plan.edges_us.clone(), plan.from_us, plan.until_us);
    let activity = Activity::new(&series.events, &series.predicate, &intervals, (layout, scan), control)?;
    let mut count = |who: ActorName<'_>, active: &[ActiveInterval]| {
        let n_active = active.iter().filter(|interval| plan.n_events.contains(&interval.n_events)).count();
        if n_active > 0 {
            visit(who, n_active);
        }
    };
    match &series.actor {
        Actor::Person => activity.each_person(|person, active| count(ActorName::Person(person), active)),
        Actor::Value(fields) => activity.each_value(fields, |text, active| count(ActorName::Value(text), active)),
    }
}

/// What `plan` reads of `project`.
pub(crate) fn layout(plan: &ActiveIntervals, project: ProjectId) -> ScanLayout {
    let events =
        plan.series.iter().map(|series| &series.events).fold(EventSet::Named(Default::default()), EventSet::union);
    let mut layout = ScanLayout::new(project, events, Some(plan.from_us), Some(plan.until_us));
    for series in &plan.series {
        series.predicate.need(&mut layout);
        if let Actor::Value(fields) = &series.actor {
            fields.iter().for_each(|field| layout.need(field));
        }
    }
    layout
}
