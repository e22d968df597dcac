//! Arrays, tuples and maps: making them, taking them apart, and numbers out of them.

use datafusion::error::Result;
use hogql::types::Type;

use super::convert::converted;
use super::json::index_of;
use super::strings::count;
use super::{Call, Kernel, seeing, strict};
use crate::datum::Datum;
use crate::error::wrong_value;
use crate::literal::empty_datum;
use crate::types::without_null;

/// The most items that a function makes out of nothing.
const MOST_ITEMS: i64 = 1_000_000;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "array" => seeing(|_, args| Ok(Datum::Array(args.to_vec()))),
        "tuple" => seeing(|_, args| Ok(Datum::Tuple(args.to_vec()))),
        "tupleElement" => strict(|call, args| Ok(tuple_element(call, args))),
        "map" => seeing(|_, args| Ok(entries(args.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()))))),
        "mapFromArrays" => strict(|_, args| {
            let pairs = args[0].items().iter().zip(args[1].items());
            Ok(entries(pairs.map(|(key, value)| (key.clone(), value.clone()))))
        }),
        "mapKeys" => strict(|_, args| Ok(part_of_entries(&args[0], 0))),
        "mapValues" => strict(|_, args| Ok(part_of_entries(&args[0], 1))),
        "mapContains" => strict(|_, args| Ok(Datum::Bool(value_of(&args[0], &args[1]).is_some()))),
        "mapElement" => {
            strict(|call, args| Ok(value_of(&args[0], &args[1]).unwrap_or_else(|| empty_datum(call.gives))))
        }
        "arrayElement" => strict(|call, args| {
            let items = args[0].items();
            let item = index_of(args[1].as_int(), items.len()).map(|index| items[index].clone());
            Ok(item.unwrap_or_else(|| empty_datum(call.gives)))
        }),
        "arrayElementOrNull" => strict(|_, args| {
            let items = args[0].items();
            Ok(index_of(args[1].as_int(), items.len()).map_or(Datum::Null, |index| items[index].clone()))
        }),
        "range" => strict(|_, args| range(args)),
        "arrayConcat" => strict(|_, args| Ok(Datum::Array(args.iter().flat_map(|arg| arg.items().to_vec()).collect()))),
        "arrayPopBack" => strict(|_, args| Ok(part(&args[0], 0, args[0].items().len().saturating_sub(1)))),
        "arrayPopFront" => strict(|_, args| Ok(part(&args[0], 1, args[0].items().len()))),
        "arrayPushBack" => seeing(|_, args| Ok(Datum::Array([args[0].items(), &args[1..2]].concat()))),
        "arrayPushFront" => seeing(|_, args| Ok(Datum::Array([&args[1..2], args[0].items()].concat()))),
        "arrayResize" => strict(resized),
        "arraySlice" => strict(|_, args| Ok(slice(args))),
        "arrayEnumerate" => strict(|_, args| Ok(Datum::Array((1..=args[0].items().len()).map(count).collect()))),
        "arrayFlatten" => strict(|call, args| {
            let mut items = Vec::new();
            flatten(&args[0], &call.takes[0], &mut items);
            Ok(Datum::Array(items))
        }),
        "arrayZip" => strict(|_, args| zipped(args)),
        "arrayWithConstant" => seeing(|_, args| {
            let n = items_wanted(args[0].as_int())?;
            Ok(Datum::Array(vec![args[1].clone(); n]))
        }),
        "arrayMin" => strict(|call, args| Ok(extreme(call, &args[0], std::cmp::Ordering::Less))),
        "arrayMax" => strict(|call, args| Ok(extreme(call, &args[0], std::cmp::Ordering::Greater))),
        "arraySum" => {
            strict(|call, args| Ok(converted(sum(args[0].items()), &number_type(args), call.gives, call.persons)))
        }
        "arrayAvg" => strict(|_, args| {
            let present: Vec<f64> = present(args[0].items()).map(Datum::as_float).collect();
            Ok(Datum::Float(present.iter().sum::<f64>() / present.len() as f64))
        }),
        "arrayProduct" => strict(|_, args| Ok(Datum::Float(present(args[0].items()).map(Datum::as_float).product()))),
        "arrayCumSum" => strict(|_, args| {
            let items = args[0].items();
            Ok(Datum::Array(
                (0..items.len())
                    .scan(Datum::Int(0), |total, index| {
                        *total = sum(&[total.clone(), items[index].clone()]);
                        Some(total.clone())
                    })
                    .collect(),
            ))
        }),
        "arrayDifference" => strict(|_, args| {
            let items = args[0].items();
            let differences = (0..items.len()).map(|index| match (&items[index.saturating_sub(1)], &items[index]) {
                (Datum::Float(before), Datum::Float(value)) => Datum::Float(value - before),
                (before, value) => Datum::Int(value.as_int().wrapping_sub(before.as_int())),
            });
            Ok(Datum::Array(differences.collect()))
        }),
        _ => None,
    }
}

fn tuple_element<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Datum<'a> {
    let items = args[0].items();
    let index = match &args[1] {
        Datum::Text(name) => match without_null(&call.takes[0]) {
            Type::Tuple(fields) => fields.iter().position(|(field, _)| field.as_deref() == Some(&**name)),
            _ => None,
        },
        position => index_of(position.as_int(), items.len()),
    };
    index.and_then(|index| items.get(index)).cloned().unwrap_or(Datum::Null)
}

