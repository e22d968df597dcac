//! Comparisons, conditions and what deals with null.

use super::{BOOL, Function, Gives, Take, scalar};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    // Comparisons never give null. Two nulls are equal, a null is equal to nothing else, and nothing is less or greater than it.
    scalar("equals", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("notEquals", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("less", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("lessOrEquals", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("greater", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("greaterOrEquals", &[Take::Same, Take::Same], Gives::Resolved).sees_nulls(),
    scalar("isDistinctFrom", &[Take::Same, Take::Same], Gives::Resolved).sugar(),
    scalar("isNotDistinctFrom", &[Take::Same, Take::Same], Gives::Resolved).sugar(),
    // Whether the first is one of the second, an array that is a constant without nulls. False for null.
    scalar("in", &[Take::Same, Take::Any], Gives::Resolved).sees_nulls(),
    scalar("notIn", &[Take::Same, Take::Any], Gives::Resolved).sugar(),
    // Patterns. False where either side is null.
    scalar("like", &[Take::Text, Take::Text], BOOL).sees_nulls(),
    scalar("ilike", &[Take::Text, Take::Text], BOOL).sees_nulls(),
    scalar("notLike", &[Take::Text, Take::Text], BOOL).sugar(),
    scalar("notILike", &[Take::Text, Take::Text], BOOL).sugar(),
    // A regular expression, found anywhere in the first.
    scalar("match", &[Take::Text, Take::Text], BOOL),
    // Conditions, which may be null: `and` is false where any is false, `or` true where any is true, and else null where any is null.
    scalar("and", &[Take::Truth], BOOL).repeating(),
    scalar("or", &[Take::Truth], BOOL).repeating(),
    scalar("xor", &[Take::Truth, Take::Truth], BOOL).repeating(),
    scalar("not", &[Take::Truth], BOOL),
    // `multiIf(condition, value, …, otherwise)`: values are of one type, and evaluated only where they are asked for.
    scalar("multiIf", &[Take::Any], Gives::Resolved).at_least(1).repeating().sees_nulls(),
    scalar("if", &[Take::Bool, Take::Common, Take::Common], Gives::Resolved).sugar(),
    scalar("isNull", &[Take::Same], BOOL).sees_nulls(),
    scalar("isNotNull", &[Take::Same], BOOL).sugar(),
    // The first that is not null.
    scalar("coalesce", &[Take::Common], Gives::Resolved).repeating().sees_nulls(),
    scalar("ifNull", &[Take::Common, Take::Common], Gives::Resolved).sugar(),
    // Null where both are equal, else the first.
    scalar("nullIf", &[Take::Any, Take::Any], Gives::Resolved).sees_nulls(),
    // The default of the type for null.
    scalar("assumeNotNull", &[Take::Any], Gives::Rule(not_null)).sees_nulls(),
    scalar("toNullable", &[Take::Any], Gives::Resolved).sugar(),
    // Of those that are not null.
    scalar("greatest", &[Take::Common], Gives::Argument(0)).repeating().sees_nulls(),
    scalar("least", &[Take::Common], Gives::Argument(0)).repeating().sees_nulls(),
    scalar("isZeroOrNull", &[Take::Number], BOOL).sugar(),
];

fn not_null(args: &[Type]) -> Type {
    args[0].without_null().clone()
}
