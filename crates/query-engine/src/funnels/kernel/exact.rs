//! Ordered and strict funnels by the rules that are in the words of [`super`], and nothing else: what is right in every case.
//!
//! A run is known by the last step that it took; one run is kept for each. An event lets runs take further steps, from the deepest run up,
//! and leaves behind a copy of each where it was. In a strict funnel every run is then given up whose last step the event is not. So what
//! is between two steps, whatever it is, ends a run, but the same step once more does not, as in PostHog.
//!
//! Different events at one instant are taken in the order of their steps, each at most once by a run. They exclude nobody and give up no run.

use super::instants::{Instant, Instants};
use super::{Mark, Progress, Rules, Starts};

/// Matches one actor after the other; takes its memory once.
#[derive(Debug)]
pub(crate) struct ExactMatcher {
    rules: Rules,
    /// By the number of steps taken; the first is the one that an event may begin.
    runs: Vec<Run>,
    best: Progress,
    /// Whether an exclusion stopped the best run.
    is_best_stopped: bool,
}

/// A run, where there is one.
#[derive(Clone, Debug)]
struct Run {
    is_there: bool,
    /// Whether an exclusion stopped it: then it goes one step further at most, in vain.
    is_stopped: bool,
    start_us: i64,
    /// The steps that it took, as bits.
    taken: u32,
    /// When it took each.
    times: Vec<i64>,
    /// Which of the different events of the present instant it took, but for optional steps.
    used: Vec<usize>,
}

impl ExactMatcher {
    /// A matcher that goes by `rules`.
    pub(crate) fn new(rules: Rules) -> Self {
        let none = Run {
            is_there: false,
            is_stopped: false,
            start_us: 0,
            taken: 0,
            times: vec![0; rules.n_steps],
            used: Vec::with_capacity(rules.n_steps),
        };
        Self { rules, runs: vec![none; rules.n_steps + 1], best: Progress::none(rules.n_steps), is_best_stopped: false }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(crate) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        let n_steps = self.rules.n_steps;
        self.runs.iter_mut().for_each(|run| run.is_there = false);
        self.best.depth = 0;
        self.best.taken = 0;
        self.is_best_stopped = false;
        for instant in Instants::new(marks) {
            let begun = &mut self.runs[0];
            (begun.is_there, begun.is_stopped) = (starts.allow(instant.at_us), false);
            begun.start_us = instant.at_us;
            match instant.marks {
                [single] => self.take_single(single),
                _ => self.take_several(&instant),
            }
            if self.runs[n_steps].is_there {
                break;
            }
        }
        (self.best.depth > 0 && !self.is_best_stopped).then_some(&self.best)
    }

    fn take_single(&mut self, mark: &Mark) {
        self.stop(mark);
        let mut steps = mark.steps;
        while steps != 0 {
            let step = steps.ilog2() as usize;
            steps &= !(1 << step);
            self.take_step(step, mark.at_us, None);
        }
        if self.rules.strict {
            let goes_on = (mark.steps | mark.unattributed) << 1;
            for (depth, run) in self.runs.iter_mut().enumerate().skip(1) {
                run.is_there &= goes_on >> depth & 1 == 1;
            }
        }
    }

    fn take_several(&mut self, instant: &Instant<'_>) {
        self.runs.iter_mut().for_each(|run| run.used.clear());
        for step in 0..self.rules.n_steps {
            for (index, _) in instant.marks.iter().enumerate().filter(|(_, mark)| mark.steps >> step & 1 == 1) {
                self.take_step(step, instant.at_us, Some(index));
            }
        }
    }

    /// Lets the run that may take `step` do so. `event` is the place of the event among the different ones of its instant.
    fn take_step(&mut self, step: usize, at_us: i64, event: Option<usize>) {
        let Some(depth) = self.run_before(step, at_us) else { return };
        let (before, after) = self.runs.split_at_mut(step + 1);
        let (run, next) = (&before[depth], &mut after[0]);
        if event.is_some_and(|event| run.used.contains(&event)) {
            return;
        }
        let taken = run.taken | 1 << step;
        if step + 1 > self.best.depth || step + 1 == self.best.depth && self.is_best_stopped {
            self.best.depth = step + 1;
            self.best.taken = taken;
            self.best.times[..depth].copy_from_slice(&run.times[..depth]);
            self.best.times[step] = at_us;
            self.is_best_stopped = run.is_stopped;
        }
        if !run.is_stopped {
            (next.is_there, next.is_stopped) = (true, false);
            next.start_us = run.start_us;
            next.taken = taken;
            next.times[..depth].copy_from_slice(&run.times[..depth]);
            next.times[step] = at_us;
            next.used.clone_from(&run.used);
            let is_optional = self.rules.optional >> step & 1 == 1;
            next.used.extend(event.filter(|_| !is_optional));
        }
    }

    /// Stops the runs whose last step the event excludes.
    fn stop(&mut self, mark: &Mark) {
        let mut excludes = mark.excludes;
        while excludes != 0 {
            let last = excludes.ilog2() as usize;
            excludes &= !(1 << last);
            let Some(depth) = self.run_before(last + 1, mark.at_us).filter(|&depth| !self.runs[depth].is_stopped)
            else {
                continue;
            };
            self.runs[depth].is_stopped = true;
            if depth == self.best.depth && mark.at_us - self.best.times[0] <= self.rules.window_us {
                self.is_best_stopped = true;
            }
        }
    }

    /// The depth of the run that may take `step` at `at_us`: one that took the step before it or, where that is optional and there is no such
    /// run within the window, one that took an earlier step. None where that run has taken the step already.
    fn run_before(&self, step: usize, at_us: i64) -> Option<usize> {
        let mut depth = step;
        let run = loop {
            let run = &self.runs[depth];
            if run.is_there && at_us - run.start_us <= self.rules.window_us {
                break run;
            }
            if depth == 0 || self.rules.optional >> (depth - 1) & 1 == 0 {
                return None;
            }
            depth -= 1;
        };
        let next = &self.runs[step + 1];
        let has_taken_it = next.is_there && next.start_us == run.start_us;
        (!has_taken_it).then_some(depth)
    }
}
