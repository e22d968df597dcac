//! Brings together the events of each actor, in order of time.

use super::kernel::Mark;
use super::marks::RunBits;
use super::values::{EMPTY, RunTexts, Tuples};
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::merge::{PersonRows, PersonWalk, merge_parts};
use crate::plan::sequence::{SequenceMatch, SequenceOrder};
use crate::scan::Run;

/// Where the events of actors come from.
#[derive(Debug)]
pub(super) struct EventsOfActor<'a> {
    pub(super) plan: &'a SequenceMatch,
    pub(super) runs: &'a [Run],
    /// For each run.
    pub(super) bits: &'a [RunBits],
    /// For each run; `None` without a breakdown.
    pub(super) texts: Option<&'a [RunTexts]>,
    pub(super) tuples: Tuples,
    pub(super) control: &'a QueryControl,
}

impl EventsOfActor<'_> {
    /// The steps that can be the first one of an actor.
    fn first_steps(&self) -> u32 {
        if self.plan.order == SequenceOrder::Unordered { u32::MAX } else { 1 }
    }

    /// The event of a row, where it matters.
    fn mark(&mut self, run: usize, row: usize, memory: &mut HeldMemory) -> Result<Option<Mark>, QueryError> {
        let at_us = self.runs[run].timestamps[row];
        if at_us < self.plan.from_us || at_us >= self.plan.until_us {
            return Ok(None);
        }
        let Some(bits) = self.bits[run].of_row(row) else { return Ok(None) };
        if bits.is_empty() && self.plan.order != SequenceOrder::Strict {
            return Ok(None);
        }
        let value = match self.texts {
            None => EMPTY,
            Some(texts) => self.tuples.of_row(&texts[run], row, self.runs[run].persons[row], memory)?,
        };
        Ok(Some(Mark { at_us, steps: bits.steps, excludes: bits.excludes, value, unattributed: 0 }))
    }

    /// Adds the events of some rows.
    fn collect(
        &mut self,
        runs: &[usize],
        found: &[PersonRows],
        collected: &mut Collected,
        memory: &mut HeldMemory,
    ) -> Result<(), QueryError> {
        for PersonRows { run, rows } in found {
            let run = runs[*run];
            match (self.bits[run].of_every_row(), self.texts) {
                (Some(bits), None) => {
                    let timestamps = &self.runs[run].timestamps[rows.clone()];
                    let counting =
                        timestamps.iter().filter(|at_us| (self.plan.from_us..self.plan.until_us).contains(at_us));
                    let mark = |at_us: &i64| Mark {
                        at_us: *at_us,
                        steps: bits.steps,
                        excludes: bits.excludes,
                        value: EMPTY,
                        unattributed: 0,
                    };
                    collected.marks.extend(counting.map(mark));
                }
                _ => {
                    for row in rows.clone() {
                        collected.marks.extend(self.mark(run, row, memory)?);
                    }
                }
            }
            collected.ends.push(collected.marks.len());
        }
        Ok(())
    }
}

/// The events of one person, run after run.
#[derive(Debug, Default)]
struct Collected {
    marks: Vec<Mark>,
    /// Where the events of each run end.
    ends: Vec<usize>,
    scratch: Vec<Mark>,
}

/// Calls `on_actor` with the number and the events of each person who may have taken a step.
pub(super) fn for_each_person(
    events: &mut EventsOfActor<'_>,
    mut on_actor: impl FnMut(u32, &[Mark]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let first_steps = events.first_steps();
    let is_strict = events.plan.order == SequenceOrder::Strict;
    // the runs that matter
    let runs: Vec<usize> =
        (0..events.runs.len()).filter(|run| is_strict || !events.bits[*run].anywhere().is_empty()).collect();
    let leads = |run: usize| events.bits[run].anywhere().steps & first_steps != 0;
    let mut walk = PersonWalk::new(runs.iter().map(|&run| (&*events.runs[run].persons, leads(run))));
    let mut memory = HeldMemory::new(events.control);
    let mut collected = Collected::default();
    let mut rows: Vec<PersonRows> = Vec::new();
    let mut n_unchecked = 0;
    while let Some((person, leading)) = walk.next_person() {
        n_unchecked += 1 + leading.iter().map(|found| found.rows.len()).sum::<usize>();
        collected.marks.clear();
        collected.ends.clear();
        events.collect(&runs, leading, &mut collected, &mut memory)?;
        if collected.marks.iter().any(|mark| mark.steps & first_steps != 0) {
            let n_leading = leading.len();
            let all = walk.all_rows(person);
            if all.len() > n_leading {
                n_unchecked += all[n_leading..].iter().map(|found| found.rows.len()).sum::<usize>();
                // in the order of the runs, whichever of them lead: events of one instant come in it
                rows.clear();
                rows.extend_from_slice(all);
                rows.sort_unstable_by_key(|found| found.run);
                collected.marks.clear();
                collected.ends.clear();
                events.collect(&runs, &rows, &mut collected, &mut memory)?;
            }
            merge_parts(&mut collected.marks, &mut collected.ends, &mut collected.scratch, |mark| mark.at_us);
            on_actor(person, &collected.marks)?;
        }
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            events.control.check()?;
        }
    }
    Ok(())
}

/// Calls `on_actor` with the number of the text and the events of each value of `actors`, which has the texts that name the actor, for
/// each run.
pub(super) fn for_each_value_actor(
    events: &mut EventsOfActor<'_>,
    actors: &[RunTexts],
    mut on_actor: impl FnMut(u32, &[Mark]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut memory = HeldMemory::new(events.control);
    let mut rows: Vec<(u32, Mark)> = Vec::new();
    for (run, actors) in actors.iter().enumerate() {
        let persons = events.runs[run].persons.clone();
        for (row, &person) in persons.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                events.control.check()?;
            }
            let Some(actor) = actors.first_of_row(row, person) else { continue };
            if let Some(mark) = events.mark(run, row, &mut memory)? {
                if rows.len() == rows.capacity() {
                    // twice, for the copy that is made on the way
                    let n_more = rows.len().max(1024);
                    memory.grow::<(u32, Mark)>(2 * n_more)?;
                    rows.reserve_exact(n_more);
                }
                rows.push((actor, mark));
            }
        }
    }
    rows.sort_by_key(|(actor, mark)| (*actor, mark.at_us));
    let mut marks: Vec<Mark> = Vec::new();
    let mut n_unchecked = 0;
    for of_actor in rows.chunk_by(|(actor, _), (other, _)| actor == other) {
        marks.clear();
        marks.extend(of_actor.iter().map(|(_, mark)| *mark));
        on_actor(of_actor[0].0, &marks)?;
        n_unchecked += marks.len();
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            events.control.check()?;
        }
    }
    Ok(())
}
