//! Runs an [`ActiveIntervals`] over the columns that a store lends.

use insights_core::ids::ProjectId;

use crate::activity::{ActiveInterval, Activity};
use crate::bucket_index::BucketIndex;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::sequence::Actor;
use crate::plan::stickiness::{ActiveIntervals, StickinessOutput};
use crate::scan::{EventSet, ScanSource};

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
    let intervals = BucketIndex::new(plan.edges_us.clone(), plan.from_us, plan.until_us);
    let mut memory = HeldMemory::new(control);
    let series = plan.series.iter().map(|series| {
        let activity = Activity::new(&series.events, &series.predicate, &intervals, (&layout, &scan), control)?;
        memory.grow::<u64>(intervals.len())?;
        let mut n_actors = vec![0_u64; intervals.len()];
        let mut count = |active: &[ActiveInterval]| {
            let n_active = active.iter().filter(|interval| plan.n_events.contains(&interval.n_events)).count();
            if n_active > 0 {
                n_actors[n_active - 1] += 1;
            }
        };
        match &series.actor {
            Actor::Person => activity.each_person(|_, active| count(active))?,
            Actor::Value(fields) => activity.each_value(fields, count)?,
        }
        Ok(n_actors)
    });
    Ok(StickinessOutput { series: series.collect::<Result<_, QueryError>>()? })
}

fn layout(plan: &ActiveIntervals, project: ProjectId) -> ScanLayout {
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
