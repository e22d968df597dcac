//! Brings together what each actor visits, in order of time.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::items::{Items, RunItems, UNSEEN};
use super::kernel::Visit;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::funnels::values::RunTexts;
use crate::merge::merge_parts;
use crate::merge::persons::try_each_person;
use crate::predicate::RowMask;
use crate::scan::Run;

/// Where visits come from.
#[derive(Debug)]
pub(super) struct VisitsOfRun<'a> {
    pub(super) run: &'a Run,
    pub(super) items: RunItems,
    /// The events that are seen.
    pub(super) seen: RowMask,
}

/// The time of an actor that is looked at, in microseconds since 1970 UTC, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from_us: i64,
    pub(super) to_us: i64,
}

/// The windows of actors by number; `None` for all of everybody's time.
pub(super) type Windows = Option<FxHashMap<u32, Window>>;

const ALWAYS: Window = Window { from_us: i64::MIN, to_us: i64::MAX };

fn window_of(windows: &Windows, actor: u32) -> Option<Window> {
    windows.as_ref().map_or(Some(ALWAYS), |windows| windows.get(&actor).copied())
}

impl VisitsOfRun<'_> {
    fn of_row(&self, row: usize, window: Window) -> Option<Visit> {
        let at_us = self.run.timestamps[row];
        let item = self.items.of_row(row, self.run.persons[row]);
        let is_seen = item != UNSEEN && self.seen.contains(row) && window.from_us <= at_us && at_us <= window.to_us;
        is_seen.then_some(Visit { at_us, item })
    }

    fn of_rows(&self, rows: Range<usize>, window: Window) -> impl Iterator<Item = Visit> {
        rows.filter_map(move |row| self.of_row(row, window))
    }
}

/// Calls `on_actor` with the visits of each person.
pub(super) fn for_each_person(
    runs: &[VisitsOfRun<'_>],
    windows: &Windows,
    items: &Items,
    control: &QueryControl,
    mut on_actor: impl FnMut(&[Visit]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let persons: Vec<&[u32]> = runs.iter().map(|of_run| &*of_run.run.persons).collect();
    let (mut visits, mut ends, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    try_each_person(&persons, control, |person, found| {
        let Some(window) = window_of(windows, person) else { return Ok(()) };
        visits.clear();
        ends.clear();
        for of_run in found {
            visits.extend(runs[of_run.run].of_rows(of_run.rows.clone(), window));
            ends.push(visits.len());
        }
        merge_parts(&mut visits, &mut ends, &mut scratch, |visit: &Visit| visit.at_us);
        order_ties(&mut visits, items);
        on_actor(&visits)
    })
}

/// Calls `on_actor` with the visits of each value of `actors`, which has the texts that name the actor, for each run.
pub(super) fn for_each_value_actor(
    runs: &[VisitsOfRun<'_>],
    actors: &[RunTexts],
    windows: &Windows,
    items: &Items,
    control: &QueryControl,
    mut on_actor: impl FnMut(&[Visit]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut memory = HeldMemory::new(control);
    let mut rows: Vec<(u32, Visit)> = Vec::new();
    for (of_run, actors) in runs.iter().zip(actors) {
        for (row, &person) in of_run.run.persons.iter().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
            }
            let Some(actor) = actors.first_of_row(row, person) else { continue };
            let Some(visit) = window_of(windows, actor).and_then(|window| of_run.of_row(row, window)) else { continue };
            if rows.len() == rows.capacity() {
                // twice, for the copy that is made on the way
                let n_more = rows.len().max(1024);
                memory.grow::<(u32, Visit)>(2 * n_more)?;
                rows.reserve_exact(n_more);
            }
            rows.push((actor, visit));
        }
    }
    rows.sort_by_key(|(actor, visit)| (*actor, visit.at_us));
    let mut visits: Vec<Visit> = Vec::new();
    let mut n_unchecked = 0;
    for of_actor in rows.chunk_by(|(actor, _), (other, _)| actor == other) {
        visits.clear();
        visits.extend(of_actor.iter().map(|(_, visit)| *visit));
        order_ties(&mut visits, items);
        on_actor(&visits)?;
        n_unchecked += visits.len();
        if n_unchecked >= ROWS_A_CHECK {
            n_unchecked = 0;
            control.check()?;
        }
    }
    Ok(())
}

/// Puts visits of one instant in the order of their items' texts: in which run an event lies must not matter.
fn order_ties(visits: &mut [Visit], items: &Items) {
    for at_once in visits.chunk_by_mut(|visit, other| visit.at_us == other.at_us) {
        if at_once.len() > 1 {
            at_once.sort_unstable_by(|visit, other| items.text(visit.item).cmp(items.text(other.item)));
        }
    }
}