/// A map; of equal keys the last counts. Keys are never null.
fn entries<'a>(pairs: impl Iterator<Item = (Datum<'a>, Datum<'a>)>) -> Datum<'a> {
    let mut entries: Vec<Datum<'a>> = Vec::new();
    for (key, value) in pairs.filter(|(key, _)| !key.is_null()) {
        let known = entries.iter().position(|entry| entry.items()[0].equals(&key));
        let entry = Datum::Tuple(vec![key, value]);
        match known {
            Some(index) => entries[index] = entry,
            None => entries.push(entry),
        }
    }
    Datum::Array(entries)
}

fn part_of_entries<'a>(map: &Datum<'a>, part: usize) -> Datum<'a> {
    Datum::Array(map.items().iter().filter_map(|entry| entry.items().get(part).cloned()).collect())
}

fn value_of<'a>(map: &Datum<'a>, key: &Datum<'_>) -> Option<Datum<'a>> {
    let found = map.items().iter().find(|entry| entry.items().first().is_some_and(|known| known.equals(key)));
    found.and_then(|entry| entry.items().get(1).cloned())
}

fn items_wanted(n: i64) -> Result<usize> {
    if n > MOST_ITEMS {
        return Err(wrong_value(format!("an array of {n} items is too long; the most are {MOST_ITEMS}")));
    }
    Ok(usize::try_from(n).unwrap_or(0))
}

fn range<'a>(args: &[Datum<'_>]) -> Result<Datum<'a>> {
    let (start, end) = if args.len() > 1 { (args[0].as_int(), args[1].as_int()) } else { (0, args[0].as_int()) };
    let step = args.get(2).map_or(1, Datum::as_int);
    if step == 0 {
        return Err(wrong_value("the step of a range must not be 0"));
    }
    let length = (i128::from(end) - i128::from(start)).div_euclid(i128::from(step).abs()).unsigned_abs() + 1;
    items_wanted(i64::try_from(length).unwrap_or(i64::MAX).saturating_sub(1))?;
    let values = std::iter::successors(Some(start), |value| value.checked_add(step));
    let values = values.take_while(|value| if step > 0 { *value < end } else { *value > end });
    Ok(Datum::Array(values.map(Datum::Int).collect()))
}

fn part<'a>(array: &Datum<'a>, start: usize, end: usize) -> Datum<'a> {
    Datum::Array(array.items().get(start..end).unwrap_or_default().to_vec())
}

fn resized<'a>(call: &Call<'_>, args: &[Datum<'a>]) -> Result<Datum<'a>> {
    let wanted = args[1].as_int();
    let n = items_wanted(wanted.saturating_abs())?;
    let filler = args.get(2).cloned().unwrap_or_else(|| match without_null(call.gives) {
        Type::Array(item) => empty_datum(item),
        _ => Datum::Null,
    });
    let mut items = args[0].items().to_vec();
    if wanted >= 0 {
        items.resize(n, filler);
    } else {
        // a negative length keeps the end
        let surplus = items.len().saturating_sub(n);
        items.drain(..surplus);
        let mut front = vec![filler; n - items.len()];
        front.append(&mut items);
        items = front;
    }
    Ok(Datum::Array(items))
}

fn slice<'a>(args: &[Datum<'a>]) -> Datum<'a> {
    let all = i64::try_from(args[0].items().len()).unwrap_or(i64::MAX);
    let offset = args[1].as_int();
    let start = if offset > 0 { offset - 1 } else { all + offset };
    let end = match args.get(2).map(Datum::as_int) {
        Some(length) if length < 0 => all + length,
        Some(length) => start.saturating_add(length),
        None => all,
    };
    let within = |at: i64| usize::try_from(at.clamp(0, all)).unwrap_or(0);
    if offset == 0 { Datum::Array(Vec::new()) } else { part(&args[0], within(start), within(end)) }
}

fn flatten<'a>(value: &Datum<'a>, ty: &Type, items: &mut Vec<Datum<'a>>) {
    match without_null(ty) {
        Type::Array(item) if matches!(**item, Type::Array(_)) => {
            value.items().iter().for_each(|inner| flatten(inner, item, items));
        }
        _ => items.extend_from_slice(value.items()),
    }
}

fn zipped<'a>(args: &[Datum<'a>]) -> Result<Datum<'a>> {
    let length = args.first().map_or(0, |first| first.items().len());
    if args.iter().any(|arg| arg.items().len() != length) {
        return Err(wrong_value("arrayZip needs arrays of one length"));
    }
    let tuples = (0..length).map(|index| Datum::Tuple(args.iter().map(|arg| arg.items()[index].clone()).collect()));
    Ok(Datum::Array(tuples.collect()))
}

fn present<'d, 'a>(items: &'d [Datum<'a>]) -> impl Iterator<Item = &'d Datum<'a>> {
    items.iter().filter(|item| !item.is_null())
}

fn extreme<'a>(call: &Call<'_>, array: &Datum<'a>, wanted: std::cmp::Ordering) -> Datum<'a> {
    let best = present(array.items()).reduce(|best, item| if item.order(best) == wanted { item } else { best });
    best.cloned().unwrap_or_else(|| empty_datum(call.gives))
}

fn sum<'a>(items: &[Datum<'_>]) -> Datum<'a> {
    if items.iter().any(|item| matches!(item, Datum::Float(_))) {
        return Datum::Float(present(items).map(Datum::as_float).sum());
    }
    Datum::Int(present(items).fold(0i64, |total, item| total.wrapping_add(item.as_int())))
}

fn number_type(args: &[Datum<'_>]) -> Type {
    if args[0].items().iter().any(|item| matches!(item, Datum::Float(_))) { Type::Float } else { Type::Int }
}
