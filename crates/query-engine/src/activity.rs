//! In which intervals each actor did something: what stickiness and lifecycles are counted of.

use std::sync::Arc;

use crate::bucket_index::BucketIndex;
use crate::columns::DistinctValues;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::merge::PersonRows;
use crate::merge::persons::each_person;
use crate::predicate::{Predicate, RowFilter, RowMask};
use crate::scan::{EventSet, Run, Scan};

/// An interval in which an actor did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActiveInterval {
    /// Its index.
    pub(crate) index: u32,
    /// How many events of the actor it has; at least one.
    pub(crate) n_events: u32,
}

/// Who is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActorName<'a> {
    /// The person of that number.
    Person(u32),
    /// Whoever has that text in the fields of [`crate::plan::sequence::Actor::Value`].
    Value(&'a Arc<str>),
}

/// The events of a scan that count as doing something.
#[derive(Debug)]
pub(crate) struct Activity<'a> {
    runs: Vec<&'a Run>,
    /// The rows of each run that count; of each run some do, as far as the predicate is concerned.
    masks: Vec<RowMask>,
    intervals: &'a BucketIndex,
    layout: &'a ScanLayout,
    scan: &'a Scan,
    control: &'a QueryControl,
    _memory: HeldMemory,
}

impl<'a> Activity<'a> {
    /// The events named in `events` that satisfy `predicate` and are in one of `intervals`.
    pub(crate) fn new(
        events: &EventSet,
        predicate: &Predicate,
        intervals: &'a BucketIndex,
        (layout, scan): (&'a ScanLayout, &'a Scan),
        control: &'a QueryControl,
    ) -> Result<Self, QueryError> {
        let mut memory = HeldMemory::new(control);
        let mut filter = RowFilter::new(predicate, layout, scan);
        let (mut runs, mut masks) = (Vec::new(), Vec::new());
        for run in scan.runs.iter().filter(|run| events.contains(&run.event)) {
            control.check()?;
            let mask = filter.mask(run, control)?;
            if let RowMask::Some(rows) = &mask {
                memory.grow::<bool>(rows.len())?;
            }
            if mask != RowMask::None {
                runs.push(run);
                masks.push(mask);
            }
        }
        Ok(Self { runs, masks, intervals, layout, scan, control, _memory: memory })
    }

    /// Calls `visit` for each person with any of the events, in ascending order, with the person's intervals, ascending too.
    pub(crate) fn each_person(&self, mut visit: impl FnMut(u32, &[ActiveInterval])) -> Result<(), QueryError> {
        let persons: Vec<&[u32]> = self.runs.iter().map(|run| &*run.persons).collect();
        let mut active = Vec::new();
        each_person(&persons, self.control, |person, found| {
            active.clear();
            for PersonRows { run, rows } in found {
                let timestamps = &self.runs[*run].timestamps[rows.clone()];
                match &self.masks[*run] {
                    RowMask::Some(mask) => {
                        let counting = timestamps.iter().zip(&mask[rows.clone()]).filter(|(_, counts)| **counts);
                        self.append(counting.map(|(at_us, _)| *at_us), &mut active);
                    }
                    RowMask::All | RowMask::None => self.append(timestamps.iter().copied(), &mut active),
                }
            }
            if found.len() > 1 {
                unite(&mut active);
            }
            if !active.is_empty() {
                visit(person, &active);
            }
        })
    }

    /// Calls `visit` with each value that any of the events has and its intervals, ascending. An event's value is that of the first of
    /// `fields` that has one which is not empty; events without one don't count.
    pub(crate) fn each_value(
        &self,
        fields: &[Field],
        mut visit: impl FnMut(&Arc<str>, &[ActiveInterval]),
    ) -> Result<(), QueryError> {
        let values = DistinctValues::new(&self.runs, fields, (self.layout, self.scan), self.control)?;
        let mut memory = HeldMemory::new(self.control);
        // the value of each event and its interval
        let mut events: Vec<(u32, u32)> = Vec::new();
        for (number, (run, mask)) in self.runs.iter().zip(&self.masks).enumerate() {
            memory.grow::<(u32, u32)>(run.len())?;
            events.reserve(run.len());
            for (row, &at_us) in run.timestamps.iter().enumerate() {
                if row % ROWS_A_CHECK == 0 {
                    self.control.check()?;
                }
                if mask.contains(row)
                    && let Some(interval) = self.intervals.find(at_us)
                    && let Some(value) = values.of_row(number, row, &run.persons)
                {
                    events.push((value, index_of(interval)));
                }
            }
        }
        self.control.check()?;
        events.sort_unstable();
        let mut active = Vec::new();
        for (number, of_value) in events.chunk_by(|(value, _), (other, _)| value == other).enumerate() {
            if number % ROWS_A_CHECK == 0 {
                self.control.check()?;
            }
            active.clear();
            active.extend(of_value.iter().map(|&(_, index)| ActiveInterval { index, n_events: 1 }));
            unite(&mut active);
            visit(&values.text(of_value[0].0), &active);
        }
        Ok(())
    }

    /// Appends the intervals of instants that ascend.
    fn append(&self, instants: impl Iterator<Item = i64>, active: &mut Vec<ActiveInterval>) {
        // most often an event is in the same interval as the one before it
        let (mut from_us, mut until_us) = (i64::MAX, i64::MIN);
        for at_us in instants {
            if from_us <= at_us && at_us < until_us {
                if let Some(last) = active.last_mut() {
                    last.n_events += 1;
                }
            } else if let Some(interval) = self.intervals.find(at_us) {
                (from_us, until_us) = self.intervals.bounds(interval);
                active.push(ActiveInterval { index: index_of(interval), n_events: 1 });
            }
        }
    }
}

/// Sorts the intervals and makes one of those that are the same.
fn unite(active: &mut Vec<ActiveInterval>) {
    if !active.is_sorted_by_key(|interval| interval.index) {
        active.sort_unstable_by_key(|interval| interval.index);
    }
    active.dedup_by(|later, earlier| {
        let is_same = later.index == earlier.index;
        if is_same {
            earlier.n_events += later.n_events;
        }
        is_same
    });
}

fn index_of(interval: usize) -> u32 {
    u32::try_from(interval).expect("a plan has fewer than 2^32 buckets")
}
