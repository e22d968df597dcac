//! Aggregate functions. Each is there with `If` at the end of its name too, which takes a condition as its last argument and reaches an
//! engine as [`AggregateCall::filter`](crate::ir::AggregateCall::filter); and with `OrNull`, which makes the argument nullable.

use super::{FLOAT, Function, Gives, INT, Kind, TEXT, Take, UINT};
use crate::types::Type;

const fn aggregate(name: &'static str, takes: &'static [Take], gives: Gives) -> Function {
    Function::new(name, Kind::Aggregate, takes, gives)
}

const NUMBER: &[Take] = &[Take::Float];
const PAIR: &[Take] = &[Take::Float, Take::Float];

pub(super) const FUNCTIONS: &[Function] = &[
    // Of rows, or of those where the argument is not null.
    aggregate("count", &[Take::Same], UINT).at_least(0).sees_nulls(),
    // Of several arguments the different tuples. Rows with a null in any do not count.
    aggregate("uniqExact", &[Take::Same], UINT).repeating().sees_nulls().aka(&[
        "uniq",
        "countDistinct",
        "uniqCombined",
        "uniqCombined64",
        "uniqHLL12",
        "uniqTheta",
        "approx_distinct",
    ]),
    aggregate("sum", &[Take::Number], Gives::Rule(total)).aka(&["sumWithOverflow", "sumKahan"]),
    aggregate("avg", NUMBER, FLOAT),
    // Of the items of all arrays.
    aggregate("sumArray", &[Take::Numbers], FLOAT).sugar(),
    aggregate("countArray", &[Take::Array], UINT).sugar(),
    // Of values and weights.
    aggregate("avgWeighted", PAIR, FLOAT),
    aggregate("min", &[Take::Any], Gives::Argument(0)),
    aggregate("max", &[Take::Any], Gives::Argument(0)),
    // Those of the first and of the last row in the order in which the rows come.
    aggregate("any", &[Take::Same], Gives::Argument(0)).aka(&["anyHeavy", "any_value"]),
    aggregate("anyLast", &[Take::Same], Gives::Argument(0)),
    // The first argument of the row with the least or greatest second; of several, that of the first row.
    aggregate("argMin", &[Take::Same, Take::Any], Gives::Argument(0)),
    aggregate("argMax", &[Take::Same, Take::Any], Gives::Argument(0)),
    // Parameter: the level, always there. Between two values in proportion.
    aggregate("quantile", NUMBER, FLOAT).with_params(0, 1).aka(&[
        "quantileTDigest",
        "quantileTiming",
        "quantileBFloat16",
        "quantileDD",
        "quantileExactInclusive",
        "quantileInterpolated",
    ]),
    aggregate("median", NUMBER, FLOAT).aka(&["medianTDigest", "medianTiming", "medianBFloat16"]).sugar(),
    // One of the values: of n the one at position level·n, from 0.
    aggregate("quantileExact", &[Take::Number], Gives::Argument(0)).with_params(0, 1).aka(&["quantileExactHigh"]),
    aggregate("quantileExactLow", &[Take::Number], Gives::Argument(0)).with_params(0, 1),
    aggregate("medianExact", &[Take::Number], Gives::Argument(0)).sugar(),
    // As `quantile`, of several levels.
    aggregate("quantiles", NUMBER, Gives::ArrayOf(Type::Float))
        .with_params(1, 64)
        .aka(&["quantilesTDigest", "quantilesTiming"]),
    aggregate("quantilesExact", &[Take::Number], Gives::Rule(list)).with_params(1, 64),
    aggregate("stddevPop", NUMBER, FLOAT).aka(&["stddev_pop"]),
    aggregate("stddevSamp", NUMBER, FLOAT).aka(&["stddev", "stddev_samp"]),
    aggregate("varPop", NUMBER, FLOAT).aka(&["var_pop"]),
    aggregate("varSamp", NUMBER, FLOAT).aka(&["variance", "var_samp"]),
    aggregate("skewPop", NUMBER, FLOAT),
    aggregate("skewSamp", NUMBER, FLOAT),
    aggregate("kurtPop", NUMBER, FLOAT),
    aggregate("kurtSamp", NUMBER, FLOAT),
    aggregate("covarPop", PAIR, FLOAT).aka(&["covar_pop"]),
    aggregate("covarSamp", PAIR, FLOAT).aka(&["covar_samp"]),
    aggregate("corr", PAIR, FLOAT),
    // Slope and value at 0.
    aggregate("simpleLinearRegression", PAIR, Gives::Rule(line)),
    // Lists never hold nulls, and are empty where there is nothing. Parameter: the greatest length.
    aggregate("groupArray", &[Take::Any], Gives::Rule(list)).with_params(0, 1).aka(&["array_agg"]),
    // In the order in which they come first.
    aggregate("groupUniqArray", &[Take::Any], Gives::Rule(list)).with_params(0, 1),
    aggregate("groupUniqArrayArray", &[Take::Array], Gives::Argument(0)).with_params(0, 1),
    aggregate("groupArrayArray", &[Take::Array], Gives::Argument(0)).with_params(0, 1),
    aggregate("groupArraySorted", &[Take::Any], Gives::Rule(list)).with_params(1, 1),
    // Parameters: the separator (a comma) and the greatest number. `string_agg` takes the separator as an argument.
    aggregate("groupConcat", &[Take::Text], TEXT).with_params(0, 2),
    aggregate("string_agg", &[Take::Text, Take::Text], TEXT).sugar(),
    // The most frequent, from the most frequent on, equals in their order. Parameter: how many, 10 where there is none.
    aggregate("topK", &[Take::Any], Gives::Rule(list)).with_params(0, 1),
    // Arrays of keys and of values: sorted keys, and what the values of each make together.
    aggregate("sumMap", &[Take::Array, Take::Numbers], Gives::Rule(keyed)),
    aggregate("minMap", &[Take::Array, Take::Array], Gives::Rule(keyed)),
    aggregate("maxMap", &[Take::Array, Take::Array], Gives::Rule(keyed)),
    // Item by item; shorter arrays go on with nothing.
    aggregate("sumForEach", &[Take::Numbers], Gives::Argument(0)),
    aggregate("groupBitAnd", &[Take::Int], INT).aka(&["bit_and"]),
    aggregate("groupBitOr", &[Take::Int], INT).aka(&["bit_or"]),
    aggregate("groupBitXor", &[Take::Int], INT).aka(&["bit_xor"]),
    aggregate("deltaSum", &[Take::Number], Gives::Argument(0)),
    aggregate("entropy", &[Take::Same], FLOAT),
    // Parameter: the window, in seconds. Arguments: the instant and the conditions in order. The longest chain.
    aggregate("windowFunnel", &[Take::Moment, Take::Bool], UINT).repeating().with_params(1, 1).sees_nulls(),
    // Conditions: whether the first was true for any row, and for each other one whether it and the first were.
    aggregate("retention", &[Take::Bool], Gives::ArrayOf(Type::UInt)).repeating().sees_nulls(),
    // Whether all are true, and whether any is.
    aggregate("every", &[Take::Bool], Gives::Fixed(Type::Bool)).aka(&["bool_and"]),
    aggregate("some", &[Take::Bool], Gives::Fixed(Type::Bool)).aka(&["bool_or"]),
];

fn total(args: &[Type]) -> Type {
    match &args[0] {
        Type::Bool => Type::UInt,
        other => other.clone(),
    }
}

fn list(args: &[Type]) -> Type {
    args[0].without_null().clone().array()
}

fn keyed(args: &[Type]) -> Type {
    Type::Tuple(args.iter().map(|ty| (None, ty.clone())).collect())
}

fn line(_: &[Type]) -> Type {
    Type::Tuple(vec![(None, Type::Float), (None, Type::Float)])
}
