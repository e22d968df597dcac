//! Runs a [`SequenceMatch`] over the columns that a store lends.

use std::sync::Arc;

use insights_core::ids::ProjectId;

use super::actors::{EventsOfActor, for_each_person, for_each_value_actor};
use super::attribution::{Attributed, Attributor};
use super::kernel::unordered::UnorderedMatcher;
use super::kernel::{Mark, MatcherInOrder, Progress, Rules, Starts};
use super::marks;
use super::rates::{OrderedRates, RateTally, unordered_rates};
use super::tally::{self, StepTally};
use super::values::{EMPTY, Texts, Tuples};
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::plan::sequence::{
    Actor, Occurrence, SequenceMatch, SequenceMeasure, SequenceOrder, SequenceOutput, SequenceValue, StepNumbers,
    StepsOfValue,
};
use crate::predicate::Predicate;
use crate::scan::{EventSet, Scan, ScanSource};
use crate::trends::normalized_url;
use crate::value::PropertyValue;

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &SequenceMatch,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<SequenceOutput, QueryError> {
    let layout = layout(plan, project);
    let scan = layout.scan(source, control)?;
    run_on(plan, (&layout, &scan), control)
}

/// As [`run`], over a scan that was made for [`layout`].
pub(super) fn run_on(
    plan: &SequenceMatch,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<SequenceOutput, QueryError> {
    let mut collector = Collector::new(plan, control);
    let cohorts = plan.breakdown.as_ref().map_or(&[][..], |breakdown| &breakdown.cohorts);
    if !cohorts.is_empty() {
        for (number, cohort) in (0..).zip(cohorts) {
            // everybody counts under it who is in it, whatever else they are in
            let predicate = Predicate::all([plan.predicate.clone(), Arc::clone(cohort).predicate()]);
            let of_cohort = SequenceMatch { predicate, breakdown: None, ..plan.clone() };
            collector.attributor = Attributor::constant(number, plan.order);
            for_each_actor(&of_cohort, scanned, control, |_, marks| collector.add(marks))?;
        }
        return Ok(collector.output(|number| vec![cohorts[number].id.to_string().into()]));
    }
    let names = for_each_actor(plan, scanned, control, |_, marks| collector.add(marks))?;
    let value = |number: usize| names.value(u32::try_from(number).expect("values have numbers of 32 bits"));
    Ok(collector.output(value))
}

/// What the numbers of values and actors stand for.
#[derive(Debug)]
pub(super) struct Names {
    tuples: Tuples,
    texts: Texts,
    /// Of actors that are no persons.
    actors: Option<Texts>,
}

impl Names {
    /// The texts of a value of the breakdown.
    pub(super) fn value(&self, number: u32) -> Vec<Arc<str>> {
        self.tuples.texts(number).into_iter().map(|text| self.texts.text(text)).collect()
    }

    /// The text of an actor that is no person.
    pub(super) fn actor(&self, number: u32) -> Arc<str> {
        self.actors.as_ref().expect("the actors of the plan are texts").text(number)
    }
}

/// Calls `on_actor` with the number and the events, in order of time, of each actor of `plan` who may have taken a step. `scan` was made
/// for [`layout`].
///
/// # Errors
/// Those of `on_actor`; cancellation and limits as `control` says.
pub(super) fn for_each_actor(
    plan: &SequenceMatch,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    on_actor: impl FnMut(u32, &[Mark]) -> Result<(), QueryError>,
) -> Result<Names, QueryError> {
    let mut memory = HeldMemory::new(control);
    let bits = marks::bits(plan, (layout, scan), control, &mut memory)?;
    let fields = plan.breakdown.as_ref().map_or(&[][..], |breakdown| &breakdown.fields);
    let normalizes_urls = plan.breakdown.as_ref().is_some_and(|breakdown| breakdown.normalizes_urls);
    let text = |value: &PropertyValue| match value.to_text() {
        text if normalizes_urls => Some(normalized_url(text.as_deref().unwrap_or_default())),
        text => text,
    };
    let (texts, run_texts) = Texts::read_as(text, fields, &scan.runs, (layout, scan), control, &mut memory)?;
    let mut events = EventsOfActor {
        plan,
        runs: &scan.runs,
        bits: &bits,
        texts: (!fields.is_empty()).then_some(&run_texts[..]),
        tuples: Tuples::new(fields.len()),
        control,
    };
    let mut names = None;
    match &plan.actor {
        Actor::Person => for_each_person(&mut events, on_actor)?,
        Actor::Value(fields) => {
            let (texts, actors) = Texts::read(fields, &scan.runs, (layout, scan), control, &mut memory)?;
            for_each_value_actor(&mut events, &actors, on_actor)?;
            names = Some(texts);
        }
    }
    Ok(Names { tuples: events.tuples, texts, actors: names })
}

/// An actor of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhoMatched {
    /// The person of that number.
    Person(u32),
    /// Whoever has that text in the fields of [`Actor::Value`].
    Value(Arc<str>),
}

