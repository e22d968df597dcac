//! One series of numbers by interval: what is regular in it, and what stands out.

use chrono::{Datelike, NaiveDateTime, Timelike};
use insights_core::time::Interval;

use super::end_of;
use super::statistics::{
    Line, change_point, chi_squared_bound, groups_z, mean, median, rhythm_statistic, robust_deviation, trend_z,
};

/// Complete intervals below which no pattern is looked for.
pub(super) const FEW_INTERVALS: usize = 6;
/// How unlikely chance has to make a trend: 1 in 370.
const TREND_Z: f64 = 3.0;
/// How unlikely chance has to make a step.
const STEP_P: f64 = 0.003;
/// Changes of the level that are worth telling, as a part of it.
const TOLD_CHANGE: f64 = 0.05;
/// How unlikely chance has to make a difference of weekends.
const WEEKEND_Z: f64 = 3.3;
/// Distances between the busiest and the quietest place of a rhythm that are worth telling, as a part of the level.
const TOLD_RHYTHM: f64 = 0.1;
/// Deviations from what is regular beyond which one value stands out.
const OUTLIER_Z: f64 = 5.0;

/// The numbers of complete intervals in order, and that of the interval that is still running.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    pub(super) starts: Vec<NaiveDateTime>,
    pub(super) values: Vec<f64>,
    pub(super) running: Option<(NaiveDateTime, f64)>,
    pub(super) interval: Interval,
}

/// How the level went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// Up and down by chance.
    Level,
    /// Evenly from one level to another.
    Slope { from: f64, to: f64 },
    /// From one level to another at the position.
    Step { at: usize, from: f64, to: f64 },
}

/// What comes again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rhythm {
    /// Saturdays and Sundays are another thing: their level as a part of that of other days.
    Weekend { part: f64 },
    /// One day of the week is the busiest: days from Monday, its level and the least one as parts of the mean.
    Weekday { busiest: usize, quietest: usize, part: f64 },
    /// One hour of the day is the busiest.
    Hour { busiest: usize, quietest: usize, part: f64 },
}

/// An interval that stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlier {
    pub(super) at: usize,
    pub(super) value: f64,
    pub(super) expected: f64,
}

/// What is found in a course.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) shape: Shape,
    pub(super) rhythm: Option<Rhythm>,
    pub(super) outlier: Option<Outlier>,
}

impl Course {
    /// The course of `values` in intervals that begin at `starts`, as of `now`.
    pub(super) fn new(starts: Vec<NaiveDateTime>, values: Vec<f64>, interval: Interval, now: NaiveDateTime) -> Self {
        let n_complete = starts.iter().filter(|start| end_of(**start, interval) <= now).count();
        let running = starts.iter().zip(&values).nth(n_complete).filter(|(start, _)| **start <= now);
        let running = running.map(|(start, value)| (*start, *value));
        let cut = |n: usize| n.min(n_complete);
        let (starts, values) = (starts[..cut(starts.len())].to_vec(), values[..cut(values.len())].to_vec());
        Self { starts, values, running, interval }
    }

    /// What is regular in it and what stands out; `counts` where the values are counts, which vary by chance as much as their root.
    pub(super) fn pattern(&self, counts: bool) -> Pattern {
        if self.values.len() < FEW_INTERVALS {
            return Pattern { shape: Shape::Level, rhythm: None, outlier: None };
        }
        // The rhythm is sought around the level as it went, the level in what the rhythm leaves, where there is one.
        let rough = shape_of(&self.values, counts);
        let offsets = self.rhythm_offsets(&differences(&self.values, rough));
        let calm: Vec<f64> = match &offsets {
            Some(offsets) => {
                self.values.iter().zip(self.phases()).map(|(value, phase)| value - offsets[phase]).collect()
            }
            None => self.values.clone(),
        };
        let shape = shape_of(&calm, counts);
        let outlier = self.outlier(&calm, shape, offsets.as_deref(), counts);
        Pattern { shape, rhythm: offsets.and_then(|offsets| self.rhythm(&offsets)), outlier }
    }

