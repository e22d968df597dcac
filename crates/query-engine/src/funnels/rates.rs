//! How many actors convert, by the span of time in which they begin.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::attribution::Attributed;
use super::kernel::unordered::UnorderedMatcher;
use super::kernel::{MatcherInOrder, Starts};
use super::tally;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::plan::sequence::{Rate, RatesOfValue, SequenceValue};

/// How many events are looked at between two looks at the control.
const MARKS_A_CHECK: usize = 16_384;

/// Rates by the number of the value and by bucket.
#[derive(Debug)]
pub(super) struct RateTally {
    edges_us: Vec<i64>,
    by_value: Vec<Option<Vec<Rate>>>,
}

impl RateTally {
    /// Nobody yet.
    pub(super) fn new(edges_us: &[i64]) -> Self {
        Self { edges_us: edges_us.to_vec(), by_value: Vec::new() }
    }

    fn n_buckets(&self) -> usize {
        self.edges_us.len().saturating_sub(1)
    }

    /// The bucket of an instant.
    fn bucket(&self, at_us: i64) -> Option<usize> {
        let n_begun = self.edges_us.partition_point(|edge| *edge <= at_us);
        (1..self.edges_us.len()).contains(&n_begun).then(|| n_begun - 1)
    }

    /// Adds an actor to a bucket.
    fn add(
        &mut self,
        value: u32,
        bucket: usize,
        has_converted: bool,
        memory: &mut HeldMemory,
    ) -> Result<(), QueryError> {
        let value = value as usize;
        if self.by_value.len() <= value {
            memory.grow::<Option<Vec<Rate>>>(value + 1 - self.by_value.len())?;
            self.by_value.resize(value + 1, None);
        }
        let n_buckets = self.n_buckets();
        if self.by_value[value].is_none() {
            memory.grow::<Rate>(n_buckets)?;
        }
        let rate = &mut self.by_value[value].get_or_insert_with(|| vec![Rate::default(); n_buckets])[bucket];
        rate.n_entered += 1;
        rate.n_converted += u64::from(has_converted);
        Ok(())
    }

    /// The rate of the first value in the first bucket.
    pub(super) fn first(&self) -> Rate {
        let first = self.by_value.first().and_then(Option::as_ref);
        first.and_then(|buckets| buckets.first()).copied().unwrap_or_default()
    }

    /// The rates of at most `limit` values; `value` gives the texts of a number.
    pub(super) fn output(
        self,
        value: impl Fn(usize) -> Vec<Arc<str>>,
        limit: usize,
        is_broken_down: bool,
    ) -> Vec<RatesOfValue> {
        let n_buckets = self.n_buckets();
        let named = self.by_value.into_iter().enumerate();
        let named = named.filter_map(|(number, rates)| Some((value(number), rates?))).collect();
        let mut rates = tally::ranked_rates(named, limit);
        if rates.is_empty() && !is_broken_down {
            rates.push(RatesOfValue {
                value: SequenceValue::Texts(Vec::new()),
                buckets: vec![Rate::default(); n_buckets],
            });
        }
        rates
    }
}

/// Adds ordered and strict actors, looking at the control now and then.
#[derive(Debug)]
pub(super) struct OrderedRates {
    control: QueryControl,
    n_unchecked: usize,
}

impl OrderedRates {
    /// Looks at `control`.
    pub(super) fn new(control: &QueryControl) -> Self {
        Self { control: control.clone(), n_unchecked: 0 }
    }

    /// Adds an actor to every bucket in which a run of theirs begins that takes `from_step`.
    pub(super) fn add(
        &mut self,
        matcher: &mut MatcherInOrder,
        of: &Attributed<'_>,
        from_step: usize,
        tally: &mut RateTally,
        memory: &mut HeldMemory,
    ) -> Result<(), QueryError> {
        let mut done = None;
        let mut instant = 0;
        for (index, mark) in of.marks.iter().enumerate() {
            if mark.at_us != of.marks[instant].at_us {
                instant = index;
            }
            if mark.steps & 1 == 0 {
                continue;
            }
            let Some(bucket) = tally.bucket(mark.at_us).filter(|bucket| done != Some(*bucket)) else { continue };
            done = Some(bucket);
            let starts = Starts { from_us: tally.edges_us[bucket], until_us: tally.edges_us[bucket + 1] };
            let marks = &of.marks[instant..];
            self.n_unchecked += marks.len();
            if self.n_unchecked > MARKS_A_CHECK {
                self.n_unchecked = 0;
                self.control.check()?;
            }
            if let Some(progress) = matcher.deepest(marks, starts)
                && progress.depth > from_step
            {
                let has_converted = progress.depth == progress.times.len();
                tally.add(of.value, bucket, has_converted, memory)?;
            }
        }
        Ok(())
    }
}

/// Adds an unordered actor to every bucket in which a run of theirs begins that takes more than `from_step` steps.
pub(super) fn unordered_rates(
    matcher: &mut UnorderedMatcher,
    of: &Attributed<'_>,
    from_step: usize,
    n_steps: usize,
    tally: &mut RateTally,
    memory: &mut HeldMemory,
) -> Result<(), QueryError> {
    // runs come in the order in which they begin: the bucket that is being looked at, and the most steps of a run of it
    let mut current: Option<(usize, usize)> = None;
    let mut result = Ok(());
    let mut finish = |(bucket, n_taken): (usize, usize), tally: &mut RateTally| {
        if n_taken > from_step { tally.add(of.value, bucket, n_taken == n_steps, memory) } else { Ok(()) }
    };
    matcher.for_each_run(of.marks, of.first_value, |times| {
        let Some(bucket) = tally.bucket(times[0]) else { return ControlFlow::Continue(()) };
        current = match current {
            Some((same, n_taken)) if same == bucket => Some((bucket, n_taken.max(times.len()))),
            Some(before) => {
                result = finish(before, tally);
                if result.is_err() {
                    return ControlFlow::Break(());
                }
                Some((bucket, times.len()))
            }
            None => Some((bucket, times.len())),
        };
        ControlFlow::Continue(())
    });
    result?;
    current.map_or(Ok(()), |last| finish(last, tally))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_in_the_bucket_that_has_begun_and_not_ended() {
        let tally = RateTally::new(&[10, 20, 30]);
        let buckets = [9, 10, 19, 20, 29, 30].map(|at_us| tally.bucket(at_us));
        assert_eq!(buckets, [None, Some(0), Some(0), Some(1), Some(1), None]);
    }
}
