//! Arithmetic and mathematics, where DataFusion's own does not do.

use datafusion::error::Result;
use hogql::types::Type;

use super::time::{add_interval, moment_of};
use super::{Call, Kernel, strict, zone_of};
use crate::datum::{Datum, order_floats, truncated};
use crate::error::wrong_value;
use crate::types::without_null;

/// The kernel of a function of one float.
macro_rules! float {
    ($function:ident) => {
        strict(|_, args| Ok(Datum::Float(args[0].as_float().$function())))
    };
}

/// The most decimals that a double can have.
const MOST_DECIMALS: i64 = 308;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "plus" => strict(|call, args| shift(call, args, 1)),
        "minus" => strict(minus),
        "multiply" => strict(|_, args| Ok(both(args, i64::wrapping_mul, |a, b| a * b))),
        "intDiv" => strict(|_, args| Ok(divided(args, |a, b| a.checked_div(b), |a, b| (a / b).trunc()))),
        "modulo" => strict(|_, args| Ok(divided(args, |a, b| a.checked_rem(b), |a, b| a % b))),
        "positiveModulo" => strict(|_, args| Ok(divided(args, |a, b| a.checked_rem_euclid(b), f64::rem_euclid))),
        "negate" => strict(|_, args| Ok(one(&args[0], i64::wrapping_neg, |x| -x))),
        "abs" => strict(|_, args| Ok(one(&args[0], i64::wrapping_abs, f64::abs))),
        "sign" => strict(|_, args| Ok(Datum::Int(sign(&args[0])))),
        "gcd" => strict(|_, args| Ok(Datum::Int(gcd(args[0].as_int(), args[1].as_int())))),
        "lcm" => strict(|_, args| Ok(Datum::Int(lcm(args[0].as_int(), args[1].as_int())))),
        "round" => strict(|_, args| {
            // halves go to the even digit, but away from zero where a whole number is rounded
            let round = if matches!(args[0], Datum::Float(_)) { f64::round_ties_even } else { f64::round };
            Ok(rounded(args, round))
        }),
        "roundBankers" => strict(|_, args| Ok(rounded(args, f64::round_ties_even))),
        "floor" => strict(|_, args| Ok(rounded(args, f64::floor))),
        "ceil" => strict(|_, args| Ok(rounded(args, f64::ceil))),
        "trunc" => strict(|_, args| Ok(rounded(args, f64::trunc))),
        "roundDown" => strict(|_, args| Ok(round_down(args))),
        "sqrt" => float!(sqrt),
        "cbrt" => float!(cbrt),
        "exp" => float!(exp),
        "exp2" => float!(exp2),
        "exp10" => strict(|_, args| Ok(Datum::Float(10f64.powf(args[0].as_float())))),
        "log" => float!(ln),
        "log2" => float!(log2),
        "log10" => float!(log10),
        "log1p" => float!(ln_1p),
        "pow" => strict(|_, args| Ok(Datum::Float(args[0].as_float().powf(args[1].as_float())))),
        "sin" => float!(sin),
        "cos" => float!(cos),
        "tan" => float!(tan),
        "asin" => float!(asin),
        "acos" => float!(acos),
        "atan" => float!(atan),
        "atan2" => strict(|_, args| Ok(Datum::Float(args[0].as_float().atan2(args[1].as_float())))),
        "sinh" => float!(sinh),
        "cosh" => float!(cosh),
        "tanh" => float!(tanh),
        "hypot" => strict(|_, args| Ok(Datum::Float(args[0].as_float().hypot(args[1].as_float())))),
        "degrees" => float!(to_degrees),
        "radians" => float!(to_radians),
        "isFinite" => strict(|_, args| Ok(Datum::Bool(args[0].as_float().is_finite()))),
        "isInfinite" => strict(|_, args| Ok(Datum::Bool(args[0].as_float().is_infinite()))),
        "isNaN" => strict(|_, args| Ok(Datum::Bool(args[0].as_float().is_nan()))),
        "factorial" => strict(|_, args| factorial(args[0].as_int())),
        "widthBucket" => strict(|_, args| Ok(width_bucket(args))),
        _ => None,
    }
}

