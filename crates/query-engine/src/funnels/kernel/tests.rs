//! The matchers against slow programs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;
use test_support::cases::n_property_cases;

use super::unordered::UnorderedMatcher;
use super::{Mark, MatcherInOrder, Progress, Rules, Starts};

const RULES: Rules = Rules { n_steps: 3, optional: 0, window_us: 10, strict: false };

/// Events as `(at, steps, excludes)`; the steps that were taken, with their times.
#[track_caller]
fn check(rules: Rules, marks: &[(i64, u32, u32)], expected: Option<&[(usize, i64)]>) {
    let marks: Vec<Mark> =
        marks.iter().map(|&(at_us, steps, excludes)| Mark { at_us, steps, excludes, ..Mark::default() }).collect();
    let mut matcher = MatcherInOrder::new(rules);
    let found = matcher.deepest(&marks, Starts::ANY).map(taken);
    assert_eq!(found.as_deref(), expected, "the matcher");
    let found = slow_in_order(rules, &marks, Starts::ANY);
    assert_eq!(found.as_deref(), expected, "the slow program");
}

fn taken(progress: &Progress) -> Vec<(usize, i64)> {
    (0..progress.depth).filter(|step| progress.took(*step)).map(|step| (step, progress.times[step])).collect()
}

#[test]
fn the_window_is_inclusive_and_counts_from_the_first_step() {
    check(RULES, &[(0, 1, 0), (4, 2, 0), (10, 4, 0)], Some(&[(0, 0), (1, 4), (2, 10)]));
    check(RULES, &[(0, 1, 0), (4, 2, 0), (11, 4, 0)], Some(&[(0, 0), (1, 4)]));
    check(RULES, &[(0, 1, 0), (3, 1, 0), (4, 2, 0), (13, 4, 0)], Some(&[(0, 3), (1, 4), (2, 13)]));
    check(RULES, &[(0, 2, 0), (1, 4, 0)], None);
}

#[test]
fn an_event_is_one_step_of_a_run() {
    check(RULES, &[(0, 7, 0), (1, 7, 0)], Some(&[(0, 0), (1, 1)]));
    check(RULES, &[(0, 7, 0), (0, 7, 0), (0, 7, 0)], Some(&[(0, 0), (1, 0), (2, 0)]));
}

#[test]
fn different_events_at_one_instant_are_taken_in_the_order_of_the_steps() {
    check(RULES, &[(5, 4, 0), (5, 2, 0), (5, 1, 0)], Some(&[(0, 5), (1, 5), (2, 5)]));
    // an event that begins a run anew is no step of it
    check(RULES, &[(1, 1, 0), (5, 3, 0), (5, 4, 0)], Some(&[(0, 1)]));
}

#[test]
fn exclusions_put_an_actor_out() {
    check(RULES, &[(0, 1, 0), (1, 0, 1), (2, 2, 0)], None);
    check(RULES, &[(0, 1, 0), (1, 0, 1)], None);
    // a run that begins at the same instant is no other one
    check(RULES, &[(0, 1, 1), (0, 1, 1)], None);
    // another run goes as far
    check(RULES, &[(0, 1, 0), (1, 0, 1), (2, 1, 0), (3, 2, 0)], Some(&[(0, 2), (1, 3)]));
    // a run that the window had ended already
    check(RULES, &[(0, 1, 0), (11, 0, 1)], Some(&[(0, 0)]));
    // not the step that it is for
    check(RULES, &[(0, 1, 0), (1, 0, 2), (2, 2, 0)], Some(&[(0, 0), (1, 2)]));
    // among other events at its instant
    check(RULES, &[(0, 1, 0), (1, 0, 1), (1, 2, 0)], Some(&[(0, 0), (1, 1)]));
}

#[test]
fn in_a_strict_funnel_nothing_happens_between_steps() {
    let strict = Rules { strict: true, ..RULES };
    check(strict, &[(0, 1, 0), (1, 2, 0), (2, 0, 0), (3, 4, 0)], Some(&[(0, 0), (1, 1)]));
    check(strict, &[(0, 1, 0), (1, 2, 0), (2, 1, 0), (3, 4, 0)], Some(&[(0, 0), (1, 1)]));
    // a run that is stopped stays the best one, until another goes as far
    check(strict, &[(0, 1, 0), (1, 0, 1)], None);
    check(strict, &[(0, 1, 0), (1, 0, 1), (2, 1, 0), (3, 2, 0)], Some(&[(0, 2), (1, 3)]));
    // one that has ended cannot be stopped
    check(strict, &[(0, 1, 0), (1, 0, 0), (2, 0, 1)], Some(&[(0, 0)]));
}

