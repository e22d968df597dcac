//! One of the values of a group.

use std::cmp::Ordering;

use super::{Kernel, ordered, unordered};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "any" => ordered(|_, args| Ok(args[0].first().cloned().unwrap_or(Datum::Null))),
        "anyLast" => ordered(|_, args| Ok(args[0].last().cloned().unwrap_or(Datum::Null))),
        "argMin" => ordered(|_, args| Ok(at_extreme(args, Ordering::Less))),
        "argMax" => ordered(|_, args| Ok(at_extreme(args, Ordering::Greater))),
        "min" => unordered(|_, args| Ok(extreme(&args[0], Ordering::Less))),
        "max" => unordered(|_, args| Ok(extreme(&args[0], Ordering::Greater))),
        "every" => unordered(|_, args| Ok(bool_of(&args[0], |mut rows| rows.all(Datum::as_bool)))),
        "some" => unordered(|_, args| Ok(bool_of(&args[0], |mut rows| rows.any(Datum::as_bool)))),
        _ => None,
    }
}

/// The first argument of the first row whose second is extreme.
fn at_extreme<'a>(args: &[Vec<Datum<'a>>], wanted: Ordering) -> Datum<'a> {
    let mut best = 0;
    for row in 1..args[1].len() {
        if args[1][row].order(&args[1][best]) == wanted {
            best = row;
        }
    }
    args[0].get(best).cloned().unwrap_or(Datum::Null)
}

fn extreme<'a>(values: &[Datum<'a>], wanted: Ordering) -> Datum<'a> {
    let best = values.iter().reduce(|best, value| if value.order(best) == wanted { value } else { best });
    best.cloned().unwrap_or(Datum::Null)
}

fn bool_of<'a>(values: &[Datum<'a>], holds: impl Fn(std::slice::Iter<'_, Datum<'a>>) -> bool) -> Datum<'a> {
    if values.is_empty() { Datum::Null } else { Datum::Bool(holds(values.iter())) }
}
