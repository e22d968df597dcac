//! Finds out who is in a cohort, of scans that are made along with that of the events.

use std::collections::BTreeMap;
use std::sync::Arc;

use insights_core::ids::ProjectId;

use super::behaviour::{ASKED_FOR, Behaviour, Judge, SECOND};
use super::{Cohort, Members};
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::funnels::kernel::Mark;
use crate::merge::{PersonWalk, merge_parts};
use crate::predicate::{Predicate, RowFilter, RowMask};
use crate::scan::{Column, EventSet, Identities, Run, Scan, ScanSource};
use crate::value::PropertyValue;

/// How many rows are looked at between two looks at the control.
const ROWS_A_CHECK: usize = 16_384;

/// Code of `true` in the column of a cohort.
const IN: u32 = 1;

/// Code of `false`.
const OUT: u32 = 2;

/// Who is in the cohorts that have been evaluated, by id: `true` or `false` for each person number.
pub(crate) type Known = BTreeMap<i64, Column>;

/// `cohorts` and all that they ask for, each once and after those that it asks for.
pub(crate) fn in_order<'a>(cohorts: impl IntoIterator<Item = &'a Arc<Cohort>>) -> Vec<&'a Arc<Cohort>> {
    fn add<'a>(cohort: &'a Arc<Cohort>, ordered: &mut Vec<&'a Arc<Cohort>>) {
        if ordered.contains(&cohort) {
            return;
        }
        cohort.members.cohorts(&mut |asked_for| add(asked_for, ordered));
        ordered.push(cohort);
    }
    let mut ordered = Vec::new();
    cohorts.into_iter().for_each(|cohort| add(cohort, &mut ordered));
    ordered
}

/// How it is found out who is in a cohort.
#[derive(Debug)]
pub(crate) struct Evaluation<'a> {
    cohort: &'a Cohort,
    /// Of the persons, without any event.
    persons: ScanLayout,
    /// Of the events of each [`Members::Did`], in the order of a walk through the members.
    behaviours: Vec<ScanLayout>,
}

impl<'a> Evaluation<'a> {
    /// Of `cohort` of `project`.
    pub(crate) fn new(cohort: &'a Cohort, project: ProjectId) -> Self {
        let mut persons = ScanLayout::new(project, EventSet::Named(Default::default()), None, None);
        let mut behaviours = Vec::new();
        need(&cohort.members, project, &mut persons, &mut behaviours);
        Self { cohort, persons, behaviours }
    }

    /// What has to be scanned for it: one scan each.
    pub(crate) fn layouts(&self) -> impl Iterator<Item = &ScanLayout> {
        [&self.persons].into_iter().chain(&self.behaviours)
    }

    /// Who is in it, of the next of `scans`, which were made for [`Self::layouts`]. `known` has the cohorts that it asks for.
    pub(crate) fn members(
        &self,
        scans: &mut impl Iterator<Item = Scan>,
        known: &Known,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Column, QueryError> {
        let mut complete = |layout: &ScanLayout| {
            let mut scan = scans.next().expect("there is one scan for each layout");
            layout.complete(&mut scan, known, source, control)?;
            Ok(scan)
        };
        let persons = complete(&self.persons)?;
        let behaviours = self.behaviours.iter().map(|layout| Ok((layout, complete(layout)?)));
        let behaviours = behaviours.collect::<Result<Vec<_>, QueryError>>()?;
        let mut memory = HeldMemory::new(control);
        let mut finder = Finder {
            layout: &self.persons,
            everybody: everybody(&persons),
            persons: &persons,
            behaviours: behaviours.iter(),
            memory: &mut memory,
            control,
        };
        let is_in = finder.find(&self.cohort.members)?;
        memory.grow::<u32>(is_in.len())?;
        let is_somebody = persons.persons.created_at_us.iter().map(|created_at_us| *created_at_us != i64::MAX);
        let codes = is_in.iter().zip(is_somebody);
        let codes: Vec<u32> = codes.map(|(is_in, is_somebody)| if *is_in && is_somebody { IN } else { OUT }).collect();
        let dictionary = [PropertyValue::Null, PropertyValue::Bool(true), PropertyValue::Bool(false)];
        Ok(Column::new(codes, dictionary))
    }
}

/// Adds what `members` reads to the layouts.
fn need(members: &Members, project: ProjectId, persons: &mut ScanLayout, behaviours: &mut Vec<ScanLayout>) {
    match members {
        Members::All(parts) | Members::Any(parts) => {
            parts.iter().for_each(|part| need(part, project, persons, behaviours));
        }
        Members::Not(inner) => need(inner, project, persons, behaviours),
        Members::Listed(_) => persons.need_identities(),
        Members::Person(predicate) => predicate.need(persons),
        Members::Did(behaviour) => {
            let (events, from_us, until_us) = behaviour.looks_at();
            let mut layout = ScanLayout::new(project, events, from_us, Some(until_us));
            behaviour.predicates().for_each(|predicate| predicate.need(&mut layout));
            behaviours.push(layout);
        }
    }
}

/// A run of one row for each person number: over it, a predicate on persons is one on events.
fn everybody(scan: &Scan) -> Run {
    let n_numbers = u32::try_from(scan.persons.n_numbers).expect("person numbers have 32 bits");
    Run {
        event: "".into(),
        persons: (0..n_numbers).collect::<Vec<_>>().into(),
        timestamps: scan.persons.created_at_us.clone(),
        columns: Vec::new(),
    }
}

/// Walks through the members of a cohort.
struct Finder<'a, 'b> {
    layout: &'a ScanLayout,
    persons: &'a Scan,
    everybody: Run,
    /// What is left of [`Evaluation::behaviours`], with their scans.
    behaviours: std::slice::Iter<'a, (&'a ScanLayout, Scan)>,
    memory: &'b mut HeldMemory,
    control: &'a QueryControl,
}

