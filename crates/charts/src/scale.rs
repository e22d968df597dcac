//! From values to places along an axis, and the values that are worth a line.

use crate::format::Unit;

/// Values beyond this are drawn as if they were this: sums of many of them still are numbers.
const MAX_SIZE: f64 = 1e290;
/// Values that all lie closer together than this are as good as zero.
const MIN_SPAN: f64 = 1e-290;

/// A linear scale that begins and ends at a tick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    lowest: f64,
    highest: f64,
    ticks: Vec<f64>,
}

impl Scale {
    /// A scale that covers zero and all `values`, with about `n_wanted` ticks at round values of `unit`.
    pub(crate) fn new(values: impl Iterator<Item = f64>, n_wanted: usize, unit: Unit) -> Self {
        let (mut low, mut high, mut is_whole) = (0.0_f64, 0.0_f64, true);
        for value in values.map(bounded) {
            low = low.min(value);
            high = high.max(value);
            is_whole &= value.fract() == 0.0;
        }
        if high - low < MIN_SPAN {
            low = 0.0;
            high = if unit == Unit::Percent { 100.0 } else { 1.0 };
        }
        let rough = (high - low) / n_wanted.max(1) as f64;
        let step = round_step(rough, is_whole, unit);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let mut ticks = Vec::new();
        let mut position = first;
        while position <= last {
            ticks.push(position * step);
            position += 1.0;
        }
        Self { lowest: first * step, highest: last * step, ticks }
    }

    /// The values of the lines, ascending.
    pub(crate) fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// Where `value` is between the ends: 0 at the lowest, 1 at the highest.
    pub(crate) fn part(&self, value: f64) -> f64 {
        ((bounded(value) - self.lowest) / (self.highest - self.lowest)).clamp(0.0, 1.0)
    }
}

/// `value`, within what can be drawn.
pub(crate) fn bounded(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-MAX_SIZE, MAX_SIZE) }
}

/// The part that `value` is of `whole`, between 0 and 1; 0 where there is no whole.
pub(crate) fn part_of(value: f64, whole: f64) -> f64 {
    if whole > 0.0 { (bounded(value) / bounded(whole)).clamp(0.0, 1.0) } else { 0.0 }
}

/// The next round step that is at least `rough`.
fn round_step(rough: f64, is_whole: bool, unit: Unit) -> f64 {
    let of_time: &[f64] = &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
    let of_days: &[f64] = &[10_800.0, 21_600.0, 43_200.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0];
    let factor = if unit == Unit::Milliseconds { 1000.0 } else { 1.0 };
    if matches!(unit, Unit::Seconds | Unit::Milliseconds) && rough / factor > 0.5 {
        let seconds = of_time.iter().chain(of_days).find(|step| **step >= rough / factor);
        if let Some(step) = seconds {
            return step * factor;
        }
    }
    let power = 10_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999);
    let step = round.unwrap_or(10.0 * power);
    if is_whole { step.max(1.0).ceil() } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], unit: Unit, expected: &[f64]) {
        let scale = Scale::new(values.iter().copied(), 4, unit);
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs();
        assert!(
            scale.ticks().len() == expected.len() && scale.ticks().iter().zip(expected).all(near),
            "{:?}",
            scale.ticks()
        );
        for value in values {
            assert!((0.0..=1.0).contains(&scale.part(*value)));
        }
    }

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        check(&[3.0, 7.0, 9.0], Unit::Number, &[0.0, 3.0, 6.0, 9.0]);
        check(&[1.0], Unit::Number, &[0.0, 1.0]);
        check(&[0.3], Unit::Number, &[0.0, 0.1, 0.2, 0.3]);
        check(&[-3.0, 12.0], Unit::Number, &[-5.0, 0.0, 5.0, 10.0, 15.0]);
        check(&[1234.0], Unit::Number, &[0.0, 500.0, 1000.0, 1500.0]);
        check(&[], Unit::Number, &[0.0, 1.0]);
        check(&[], Unit::Percent, &[0.0, 25.0, 50.0, 75.0, 100.0]);
        check(&[7000.0], Unit::Seconds, &[0.0, 1800.0, 3600.0, 5400.0, 7200.0]);
    }

    #[test]
    fn huge_and_tiny_values_have_places() {
        for values in [vec![f64::MAX, -f64::MAX], vec![1e-300], vec![f64::MIN_POSITIVE], vec![f64::INFINITY]] {
            let scale = Scale::new(values.iter().copied(), 5, Unit::Number);
            assert!(scale.ticks().len() < 20, "{values:?}: {:?}", scale.ticks());
            assert!(values.iter().all(|value| (0.0..=1.0).contains(&scale.part(*value))), "{values:?}");
        }
    }
}
