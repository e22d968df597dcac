//! Ordered funnels in the usual case, made fast: no step is optional, no instant has different events, and no event is both a step and an exclusion.
//!
//! One run is kept for each depth: of two runs with the same last step the later one can do whatever the other can.

use super::{Mark, Progress, Rules, Starts};

/// Matches one actor after the other; takes its memory once.
#[derive(Debug)]
pub(super) struct OrderedMatcher {
    rules: Rules,
    runs: Runs,
    best: Best,
}

/// The one run that is kept for each depth. Sets of runs are bits by depth.
#[derive(Debug)]
struct Runs {
    n_steps: usize,
    alive: u32,
    /// Those that an exclusion stopped.
    stopped: u32,
    /// `n_steps` times for each run; those of depth 0 serve as scratch.
    times: Vec<i64>,
}

/// The best run so far.
#[derive(Debug)]
struct Best {
    progress: Progress,
    stopped: bool,
}

impl OrderedMatcher {
    /// Whether it can match the actor with these events, in order of time.
    pub(super) fn suits(marks: &[Mark]) -> bool {
        let is_one_thing = |mark: &Mark| mark.excludes == 0 || mark.steps == 0;
        let go_together = |pair: &[Mark]| pair[0].at_us != pair[1].at_us || pair[0].is_like(&pair[1]);
        marks.iter().all(is_one_thing) && marks.windows(2).all(go_together)
    }

    /// A matcher that goes by `rules`, of which no step is optional.
    pub(super) fn new(rules: Rules) -> Self {
        let n_steps = rules.n_steps;
        let runs = Runs { n_steps, alive: 0, stopped: 0, times: vec![0; (n_steps + 1) * n_steps] };
        let best = Best { progress: Progress::none(n_steps), stopped: false };
        Self { rules, runs, best }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(super) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        self.runs.alive = 0;
        self.best.progress.depth = 0;
        self.best.progress.taken = 0;
        self.best.stopped = false;
        for mark in marks {
            self.take(mark, starts);
            if self.best.progress.depth == self.rules.n_steps && !self.best.stopped {
                break;
            }
        }
        (self.best.progress.depth > 0 && !self.best.stopped).then_some(&self.best.progress)
    }

    /// Moves every run by an event.
    fn take(&mut self, mark: &Mark, starts: Starts) {
        if mark.excludes != 0 {
            self.stop(mark.excludes, mark.at_us);
        }
        let may_start = u32::from(starts.allow(mark.at_us));
        let mut moving = mark.steps & (self.runs.alive & !1 | may_start);
        while moving != 0 {
            let depth = moving.ilog2() as usize;
            moving &= !(1 << depth);
            let start_us = if depth == 0 { mark.at_us } else { self.runs.start_us(depth) };
            if mark.at_us - start_us > self.rules.window_us {
                continue;
            }
            self.runs.times.copy_within(depth * self.rules.n_steps..depth * self.rules.n_steps + depth, 0);
            self.runs.times[depth] = mark.at_us;
            let is_stopped = depth > 0 && self.runs.stopped >> depth & 1 == 1;
            self.best.offer(is_stopped, &self.runs.times[..=depth]);
            // a stopped run stays where it was stopped, and may be found to have gone further by a later event
            if !is_stopped {
                self.runs.settle(depth, depth + 1);
            }
        }
    }

    /// Stops the runs whose last step is one of `excludes`.
    fn stop(&mut self, excludes: u32, at_us: i64) {
        let within = |start_us: i64| at_us - start_us <= self.rules.window_us;
        for depth in 1..self.rules.n_steps {
            if excludes >> (depth - 1) & 1 == 1 && within(self.runs.start_us(depth)) {
                self.runs.stopped |= 1 << depth;
            }
        }
        // the best run may have given its place to a later one, but it is stopped all the same
        let best = &mut self.best;
        if best.progress.depth > 0 && excludes >> (best.progress.depth - 1) & 1 == 1 && within(best.progress.times[0]) {
            best.stopped = true;
        }
    }
}

impl Runs {
    /// When the run of that depth began.
    fn start_us(&self, depth: usize) -> i64 {
        self.times[depth * self.n_steps]
    }

    /// Moves the run of depth `from`, whose times are in the scratch row, to depth `to`, unless the one that is there is better.
    fn settle(&mut self, from: usize, to: usize) {
        self.alive &= !(1 << from);
        let there = 1 << to;
        let is_free = self.alive & there == 0 || self.stopped & there != 0;
        if is_free || self.start_us(to) < self.times[0] {
            self.alive |= there;
            self.stopped &= !there;
            self.times.copy_within(..to, to * self.n_steps);
        }
    }
}

impl Best {
    /// Takes a run that has just taken the last of the steps with these times, where it is better.
    fn offer(&mut self, is_stopped: bool, times: &[i64]) {
        let is_deeper = times.len() > self.progress.depth;
        if is_deeper || times.len() == self.progress.depth && self.stopped && !is_stopped {
            self.progress.depth = times.len();
            self.progress.taken = (1 << times.len()) - 1;
            self.progress.times[..times.len()].copy_from_slice(times);
            self.stopped = is_stopped;
        }
    }
}
