//! What each event of a run can be in a sequence: the predicates of its steps and exclusions, made into bits.

use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::sequence::{Occurrence, SequenceMatch, SequenceStep};
use crate::predicate::{Predicate, RowFilter, RowMask};
use crate::scan::{EventSet, Scan};

/// The steps that an event can be, and the steps after which it stops a run, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    pub(super) steps: u32,
    pub(super) excludes: u32,
}

impl Bits {
    fn or(self, other: Self) -> Self {
        Self { steps: self.steps | other.steps, excludes: self.excludes | other.excludes }
    }

    /// Whether the event is nothing in the sequence.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// The bits of the rows of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunBits {
    /// The rows that are seen at all.
    seen: RowMask,
    /// Bits of every row.
    everywhere: Bits,
    /// Bits of single rows besides; empty where there are none.
    rows: Vec<Bits>,
    /// All bits that any row has.
    anywhere: Bits,
}

impl RunBits {
    fn new(seen: RowMask) -> Self {
        Self { seen, everywhere: Bits::default(), rows: Vec::new(), anywhere: Bits::default() }
    }

    /// The bits of every row, where they are all the same and every row is seen.
    pub(super) fn of_every_row(&self) -> Option<Bits> {
        (self.rows.is_empty() && self.seen == RowMask::All && !self.everywhere.is_empty()).then_some(self.everywhere)
    }

    /// The bits of a row; `None` for one that is not seen.
    pub(super) fn of_row(&self, row: usize) -> Option<Bits> {
        let bits = self.rows.get(row).map_or(self.everywhere, |bits| bits.or(self.everywhere));
        self.seen.contains(row).then_some(bits)
    }

    /// All bits that any row has.
    pub(super) fn anywhere(&self) -> Bits {
        self.anywhere
    }

    /// Gives `bits` to the rows of `mask`.
    fn add(&mut self, mask: &RowMask, bits: Bits, memory: &mut HeldMemory) -> Result<(), QueryError> {
        match mask {
            RowMask::None => return Ok(()),
            RowMask::All => self.everywhere = self.everywhere.or(bits),
            RowMask::Some(passes) => {
                if self.rows.is_empty() {
                    memory.grow::<Bits>(passes.len())?;
                    self.rows = vec![Bits::default(); passes.len()];
                }
                for (row, passes) in self.rows.iter_mut().zip(passes) {
                    if *passes {
                        *row = row.or(bits);
                    }
                }
            }
        }
        self.anywhere = self.anywhere.or(bits);
        Ok(())
    }
}

/// The bits of every run of `scan`, which was made for the request of `layout`.
pub(super) fn bits(
    plan: &SequenceMatch,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    memory: &mut HeldMemory,
) -> Result<Vec<RunBits>, QueryError> {
    let seen = masks(&EventSet::All, &plan.predicate, (layout, scan), control, memory)?;
    let mut runs: Vec<RunBits> = seen.into_iter().map(RunBits::new).collect();
    for (index, step) in plan.steps.iter().enumerate() {
        let mut mask_memory = HeldMemory::new(control);
        let mut masks = masks(&step.events, &step.predicate, (layout, scan), control, &mut mask_memory)?;
        if step.occurrence != Occurrence::Any {
            keep_first(step, &mut masks, (&runs, scan), control, &mut mask_memory)?;
        }
        for (run, mask) in runs.iter_mut().zip(&masks) {
            run.add(mask, Bits { steps: 1 << index, excludes: 0 }, memory)?;
        }
    }
    for exclusion in &plan.exclusions {
        let mut mask_memory = HeldMemory::new(control);
        let masks = masks(&exclusion.events, &exclusion.predicate, (layout, scan), control, &mut mask_memory)?;
        let excludes = (exclusion.from_step..exclusion.to_step).fold(0, |bits, step| bits | 1 << step);
        for (run, mask) in runs.iter_mut().zip(&masks) {
            run.add(mask, Bits { steps: 0, excludes }, memory)?;
        }
    }
    Ok(runs)
}

/// Which rows of each run are events of `events` that satisfy `predicate`.
fn masks(
    events: &EventSet,
    predicate: &Predicate,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    memory: &mut HeldMemory,
) -> Result<Vec<RowMask>, QueryError> {
    let mut filter = RowFilter::new(predicate, layout, scan);
    let mut masks = Vec::with_capacity(scan.runs.len());
    for run in &scan.runs {
        control.check()?;
        let mask = if events.contains(&run.event) { filter.mask(run, control)? } else { RowMask::None };
        if let RowMask::Some(rows) = &mask {
            memory.grow::<bool>(rows.len())?;
        }
        masks.push(mask);
    }
    Ok(masks)
}

/// Keeps the rows at the instant of the person's first event.
fn keep_first(
    step: &SequenceStep,
    masks: &mut [RowMask],
    (bits, scan): (&[RunBits], &Scan),
    control: &QueryControl,
    memory: &mut HeldMemory,
) -> Result<(), QueryError> {
    memory.grow::<i64>(scan.persons.n_numbers)?;
    let mut first_us = vec![i64::MAX; scan.persons.n_numbers];
    for ((run, mask), bits) in scan.runs.iter().zip(&*masks).zip(bits) {
        control.check()?;
        let counts = |row| match step.occurrence {
            Occurrence::FirstMatchingEvent => mask.contains(row) && bits.seen.contains(row),
            Occurrence::FirstEvent | Occurrence::Any => step.events.contains(&run.event),
        };
        for (row, (&person, &at_us)) in run.persons.iter().zip(run.timestamps.iter()).enumerate() {
            let first_us = &mut first_us[person as usize];
            if at_us < *first_us && counts(row) {
                *first_us = at_us;
            }
        }
    }
    for (run, mask) in scan.runs.iter().zip(masks) {
        control.check()?;
        if *mask == RowMask::None {
            continue;
        }
        memory.grow::<bool>(run.len())?;
        let rows = run.persons.iter().zip(run.timestamps.iter());
        let is_first = rows.map(|(&person, &at_us)| first_us[person as usize] == at_us).collect();
        *mask = std::mem::replace(mask, RowMask::None).and(RowMask::Some(is_first));
    }
    Ok(())
}
