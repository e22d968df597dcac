//! How far a number is off, as a probability.

/// What a baseline is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Center {
    /// The mean, in standard deviations.
    Mean,
    /// The median, in median absolute deviations, scaled so that they are as long as standard deviations of normal numbers.
    Median,
}

/// Ratio of the standard deviation to the median absolute deviation of normal numbers.
const MAD_SCALE: f64 = 1.482_602_218_505_602;

/// The score of `value`, from 0 to 1, and what was to be expected by `baseline`, which is not empty.
pub(super) fn score(center: Center, baseline: &[f64], value: f64) -> (f64, f64) {
    let (expected, spread) = match center {
        Center::Mean => mean_and_deviation(baseline),
        Center::Median => {
            let middle = median(baseline.to_vec());
            let off = baseline.iter().map(|number| (number - middle).abs()).collect();
            (middle, MAD_SCALE * median(off))
        }
    };
    let off = (value - expected).abs();
    // Where all numbers were the same, any other is as unlikely as can be.
    let score = match spread > 0.0 {
        true => error_function(off / spread / std::f64::consts::SQRT_2),
        false if off > 0.0 => 1.0,
        false => 0.0,
    };
    (score, expected)
}

#[expect(clippy::cast_precision_loss, reason = "windows are short")]
fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) }
}

/// The error function for numbers from 0 on, to seven digits (Abramowitz and Stegun, 7.1.26).
fn error_function(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let factors = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = factors.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    (1.0 - sum * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_normal_distribution() {
        // mean 10, standard deviation 1
        let baseline = [9.0, 10.0, 11.0];
        for (value, expected) in
            [(10.0, 0.0), (11.0, 0.682_689), (9.0, 0.682_689), (12.0, 0.954_500), (13.0, 0.997_300)]
        {
            let (score, mean) = score(Center::Mean, &baseline, value);
            assert!((score - expected).abs() < 1e-5, "{value}: {score}");
            assert!((mean - 10.0).abs() < 1e-9);
        }
    }

    #[test]
    fn medians_are_not_disturbed_by_outliers() {
        let baseline = [9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 1000.0];
        let by_mean = score(Center::Mean, &baseline, 20.0).0;
        let (by_median, expected) = score(Center::Median, &baseline, 20.0);
        assert!(by_mean < 0.5 && by_median > 0.99, "{by_mean} {by_median}");
        assert!((expected - 10.0).abs() < 1e-9);
    }

    #[test]
    fn after_equal_numbers_any_other_is_an_anomaly() {
        for center in [Center::Mean, Center::Median] {
            assert_eq!(score(center, &[5.0; 4], 5.0), (0.0, 5.0));
            assert_eq!(score(center, &[5.0; 4], 6.0), (1.0, 5.0));
        }
    }
}
