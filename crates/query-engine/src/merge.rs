//! Walks over several runs at once, person by person.

pub(crate) mod persons;

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
    /// How many of the runs lead; they stand first.
    n_leading: usize,
    /// The position of each run among those that the walk was made for.
    positions: Vec<usize>,
    /// The first row of each run that has not been walked over.
    cursors: Vec<usize>,
    /// The person of that row; [`NOBODY`] at the end of a run.
    heads: Vec<u64>,
    found: Vec<PersonRows>,
}

/// Greater than any person.
const NOBODY: u64 = u64::MAX;

impl<'a> PersonWalk<'a> {
    /// A walk over runs given by the persons of their rows, ascending, and whether they lead.
    pub(crate) fn new(runs: impl IntoIterator<Item = (&'a [u32], bool)>) -> Self {
        let mut runs: Vec<(usize, &[u32], bool)> =
            runs.into_iter().enumerate().map(|(position, (persons, leads))| (position, persons, leads)).collect();
        runs.sort_by_key(|(_, _, leads)| !leads);
        Self {
            n_leading: runs.iter().filter(|(_, _, leads)| *leads).count(),
            positions: runs.iter().map(|(position, ..)| *position).collect(),
            cursors: vec![0; runs.len()],
            heads: runs
                .iter()
                .map(|(_, persons, _)| persons.first().map_or(NOBODY, |person| (*person).into()))
                .collect(),
            found: Vec::with_capacity(runs.len()),
            runs: runs.into_iter().map(|(_, persons, _)| persons).collect(),
        }
    }

    /// The next person and their rows in the leading runs.
    pub(crate) fn next_person(&mut self) -> Option<(u32, &[PersonRows])> {
        let person = *self.heads[..self.n_leading].iter().min()?;
        let person = u32::try_from(person).ok()?;
        self.found.clear();
        for run in 0..self.n_leading {
            if self.heads[run] == u64::from(person) {
                self.find(run, person);
            }
        }
        Some((person, &self.found))
    }

    /// The rows in all runs of the person that [`Self::next_person`] gave last.
    pub(crate) fn all_rows(&mut self, person: u32) -> &[PersonRows] {
        for run in self.n_leading..self.runs.len() {
            if self.heads[run] <= u64::from(person) {
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
        self.heads[run] = persons.get(end).map_or(NOBODY, |person| (*person).into());
        if start < end {
            self.found.push(PersonRows { run: self.positions[run], rows: start..end });
        }
    }
}

/// Merges consecutive sorted parts of `items` into one, keeping the order of equal keys; `ends` has where each part ends.
///
/// Takes no memory but for what `scratch` and `ends` keep from one call to the next.
pub(crate) fn merge_parts<T: Copy, K: Ord>(
    items: &mut Vec<T>,
    ends: &mut Vec<usize>,
    scratch: &mut Vec<T>,
    key: impl Fn(&T) -> K,
) {
    // parts that follow one another anyway, as those of segments mostly do, count as one
    let mut n_parts = 0;
    for part in 0..ends.len() {
        let end = ends[part];
        let before = if n_parts == 0 { 0 } else { ends[n_parts - 1] };
        let follows = before == end || before > 0 && key(&items[before - 1]) <= key(&items[before]);
        if n_parts > 0 && follows {
            ends[n_parts - 1] = end;
        } else {
            ends[n_parts] = end;
            n_parts += 1;
        }
    }
    ends.truncate(n_parts);
    while ends.len() > 1 {
        scratch.clear();
        let mut start = 0;
        let mut n_merged = 0;
        for pair in 0..ends.len().div_ceil(2) {
            let middle = ends[2 * pair];
            let end = ends.get(2 * pair + 1).copied().unwrap_or(middle);
            let (mut left, mut right) = (start, middle);
            while left < middle && right < end {
                let from = if key(&items[right]) < key(&items[left]) { &mut right } else { &mut left };
                scratch.push(items[*from]);
                *from += 1;
            }
            scratch.extend_from_slice(&items[left..middle]);
            scratch.extend_from_slice(&items[right..end]);
            ends[n_merged] = end;
            n_merged += 1;
            start = end;
        }
        ends.truncate(n_merged);
        std::mem::swap(items, scratch);
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
        fn merged_parts_are_sorted_as_if_at_once(mut parts in prop::collection::vec(prop::collection::vec((0_u8..9, any::<u8>()), 0..9), 0..7)) {
            for part in &mut parts {
                part.sort_by_key(|(key, _)| *key);
            }
            let mut items = parts.concat();
            let mut ends: Vec<usize> = parts.iter().scan(0, |end, part| { *end += part.len(); Some(*end) }).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            merge_parts(&mut items, &mut ends, &mut Vec::new(), |(key, _)| *key);
            prop_assert_eq!(items, expected);
        }

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
