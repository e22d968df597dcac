//! Adds up what single actors did.

use std::cmp::Reverse;
use std::sync::Arc;

use super::kernel::Progress;
use crate::control::HeldMemory;
use crate::error::QueryError;
use crate::plan::sequence::{Durations, Rate, RatesOfValue, SequenceValue, StepNumbers, StepsOfValue};

/// Most bins of [`Durations`].
const MAX_BINS: u32 = 60;

const MICROSECONDS_A_SECOND: i64 = 1_000_000;

/// The actors of one value that took steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepTally {
    n_actors: Vec<u64>,
    /// For each step the times that actors took for it, in microseconds, zero left out.
    times_us: Vec<Vec<i64>>,
}

impl StepTally {
    /// Nobody yet.
    pub(super) fn new(n_steps: usize) -> Self {
        Self { n_actors: vec![0; n_steps], times_us: vec![Vec::new(); n_steps] }
    }

    /// Adds an actor; `optional` has the steps that may be left out, as bits.
    pub(super) fn add(
        &mut self,
        progress: &Progress,
        optional: u32,
        memory: &mut HeldMemory,
    ) -> Result<(), QueryError> {
        let mut before_us = progress.times[0];
        for step in (0..self.n_actors.len()).filter(|step| progress.took(*step)) {
            self.n_actors[step] += 1;
            let taken_us = progress.times[step] - before_us;
            if taken_us > 0 {
                let times_us = &mut self.times_us[step];
                if times_us.len() == times_us.capacity() {
                    let n_more = times_us.len().max(16);
                    memory.grow::<i64>(n_more)?;
                    times_us.reserve_exact(n_more);
                }
                times_us.push(taken_us);
            }
            if optional >> step & 1 == 0 {
                before_us = progress.times[step];
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.n_actors.iter_mut().zip(other.n_actors).for_each(|(n_actors, more)| *n_actors += more);
        self.times_us.iter_mut().zip(other.times_us).for_each(|(times, more)| times.extend(more));
    }

    fn numbers(self) -> Vec<StepNumbers> {
        let steps = self.n_actors.into_iter().zip(self.times_us);
        steps
            .map(|(n_actors, mut times_us)| StepNumbers {
                n_actors,
                average_seconds: average_seconds(&times_us),
                median_seconds: median_seconds(&mut times_us),
            })
            .collect()
    }
}

/// The numbers of every value, at most `limit` of them and the others together.
pub(super) fn ranked_steps(tallies: Vec<(Vec<Arc<str>>, StepTally)>, limit: usize) -> Vec<StepsOfValue> {
    let mut tallies: Vec<_> = tallies.into_iter().filter(|(_, tally)| tally.n_actors.iter().any(|n| *n > 0)).collect();
    tallies.sort_unstable_by(|(value, tally), (other_value, other)| {
        other.n_actors.iter().rev().cmp(tally.n_actors.iter().rev()).then_with(|| value.cmp(other_value))
    });
    let others = tallies.split_off(tallies.len().min(limit)).into_iter().map(|(_, tally)| tally);
    let others = others.reduce(|mut sum, tally| {
        sum.merge(tally);
        sum
    });
    let named = tallies.into_iter().map(|(texts, tally)| (SequenceValue::Texts(texts), tally));
    let others = others.into_iter().map(|tally| (SequenceValue::Other, tally));
    named.chain(others).map(|(value, tally)| StepsOfValue { value, steps: tally.numbers() }).collect()
}

/// The rates of every value, at most `limit` of them: those with the most actors, then the greater value, as in PostHog.
pub(super) fn ranked_rates(rates: Vec<(Vec<Arc<str>>, Vec<Rate>)>, limit: usize) -> Vec<RatesOfValue> {
    let mut rates: Vec<_> = rates.into_iter().filter(|(_, buckets)| buckets.iter().any(|b| b.n_entered > 0)).collect();
    rates.sort_by_cached_key(|(value, buckets)| {
        let n_entered: u64 = buckets.iter().map(|rate| rate.n_entered).sum();
        Reverse((n_entered, value.clone()))
    });
    rates.truncate(limit);
    rates.into_iter().map(|(texts, buckets)| RatesOfValue { value: SequenceValue::Texts(texts), buckets }).collect()
}

/// The distribution of times in microseconds.
pub(super) fn durations(times_us: &[i64], n_bins: Option<u32>) -> Durations {
    let (Some(least), Some(greatest)) = (times_us.iter().min(), times_us.iter().max()) else {
        return Durations::default();
    };
    let from = least.div_euclid(MICROSECONDS_A_SECOND);
    let to = (greatest + MICROSECONDS_A_SECOND - 1).div_euclid(MICROSECONDS_A_SECOND);
    let n_bins = i64::from(n_bins.unwrap_or_else(|| cube_root_up(times_us.len())).clamp(1, MAX_BINS));
    let width = match (to - from + n_bins - 1) / n_bins {
        0 => 60,
        width => width,
    };
    let mut bins: Vec<(i64, u64)> = (0..=n_bins).map(|bin| (from + bin * width, 0)).collect();
    for time_us in times_us {
        let bin = (time_us - from * MICROSECONDS_A_SECOND) / (width * MICROSECONDS_A_SECOND);
        bins[usize::try_from(bin).expect("no time is less than the least")].1 += 1;
    }
    let positive: Vec<i64> = times_us.iter().copied().filter(|time_us| *time_us > 0).collect();
    Durations { bins, average_seconds: average_seconds(&positive) }
}

/// The cube root of `n`, rounded up, as far as it matters.
fn cube_root_up(n: usize) -> u32 {
    (1..MAX_BINS).find(|root| (*root as usize).pow(3) >= n).unwrap_or(MAX_BINS)
}

fn average_seconds(times_us: &[i64]) -> Option<f64> {
    let sum: i128 = times_us.iter().map(|time_us| i128::from(*time_us)).sum();
    (!times_us.is_empty()).then(|| sum as f64 / times_us.len() as f64 / MICROSECONDS_A_SECOND as f64)
}

/// The middle one of the times, or the mean of the two in the middle; changes their order.
fn median_seconds(times_us: &mut [i64]) -> Option<f64> {
    if times_us.is_empty() {
        return None;
    }
    let middle = times_us.len() / 2;
    let is_even = times_us.len().is_multiple_of(2);
    let (lower, upper, _) = times_us.select_nth_unstable(middle);
    let median_us = match lower.iter().max() {
        Some(below) if is_even => (*below as f64 + *upper as f64) / 2.0,
        _ => *upper as f64,
    };
    Some(median_us / MICROSECONDS_A_SECOND as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_median(seconds: &[i64], expected: Option<f64>) {
        let mut times_us: Vec<i64> = seconds.iter().map(|seconds| seconds * MICROSECONDS_A_SECOND).collect();
        assert_eq!(median_seconds(&mut times_us), expected, "{seconds:?}");
    }

    #[test]
    fn median_of_odd_even_and_no_times() {
        check_median(&[], None);
        check_median(&[5], Some(5.0));
        check_median(&[7, 1], Some(4.0));
        check_median(&[9, 1, 2], Some(2.0));
        check_median(&[4, 1, 3, 2], Some(2.5));
    }

    #[track_caller]
    fn check_bins(seconds: &[i64], n_bins: Option<u32>, expected: &[(i64, u64)]) {
        let times_us: Vec<i64> = seconds.iter().map(|seconds| seconds * MICROSECONDS_A_SECOND).collect();
        assert_eq!(durations(&times_us, n_bins).bins, expected, "{seconds:?}");
    }

    #[test]
    fn bins_are_of_whole_seconds_with_one_more_at_the_greatest_time() {
        check_bins(&[], None, &[]);
        check_bins(&[5], None, &[(5, 1), (65, 0)]);
        check_bins(&[3600, 2220, 82800], None, &[(2220, 2), (42510, 0), (82800, 1)]);
        check_bins(&[0, 10], Some(3), &[(0, 1), (4, 0), (8, 1), (12, 0)]);
        assert_eq!(durations(&[1_500_000, 2_500_000], Some(2)).bins, [(1, 1), (2, 1), (3, 0)]);
        assert_eq!(durations(&[1], Some(0)).bins, [(0, 1), (1, 0)]);
    }

    #[test]
    fn zero_times_are_left_out_of_the_average() {
        assert_eq!(durations(&[0, 4_000_000], None).average_seconds, Some(4.0));
        assert_eq!(durations(&[0], None).average_seconds, None);
    }

    #[test]
    fn values_are_ranked_by_their_last_step_first() {
        let tally = |n_actors: &[u64]| StepTally { n_actors: n_actors.to_vec(), times_us: vec![Vec::new(); 2] };
        let value = |text: &str| vec![Arc::from(text)];
        let tallies = vec![
            (value("many start"), tally(&[9, 1])),
            (value("b"), tally(&[3, 3])),
            (value("a"), tally(&[3, 3])),
            (value("nobody"), tally(&[0, 0])),
        ];
        let ranked = |limit| {
            let ranked = ranked_steps(tallies.clone(), limit);
            ranked.into_iter().map(|of| (of.value, of.steps[0].n_actors)).collect::<Vec<_>>()
        };
        let text = |text: &str| SequenceValue::Texts(value(text));
        assert_eq!(ranked(25), [(text("a"), 3), (text("b"), 3), (text("many start"), 9)]);
        assert_eq!(ranked(1), [(text("a"), 3), (SequenceValue::Other, 12)]);
    }
}
