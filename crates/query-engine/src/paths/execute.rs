//! Runs a [`PathEdges`] over the columns that a store lends.

use std::sync::Arc;

use insights_core::ids::ProjectId;
use rustc_hash::FxHashMap;

use super::actors::{VisitsOfRun, Window, Windows, for_each_person};
use super::edges::EdgeTally;
use super::items::Items;
use super::kernel::{CutRules, PathCutter, Visit};
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::funnels::execute::{WhoMatched, for_each_best_run, layout as sequence_layout};
use crate::funnels::kernel::Progress;
use crate::funnels::values::Texts;
use crate::plan::paths::{AroundSequence, PathEdges, PathEvents, PathsOutput, TimeAround};
use crate::plan::sequence::Actor;
use crate::predicate::{RowFilter, RowMask};
use crate::scan::{EventSet, Scan, ScanSource};

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &PathEdges,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<PathsOutput, QueryError> {
    let layout = layout(plan, project);
    let mut memory = HeldMemory::new(control);
    let (scan, matched) = match &plan.around {
        None => (layout.scan(source, control)?, None),
        Some(around) => {
            let around_layout = sequence_layout(&around.sequence, project);
            let mut scans = ScanLayout::scan_all(&[&layout, &around_layout], source, control)?;
            let around_scan = scans.pop().expect("there is one scan for each layout");
            let matched = windows_around(around, (&around_layout, &around_scan), control, &mut memory)?;
            (scans.pop().expect("there is one scan for each layout"), Some(matched))
        }
    };
    let mut items = Items::new();
    let run_items = items.read(plan, (&layout, &scan), control, &mut memory)?;
    let mut point = |text: &Option<String>| text.as_deref().map(|text| items.number(text.into()));
    let rules = CutRules {
        break_us: plan.break_us,
        start: point(&plan.start),
        end: point(&plan.end),
        n_visits: plan.n_visits,
        left_out: items.number(PathEdges::LEFT_OUT.into()),
    };
    let mut filter = RowFilter::new(&plan.predicate, &layout, &scan);
    let mut runs = Vec::new();
    for (run, items) in scan.runs.iter().zip(run_items) {
        if let Some(items) = items {
            let seen = filter.mask(run, control)?;
            if let RowMask::Some(rows) = &seen {
                memory.grow::<bool>(rows.len())?;
            }
            runs.push(VisitsOfRun { run, items, seen });
        }
    }
    let mut cutter = PathCutter::new(rules);
    let mut tally = EdgeTally::default();
    let mut tally_memory = HeldMemory::new(control);
    let add = |visits: &[Visit]| cutter.for_each_path(visits, |path| tally.add(path, &mut tally_memory));
    let windows = match (around_actor(plan), matched) {
        (Some(Actor::Person), Some(matched)) => Windows::OfPersons(matched.persons),
        (Some(Actor::Value(fields)), Some(matched)) => {
            let of_runs = runs.iter().map(|of_run| of_run.run);
            let (texts, actors) = Texts::read(fields, of_runs, (&layout, &scan), control, &mut memory)?;
            let numbered = |(text, window): (Arc<str>, Window)| Some((texts.find(&text)?, window));
            Windows::OfValues { actors, windows: matched.values.into_iter().filter_map(numbered).collect() }
        }
        _ => Windows::All,
    };
    for_each_person(&runs, &windows, &items, control, add)?;
    Ok(PathsOutput { edges: tally.output(plan, &items, &mut memory)? })
}

/// What `plan` reads of `project`.
fn layout(plan: &PathEdges, project: ProjectId) -> ScanLayout {
    let events = plan.items.iter().fold(EventSet::Named(Default::default()), |events, items| match &items.events {
        PathEvents::Named(name) => events.union(&EventSet::Named([name.clone()].into())),
        PathEvents::Custom | PathEvents::All => EventSet::All,
    });
    let mut layout = ScanLayout::new(project, events, Some(plan.from_us), Some(plan.until_us));
    plan.items.iter().for_each(|items| layout.need(&items.field));
    plan.predicate.need(&mut layout);
    if let Some(Actor::Value(fields)) = around_actor(plan) {
        fields.iter().for_each(|field| layout.need(field));
    }
    layout
}

/// Who takes the steps of the sequence around one of which paths lie.
fn around_actor(plan: &PathEdges) -> Option<&Actor> {
    plan.around.as_deref().map(|around| &around.sequence.actor)
}

/// The windows of those who took a step of a sequence: persons by number, others by their text.
#[derive(Debug, Default)]
struct Matched {
    persons: FxHashMap<u32, Window>,
    values: FxHashMap<Arc<str>, Window>,
}

/// The windows of the actors who took the step that `around` is about.
fn windows_around(
    around: &AroundSequence,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    memory: &mut HeldMemory,
) -> Result<Matched, QueryError> {
    let mut matched = Matched::default();
    for_each_best_run(&around.sequence, (layout, scan), control, |who, progress| {
        let Some(window) = window(around, progress) else { return Ok(()) };
        memory.grow::<(Arc<str>, Window, u64)>(2)?;
        match who {
            WhoMatched::Person(person) => {
                matched.persons.insert(person, window);
            }
            WhoMatched::Value(text) => {
                matched.values.insert(text, window);
            }
        }
        Ok(())
    })?;
    Ok(matched)
}

/// The window of the actor of that best run; `None` where they did not take the step.
fn window(around: &AroundSequence, progress: &Progress) -> Option<Window> {
    let step = around.step;
    if !progress.took(step) || around.is_last && progress.depth != step + 1 {
        return None;
    }
    let at_us = progress.times[step];
    Some(match around.time {
        TimeAround::Before => Window { from_us: i64::MIN, to_us: at_us },
        TimeAround::Between => {
            let before = (0..step).rev().find(|before| progress.took(*before))?;
            Window { from_us: progress.times[before], to_us: at_us }
        }
        TimeAround::After { delay_us } => Window { from_us: at_us.saturating_add(delay_us), to_us: i64::MAX },
    })
}
