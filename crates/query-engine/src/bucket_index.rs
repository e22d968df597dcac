//! Which bucket an instant is in.

use crate::control::{QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;

/// The bucket of a row that does not count.
pub(crate) const SKIP: u32 = u32::MAX;

/// Finds the bucket of an instant among ascending edges in a few steps, however many edges there are.
#[derive(Clone, Debug)]
pub(crate) struct BucketIndex {
    edges: Vec<i64>,
    from_us: i64,
    until_us: i64,
    buckets_a_us: f64,
}

impl BucketIndex {
    /// Buckets between neighbouring `edges`, of which only the instants in `[from_us, until_us)` count.
    ///
    /// # Panics
    /// Where there is no edge at all.
    pub(crate) fn new(edges: Vec<i64>, from_us: i64, until_us: i64) -> Self {
        let (first, last) = (edges[0], edges[edges.len() - 1]);
        let width_us = (last as f64 - first as f64).max(1.0);
        let buckets_a_us = (edges.len() - 1) as f64 / width_us;
        Self { from_us: from_us.max(first), until_us: until_us.min(last), edges, buckets_a_us }
    }

    /// Where buckets begin and the last one ends.
    pub(crate) fn edges(&self) -> &[i64] {
        &self.edges
    }

    /// How many buckets there are.
    pub(crate) fn len(&self) -> usize {
        self.edges.len() - 1
    }

    /// The bucket of `timestamp_us`; `None` where it does not count.
    pub(crate) fn find(&self, timestamp_us: i64) -> Option<usize> {
        if timestamp_us < self.from_us || timestamp_us >= self.until_us {
            return None;
        }
        // Buckets are about equally wide (hours and days but for daylight saving, months but for their lengths), so the guess or a
        // neighbour of it is mostly right.
        let offset_us = timestamp_us as f64 - self.edges[0] as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess, checked below")]
        let guess = ((offset_us * self.buckets_a_us) as usize).min(self.len() - 1);
        let holds = |bucket: usize| self.edges[bucket] <= timestamp_us && timestamp_us < self.edges[bucket + 1];
        if holds(guess) {
            return Some(guess);
        }
        if guess + 1 < self.len() && holds(guess + 1) {
            return Some(guess + 1);
        }
        Some(self.edges.partition_point(|&edge| edge <= timestamp_us) - 1)
    }

    /// The first instant of `bucket` that counts, and the first one after it that does not count in it.
    pub(crate) fn bounds(&self, bucket: usize) -> (i64, i64) {
        (self.edges[bucket].max(self.from_us), self.edges[bucket + 1].min(self.until_us))
    }

    /// The bucket of each of a run's rows, [`SKIP`] for those that do not count or that `keeps` does not keep.
    pub(crate) fn of_rows(
        &self,
        timestamps: &[i64],
        keeps: impl Fn(usize) -> bool,
        control: &QueryControl,
    ) -> Result<Vec<u32>, QueryError> {
        let mut buckets = Vec::with_capacity(timestamps.len());
        // Rows of one person follow each other in time, so the last bucket is often the next row's too.
        let (mut start_us, mut end_us, mut last) = (i64::MAX, i64::MIN, SKIP);
        for chunk in timestamps.chunks(ROWS_A_CHECK) {
            control.check()?;
            let first_row = buckets.len();
            buckets.extend(chunk.iter().enumerate().map(|(row, &timestamp_us)| {
                if timestamp_us < start_us || timestamp_us >= end_us {
                    let Some(bucket) = self.find(timestamp_us) else { return SKIP };
                    (start_us, end_us) = self.bounds(bucket);
                    last = u32::try_from(bucket).expect("a plan has fewer than 2^32 buckets");
                }
                if keeps(first_row + row) { last } else { SKIP }
            }));
        }
        Ok(buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edges: &[i64], range: (i64, i64), timestamp: i64, expected: Option<usize>) {
        let index = BucketIndex::new(edges.to_vec(), range.0, range.1);
        assert_eq!(index.find(timestamp), expected, "bucket of {timestamp} among {edges:?} within {range:?}");
    }

    #[test]
    fn an_instant_is_in_the_bucket_whose_start_is_the_last_not_after_it() {
        let edges = [0, 10, 20, 21, 500];
        for (timestamp, expected) in [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (21, 3), (499, 3)] {
            check(&edges, (i64::MIN, i64::MAX), timestamp, Some(expected));
        }
    }

    #[test]
    fn instants_outside_the_range_or_the_edges_are_in_no_bucket() {
        check(&[0, 10, 20], (5, 15), 4, None);
        check(&[0, 10, 20], (5, 15), 5, Some(0));
        check(&[0, 10, 20], (5, 15), 14, Some(1));
        check(&[0, 10, 20], (5, 15), 15, None);
        check(&[0, 10, 20], (-50, 50), -1, None);
        check(&[0, 10, 20], (-50, 50), 20, None);
        check(&[0, 10, 20], (12, 12), 12, None);
    }

    #[test]
    fn extreme_edges_do_not_overflow() {
        check(&[i64::MIN, 0, 10], (i64::MIN, 10), -5, Some(0));
        check(&[i64::MIN, 0, 10], (i64::MIN, 10), 7, Some(1));
    }

    #[test]
    fn rows_that_are_not_kept_are_skipped() {
        let index = BucketIndex::new(vec![0, 10, 20], 0, 20);
        let buckets = index.of_rows(&[3, 12, 12, 30], |row| row != 1, &QueryControl::unlimited());
        assert_eq!(buckets.unwrap(), [0, SKIP, 1, SKIP]);
    }
}