/// Calls `on_actor` with the steps that each actor of `plan` took in their best run, once for each who took any. What the plan breaks
/// down by and measures does not matter. `scan` was made for [`layout`].
///
/// # Errors
/// Those of `on_actor`; cancellation and limits as `control` says.
pub(crate) fn for_each_best_run(
    plan: &SequenceMatch,
    (layout, scan): (&ScanLayout, &Scan),
    control: &QueryControl,
    mut on_actor: impl FnMut(WhoMatched, &Progress) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut memory = HeldMemory::new(control);
    let bits = marks::bits(plan, (layout, scan), control, &mut memory)?;
    let mut events =
        EventsOfActor { plan, runs: &scan.runs, bits: &bits, texts: None, tuples: Tuples::new(0), control };
    let mut matcher = Matcher::new(plan, control);
    let mut add = |who: WhoMatched, marks: &[Mark]| {
        let progress = matcher.deepest(&Attributed { value: EMPTY, marks, first_value: None });
        progress.map_or(Ok(()), |progress| on_actor(who, progress))
    };
    match &plan.actor {
        Actor::Person => for_each_person(&mut events, |person, marks| add(WhoMatched::Person(person), marks)),
        Actor::Value(fields) => {
            let (texts, actors) = Texts::read(fields, &scan.runs, (layout, scan), control, &mut memory)?;
            for_each_value_actor(&mut events, &actors, |text, marks| add(WhoMatched::Value(texts.text(text)), marks))
        }
    }
}

/// What `plan` reads of `project`.
pub(crate) fn layout(plan: &SequenceMatch, project: ProjectId) -> ScanLayout {
    let step_events = plan.steps.iter().map(|step| &step.events);
    let events = match plan.order {
        SequenceOrder::Strict => EventSet::All,
        SequenceOrder::Ordered | SequenceOrder::Unordered => step_events
            .chain(plan.exclusions.iter().map(|exclusion| &exclusion.events))
            .fold(EventSet::Named(Default::default()), EventSet::union),
    };
    let is_of_all_time = plan.steps.iter().any(|step| step.occurrence != Occurrence::Any);
    let from_us = (!is_of_all_time).then_some(plan.from_us);
    let mut layout = ScanLayout::new(project, events, from_us, Some(plan.until_us));
    plan.predicate.need(&mut layout);
    for step in &plan.steps {
        step.predicate.need(&mut layout);
    }
    for exclusion in &plan.exclusions {
        exclusion.predicate.need(&mut layout);
    }
    if let Some(breakdown) = &plan.breakdown {
        breakdown.fields.iter().for_each(|field| layout.need(field));
        breakdown.cohorts.iter().for_each(|cohort| layout.need(&Field::InCohort(Arc::clone(cohort))));
    }
    if let Actor::Value(fields) = &plan.actor {
        fields.iter().for_each(|field| layout.need(field));
    }
    layout
}

/// Matches actors and adds up what they did.
#[derive(Debug)]
struct Collector<'a> {
    plan: &'a SequenceMatch,
    attributor: Attributor,
    matcher: Matcher,
    tally: Tally,
    memory: HeldMemory,
}

#[derive(Debug)]
pub(super) enum Matcher {
    Ordered { matcher: MatcherInOrder, rates: OrderedRates },
    Unordered(UnorderedMatcher),
}

/// What was added up, by the number of the value.
#[derive(Debug)]
enum Tally {
    Steps(Vec<Option<StepTally>>),
    Rates(RateTally),
    DurationsUs(Vec<i64>),
}

impl<'a> Collector<'a> {
    fn new(plan: &'a SequenceMatch, control: &QueryControl) -> Self {
        let attribution = plan.breakdown.as_ref().map(|breakdown| breakdown.attribution);
        Self {
            plan,
            attributor: Attributor::new(attribution, plan.order),
            matcher: Matcher::new(plan, control),
            tally: match &plan.measure {
                SequenceMeasure::Steps => Tally::Steps(Vec::new()),
                SequenceMeasure::Rates { edges_us, .. } => Tally::Rates(RateTally::new(edges_us)),
                SequenceMeasure::Durations { .. } => Tally::DurationsUs(Vec::new()),
            },
            memory: HeldMemory::new(control),
        }
    }