#[test]
fn in_a_strict_funnel_a_step_may_come_again() {
    let strict = Rules { strict: true, ..RULES };
    check(strict, &[(0, 1, 0), (1, 2, 0), (2, 2, 0), (3, 4, 0)], Some(&[(0, 0), (1, 1), (2, 3)]));
    check(strict, &[(0, 1, 0), (1, 1, 0), (2, 2, 0), (3, 2, 0), (4, 4, 0)], Some(&[(0, 1), (1, 2), (2, 4)]));
    // a run leaves a copy of itself behind, which goes on where an event is both steps
    let four = Rules { n_steps: 4, ..strict };
    let marks = [(0, 1, 0), (1, 6, 0), (2, 6, 0), (3, 2, 0), (4, 4, 0), (5, 8, 0)];
    check(four, &marks, Some(&[(0, 0), (1, 1), (2, 4), (3, 5)]));
}

#[test]
fn in_a_strict_funnel_different_events_at_one_instant_end_nothing() {
    let strict = Rules { strict: true, ..RULES };
    check(strict, &[(0, 1, 0), (1, 1, 0), (2, 2, 0), (2, 0, 0), (3, 4, 0)], Some(&[(0, 1), (1, 2), (2, 3)]));
    check(strict, &[(0, 1, 0), (1, 0, 0), (1, 0, 1), (2, 2, 0), (3, 4, 0)], Some(&[(0, 0), (1, 2), (2, 3)]));
    check(strict, &[(0, 1, 0), (1, 0, 0), (1, 0, 0), (2, 2, 0)], Some(&[(0, 0)]));
}

#[test]
fn in_a_strict_funnel_a_step_of_another_value_ends_no_run_that_took_it() {
    let step = |at_us, steps, unattributed| Mark { at_us, steps, unattributed, ..Mark::default() };
    let strict = Rules { strict: true, ..RULES };
    let mut matcher = MatcherInOrder::new(strict);
    let mut depth = |marks: &[Mark]| matcher.deepest(marks, Starts::ANY).map(|progress| progress.depth);
    assert_eq!(depth(&[step(0, 1, 0), step(1, 2, 0), step(2, 0, 2), step(3, 4, 0)]), Some(3));
    assert_eq!(depth(&[step(0, 1, 0), step(1, 0, 2), step(2, 2, 0), step(3, 4, 0)]), Some(1));
}

#[test]
fn optional_steps_may_be_left_out() {
    let optional = Rules { optional: 2, ..RULES };
    check(optional, &[(0, 1, 0), (1, 4, 0)], Some(&[(0, 0), (2, 1)]));
    check(optional, &[(0, 1, 0), (1, 2, 0), (2, 4, 0)], Some(&[(0, 0), (1, 1), (2, 2)]));
    check(optional, &[(0, 1, 0), (1, 6, 0)], Some(&[(0, 0), (2, 1)]));
    check(optional, &[(0, 1, 0), (1, 4, 0), (1, 2, 0)], Some(&[(0, 0), (1, 1), (2, 1)]));
    // of two runs that get there at once, the one that leaves out less
    check(optional, &[(0, 1, 0), (1, 2, 0), (2, 1, 0), (3, 4, 0)], Some(&[(0, 0), (1, 1), (2, 3)]));
}

#[test]
fn runs_begin_where_they_may() {
    let marks = [(0, 1), (2, 1), (3, 2), (4, 4)].map(|(at_us, steps)| Mark { at_us, steps, ..Mark::default() });
    let mut matcher = MatcherInOrder::new(RULES);
    let mut found = |from_us, until_us| matcher.deepest(&marks, Starts { from_us, until_us }).map(taken);
    assert_eq!(found(0, 2), Some(vec![(0, 0), (1, 3), (2, 4)]));
    assert_eq!(found(2, 3), Some(vec![(0, 2), (1, 3), (2, 4)]));
    assert_eq!(found(1, 2), None);
}

/// Events as `(at, steps, excludes, value)`; the times of the best run.
#[track_caller]
fn check_unordered(first_value: Option<u32>, marks: &[(i64, u32, u32, u32)], expected: Option<&[i64]>) {
    let marks: Vec<Mark> = marks
        .iter()
        .map(|&(at_us, steps, excludes, value)| Mark { at_us, steps, excludes, value, unattributed: 0 })
        .collect();
    let mut matcher = UnorderedMatcher::new(RULES);
    let found = matcher.deepest(&marks, first_value).map(|progress| progress.times[..progress.depth].to_vec());
    assert_eq!(found.as_deref(), expected);
}

#[test]
fn unordered_steps_come_in_any_order_within_the_window() {
    check_unordered(None, &[(0, 4, 0, 0), (4, 1, 0, 0), (10, 2, 0, 0)], Some(&[0, 4, 10]));
    check_unordered(None, &[(0, 4, 0, 0), (4, 1, 0, 0), (11, 2, 0, 0)], Some(&[0, 4]));
    check_unordered(None, &[(0, 4, 0, 0), (1, 4, 0, 0)], Some(&[0]));
}

