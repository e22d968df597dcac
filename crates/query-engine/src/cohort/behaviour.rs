//! What somebody did: events, how often and when.

use crate::funnels::kernel::{Mark, MatcherInOrder, Rules, Starts};
use crate::predicate::{Predicate, Relation};
use crate::scan::EventSet;

/// Events, and how somebody must have done them.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// The events by name.
    pub events: EventSet,
    /// What an event must satisfy besides.
    pub predicate: Predicate,
    /// How often, and when.
    pub criterion: Criterion,
}

/// How often somebody did something, and when.
#[derive(Clone, Debug, PartialEq)]
pub enum Criterion {
    /// The number of the events within the span stands in `relation` to `n`; never so for somebody who has none.
    Times {
        /// When.
        within: Span,
        /// How the number must compare.
        relation: Relation,
        /// With what.
        n: u64,
    },
    /// The first of the events of all time lies within the span and satisfies a further condition; of several at that instant it suffices
    /// that one does.
    FirstTime {
        /// When.
        within: Span,
        /// What the first event must satisfy to count.
        filter: Predicate,
    },
    /// In at least so many of the periods there is an event within the span, and their number there stands in `relation` to `n`.
    Regularly {
        /// When.
        within: Span,
        /// Edges of the periods, in microseconds since 1970 UTC, ascending, one more than there are periods.
        edges_us: Vec<i64>,
        /// How the number must compare.
        relation: Relation,
        /// With what.
        n: u64,
        /// In how many of the periods.
        min_periods: u64,
    },
    /// One of the events is followed by one of others, as the steps of a funnel follow each other.
    Then {
        /// When both happen.
        within: Span,
        /// The other events by name.
        events: EventSet,
        /// What such an event must satisfy besides.
        predicate: Predicate,
        /// Most time between the two, in microseconds, inclusive.
        window_us: i64,
    },
}

/// Part of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant, in microseconds since 1970 UTC.
    pub from_us: i64,
    /// First instant that is too late, in microseconds since 1970 UTC.
    pub until_us: i64,
}

impl Span {
    /// Whether `at_us` is in it.
    pub fn contains(&self, at_us: i64) -> bool {
        (self.from_us..self.until_us).contains(&at_us)
    }
}

/// Bit of [`Mark::steps`] for the events asked for.
pub(super) const ASKED_FOR: u32 = 1;

/// Bit of [`Mark::steps`] for the events that must follow, and for those that satisfy the further condition.
pub(super) const SECOND: u32 = 2;

impl Behaviour {
    /// The conditions on events.
    pub(crate) fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        [&self.predicate].into_iter().chain(self.second().map(|(_, predicate)| predicate))
    }

    /// The events besides, and what they must satisfy, that make [`SECOND`].
    pub(super) fn second(&self) -> Option<(&EventSet, &Predicate)> {
        match &self.criterion {
            Criterion::Then { events, predicate, .. } => Some((events, predicate)),
            Criterion::FirstTime { filter, .. } => Some((&self.events, filter)),
            Criterion::Times { .. } | Criterion::Regularly { .. } => None,
        }
    }

    /// The events that have to be looked at: their names, the first instant if any, and the first instant that is too late.
    pub(super) fn looks_at(&self) -> (EventSet, Option<i64>, i64) {
        match &self.criterion {
            Criterion::Times { within, .. } | Criterion::Regularly { within, .. } => {
                (self.events.clone(), Some(within.from_us), within.until_us)
            }
            Criterion::FirstTime { within, .. } => (self.events.clone(), None, within.until_us),
            Criterion::Then { within, events, .. } => {
                (self.events.clone().union(events), Some(within.from_us), within.until_us)
            }
        }
    }
}

/// Decides person after person; takes its memory once.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    criterion: &'a Criterion,
    /// For [`Criterion::Then`].
    matcher: Option<MatcherInOrder>,
    /// For [`Criterion::Then`]: the events of the person at hand.
    in_order: Vec<Mark>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(criterion: &'a Criterion) -> Self {
        let matcher = match criterion {
            Criterion::Then { window_us, .. } => {
                Some(MatcherInOrder::new(Rules { n_steps: 2, optional: 0, window_us: *window_us, strict: false }))
            }
            Criterion::Times { .. } | Criterion::FirstTime { .. } | Criterion::Regularly { .. } => None,
        };
        Self { criterion, matcher, in_order: Vec::new() }
    }

    /// Whether the criterion holds for the person of these events, which are in order of time; [`Mark::steps`] says what each of them is.
    pub(super) fn holds(&mut self, marks: &[Mark]) -> bool {
        let asked_for = marks.iter().filter(|mark| mark.steps & ASKED_FOR != 0).map(|mark| mark.at_us);
        match self.criterion {
            Criterion::Times { within, relation, n } => {
                meets(asked_for.filter(|at_us| within.contains(*at_us)).count(), *relation, *n)
            }
            Criterion::FirstTime { within, .. } => {
                let mut marks = marks.iter().filter(|mark| mark.steps & ASKED_FOR != 0).peekable();
                let first_us = marks.peek().map(|mark| mark.at_us).filter(|first_us| within.contains(*first_us));
                first_us.is_some_and(|first_us| {
                    marks.take_while(|mark| mark.at_us == first_us).any(|mark| mark.steps & SECOND != 0)
                })
            }
            Criterion::Regularly { within, edges_us, relation, n, min_periods } => {
                let times: Vec<i64> = asked_for.filter(|at_us| within.contains(*at_us)).collect();
                let before = |edge: &i64| times.partition_point(|at_us| at_us < edge);
                let periods = edges_us.windows(2).map(|edges| before(&edges[1]) - before(&edges[0]));
                periods.filter(|n_times| meets(*n_times, *relation, *n)).count() as u64 >= *min_periods
            }
            Criterion::Then { .. } => {
                let matcher = self.matcher.as_mut().expect("made for this criterion");
                self.in_order.clear();
                self.in_order.extend(marks);
                // of two events at one instant either may be the one that follows: those that can only be first come first
                let rank = |mark: &Mark| (mark.at_us, mark.steps & SECOND != 0, mark.steps & ASKED_FOR == 0);
                self.in_order.sort_by_key(rank);
                matcher.deepest(&self.in_order, Starts::ANY).is_some_and(|progress| progress.depth == 2)
            }
        }
    }
}

