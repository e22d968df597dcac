//! Arithmetic and mathematics.

use super::{BOOL, FLOAT, Function, Gives, INT, Take, UINT, scalar};
use crate::types::Type;

const ONE: &[Take] = &[Take::Float];
const TWO: &[Take] = &[Take::Float, Take::Float];

pub(super) const FUNCTIONS: &[Function] = &[
    // Of numbers in one type, wrapping around at 64 bits; of a day or instant and an interval; `minus` of two days the days, of two
    // instants the seconds between them.
    scalar("plus", &[Take::Any, Take::Any], Gives::Resolved),
    scalar("minus", &[Take::Any, Take::Any], Gives::Resolved),
    scalar("multiply", &[Take::Any, Take::Any], Gives::Resolved),
    // In floating point; by zero it is infinite or `nan`.
    scalar("divide", TWO, FLOAT),
    // Both cut off the fraction; by zero they are null.
    scalar("intDiv", &[Take::Number, Take::Number], Gives::Resolved),
    scalar("modulo", &[Take::Number, Take::Number], Gives::Resolved).aka(&["mod"]),
    scalar("intDivOrZero", &[Take::Number, Take::Number], Gives::Resolved).sugar(),
    scalar("moduloOrZero", &[Take::Number, Take::Number], Gives::Resolved).sugar(),
    // As `modulo`, never negative.
    scalar("positiveModulo", &[Take::Number, Take::Number], Gives::Resolved).aka(&["pmod"]),
    scalar("negate", &[Take::Number], Gives::Rule(signed)),
    scalar("abs", &[Take::Number], Gives::Argument(0)),
    scalar("sign", &[Take::Number], INT),
    scalar("gcd", &[Take::Int, Take::Int], INT),
    scalar("lcm", &[Take::Int, Take::Int], INT),
    scalar("max2", TWO, FLOAT).sugar(),
    scalar("min2", TWO, FLOAT).sugar(),
    // The second argument is the number of decimals, which may be negative. Halves go to the even digit in floating point.
    scalar("round", &[Take::Number, Take::Int], Gives::Argument(0)).at_least(1),
    scalar("roundBankers", &[Take::Number, Take::Int], Gives::Argument(0)).at_least(1),
    scalar("floor", &[Take::Number, Take::Int], Gives::Argument(0)).at_least(1),
    scalar("ceil", &[Take::Number, Take::Int], Gives::Argument(0)).at_least(1).aka(&["ceiling"]),
    scalar("trunc", &[Take::Number, Take::Int], Gives::Argument(0)).at_least(1).aka(&["truncate"]),
    // The greatest of the constants that is not greater; the least of them where all are greater.
    scalar("roundDown", &[Take::Number, Take::Numbers], Gives::Argument(0)),
    scalar("sqrt", ONE, FLOAT),
    scalar("cbrt", ONE, FLOAT),
    scalar("exp", ONE, FLOAT),
    scalar("exp2", ONE, FLOAT),
    scalar("exp10", ONE, FLOAT),
    scalar("log", ONE, FLOAT).aka(&["ln"]),
    scalar("log2", ONE, FLOAT),
    scalar("log10", ONE, FLOAT),
    scalar("log1p", ONE, FLOAT),
    scalar("pow", TWO, FLOAT).aka(&["power"]),
    scalar("sin", ONE, FLOAT),
    scalar("cos", ONE, FLOAT),
    scalar("tan", ONE, FLOAT),
    scalar("asin", ONE, FLOAT),
    scalar("acos", ONE, FLOAT),
    scalar("atan", ONE, FLOAT),
    scalar("atan2", TWO, FLOAT),
    scalar("sinh", ONE, FLOAT),
    scalar("cosh", ONE, FLOAT),
    scalar("tanh", ONE, FLOAT),
    scalar("hypot", TWO, FLOAT),
    scalar("degrees", ONE, FLOAT),
    scalar("radians", ONE, FLOAT),
    scalar("pi", &[], FLOAT).sugar(),
    scalar("e", &[], FLOAT).sugar(),
    scalar("isFinite", ONE, BOOL),
    scalar("isInfinite", ONE, BOOL),
    scalar("isNaN", ONE, BOOL),
    scalar("ifNotFinite", TWO, FLOAT).sugar(),
    scalar("factorial", &[Take::Int], UINT),
    // From the first to the last, in so many equal parts: the number of the part, 0 below and one more than the last above.
    scalar("widthBucket", &[Take::Float, Take::Float, Take::Float, Take::Int], UINT).aka(&["width_bucket"]),
];

fn signed(args: &[Type]) -> Type {
    match args[0] {
        Type::UInt => Type::Int,
        ref other => other.clone(),
    }
}
