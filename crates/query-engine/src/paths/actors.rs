//! Brings together what each person visits, in order of time.

use rustc_hash::FxHashMap;

use super::items::{Items, RunItems, UNSEEN};
use super::kernel::Visit;
use crate::control::QueryControl;
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

/// Which time is looked at.
#[derive(Debug)]
pub(super) enum Windows {
    /// All of everybody's.
    All,
    /// That of these persons, by number.
    OfPersons(FxHashMap<u32, Window>),
    /// That of other actors than persons, event by event.
    OfValues {
        /// The texts that name an event's actor, for each run.
        actors: Vec<RunTexts>,
        /// By the number of the actor's text.
        windows: FxHashMap<u32, Window>,
    },
}

const ALWAYS: Window = Window { from_us: i64::MIN, to_us: i64::MAX };

impl Windows {
    /// The time of events of `person` that is looked at, as far as it is the same for all of them; `None` where there is none.
    fn of_person(&self, person: u32) -> Option<Window> {
        match self {
            Self::All | Self::OfValues { .. } => Some(ALWAYS),
            Self::OfPersons(windows) => windows.get(&person).copied(),
        }
    }

    /// The time within `of_person` in which the event in a row of the run of that number must lie; `None` where it is not looked at.
    fn of_row(&self, of_person: Window, run: usize, row: usize, person: u32) -> Option<Window> {
        match self {
            Self::All | Self::OfPersons(_) => Some(of_person),
            Self::OfValues { actors, windows } => windows.get(&actors[run].first_of_row(row, person)?).copied(),
        }
    }
}

impl VisitsOfRun<'_> {
    fn of_row(&self, row: usize, window: Window) -> Option<Visit> {
        let at_us = self.run.timestamps[row];
        let item = self.items.of_row(row, self.run.persons[row]);
        let is_seen = item != UNSEEN && self.seen.contains(row) && window.from_us <= at_us && at_us <= window.to_us;
        is_seen.then_some(Visit { at_us, item })
    }
}

/// Calls `on_person` with the visits of each person.
pub(super) fn for_each_person(
    runs: &[VisitsOfRun<'_>],
    windows: &Windows,
    items: &Items,
    control: &QueryControl,
    mut on_person: impl FnMut(&[Visit]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let persons: Vec<&[u32]> = runs.iter().map(|of_run| &*of_run.run.persons).collect();
    let (mut visits, mut ends, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    try_each_person(&persons, control, |person, found| {
        let Some(of_person) = windows.of_person(person) else { return Ok(()) };
        visits.clear();
        ends.clear();
        for of_run in found {
            let number = of_run.run;
            let visit = |row| runs[number].of_row(row, windows.of_row(of_person, number, row, person)?);
            visits.extend(of_run.rows.clone().filter_map(visit));
            ends.push(visits.len());
        }
        merge_parts(&mut visits, &mut ends, &mut scratch, |visit: &Visit| visit.at_us);
        order_ties(&mut visits, items);
        on_person(&visits)
    })
}

/// Puts visits of one instant in the order of their items' texts: in which run an event lies must not matter.
fn order_ties(visits: &mut [Visit], items: &Items) {
    for at_once in visits.chunk_by_mut(|visit, other| visit.at_us == other.at_us) {
        if at_once.len() > 1 {
            at_once.sort_unstable_by(|visit, other| items.text(visit.item).cmp(items.text(other.item)));
        }
    }
}
