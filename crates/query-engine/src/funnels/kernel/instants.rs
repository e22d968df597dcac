//! Cuts an actor's events into the groups that are matched at once.

use super::Mark;

/// The groups of an actor's events, which are in order of time: the events of one instant where they differ, else single events.
#[derive(Clone, Debug)]
pub(crate) struct Instants<'a> {
    rest: &'a [Mark],
    /// How many of the next events are known to be equal ones of one instant.
    n_equal: usize,
}

/// Events that are matched at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant<'a> {
    /// When, in microseconds since 1970 UTC.
    pub(crate) at_us: i64,
    /// The events; at least one.
    pub(crate) marks: &'a [Mark],
}

impl<'a> Instants<'a> {
    /// The groups of `marks`.
    pub(crate) fn new(marks: &'a [Mark]) -> Self {
        Self { rest: marks, n_equal: 0 }
    }
}

impl Instant<'_> {
    /// The steps after which the events stop a run; none where different events share the instant.
    pub(crate) fn excludes(&self) -> u32 {
        match self.marks {
            [single] => single.excludes,
            _ => 0,
        }
    }
}

impl<'a> Iterator for Instants<'a> {
    type Item = Instant<'a>;

    fn next(&mut self) -> Option<Instant<'a>> {
        let first = self.rest.first()?;
        let is_alone = self.rest.get(1).is_none_or(|second| second.at_us != first.at_us);
        if is_alone {
            self.n_equal = 1;
        } else if self.n_equal == 0 {
            let n_at_once = self.rest.iter().take_while(|mark| mark.at_us == first.at_us).count();
            let group = &self.rest[..n_at_once];
            if !group.iter().all(|mark| mark.is_like(first)) {
                self.rest = &self.rest[n_at_once..];
                return Some(Instant { at_us: first.at_us, marks: group });
            }
            self.n_equal = n_at_once;
        }
        self.n_equal -= 1;
        let (single, rest) = self.rest.split_at(1);
        self.rest = rest;
        Some(Instant { at_us: first.at_us, marks: single })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marks: &[(i64, u32, u32)], expected: &[usize]) {
        let marks: Vec<Mark> =
            marks.iter().map(|&(at_us, steps, excludes)| Mark { at_us, steps, excludes, ..Mark::default() }).collect();
        let found: Vec<usize> = Instants::new(&marks).map(|instant| instant.marks.len()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn events_of_one_instant_are_one_group_where_they_differ() {
        check(&[], &[]);
        check(&[(1, 1, 0), (2, 1, 0)], &[1, 1]);
        check(&[(1, 1, 0), (1, 2, 0), (2, 1, 0)], &[2, 1]);
        check(&[(1, 1, 0), (1, 0, 1)], &[2]);
        check(&[(1, 1, 0), (1, 1, 0), (1, 2, 0)], &[3]);
    }

    #[test]
    fn equal_events_of_one_instant_are_single() {
        check(&[(1, 1, 0), (1, 1, 0), (1, 1, 0), (2, 1, 0), (2, 2, 0)], &[1, 1, 1, 2]);
        check(&[(1, 0, 1), (1, 0, 1)], &[1, 1]);
    }

    #[test]
    fn exclusions_among_different_events_of_an_instant_are_ignored() {
        let mixed = [Mark { steps: 1, ..Mark::default() }, Mark { excludes: 1, ..Mark::default() }];
        assert_eq!(Instants::new(&mixed).map(|instant| instant.excludes()).collect::<Vec<_>>(), [0]);
        assert_eq!(Instants::new(&mixed[1..]).map(|instant| instant.excludes()).collect::<Vec<_>>(), [1]);
    }
}
