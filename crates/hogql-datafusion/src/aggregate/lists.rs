//! Lists of the values of a group.

use super::{Call, Kernel, ordered, unordered};
use crate::datum::Datum;
use crate::scalar::{distinct, sorted};

/// How many values `topK` gives where the query does not say.
const TOP: usize = 10;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "groupArray" => ordered(|call, args| Ok(Datum::Array(cut(call, args[0].clone())))),
        "groupUniqArray" => ordered(|call, args| Ok(Datum::Array(cut(call, distinct(&args[0]))))),
        "groupArrayArray" => ordered(|call, args| Ok(Datum::Array(cut(call, flattened(&args[0]))))),
        "groupUniqArrayArray" => ordered(|call, args| Ok(Datum::Array(cut(call, distinct(&flattened(&args[0])))))),
        "groupArraySorted" => unordered(|call, args| Ok(Datum::Array(cut(call, sorted(&args[0], &args[0], false))))),
        "groupConcat" => ordered(|call, args| {
            let separator = call.params.first().map_or(",", Datum::as_str);
            let most = call.params.get(1).and_then(|most| usize::try_from(most.as_int()).ok()).unwrap_or(usize::MAX);
            let texts: Vec<&str> = args[0].iter().take(most).map(Datum::as_str).collect();
            Ok(if texts.is_empty() { Datum::Null } else { Datum::text(texts.join(separator)) })
        }),
        "topK" => unordered(|call, args| {
            let most = call.params.first().and_then(|most| usize::try_from(most.as_int()).ok()).unwrap_or(TOP);
            Ok(Datum::Array(most_frequent(&args[0], most)))
        }),
        _ => None,
    }
}

/// No more values than the parameter lets through.
fn cut<'a>(call: &Call, mut values: Vec<Datum<'a>>) -> Vec<Datum<'a>> {
    if let Some(most) = call.params.first().and_then(|most| usize::try_from(most.as_int()).ok()) {
        values.truncate(most);
    }
    values
}

fn flattened<'a>(arrays: &[Datum<'a>]) -> Vec<Datum<'a>> {
    arrays.iter().flat_map(|array| array.items().iter().cloned()).collect()
}

/// From the most frequent on, equals in their order.
fn most_frequent<'a>(values: &[Datum<'a>], most: usize) -> Vec<Datum<'a>> {
    let mut ordered: Vec<&Datum<'a>> = values.iter().collect();
    ordered.sort_by(|a, b| a.order(b));
    let mut counted: Vec<(usize, &Datum<'a>)> =
        ordered.chunk_by(|a, b| a.equals(b)).map(|same| (same.len(), same[0])).collect();
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().take(most).map(|(_, value)| value.clone()).collect()
}
