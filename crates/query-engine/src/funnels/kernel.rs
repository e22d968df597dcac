//! Sequence matching over plain slices: which steps of a funnel one actor took, and when. Every type here can be used alone.
//!
//! An actor's events come as [`Mark`]s in order of time. The rules, which are PostHog's, in words that a slow program could follow:
//!
//! - A **run** begins at an event of the first step. From then on it takes, in order of time, the first event of its next step, as
//!   long as no more than the window lies between that event and the run's first one. One run is known for each step: the last one that got there.
//! - Several different events at one instant are taken in the order of the steps, each at most once by a run; the exclusions among
//!   them are ignored. Equal events at one instant are taken one after another.
//! - An optional step may be left out: where nobody within the window has it for the last step, an event continues a run whose last step is an earlier
//!   one, up to the last that is required.
//! - An exclusion within the window stops a run whose last step is one of those that it names. A stopped run counts as having gone one
//!   step further where an event for that step follows within the window, but never as good as a run that was not stopped.
//! - In a **strict** funnel an event ends every run whose last step it is not, once runs have taken it as their next step. Different events
//!   at one instant end none.
//! - The actor's outcome is the first run that goes deepest and is not stopped. Where only stopped runs go that deep, the actor is out of the funnel.

mod exact;
pub(crate) mod instants;
mod ordered;
#[cfg(test)]
mod tests;
pub(crate) mod unordered;

use self::exact::ExactMatcher;
use self::ordered::OrderedMatcher;

/// One event of an actor, as the matchers see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// When, in microseconds since 1970 UTC.
    pub(crate) at_us: i64,
    /// The steps that the event can be, as bits; bit 0 is the first step.
    pub(crate) steps: u32,
    /// The steps after which the event stops a run, as bits.
    pub(crate) excludes: u32,
    /// Code of the breakdown's value of the event.
    pub(crate) value: u32,
    /// The steps that the event could be, had it the value that is attributed, as bits.
    pub(crate) unattributed: u32,
}

impl Mark {
    /// Whether the two are the same for every run, but for when they happened and the value that is attributed.
    fn is_like(&self, other: &Self) -> bool {
        let could_be = |mark: &Self| (mark.steps | mark.unattributed, mark.excludes);
        could_be(self) == could_be(other)
    }
}

/// A matcher of steps that come in order, whatever is between them or with nothing between them.
#[derive(Debug)]
pub(crate) struct MatcherInOrder {
    exact: ExactMatcher,
    /// For actors that it suits; `None` where the rules are too much for it.
    fast: Option<OrderedMatcher>,
    window_us: i64,
}

impl MatcherInOrder {
    /// A matcher that goes by `rules`.
    pub(crate) fn new(rules: Rules) -> Self {
        let is_plain = !rules.strict && rules.optional == 0;
        Self {
            exact: ExactMatcher::new(rules),
            fast: is_plain.then(|| OrderedMatcher::new(rules)),
            window_us: rules.window_us,
        }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(crate) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        // what is too late for every run is not worth a look
        let last_us = starts.until_us.saturating_add(self.window_us);
        let marks = &marks[..marks.partition_point(|mark| mark.at_us < last_us)];
        match &mut self.fast {
            Some(fast) if OrderedMatcher::suits(marks) => fast.deepest(marks, starts),
            _ => self.exact.deepest(marks, starts),
        }
    }
}

/// What a matcher goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Number of steps, 1 to 30: a set of steps is the bits of a `u32`.
    pub(crate) n_steps: usize,
    /// The steps that may be left out, as bits; never the first.
    pub(crate) optional: u32,
    /// Most time between the first and the last event of a run, in microseconds.
    pub(crate) window_us: i64,
    /// Whether nothing may happen between two steps.
    pub(crate) strict: bool,
}

/// The steps that an actor took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Number of the last step that was taken, 1 for the first; 0 where none was.
    pub(crate) depth: usize,
    /// The steps that were taken, as bits.
    pub(crate) taken: u32,
    /// When each step was taken, in microseconds since 1970 UTC; without meaning for steps that were not.
    pub(crate) times: Vec<i64>,
}

impl Progress {
    /// No step yet, with room for `n_steps`.
    pub(crate) fn none(n_steps: usize) -> Self {
        Self { depth: 0, taken: 0, times: vec![0; n_steps] }
    }

    /// Whether the step of that index was taken.
    pub(crate) fn took(&self, step: usize) -> bool {
        self.taken >> step & 1 == 1
    }
}

/// The instants at which a run may begin, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    /// The first one.
    pub(crate) from_us: i64,
    /// The first one that is too late.
    pub(crate) until_us: i64,
}

impl Starts {
    /// Any instant.
    pub(crate) const ANY: Self = Self { from_us: i64::MIN, until_us: i64::MAX };

    /// Whether a run may begin at `at_us`.
    pub(crate) fn allow(self, at_us: i64) -> bool {
        self.from_us <= at_us && at_us < self.until_us
    }
}
