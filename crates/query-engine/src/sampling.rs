//! Samples: the events of some distinct ids, the same ones every time, stand for all.
//!
//! The sample is the one that PostHog takes: by ClickHouse's `SAMPLE` over a table that is sampled by `cityHash64(distinct_id)`.

use crate::field::Field;
use crate::predicate::{Predicate, Test};
use crate::scan::EventColumn;

/// How many hashes there are.
const N_HASHES: f64 = 18_446_744_073_709_551_616.0;

/// That an event is in the sample of that part of all; of every event where there is none.
pub(crate) fn predicate(factor: Option<f64>) -> Predicate {
    let Some(factor) = factor else { return Predicate::ALWAYS };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "above 0, and cut off at the greatest hash"
    )]
    let below = (factor * N_HASHES) as u64;
    Predicate::test(Field::Event(EventColumn::DistinctId), Test::HashBelow(below))
}

/// What a number of a sample comes to for all: in proportion, rounded to a whole number.
pub(crate) fn extrapolated(number: f64, factor: Option<f64>) -> f64 {
    factor.map_or(number, |factor| (number * (1.0 / factor)).round_ties_even())
}

/// Likewise of a count.
pub(crate) fn extrapolated_count(count: u64, factor: Option<f64>) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, not below 0")]
    factor.map_or(count, |_| extrapolated(count as f64, factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_sample_are_made_whole() {
        for (number, factor, expected) in
            [(3.0, None, 3.0), (3.0, Some(0.1), 30.0), (1.0, Some(0.3), 3.0), (1.0, Some(0.4), 2.0)]
        {
            assert_eq!(extrapolated(number, factor), expected, "{number} of {factor:?}");
        }
    }

    #[test]
    fn a_sample_of_all_leaves_nobody_out() {
        assert_eq!(predicate(None), Predicate::ALWAYS);
        let field = Field::Event(EventColumn::DistinctId);
        assert_eq!(predicate(Some(0.5)), Predicate::test(field, Test::HashBelow(1 << 63)));
    }
}
