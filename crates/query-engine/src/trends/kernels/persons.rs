//! The rows of one person after another, across runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::ROWS_A_CHECK;
use crate::control::QueryControl;
use crate::error::QueryError;

/// Calls `visit` for each person that has rows in any of `runs` (the person of each row, ascending), in ascending order, with the
/// person's rows as ranges of rows by run, in the order of the runs.
///
/// So what is distinct by person needs no hashing: a kernel only remembers who was seen last.
pub(crate) fn each_person(
    runs: &[&[u32]],
    control: &QueryControl,
    mut visit: impl FnMut(u32, &[(usize, Range<usize>)]),
) -> Result<(), QueryError> {
    let mut heads: BinaryHeap<Reverse<(u32, usize)>> =
        runs.iter().enumerate().filter_map(|(run, persons)| Some(Reverse((*persons.first()?, run)))).collect();
    let mut next_rows = vec![0_usize; runs.len()];
    let mut ranges = Vec::with_capacity(runs.len());
    let mut n_rows_since_check = ROWS_A_CHECK;
    while let Some(&Reverse((person, _))) = heads.peek() {
        if n_rows_since_check >= ROWS_A_CHECK {
            control.check()?;
            n_rows_since_check = 0;
        }
        ranges.clear();
        while let Some(mut head) = heads.peek_mut() {
            let Reverse((head_person, run)) = *head;
            if head_person != person {
                break;
            }
            let (persons, start) = (runs[run], next_rows[run]);
            let end = persons[start..].iter().position(|&other| other != person).map_or(persons.len(), |n| start + n);
            next_rows[run] = end;
            n_rows_since_check += end - start;
            ranges.push((run, start..end));
            match persons.get(end) {
                Some(&next) => *head = Reverse((next, run)),
                None => {
                    std::collections::binary_heap::PeekMut::pop(head);
                }
            }
        }
        visit(person, &ranges);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(runs: &[&[u32]], expected: &str) {
        let mut seen = Vec::new();
        each_person(runs, &QueryControl::unlimited(), |person, ranges| seen.push(format!("{person}:{ranges:?}")))
            .unwrap();
        assert_eq!(seen.join(" "), expected);
    }

    #[test]
    fn persons_come_once_each_and_ascending() {
        check(&[], "");
        check(&[&[], &[]], "");
        check(&[&[1, 1, 4]], "1:[(0, 0..2)] 4:[(0, 2..3)]");
        check(&[&[2, 2, 9], &[], &[1, 2, 9, 9]], "1:[(2, 0..1)] 2:[(0, 0..2), (2, 1..2)] 9:[(0, 2..3), (2, 2..4)]");
    }

    #[test]
    fn a_cancelled_query_stops() {
        let control = QueryControl::unlimited();
        control.cancel();
        assert!(matches!(each_person(&[&[1]], &control, |_, _| ()), Err(QueryError::Cancelled)));
    }
}
