//! Cutting what an actor visits into paths. Works on plain slices; can be used alone.

use super::items::EMPTY;

/// An event of an actor, as paths see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// When, in microseconds since 1970 UTC.
    pub(super) at_us: i64,
    /// What.
    pub(super) item: u32,
}

/// What paths are cut by; see [`crate::plan::paths::PathEdges`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutRules {
    /// A path ends where the next visit is so long after the last one, in microseconds, or longer.
    pub(super) break_us: i64,
    /// The item that paths begin with.
    pub(super) start: Option<u32>,
    /// The item that paths end with.
    pub(super) end: Option<u32>,
    /// The most visits of a path.
    pub(super) n_visits: usize,
    /// The item that stands for visits that were left out.
    pub(super) left_out: u32,
}

/// Cuts the visits of one actor after the other; takes its memory once.
#[derive(Debug)]
pub(super) struct PathCutter {
    rules: CutRules,
    path: Vec<Visit>,
}

impl PathCutter {
    /// A cutter that goes by `rules`.
    pub(super) fn new(rules: CutRules) -> Self {
        Self { rules, path: Vec::new() }
    }

    /// Calls `on_path` with the visits of each path, of two of which in a row the items differ, in `visits`, which are in order of time.
    pub(super) fn for_each_path<E>(
        &mut self,
        visits: &[Visit],
        mut on_path: impl FnMut(&[Visit]) -> Result<(), E>,
    ) -> Result<(), E> {
        let goes_on = |before: &Visit, visit: &Visit| visit.at_us - before.at_us < self.rules.break_us;
        for visits in visits.chunk_by(goes_on) {
            self.path.clear();
            for &visit in visits {
                match self.path.last_mut() {
                    Some(last) if last.item == visit.item => *last = visit,
                    _ => self.path.push(visit),
                }
            }
            if self.path.last().is_some_and(|last| last.item == EMPTY) {
                self.path.pop();
            }
            if let Some(path) = cut(&self.rules, &mut self.path) {
                on_path(path)?;
            }
        }
        Ok(())
    }
}

/// What counts of a path; `None` where a point is missing.
fn cut<'a>(rules: &CutRules, path: &'a mut Vec<Visit>) -> Option<&'a [Visit]> {
    let position = |path: &[Visit], item| path.iter().position(|visit| visit.item == item);
    let first = rules.start.map_or(Some(0), |item| position(path, item))?;
    let last =
        rules.end.map_or(Some(path.len()), |item| position(&path[first..], item).map(|last| first + last + 1))?;
    let n_over = (last - first).saturating_sub(rules.n_visits);
    if n_over == 0 {
        return Some(&path[first..last]);
    }
    match (rules.start, rules.end) {
        (Some(_), Some(_)) => {
            let half = rules.n_visits / 2;
            let left_out = Visit { item: rules.left_out, ..path[first + half] };
            path.splice(first + half..last - half, [left_out]);
            Some(&path[first..first + 2 * half + 1])
        }
        (None, Some(_)) => Some(&path[first + n_over..last]),
        (_, None) => Some(&path[first..last - n_over]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: CutRules = CutRules { break_us: 10, start: None, end: None, n_visits: 3, left_out: 99 };

    /// Visits as `(at, item)`.
    #[track_caller]
    fn check(rules: CutRules, visits: &[(i64, u32)], expected: &[&[(i64, u32)]]) {
        let visits: Vec<Visit> = visits.iter().map(|&(at_us, item)| Visit { at_us, item }).collect();
        let mut found = Vec::new();
        let result: Result<(), ()> = PathCutter::new(rules).for_each_path(&visits, |path| {
            found.push(path.iter().map(|visit| (visit.at_us, visit.item)).collect::<Vec<_>>());
            Ok(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_path_ends_where_nothing_happens_for_long() {
        check(RULES, &[], &[]);
        check(RULES, &[(0, 1), (9, 2), (19, 3), (28, 4)], &[&[(0, 1), (9, 2)], &[(19, 3), (28, 4)]]);
    }

    #[test]
    fn of_visits_to_one_item_in_a_row_the_last_one_stays() {
        check(RULES, &[(0, 1), (2, 1), (4, 2), (5, 1)], &[&[(2, 1), (4, 2), (5, 1)]]);
        // the break is between the events, not between what stays
        check(RULES, &[(0, 1), (9, 2), (18, 2), (27, 3)], &[&[(0, 1), (18, 2), (27, 3)]]);
    }

    #[test]
    fn empty_items_at_the_end_do_not_count() {
        check(RULES, &[(0, EMPTY), (1, 1), (2, EMPTY), (3, EMPTY)], &[&[(0, EMPTY), (1, 1)]]);
        check(RULES, &[(0, EMPTY)], &[&[]]);
    }

    #[test]
    fn the_first_visits_count_and_the_last_before_an_end() {
        let visits = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 3)];
        check(RULES, &visits, &[&[(0, 1), (1, 2), (2, 3)]]);
        check(CutRules { start: Some(3), ..RULES }, &visits, &[&[(2, 3), (3, 4), (4, 5)]]);
        check(CutRules { end: Some(5), ..RULES }, &visits, &[&[(2, 3), (3, 4), (4, 5)]]);
        check(CutRules { end: Some(2), ..RULES }, &visits, &[&[(0, 1), (1, 2)]]);
        check(CutRules { start: Some(7), ..RULES }, &visits, &[]);
        check(CutRules { end: Some(7), ..RULES }, &visits, &[]);
    }

    #[test]
    fn the_middle_between_two_points_is_left_out() {
        let visits = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 3)];
        let between = |start, end, n_visits| CutRules { start: Some(start), end: Some(end), n_visits, ..RULES };
        check(between(2, 4, 3), &visits, &[&[(1, 2), (2, 3), (3, 4)]]);
        check(between(2, 6, 4), &visits, &[&[(1, 2), (2, 3), (3, 99), (4, 5), (5, 6)]]);
        check(between(2, 6, 3), &visits, &[&[(1, 2), (2, 99), (5, 6)]]);
        check(between(2, 6, 1), &visits, &[&[(1, 99)]]);
        check(between(4, 3, 3), &visits, &[&[(3, 4), (4, 99), (6, 3)]]);
        check(between(3, 3, 3), &visits, &[&[(2, 3)]]);
        check(between(6, 2, 3), &visits, &[]);
    }
}
