//! Arrays, tuples and maps. Positions count from 1, negative ones from the end. A lambda reaches an engine as the first argument of
//! `arrayMap` alone; `arrayFilter(f, a)` is `arrayFilterBy(a, arrayMap(f, a))`, `arraySum(f, a)` is `arraySum(arrayMap(f, a))`.

use super::{BOOL, FLOAT, Function, Gives, TEXT, Take, UINT, scalar};
use crate::types::Type;

const ONE: &[Take] = &[Take::Array];
const NUMBERS: &[Take] = &[Take::Numbers];

/// Takes a lambda and arrays, or arrays alone.
const fn higher(name: &'static str) -> Function {
    scalar(name, &[Take::Any], Gives::Resolved).repeating().sugar()
}

pub(super) const FUNCTIONS: &[Function] = &[
    scalar("array", &[Take::Common], Gives::Rule(array_of)).at_least(0).repeating().sees_nulls(),
    scalar("tuple", &[Take::Any], Gives::Rule(tuple_of)).at_least(0).repeating().sees_nulls(),
    // The second argument is a constant.
    scalar("tupleElement", &[Take::Any, Take::Any], Gives::Resolved),
    // Keys and values in turn.
    scalar("map", &[Take::Any], Gives::Resolved).at_least(0).repeating().sees_nulls(),
    scalar("mapFromArrays", &[Take::Array, Take::Array], Gives::Rule(map_of)),
    scalar("mapKeys", &[Take::Map], Gives::Rule(keys)),
    scalar("mapValues", &[Take::Map], Gives::Rule(values)),
    scalar("mapContains", &[Take::Map, Take::Any], Gives::Resolved),
    // The value of a key; the default of its type where there is none.
    scalar("mapElement", &[Take::Map, Take::Any], Gives::Resolved),
    // The default of the items' type where there is none.
    scalar("arrayElement", &[Take::Any, Take::Any], Gives::Resolved),
    scalar("arrayElementOrNull", &[Take::Array, Take::Int], Gives::Resolved),
    // From the first (0 where only one is given) to the second, not included, in steps of the third.
    scalar("range", &[Take::Int, Take::Int, Take::Int], Gives::ArrayOf(Type::Int)).at_least(1),
    scalar("arrayConcat", &[Take::Items], Gives::Argument(0)).repeating(),
    // Two nulls are equal.
    scalar("has", &[Take::Items, Take::Item], BOOL).sees_nulls(),
    scalar("hasAll", &[Take::Items, Take::Items], BOOL),
    scalar("hasAny", &[Take::Items, Take::Items], BOOL),
    // 0 where it is not there.
    scalar("indexOf", &[Take::Items, Take::Item], UINT).sees_nulls(),
    scalar("countEqual", &[Take::Items, Take::Item], UINT).sees_nulls(),
    scalar("arrayPopBack", ONE, Gives::Argument(0)),
    scalar("arrayPopFront", ONE, Gives::Argument(0)),
    scalar("arrayPushBack", &[Take::Items, Take::Item], Gives::Argument(0)).sees_nulls(),
    scalar("arrayPushFront", &[Take::Items, Take::Item], Gives::Argument(0)).sees_nulls(),
    scalar("arrayResize", &[Take::Items, Take::Int, Take::Item], Gives::Argument(0)).at_least(2),
    // Position and, where it is given, length.
    scalar("arraySlice", &[Take::Array, Take::Int, Take::Int], Gives::Argument(0)).at_least(2),
    // Nulls and `nan` come last. With a lambda they are `arraySortBy(a, arrayMap(…))`.
    scalar("arraySort", ONE, Gives::Argument(0)),
    scalar("arrayReverseSort", ONE, Gives::Argument(0)),
    // The first, in the order of the second, which is as long; equal ones keep theirs.
    scalar("arraySortBy", &[Take::Array, Take::Array], Gives::Argument(0)),
    scalar("arrayReverseSortBy", &[Take::Array, Take::Array], Gives::Argument(0)),
    // Those of the first where the second, an array of conditions as long, is true.
    scalar("arrayFilterBy", &[Take::Array, Take::Array], Gives::Argument(0)),
    scalar("arrayMap", &[Take::Any], Gives::Resolved).at_least(2).repeating(),
    higher("arrayFilter").at_least(2),
    // The first, each item for which the second says false replaced by the nearest kept one before it; the first item stays.
    scalar("arrayFillBy", &[Take::Array, Take::Array], Gives::Argument(0)),
    scalar("arrayReverseFillBy", &[Take::Array, Take::Array], Gives::Argument(0)),
    // The first in parts, a new one beginning with each item for which the second says true; with `Reverse` one ends with it.
    scalar("arraySplitBy", &[Take::Array, Take::Array], Gives::Rule(array_of)),
    scalar("arrayReverseSplitBy", &[Take::Array, Take::Array], Gives::Rule(array_of)),
    higher("arrayFill").at_least(2),
    higher("arrayReverseFill").at_least(2),
    higher("arraySplit").at_least(2),
    higher("arrayReverseSplit").at_least(2),
    higher("arrayExists"),
    higher("arrayAll"),
    higher("arrayCount"),
    higher("arrayFirst").at_least(2),
    higher("arrayLast").at_least(2),
    higher("arrayFirstIndex").at_least(2),
    higher("arrayLastIndex").at_least(2),
    scalar("arrayUniq", &[Take::Array], UINT),
    scalar("arrayDistinct", ONE, Gives::Argument(0)),
    // 1, 2, 3, …
    scalar("arrayEnumerate", ONE, Gives::ArrayOf(Type::UInt)),
    // The how manieth of its value each item is.
    scalar("arrayEnumerateUniq", ONE, Gives::ArrayOf(Type::UInt)),
    // The number of its value each item has, in the order in which values come first.
    scalar("arrayEnumerateDense", ONE, Gives::ArrayOf(Type::UInt)),
    // Whether the second stands in the first, its items next to each other.
    scalar("hasSubstr", &[Take::Items, Take::Items], BOOL),
    // So many items from the one end to the other.
    scalar("arrayRotateLeft", &[Take::Array, Take::Int], Gives::Argument(0)),
    scalar("arrayRotateRight", &[Take::Array, Take::Int], Gives::Argument(0)),
    scalar("arrayIntersect", &[Take::Items], Gives::Argument(0)).repeating(),
    // Without items that are equal to the one before.
    scalar("arrayCompact", ONE, Gives::Argument(0)),
    scalar("arrayFlatten", ONE, Gives::Resolved).aka(&["flatten"]),
    // Tuples of the items at each position; the arrays are of one length.
    scalar("arrayZip", ONE, Gives::Rule(zipped)).repeating(),
    scalar("arrayWithConstant", &[Take::Int, Take::Any], Gives::Resolved).sees_nulls(),
    scalar("arrayMin", ONE, Gives::Resolved),
    scalar("arrayMax", ONE, Gives::Resolved),
    scalar("arraySum", NUMBERS, Gives::Resolved),
    scalar("arrayAvg", NUMBERS, FLOAT),
    scalar("arrayProduct", NUMBERS, FLOAT),
    scalar("arrayCumSum", NUMBERS, Gives::Resolved),
    // The first is 0, the others what they are more than the one before.
    scalar("arrayDifference", NUMBERS, Gives::Argument(0)),
    // Items as texts, nulls left out.
    scalar("arrayStringConcat", &[Take::Texts, Take::Text], TEXT).at_least(1).aka(&["array_to_string"]),
    // A row for each item: becomes a relation.
    scalar("arrayJoin", ONE, Gives::Resolved).aka(&["unnest"]).sugar(),
];

fn array_of(args: &[Type]) -> Type {
    args.first().cloned().unwrap_or(Type::Nothing).array()
}

fn tuple_of(args: &[Type]) -> Type {
    Type::Tuple(args.iter().map(|ty| (None, ty.clone())).collect())
}

fn item(ty: &Type) -> Type {
    ty.item().cloned().unwrap_or(Type::Nothing)
}

fn map_of(args: &[Type]) -> Type {
    Type::Map(Box::new(item(&args[0])), Box::new(item(&args[1])))
}

fn keys(args: &[Type]) -> Type {
    match &args[0] {
        Type::Map(key, _) => (**key).clone().array(),
        _ => Type::Nothing.array(),
    }
}

fn values(args: &[Type]) -> Type {
    match &args[0] {
        Type::Map(_, value) => (**value).clone().array(),
        _ => Type::Nothing.array(),
    }
}

fn zipped(args: &[Type]) -> Type {
    Type::Tuple(args.iter().map(|ty| (None, item(ty))).collect()).array()
}
