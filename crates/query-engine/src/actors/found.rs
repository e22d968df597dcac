//! Finds the actors behind a number, by the operator that computes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use insights_core::ids::ProjectId;

use crate::activity::ActorName;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::actors::{Behind, LifecyclePart};
use crate::plan::lifecycle::LifecycleStates;
use crate::plan::stickiness::ActiveIntervals;
use crate::scan::{EventSet, Scan};
use crate::{funnels, lifecycle, retention, stickiness, trends};

/// An actor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundActor {
    /// Who it is.
    pub(crate) who: Who,
    /// What they did, where it is known.
    pub(crate) events: Option<EventsBehind>,
    /// In which columns of retention they are, ascending.
    pub(crate) appearances: Option<Vec<u32>>,
}

impl FoundActor {
    /// An actor of whom nothing else is known.
    pub(crate) fn new(who: Who) -> Self {
        Self { who, events: None, appearances: None }
    }
}

/// Who an actor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The person of that number.
    Person(u32),
    /// Whoever has that text: the key of a group, or any other value.
    Value(Arc<str>),
}

impl Who {
    fn is(&self, name: ActorName<'_>) -> bool {
        match (self, name) {
            (Self::Person(person), ActorName::Person(named)) => *person == named,
            (Self::Value(text), ActorName::Value(named)) => text == named,
            _ => false,
        }
    }
}

impl From<ActorName<'_>> for Who {
    fn from(name: ActorName<'_>) -> Self {
        match name {
            ActorName::Person(person) => Self::Person(person),
            ActorName::Value(text) => Self::Value(Arc::clone(text)),
        }
    }
}

/// The events of an actor that are behind a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventsBehind {
    /// How many.
    pub(crate) n_events: u64,
    /// Their distinct ids.
    pub(crate) distinct_ids: BTreeSet<Arc<str>>,
}

/// What is read of `project` to find the actors.
pub(crate) fn layout(behind: &Behind, project: ProjectId) -> ScanLayout {
    match behind {
        Behind::Everyone => ScanLayout::new(project, EventSet::Named(BTreeSet::new()), None, None),
        Behind::Aggregate { plan, .. } => trends::actors::layout(plan, project),
        Behind::Sequence { plan, .. } => funnels::execute::layout(plan, project),
        Behind::Lifecycle { plan, .. } => lifecycle::execute::layout(plan, project),
        Behind::Stickiness { plan, .. } => stickiness::execute::layout(plan, project),
        Behind::Retention { plan, .. } => retention::execute::layout(plan, project),
    }
}

/// The actors, each once. `scan` was made for [`layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn find(
    behind: &Behind,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    match behind {
        Behind::Everyone => {
            let created_at_us = scanned.1.persons.created_at_us.iter().zip(0..);
            // numbers of persons that were merged into others stand for nobody
            let persons = created_at_us.filter(|(at_us, _)| **at_us != i64::MAX).map(|(_, person)| person);
            Ok(persons.map(|person| FoundActor::new(Who::Person(person))).collect())
        }
        Behind::Aggregate { plan, part } => trends::actors::find(plan, part, scanned, control),
        Behind::Sequence { plan, part } => funnels::found::find(plan, part, scanned, control),
        Behind::Retention { plan, part } => retention::found::find(plan, part, scanned, control),
        Behind::Lifecycle { plan, part } => in_states(plan, part, scanned, control),
        Behind::Stickiness { plan, n_intervals } => {
            let is_wanted = |n_active: usize| n_intervals.contains(&(n_active as u64));
            active_in(plan, is_wanted, scanned, control)
        }
    }
}

fn in_states(
    plan: &LifecycleStates,
    part: &LifecyclePart,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    let mut found: Vec<FoundActor> = Vec::new();
    lifecycle::execute::for_each_state(plan, scanned, control, |who, interval, state| {
        let is_in_part =
            part.interval.is_none_or(|wanted| wanted == interval) && part.state.is_none_or(|wanted| wanted == state);
        if is_in_part && found.last().is_none_or(|last| !last.who.is(who)) {
            found.push(FoundActor::new(who.into()));
        }
    })?;
    HeldMemory::new(control).grow::<FoundActor>(found.len())?;
    Ok(found)
}

fn active_in(
    plan: &ActiveIntervals,
    is_wanted: impl Fn(usize) -> bool,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    let mut found = Vec::new();
    stickiness::execute::for_each_active(plan, &plan.series[0], scanned, control, |who, n_active| {
        if is_wanted(n_active) {
            found.push(FoundActor::new(who.into()));
        }
    })?;
    HeldMemory::new(control).grow::<FoundActor>(found.len())?;
    Ok(found)
}
