//! Runs a [`LifecycleStates`] over the columns that a store lends.

use insights_core::ids::ProjectId;

use crate::activity::{ActiveInterval, Activity};
use crate::bucket_index::BucketIndex;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::lifecycle::{LifecycleOutput, LifecycleStates};
use crate::scan::ScanSource;

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
    let (from_us, until_us) = (plan.edges_us[0], plan.edges_us[plan.edges_us.len() - 1]);
    let mut layout = ScanLayout::new(project, plan.events.clone(), Some(from_us), Some(until_us));
    plan.predicate.need(&mut layout);
    let scan = layout.scan(source, control)?;
    let intervals = BucketIndex::new(plan.edges_us.clone(), from_us, until_us);
    let activity = Activity::new(&plan.events, &plan.predicate, &intervals, (&layout, &scan), control)?;
    let mut memory = HeldMemory::new(control);
    memory.grow::<[u64; 4]>(intervals.len())?;
    let mut counts = Counts::new(intervals.len());
    activity.each_person(|person, active| {
        let (from_us, until_us) = intervals.bounds(active[0].index as usize);
        counts.add(active, (from_us..until_us).contains(&scan.persons.created_at_us[person as usize]));
    })?;
    Ok(counts.output())
}

/// How many persons are in which state in each interval, the first included.
struct Counts {
    new: Vec<u64>,
    returning: Vec<u64>,
    resurrecting: Vec<u64>,
    dormant: Vec<u64>,
}

impl Counts {
    fn new(n_intervals: usize) -> Self {
        let zeros = || vec![0; n_intervals];
        Self { new: zeros(), returning: zeros(), resurrecting: zeros(), dormant: zeros() }
    }

    /// Adds a person by the intervals in which they were active. `is_new` tells whether they were first seen in the first of these.
    fn add(&mut self, active: &[ActiveInterval], is_new: bool) {
        // the interval after the last one with activity
        let mut next = None;
        for interval in active.iter().map(|interval| interval.index as usize) {
            match next {
                None if is_new => self.new[interval] += 1,
                None => self.resurrecting[interval] += 1,
                Some(next) if next == interval => self.returning[interval] += 1,
                Some(next) => {
                    self.dormant[next] += 1;
                    self.resurrecting[interval] += 1;
                }
            }
            next = Some(interval + 1);
        }
        if let Some(dormant) = next.and_then(|next| self.dormant.get_mut(next)) {
            *dormant += 1;
        }
    }

    /// The numbers of all intervals but the first.
    fn output(mut self) -> LifecycleOutput {
        for states in [&mut self.new, &mut self.returning, &mut self.resurrecting, &mut self.dormant] {
            states.remove(0);
        }
        let Self { new, returning, resurrecting, dormant } = self;
        LifecycleOutput { new, returning, resurrecting, dormant }
    }
}