#[test]
fn an_unordered_event_goes_to_the_step_that_waits_longest() {
    check_unordered(None, &[(0, 3, 0, 0), (1, 3, 0, 0), (2, 3, 0, 0)], Some(&[0, 1]));
}

#[test]
fn an_unordered_exclusion_begins_anew() {
    check_unordered(None, &[(0, 1, 0, 0), (1, 0, 7, 0)], None);
    check_unordered(None, &[(0, 1, 0, 0), (1, 0, 7, 0), (2, 2, 0, 0)], Some(&[2]));
    check_unordered(None, &[(0, 1, 0, 0), (1, 2, 0, 0), (2, 4, 0, 0), (3, 0, 7, 0)], Some(&[0, 1, 2]));
    check_unordered(None, &[(0, 1, 0, 0), (11, 0, 7, 0)], Some(&[0]));
}

#[test]
fn an_unordered_run_begins_with_the_value() {
    check_unordered(Some(8), &[(0, 1, 0, 9), (1, 2, 0, 8), (2, 4, 0, 9)], Some(&[1, 2]));
}

/// The last run that got to a step.
#[derive(Clone, Default)]
struct SlowRun {
    start_us: i64,
    stopped: bool,
    taken: Vec<(usize, i64)>,
    /// The events of the present instant that it took, but for optional steps.
    used: Vec<usize>,
}

/// Keeps the last run that got to each step, event by event, and forgets what an event ends.
fn slow_in_order(rules: Rules, marks: &[Mark], starts: Starts) -> Option<Vec<(usize, i64)>> {
    let mut runs: BTreeMap<usize, SlowRun> = BTreeMap::new();
    let mut best = (0, SlowRun::default());
    for instant in marks.chunk_by(|a, b| a.at_us == b.at_us) {
        let at_us = instant[0].at_us;
        runs.remove(&0);
        if starts.allow(at_us) {
            runs.insert(0, SlowRun { start_us: at_us, ..SlowRun::default() });
        }
        runs.values_mut().for_each(|run| run.used.clear());
        let are_equal =
            instant.iter().all(|mark| (mark.steps, mark.excludes) == (instant[0].steps, instant[0].excludes));
        // single steps and exclusions (which say that a run is not to take the step) in the order in which they count
        let mut events: Vec<(usize, Vec<(usize, bool)>)> = Vec::new();
        for (id, mark) in instant.iter().enumerate().filter(|_| are_equal) {
            let exclusions = (1..rules.n_steps).rev().filter(|step| mark.excludes >> (step - 1) & 1 == 1);
            let steps = (0..rules.n_steps).rev().filter(|step| mark.steps >> step & 1 == 1);
            events.push((id, exclusions.map(|step| (step, true)).chain(steps.map(|step| (step, false))).collect()));
        }
        for step in (0..rules.n_steps).filter(|_| !are_equal) {
            let of_step = instant.iter().enumerate().filter(|(_, mark)| mark.steps >> step & 1 == 1);
            events.extend(of_step.map(|(id, _)| (id, vec![(step, false)])));
        }
        for (id, parts) in events {
            for (step, excludes) in parts {
                let is_near =
                    |depth: &usize| runs.get(depth).is_some_and(|run| at_us - run.start_us <= rules.window_us);
                // the step before, or where that is optional and nobody is there, the one before that
                let required =
                    (0..step).rev().find(|before| rules.optional >> before & 1 == 0).map_or(0, |before| before + 1);
                let Some(depth) = (required..=step).rev().find(is_near) else { continue };
                let run = runs[&depth].clone();
                if runs.get(&(step + 1)).is_some_and(|next| next.start_us == run.start_us)
                    || !are_equal && run.used.contains(&id)
                {
                    continue;
                }
                if excludes {
                    if !run.stopped && best.0 == depth && at_us - best.1.start_us <= rules.window_us {
                        best.1.stopped = true;
                    }
                    runs.get_mut(&depth).unwrap().stopped = true;
                    continue;
                }
                let mut next = run;
                next.taken.push((step, at_us));
                if rules.optional >> step & 1 == 0 {
                    next.used.push(id);
                }
                if !next.stopped {
                    runs.insert(step + 1, next.clone());
                }
                if step + 1 > best.0 || step + 1 == best.0 && best.1.stopped {
                    best = (step + 1, next);
                }
            }
            if are_equal && rules.strict {
                runs.retain(|depth, _| *depth == 0 || instant[id].steps >> (depth - 1) & 1 == 1);
            }
        }
        if runs.contains_key(&rules.n_steps) {
            break;
        }
    }
    let (depth, run) = best;
    (depth > 0 && !run.stopped).then_some(run.taken)
}

