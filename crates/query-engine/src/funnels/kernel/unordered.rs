//! Unordered funnels: as many different steps as possible within one window, in any order.
//!
//! Any event of a step may be the first one of a run. The run takes the events that follow within the window, until it has every step;
//! an exclusion before that, which is not a step itself, throws it away. An event that can be several steps is put with the one that has waited longest for an
//! event. The times of a run are those of the first event of each of its steps, sorted.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::instants::Instants;
use super::{Mark, Progress, Rules};

/// Matches one actor after the other; takes its memory once.
#[derive(Debug)]
pub(crate) struct UnorderedMatcher {
    rules: Rules,
    /// For each step the times of its events that are still of use, in microseconds since 1970 UTC.
    waiting: Vec<VecDeque<i64>>,
    /// How many steps have such an event.
    n_taken: usize,
    times: Vec<i64>,
    best: Progress,
}

impl UnorderedMatcher {
    /// A matcher that goes by the number of steps and the window of `rules`.
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            waiting: vec![VecDeque::new(); rules.n_steps],
            n_taken: 0,
            times: Vec::with_capacity(rules.n_steps),
            best: Progress::none(rules.n_steps),
        }
    }

    /// How far the actor with these events, in order of time, got; `None` where no run is left.
    ///
    /// With `first_value` a run must begin with an event of that value of the breakdown.
    pub(crate) fn deepest(&mut self, marks: &[Mark], first_value: Option<u32>) -> Option<&Progress> {
        let n_steps = self.rules.n_steps;
        let mut best = std::mem::take(&mut self.best);
        best.depth = 0;
        self.for_each_run(marks, first_value, |times| {
            if times.len() > best.depth {
                best.depth = times.len();
                best.times[..times.len()].copy_from_slice(times);
            }
            if best.depth == n_steps { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        best.taken = (1 << best.depth) - 1;
        self.best = best;
        (self.best.depth > 0).then_some(&self.best)
    }

    /// Calls `on_run` with the sorted times of each run, in order of their beginnings, until it breaks off.
    pub(crate) fn for_each_run(
        &mut self,
        marks: &[Mark],
        first_value: Option<u32>,
        mut on_run: impl FnMut(&[i64]) -> ControlFlow<()>,
    ) {
        self.clear();
        for instant in Instants::new(marks) {
            let too_early = instant.at_us.saturating_sub(self.rules.window_us);
            if self.finish(|oldest| oldest < too_early, &mut on_run).is_break() {
                return;
            }
            if instant.excludes() != 0 && instant.marks[0].steps == 0 {
                self.clear();
            }
            for mark in instant.marks.iter().filter(|mark| mark.steps != 0) {
                if self.n_taken == 0 && first_value.is_some_and(|value| value != mark.value) {
                    continue;
                }
                self.put(mark);
                let is_complete = self.n_taken == self.rules.n_steps;
                if is_complete && self.finish_complete(&mut on_run).is_break() {
                    return;
                }
            }
        }
        let _ = self.finish(|_| true, &mut on_run);
    }

    fn clear(&mut self) {
        self.waiting.iter_mut().for_each(VecDeque::clear);
        self.n_taken = 0;
    }

    /// Puts an event with the step that has waited longest for one.
    fn put(&mut self, mark: &Mark) {
        let step = (0..self.rules.n_steps)
            .filter(|step| mark.steps >> step & 1 == 1)
            .min_by_key(|&step| self.waiting[step].back().copied().unwrap_or(i64::MIN));
        let Some(step) = step else { return };
        self.n_taken += usize::from(self.waiting[step].is_empty());
        self.waiting[step].push_back(mark.at_us);
    }

    /// Ends the runs whose first event is one that `ends` tells.
    fn finish(
        &mut self,
        ends: impl Fn(i64) -> bool,
        on_run: &mut impl FnMut(&[i64]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        while let Some((oldest, step)) = self.oldest()
            && ends(oldest)
        {
            self.report(on_run)?;
            self.drop_first(step);
        }
        ControlFlow::Continue(())
    }

    /// Ends the runs that have every step.
    fn finish_complete(&mut self, on_run: &mut impl FnMut(&[i64]) -> ControlFlow<()>) -> ControlFlow<()> {
        while self.n_taken == self.rules.n_steps
            && let Some((_, step)) = self.oldest()
        {
            self.report(on_run)?;
            self.drop_first(step);
        }
        ControlFlow::Continue(())
    }

    /// The first event that waits, and its step.
    fn oldest(&self) -> Option<(i64, usize)> {
        self.waiting.iter().enumerate().filter_map(|(step, times)| Some((*times.front()?, step))).min()
    }

    fn report(&mut self, on_run: &mut impl FnMut(&[i64]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.times.clear();
        self.times.extend(self.waiting.iter().filter_map(VecDeque::front));
        self.times.sort_unstable();
        on_run(&self.times)
    }

    fn drop_first(&mut self, step: usize) {
        self.waiting[step].pop_front();
        self.n_taken -= usize::from(self.waiting[step].is_empty());
    }
}
