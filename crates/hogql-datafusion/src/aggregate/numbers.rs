//! Numbers out of numbers: sums, quantiles, moments.

use super::{Call, Kernel, ordered, unordered};
use crate::datum::{Datum, order_floats, truncated};

/// The kernel of a function of floats; of none it is null. The function stands in the kernel, which carries nothing with it.
macro_rules! float {
    ($function:expr) => {
        unordered(|_, args| {
            let function: fn(&[f64]) -> f64 = $function;
            Ok(number(function(&floats(&args[0])), &args[0]))
        })
    };
}
pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "count" => unordered(|_, args| Ok(Datum::Int(i64::try_from(args[0].len()).unwrap_or(i64::MAX)))),
        "uniqExact" => unordered(|_, args| {
            let rows: Vec<Datum<'_>> =
                (0..args[0].len()).map(|row| Datum::Tuple(args.iter().map(|arg| arg[row].clone()).collect())).collect();
            Ok(Datum::Int(i64::try_from(crate::scalar::distinct(&rows).len()).unwrap_or(i64::MAX)))
        }),
        "sum" => unordered(|_, args| Ok(sum(&args[0]))),
        "avg" => float!(|values| values.iter().sum::<f64>() / values.len() as f64),
        "avgWeighted" => unordered(|_, args| {
            let weights = floats(&args[1]);
            let total: f64 = floats(&args[0]).iter().zip(&weights).map(|(value, weight)| value * weight).sum();
            Ok(number(total / weights.iter().sum::<f64>(), &args[0]))
        }),
        "quantile" => unordered(|call, args| {
            let mut values = floats(&args[0]);
            values.sort_by(|a, b| order_floats(*a, *b));
            Ok(if values.is_empty() { Datum::Null } else { Datum::Float(between(&values, level(call, 0))) })
        }),
        "quantiles" => unordered(|call, args| {
            let mut values = floats(&args[0]);
            values.sort_by(|a, b| order_floats(*a, *b));
            Ok(Datum::Array(
                (0..call.params.len()).map(|index| Datum::Float(between(&values, level(call, index)))).collect(),
            ))
        }),
        "quantileExact" => unordered(|call, args| Ok(exact(&args[0], level(call, 0), false))),
        "quantileExactLow" => unordered(|call, args| Ok(exact(&args[0], level(call, 0), true))),
        "quantilesExact" => unordered(|call, args| {
            Ok(Datum::Array((0..call.params.len()).map(|index| exact(&args[0], level(call, index), false)).collect()))
        }),
        "stddevPop" => float!(|values| (power_sum(values, 2) / values.len() as f64).sqrt()),
        "stddevSamp" => float!(|values| (power_sum(values, 2) / (values.len() as f64 - 1.0)).sqrt()),
        "varPop" => float!(|values| power_sum(values, 2) / values.len() as f64),
        "varSamp" => float!(|values| power_sum(values, 2) / (values.len() as f64 - 1.0)),
        "skewPop" => float!(|values| standardized(values, 3, values.len() as f64)),
        "skewSamp" => float!(|values| standardized(values, 3, values.len() as f64 - 1.0)),
        "kurtPop" => float!(|values| standardized(values, 4, values.len() as f64)),
        "kurtSamp" => float!(|values| standardized(values, 4, values.len() as f64 - 1.0)),
        "covarPop" => unordered(|_, args| Ok(number(product_sum(args) / args[0].len() as f64, &args[0]))),
        "covarSamp" => unordered(|_, args| Ok(number(product_sum(args) / (args[0].len() as f64 - 1.0), &args[0]))),
        "corr" => unordered(|_, args| {
            let spread = power_sum(&floats(&args[0]), 2).sqrt() * power_sum(&floats(&args[1]), 2).sqrt();
            Ok(number(product_sum(args) / spread, &args[0]))
        }),
        "simpleLinearRegression" => unordered(|_, args| {
            let (x, y) = (floats(&args[0]), floats(&args[1]));
            let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
            let (n, sum_x, sum_y) = (x.len() as f64, sum(&mut x.iter().copied()), sum(&mut y.iter().copied()));
            let products = sum(&mut x.iter().zip(&y).map(|(x, y)| x * y));
            let squares = sum(&mut x.iter().map(|x| x * x));
            let slope = (products * n - sum_x * sum_y) / (squares * n - sum_x * sum_x);
            Ok(Datum::Tuple(vec![Datum::Float(slope), Datum::Float((sum_y - slope * sum_x) / n)]))
        }),
        "groupBitAnd" => unordered(|_, args| Ok(bits(&args[0], |a, b| a & b))),
        "groupBitOr" => unordered(|_, args| Ok(bits(&args[0], |a, b| a | b))),
        "groupBitXor" => unordered(|_, args| Ok(bits(&args[0], |a, b| a ^ b))),
        "deltaSum" => ordered(|_, args| Ok(delta_sum(&args[0]))),
        "entropy" => unordered(|_, args| Ok(entropy(&args[0]))),
        _ => None,
    }
}

