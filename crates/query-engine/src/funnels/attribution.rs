//! Under which values of a breakdown an actor counts, and by which of its events.

use super::kernel::Mark;
use super::values::EMPTY;
use crate::plan::sequence::{Attribution, SequenceOrder};

/// Takes an actor's events apart by value; takes its memory once.
#[derive(Debug)]
pub(super) struct Attributor {
    attribution: Option<Attribution>,
    order: SequenceOrder,
    /// The value without an attribution.
    constant: u32,
    values: Vec<u32>,
    marks: Vec<Mark>,
}

/// One value of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributed<'a> {
    /// The number of the value.
    pub(super) value: u32,
    /// The events that count for it, in order of time.
    pub(super) marks: &'a [Mark],
    /// The value that the first event of an unordered run must have.
    pub(super) first_value: Option<u32>,
}

impl Attributor {
    /// Without an attribution there is one value, [`EMPTY`].
    pub(super) fn new(attribution: Option<Attribution>, order: SequenceOrder) -> Self {
        Self { attribution, order, constant: EMPTY, values: Vec::new(), marks: Vec::new() }
    }

    /// All events count for the one value.
    pub(super) fn constant(value: u32, order: SequenceOrder) -> Self {
        Self { constant: value, ..Self::new(None, order) }
    }

    /// Calls `on_value` for each value of the actor with these events, which are in order of time.
    pub(super) fn for_each<E>(
        &mut self,
        marks: &[Mark],
        mut on_value: impl FnMut(Attributed<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let whole = |value| Attributed { value, marks, first_value: None };
        let touched = |mark: &Mark| (mark.value != EMPTY).then_some(mark.value);
        match self.attribution {
            None => on_value(whole(self.constant)),
            Some(Attribution::FirstTouch) => on_value(whole(marks.iter().find_map(touched).unwrap_or(EMPTY))),
            Some(Attribution::LastTouch) => on_value(whole(marks.iter().rev().find_map(touched).unwrap_or(EMPTY))),
            Some(Attribution::AllEvents) => {
                self.distinct(marks, |_| true);
                for &value in &self.values {
                    self.marks.clear();
                    self.marks.extend(marks.iter().filter(|mark| mark.value == value));
                    on_value(Attributed { value, marks: &self.marks, first_value: None })?;
                }
                Ok(())
            }
            Some(Attribution::Step(_)) if self.order == SequenceOrder::Unordered => {
                self.distinct(marks, |mark| mark.steps != 0);
                for &value in &self.values {
                    on_value(Attributed { value, marks, first_value: Some(value) })?;
                }
                Ok(())
            }
            Some(Attribution::Step(step)) => {
                let bit = 1 << step;
                self.distinct(marks, |mark| mark.steps & bit != 0);
                for &value in &self.values {
                    self.marks.clear();
                    self.marks.extend(marks.iter().map(|mark| {
                        let unattributed = if mark.value == value { 0 } else { mark.steps & bit };
                        Mark { steps: mark.steps & !unattributed, unattributed, ..*mark }
                    }));
                    if self.order == SequenceOrder::Ordered {
                        self.marks.retain(|mark| mark.steps != 0 || mark.excludes != 0);
                    }
                    on_value(Attributed { value, marks: &self.marks, first_value: None })?;
                }
                Ok(())
            }
        }
    }

    fn distinct(&mut self, marks: &[Mark], counts: impl Fn(&Mark) -> bool) {
        self.values.clear();
        self.values.extend(marks.iter().filter(|mark| counts(mark)).map(|mark| mark.value));
        self.values.sort_unstable();
        self.values.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks as `(steps, value)`, a second apart.
    #[track_caller]
    fn check(attribution: Attribution, order: SequenceOrder, marks: &[(u32, u32)], expected: &[(u32, &[u32])]) {
        let marks: Vec<Mark> = (0..)
            .zip(marks)
            .map(|(second, &(steps, value))| Mark { at_us: second * 1_000_000, steps, value, ..Mark::default() })
            .collect();
        let mut found = Vec::new();
        let mut attributor = Attributor::new(Some(attribution), order);
        let result: Result<(), ()> = attributor.for_each(&marks, |of| {
            found.push((of.value, of.marks.iter().map(|mark| mark.steps).collect::<Vec<_>>()));
            Ok(())
        });
        assert_eq!(result, Ok(()));
        let expected: Vec<_> = expected.iter().map(|(value, steps)| (*value, steps.to_vec())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn touches_are_the_first_and_the_last_value_that_is_there() {
        let marks = [(1, 0), (2, 7), (4, 8), (4, 0)];
        check(Attribution::FirstTouch, SequenceOrder::Ordered, &marks, &[(7, &[1, 2, 4, 4])]);
        check(Attribution::LastTouch, SequenceOrder::Ordered, &marks, &[(8, &[1, 2, 4, 4])]);
        check(Attribution::FirstTouch, SequenceOrder::Ordered, &[(1, 0)], &[(0, &[1])]);
    }

    #[test]
    fn all_events_takes_the_events_of_each_value() {
        let marks = [(1, 8), (2, 0), (4, 8)];
        check(Attribution::AllEvents, SequenceOrder::Ordered, &marks, &[(0, &[2]), (8, &[1, 4])]);
    }

    #[test]
    fn a_step_takes_the_step_from_events_of_other_values() {
        let marks = [(1, 0), (3, 8), (2, 9)];
        check(Attribution::Step(1), SequenceOrder::Strict, &marks, &[(8, &[1, 3, 0]), (9, &[1, 1, 2])]);
        check(Attribution::Step(1), SequenceOrder::Ordered, &marks, &[(8, &[1, 3]), (9, &[1, 1, 2])]);
        check(Attribution::Step(1), SequenceOrder::Ordered, &[(1, 8)], &[]);
    }

    #[test]
    fn an_unordered_sequence_has_every_value_of_a_step() {
        let marks = [(1, 8), (0, 7), (2, 9)];
        check(Attribution::Step(0), SequenceOrder::Unordered, &marks, &[(8, &[1, 0, 2]), (9, &[1, 0, 2])]);
    }
}