    /// Adds the actor with these events, which are in order of time.
    fn add(&mut self, marks: &[Mark]) -> Result<(), QueryError> {
        let Self { plan, attributor, matcher, tally, memory } = self;
        attributor.for_each(marks, |of| match (&plan.measure, &mut *tally) {
            (SequenceMeasure::Steps, Tally::Steps(tallies)) => {
                let Some(progress) = matcher.deepest(&of) else { return Ok(()) };
                let index = of.value as usize;
                if tallies.len() <= index {
                    memory.grow::<Option<StepTally>>(index + 1 - tallies.len())?;
                    tallies.resize(index + 1, None);
                }
                if tallies[index].is_none() {
                    memory.grow::<(u64, Vec<i64>)>(plan.steps.len())?;
                }
                tallies[index].get_or_insert_with(|| StepTally::new(plan.steps.len())).add(
                    progress,
                    optional(plan),
                    memory,
                )
            }
            (SequenceMeasure::Rates { from_step, .. }, Tally::Rates(tally)) => match matcher {
                Matcher::Ordered { matcher, rates } => rates.add(matcher, &of, *from_step, tally, memory),
                Matcher::Unordered(matcher) => {
                    unordered_rates(matcher, &of, *from_step, plan.steps.len(), tally, memory)
                }
            },
            (SequenceMeasure::Durations { from_step, to_step, .. }, Tally::DurationsUs(times_us)) => {
                if let Some(progress) = matcher.deepest(&of)
                    && progress.took(*from_step)
                    && progress.took(*to_step)
                {
                    memory.grow::<i64>(1)?;
                    times_us.push(progress.times[*to_step] - progress.times[*from_step]);
                }
                Ok(())
            }
            (_, Tally::Steps(_) | Tally::Rates(_) | Tally::DurationsUs(_)) => {
                unreachable!("the tally is made for the measure")
            }
        })
    }

    /// What was added up; `value` gives the texts of a number.
    fn output(self, value: impl Fn(usize) -> Vec<Arc<str>>) -> SequenceOutput {
        let limit = self.plan.breakdown.as_ref().map_or(1, |breakdown| breakdown.limit);
        let is_broken_down = self.plan.breakdown.is_some();
        match self.tally {
            Tally::Steps(tallies) => {
                let named = tallies.into_iter().enumerate();
                let named = named.filter_map(|(number, tally)| Some((value(number), tally?))).collect();
                let mut steps = tally::ranked_steps(named, limit);
                if steps.is_empty() && !is_broken_down {
                    steps.push(StepsOfValue {
                        value: SequenceValue::Texts(Vec::new()),
                        steps: vec![StepNumbers::default(); self.plan.steps.len()],
                    });
                }
                SequenceOutput::Steps(steps)
            }
            Tally::Rates(tally) => SequenceOutput::Rates(tally.output(value, limit, is_broken_down)),
            Tally::DurationsUs(times_us) => {
                let n_bins = match &self.plan.measure {
                    SequenceMeasure::Durations { n_bins, .. } => *n_bins,
                    SequenceMeasure::Steps | SequenceMeasure::Rates { .. } => None,
                };
                SequenceOutput::Durations(tally::durations(&times_us, n_bins))
            }
        }
    }
}

impl Matcher {
    /// Matches the steps of `plan`.
    pub(super) fn new(plan: &SequenceMatch, control: &QueryControl) -> Self {
        let rules = Rules {
            n_steps: plan.steps.len(),
            optional: optional(plan),
            window_us: plan.window_us,
            strict: plan.order == SequenceOrder::Strict,
        };
        match plan.order {
            SequenceOrder::Ordered | SequenceOrder::Strict => {
                Self::Ordered { matcher: MatcherInOrder::new(rules), rates: OrderedRates::new(control) }
            }
            SequenceOrder::Unordered => Self::Unordered(UnorderedMatcher::new(rules)),
        }
    }

    /// The actor's outcome, where they took any step.
    pub(super) fn deepest(&mut self, of: &Attributed<'_>) -> Option<&Progress> {
        match self {
            Self::Ordered { matcher, .. } => matcher.deepest(of.marks, Starts::ANY),
            Self::Unordered(matcher) => matcher.deepest(of.marks, of.first_value),
        }
    }
}

/// The steps that may be left out, as bits.
fn optional(plan: &SequenceMatch) -> u32 {
    let steps = plan.steps.iter().enumerate();
    steps.filter(|(_, step)| step.is_optional).fold(0, |bits, (index, _)| bits | 1 << index)
}
