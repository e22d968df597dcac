//! The rows of one person after another, across runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::control::{QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::merge::{PersonRows, PersonWalk};

/// Up to so many runs it is faster to compare all of their next persons than to keep these in a heap.
const FEW_RUNS: usize = 16;

/// Calls `visit` for each person that has rows in any of `runs` (the person of each row, ascending), in ascending order, with the
/// person's rows in each run.
///
/// So what is distinct by person needs no hashing: a kernel only remembers who was seen last.
pub(crate) fn each_person(
    runs: &[&[u32]],
    control: &QueryControl,
    mut visit: impl FnMut(u32, &[PersonRows]),
) -> Result<(), QueryError> {
    try_each_person(runs, control, |person, rows| {
        visit(person, rows);
        Ok(())
    })
}

/// As [`each_person`], up to the first call of `visit` that fails.
pub(crate) fn try_each_person(
    runs: &[&[u32]],
    control: &QueryControl,
    mut visit: impl FnMut(u32, &[PersonRows]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut n_rows_since_check = ROWS_A_CHECK;
    let mut visit = |person: u32, rows: &[PersonRows]| {
        if n_rows_since_check >= ROWS_A_CHECK {
            control.check()?;
            n_rows_since_check = 0;
        }
        n_rows_since_check += rows.iter().map(|of_run| of_run.rows.len()).sum::<usize>();
        visit(person, rows)
    };
    if runs.len() > FEW_RUNS {
        return each_person_of_many(runs, visit);
    }
    let mut walk = PersonWalk::new(runs.iter().map(|&persons| (persons, true)));
    while let Some((person, rows)) = walk.next_person() {
        visit(person, rows)?;
    }
    Ok(())
}

fn each_person_of_many(
    runs: &[&[u32]],
    mut visit: impl FnMut(u32, &[PersonRows]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let mut heads: BinaryHeap<Reverse<(u32, usize)>> =
        runs.iter().enumerate().filter_map(|(run, persons)| Some(Reverse((*persons.first()?, run)))).collect();
    let mut next_rows = vec![0_usize; runs.len()];
    let mut found = Vec::with_capacity(runs.len());
    while let Some(&Reverse((person, _))) = heads.peek() {
        found.clear();
        while let Some(mut head) = heads.peek_mut() {
            let Reverse((head_person, run)) = *head;
            if head_person != person {
                break;
            }
            let (persons, start) = (runs[run], next_rows[run]);
            let end = persons[start..].iter().position(|&other| other != person).map_or(persons.len(), |n| start + n);
            next_rows[run] = end;
            found.push(PersonRows { run, rows: start..end });
            match persons.get(end) {
                Some(&next) => *head = Reverse((next, run)),
                None => {
                    PeekMut::pop(head);
                }
            }
        }
        visit(person, &found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of each person: `person:run rows`.
    fn seen(runs: &[&[u32]]) -> String {
        let mut seen = Vec::new();
        let note = |person: u32, rows: &[PersonRows]| {
            seen.push(rows.iter().map(|of| format!("{person}:{} {:?}", of.run, of.rows)).collect::<Vec<_>>().join(","));
        };
        each_person(runs, &QueryControl::unlimited(), note).unwrap();
        seen.join(" | ")
    }

    #[track_caller]
    fn check(runs: &[&[u32]], expected: &str) {
        assert_eq!(seen(runs), expected);
        // So many empty runs that the other way is taken.
        let mut many = runs.to_vec();
        many.resize(runs.len() + FEW_RUNS, &[]);
        assert_eq!(seen(&many), expected, "of many runs");
    }

    #[test]
    fn persons_come_once_each_and_ascending() {
        check(&[], "");
        check(&[&[], &[]], "");
        check(&[&[1, 1, 4]], "1:0 0..2 | 4:0 2..3");
        check(&[&[2, 2, 9], &[], &[1, 2, 9, 9]], "1:2 0..1 | 2:0 0..2,2:2 1..2 | 9:0 2..3,9:2 2..4");
    }

    #[test]
    fn a_cancelled_query_stops() {
        let control = QueryControl::unlimited();
        control.cancel();
        assert!(matches!(each_person(&[&[1]], &control, |_, _| ()), Err(QueryError::Cancelled)));
    }
}