/// A day or instant moved by an interval, which may stand on either side; else the sum, or with `sign` -1 the difference.
fn shift<'a>(call: &Call<'_>, args: &[Datum<'a>], sign: i64) -> Result<Datum<'a>> {
    let interval = call.takes.iter().position(|ty| matches!(without_null(ty), Type::Interval(_)));
    let Some(position) = interval else {
        return Ok(if sign < 0 {
            both(args, i64::wrapping_sub, |a, b| a - b)
        } else {
            both(args, i64::wrapping_add, |a, b| a + b)
        });
    };
    let Type::Interval(unit) = without_null(&call.takes[position]) else { return Ok(Datum::Null) };
    let (moment, moment_type) = (&args[1 - position], &call.takes[1 - position]);
    let amount = args[position].as_int().saturating_mul(sign);
    if matches!(without_null(moment_type), Type::Interval(_)) {
        return Ok(Datum::Int(args[0].as_int().saturating_add(args[1].as_int().saturating_mul(sign))));
    }
    Ok(add_interval(moment, amount, *unit, zone_of(call.gives)))
}

/// As `shift` back; of two days the days between them, of two instants the seconds.
fn minus<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
    match (&args[0], &args[1]) {
        (Datum::Date(a), Datum::Date(b)) => Ok(Datum::Int(i64::from(*a) - i64::from(*b))),
        (Datum::Instant(_) | Datum::Date(_), Datum::Instant(_) | Datum::Date(_)) => {
            let zone = call
                .takes
                .iter()
                .find(|ty| matches!(without_null(ty), Type::DateTime(_)))
                .map_or(chrono_tz::Tz::UTC, zone_of);
            let us = moment_of(&args[0], zone).saturating_sub(moment_of(&args[1], zone));
            Ok(Datum::Int(us.div_euclid(1_000_000)))
        }
        _ => shift(call, args, -1),
    }
}

fn both<'a>(args: &[Datum<'_>], ints: fn(i64, i64) -> i64, floats: fn(f64, f64) -> f64) -> Datum<'a> {
    match (&args[0], &args[1]) {
        (Datum::Float(_), _) | (_, Datum::Float(_)) => Datum::Float(floats(args[0].as_float(), args[1].as_float())),
        (a, b) => Datum::Int(ints(a.as_int(), b.as_int())),
    }
}

/// By zero it is null.
fn divided<'a>(args: &[Datum<'_>], ints: fn(i64, i64) -> Option<i64>, floats: fn(f64, f64) -> f64) -> Datum<'a> {
    match (&args[0], &args[1]) {
        (_, divisor) if divisor.as_float() == 0.0 => Datum::Null,
        (Datum::Float(_), _) | (_, Datum::Float(_)) => Datum::Float(floats(args[0].as_float(), args[1].as_float())),
        (a, b) => ints(a.as_int(), b.as_int()).map_or(Datum::Null, Datum::Int),
    }
}

fn one<'a>(value: &Datum<'_>, int: fn(i64) -> i64, float: fn(f64) -> f64) -> Datum<'a> {
    if let Datum::Float(value) = value { Datum::Float(float(*value)) } else { Datum::Int(int(value.as_int())) }
}

fn sign(value: &Datum<'_>) -> i64 {
    match order_floats(value.as_float(), 0.0) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    }
}

/// Euclid's.
fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(i64::MAX)
}

fn lcm(a: i64, b: i64) -> i64 {
    match gcd(a, b) {
        0 => 0,
        divisor => (a / divisor).wrapping_mul(b).wrapping_abs(),
    }
}

/// To so many decimals; a whole number changes only where they are negative.
fn rounded<'a>(args: &[Datum<'_>], round: fn(f64) -> f64) -> Datum<'a> {
    let decimals = args.get(1).map_or(0, Datum::as_int).clamp(-MOST_DECIMALS, MOST_DECIMALS);
    let power = i32::try_from(decimals.abs()).unwrap_or_default();
    let scale = 10f64.powi(power);
    match &args[0] {
        Datum::Float(value) if decimals >= 0 => {
            let scaled = value * scale;
            // what has so many digits has no decimals left to round
            Datum::Float(if scaled.is_finite() { round(scaled) / scale } else { *value })
        }
        Datum::Float(value) => Datum::Float(round(value / scale) * scale),
        value if decimals >= 0 => Datum::Int(value.as_int()),
        value => Datum::Int(truncated(round(value.as_float() / scale) * scale)),
    }
}

/// The greatest of the constants that is not greater; the least where all are.
fn round_down<'a>(args: &[Datum<'a>]) -> Datum<'a> {
    let mut steps: Vec<&Datum<'a>> = args[1].items().iter().collect();
    steps.sort_by(|a, b| a.order(b));
    let below = steps.iter().rev().find(|step| step.order(&args[0]).is_le());
    below.or(steps.first()).map_or(Datum::Null, |step| (*step).clone())
}

fn factorial<'a>(n: i64) -> Result<Datum<'a>> {
    if n > 20 {
        return Err(wrong_value(format!("factorial({n}) is too large for 64 bits; the greatest is factorial(20)")));
    }
    Ok(Datum::Int((1..=n).product()))
}

fn width_bucket<'a>(args: &[Datum<'_>]) -> Datum<'a> {
    let [value, low, high] = [0, 1, 2].map(|index| args[index].as_float());
    let n = args[3].as_int();
    if n <= 0 || low >= high || value.is_nan() {
        return Datum::Null;
    }
    if value < low {
        return Datum::Int(0);
    }
    Datum::Int(if value >= high { n + 1 } else { truncated((value - low) / (high - low) * n as f64) + 1 })
}