/// A number made of `values`; null where there are none.
fn number<'a>(number: f64, values: &[Datum<'_>]) -> Datum<'a> {
    if values.is_empty() { Datum::Null } else { Datum::Float(number) }
}

fn floats(values: &[Datum<'_>]) -> Vec<f64> {
    values.iter().map(Datum::as_float).collect()
}

pub(super) fn sum<'a>(values: &[Datum<'_>]) -> Datum<'a> {
    match values.first() {
        None => Datum::Null,
        Some(Datum::Float(_)) => Datum::Float(values.iter().map(Datum::as_float).sum()),
        Some(_) => Datum::Int(values.iter().fold(0, |total, value| total.wrapping_add(value.as_int()))),
    }
}

fn level(call: &Call, index: usize) -> f64 {
    call.params.get(index).map_or(0.5, Datum::as_float).clamp(0.0, 1.0)
}

/// The value at a part of the way from the first to the last of sorted values, in proportion between its neighbours.
fn between(sorted: &[f64], level: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let position = level * (sorted.len() - 1) as f64;
    let below = usize::try_from(truncated(position)).unwrap_or(0);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// One of the values: the one at level·n from 0; of an even number in the middle the lower where that is wanted.
fn exact<'a>(values: &[Datum<'a>], level: f64, is_low: bool) -> Datum<'a> {
    let mut sorted: Vec<&Datum<'a>> = values.iter().collect();
    sorted.sort_by(|a, b| a.order(b));
    let position = level * sorted.len() as f64;
    let position = if is_low { (position.ceil() - 1.0).max(0.0) } else { position.floor() };
    let index = usize::try_from(truncated(position)).unwrap_or(0).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(Datum::Null, |value| (*value).clone())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of the distances from the mean to that power.
fn power_sum(values: &[f64], power: i32) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(power)).sum()
}

/// The mean distance to that power, in units of the standard deviation over `n`.
fn standardized(values: &[f64], power: i32, n: f64) -> f64 {
    let deviation = (power_sum(values, 2) / n).sqrt();
    power_sum(values, power) / values.len() as f64 / deviation.powi(power)
}

fn product_sum(args: &[Vec<Datum<'_>>]) -> f64 {
    let (x, y) = (floats(&args[0]), floats(&args[1]));
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
}

fn bits<'a>(values: &[Datum<'_>], operator: fn(i64, i64) -> i64) -> Datum<'a> {
    values.iter().map(Datum::as_int).reduce(operator).map_or(Datum::Null, Datum::Int)
}

/// What the values rise in all, falls left out.
fn delta_sum<'a>(values: &[Datum<'_>]) -> Datum<'a> {
    let rises: Vec<Datum<'_>> = values
        .windows(2)
        .filter(|pair| pair[1].order(&pair[0]).is_gt())
        .map(|pair| match (&pair[0], &pair[1]) {
            (Datum::Float(before), Datum::Float(value)) => Datum::Float(value - before),
            (before, value) => Datum::Int(value.as_int().wrapping_sub(before.as_int())),
        })
        .collect();
    match (values.first(), sum(&rises)) {
        (None, _) => Datum::Null,
        (Some(Datum::Float(_)), Datum::Null) => Datum::Float(0.0),
        (Some(_), Datum::Null) => Datum::Int(0),
        (_, total) => total,
    }
}

/// Of the shares of the different values, in bits.
fn entropy<'a>(values: &[Datum<'_>]) -> Datum<'a> {
    let mut sorted: Vec<&Datum<'_>> = values.iter().collect();
    sorted.sort_by(|a, b| a.order(b));
    let shares = sorted.chunk_by(|a, b| a.equals(b)).map(|same| same.len() as f64 / values.len() as f64);
    number(shares.map(|share| -share * share.log2()).sum(), values)
}
