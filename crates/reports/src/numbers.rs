//! Small arithmetic that every part of a report shares.

use agent_sessions::statistics::real;

/// The number with that many digits after the point, and never `-0`.
pub(crate) fn rounded(number: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    let rounded = (number * factor).round() / factor;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// A score or a rate: two digits after the point.
pub(crate) fn score(number: f64) -> f64 {
    rounded(number, 2)
}

/// A length as a count.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// `part` of `whole` from 0 to 100; 0 where there is no whole.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * real(part) / real(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_without_a_negative_zero() {
        assert_eq!(rounded(1.2345, 2), 1.23);
        assert!(rounded(-0.001, 2).is_sign_positive());
    }

    #[test]
    fn rates_of_nothing_are_nothing() {
        assert_eq!((percent(1, 0), percent(1, 4)), (0.0, 25.0));
    }
}
