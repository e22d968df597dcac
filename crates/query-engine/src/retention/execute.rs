//! Runs a [`RetentionMatrix`] over the columns that a store lends.

use std::sync::Arc;

use insights_core::ids::ProjectId;

use super::actors::{EventsOfActor, RunValues, for_each_person, for_each_value_actor};
use super::kernel::{Kernel, Reach};
use super::roles;
use super::tally::Tally;
use crate::bucket_index::BucketIndex;
use crate::columns::numbers;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::funnels::values::Texts;
use crate::plan::retention::{RetentionBreakdownBy, RetentionMatrix, RetentionOutput, StartOccurrence};
use crate::plan::sequence::Actor;
use crate::scan::{Scan, ScanSource};

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &RetentionMatrix,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<RetentionOutput, QueryError> {
    let layout = layout(plan, project);
    let scan = layout.scan(source, control)?;
    run_on(plan, (&layout, &scan), control)
}

/// As [`run`], over a scan that was made for [`layout`].
pub(super) fn run_on(
    plan: &RetentionMatrix,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<RetentionOutput, QueryError> {
    let mut tally = Tally::new(plan);
    let mut memory = HeldMemory::new(control);
    let names = for_each_reach(plan, scanned, control, |_, reach| tally.add(reach, &mut memory))?;
    Ok(tally.output(|value| Arc::clone(&names.values[value])))
}

/// What the numbers of values and actors stand for.
#[derive(Debug)]
pub(super) struct Names {
    /// The texts of the values of the breakdown.
    pub(super) values: Vec<Arc<str>>,
    /// Of actors that are no persons.
    pub(super) actors: Option<Texts>,
}

/// Calls `on_reach` with the number of each actor and the cells of `plan` that the actor is in, row by row and value by value.
/// The number of a person is that of the scan, which was made for [`layout`]. Gives what the numbers stand for.
///
/// # Errors
/// Those of `on_reach`; cancellation and limits as `control` says.
pub(super) fn for_each_reach(
    plan: &RetentionMatrix,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    mut on_reach: impl FnMut(u32, Reach<'_>) -> Result<(), QueryError>,
) -> Result<Names, QueryError> {
    let mut memory = HeldMemory::new(control);
    let roles = roles::of_runs(plan, (layout, scan), control, &mut memory)?;
    let values = Values::read(plan, (layout, scan), control, &mut memory)?;
    let numbers = match &plan.measure {
        None => None,
        Some(measure) => {
            let runs: Vec<_> = scan.runs.iter().collect();
            Some(numbers(&runs, &measure.field, (layout, scan), &mut memory)?)
        }
    };
    let edges_us = plan.intervals.edges_us().to_vec();
    let mut kernel = Kernel::new(plan, values.ranks);
    let events = EventsOfActor {
        runs: &scan.runs,
        roles: &roles,
        values: &values.by_run,
        numbers: numbers.as_deref(),
        intervals: &BucketIndex::new(edges_us, plan.from_us(), plan.until_us()),
        from_us: plan.from_us(),
        earliest_is_enough: kernel.earliest_is_enough(),
        control,
    };
    let on_actor = |actor, marks: &mut [_]| {
        let mut result = Ok(());
        kernel.add(marks, |reach| {
            if result.is_ok() {
                result = on_reach(actor, reach);
            }
        });
        result
    };
    let mut actor_texts = None;
    match &plan.actor {
        Actor::Person => for_each_person(&events, on_actor)?,
        Actor::Value(fields) => {
            let (texts, actors) = Texts::read(fields, &scan.runs, (layout, scan), control, &mut memory)?;
            for_each_value_actor(&events, &actors, on_actor)?;
            actor_texts = Some(texts);
        }
    }
    Ok(Names { values: values.texts, actors: actor_texts })
}

/// What `plan` reads of `project`.
pub(crate) fn layout(plan: &RetentionMatrix, project: ProjectId) -> ScanLayout {
    let events = plan.start.events.clone().union(&plan.returning.events);
    let (events, from_us) = match &plan.occurrence {
        StartOccurrence::Each => (events, Some(plan.from_us())),
        StartOccurrence::First => (events, None),
        StartOccurrence::FirstOf(first) => (events.union(&first.events), None),
    };
    let mut layout = ScanLayout::new(project, events, from_us, Some(plan.until_us()));
    roles::need(plan, &mut layout);
    match plan.breakdown.as_ref().map(|breakdown| &breakdown.by) {
        None => {}
        Some(RetentionBreakdownBy::Field(field)) => layout.need(field),
        Some(RetentionBreakdownBy::Cohorts(cohorts)) => {
            cohorts.iter().for_each(|(_, cohort)| layout.need(&Field::InCohort(Arc::clone(cohort))));
        }
    }
    if let Actor::Value(fields) = &plan.actor {
        fields.iter().for_each(|field| layout.need(field));
    }
    if let Some(measure) = &plan.measure {
        layout.need(&measure.field);
    }
    layout
}

/// The values of a breakdown.
struct Values {
    by_run: RunValues,
    /// By number.
    texts: Vec<Arc<str>>,
    /// Where each of them stands among all; empty where nobody asks.
    ranks: Vec<u32>,
}

impl Values {
    fn read(
        plan: &RetentionMatrix,
        (layout, scan): (&ScanLayout, &Scan),
        control: &QueryControl,
        memory: &mut HeldMemory,
    ) -> Result<Self, QueryError> {
        Ok(match plan.breakdown.as_ref().map(|breakdown| &breakdown.by) {
            None => Self { by_run: RunValues::None, texts: vec!["".into()], ranks: Vec::new() },
            Some(RetentionBreakdownBy::Field(field)) => {
                let fields = std::slice::from_ref(field);
                let (texts, by_run) = Texts::read(fields, &scan.runs, (layout, scan), control, memory)?;
                let ranks = if Kernel::needs_ranks(plan) { texts.ranks() } else { Vec::new() };
                Self { by_run: RunValues::Texts(by_run), texts: texts.into_texts(), ranks }
            }
            Some(RetentionBreakdownBy::Cohorts(cohorts)) => {
                let members = |run| {
                    let fields = cohorts.iter().map(|(_, cohort)| Field::InCohort(Arc::clone(cohort)));
                    fields.map(|field| layout.read(&field, scan, run)).collect()
                };
                Self {
                    by_run: RunValues::Cohorts(scan.runs.iter().map(members).collect()),
                    texts: cohorts.iter().map(|(text, _)| Arc::clone(text)).collect(),
                    ranks: Vec::new(),
                }
            }
        })
    }
}
