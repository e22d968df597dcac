//! The operator behind funnels: how far actors get through a sequence of steps.
//!
//! Everything in it can be said in SQL as well as computed by the kernels: an actor's events are an array sorted by time (`groupArray`
//! over `GROUP BY` the actor), the match is a fold over it, the rest are counts, means, medians and ranks.

use std::sync::Arc;

use crate::cohort::Cohort;
use crate::field::Field;
use crate::predicate::Predicate;
use crate::scan::EventSet;

/// A sequence of steps, and what is to be known of the actors that take them.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceMatch {
    /// The steps, in order; 2 to [`SequenceMatch::MAX_STEPS`].
    pub steps: Vec<SequenceStep>,
    /// Events that stop an actor on the way.
    pub exclusions: Vec<Exclusion>,
    /// What else may happen between steps.
    pub order: SequenceOrder,
    /// Most time between an actor's first and last step, in microseconds, inclusive.
    pub window_us: i64,
    /// What every event must satisfy; one that does not is not seen at all.
    pub predicate: Predicate,
    /// First instant that counts, in microseconds since 1970 UTC.
    pub from_us: i64,
    /// First instant that is too late, in microseconds since 1970 UTC.
    pub until_us: i64,
    /// Who takes the steps.
    pub actor: Actor,
    /// What the numbers are broken down by.
    pub breakdown: Option<SequenceBreakdown>,
    /// What is computed.
    pub measure: SequenceMeasure,
}

impl SequenceMatch {
    /// Most steps that a sequence may have.
    pub const MAX_STEPS: usize = 30;
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceStep {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// Which of those events count.
    pub occurrence: Occurrence,
    /// Whether the step may be left out on the way to a later one; never so for the first.
    pub is_optional: bool,
}

/// Which of a person's events count for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// All.
    Any,
    /// The first event of the step's events of all time, which then has to satisfy the predicate. Of several at that instant, all.
    FirstEvent,
    /// The first event of all time that satisfies the predicate. Of several at that instant, all.
    FirstMatchingEvent,
}

/// Events that stop an actor whose last step lies in a part of the sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// Index of the first step after which they stop the actor.
    pub from_step: usize,
    /// Index of the first step after which they do not any more; greater than `from_step`.
    pub to_step: usize,
}

/// What else may happen between steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceOrder {
    /// Anything.
    Ordered,
    /// No other event of the actor.
    Strict,
    /// Anything, and the steps come in any order.
    Unordered,
}

/// Who takes the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    Person,
    /// The text of the first of these fields that has one; an event that has none is nobody's.
    Value(Vec<Field>),
}

impl Actor {
    /// The group of that type which an event names.
    pub(crate) fn group(group_type: u8) -> Self {
        Self::Value(vec![Field::GroupKey(group_type)])
    }
}

/// What the numbers are broken down by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceBreakdown {
    /// One text of each of these makes a value, the empty one where an event has none; at least one, or cohorts.
    pub fields: Vec<Field>,
    /// Whether the texts are URLs whose end does not matter; then a missing one is `/`.
    pub normalizes_urls: bool,
    /// Which of an actor's values counts. "First" and "last" are of the events that are a step or an exclusion (of all events where the
    /// order is strict), and of the values that have a text that is not empty; where no event has one, the empty value counts.
    pub attribution: Attribution,
    /// Cohorts, instead of fields: an actor counts under each, by the events of its persons alone. The value is the cohort's id as text.
    pub cohorts: Vec<Arc<Cohort>>,
    /// How many values stand for themselves. The most actors at the last step come first, then at the step before it, and so on; then
    /// the lesser value. Steps of the others are counted together. Of rates, those of the most actors come first, then the greater value;
    /// the others are left out.
    pub limit: usize,
}

/// Which of an actor's values counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// The first.
    FirstTouch,
    /// The last.
    LastTouch,
    /// Each: an actor counts under every value, by the events of that value alone.
    AllEvents,
    /// Each that an event of the step of that index has: an actor counts under it, by all events but those of that step that have
    /// another value. In an unordered sequence, where it is 0, it is a run's first event that must have the value.
    Step(usize),
}

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceMeasure {
    /// How many actors take each step, and how long they take for it.
    Steps,
    /// How many of the actors that begin in each bucket get from one step to the last; each counts once a bucket.
    Rates {
        /// Edges of the buckets, in microseconds since 1970 UTC, ascending, one more than there are buckets. Runs that begin before the
        /// first or not before the last do not count.
        edges_us: Vec<i64>,
        /// Index of the step that an actor must take to count at all.
        from_step: usize,
    },
    /// How long actors take from one step to another.
    Durations {
        /// Index of the step from which the time counts.
        from_step: usize,
        /// Index of the step up to which it counts; greater.
        to_step: usize,
        /// Number of bins; the cube root of the number of actors, rounded up and at most 60, where it is left open.
        n_bins: Option<u32>,
    },
}

/// What a [`SequenceMatch`] computes.
#[derive(Clone, Debug, PartialEq)]
pub enum SequenceOutput {
    /// Of [`SequenceMeasure::Steps`]: one for each value of the breakdown that an actor has, in the order of the breakdown's limit,
    /// the others last; exactly one without a breakdown.
    Steps(Vec<StepsOfValue>),
    /// Of [`SequenceMeasure::Rates`]: likewise.
    Rates(Vec<RatesOfValue>),
    /// Of [`SequenceMeasure::Durations`].
    Durations(Durations),
}

/// A value of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SequenceValue {
    /// One text for each field, none without a breakdown; the empty one stands for no value.
    Texts(Vec<Arc<str>>),
    /// All values beyond the limit.
    Other,
}

/// The steps that the actors of one value take.
#[derive(Clone, Debug, PartialEq)]
pub struct StepsOfValue {
    /// The value.
    pub value: SequenceValue,
    /// Numbers of each step.
    pub steps: Vec<StepNumbers>,
}

/// The numbers of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepNumbers {
    /// How many actors took it.
    pub n_actors: u64,
    /// Mean of the seconds from the step before it that may not be left out; times of zero do not count, and none at all is `None`.
    pub average_seconds: Option<f64>,
    /// Median of the same.
    pub median_seconds: Option<f64>,
}

/// How many of the actors of one value convert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatesOfValue {
    /// The value.
    pub value: SequenceValue,
    /// One a bucket.
    pub buckets: Vec<Rate>,
}

/// How many actors convert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many actors there are.
    pub n_entered: u64,
    /// How many of them convert.
    pub n_converted: u64,
}

/// How long actors take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// For each bin its first second and how many actors there are; ascending, of equal width, with one bin more than asked for, at the
    /// greatest time. Empty where no actor converts.
    pub bins: Vec<(i64, u64)>,
    /// Mean in seconds; times of zero do not count, and none at all is `None`.
    pub average_seconds: Option<f64>,
}
