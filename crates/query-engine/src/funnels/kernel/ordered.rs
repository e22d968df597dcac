//! Ordered and strict funnels.

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

/// A run, apart from its times.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    alive: bool,
    /// An exclusion stopped it.
    stopped: bool,
    taken: u32,
    /// The group of events in which it last took a step.
    moved_at: u32,
}

/// The one run that is kept for each depth, and the times of their steps.
#[derive(Debug)]
struct Runs {
    n_steps: usize,
    /// By depth; the first is not used.
    runs: Vec<Run>,
    /// `n_steps` times for each run; those of the first row serve as scratch.
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
        let runs = Runs {
            n_steps: rules.n_steps,
            runs: vec![Run::default(); rules.n_steps + 1],
            times: vec![0; (rules.n_steps + 1) * rules.n_steps],
        };
        let best = Best { progress: Progress::none(rules.n_steps), stopped: false, reached_at: 0, n_left_out: 0 };
        Self { rules, runs, best }
    }

    /// How far the actor with these events, in order of time, got by runs that begin in `starts`; `None` for one that is out of the funnel.
    pub(crate) fn deepest(&mut self, marks: &[Mark], starts: Starts) -> Option<&Progress> {
        self.runs.runs.fill(Run::default());
        self.best.progress.depth = 0;
        self.best.progress.taken = 0;
        self.best.stopped = false;
        let last_us = starts.until_us.saturating_add(self.rules.window_us);
        for (group, instant) in (0_u32..).zip(Instants::new(marks)) {
            if instant.at_us >= last_us {
                break;
            }
            self.take(&instant, group, starts);
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
            self.stop(excludes, instant.at_us, group);
        }
        // from the deepest run up, so that a run moves once
        for depth in (1..self.rules.n_steps).rev() {
            let run = self.runs.runs[depth];
            if run.alive && instant.at_us - self.runs.times[depth * self.rules.n_steps] <= self.rules.window_us {
                self.advance(depth, instant, group);
            }
        }
        if starts.allow(instant.at_us) && instant.marks.iter().any(|mark| mark.steps & 1 == 1) {
            self.runs.runs[0] = Run { alive: true, ..Run::default() };
            self.advance(0, instant, group);
            self.runs.runs[0].alive = false;
        }
        if self.rules.strict {
            for run in &mut self.runs.runs {
                run.alive &= run.moved_at == group;
            }
        }
    }

    /// Stops the runs whose last step is one of `excludes`.
    fn stop(&mut self, excludes: u32, at_us: i64, group: u32) {
        let within = |start_us: i64| at_us - start_us <= self.rules.window_us;
        for depth in 1..self.rules.n_steps {
            let run = &mut self.runs.runs[depth];
            if excludes >> (depth - 1) & 1 == 1 && run.alive && within(self.runs.times[depth * self.rules.n_steps]) {
                run.stopped = true;
            }
        }
        // the best run may have given its place to a later one, but it is stopped all the same
        let best = &mut self.best;
        let ended = self.rules.strict && best.reached_at + 1 != group;
        if best.progress.depth > 0
            && excludes >> (best.progress.depth - 1) & 1 == 1
            && within(best.progress.times[0])
            && !ended
        {
            best.stopped = true;
        }
    }

    /// Moves the run of that depth as far as the events of an instant let it.
    fn advance(&mut self, depth: usize, instant: &Instant<'_>, group: u32) {
        let n_steps = self.rules.n_steps;
        let mut run = self.runs.runs[depth];
        let mut used = Used::default();
        let mut reached = depth;
        let mut n_left_out = 0;
        // its times are put together in the scratch row
        self.runs.times.copy_within(depth * n_steps..depth * n_steps + depth, 0);
        while let Some((step, mark)) = next_step(&self.rules, reached, instant.marks, &used) {
            used.push(mark);
            n_left_out += step - reached;
            reached = step + 1;
            run.taken |= 1 << step;
            self.runs.times[step] = instant.at_us;
            if run.stopped {
                break;
            }
        }
        if reached == depth {
            return;
        }
        self.best.offer(&run, &self.runs.times[..reached], n_left_out, group);
        if run.stopped {
            // it stays where it was stopped, and may be found to have gone further by a later event
            return;
        }
        run.moved_at = group;
        self.runs.runs[depth].alive = false;
        let there = self.runs.runs[reached];
        let start_us = self.runs.times[0];
        let will_end = self.rules.strict && there.moved_at != group;
        if !there.alive || there.stopped || will_end || self.runs.times[reached * n_steps] < start_us {
            self.runs.runs[reached] = run;
            self.runs.times.copy_within(0..reached, reached * n_steps);
        }
    }
}

impl Best {
    /// Takes the run, which has just taken the last of the steps with these times, where it is better.
    fn offer(&mut self, run: &Run, times: &[i64], n_left_out: usize, group: u32) {
        let better = match times.len().cmp(&self.progress.depth) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal if self.stopped != run.stopped => self.stopped,
            // several runs may get there at one instant
            Ordering::Equal => {
                !run.stopped
                    && self.reached_at == group
                    && (Reverse(n_left_out), times[0]) > (Reverse(self.n_left_out), self.progress.times[0])
            }
        };
        if better {
            self.progress.depth = times.len();
            self.progress.taken = run.taken;
            self.progress.times[..times.len()].copy_from_slice(times);
            self.stopped = run.stopped;
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
