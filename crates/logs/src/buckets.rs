//! How long the buckets of a sparkline are.

use std::ops::Range;

/// Lengths of buckets that people can read, in minutes; longer ones are whole days.
const MINUTES: [i64; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440];
/// How many buckets there are about.
const N_BUCKETS: i64 = 50;

const MINUTE_US: i64 = 60_000_000;
const DAY_MINUTES: i64 = 1_440;

/// The length of the buckets of a range, in microseconds: the one that comes nearest to a fiftieth of it.
pub fn length_us(range: &Range<i64>) -> i64 {
    let wanted = range.end.saturating_sub(range.start).max(0) / N_BUCKETS / MINUTE_US;
    if wanted > DAY_MINUTES {
        return (wanted + DAY_MINUTES / 2) / DAY_MINUTES * DAY_MINUTES * MINUTE_US;
    }
    // Of two that are as near, the first is the shorter one.
    let nearest = MINUTES.into_iter().min_by_key(|minutes| (minutes - wanted).abs());
    nearest.expect("there are lengths") * MINUTE_US
}

/// The bucket that an instant is in: when it begins.
pub fn start_us(instant_us: i64, length_us: i64) -> i64 {
    instant_us.saturating_sub(instant_us.rem_euclid(length_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(range_minutes: i64, expected_minutes: i64) {
        assert_eq!(length_us(&(0..range_minutes * MINUTE_US)), expected_minutes * MINUTE_US, "{range_minutes} min");
    }

    #[test]
    fn there_are_about_fifty_buckets() {
        check(0, 1);
        check(60, 1);
        check(2 * 60, 2);
        check(175, 2);
        check(4 * 60, 5);
        check(12 * 60, 15);
        check(24 * 60, 30);
        check(7 * 24 * 60, 240);
        check(30 * 24 * 60, 720);
        check(50 * 24 * 60, 1_440);
        check(90 * 24 * 60, 2 * 1_440);
        check(365 * 24 * 60, 7 * 1_440);
    }

    #[test]
    fn there_are_never_more_than_a_hundred() {
        let minutes = (0..60 * 24 * 400).step_by(7);
        for range in minutes.map(|minutes| 0..minutes * MINUTE_US) {
            assert!(range.end / length_us(&range) <= 100, "{range:?}");
        }
        assert!(length_us(&(i64::MIN..i64::MAX)) > 0);
    }

    #[test]
    fn buckets_begin_at_multiples_of_their_length() {
        assert_eq!(start_us(125, 60), 120);
        assert_eq!(start_us(120, 60), 120);
        assert_eq!(start_us(-1, 60), -60);
        assert_eq!(start_us(i64::MIN, 60_000_000), i64::MIN);
    }
}