    /// The place of each interval in its week or day.
    fn phases(&self) -> impl Iterator<Item = usize> + '_ {
        self.starts.iter().map(|start| match self.interval {
            Interval::Hour => start.hour() as usize,
            _ => start.weekday().num_days_from_monday() as usize,
        })
    }

    /// How much each place of the week or day lies above the level, where that comes again too surely for chance.
    fn rhythm_offsets(&self, around: &[f64]) -> Option<Vec<f64>> {
        let n_phases = match self.interval {
            Interval::Day => 7,
            Interval::Hour => 24,
            _ => return None,
        };
        // Two rounds are the least that can repeat.
        if around.len() < 2 * n_phases {
            return None;
        }
        let is_regular = rhythm_statistic(around, n_phases) > chi_squared_bound(n_phases - 1)
            || (self.interval == Interval::Day && self.differs_at_weekends(around));
        if !is_regular {
            return None;
        }
        let mut of_phase = vec![Vec::new(); n_phases];
        for (phase, value) in self.phases().zip(around) {
            of_phase[phase].push(*value);
        }
        Some(of_phase.iter().map(|values| median(values)).collect())
    }

    fn differs_at_weekends(&self, around: &[f64]) -> bool {
        let (weekend, week): (Vec<_>, Vec<_>) = self.phases().zip(around).partition(|(phase, _)| *phase > 4);
        let values = |days: Vec<(usize, &f64)>| days.into_iter().map(|(_, value)| *value).collect::<Vec<f64>>();
        groups_z(&values(week), &values(weekend)).abs() > WEEKEND_Z
    }

    fn rhythm(&self, offsets: &[f64]) -> Option<Rhythm> {
        let level = mean(&self.values);
        if level <= 0.0 {
            return None;
        }
        let by_size = |a: &usize, b: &usize| offsets[*a].total_cmp(&offsets[*b]);
        let busiest = (0..offsets.len()).max_by(by_size)?;
        let quietest = (0..offsets.len()).min_by(by_size)?;
        if offsets[busiest] - offsets[quietest] < TOLD_RHYTHM * level {
            return None;
        }
        // The level that the offsets are around: with them it makes the mean.
        let base = level - mean(&self.phases().map(|phase| offsets[phase]).collect::<Vec<_>>());
        let part = (base + offsets[busiest]) / level;
        if self.interval == Interval::Hour {
            return Some(Rhythm::Hour { busiest, quietest, part });
        }
        let (week, weekend) = offsets.split_at(5);
        let gap = week.iter().copied().fold(f64::INFINITY, f64::min) - weekend.iter().copied().fold(f64::MIN, f64::max);
        let other_gap =
            weekend.iter().copied().fold(f64::INFINITY, f64::min) - week.iter().copied().fold(f64::MIN, f64::max);
        let levels = (base + mean(week), base + mean(weekend));
        if (gap > 0.0 || other_gap > 0.0) && levels.0 > 0.0 {
            return Some(Rhythm::Weekend { part: (levels.1 / levels.0).max(0.0) });
        }
        Some(Rhythm::Weekday { busiest, quietest, part })
    }

    fn outlier(&self, calm: &[f64], shape: Shape, offsets: Option<&[f64]>, counts: bool) -> Option<Outlier> {
        let around = differences(calm, shape);
        let deviation = robust_deviation(&around);
        let level = mean(calm).abs();
        let scale = deviation.max(if counts { level.sqrt() } else { level * 0.01 });
        let (at, distance) = around.iter().copied().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
        let expected =
            calm[at] - distance + offsets.zip(self.phases().nth(at)).map_or(0.0, |(offsets, phase)| offsets[phase]);
        let stands_out = scale > 0.0 && distance.abs() > OUTLIER_Z * scale && distance.abs() > 0.25 * level;
        stands_out.then(|| Outlier {
            at,
            value: self.values[at],
            expected: if counts { expected.max(0.0) } else { expected },
        })
    }
}

/// The values around the level as `shape` has it.
fn differences(values: &[f64], shape: Shape) -> Vec<f64> {
    let middle = median(values);
    let last = (values.len() - 1).max(1) as f64;
    let level = |position: usize| match shape {
        Shape::Level => middle,
        Shape::Slope { from, to } => from + (to - from) * position as f64 / last,
        Shape::Step { at, from, to } => {
            if position < at {
                from
            } else {
                to
            }
        }
    };
    values.iter().enumerate().map(|(position, value)| value - level(position)).collect()
}

/// A slope or a step, whichever fits better, where chance does not explain it and it is worth telling.
fn shape_of(values: &[f64], counts: bool) -> Shape {
    let line = Line::through(values);
    let (from, to) = (line.at(0), line.at(values.len() - 1));
    let (from, to) = if counts { (from.max(0.0), to.max(0.0)) } else { (from, to) };
    let slope = (trend_z(values).abs() > TREND_Z && is_told(from, to)).then_some(Shape::Slope { from, to });
    let step = change_point(values).filter(|(_, p)| *p < STEP_P).and_then(|(at, _)| {
        let (from, to) = (median(&values[..at]), median(&values[at..]));
        is_told(from, to).then_some(Shape::Step { at, from, to })
    });
    let miss = |shape: Shape| differences(values, shape).iter().map(|distance| distance.abs()).sum::<f64>();
    match (slope, step) {
        (Some(slope), Some(step)) => {
            if miss(step) < miss(slope) {
                step
            } else {
                slope
            }
        }
        (shape, other) => shape.or(other).unwrap_or(Shape::Level),
    }
}

fn is_told(from: f64, to: f64) -> bool {
    (to - from).abs() > TOLD_CHANGE * from.abs().max(to.abs())
}
