//! What each event of a run can be in retention: the plan's predicates, made into bits.

use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::retention::{RetentionMatrix, StartOccurrence};
use crate::predicate::{Predicate, RowFilter, RowMask};
use crate::scan::{EventSet, Scan};

/// What an event can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles(u8);

impl Roles {
    /// One with which the actor begins.
    pub(super) const START: Self = Self(1);
    /// One with which the actor comes back.
    pub(super) const RETURN: Self = Self(2);
    /// One of those whose first is to be a start event.
    pub(super) const FIRST: Self = Self(4);

    /// Whether it is nothing at all.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it can be one of `others`.
    pub(super) fn has(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// What is in both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in one of them.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The roles of the rows of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunRoles {
    /// Every row has these.
    Same(Roles),
    /// Each row has its own.
    Each {
        /// By row.
        rows: Vec<Roles>,
        /// All that any row has.
        anywhere: Roles,
    },
}

impl RunRoles {
    /// The roles of a row.
    pub(super) fn of_row(&self, row: usize) -> Roles {
        match self {
            Self::Same(roles) => *roles,
            Self::Each { rows, .. } => rows[row],
        }
    }

    /// All that any row has.
    pub(super) fn anywhere(&self) -> Roles {
        match self {
            Self::Same(roles) => *roles,
            Self::Each { anywhere, .. } => *anywhere,
        }
    }

    fn of_masks(masks: &[(Roles, RowMask)], n_rows: usize, memory: &mut HeldMemory) -> Result<Self, QueryError> {
        let everywhere = masks.iter().filter(|(_, mask)| *mask == RowMask::All);
        let everywhere = everywhere.fold(Roles::default(), |all, (roles, _)| all.or(*roles));
        let mut anywhere = everywhere;
        let mut rows = Vec::new();
        for (roles, mask) in masks {
            let RowMask::Some(passes) = mask else { continue };
            if rows.is_empty() {
                memory.grow::<Roles>(n_rows)?;
                rows = vec![everywhere; n_rows];
            }
            rows.iter_mut().zip(passes).filter(|(_, passes)| **passes).for_each(|(row, _)| *row = row.or(*roles));
            anywhere = anywhere.or(*roles);
        }
        Ok(if rows.is_empty() { Self::Same(everywhere) } else { Self::Each { rows, anywhere } })
    }
}

/// The roles of every run of `scan`, which was made for the request of `layout`.
pub(super) fn of_runs(
    plan: &RetentionMatrix,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    memory: &mut HeldMemory,
) -> Result<Vec<RunRoles>, QueryError> {
    let filter = |predicate| RowFilter::new(predicate, layout, scan);
    let mut seen = filter(&plan.predicate);
    let mut wanted: Vec<(Roles, &EventSet, RowFilter<'_>)> = vec![
        (Roles::START, &plan.start.events, filter(&plan.start.predicate)),
        (Roles::RETURN, &plan.returning.events, filter(&plan.returning.predicate)),
    ];
    if let StartOccurrence::FirstOf(first) = &plan.occurrence {
        wanted.push((Roles::FIRST, &first.events, filter(&first.predicate)));
    }
    let mut by_run = Vec::with_capacity(scan.runs.len());
    for run in &scan.runs {
        control.check()?;
        // three masks and that of what is seen, until they are made into bits
        let mut mask_memory = HeldMemory::new(control);
        mask_memory.grow::<[bool; 4]>(run.len())?;
        let seen = seen.mask(run, control)?;
        let mut masks = Vec::with_capacity(wanted.len());
        for (roles, events, filter) in &mut wanted {
            if events.contains(&run.event) {
                masks.push((*roles, seen.clone().and(filter.mask(run, control)?)));
            }
        }
        by_run.push(RunRoles::of_masks(&masks, run.len(), memory)?);
    }
    Ok(by_run)
}

/// What `plan` reads of events, added to `layout`.
pub(super) fn need(plan: &RetentionMatrix, layout: &mut ScanLayout) {
    let of_first = match &plan.occurrence {
        StartOccurrence::FirstOf(first) => Some(&first.predicate),
        StartOccurrence::Each | StartOccurrence::First => None,
    };
    let predicates: [Option<&Predicate>; 4] =
        [Some(&plan.predicate), Some(&plan.start.predicate), Some(&plan.returning.predicate), of_first];
    predicates.into_iter().flatten().for_each(|predicate| predicate.need(layout));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(masks: &[(Roles, RowMask)], expected: &RunRoles) {
        let mut memory = HeldMemory::new(&QueryControl::unlimited());
        assert_eq!(&RunRoles::of_masks(masks, 2, &mut memory).unwrap(), expected);
    }

    #[test]
    fn rows_are_told_apart_only_where_they_differ() {
        let both = Roles::START.or(Roles::RETURN);
        check(&[], &RunRoles::Same(Roles::default()));
        check(&[(Roles::START, RowMask::All), (Roles::RETURN, RowMask::None)], &RunRoles::Same(Roles::START));
        check(&[(Roles::START, RowMask::All), (Roles::RETURN, RowMask::All)], &RunRoles::Same(both));
        check(
            &[(Roles::START, RowMask::All), (Roles::RETURN, RowMask::Some(vec![true, false]))],
            &RunRoles::Each { rows: vec![both, Roles::START], anywhere: both },
        );
    }
}
