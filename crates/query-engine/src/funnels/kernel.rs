//! Sequence matching over plain slices: which steps of a funnel one actor took, and when. Every type here can be used alone.
//!
//! An actor's events come as [`Mark`]s in order of time. The rules, in words that a slow program could follow:
//!
//! - A **run** begins at an event of the first step. From then on it takes, in order of time, the first event of its next step, as
//!   long as no more than the window lies between that event and the run's first one.
//! - Several different events at one instant are taken in the order of the steps, each at most once by a run; the exclusions among
//!   them are ignored. Equal events at one instant are taken one after another.
//! - An optional step may be left out: a run takes an event for the deepest step that it may. Where several events of an instant
//!   allow it, optional steps are taken on the way.
//! - An exclusion within the window stops a run whose last step is one of those that it names. A stopped run counts as having gone one
//!   step further where an event for that step follows within the window, but never as good as a run that was not stopped.
//! - In a **strict** funnel an event ends every run whose last step it is not, once runs have taken it as their next step. Different events
//!   at one instant end none.
//! - Of several runs that get to a step at one instant, the one that left out the fewest steps at that instant stands for all, or else
//!   the latest. The actor's outcome is the first run that goes deepest and is not stopped. Where only stopped runs go that deep, the
//!   actor is out of the funnel.
//!
//! The fast program keeps one run for each depth: of two runs with the same last step the later one can do whatever the other can.

pub(crate) mod instants;
pub(crate) mod ordered;
pub(crate) mod strict;
#[cfg(test)]
mod tests;
pub(crate) mod unordered;

use self::ordered::OrderedMatcher;
use self::strict::StrictMatcher;

/// Most steps that a funnel may have: a set of steps is the bits of a `u32`.
pub(crate) const MAX_STEPS: usize = 30;

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

/// A matcher of steps that come in order.
#[derive(Debug)]
pub(crate) enum MatcherInOrder {
    /// Whatever is between them.
    Ordered(OrderedMatcher),
    /// With nothing between them.
    Strict(StrictMatcher),
}

impl MatcherInOrder {
    /// A matcher that goes by `rules`.
    pub(crate) fn new(rules: Rules) -> Self {
        if rules.strict { Self::Strict(StrictMatcher::new(rules)) } else { Self::Ordered(OrderedMatcher::new(rules)) }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(crate) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        match self {
            Self::Ordered(matcher) => matcher.deepest(marks, starts),
            Self::Strict(matcher) => matcher.deepest(marks, starts),
        }
    }
}

/// What a matcher goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Number of steps, 1 to [`MAX_STEPS`].
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
