//! Walks over several runs at once, person by person.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// The rows of one run that are one person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonRows {
    /// The position of the run among those that are walked over.
    pub(crate) run: usize,
    /// The rows; at least one.
    pub(crate) rows: Range<usize>,
}

/// A walk over runs, each sorted by person, that stops at every person who is in a **leading** run.
///
/// Costs a comparison a run for each person it stops at, and a search that is fast for near rows for what is skipped.
#[derive(Debug)]
pub(crate) struct PersonWalk<'a> {
    runs: Vec<&'a [u32]>,
    leading: Vec<bool>,
    /// The first row of each run that has not been walked over.
    cursors: Vec<usize>,
    /// The next person of each leading run, and the run.
    next: BinaryHeap<Reverse<(u32, usize)>>,
    found: Vec<PersonRows>,
}

impl<'a> PersonWalk<'a> {
    /// A walk over runs given by the persons of their rows, ascending, and whether they lead.
    pub(crate) fn new(runs: impl IntoIterator<Item = (&'a [u32], bool)>) -> Self {
        let (runs, leading): (Vec<&[u32]>, Vec<bool>) = runs.into_iter().unzip();
        let next = (0..runs.len())
            .filter(|&run| leading[run])
            .filter_map(|run| Some(Reverse((*runs[run].first()?, run))))
            .collect();
        Self { cursors: vec![0; runs.len()], found: Vec::with_capacity(runs.len()), runs, leading, next }
    }

    /// The next person and their rows in the leading runs.
    pub(crate) fn next_person(&mut self) -> Option<(u32, &[PersonRows])> {
        let Reverse((person, _)) = *self.next.peek()?;
        self.found.clear();
        while let Some(&Reverse((other, run))) = self.next.peek()
            && other == person
        {
            self.next.pop();
            self.find(run, person);
            if let Some(&following) = self.runs[run].get(self.cursors[run]) {
                self.next.push(Reverse((following, run)));
            }
        }
        Some((person, &self.found))
    }

    /// The rows in all runs of the person that [`Self::next_person`] gave last.
    pub(crate) fn all_rows(&mut self, person: u32) -> &[PersonRows] {
        for run in 0..self.runs.len() {
            if !self.leading[run] {
                self.find(run, person);
            }
        }
        &self.found
    }

    /// Moves the cursor of `run` past `person` and notes the rows.
    fn find(&mut self, run: usize, person: u32) {
        let persons = self.runs[run];
        let start = gallop(persons, self.cursors[run], |other| other < person);
        let end = gallop(persons, start, |other| other == person);
        self.cursors[run] = end;
        if start < end {
            self.found.push(PersonRows { run, rows: start..end });
        }
    }
}

/// The first position from `start` on whose value `goes_on` does not hold for; it holds for a first part of the values and no others.
fn gallop(values: &[u32], start: usize, goes_on: impl Fn(u32) -> bool) -> usize {
    let mut low = start;
    let mut step = 1;
    loop {
        let probe = low + step - 1;
        match values.get(probe) {
            Some(&value) if goes_on(value) => {
                low = probe + 1;
                step *= 2;
            }
            _ => {
                let high = probe.min(values.len());
                return low + values[low..high].partition_point(|&value| goes_on(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stops_at_every_person_of_a_leading_run() {
        let mut walk = PersonWalk::new([(&[1, 1, 4][..], true), (&[0, 1, 2, 4, 4][..], false), (&[4, 7][..], true)]);
        let rows = |run, rows| PersonRows { run, rows };
        assert_eq!(walk.next_person(), Some((1, &[rows(0, 0..2)][..])));
        assert_eq!(walk.all_rows(1), [rows(0, 0..2), rows(1, 1..2)]);
        assert_eq!(walk.next_person(), Some((4, &[rows(0, 2..3), rows(2, 0..1)][..])));
        assert_eq!(walk.all_rows(4), [rows(0, 2..3), rows(2, 0..1), rows(1, 3..5)]);
        assert_eq!(walk.next_person(), Some((7, &[rows(2, 1..2)][..])));
        assert_eq!(walk.next_person(), None);
    }

    proptest! {
        #[test]
        fn finds_the_rows_that_a_plain_search_finds(
            mut runs in prop::collection::vec((prop::collection::vec(0_u32..40, 0..60), any::<bool>()), 0..5),
            skip in any::<u64>(),
        ) {
            for (persons, _) in &mut runs {
                persons.sort_unstable();
            }
            let mut walk = PersonWalk::new(runs.iter().map(|(persons, leads)| (&persons[..], *leads)));
            for person in 0..40 {
                let expected = |leading_only: bool| {
                    let mut found = Vec::new();
                    for (run, (persons, leads)) in runs.iter().enumerate() {
                        let rows: Vec<usize> = (0..persons.len()).filter(|&row| persons[row] == person).collect();
                        if let (Some(first), Some(last)) = (rows.first(), rows.last())
                            && (*leads || !leading_only)
                        {
                            found.push(PersonRows { run, rows: *first..*last + 1 });
                        }
                    }
                    found
                };
                if expected(true).is_empty() {
                    continue;
                }
                let (found, rows) = walk.next_person().expect("a person of a leading run comes up");
                prop_assert_eq!(found, person);
                prop_assert_eq!(rows, expected(true));
                if skip >> person & 1 == 0 {
                    let mut rows = walk.all_rows(person).to_vec();
                    rows.sort_by_key(|rows| rows.run);
                    prop_assert_eq!(rows, expected(false));
                }
            }
            prop_assert_eq!(walk.next_person(), None);
        }
    }
}
