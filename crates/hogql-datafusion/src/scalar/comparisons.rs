//! Comparisons and what deals with null, where DataFusion's own do not do: of arrays and tuples, and with HogQL's view of null.

use std::cmp::Ordering;

use super::{Kernel, seeing, strict};
use crate::datum::Datum;
use crate::literal::empty_datum;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "equals" => seeing(|_, args| Ok(Datum::Bool(args[0].equals(&args[1])))),
        "notEquals" => seeing(|_, args| Ok(Datum::Bool(!args[0].equals(&args[1])))),
        "less" => seeing(|_, args| Ok(ordered(args, Ordering::is_lt))),
        "lessOrEquals" => seeing(|_, args| Ok(ordered(args, Ordering::is_le))),
        "greater" => seeing(|_, args| Ok(ordered(args, Ordering::is_gt))),
        "greaterOrEquals" => seeing(|_, args| Ok(ordered(args, Ordering::is_ge))),
        "in" => seeing(|_, args| {
            let found = || args[1].items().iter().any(|item| item.equals(&args[0]));
            Ok(Datum::Bool(!args[0].is_null() && found()))
        }),
        "xor" => strict(|_, args| Ok(Datum::Bool(args.iter().fold(false, |odd, arg| odd != arg.as_bool())))),
        "nullIf" => seeing(|_, args| Ok(if args[0].equals(&args[1]) { Datum::Null } else { args[0].clone() })),
        "assumeNotNull" => {
            seeing(|call, args| Ok(if args[0].is_null() { empty_datum(call.gives) } else { args[0].clone() }))
        }
        "greatest" => seeing(|_, args| Ok(extreme(args, Ordering::Greater))),
        "least" => seeing(|_, args| Ok(extreme(args, Ordering::Less))),
        _ => None,
    }
}

fn ordered(args: &[Datum<'_>], holds: fn(Ordering) -> bool) -> Datum<'static> {
    let comparable = !args[0].is_null() && !args[1].is_null();
    Datum::Bool(comparable && holds(args[0].order(&args[1])))
}

fn extreme<'a>(args: &[Datum<'a>], wanted: Ordering) -> Datum<'a> {
    let present = args.iter().filter(|value| !value.is_null());
    let best = present.reduce(|best, value| if value.order(best) == wanted { value } else { best });
    best.cloned().unwrap_or(Datum::Null)
}
