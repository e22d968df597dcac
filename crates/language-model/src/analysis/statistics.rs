//! Statistics over short series of numbers: robust where one odd value could tip them, and slow to see a pattern in noise.

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The middle value; 0 of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// A standard deviation that a few odd values do not change: 1.4826 times the median distance from the median.
pub(super) fn robust_deviation(values: &[f64]) -> f64 {
    let middle = median(values);
    1.4826 * median(&values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>())
}

/// A straight line through values at 0, 1, 2, ….
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Change from one value to the next.
    pub(super) slope: f64,
    /// Value at 0.
    pub(super) start: f64,
}

impl Line {
    /// Theil and Sen's line: the median of the slopes between all pairs.
    pub(super) fn through(values: &[f64]) -> Self {
        let positions: Vec<usize> = (0..values.len()).step_by(stride(values.len())).collect();
        let pairs = positions.iter().enumerate().flat_map(|(at, i)| positions[at + 1..].iter().map(move |j| (*i, *j)));
        let slopes: Vec<f64> = pairs.map(|(i, j)| (values[j] - values[i]) / (j - i) as f64).collect();
        let slope = median(&slopes);
        let start = median(&values.iter().enumerate().map(|(i, value)| value - slope * i as f64).collect::<Vec<_>>());
        Self { slope, start }
    }

    /// The value at `position`.
    pub(super) fn at(self, position: usize) -> f64 {
        self.start + self.slope * position as f64
    }
}

/// Mann and Kendall's statistic, standard normal where there is no trend: how far pairs rise rather than fall.
pub(super) fn trend_z(values: &[f64]) -> f64 {
    let values: Vec<f64> = values.iter().copied().step_by(stride(values.len())).collect();
    let n = values.len() as f64;
    let mut s = 0.0;
    for (i, earlier) in values.iter().enumerate() {
        for later in &values[i + 1..] {
            s += sign(later - earlier);
        }
    }
    let ties: f64 = tie_counts(&values).into_iter().map(|t| t * (t - 1.0) * (2.0 * t + 5.0)).sum();
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties) / 18.0;
    if variance <= 0.0 { 0.0 } else { (s - sign(s)) / variance.sqrt() }
}

/// The position from which on the level is another one, by Pettitt's test, with the probability that chance alone does so. `None` for fewer than eight values.
pub(super) fn change_point(values: &[f64]) -> Option<(usize, f64)> {
    let n = values.len();
    if n < 8 {
        return None;
    }
    // The sum of the signs of all pairs across a split follows from the ranks before it.
    let mut rank_sum = 0.0;
    let scores = ranks(values).into_iter().enumerate().map(|(at, rank)| {
        rank_sum += rank;
        let split = at + 1;
        (split, (2.0 * rank_sum - split as f64 * (n + 1) as f64).abs())
    });
    let (split, k) = scores.filter(|(split, _)| (2..=n - 2).contains(split)).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let n = n as f64;
    Some((split, (2.0 * (-6.0 * k * k / (n.powi(3) + n.powi(2))).exp()).min(1.0)))
}

/// Kruskal and Wallis's statistic of values that fall into groups in turn (`n_groups` of them): chi-squared with `n_groups - 1` degrees of freedom
/// where the groups do not differ.
pub(super) fn rhythm_statistic(values: &[f64], n_groups: usize) -> f64 {
    let n = values.len() as f64;
    let ranks = ranks(values);
    let of_group = |group: usize| ranks.iter().skip(group).step_by(n_groups).copied().collect::<Vec<f64>>();
    let sum: f64 = (0..n_groups)
        .map(of_group)
        .filter(|ranks| !ranks.is_empty())
        .map(|ranks| ranks.iter().sum::<f64>().powi(2) / ranks.len() as f64)
        .sum();
    let ties: f64 = tie_counts(values).into_iter().map(|t| t.powi(3) - t).sum();
    let correction = 1.0 - ties / (n.powi(3) - n);
    if correction <= 0.0 { 0.0 } else { (12.0 / (n * (n + 1.0)) * sum - 3.0 * (n + 1.0)) / correction }
}

/// Mann and Whitney's statistic, standard normal where values of two groups do not differ; positive where those of the second are larger.
pub(super) fn groups_z(first: &[f64], second: &[f64]) -> f64 {
    let all: Vec<f64> = first.iter().chain(second).copied().collect();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let rank_sum: f64 = ranks(&all)[first.len()..].iter().sum();
    let ties: f64 = tie_counts(&all).into_iter().map(|t| t.powi(3) - t).sum();
    let total = n + m;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)).max(1.0));
    if variance <= 0.0 { 0.0 } else { (rank_sum - m * (m + 1.0) / 2.0 - n * m / 2.0) / variance.sqrt() }
}