/// Whether a number of events, of which there must be one, compares so.
fn meets(n_times: usize, relation: Relation, n: u64) -> bool {
    n_times > 0 && relation.holds((n_times as u64).cmp(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Span = Span { from_us: 10, until_us: 20 };

    /// Events as `(instant, steps)`.
    #[track_caller]
    fn check(criterion: &Criterion, events: &[(i64, u32)], expected: bool) {
        let marks: Vec<Mark> = events.iter().map(|&(at_us, steps)| Mark { at_us, steps, ..Mark::default() }).collect();
        assert_eq!(Judge::new(criterion).holds(&marks), expected, "{criterion:?} of {events:?}");
    }

    #[test]
    fn a_number_of_times_is_of_events_within_the_span() {
        let times = |relation, n| Criterion::Times { within: WITHIN, relation, n };
        check(&times(Relation::AtLeast, 1), &[(9, 1), (20, 1)], false);
        check(&times(Relation::AtLeast, 1), &[(9, 1), (19, 1)], true);
        check(&times(Relation::AtLeast, 1), &[(12, 0)], false);
        check(&times(Relation::Equal, 2), &[(10, 1), (10, 1)], true);
        check(&times(Relation::AtMost, 2), &[(10, 1), (11, 1), (12, 1)], false);
        check(&times(Relation::AtMost, 2), &[(30, 1)], false);
    }

    #[test]
    fn the_first_time_is_of_all_time_and_must_satisfy_the_filter() {
        let first = Criterion::FirstTime { within: WITHIN, filter: Predicate::ALWAYS };
        check(&first, &[], false);
        check(&first, &[(9, 2), (12, 3), (13, 1)], true);
        check(&first, &[(9, 1), (12, 3)], false);
        check(&first, &[(12, 1), (13, 3)], false);
        check(&first, &[(12, 1), (12, 3)], true);
        check(&first, &[(20, 3)], false);
    }

    #[test]
    fn regularly_counts_the_periods_that_have_enough() {
        let within = Span { from_us: 5, until_us: 30 };
        let regularly = |relation, n, min_periods| {
            let edges_us = vec![0, 10, 20, 30];
            Criterion::Regularly { within, edges_us, relation, n, min_periods }
        };
        check(&regularly(Relation::AtLeast, 1, 1), &[(4, 1)], false);
        check(&regularly(Relation::AtLeast, 1, 2), &[(6, 1), (9, 1)], false);
        check(&regularly(Relation::AtLeast, 1, 2), &[(9, 1), (10, 1)], true);
        check(&regularly(Relation::AtLeast, 1, 2), &[(9, 1), (30, 1)], false);
        check(&regularly(Relation::AtMost, 1, 2), &[(9, 1)], false);
        check(&regularly(Relation::Equal, 2, 1), &[(11, 1), (12, 1), (13, 0)], true);
    }

    #[test]
    fn what_follows_comes_within_the_window() {
        let then =
            Criterion::Then { within: WITHIN, events: EventSet::All, predicate: Predicate::ALWAYS, window_us: 3 };
        check(&then, &[(10, 1), (13, 2)], true);
        check(&then, &[(10, 1), (14, 2)], false);
        check(&then, &[(10, 2), (11, 1)], false);
        check(&then, &[(10, 1), (10, 2)], true);
        check(&then, &[(10, 3)], false);
        check(&then, &[(10, 3), (12, 3)], true);
        for steps in [[1, 3], [3, 2], [3, 3], [1, 2]] {
            check(&then, &steps.map(|steps| (10, steps)), true);
            check(&then, &[steps[1], steps[0]].map(|steps| (10, steps)), true);
        }
        check(&then, &[(10, 1), (10, 1)], false);
    }
}