/// Equal events of an instant one by one, others together.
fn slow_groups(marks: &[Mark]) -> Vec<Vec<Mark>> {
    let instants: Vec<Vec<Mark>> = marks.chunk_by(|a, b| a.at_us == b.at_us).map(<[Mark]>::to_vec).collect();
    let kind = |mark: &Mark| (mark.steps, mark.excludes);
    instants
        .into_iter()
        .flat_map(|instant| {
            if instant.iter().all(|mark| kind(mark) == kind(&instant[0])) {
                instant.into_iter().map(|mark| vec![mark]).collect()
            } else {
                vec![instant.into_iter().map(|mark| Mark { excludes: 0, ..mark }).collect()]
            }
        })
        .collect()
}

/// The most steps that lie within one window without an exclusion, and their times; only for events that are one step at most.
fn slow_unordered(rules: Rules, marks: &[Mark]) -> Option<Vec<i64>> {
    let groups = slow_groups(marks);
    let events: Vec<Mark> = groups.into_iter().flatten().collect();
    let mut best: Vec<i64> = Vec::new();
    for (start, first) in events.iter().enumerate().filter(|(_, mark)| mark.steps != 0) {
        let mut times: Vec<Option<i64>> = vec![None; rules.n_steps];
        for mark in events[start..].iter().take_while(|mark| mark.at_us - first.at_us <= rules.window_us) {
            if times.iter().all(Option::is_some) {
                break;
            }
            if mark.excludes != 0 && mark.steps == 0 {
                times.fill(None);
                break;
            }
            for (step, time) in times.iter_mut().enumerate() {
                if mark.steps >> step & 1 == 1 && time.is_none() {
                    *time = Some(mark.at_us);
                }
            }
        }
        let mut times: Vec<i64> = times.into_iter().flatten().collect();
        times.sort_unstable();
        if times.len() > best.len() {
            best = times;
        }
    }
    (!best.is_empty()).then_some(best)
}

prop_compose! {
    /// Rules, and an actor's events, drawn from a few kinds so that the same ones come again.
    fn cases()(
        n_steps in 2_usize..6,
        window_us in 0_i64..14,
        strict in any::<bool>(),
        optional in prop_oneof![2 => Just(0_u32), 1 => any::<u32>()],
    )(
        rules in Just(Rules { n_steps, optional: optional & ((1 << n_steps) - 1) & !1, window_us, strict }),
        kinds in prop::collection::vec(
            (prop_oneof![
                3 => (0..n_steps).prop_map(|step| 1_u32 << step),
                1 => 0_u32..1 << n_steps,
                1 => Just(0),
            ], prop_oneof![3 => Just(0), 1 => 0_u32..1 << (n_steps - 1)]),
            1..7,
        ),
        events in prop::collection::vec((0_i64..4, any::<prop::sample::Index>()), 0..16),
    ) -> (Rules, Vec<Mark>) {
        let mut at_us = 0;
        let marks = events.into_iter().map(|(later, kind)| {
            at_us += later;
            let (steps, excludes) = *kind.get(&kinds);
            Mark { at_us, steps, excludes, ..Mark::default() }
        });
        (rules, marks.collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn ordered_and_strict_as_event_by_event((rules, marks) in cases(), from_us in 0_i64..20, n_us in 1_i64..30) {
        let mut matcher = MatcherInOrder::new(rules);
        for starts in [Starts::ANY, Starts { from_us, until_us: from_us + n_us }] {
            let found = matcher.deepest(&marks, starts).map(taken);
            prop_assert_eq!(found, slow_in_order(rules, &marks, starts));
        }
    }

    #[test]
    fn unordered_as_each_window_by_itself((rules, mut marks) in cases()) {
        for mark in &mut marks {
            mark.steps &= mark.steps.wrapping_neg();
        }
        let mut matcher = UnorderedMatcher::new(rules);
        let found = matcher.deepest(&marks, None).map(|progress| progress.times[..progress.depth].to_vec());
        prop_assert_eq!(found, slow_unordered(rules, &marks));
    }

    #[test]
    fn runs_of_an_unordered_funnel_are_in_order_and_within_the_window((rules, marks) in cases()) {
        let mut starts = Vec::new();
        let mut matcher = UnorderedMatcher::new(rules);
        matcher.for_each_run(&marks, None, |times| {
            starts.push(times[0]);
            assert!(times.is_sorted() && times[times.len() - 1] - times[0] <= rules.window_us);
            ControlFlow::Continue(())
        });
        prop_assert!(starts.is_sorted());
    }
}
