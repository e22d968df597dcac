//! Who is behind the numbers of a sequence.

use std::sync::Arc;

use super::attribution::{Attributed, Attributor};
use super::execute::{Matcher, for_each_actor};
use super::kernel::Mark;
use super::rates::{RateTally, unordered_rates};
use super::values::EMPTY;
use super::{planning, shape};
use crate::actors::found::{FoundActor, Who};
use crate::actors::interval_of;
use crate::answer::QueryContext;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::first_event::resolve_dates;
use crate::nodes::{FunnelActors, FunnelVisual, FunnelsPart, FunnelsQuery};
use crate::plan::actors::{Behind, SequencePart, SequenceReach, WantedValue};
use crate::plan::sequence::{Actor, Rate, SequenceMatch, SequenceMeasure, SequenceOutput, SequenceValue};
use crate::scan::Scan;
use crate::source::EventSource;

/// The actors of `plan` that `part` names, each once. `scan` was made for [`super::execute::layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn find(
    plan: &SequenceMatch,
    part: &SequencePart,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    let mut memory = HeldMemory::new(control);
    let attribution = plan.breakdown.as_ref().map(|breakdown| breakdown.attribution);
    let mut attributor = Attributor::new(attribution, plan.order);
    let mut reached =
        Reached { plan, reach: &part.reach, matcher: Matcher::new(plan, control), memory: HeldMemory::new(control) };
    // the actor and the value under which they got there
    let mut found: Vec<(u32, u32)> = Vec::new();
    let names = for_each_actor(plan, scanned, control, |actor, marks: &[Mark]| {
        attributor.for_each(marks, |of| {
            if reached.holds(&of)? {
                memory.grow::<(u32, u32, FoundActor)>(1)?;
                found.push((actor, of.value));
            }
            Ok(())
        })
    })?;
    if let Some(wanted) = &part.value {
        let named = match wanted {
            WantedValue::Texts(_) => Vec::new(),
            WantedValue::Other => named_values(super::execute::run_on(plan, scanned, control)?),
        };
        found.retain(|(_, value)| {
            let texts = names.value(*value);
            match wanted {
                WantedValue::Texts(wanted) => texts == *wanted,
                WantedValue::Other => !named.contains(&texts),
            }
        });
    }
    found.dedup_by_key(|(actor, _)| *actor);
    let who = |actor: u32| match &plan.actor {
        Actor::Person => Who::Person(actor),
        Actor::Value(_) => Who::Value(names.actor(actor)),
    };
    Ok(found.into_iter().map(|(actor, _)| FoundActor::new(who(actor))).collect())
}

/// The values that stand for themselves.
fn named_values(output: SequenceOutput) -> Vec<Vec<Arc<str>>> {
    let values: Vec<SequenceValue> = match output {
        SequenceOutput::Steps(steps) => steps.into_iter().map(|of| of.value).collect(),
        SequenceOutput::Rates(rates) => rates.into_iter().map(|of| of.value).collect(),
        SequenceOutput::Durations(_) => Vec::new(),
    };
    let texts = values.into_iter().filter_map(|value| match value {
        SequenceValue::Texts(texts) => Some(texts),
        SequenceValue::Other => None,
    });
    texts.collect()
}

/// Tells which actors got as far as is asked for.
struct Reached<'a> {
    plan: &'a SequenceMatch,
    reach: &'a SequenceReach,
    matcher: Matcher,
    memory: HeldMemory,
}

impl Reached<'_> {
    fn holds(&mut self, of: &Attributed<'_>) -> Result<bool, QueryError> {
        match self.reach {
            SequenceReach::Took(step) => Ok(self.matcher.deepest(of).is_some_and(|progress| progress.took(*step))),
            SequenceReach::Last(steps) => Ok(self
                .matcher
                .deepest(of)
                .is_some_and(|progress| progress.depth > 0 && steps.contains(&(progress.depth - 1)))),
            SequenceReach::Began { has_converted } => {
                let rate = self.rate(of)?;
                Ok(rate.n_entered > 0 && (rate.n_converted > 0) == *has_converted)
            }
        }
    }

    /// How the actor counts in the only bucket.
    fn rate(&mut self, of: &Attributed<'_>) -> Result<Rate, QueryError> {
        let SequenceMeasure::Rates { edges_us, from_step } = &self.plan.measure else { return Ok(Rate::default()) };
        let mut tally = RateTally::new(edges_us);
        let of = Attributed { value: EMPTY, ..*of };
        match &mut self.matcher {
            Matcher::Ordered { matcher, rates } => {
                rates.add(matcher, &of, *from_step, &mut tally, &mut self.memory)?;
            }
            Matcher::Unordered(matcher) => {
                let n_steps = self.plan.steps.len();
                unordered_rates(matcher, &of, *from_step, n_steps, &mut tally, &mut self.memory)?;
            }
        }
        Ok(tally.first())
    }
}

/// The actors of `query` that `part` names.
///
/// # Errors
/// As [`super::answer`]; [`QueryError::Invalid`] for a part that there is not.
pub(crate) async fn behind(
    query: &FunnelsQuery,
    part: &FunnelsPart,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    let dates = resolve_dates(&query.date_range, query.interval, context, source, control).await?;
    let path = |key: &str| if part.path.is_empty() { key.to_owned() } else { format!("{}.{key}", part.path) };
    let is_over_time = query.funnels.visual == FunnelVisual::Trends;
    let buckets = is_over_time.then(|| dates.buckets()).transpose()?;
    let mut plan = planning::plan(query, context, &dates, buckets.as_ref())?;
    let n_steps = plan.steps.len();
    let known_step = |step: usize, key: &str| {
        let message = || format!("the funnel has {n_steps} steps");
        if step < n_steps { Ok(step) } else { Err(QueryError::invalid(path(key), message())) }
    };
    let reach = match &part.who {
        FunnelActors::Reached(step) => SequenceReach::Took(known_step(*step, "funnelStep")?),
        FunnelActors::DroppedBefore(step) => SequenceReach::Last(vec![known_step(*step, "funnelStep")? - 1]),
        FunnelActors::LastStep(steps) => {
            let steps = steps.iter().map(|step| known_step(*step, "funnelCustomSteps"));
            SequenceReach::Last(steps.collect::<Result<_, _>>()?)
        }
        FunnelActors::Began { day, dropped_off } => {
            let Some(buckets) = &buckets else {
                return Err(QueryError::invalid(&day.path, "the funnel is not one over time; ask for a funnelStep"));
            };
            let bucket = interval_of(day, buckets, context)?;
            if let SequenceMeasure::Rates { edges_us, .. } = &mut plan.measure {
                *edges_us = buckets.edges()[bucket..=bucket + 1].to_vec();
            }
            SequenceReach::Began { has_converted: !dropped_off }
        }
    };
    if !matches!(reach, SequenceReach::Began { .. }) {
        plan.measure = SequenceMeasure::Steps;
    }
    let value = part.breakdown.as_ref().filter(|_| plan.breakdown.is_some()).map(|texts| match &texts[..] {
        [text] if text == shape::OTHER => WantedValue::Other,
        texts => WantedValue::Texts(texts.iter().map(|text| text.as_str().into()).collect()),
    });
    Ok(Behind::Sequence { plan, part: SequencePart { reach, value } })
}