/// The chi-squared value that chance exceeds once in a thousand times, by Wilson and Hilferty's approximation.
pub(super) fn chi_squared_bound(degrees: usize) -> f64 {
    const NORMAL_BOUND: f64 = 3.09;
    let k = degrees as f64;
    k * (1.0 - 2.0 / (9.0 * k) + NORMAL_BOUND * (2.0 / (9.0 * k)).sqrt()).powi(3)
}

/// How far two shares (`a` of `n`, `b` of `m`) lie apart, in standard deviations; positive where the first is larger.
pub(super) fn proportions_z((a, n): (f64, f64), (b, m): (f64, f64)) -> f64 {
    if n <= 0.0 || m <= 0.0 {
        return 0.0;
    }
    let pooled = (a + b) / (n + m);
    let variance = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if variance <= 0.0 { 0.0 } else { (a / n - b / m) / variance.sqrt() }
}

/// Every how many values are looked at where all pairs of `n` would be too many.
fn stride(n: usize) -> usize {
    const MOST: usize = 500;
    // Odd, so that no hour of the day is left out.
    let stride = n.div_ceil(MOST).max(1);
    stride + usize::from(stride > 1 && stride.is_multiple_of(2))
}

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// How many values are equal, for each value that there is.
fn tie_counts(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|equal| equal.len() as f64).collect()
}

/// The rank of each value from 1; equal ones have their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value) as f64;
        let up_to = sorted.partition_point(|other| other <= value) as f64;
        (below + 1.0 + up_to) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_and_deviations() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0]), median(&[])), (2.0, 2.5, 0.0));
        assert_eq!(robust_deviation(&[1.0, 2.0, 3.0, 4.0, 1000.0]), 1.4826);
        assert_eq!((mean(&[1.0, 2.0]), mean(&[])), (1.5, 0.0));
    }

    #[test]
    fn a_line_is_found_whatever_one_value_says() {
        let mut values: Vec<f64> = (0..20).map(|i| 10.0 + 2.0 * f64::from(i)).collect();
        values[7] = 500.0;
        let line = Line::through(&values);
        assert_eq!((line.slope, line.start, line.at(3)), (2.0, 10.0, 16.0));
        assert!(trend_z(&values) > 4.0);
        values.reverse();
        assert!(trend_z(&values) < -4.0);
        assert_eq!(trend_z(&[5.0; 10]), 0.0);
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let values: Vec<f64> = (0..30).map(|i| if i < 18 { 100.0 } else { 150.0 } + f64::from(i % 3)).collect();
        let (split, p) = change_point(&values).unwrap();
        assert_eq!(split, 18);
        assert!(p < 0.001, "{p}");
        assert!(change_point(&[1.0; 30]).unwrap().1 > 0.99);
        assert_eq!(change_point(&[1.0; 7]), None);
    }

    #[test]
    fn long_series_are_thinned_out() {
        let values: Vec<f64> = (0..50_000).map(f64::from).collect();
        assert!((Line::through(&values).slope - 1.0).abs() < 1e-9);
        assert!(trend_z(&values) > 10.0 && change_point(&values).is_some_and(|(split, _)| split.abs_diff(25_000) <= 1));
    }

    #[test]
    fn a_rhythm_is_told_from_none() {
        let values: Vec<f64> = (0..28).map(|i| f64::from(i % 7 * 10 + i * 13 % 5)).collect();
        assert!(rhythm_statistic(&values, 7) > chi_squared_bound(6));
        let values: Vec<f64> = (0..28).map(|i| f64::from(i * 13 % 28)).collect();
        assert!(rhythm_statistic(&values, 7) < chi_squared_bound(6));
        assert!(groups_z(&[5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0], &[1.0, 2.0, 3.0, 4.0]) < -2.7);
        assert_eq!(groups_z(&[1.0, 1.0], &[1.0, 1.0]), 0.0);
        assert!((chi_squared_bound(6) - 22.46).abs() < 0.4 && (chi_squared_bound(23) - 49.73).abs() < 0.4);
    }

    #[test]
    fn shares_are_compared_by_their_sizes() {
        assert!(proportions_z((50.0, 100.0), (30.0, 100.0)) > 2.8);
        assert!(proportions_z((5.0, 10.0), (3.0, 10.0)).abs() < 1.0);
        assert_eq!(proportions_z((0.0, 0.0), (3.0, 10.0)), 0.0);
    }
}
