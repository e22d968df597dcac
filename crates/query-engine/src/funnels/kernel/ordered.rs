//! Ordered funnels.

use std::cmp::{Ordering, Reverse};

use super::instants::{Instant, Instants};
use super::{MAX_STEPS, Mark, Progress, Rules, Starts};

/// Matches one actor after the other; takes its memory once.
#[derive(Debug)]
pub(crate) struct OrderedMatcher {
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
    /// The steps of each run, as bits.
    taken: Vec<u32>,
    /// `n_steps` times for each run; those of depth 0 serve as scratch.
    times: Vec<i64>,
}

/// The best run so far.
#[derive(Debug)]
struct Best {
    progress: Progress,
    stopped: bool,
    /// The group of events in which it got there.
    reached_at: u32,
    /// How many optional steps it left out to get there in that group.
    n_left_out: usize,
}

impl OrderedMatcher {
    /// A matcher that goes by `rules`.
    pub(crate) fn new(rules: Rules) -> Self {
        let n_steps = rules.n_steps;
        let runs = Runs {
            n_steps,
            alive: 0,
            stopped: 0,
            taken: vec![0; n_steps + 1],
            times: vec![0; (n_steps + 1) * n_steps],
        };
        let best = Best { progress: Progress::none(n_steps), stopped: false, reached_at: 0, n_left_out: 0 };
        Self { rules, runs, best }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(crate) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        self.runs.alive = 0;
        self.best.progress.depth = 0;
        self.best.progress.taken = 0;
        self.best.stopped = false;
        let last_us = starts.until_us.saturating_add(self.rules.window_us);
        let is_plain = self.rules.optional == 0;
        for (group, instant) in (0_u32..).zip(Instants::new(marks)) {
            if instant.at_us >= last_us {
                break;
            }
            match instant.marks {
                [single] if is_plain => self.take_single(single, group, starts),
                _ => self.take(&instant, group, starts),
            }
            if self.best.progress.depth == self.rules.n_steps && !self.best.stopped {
                break;
            }
        }
        (self.best.progress.depth > 0 && !self.best.stopped).then_some(&self.best.progress)
    }

    /// Moves every run by the events of one instant.
    fn take(&mut self, instant: &Instant<'_>, group: u32, starts: Starts) {
        let excludes = instant.excludes();
        if excludes != 0 {
            self.stop(excludes, instant.at_us);
        }
        // from the deepest run up, so that a run moves once
        for depth in (1..self.rules.n_steps).rev() {
            if self.runs.alive >> depth & 1 == 1 && instant.at_us - self.runs.start_us(depth) <= self.rules.window_us {
                self.advance(depth, instant, group);
            }
        }
        if starts.allow(instant.at_us) && instant.marks.iter().any(|mark| mark.steps & 1 == 1) {
            self.runs.taken[0] = 0;
            self.runs.stopped &= !1;
            self.advance(0, instant, group);
        }
    }

    /// What [`Self::take`] comes to for a single event where no step is optional: the usual case, made fast.
    fn take_single(&mut self, mark: &Mark, group: u32, starts: Starts) {
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
            let taken = (2 << depth) - 1;
            self.best.offer(taken, is_stopped, &self.runs.times[..=depth], 0, group);
            if !is_stopped {
                self.runs.settle(depth, depth + 1, taken);
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

    /// Moves the run of that depth as far as the events of an instant let it.
    fn advance(&mut self, depth: usize, instant: &Instant<'_>, group: u32) {
        let n_steps = self.rules.n_steps;
        let is_stopped = self.runs.stopped >> depth & 1 == 1;
        let mut taken = self.runs.taken[depth];
        let mut used = Used::default();
        let mut reached = depth;
        let mut n_left_out = 0;
        // its times are put together in the scratch row
        self.runs.times.copy_within(depth * n_steps..depth * n_steps + depth, 0);
        while let Some((step, mark)) = next_step(&self.rules, reached, instant.marks, &used) {
            used.push(mark);
            n_left_out += step - reached;
            reached = step + 1;
            taken |= 1 << step;
            self.runs.times[step] = instant.at_us;
            if is_stopped {
                break;
            }
        }
        if reached == depth {
            return;
        }
        self.best.offer(taken, is_stopped, &self.runs.times[..reached], n_left_out, group);
        // a stopped run stays where it was stopped, and may be found to have gone further by a later event
        if !is_stopped {
            self.runs.settle(depth, reached, taken);
        }
    }
}

impl Runs {
    /// When the run of that depth began.
    fn start_us(&self, depth: usize) -> i64 {
        self.times[depth * self.n_steps]
    }

    /// Moves the run of depth `from`, whose times are in the scratch row, to depth `to`, unless the one that is there is better.
    fn settle(&mut self, from: usize, to: usize, taken: u32) {
        self.alive &= !(1 << from);
        let there = 1 << to;
        let is_free = self.alive & there == 0 || self.stopped & there != 0;
        if is_free || self.start_us(to) < self.times[0] {
            self.alive |= there;
            self.stopped &= !there;
            self.taken[to] = taken;
            self.times.copy_within(..to, to * self.n_steps);
        }
    }
}

impl Best {
    /// Takes a run that has just taken the last of the steps with these times, where it is better.
    fn offer(&mut self, taken: u32, is_stopped: bool, times: &[i64], n_left_out: usize, group: u32) {
        let better = match times.len().cmp(&self.progress.depth) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal if self.stopped != is_stopped => self.stopped,
            // several runs may get there at one instant
            Ordering::Equal => {
                !is_stopped
                    && self.reached_at == group
                    && (Reverse(n_left_out), times[0]) > (Reverse(self.n_left_out), self.progress.times[0])
            }
        };
        if better {
            self.progress.depth = times.len();
            self.progress.taken = taken;
            self.progress.times[..times.len()].copy_from_slice(times);
            self.stopped = is_stopped;
            self.reached_at = group;
            self.n_left_out = n_left_out;
        }
    }
}

/// The events of an instant that a run has used.
#[derive(Debug, Default)]
struct Used {
    marks: [usize; MAX_STEPS],
    n: usize,
}

impl Used {
    fn push(&mut self, mark: usize) {
        self.marks[self.n] = mark;
        self.n += 1;
    }

    fn contains(&self, mark: usize) -> bool {
        self.marks[..self.n].contains(&mark)
    }
}

/// The step that a run whose last step is number `depth` takes next at an instant, and the event that it takes for it.
fn next_step(rules: &Rules, depth: usize, marks: &[Mark], used: &Used) -> Option<(usize, usize)> {
    for step in depth..rules.n_steps {
        let is_optional = rules.optional >> step & 1 == 1;
        // an event that allows a deeper step is not spent on an optional one
        let deeper = if is_optional { reachable(rules, step + 1) } else { 0 };
        let found = (0..marks.len()).find(|&index| {
            let steps = marks[index].steps;
            steps >> step & 1 == 1 && steps & deeper == 0 && !used.contains(index)
        });
        if let Some(mark) = found {
            return Some((step, mark));
        }
        if !is_optional {
            return None;
        }
    }
    None
}

/// The steps that a run may take next from `step` on, as bits: the optional ones and the first that is not.
fn reachable(rules: &Rules, step: usize) -> u32 {
    let mut steps = 0;
    for step in step..rules.n_steps {
        steps |= 1 << step;
        if rules.optional >> step & 1 == 0 {
            break;
        }
    }
    steps
}
