//! Arrays as sets and lists to be searched and sorted.

use super::strings::count;
use super::{Kernel, seeing, strict};
use crate::datum::Datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "has" => seeing(|_, args| Ok(Datum::Bool(contains(args[0].items(), &args[1])))),
        "hasAll" => {
            strict(|_, args| Ok(Datum::Bool(args[1].items().iter().all(|item| contains(args[0].items(), item)))))
        }
        "hasAny" => {
            strict(|_, args| Ok(Datum::Bool(args[1].items().iter().any(|item| contains(args[0].items(), item)))))
        }
        "indexOf" => seeing(|_, args| {
            let index = args[0].items().iter().position(|item| item.equals(&args[1]));
            Ok(count(index.map_or(0, |index| index + 1)))
        }),
        "countEqual" => {
            seeing(|_, args| Ok(count(args[0].items().iter().filter(|item| item.equals(&args[1])).count())))
        }
        "arraySort" => strict(|_, args| Ok(Datum::Array(sorted(args[0].items(), args[0].items(), false)))),
        "arrayReverseSort" => strict(|_, args| Ok(Datum::Array(sorted(args[0].items(), args[0].items(), true)))),
        "arraySortBy" => strict(|_, args| Ok(Datum::Array(sorted(args[0].items(), args[1].items(), false)))),
        "arrayReverseSortBy" => strict(|_, args| Ok(Datum::Array(sorted(args[0].items(), args[1].items(), true)))),
        "arrayFilterBy" => strict(|_, args| {
            let kept = args[0].items().iter().zip(args[1].items()).filter(|(_, is_kept)| is_kept.as_bool());
            Ok(Datum::Array(kept.map(|(item, _)| item.clone()).collect()))
        }),
        "arrayUniq" => strict(|_, args| {
            let present: Vec<Datum<'_>> = args[0].items().iter().filter(|item| !item.is_null()).cloned().collect();
            Ok(count(distinct(&present).len()))
        }),
        "arrayDistinct" => strict(|_, args| {
            let present: Vec<Datum<'_>> = args[0].items().iter().filter(|item| !item.is_null()).cloned().collect();
            Ok(Datum::Array(distinct(&present)))
        }),
        "arrayEnumerateUniq" => strict(|_, args| {
            let items = args[0].items();
            let how_manieth = |at: usize| items[..=at].iter().filter(|item| item.equals(&items[at])).count();
            Ok(Datum::Array((0..items.len()).map(|at| count(how_manieth(at))).collect()))
        }),
        "arrayEnumerateDense" => strict(|_, args| {
            let mut seen: Vec<&Datum<'_>> = Vec::new();
            let numbers = args[0].items().iter().map(|item| {
                let known = seen.iter().position(|known| known.equals(item)).unwrap_or_else(|| {
                    seen.push(item);
                    seen.len() - 1
                });
                count(known + 1)
            });
            Ok(Datum::Array(numbers.collect()))
        }),
        "hasSubstr" => strict(|_, args| {
            let (items, wanted) = (args[0].items(), args[1].items());
            let is_here = |part: &[Datum<'_>]| part.iter().zip(wanted).all(|(item, other)| item.equals(other));
            Ok(Datum::Bool(wanted.is_empty() || items.windows(wanted.len()).any(is_here)))
        }),
        "arrayRotateLeft" => strict(|_, args| Ok(rotated(&args[0], args[1].as_int()))),
        "arrayRotateRight" => strict(|_, args| Ok(rotated(&args[0], args[1].as_int().saturating_neg()))),
        "arrayFillBy" => strict(|_, args| {
            let mut items = args[0].items().to_vec();
            for (at, is_kept) in args[1].items().iter().enumerate().skip(1) {
                if !is_kept.as_bool() {
                    items[at] = items[at - 1].clone();
                }
            }
            Ok(Datum::Array(items))
        }),
        "arrayReverseFillBy" => strict(|_, args| {
            let mut items = args[0].items().to_vec();
            for at in (0..items.len().saturating_sub(1)).rev() {
                if !args[1].items()[at].as_bool() {
                    items[at] = items[at + 1].clone();
                }
            }
            Ok(Datum::Array(items))
        }),
        "arraySplitBy" => strict(|_, args| Ok(split(&args[0], &args[1], false))),
        "arrayReverseSplitBy" => strict(|_, args| Ok(split(&args[0], &args[1], true))),
        "arrayIntersect" => strict(|_, args| {
            let (first, others) = args.split_first().map_or((&[][..], &[][..]), |(first, rest)| (first.items(), rest));
            let common = distinct(first).into_iter();
            let common = common.filter(|item| others.iter().all(|other| contains(other.items(), item)));
            Ok(Datum::Array(common.collect()))
        }),
        "arrayCompact" => strict(|_, args| {
            let mut kept: Vec<Datum<'_>> = Vec::new();
            for item in args[0].items() {
                if kept.last().is_none_or(|last| !last.equals(item)) {
                    kept.push(item.clone());
                }
            }
            Ok(Datum::Array(kept))
        }),
        _ => None,
    }
}

fn contains(items: &[Datum<'_>], wanted: &Datum<'_>) -> bool {
    items.iter().any(|item| item.equals(wanted))
}

/// `items` in the order of `keys`, which are as many; equal ones keep theirs, nulls and `nan` are last either way.
pub(crate) fn sorted<'a>(items: &[Datum<'a>], keys: &[Datum<'a>], descending: bool) -> Vec<Datum<'a>> {
    let mut pairs: Vec<(&Datum<'a>, &Datum<'a>)> = items.iter().zip(keys).collect();
    let is_last = |key: &Datum<'_>| key.is_null() || matches!(key, Datum::Float(float) if float.is_nan());
    pairs.sort_by(|(_, a), (_, b)| {
        let order = if descending { b.order(a) } else { a.order(b) };
        is_last(a).cmp(&is_last(b)).then(if is_last(a) { a.order(b) } else { order })
    });
    pairs.into_iter().map(|(item, _)| item.clone()).collect()
}

/// Each of `items` once, where it comes first.
pub(crate) fn distinct<'a>(items: &[Datum<'a>]) -> Vec<Datum<'a>> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| items[a].order(&items[b]));
    order.dedup_by(|later, earlier| items[*later].equals(&items[*earlier]));
    // the sort is stable, so that the first of equals is the one that is left
    order.sort_unstable();
    order.into_iter().map(|index| items[index].clone()).collect()
}

/// The items, so many of the first behind the others.
fn rotated<'a>(array: &Datum<'a>, by: i64) -> Datum<'a> {
    let mut items = array.items().to_vec();
    if let Ok(length @ 1..) = i64::try_from(items.len()) {
        items.rotate_left(usize::try_from(by.rem_euclid(length)).unwrap_or(0));
    }
    Datum::Array(items)
}

/// The items in parts: where `marks` says true one begins, or ends.
fn split<'a>(array: &Datum<'a>, marks: &Datum<'a>, marks_ends: bool) -> Datum<'a> {
    let mut parts: Vec<Vec<Datum<'a>>> = Vec::new();
    let mut begins = true;
    for (item, mark) in array.items().iter().zip(marks.items()) {
        if begins || (!marks_ends && mark.as_bool()) {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("the first item begins a part").push(item.clone());
        begins = marks_ends && mark.as_bool();
    }
    Datum::Array(parts.into_iter().map(Datum::Array).collect())
}
