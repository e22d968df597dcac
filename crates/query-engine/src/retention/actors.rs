//! Brings together the events of each actor that matter.

use std::ops::Range;

use super::kernel::{BEFORE, Mark};
use super::roles::{Roles, RunRoles};
use crate::bucket_index::BucketIndex;
use crate::columns::Numbers;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::FieldValues;
use crate::funnels::values::RunTexts;
use crate::merge::{PersonRows, PersonWalk};
use crate::scan::Run;
use crate::value::PropertyValue;

/// What there is of the values of a breakdown, for each run.
#[derive(Debug)]
pub(super) enum RunValues {
    /// No breakdown.
    None,
    /// The text of a field.
    Texts(Vec<RunTexts>),
    /// Whether a row's person is in each cohort.
    Cohorts(Vec<Vec<FieldValues>>),
}

/// Where the events of actors come from.
#[derive(Debug)]
pub(super) struct EventsOfActor<'a> {
    pub(super) runs: &'a [Run],
    /// For each run.
    pub(super) roles: &'a [RunRoles],
    pub(super) values: &'a RunValues,
    /// For each run; `None` without a measure.
    pub(super) numbers: Option<&'a [Numbers]>,
    /// Intervals, or units of rolling ones.
    pub(super) intervals: &'a BucketIndex,
    /// The first instant that counts.
    pub(super) from_us: i64,
    /// Whether of several events of one interval, value and roles the earliest says all.
    pub(super) earliest_is_enough: bool,
    pub(super) control: &'a QueryControl,
}

impl EventsOfActor<'_> {
    /// Adds what matters of the rows `rows` of a run, which are of one person, to `marks`.
    fn collect(&self, run: usize, rows: Range<usize>, marks: &mut Vec<Mark>) {
        if let (RunRoles::Same(roles), RunValues::None, true) = (&self.roles[run], self.values, self.earliest_is_enough)
        {
            return self.collect_plain(*roles, &self.runs[run].timestamps[rows], marks);
        }
        let n_before = marks.len();
        for row in rows {
            let Some(mark) = self.mark(run, row) else { continue };
            let mut push = |value| {
                let is_told =
                    |last: &Mark| last.interval == mark.interval && last.roles == mark.roles && last.value == value;
                if !(self.earliest_is_enough && marks[n_before..].last().is_some_and(is_told)) {
                    marks.push(Mark { value, ..mark });
                }
            };
            self.each_value(run, row, &mut push);
        }
    }

    /// The same for rows of equal roles and no value, where only the earliest of each interval matters.
    fn collect_plain(&self, roles: Roles, timestamps: &[i64], marks: &mut Vec<Mark>) {
        let mut done_until_us = i64::MIN;
        for &at_us in timestamps.iter() {
            if at_us < done_until_us {
                continue;
            }
            let Some((mark, until_us)) = self.plain_mark(roles, at_us) else { continue };
            done_until_us = until_us;
            if !mark.roles.is_empty() {
                marks.push(mark);
            }
        }
    }

    /// An event at `at_us` and where its interval ends; `None` for one that comes too late.
    fn plain_mark(&self, roles: Roles, at_us: i64) -> Option<(Mark, i64)> {
        let mark = |interval, roles| Mark { at_us, number: 0.0, interval, value: 0, roles };
        if at_us < self.from_us {
            return Some((mark(BEFORE, roles.and(Roles::START.or(Roles::FIRST))), self.from_us));
        }
        let interval = self.intervals.find(at_us)?;
        let until_us = self.intervals.edges()[interval + 1];
        let interval = u32::try_from(interval).expect("a plan has fewer than 2^32 intervals");
        Some((mark(interval, roles), until_us))
    }

    /// The event of a row, where it matters, without its value.
    fn mark(&self, run: usize, row: usize) -> Option<Mark> {
        let roles = self.roles[run].of_row(row);
        if roles.is_empty() {
            return None;
        }
        let (mark, _) = self.plain_mark(roles, self.runs[run].timestamps[row])?;
        let number = self.numbers.map_or(0.0, |numbers| {
            let number = numbers[run].of_row(row, self.runs[run].persons[row]);
            if number.is_finite() { number } else { 0.0 }
        });
        (!mark.roles.is_empty()).then_some(Mark { number, ..mark })
    }

    /// Calls `on_value` with the number of each value of a row.
    fn each_value(&self, run: usize, row: usize, on_value: &mut impl FnMut(u32)) {
        let person = self.runs[run].persons[row];
        match self.values {
            RunValues::None => on_value(0),
            RunValues::Texts(texts) => texts[run].of_row(row, person).for_each(on_value),
            RunValues::Cohorts(cohorts) => {
                for (number, members) in (0..).zip(&cohorts[run]) {
                    if *members.value(row, person) == PropertyValue::Bool(true) {
                        on_value(number);
                    }
                }
            }
        }
    }
}