impl Finder<'_, '_> {
    /// Whether each person number is among `members`.
    fn find(&mut self, members: &Members) -> Result<Vec<bool>, QueryError> {
        self.control.check()?;
        let n_numbers = self.everybody.len();
        self.memory.grow::<bool>(n_numbers)?;
        Ok(match members {
            Members::All(parts) => self.fold(parts, true, |is_in, is_in_part| *is_in &= is_in_part)?,
            Members::Any(parts) => self.fold(parts, false, |is_in, is_in_part| *is_in |= is_in_part)?,
            Members::Not(inner) => {
                let mut is_in = self.find(inner)?;
                is_in.iter_mut().for_each(|is_in| *is_in = !*is_in);
                is_in
            }
            Members::Listed(distinct_ids) => {
                let mut is_in = vec![false; n_numbers];
                let Identities { distinct_ids: known, persons, .. } = &self.persons.identities;
                for (position, (distinct_id, person)) in known.iter().zip(persons.iter()).enumerate() {
                    if position % ROWS_A_CHECK == 0 {
                        self.control.check()?;
                    }
                    if distinct_ids.contains(distinct_id) {
                        is_in[*person as usize] = true;
                    }
                }
                is_in
            }
            Members::Person(predicate) => {
                let mut filter = RowFilter::new(predicate, self.layout, self.persons);
                match filter.mask(&self.everybody, self.control)? {
                    RowMask::All => vec![true; n_numbers],
                    RowMask::None => vec![false; n_numbers],
                    RowMask::Some(rows) => rows,
                }
            }
            Members::Did(behaviour) => {
                let (layout, scan) = self.behaviours.next().expect("there is a scan for each behaviour");
                let mut is_in = vec![false; n_numbers];
                for_each_who_did(behaviour, layout, scan, self.control, |person| is_in[person as usize] = true)?;
                is_in
            }
        })
    }

    fn fold(
        &mut self,
        parts: &[Members],
        start: bool,
        with: impl Fn(&mut bool, bool),
    ) -> Result<Vec<bool>, QueryError> {
        let mut is_in = vec![start; self.everybody.len()];
        for part in parts {
            let of_part = self.find(part)?;
            is_in.iter_mut().zip(of_part).for_each(|(is_in, is_in_part)| with(is_in, is_in_part));
        }
        Ok(is_in)
    }
}

/// Calls `on_person` with everybody who did what `behaviour` asks for.
fn for_each_who_did(
    behaviour: &Behaviour,
    layout: &ScanLayout,
    scan: &Scan,
    control: &QueryControl,
    mut on_person: impl FnMut(u32),
) -> Result<(), QueryError> {
    let mut memory = HeldMemory::new(control);
    let mut asked_for = Step::new((&behaviour.events, &behaviour.predicate), layout, scan);
    let mut second = behaviour.second().map(|second| Step::new(second, layout, scan));
    let mut masks = Vec::with_capacity(scan.runs.len());
    for run in &scan.runs {
        memory.grow::<[bool; 2]>(run.len())?;
        let is_second = second.as_mut().map_or(Ok(RowMask::None), |step| step.mask(run, control))?;
        masks.push((asked_for.mask(run, control)?, is_second));
    }
    let mut judge = Judge::new(&behaviour.criterion);
    let mut walk = PersonWalk::new(scan.runs.iter().map(|run| (&*run.persons, true)));
    let (mut marks, mut ends, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    let mut n_unchecked = 0;
    while let Some((person, found)) = walk.next_person() {
        marks.clear();
        ends.clear();
        for rows in found {
            let (is_asked_for, is_second) = &masks[rows.run];
            n_unchecked += rows.rows.len();
            for row in rows.rows.clone() {
                let asked_for = if is_asked_for.contains(row) { ASKED_FOR } else { 0 };
                let second = if is_second.contains(row) { SECOND } else { 0 };
                let steps = asked_for | second;
                if steps != 0 {
                    marks.push(Mark { at_us: scan.runs[rows.run].timestamps[row], steps, ..Mark::default() });
                }
            }
            ends.push(marks.len());
        }
        merge_parts(&mut marks, &mut ends, &mut scratch, |mark| mark.at_us);
        if !marks.is_empty() && judge.holds(&marks) {
            on_person(person);
        }
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            control.check()?;
        }
    }
    Ok(())
}

/// Which rows are of some events.
struct Step<'a> {
    events: &'a EventSet,
    filter: RowFilter<'a>,
}

impl<'a> Step<'a> {
    fn new((events, predicate): (&'a EventSet, &'a Predicate), layout: &'a ScanLayout, scan: &'a Scan) -> Self {
        Self { events, filter: RowFilter::new(predicate, layout, scan) }
    }

    fn mask(&mut self, run: &Run, control: &QueryControl) -> Result<RowMask, QueryError> {
        if self.events.contains(&run.event) { self.filter.mask(run, control) } else { Ok(RowMask::None) }
    }
}
