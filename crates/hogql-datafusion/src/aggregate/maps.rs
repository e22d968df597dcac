//! Arrays put together item by item or key by key.

use std::cmp::Ordering;

use super::numbers::sum;
use super::{Kernel, unordered};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "sumMap" => unordered(|_, args| Ok(keyed(args, sum))),
        "minMap" => unordered(|_, args| Ok(keyed(args, |values| extreme(values, Ordering::Less)))),
        "maxMap" => unordered(|_, args| Ok(keyed(args, |values| extreme(values, Ordering::Greater)))),
        "sumForEach" => unordered(|_, args| {
            let length = args[0].iter().map(|array| array.items().len()).max().unwrap_or(0);
            let at = |index: usize| -> Vec<Datum<'_>> {
                args[0].iter().filter_map(|array| array.items().get(index).cloned()).collect()
            };
            Ok(Datum::Array((0..length).map(|index| sum(&at(index))).collect()))
        }),
        _ => None,
    }
}

fn extreme<'a>(values: &[Datum<'a>], wanted: Ordering) -> Datum<'a> {
    let best = values.iter().reduce(|best, value| if value.order(best) == wanted { value } else { best });
    best.cloned().unwrap_or(Datum::Null)
}

/// Sorted keys, and what `together` makes of the values of each.
fn keyed<'a>(args: &[Vec<Datum<'a>>], together: impl Fn(&[Datum<'a>]) -> Datum<'a>) -> Datum<'a> {
    let mut pairs: Vec<(&Datum<'a>, &Datum<'a>)> = Vec::new();
    for (keys, values) in args[0].iter().zip(&args[1]) {
        pairs.extend(keys.items().iter().zip(values.items()).filter(|(_, value)| !value.is_null()));
    }
    pairs.sort_by(|(a, _), (b, _)| a.order(b));
    let (mut keys, mut totals) = (Vec::new(), Vec::new());
    for same in pairs.chunk_by(|(a, _), (b, _)| a.equals(b)) {
        let values: Vec<Datum<'a>> = same.iter().map(|(_, value)| (*value).clone()).collect();
        keys.push(same[0].0.clone());
        totals.push(together(&values));
    }
    Datum::Tuple(vec![Datum::Array(keys), Datum::Array(totals)])
}