/// Calls `on_actor` with the number and the events of each person who may have begun.
pub(super) fn for_each_person(
    events: &EventsOfActor<'_>,
    mut on_actor: impl FnMut(u32, &mut [Mark]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    // the runs that matter
    let runs: Vec<usize> = (0..events.runs.len()).filter(|run| !events.roles[*run].anywhere().is_empty()).collect();
    let leads = |run: usize| events.roles[run].anywhere().has(Roles::START);
    let mut walk = PersonWalk::new(runs.iter().map(|&run| (&*events.runs[run].persons, leads(run))));
    let mut marks = Vec::new();
    let mut memory = Growing::new(events.control);
    let mut n_unchecked = 0;
    while let Some((person, leading)) = walk.next_person() {
        marks.clear();
        let n_leading = leading.len();
        n_unchecked += 1 + n_rows(leading);
        leading.iter().for_each(|found| events.collect(runs[found.run], found.rows.clone(), &mut marks));
        if marks.iter().any(|mark: &Mark| mark.roles.has(Roles::START)) {
            let others = &walk.all_rows(person)[n_leading..];
            n_unchecked += n_rows(others);
            others.iter().for_each(|found| events.collect(runs[found.run], found.rows.clone(), &mut marks));
            memory.hold(marks.capacity())?;
            on_actor(person, &mut marks)?;
        }
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            events.control.check()?;
        }
    }
    Ok(())
}

fn n_rows(found: &[PersonRows]) -> usize {
    found.iter().map(|found| found.rows.len()).sum()
}

/// Calls `on_actor` with the number and the events of each value of `actors`, which has the texts that name the actor, for each run.
pub(super) fn for_each_value_actor(
    events: &EventsOfActor<'_>,
    actors: &[RunTexts],
    mut on_actor: impl FnMut(u32, &mut [Mark]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut memory = Growing::new(events.control);
    let mut rows: Vec<(u32, Mark)> = Vec::new();
    for (run, actors) in actors.iter().enumerate() {
        for (row, &person) in events.runs[run].persons.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                events.control.check()?;
            }
            let Some(actor) = actors.first_of_row(row, person) else { continue };
            let Some(mark) = events.mark(run, row) else { continue };
            if rows.len() == rows.capacity() {
                // twice, for the copy that is made on the way
                memory.hold(4 * rows.len().max(1024))?;
                rows.reserve_exact(rows.len().max(1024));
            }
            events.each_value(run, row, &mut |value| rows.push((actor, Mark { value, ..mark })));
        }
    }
    rows.sort_by_key(|(actor, _)| *actor);
    let mut marks: Vec<Mark> = Vec::new();
    let mut n_unchecked = 0;
    for of_actor in rows.chunk_by(|(actor, _), (other, _)| actor == other) {
        marks.clear();
        marks.extend(of_actor.iter().map(|(_, mark)| *mark));
        on_actor(of_actor[0].0, &mut marks)?;
        n_unchecked += marks.len();
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            events.control.check()?;
        }
    }
    Ok(())
}

/// Accounts for the most marks that are held at once.
#[derive(Debug)]
struct Growing {
    memory: HeldMemory,
    n_held: usize,
}

impl Growing {
    fn new(control: &QueryControl) -> Self {
        Self { memory: HeldMemory::new(control), n_held: 0 }
    }

    fn hold(&mut self, n_marks: usize) -> Result<(), QueryError> {
        if n_marks > self.n_held {
            self.memory.grow::<(u32, Mark)>(n_marks - self.n_held)?;
            self.n_held = n_marks;
        }
        Ok(())
    }
}
